"""What the overlay step does to the pods' addresses, and to a literal that names them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import Interval, interval, subtract
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.finding import Gap
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.scene import Scene
from rules.example_flow import pod_words
from rules.node_subnets import node_subnets, prefixes
from rules.overlay.pod_address_dependencies import Dependency, Reader


@dataclass(frozen=True)
class PodAddressChange:
    """The ranges before and after a step, over one scene."""

    scene: Scene

    @property
    def new(self) -> Fact[tuple[str, ...]]:
        """The pod range after the step."""
        return self.scene.after.pod_cidrs

    @cached_property
    def is_kubenet(self) -> bool:
        """Whether pods have a range of their own already. Needs the IPAM mode."""
        return self.scene.before.ipam.require() is IpamMode.KUBENET

    @cached_property
    def old(self) -> tuple[str, ...]:
        """Kubenet's pod range; none for pods in the node subnet, of which only today's addresses count."""
        return self.scene.before.pod_cidrs.require() if self.is_kubenet else ()

    @property
    def is_none(self) -> bool:
        """Whether pods keep their range. Needs kubenet's range."""
        return bool(self.old) and isinstance(self.new, Known) and set(self.new.value) == set(self.old)

    @cached_property
    def node_subnets(self) -> tuple[tuple[str, ...], tuple[Gap, ...]]:
        """The ranges of the node subnets that were read, and why there may be more."""
        found, unread = node_subnets(self.scene)
        return prefixes(found), unread

    def concerns(self, item: Dependency) -> bool:
        """Whether a literal names pods of today."""
        return bool(self.pod_in(item)) or any(_meets(_ranges(item), cidr) for cidr in self.old)

    def pod_in(self, item: Dependency) -> str:
        """A pod with its address in a literal; "" where none was read."""
        ranges = _ranges(item)
        pods = self.scene.universe.selection.population
        place = next(pods.pods_with_address_in(ranges), None)
        return "" if place is None else pod_words(pods.pods[place], ranges)

    def still_matches(self, item: Dependency, new: tuple[str, ...]) -> bool:
        """Whether all pods of the literal's family have addresses in it after the step."""
        ranges = _ranges(item)
        mine = [cidr for cidr in new if _family(cidr) == ranges[0].family]
        return bool(mine) and all(_holds(ranges, cidr) for cidr in mine)

    def matches_some(self, item: Dependency, new: tuple[str, ...]) -> bool:
        """Whether some pods may have addresses in it after the step."""
        return any(_meets(_ranges(item), cidr) for cidr in new)

    def misses_a_node_subnet(self, item: Dependency) -> bool:
        """Whether a node subnet that a literal meets does not lie wholly in it, or it meets none of them all."""
        ranges, (found, unread) = _ranges(item), self.node_subnets
        met = [cidr for cidr in found if _meets(ranges, cidr)]
        return any(not _holds(ranges, cidr) for cidr in met) or (not met and not unread)

    def holds_all_nodes(self, item: Dependency) -> bool:
        """Whether every node subnet that a literal meets lies in it. False while one may be unread."""
        found, unread = self.node_subnets
        return bool(found) and not unread and not self.misses_a_node_subnet(item)

    def is_compared_with_pods(self, item: Dependency) -> bool:
        """False where only Cilium reads a literal, or may: Cilium never matches pods by address."""
        engine = self.scene.before.policy
        if item.reader is Reader.POLICY_ENGINE:
            return not isinstance(engine, Missing) and engine.value is not PolicyEngine.CILIUM
        return item.reader is not Reader.CILIUM


def is_address(item: Dependency) -> bool:
    """Whether a literal is an address or CIDR of which something is left."""
    return bool(_ranges(item))


def _ranges(item: Dependency) -> tuple[Interval, ...]:
    return subtract(item.value, item.cuts)


def _meets(ranges: tuple[Interval, ...], cidr: str) -> bool:
    other = interval(cidr)
    return other is not None and any(
        item.family == other.family and item.first <= other.last and other.first <= item.last for item in ranges
    )


def _holds(ranges: tuple[Interval, ...], cidr: str) -> bool:
    other = interval(cidr)
    return other is not None and any(
        item.family == other.family and item.first <= other.first and other.last <= item.last for item in ranges
    )


def _family(cidr: str) -> int:
    found = interval(cidr)
    return found.family if found else 0
