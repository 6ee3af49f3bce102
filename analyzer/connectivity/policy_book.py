"""The policies of a snapshot, and what they and the Services mention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from analyzer.addresses import Interval
from analyzer.connectivity.engines.calico_policies import calico_mentioned
from analyzer.connectivity.engines.cilium_policies import cilium_mentioned
from analyzer.connectivity.engines.kubernetes import admitted_addresses, all_rules
from analyzer.connectivity.entrances import PROBE, is_entrance
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Mentioned
from analyzer.connectivity.reading import PolicyBook
from analyzer.model.fact import Fact, Missing, seen
from analyzer.model.objects import CalicoPolicy, CiliumPolicy, EgressRule, IngressRule, IPBlock, NetworkPolicy, Service
from analyzer.model.snapshot import Snapshot
from analyzer.selectors import terms

P = TypeVar("P", NetworkPolicy, CiliumPolicy, CalicoPolicy)


def policy_book(snapshot: Snapshot) -> PolicyBook:
    """All policies that were read. Whether those are all is for `unread_policies` to say."""
    own = (*seen(snapshot.calico_policies), *seen(snapshot.calico_global_policies))
    return PolicyBook(
        kubernetes=_in_order(seen(snapshot.network_policies)),
        cilium=_in_order((*seen(snapshot.cilium_policies), *seen(snapshot.cilium_clusterwide_policies))),
        calico=_in_order(tuple(policy for policy in own if not _is_mirror(policy))),
        calico_sets=(*seen(snapshot.calico_network_sets), *seen(snapshot.calico_global_network_sets)),
        calico_tiers=seen(snapshot.calico_tiers),
        calico_host_endpoints=seen(snapshot.calico_host_endpoints),
    )


def _in_order(policies: tuple[P, ...]) -> tuple[P, ...]:
    """By namespace and name, so that of several rules that do the same the same one is blamed in every run."""
    return tuple(sorted(policies, key=lambda policy: (policy.namespace, policy.name)))


def _is_mirror(policy: CalicoPolicy) -> bool:
    """Whether it is Calico's view of a Kubernetes policy, named knp.*, also behind the tier's name."""
    return policy.name.removeprefix("default.").startswith("knp.")


def unread_policies(snapshot: Snapshot) -> dict[str, tuple[Missing[object], ...]]:
    """Of each kind of policy the lists that were not all read: one policy more could admit what the others refuse."""
    calico = (
        snapshot.calico_policies,
        snapshot.calico_global_policies,
        snapshot.calico_network_sets,
        snapshot.calico_global_network_sets,
        snapshot.calico_tiers,
    )
    lists: dict[str, tuple[Fact[object], ...]] = {
        "kubernetes": (snapshot.network_policies,),
        "cilium": (snapshot.cilium_policies, snapshot.cilium_clusterwide_policies),
        "calico": calico,
    }
    return {kind: tuple(fact for fact in facts if isinstance(fact, Missing)) for kind, facts in lists.items()}


def mentioned(book: PolicyBook, services: Iterable[Service]) -> Mentioned:
    """What tells pods apart for some engine, or for a Service."""
    by_calico, by_cilium = calico_mentioned(book), cilium_mentioned(book)
    of_services = tuple(services)
    labels = {key for policy in book.kubernetes for key in _label_keys(policy)}
    labels.update(key for service in of_services for key in service.spec.selector)
    names = {port.port for policy in book.kubernetes for rule in rules(policy) for port in rule.ports}
    names.update(port.target_port for service in of_services for port in service.spec.ports)
    ranges = {item for policy in book.kubernetes for item in _ranges(policy)}
    if any(map(is_entrance, of_services)):
        ranges.update(admitted_addresses(IPBlock(PROBE)))
    return Mentioned(
        labels=frozenset(labels) | by_calico.labels | by_cilium.labels,
        port_names=frozenset(name for name in names if isinstance(name, str))
        | by_calico.port_names
        | by_cilium.port_names,
        ranges=frozenset(ranges) | by_calico.ranges | by_cilium.ranges,
    )


def rules(policy: NetworkPolicy) -> Iterator[IngressRule | EgressRule]:
    """All rules of a policy, of both directions, whether policyTypes names them or not."""
    for direction in Direction:
        yield from all_rules(policy, direction)


def _label_keys(policy: NetworkPolicy) -> Iterator[str]:
    selectors = [policy.spec.pod_selector]
    selectors += [peer.pod_selector for rule in rules(policy) for peer in rule.peers if peer.pod_selector]
    yield from (key for selector in selectors for key, _, _ in terms(selector))


def _ranges(policy: NetworkPolicy) -> Iterator[Interval]:
    for rule in rules(policy):
        for peer in rule.peers:
            if peer.ip_block is not None:
                yield from admitted_addresses(peer.ip_block)
