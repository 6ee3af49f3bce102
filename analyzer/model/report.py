"""The results of one cluster: the only input of every renderer, and, as JSON, the machine's report."""

from __future__ import annotations

import enum

from msgspec import Struct

from analyzer.model.finding import Confidence, Evidence, ObjectRef, Severity

SCHEMA_VERSION = "1.0"


class State(enum.StrEnum):
    """What a rule came to at one step."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    NOTED = "noted"
    PASS = "pass"
    ERROR = "error"
    """The rule itself broke."""
    NOT_APPLICABLE = "not-applicable"


class Verdict(enum.StrEnum):
    """Of a step, a path, a cluster. Never the word "safe"."""

    BLOCKED = "BLOCKED"
    INDETERMINATE = "INDETERMINATE"
    READY_WITH_RISKS = "READY_WITH_RISKS"
    READY = "READY"


class Tool(Struct, frozen=True, kw_only=True, rename="camel"):
    """What judged, and by which rules."""

    name: str
    version: str
    rule_pack_version: str
    rule_pack_hash: str
    """sha256 over every rule's metadata and page."""
    rule_count: int


class ClusterSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """The cluster as the report's head names it. Empty: ARM was not read."""

    id: str = ""
    name: str = ""
    resource_group: str = ""
    subscription: str = ""
    location: str = ""
    kubernetes_version: str = ""


class StateSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """A network state in words; "unknown" where a fact is missing."""

    plugin: str
    ipam: str
    dataplane: str
    policy: str
    pod_cidrs: tuple[str, ...] = ()
    service_cidrs: tuple[str, ...] = ()
    kubernetes_version: str = ""


class PoolSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """One agent pool for the inventory."""

    name: str
    mode: str
    os_type: str
    count: int | None
    max_count: int | None
    """With the autoscaler on."""
    vm_size: str
    kubernetes_version: str
    node_image_version: str
    subnet: str


class AddressRange(Struct, frozen=True, kw_only=True, rename="camel"):
    """One range of the address-space picture."""

    role: str
    """virtual network, subnet, peered network, service CIDR, pod CIDR now, pod CIDR asked for, route destination"""
    name: str
    cidr: str
    overlaps: tuple[str, ...] = ()
    """CIDR and name of each other range that it overlaps and should not."""


class Coverage(Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that can be read, and whether it was."""

    source: str
    status: str
    """read, absent API, partial, forbidden, unreachable, malformed, not asked"""
    count: int | None = None
    """Objects read, or seen of a partial list."""
    reason: str = ""
    grant: str = ""
    rules: tuple[str, ...] = ()
    """The rules of this report's path whose result this gap made unknown."""


class SourceSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """One citation."""

    url: str
    claim: str
    date: str = ""
    contradicts: str = ""


class RuleSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """One rule, once per report."""

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    refused_by_platform: bool
    why: str
    """The page's paragraph "Why it matters"."""
    remedy: tuple[str, ...]
    sources: tuple[SourceSummary, ...]


class ReportedFinding(Struct, frozen=True, kw_only=True, rename="camel"):
    """One finding on one object."""

    fingerprint: str
    """Of rule, step, object and evidence key: the same in every run that finds the same thing."""
    severity: Severity
    object: ObjectRef
    message: str
    evidence: tuple[Evidence, ...]
    remedy: tuple[str, ...] = ()
    """Instead of the rule's, where the object has its own."""


class ReportedGap(Struct, frozen=True, kw_only=True, rename="camel"):
    """One fact that a rule lacked."""

    source: str
    cause: str
    detail: str
    grant: str = ""
    object: ObjectRef | None = None
    severity: Severity


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """One rule at one step."""

    rule: str
    step: str
    state: State
    reason: str = ""
    """Why it passed, does not apply, or broke."""
    findings: tuple[ReportedFinding, ...] = ()
    gaps: tuple[ReportedGap, ...] = ()


class ReportedStep(Struct, frozen=True, kw_only=True, rename="camel"):
    """One step of the path."""

    kind: str
    verdict: Verdict
    command: tuple[str, ...]
    reimages: int
    irreversible: bool
    before: StateSummary
    after: StateSummary
    refused: bool = False
    reason: str = ""
    """Why the platform refuses it."""
    ways_out: tuple[str, ...] = ()


class ReportedPath(Struct, frozen=True, kw_only=True, rename="camel"):
    """The way to the target."""

    known: bool
    steps: tuple[ReportedStep, ...] = ()
    """A refused step comes last."""
    reimages: int = 0
    reason: str = ""
    """Why this order; or, of an unknown path, what is missing."""
    gaps: tuple[ReportedGap, ...] = ()


class Report(Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that a judgement says."""

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    cluster: ClusterSummary
    target: str
    as_of: str
    inputs: dict[str, str]
    """What the operator gave, by flag."""
    snapshot_hash: str
    collected_at: str | None
    api_version: str | None
    server: str | None
    verdict: Verdict
    observed: StateSummary
    path: ReportedPath
    coverage: tuple[Coverage, ...]
    rules: tuple[RuleSummary, ...]
    results: tuple[Result, ...]
    address_space: tuple[AddressRange, ...] = ()
    pools: tuple[PoolSummary, ...] = ()
    object_counts: dict[str, int] = {}
    partial: bool = False
    """The run was interrupted."""
