"""A pod's policies take more entries than Cilium's policy map has.

Why it matters
--------------
AKS's Cilium gives each pod a map of 16,384 entries. A rule takes one for each identity or CIDR that it admits, times
its ports. Where they do not fit, the entries that are left out are traffic that is dropped, and nothing says so but
a metric.

What to do
----------
- Merge neighbouring CIDRs of ipBlocks, and take `except` lists out where the range is free anyway.
- Select by a label that many pods share, or by namespace, instead of many rules; rules without peers take one entry
  a port.

How it is decided
-----------------
For each set of pods that the same policies isolate, both directions together: of each rule the identities that its
selectors find, plus its CIDRs and their exceptions, times its ports. A rule without ports counts one, a range of
ports as many blocks as prefixes are needed to cover it, a rule without peers one a port. Identities are namespaces
and labels, without the labels that Cilium leaves out. More than 16,384 is a risk, more than 12,000 a notice (this
catalogue's threshold), on the policy that takes the most. The estimate is of entries without Cilium's own merging.

It holds under each engine and without one. Where Cilium enforces policies already, nothing changes. What AKS owns
counts in the sum, and is not named. Policies or pods that were not all read are a gap without findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.bits import members
from analyzer.connectivity.identity_labels import always_left_out, sometimes_left_out
from analyzer.connectivity.isolation import Block, Direction, Isolation, rules_of
from analyzer.connectivity.population import Population
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.objects import EgressRule, IngressRule, NetworkPolicy, PolicyPort
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium

ENTRIES = 16_384
MANY = 12_000


def check(scene: Scene) -> Iterator[Outcome]:
    """The policies that fill the maps of some pods."""
    if reason := is_cilium(scene):
        yield reason
        return
    yield Passed(f"By estimate no pod's policies take more than {MANY:,} entries of the map.")
    isolation = scene.universe.isolation.require()
    estimate = Estimate(isolation, scene.universe.pods.require())
    worst: dict[int, int] = {}
    for place, entries in estimate.full_maps():
        worst[place] = max(worst.get(place, 0), entries)
    for place, entries in sorted(worst.items()):
        yield _finding(isolation.policies[place], entries)


def _finding(policy: NetworkPolicy, entries: int) -> Finding:
    does = "does not fit" if entries > ENTRIES else "nearly fills"
    return Finding(
        object=object_ref(policy),
        message=f"With the others that isolate the same pods this policy takes about {entries:,} entries of Cilium's"
        f" policy map; that {does} its {ENTRIES:,}.",
        evidence=(Evidence("estimated entries a pod", str(entries)),),
        severity=Severity.RISK if entries > ENTRIES else Severity.NOTICE,
    )


@dataclass(frozen=True)
class Estimate:
    """Entries of the policy maps, rule by rule; each computed once."""

    isolation: Isolation
    population: Population
    _counts: dict[int, int] = field(default_factory=dict, repr=False, compare=False)
    _policies: dict[tuple[int, Direction], int] = field(default_factory=dict, repr=False, compare=False)

    def full_maps(self) -> Iterator[tuple[int, int]]:
        """For each set of pods whose maps are nearly full the policy that takes most, and all entries."""
        for namespace in sorted(self.isolation.by_namespace):
            incoming = self.isolation.blocks(namespace, Direction.INGRESS)
            outgoing = self.isolation.blocks(namespace, Direction.EGRESS)
            most = max((self._of_block(block, Direction.EGRESS) for block in outgoing), default=0)
            for block in incoming:
                if self._of_block(block, Direction.INGRESS) + most > MANY:
                    yield from self._together(block, outgoing)
            for block in outgoing:
                yield from self._worth_saying(((block, Direction.EGRESS),))

    def _together(self, block: Block, outgoing: tuple[Block, ...]) -> Iterator[tuple[int, int]]:
        """A block of ingress with each of egress that shares a pod with it, and by itself."""
        yield from self._worth_saying(((block, Direction.INGRESS),))
        for other in outgoing:
            if other.classes & block.classes:
                yield from self._worth_saying(((block, Direction.INGRESS), (other, Direction.EGRESS)))

    def _worth_saying(self, parts: tuple[tuple[Block, Direction], ...]) -> Iterator[tuple[int, int]]:
        entries = sum(self._of_block(block, direction) for block, direction in parts)
        if entries > MANY:
            shares: dict[int, int] = {}
            for block, direction in parts:
                for place in block.policies:
                    if not is_aks_owned(self.isolation.policies[place]):
                        shares[place] = shares.get(place, 0) + self._of_policy(place, direction)
            if shares:
                yield max(shares, key=lambda place: (shares[place], -place)), entries

    def _of_block(self, block: Block, direction: Direction) -> int:
        return sum(self._of_policy(place, direction) for place in block.policies)

    def _of_policy(self, place: int, direction: Direction) -> int:
        key = (place, direction)
        if key not in self._policies:
            policy = self.isolation.policies[place]
            self._policies[key] = sum(self._of_rule(rule, policy) for rule in rules_of(policy, direction))
        return self._policies[key]

    def _of_rule(self, rule: IngressRule | EgressRule, policy: NetworkPolicy) -> int:
        ports = sum(map(_blocks_of, rule.ports)) or 1
        if not rule.peers:
            return ports
        found, cidrs = 0, 0
        for peer in rule.peers:
            if peer.ip_block is not None:
                cidrs += 1 + len(peer.ip_block.except_)
            else:
                found |= self.isolation.selection.peer(peer, policy.namespace)
        return (self._identities(found & self.population.plain) + cidrs) * ports

    def _identities(self, classes: int) -> int:
        if classes not in self._counts:
            identity = self._identity_of
            self._counts[classes] = len({identity[place] for place in members(classes)})
        return self._counts[classes]

    @cached_property
    def _identity_of(self) -> list[object]:
        """What Cilium knows each class by: its namespace and the labels that count."""
        classes = self.population.classes
        counted = set(filter(_counts, {key for item in classes for key in item.labels}))
        return [
            (item.namespace, *sorted(label for label in item.labels.items() if label[0] in counted)) for item in classes
        ]


def _counts(key: str) -> bool:
    return not always_left_out(key) and not sometimes_left_out(key)


def _blocks_of(port: PolicyPort) -> int:
    """How many prefixes cover a range of ports: the map takes each as one entry."""
    if not isinstance(port.port, int) or not port.end_port or port.end_port <= port.port:
        return 1
    first, last, blocks = port.port, port.end_port, 0
    while first <= last:
        size = first & -first
        while first + size - 1 > last:
            size //= 2
        first, blocks = first + size, blocks + 1
    return blocks


RULE = Rule(
    id="POL-MAP-OVERFLOW",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS, Source.NAMESPACES),
    sources=(
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/test/integration/manifests/cilium",
            "The sample configuration of AKS's Cilium sets bpf-policy-map-max to 16384.",
            "2026",
        ),
    ),
    check=check,
)
