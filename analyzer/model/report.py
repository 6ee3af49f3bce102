"""The results of one cluster: the only input of every renderer, and, as JSON, the machine's report."""

from __future__ import annotations

import enum

from msgspec import Struct

from analyzer.model.finding import Confidence, Evidence, ObjectRef, Severity
from analyzer.model.flows import StepFlows
from analyzer.model.waiver import JudgedWaiver

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
    """virtual network, subnet, peered network, route destination, on premises, service CIDR, DNS service address,
    pod CIDR now, pod CIDR asked for, pod CIDR proposed"""
    name: str
    cidr: str
    overlaps: tuple[str, ...] = ()
    """CIDR and name of each other range that it overlaps and should not."""


class PoolDemandSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """Nodes of one pool, each of which takes a /24 of the pod CIDR."""

    pool: str
    nodes: int
    most: int
    """That the autoscaler may reach."""
    surge: int
    """Beside them during a reimage."""


class RejectedRange(Struct, frozen=True, kw_only=True, rename="camel"):
    """A pod CIDR that comes before the proposal, and why it is not proposed."""

    cidr: str
    """The first of its run."""
    candidates: int
    """Neighbours of this size, from the first on, that hit the same range."""
    reason: str


class AddressPlanSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """The pod range of the overlay step: what it must hold, what was asked for, and what is proposed."""

    pools: tuple[PoolDemandSummary, ...] = ()
    provisioned: int | None = None
    """The most that node auto-provisioning may add; None: not known."""
    demand: int | None = None
    """Nodes that the range must hold; None: not known."""
    judged: tuple[str, ...] = ()
    """The IPv4 ranges that the rules judged: given, kubenet's, or the proposal. Empty: there was none."""
    capacity: int | None = None
    """Nodes that the judged range holds."""
    proposal: str = ""
    """Empty: none was needed, none is free, or none can be made."""
    proposal_capacity: int | None = None
    is_proposal_judged: bool = False
    """No pod CIDR was given, and the cluster has none: reserve the proposal before the step."""
    reason: str = ""
    """Why there is no proposal, or why there is one."""
    rejected: tuple[RejectedRange, ...] = ()
    reserved: tuple[str, ...] = ()
    """What AKS lets nobody use."""


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
    is_always_so: bool = False
    """It notes what the step does to every cluster, and says nothing of this one."""


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
    asks: str = ""
    """The flag that answers, where it is a question to the operator and no defect."""
    waiver: str = ""
    """The id of the waiver that accepts it; empty: it counts."""


class ReportedGap(Struct, frozen=True, kw_only=True, rename="camel"):
    """One fact that a rule lacked."""

    source: str
    cause: str
    detail: str
    grant: str = ""
    object: ObjectRef | None = None
    severity: Severity
    waiver: str = ""
    """The id of the waiver that accepts it, by which it counts as a risk; empty: nobody does."""


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
    refused_by: str = ""
    """The rule whose limitation the refusal is; empty: none has it."""
    ways_out: tuple[str, ...] = ()
    least_cli: str = ""
    """The least Azure CLI that has every flag of the command; empty: no source names one."""


class ReportedPath(Struct, frozen=True, kw_only=True, rename="camel"):
    """The way to the target."""

    known: bool
    steps: tuple[ReportedStep, ...] = ()
    """A refused step comes last."""
    reimages: int = 0
    reason: str = ""
    """Why this order; or, of an unknown path, what is missing."""
    gaps: tuple[ReportedGap, ...] = ()


class PoolDisruption(Struct, frozen=True, kw_only=True, rename="camel"):
    """How one pool rolls. A wave is the nodes that are drained and recreated together. None: not known."""

    name: str
    mode: str
    nodes: int | None = None
    at_once_least: int | None = None
    """Nodes of a wave."""
    at_once_most: int | None = None
    waves_least: int | None = None
    waves_most: int | None = None
    drain_minutes: int | None = None
    """The most that draining one node may take."""
    soak_minutes: int | None = None
    minutes_least: int | None = None
    minutes_most: int | None = None
    reason: str = ""
    """Why it is not known."""


class WorkloadDisruption(Struct, frozen=True, kw_only=True, rename="camel"):
    """A workload that suffers."""

    object: ObjectRef
    effects: tuple[str, ...]
    """Worst first: loses data, is not recreated, stops the drain, is down, starts again."""
    reasons: tuple[str, ...]
    pods: int | None
    """None where pods were not all read."""
    nodes: int
    pools: tuple[str, ...]


class DrainStall(Struct, frozen=True, kw_only=True, rename="camel"):
    """A disruption budget that stops the drain."""

    object: ObjectRef
    reason: str
    pools: tuple[str, ...]
    """Where it does; empty where nodes were not read."""


class UnknownDisruption(Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of the forecast that is not known."""

    part: str
    sources: tuple[str, ...]
    reason: str


class Disruption(Struct, frozen=True, kw_only=True, rename="camel"):
    """What each of some steps does to the workloads while it recreates the nodes of every pool."""

    steps: tuple[str, ...]
    """The steps that it holds for, one by one; empty: the path is not known."""
    minutes_least: int | None
    """Of one step. None: not known."""
    minutes_most: int | None
    pools: tuple[PoolDisruption, ...]
    workloads: tuple[WorkloadDisruption, ...]
    """Worst first, the first 1,000."""
    workload_count: int
    """All that suffer."""
    stalls: tuple[DrainStall, ...]
    """The first 1,000."""
    stall_count: int
    assumptions: tuple[str, ...]
    unknown: tuple[UnknownDisruption, ...]


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
    address_plan: AddressPlanSummary | None = None
    """None: the path has no overlay step."""
    pools: tuple[PoolSummary, ...] = ()
    object_counts: dict[str, int] = {}
    disruption: Disruption | None = None
    """None: no step of the path recreates nodes."""
    partial: bool = False
    """The run was interrupted."""
    flows: tuple[StepFlows, ...] = ()
    """What the steps do to the traffic, in the path's order; empty: no two engines were compared."""
    waivers: tuple[JudgedWaiver, ...] = ()
    """Those that were handed in, in the order of the file, and what became of each."""
