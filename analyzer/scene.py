"""Scene and Rule: what a rule sees, and what a rule is."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property

from analyzer.addresses.plan import AddressPlan, address_plan
from analyzer.connectivity.engine_settings import settings_of
from analyzer.connectivity.engines.settings import Settings
from analyzer.connectivity.universe import Universe
from analyzer.disruption.view import Drain
from analyzer.model.cluster import AgentPool, ManagedCluster
from analyzer.model.fact import Fact, Known
from analyzer.model.finding import Confidence, ObjectRef, Outcome, Severity
from analyzer.model.network import IpamMode, NetworkState, PolicyEngine, observe, pools
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.model.version import Version


@dataclass(frozen=True)
class Views:
    """What is derived from one snapshot, the same at every step: each part once, when first asked for."""

    snapshot: Snapshot
    inputs: Inputs

    @cached_property
    def universe(self) -> Universe:
        """The snapshot as pods, policies and addresses see each other."""
        return Universe(self.snapshot)

    @cached_property
    def drain(self) -> Drain:
        """The snapshot as a drain sees it."""
        return Drain(self.snapshot)

    @cached_property
    def address_plan(self) -> AddressPlan:
        """Demand, the ranges around the cluster, and a pod CIDR where one is needed."""
        return address_plan(self.snapshot, self.inputs)

    @cached_property
    def observed(self) -> NetworkState:
        """The network state that was read, before any step."""
        return observe(self.snapshot.cluster)

    @cached_property
    def pools(self) -> Fact[tuple[AgentPool, ...]]:
        """The agent pools, by name."""
        return pools(self.snapshot.cluster)


@dataclass(frozen=True)
class Scene:
    """One step of the path as a rule sees it."""

    views: Views
    """The snapshot, and what all steps derive from it."""
    step: Step
    earlier: tuple[Step, ...]
    """The steps of the path before this one."""
    as_of: datetime.date
    """The only calendar that a rule reads."""
    later: tuple[Step, ...] = ()
    """The steps of the path after this one."""

    @property
    def snapshot(self) -> Snapshot:
        """What was read."""
        return self.views.snapshot

    @property
    def inputs(self) -> Inputs:
        """What the operator gave."""
        return self.views.inputs

    @property
    def universe(self) -> Universe:
        """The snapshot as pods, policies and addresses see each other."""
        return self.views.universe

    @property
    def drain(self) -> Drain:
        """The snapshot as a drain sees it."""
        return self.views.drain

    @property
    def written_under(self) -> NetworkState:
        """The state before the step; after a step that removed the policy engine, the one before that.

        Between its removal and the next engine nothing enforces the policies, but applications still rely on its
        reading of them.
        """
        removal = self.earlier_step(StepKind.REMOVE_POLICY_ENGINE)
        return removal.before if removal and self.step.kind is not removal.kind else self.before

    @cached_property
    def engines(self) -> tuple[Settings, Settings]:
        """The engine that the policies were written under, and the one after the step: also of one that is refused.

        Raises LackingError where one of them, or the version of Cilium, is not known.
        """
        after = self.after
        if self.step.kind is StepKind.CILIUM:
            after = replace(after, policy=Known(PolicyEngine.CILIUM))
        return settings_of(self.snapshot, self.written_under), settings_of(self.snapshot, after)

    @property
    def before(self) -> NetworkState:
        """The network state before the step."""
        return self.step.before

    @property
    def after(self) -> NetworkState:
        """The network state after the step."""
        return self.step.after

    @property
    def observed(self) -> NetworkState:
        """The network state that was read, before any step."""
        return self.views.observed

    @property
    def pools(self) -> Fact[tuple[AgentPool, ...]]:
        """The agent pools, by name."""
        return self.views.pools

    @property
    def cluster(self) -> Fact[ManagedCluster]:
        """What ARM says of the cluster."""
        return self.snapshot.cluster

    @property
    def cluster_ref(self) -> ObjectRef:
        """The cluster as the object of a finding. Needs the cluster's body."""
        return ObjectRef(kind="ManagedCluster", name=self.snapshot.cluster.require().name)

    @property
    def address_plan(self) -> AddressPlan:
        """Demand, the ranges around the cluster, and a pod CIDR where one is needed."""
        return self.views.address_plan

    def earlier_step(self, kind: StepKind) -> Step | None:
        """The step of this kind that the path does before this one."""
        return next((step for step in self.earlier if step.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule's claim is written."""

    url: str
    """With its anchor."""
    claim: str
    """What that page says, in our words."""
    date: str = ""
    """The page's own date, YYYY-MM-DD, or the edition."""
    contradicts: str = ""
    """What another page or the service says instead."""


@dataclass(frozen=True, slots=True)
class KubernetesWindow:
    """The Kubernetes minor versions that a limitation exists on: before the named one."""

    before: Version


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page: its module's docstring, taken apart.

    The first line names the defect. Then sections headed "Why it matters", "What to do" (a list, one action an
    item) and "How it is decided"; further ones may follow.
    """

    text: str

    @property
    def title(self) -> str:
        """The defect."""
        return self.text.strip().splitlines()[0].rstrip(".")

    def section(self, heading: str) -> str:
        """The text under a heading, or "" where the page has none."""
        return _section(self.text, heading)

    @property
    def remedy(self) -> tuple[str, ...]:
        """What to do, in order. {resource_group} and {cluster} stand for this cluster's names."""
        return _items(self.section("What to do"))


@cache
def _section(text: str, heading: str) -> str:
    """Pages never change, and every report of a run quotes them all."""
    found = re.search(rf"^{re.escape(heading)}\n-+\n(.*?)(?=^[^\n]+\n-+\n|\Z)", text, re.M | re.S)
    return found.group(1).strip() if found else ""


@cache
def _items(section: str) -> tuple[str, ...]:
    items = re.split(r"^- ", section, flags=re.M)[1:]
    return tuple(" ".join(item.split()) for item in items)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One documented limitation. Equal to itself only, so that what depends on rules alone is worked out once."""

    id: str
    page: Page
    severity: Severity
    """The most that a finding of it weighs."""
    confidence: Confidence
    steps: tuple[StepKind, ...]
    """The steps that it is judged at."""
    modes: tuple[IpamMode, ...] = ()
    """The IPAM modes before the step that it exists in; empty: all."""
    window: KubernetesWindow | None = None
    """The Kubernetes versions of the control plane that it exists on; None: all."""
    reads: tuple[Source, ...]
    """The facts that its check may ask for."""
    refused_by_platform: bool = False
    """The platform itself refuses: such a blocker cannot be waived."""
    is_always_so: bool = False
    """It notes what the step does to every cluster: shown after what is about this one."""
    sources: tuple[Citation, ...]
    since: str = "0.1.0"
    """The release that brought it."""
    check: Callable[[Scene], Iterator[Outcome]]
    """The pure function that decides."""
