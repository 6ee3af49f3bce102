"""Every ipBlock of a cluster's policies, with what its rule admits, and with the flows that a step takes from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.addresses import Interval, interval, subtract
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.enforcement import Grant, Section
from analyzer.connectivity.examples import Examples, Rectangle
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.model.finding import Evidence, NotApplicable, ObjectRef, object_ref
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.model.objects import IPBlock, NetworkPolicy
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import changes_of
from rules.policy.written_under import is_cilium, written_under

MODES = (IpamMode.NODE_SUBNET, IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC, IpamMode.OVERLAY)
"""The IPAM modes that change to Cilium in place."""


@dataclass(frozen=True)
class BlockUse:
    """One ipBlock in one rule."""

    place: int
    """Of its policy among all."""
    policy: NetworkPolicy
    direction: Direction
    block: IPBlock
    ports: PortSet

    @property
    def ref(self) -> ObjectRef:
        """The policy."""
        return object_ref(self.policy)

    @property
    def key(self) -> str:
        """What tells this ipBlock's finding from others on the policy."""
        return f"{self.direction.value.lower()} {self.block.cidr}"

    @property
    def words(self) -> str:
        """The ipBlock at the start of a sentence."""
        preposition = "to" if self.direction is Direction.EGRESS else "from"
        return f"{self.direction.value} {preposition} ipBlock {self.block.cidr}"

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The addresses of the CIDR without its exceptions, in order."""
        return subtract(self.block.cidr, self.block.except_)

    def meets(self, cidr: str) -> bool:
        """Whether the ipBlock admits an address of a range."""
        other = interval(cidr)
        return other is not None and any(
            mine.family == other.family and mine.first <= other.last and other.first <= mine.last
            for mine in self.intervals
        )

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Where the CIDR and its exceptions stand in the policy."""
        peers = "to" if self.direction is Direction.EGRESS else "from"
        where = f"spec.{self.direction.value.lower()}[].{peers}[].ipBlock"
        exceptions = (Evidence(f"{where}.except", ", ".join(self.block.except_)),) if self.block.except_ else ()
        return (Evidence(f"{where}.cidr", self.block.cidr), *exceptions)


def not_enforced(scene: Scene) -> NotApplicable | None:
    """Why an ipBlock never admitted anything that Cilium would refuse; None where an engine enforces or enforced it."""
    if reason := is_cilium(scene):
        return reason
    if written_under(scene) is PolicyEngine.NONE:
        return NotApplicable("No engine enforces policies before this step; POL-DORMANT says what becomes live.")
    return None


def block_uses(policies: Sequence[NetworkPolicy]) -> Iterator[BlockUse]:
    """Every ipBlock that is enforced, admits an address and is not AKS's."""
    for place, policy in enumerate(policies):
        for direction in Direction if not is_aks_owned(policy) else ():
            for rule in rules_of(policy, direction):
                ports = port_set(rule.ports)
                blocks = (peer.ip_block for peer in rule.peers if peer.ip_block is not None)
                uses = (BlockUse(place, policy, direction, block, ports) for block in blocks)
                yield from (use for use in uses if use.intervals)


def lost_blocks(
    scene: Scene, rows: Collection[int], real: Callable[[Change], Change | None] = lambda change: change
) -> Iterator[tuple[BlockUse, Change]]:
    """The ipBlocks that admitted what some rows' changes block, each with the likeliest of the flows that it admitted.

    Of each policy, direction and CIDR one. `real` may put a better example in a change, or drop it. Raises
    LackingError as `flow_changes` does.
    """
    found: dict[tuple[ObjectRef, str], tuple[BlockUse, Change]] = {}
    admissions = _Admissions(scene)
    for change in filter(_is_blocked, changes_of(scene, rows)):
        for use, parts in admissions.of(change):
            key = (use.ref, use.key)
            if key not in found and (lost := next(filter(None, map(real, parts)), None)):
                found[key] = (use, lost)
    yield from found.values()


def _is_blocked(change: Change) -> bool:
    return change.kind is ChangeKind.BLOCKED


@dataclass(frozen=True)
class _Admissions:
    """What the engine before a step admits by ipBlocks."""

    scene: Scene
    _known: dict[tuple[int, Direction], dict[str, list[Section]]] = field(default_factory=dict)

    def of(self, change: Change) -> Iterator[tuple[BlockUse, Iterator[Change]]]:
        """The ipBlocks that admit flows of a change, each with the parts of it that it admits."""
        policies = self.scene.universe.analysis.book.kubernetes
        blame = change.blame[0]
        for section in self._sections(change.family, blame.direction)[policies[blame.policy].namespace]:
            for grant in section.grants:
                if use := _use(section.policy, policies[section.policy], blame.direction, grant):
                    yield use, self._parts(change, section, grant, blame.direction)

    def _parts(self, change: Change, section: Section, grant: Grant, direction: Direction) -> Iterator[Change]:
        """A change cut down to what one ipBlock admits: with examples of their own; none where that is nothing."""
        examples, is_egress = self._examples[change.family], direction is Direction.EGRESS
        atoms = examples.comparison.ports
        ends = (change.sources, change.destinations) if is_egress else (change.destinations, change.sources)
        subjects, peers = ends[0] & section.subjects, ends[1] & grant.peers
        for classes, numbers in examples.comparison.parties.population.by_numbers(subjects, grant.ports.names):
            sources, destinations = (classes, peers) if is_egress else (peers, classes)
            if ports := atoms.bits(change.ports) & atoms.bits(grant.ports.resolved(numbers)):
                yield from examples.change(
                    Rectangle(change.kind, sources, destinations, ports, change.row, change.blame, change.way)
                )

    def _sections(self, family: int, direction: Direction) -> dict[str, list[Section]]:
        """By namespace, without AKS's own."""
        if (family, direction) not in self._known:
            policies = self.scene.universe.analysis.book.kubernetes
            before = self._examples[family].comparison.evaluations[0].enforcement
            found: dict[str, list[Section]] = {policy.namespace: [] for policy in policies}
            for section in before.sections[direction]:
                if section.policy < len(policies) and not is_aks_owned(policies[section.policy]):
                    found[policies[section.policy].namespace].append(section)
            self._known[family, direction] = found
        return self._known[family, direction]

    @cached_property
    def _examples(self) -> dict[int, Examples]:
        analysis, engines = self.scene.universe.analysis, self.scene.engines
        families = analysis.families
        return {family: Examples(analysis, analysis.comparison(*engines, family=family)) for family in families}


def _use(place: int, policy: NetworkPolicy, direction: Direction, grant: Grant) -> BlockUse | None:
    """The ipBlock that a grant is for; None of one for everybody or for a selector."""
    rule = rules_of(policy, direction)[grant.rule]
    block = rule.peers[grant.peer].ip_block if grant.peer >= 0 else None
    return None if block is None else BlockUse(place, policy, direction, block, port_set(rule.ports))
