"""Every ipBlock of a cluster's policies, with what its rule admits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import Interval, interval, subtract
from analyzer.connectivity.isolation import Direction, Isolation, rules_of
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.model.fact import LackingError
from analyzer.model.finding import Evidence, Finding, Gap, NotApplicable, ObjectRef, Severity, gap, object_ref
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.model.objects import IPBlock, NetworkPolicy
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned
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


def judged(
    scene: Scene, judge: Callable[[Scene, Isolation, BlockUse], Iterator[Finding | Gap]]
) -> Iterator[Finding | Gap]:
    """What a judge says of every ipBlock that is enforced, admits an address and is not AKS's.

    Of each policy, direction and CIDR the weightiest finding. Needs all policies. A fact that is lacking for one
    ipBlock leaves the others.
    """
    isolation = scene.universe.isolation.require()
    found: dict[tuple[ObjectRef, str], Finding] = {}
    for use in _uses(isolation):
        if not use.intervals:
            continue
        try:
            for outcome in judge(scene, isolation, use):
                if isinstance(outcome, Gap):
                    yield outcome
                else:
                    _keep(found, outcome)
        except LackingError as lacking:
            yield from map(gap, lacking.missing)
    yield from found.values()


def _uses(isolation: Isolation) -> Iterator[BlockUse]:
    for place, policy in enumerate(isolation.policies):
        if is_aks_owned(policy):
            continue
        for direction in Direction:
            for rule in rules_of(policy, direction):
                ports = port_set(rule.ports)
                blocks = (peer.ip_block for peer in rule.peers if peer.ip_block is not None)
                yield from (BlockUse(place, policy, direction, block, ports) for block in blocks)


def _keep(found: dict[tuple[ObjectRef, str], Finding], new: Finding) -> None:
    key = (new.object, new.key)
    old = found.get(key)
    if old is None or _weight(new) > _weight(old):
        found[key] = new


def _weight(finding: Finding) -> int:
    return (finding.severity or Severity.RISK).weight
