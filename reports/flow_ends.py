"""The ends of flows in few words: whole namespaces, everybody, everybody but a few, ranges together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import cidrs_of, subtract
from analyzer.model.flows import FlowEnd
from reports.prose import counted, listed

_MOST_RANGES = 4
_MOST_EXCEPTIONS = 4
_PODS = ("workload", "pod")
_ALL_PODS = "every pod"
_WORDS = {"API server": "the API server", "node-local DNS": "DNS on the node"}


def end_text(end: FlowEnd) -> str:
    """One end: "shop/Deployment/api (3 pods)", "the API server (20.50.60.70)", "10.0.0.0/8"."""
    if end.kind in _WORDS:
        return f"{_WORDS[end.kind]} ({end.name})"
    name = f"{end.namespace}/{end.name}" if end.namespace else end.name
    return f"{name} ({counted(end.pods, 'pod')})" if end.pods else name


@dataclass(frozen=True)
class Ends:
    """What could stand at one end of the flows that were asked for."""

    everybody: tuple[FlowEnd, ...]
    is_narrowed: bool
    """Only some of the cluster's pods were asked for, so that "every pod" would mislead."""

    def names(self, ends: Sequence[FlowEnd]) -> Iterator[str]:
        """Some of them, in few words."""
        pods = tuple(self._pods([end for end in ends if end.kind in _PODS]))
        others = [end for end in ends if end.kind not in _PODS]
        if self.is_narrowed or not others or set(others) != self._others:
            yield from (*pods, *_one_by_one(others))
        elif len(pods) == 1 and pods[0].startswith(_ALL_PODS):
            yield f"everybody{pods[0].removeprefix(_ALL_PODS)}"
        else:
            yield from (*pods, "everybody but pods")

    def _pods(self, pods: list[FlowEnd]) -> Iterator[str]:
        """All, all but a few, or whole namespaces and the rest by name; then workloads of which not all pods are."""
        whole = [end for end in pods if end in self._set]
        left_out = self._left_out(set(whole)) if not self.is_narrowed and 2 * len(whole) > self._workloads else None
        if left_out is not None and len(left_out) <= _MOST_EXCEPTIONS:
            yield f"{_ALL_PODS} but those of {listed(left_out, _MOST_EXCEPTIONS)}" if left_out else _ALL_PODS
        else:
            yield from self._by_namespace(whole)
        yield from (f"{end_text(end)}, not all" for end in pods if end not in self._set)

    def _left_out(self, whole: set[FlowEnd]) -> tuple[str, ...]:
        """Namespaces of which no workload is among some, and single workloads of others."""
        found: list[str] = []
        for namespace, inside in self._inside.items():
            missing = [f"{end.namespace}/{end.name}" for end in inside if end not in whole]
            found += [namespace] if len(missing) == len(inside) else missing
        return tuple(found)

    def _by_namespace(self, whole: list[FlowEnd]) -> Iterator[str]:
        counts = Counter(end.namespace for end in whole)
        full = {name for name, count in counts.items() if count > 1 and count == len(self._inside[name])}
        yield from (f"{namespace}/{_ALL_PODS}" for namespace in sorted(full))
        yield from (end_text(end) for end in whole if end.namespace not in full)

    @cached_property
    def _workloads(self) -> int:
        return sum(map(len, self._inside.values()))

    @cached_property
    def _set(self) -> frozenset[FlowEnd]:
        return frozenset(self.everybody)

    @cached_property
    def _others(self) -> frozenset[FlowEnd]:
        return frozenset(end for end in self.everybody if end.kind not in _PODS)

    @cached_property
    def _inside(self) -> dict[str, list[FlowEnd]]:
        """The workloads by namespace."""
        found: dict[str, list[FlowEnd]] = {}
        for end in self.everybody:
            if end.kind in _PODS:
                found.setdefault(end.namespace, []).append(end)
        return found


def _one_by_one(ends: Sequence[FlowEnd]) -> Iterator[str]:
    """What is not a pod; ranges of addresses together."""
    yield from (end_text(end) for end in ends if end.kind != "outside")
    ranges = tuple(end.name for end in ends if end.kind == "outside")
    if ranges:
        yield _ranges_text(ranges)


def _ranges_text(ranges: tuple[str, ...]) -> str:
    """Ranges, or by fewer words what they leave out."""
    if len(ranges) <= _MOST_RANGES:
        return listed(ranges, _MOST_RANGES)
    whole = "::/0" if ":" in ranges[0] else "0.0.0.0/0"
    left_out = tuple(cidr for item in subtract(whole, ranges) for cidr in cidrs_of(item))
    if len(left_out) >= len(ranges):
        return listed(ranges, _MOST_RANGES)
    return f"any address but those of {listed(left_out, _MOST_RANGES)}" if left_out else "any address"
