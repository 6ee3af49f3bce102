"""The labels that Calico's selectors see: those of pods, network sets and host endpoints, and those it adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.addresses import Interval, interval
from analyzer.bits import bitset, members
from analyzer.connectivity.engines.calico_expressions import Bounds, Expression, Labelled, matching
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.connectivity.selection import NAME_LABEL

NAMESPACE = "projectcalico.org/namespace"
"""Of what is in a namespace."""
SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"
NAMESPACE_PREFIX = "pcns."
"""Before the labels of the namespace."""
SERVICE_ACCOUNT_PREFIX = "pcsa."
"""Before the labels of the service account. All of these: projectcalico/calico, libcalico-go/lib/backend/k8s/conversion
(workload_endpoint_default.go, conversion.go, constants.go)."""
_ORCHESTRATOR = "projectcalico.org/orchestrator"
_NAME = "projectcalico.org/name"


class AddressSet(NamedTuple):
    """Addresses that a selector finds by labels: a network set, or a host endpoint."""

    namespace: str
    """Empty of a GlobalNetworkSet and of a host endpoint."""
    labels: Mapping[str, str]
    ranges: tuple[Interval, ...]
    has_domains: bool = False
    """It stands for what some DNS names resolve to as well, as a destination."""


def address_sets(book: PolicyBook) -> Iterator[AddressSet]:
    """The network sets, then the host endpoints, each with the addresses that can be read."""
    for item in book.calico_sets:
        spec = item.spec
        yield AddressSet(item.namespace, item.labels, ranges(spec.nets), bool(spec.allowed_egress_domains))
    for endpoint in book.calico_host_endpoints:
        yield AddressSet("", endpoint.labels, ranges(endpoint.spec.expected_ips))


def ranges(texts: tuple[str, ...]) -> tuple[Interval, ...]:
    """The ranges that some texts are; Calico passes over what is none."""
    return tuple(found for text in texts if (found := interval(text)))


@dataclass(frozen=True)
class CalicoEndpoints:
    """Everything that Calico's selectors find.

    Which service account a pod has is not known: a term over it matches every pod possibly and none surely.
    """

    reading: Reading
    _pod_holders: dict[str, Mapping[str, int]] = field(default_factory=dict, repr=False, compare=False)
    _peers: dict[tuple[Expression, Direction], Bounds] = field(default_factory=dict, repr=False, compare=False)

    def pods(self, selector: Expression) -> Bounds:
        """The classes of pods that a selector matches.

        Raises LackingError where it asks for labels of namespaces that were not all read.
        """
        return matching(selector, self._labelled_pods)

    def peers(self, selector: Expression, direction: Direction) -> Bounds:
        """The pods, and all parties with an address of a set that the selector matches. Raises as `pods`."""
        key = (selector, direction)
        if key not in self._peers:
            found = matching(selector, self._labelled_sets)
            addresses = Bounds(self._within(found.surely), self._within(found.possibly) | self._named(found, direction))
            self._peers[key] = self.pods(selector).or_(addresses)
        return self._peers[key]

    @cached_property
    def _labelled_pods(self) -> Labelled:
        return Labelled(self.reading.parties.pods, self._of_pods)

    @cached_property
    def _labelled_sets(self) -> Labelled:
        return Labelled((1 << len(self._sets)) - 1, self._of_sets)

    @cached_property
    def _sets(self) -> tuple[AddressSet, ...]:
        return tuple(address_sets(self.reading.book))

    def _within(self, sets: int) -> int:
        found = 0
        for place in members(sets):
            found |= self.reading.parties.with_address_in(self._sets[place].ranges)
        return found

    def _named(self, sets: Bounds, direction: Direction) -> int:
        """What DNS names may resolve to."""
        if direction is Direction.EGRESS and any(self._sets[place].has_domains for place in members(sets.possibly)):
            return self.reading.parties.outside | self.reading.parties.api_servers
        return 0

    def _of_pods(self, key: str) -> Mapping[str, int] | None:
        if key == SERVICE_ACCOUNT or key.startswith(SERVICE_ACCOUNT_PREFIX):
            return None
        if key not in self._pod_holders:
            self._pod_holders[key] = self._holders_of_pods(key)
        return self._pod_holders[key]

    def _holders_of_pods(self, key: str) -> Mapping[str, int]:
        if key == _ORCHESTRATOR:
            return {"k8s": self.reading.parties.pods}
        classes = self.reading.parties.population.classes
        return _by_value([self._value(key, item.namespace, item.labels) for item in classes])

    def _of_sets(self, key: str) -> Mapping[str, int]:
        return _by_value([self._value(key, item.namespace, item.labels) for item in self._sets])

    def _value(self, key: str, namespace: str, labels: Mapping[str, str]) -> str | None:
        if key == NAMESPACE:
            return namespace or None
        if namespace and key.startswith(NAMESPACE_PREFIX):
            return self._namespace_label(namespace, key.removeprefix(NAMESPACE_PREFIX))
        return labels.get(key)

    def _namespace_label(self, namespace: str, key: str) -> str | None:
        if key in (_NAME, NAME_LABEL):
            return namespace
        return self._labels_of_namespaces.get(namespace, {}).get(key)

    @cached_property
    def _labels_of_namespaces(self) -> Mapping[str, Mapping[str, str]]:
        return self.reading.namespaces().require().labels_of


def _by_value(values: list[str | None]) -> dict[str, int]:
    places: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            places.setdefault(value, []).append(place)
    return {value: bitset(found, len(values)) for value, found in places.items()}
