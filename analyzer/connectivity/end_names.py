"""Sets of parties in names: workloads, whole namespaces, nodes, ranges of addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from analyzer.addresses import Interval, cidrs_of
from analyzer.bits import bitset, members
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.parties import Parties
from analyzer.model.finding import ObjectRef
from analyzer.model.flows import FlowEnd
from analyzer.model.objects import Pod

NAMESPACE = "namespace"
"""Kind of an end that is every pod of a namespace."""
CLUSTER = "cluster"
"""Kind of an end that is every pod, or everybody."""
_OUTSIDE = "any address outside the cluster"
_FEW = 3
"""Ranges that are left out by name, where that is shorter than to name the others."""


@dataclass(frozen=True)
class EndNames:
    """The names of one family's parties."""

    parties: Parties
    name_of: Callable[[Pod], ObjectRef | None]
    """What a pod is shown as: its workload; None: it was not asked for."""
    is_narrowed: bool = False
    """Only pods that were asked for have names."""
    _known_ranges: dict[tuple[int, bool], tuple[FlowEnd, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def chosen(self) -> int:
        """The parties that were asked for: of some pods their classes, else everybody."""
        return self._every if self.is_narrowed else self.parties.everybody

    def ends(self, parties: int) -> tuple[FlowEnd, ...]:
        """Pods by workload, then what is not a pod; whole namespaces and everybody by one name."""
        if parties & self.parties.everybody == self.parties.everybody and not self.is_narrowed:
            return (FlowEnd(kind=CLUSTER, name="everybody"),)
        others = self._others(parties & ~self.parties.pods, in_short=True)
        return (*self._folded(parties & self.parties.pods), *others)

    def each(self, parties: int) -> tuple[FlowEnd, ...]:
        """The same, every workload by its own name."""
        pods = self._pods(parties & self.parties.pods)
        others = self._others(parties & ~self.parties.pods, in_short=False)
        return (*(_workload(name, pods[name]) for name in sorted(pods)), *others)

    def _pods(self, classes: int) -> dict[ObjectRef, int]:
        """How many pods of each workload."""
        found: dict[ObjectRef, int] = {}
        for owner in members(classes):
            for name, count in self._workloads_of.get(owner, {}).items():
                found[name] = found.get(name, 0) + count
        return found

    def _folded(self, classes: int) -> Iterator[FlowEnd]:
        if self._every and not self.is_narrowed and not self._every & ~classes:
            yield FlowEnd(kind=CLUSTER, name="every pod")
            return
        for namespace, inside in self._wholes:
            if not inside & ~classes:
                yield FlowEnd(kind=NAMESPACE, namespace=namespace, name="every pod")
                classes &= ~inside
        found = self._pods(classes)
        yield from (_workload(name, found[name]) for name in sorted(found))

    @cached_property
    def _named(self) -> list[tuple[int, ObjectRef]]:
        population = self.parties.population
        pairs = zip(population.class_of, map(self.name_of, population.pods), strict=True)
        return [(owner, name) for owner, name in pairs if name is not None]

    @cached_property
    def _workloads_of(self) -> dict[int, dict[ObjectRef, int]]:
        found: dict[int, dict[ObjectRef, int]] = {}
        for (owner, name), count in Counter(self._named).items():
            found.setdefault(owner, {})[name] = count
        return found

    @cached_property
    def _every(self) -> int:
        """The classes of all of them."""
        return bitset((owner for owner, _ in self._named), self.parties.size)

    @cached_property
    def _wholes(self) -> tuple[tuple[str, int], ...]:
        """The namespaces that a set may be called by, in order, with their classes: those of several workloads."""
        if self.is_narrowed:
            return ()
        names = Counter(name.namespace for name in {name for _, name in self._named})
        inside = self.parties.population.in_namespace
        return tuple((namespace, inside(namespace)) for namespace in sorted(names) if names[namespace] > 1)

    def _others(self, parties: int, *, in_short: bool) -> Iterator[FlowEnd]:
        known = self.parties
        for kind, some in known.by_kind(parties):
            match kind:
                case PartyKind.OWN_NODE:
                    yield from self._nodes(kind, some, known.own_nodes, "the pod's own node")
                case PartyKind.REMOTE_NODE:
                    yield from self._nodes(kind, some, known.remote_nodes, "any other node")
                case PartyKind.WORLD if some == known.outside:
                    yield FlowEnd(kind="outside", name=_OUTSIDE)
                case PartyKind.WORLD:
                    yield from self._ranges(some, in_short=in_short)
                case PartyKind.API_SERVER:
                    yield from (FlowEnd(kind=kind.value, name=known.api_server_of(bit)) for bit in members(some))
                case PartyKind.LOCAL_DNS:
                    yield from (FlowEnd(kind=kind.value, name=known.local_dns_of(bit)) for bit in members(some))
                case PartyKind.POD:
                    continue

    def _ranges(self, some: int, *, in_short: bool) -> tuple[FlowEnd, ...]:
        key = (some, in_short)
        if key not in self._known_ranges:
            short = self._all_but_few(some) if in_short else ""
            names = (short,) if short else self._cidrs(some)
            self._known_ranges[key] = tuple(FlowEnd(kind="outside", name=name) for name in names)
        return self._known_ranges[key]

    def _all_but_few(self, some: int) -> str:
        """Some ranges by what they leave out, where that is shorter; "" elsewhere."""
        others = tuple(islice(self._cidrs(self.parties.outside & ~some), _FEW + 1))
        is_shorter = len(others) <= _FEW and any(islice(self._cidrs(some), len(others), None))
        return f"{_OUTSIDE} but {', '.join(others)}" if is_shorter else ""

    def _cidrs(self, some: int) -> Iterator[str]:
        return cidrs(self.parties.range_of(bit) for bit in members(some))

    def _nodes(self, kind: PartyKind, some: int, every: int, words: str) -> Iterator[FlowEnd]:
        if some == every:
            yield FlowEnd(kind=kind.value, name=words)
            return
        names = sorted(name for bit in members(some) for name in self.parties.node_group_of(bit).nodes)
        yield from (FlowEnd(kind=kind.value, name=name) for name in names)


def _workload(name: ObjectRef, pods: int) -> FlowEnd:
    if name.kind == "Pod":
        return FlowEnd(kind="pod", namespace=name.namespace, name=name.name)
    return FlowEnd(kind="workload", namespace=name.namespace, name=f"{name.kind}/{name.name}", pods=pods)


def cidrs(ranges: Iterable[Interval]) -> Iterator[str]:
    """Some ranges of one family, ascending, as few CIDRs as hold just their addresses."""
    joined: list[Interval] = []
    for item in ranges:
        if joined and joined[-1].last + 1 == item.first:
            joined[-1] = joined[-1]._replace(last=item.last)
        else:
            joined.append(item)
    for item in joined:
        yield from cidrs_of(item)
