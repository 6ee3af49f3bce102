"""Services that clients reach through any node, and what a step changes for those clients."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_

from analyzer.addresses import Interval, interval
from analyzer.bits import EVERY
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.enforcement import Grant, How, Section
from analyzer.connectivity.entrances import is_entrance
from analyzer.connectivity.flow import Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import PortSet
from analyzer.connectivity.reach import Part
from analyzer.connectivity.service_changes import Entrance
from analyzer.connectivity.service_shares import Share, shares
from analyzer.model.fact import seen
from analyzer.model.finding import Evidence, Gap, ObjectRef, gap, object_ref
from analyzer.model.objects import IPBlock, NetworkPolicy, Pod, Service
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned
from rules.example_flow import pod_words
from rules.flow_changes import flow_changes, unsettled
from rules.lists import gaps

BEFORE, AFTER = 0, 1
"""The two engines that are compared."""
_NAMED = 3
"""Policies that a line of evidence names."""


@dataclass(frozen=True)
class Door:
    """One port of a customer's Service, at backends that are alike."""

    scene: Scene
    share: Share

    @property
    def entrance(self) -> Entrance:
        """The port and its backends."""
        return self.share.entrance

    @property
    def service(self) -> Service:
        """The Service."""
        return self.entrance.service

    def changes(self, way: Way, rows: Collection[int], kinds: Collection[ChangeKind]) -> tuple[Change, ...]:
        """What changes for clients that come that way."""
        return tuple(item for item in self.share.changes if item.way is way and item.row in rows and item.kind in kinds)

    @cached_property
    def target(self) -> PortSet:
        """The target port's number, or numbers."""
        return self.share.comparison.ports.port_set(self.entrance.target)

    @cached_property
    def backends(self) -> tuple[Pod, ...]:
        """At least one; ready ones first."""
        population = self.share.comparison.parties.population
        pods = [population.pods[place] for place in population.pods_of(self.entrance.backends)]
        return tuple(sorted(pods, key=lambda pod: not pod.is_ready))

    def among(self, change: Change) -> Iterator[Pod]:
        """The backends that a change is about."""
        population = self.share.comparison.parties.population
        inside = {id(population.pods[place]) for place in population.pods_of(change.destinations)}
        yield from (pod for pod in self.backends if id(pod) in inside)

    def words(self, pod: Pod) -> str:
        """A pod with its address of the door's family."""
        every = Interval(self.share.comparison.parties.family, 0, 2**128 - 1)
        return pod_words(pod, (every,))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The Service's fields, and the policies that isolate the backends after the step, or may."""
        policies = self.scene.universe.analysis.book.policies
        isolating = (section for section in self._sections(AFTER) if section.isolates)
        names = sorted({policies[section.policy].name for section in isolating})
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        spec, port = self.service.spec, self.entrance.port
        addresses = (Evidence("spec.externalIPs", ", ".join(spec.external_ips)),) if spec.external_ips else ()
        return (
            Evidence("spec.type", spec.type),
            *addresses,
            Evidence("spec.externalTrafficPolicy", spec.external_traffic_policy or "unset, which is Cluster"),
            Evidence(f"spec.ports[{port.port}].targetPort", str(port.target_port or port.port)),
            Evidence("policies that isolate the backends", ", ".join(names[:_NAMED]) + more),
        )

    def admitted(self, engine: int) -> int:
        """The parties that an engine surely admits to the target port, by the backends' own policies."""
        return reduce(and_, (part.admitted for part in self._parts(engine)), EVERY)

    def doubtful(self, engine: int) -> int:
        """Those of whom no source says whether it does."""
        return reduce(or_, (part.unknown for part in self._parts(engine)), 0)

    def _parts(self, engine: int) -> Iterator[Part]:
        evaluation, block = self.share.comparison.evaluations[engine], self.entrance.block
        parts = evaluation.reach(Direction.INGRESS, block.signatures[engine], block.numbers)
        yield from (part for part in parts if part.ports & self.entrance.target)

    def ip_blocks(self, engine: int, clients: int = EVERY) -> tuple[IPBlock, ...]:
        """Those of Kubernetes' policies for the target port, each once; with clients only those that admit some."""
        comparison, policies = self.share.comparison, self.scene.universe.analysis.book.policies
        found: dict[IPBlock, None] = {}
        for section in self._sections(engine):
            policy = policies[section.policy]
            if not isinstance(policy, NetworkPolicy):
                continue
            for grant in section.grants:
                ports = comparison.evaluations[engine].grant_ports(grant, self.entrance.block.numbers)
                is_meant = ports & self.entrance.target and (clients == EVERY or grant.peers & clients)
                if is_meant and (block := _block(policy, grant, comparison.parties.family)):
                    found[block] = None
        return tuple(found)

    def _sections(self, engine: int) -> Iterator[Section]:
        """Those that select the backends, or may."""
        sections = self.share.comparison.evaluations[engine].enforcement.sections[Direction.INGRESS]
        signature = self.entrance.block.signatures[engine]
        yield from (sections[place] for place in (*signature.sure, *signature.maybe))


def _block(policy: NetworkPolicy, grant: Grant, family: int) -> IPBlock | None:
    """The ipBlock of a grant; None of one for everybody, for a selector, or of the other family."""
    block = policy.spec.ingress[grant.rule].peers[grant.peer].ip_block if grant.how is How.IP_BLOCK else None
    found = interval(block.cidr) if block else None
    return block if found and found.family == family else None


def sources(changes: Sequence[Change]) -> int:
    """The clients of some changes together."""
    return reduce(or_, (change.sources for change in changes), 0)


def doors_by_service(scene: Scene) -> Iterator[list[Door] | Gap]:
    """The doors of each Service of a customer with externalTrafficPolicy Cluster that clients reach by any node.

    Without Services that have no selector: somebody else writes their endpoints. Raises LackingError where there are
    such Services, and policies may be unread.
    """
    services = [item for item in seen(scene.snapshot.services) if is_entrance(item) and not is_aks_owned(item)]
    yield from gaps(scene.snapshot.services)
    if not services or not _may_be_isolated(scene, services):
        return
    yield from gaps(scene.snapshot.pods)
    if missing := unsettled(scene):
        yield from map(gap, missing)
        return
    found: dict[ObjectRef, list[Door]] = {}
    for share in shares(scene.universe.analysis, *scene.engines, flow_changes(scene)):
        if not is_aks_owned(share.entrance.service):
            found.setdefault(object_ref(share.entrance.service), []).append(Door(scene, share))
    yield from found.values()


def _may_be_isolated(scene: Scene, services: Sequence[Service]) -> bool:
    """Whether there is a policy, for some namespace of the Services, that isolates pods for ingress."""
    snapshot = scene.snapshot
    namespaces = {service.namespace for service in services}
    if snapshot.cilium_policies.require() or snapshot.cilium_clusterwide_policies.require():
        return True
    policies = (policy for policy in snapshot.network_policies.require() if policy.namespace in namespaces)
    return any(Direction.INGRESS.value in policy.types or policy.spec.ingress for policy in policies)


def opening_policy(doors: Sequence[Door]) -> str:
    """A NetworkPolicy, in JSON, that admits everybody to the target ports of a Service's doors."""
    service = doors[0].service
    numbers = sorted({(span.protocol, span.first) for door in doors for span in door.target.spans})
    return json.dumps(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"namespace": service.namespace, "name": f"{service.name}-entrance"},
            "spec": {
                "podSelector": {"matchLabels": dict(service.spec.selector)},
                "policyTypes": ["Ingress"],
                "ingress": [{"ports": [{"protocol": protocol, "port": number} for protocol, number in numbers]}],
            },
        }
    )
