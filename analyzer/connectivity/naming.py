"""From the names that people use to what they mean: pods, workloads, Services, nodes, addresses; and back again."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from analyzer.addresses import number
from analyzer.connectivity.port_words import PortWord, ports_at
from analyzer.errors import UsageError
from analyzer.model.fact import seen
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import KubernetesObject, OwnerReference, Pod, Service
from analyzer.model.snapshot import Snapshot

OWN_NODE = "node"
"""The word for the node that the pod at the other end runs on."""


@dataclass(frozen=True, slots=True)
class MeantPods:
    """A pod, or all live pods of a workload."""

    name: ObjectRef
    pods: tuple[Pod, ...]


@dataclass(frozen=True, slots=True)
class MeantService:
    """A Service: by its ClusterIP from inside, by its load balancer or node ports from outside."""

    service: Service


@dataclass(frozen=True, slots=True)
class MeantAddress:
    """An address, in canonical form: a pod's, a node's, a Service's, or one outside the cluster."""

    address: str


@dataclass(frozen=True, slots=True)
class MeantOwnNode:
    """The node that the pod at the other end runs on."""


Meant = MeantPods | MeantService | MeantAddress | MeantOwnNode


@dataclass(frozen=True)
class Workloads:
    """To which workload each pod belongs."""

    parents: Mapping[tuple[str, str, str], OwnerReference]
    """Of ReplicaSets and Jobs that were read, by kind, namespace and name: what controls them."""

    def workload_of(self, pod: Pod) -> ObjectRef:
        """The Deployment or CronJob behind a pod's controller, else the controller, else the pod itself.

        A ReplicaSet that was not read is its Deployment's: its name is the Deployment's and the pod-template-hash.
        """
        namespace, owner = pod.namespace, _controller(pod.metadata.owner_references)
        if owner is None or owner.kind == "Node":
            return ObjectRef("Pod", pod.name, namespace)
        above = self.parents.get((owner.kind, namespace, owner.name))
        if above is not None:
            return ObjectRef(above.kind, above.name, namespace)
        ending = f"-{pod.labels.get('pod-template-hash', '')}"
        if owner.kind == "ReplicaSet" and len(ending) > 1 and owner.name.endswith(ending):
            return ObjectRef("Deployment", owner.name.removesuffix(ending), namespace)
        return ObjectRef(owner.kind, owner.name, namespace)


def workloads(snapshot: Snapshot) -> Workloads:
    """The workloads of a snapshot, by the ReplicaSets and Jobs that were read."""
    owned: tuple[tuple[str, Iterable[KubernetesObject]], ...] = (
        ("ReplicaSet", seen(snapshot.replica_sets)),
        ("Job", seen(snapshot.jobs)),
    )
    found = ((kind, item, _controller(item.metadata.owner_references)) for kind, items in owned for item in items)
    return Workloads({(kind, item.namespace, item.name): above for kind, item, above in found if above})


def _controller(owners: tuple[OwnerReference, ...]) -> OwnerReference | None:
    """The controller; without one the first owner, because the pod is somebody's."""
    return next((owner for owner in owners if owner.controller), owners[0] if owners else None)


_ALIASES = {
    "po": "pod",
    "pods": "pod",
    "deploy": "deployment",
    "sts": "statefulset",
    "ds": "daemonset",
    "cj": "cronjob",
    "svc": "service",
}
_NAME = re.compile(r"(?P<namespace>[^/\s]+)/(?:(?P<kind>[A-Za-z]+)/)?(?P<name>[^/\s]+)")


@dataclass(frozen=True)
class Names:
    """What the names of one snapshot mean. Only what was read has a name."""

    snapshot: Snapshot

    @cached_property
    def workloads(self) -> Workloads:
        """To which workload each pod belongs."""
        return workloads(self.snapshot)

    @cached_property
    def by_workload(self) -> dict[ObjectRef, tuple[Pod, ...]]:
        """The live pods of each workload, in order."""
        found: dict[ObjectRef, list[Pod]] = {}
        for pod in seen(self.snapshot.pods):
            if not pod.has_ended:
                found.setdefault(self.workloads.workload_of(pod), []).append(pod)
        return {name: tuple(found[name]) for name in sorted(found)}

    def meant(self, word: str) -> Meant:
        """What a word without a port means. Raises UsageError where it is nothing that was read, or several things."""
        if word == OWN_NODE:
            return MeantOwnNode()
        if number(word) is not None:
            return MeantAddress(_canonical(word))
        found = self.all_meant(word)
        several = [item for item in found if isinstance(item, MeantPods)]
        if len(several) > 1:
            names = " and ".join(str(item.name) for item in several)
            raise UsageError(f"{word} is the name of {names}: say which, as in {several[0].name}.")
        return found[0]

    def shown(self, word: str) -> dict[tuple[str, str], ObjectRef]:
        """What the live pods of a namespace, a workload or a single pod are shown as, by their namespace and name.

        Raises UsageError where there are none.
        """
        if "/" in word:
            meant = self.meant(word)
            if not isinstance(meant, MeantPods):
                raise UsageError(f"{word} is a Service: name the pods or the workload behind it.")
            return {(pod.namespace, pod.name): meant.name for pod in meant.pods}
        of_namespace = {name: pods for name, pods in self.by_workload.items() if name.namespace == word}
        if not of_namespace:
            raise UsageError(f"No pod that was read is in a namespace {word}. {self._nearest(f'{word}/')}")
        return {(pod.namespace, pod.name): name for name, pods in of_namespace.items() for pod in pods}

    def aimed_at(self, word: str, port: PortWord | None) -> Meant:
        """What a destination means: a Service goes before pods of its name where it has the port. Raises UsageError."""
        if _NAME.fullmatch(word):
            for item in self.all_meant(word):
                if isinstance(item, MeantService) and ports_at(port, item.service):
                    return item
        return self.meant(word)

    def all_meant(self, word: str) -> tuple[MeantPods | MeantService, ...]:
        """The pods, workloads and Services of a name, in this order: at least one. Raises UsageError."""
        match = _NAME.fullmatch(word)
        if match is None:
            raise UsageError(
                f"{word!r} names nothing: give NAMESPACE/NAME of a pod, workload or Service, NAMESPACE/KIND/NAME, an"
                f" address, or `{OWN_NODE}` for the pod's own node."
            )
        kind = (match["kind"] or "").lower()
        found = tuple(self._named(match["namespace"], _ALIASES.get(kind, kind), match["name"]))
        if not found:
            raise UsageError(f"Nothing that was read is called {word}. {self._nearest(word)}")
        return found

    def _named(self, namespace: str, kind: str, name: str) -> Iterator[MeantPods | MeantService]:
        for ref, thing in self._things.get((namespace, name), ()):
            if kind in ("", ref.kind.lower()):
                yield thing

    @cached_property
    def _things(self) -> dict[tuple[str, str], list[tuple[ObjectRef, MeantPods | MeantService]]]:
        """Everything that has a name, by namespace and name; a pod without an owner once."""
        found: dict[ObjectRef, MeantPods | MeantService] = {}
        for owner, pods in self.by_workload.items():
            found |= {
                ref: MeantPods(ref, (pod,)) for pod in pods for ref in (ObjectRef("Pod", pod.name, pod.namespace),)
            }
            found[owner] = MeantPods(owner, pods)
        for service in seen(self.snapshot.services):
            found[ObjectRef("Service", service.name, service.namespace)] = MeantService(service)
        things: dict[tuple[str, str], list[tuple[ObjectRef, MeantPods | MeantService]]] = {}
        for ref in sorted(found, key=_order):
            things.setdefault((ref.namespace, ref.name), []).append((ref, found[ref]))
        return things

    def _nearest(self, word: str) -> str:
        """A sentence with the names that a person may have meant: workloads and Services before single pods."""
        refs = sorted((ref for things in self._things.values() for ref, _ in things), key=_rank)
        namespace, _, name = word.partition("/")
        short = list(dict.fromkeys(f"{ref.namespace}/{ref.name}" for ref in refs))
        last = name.rpartition("/")[2]
        inside = [full for full in short if full.partition("/")[0] == namespace]
        near = [full for full in short if full.partition("/")[2] == last]
        near += [full for full in (f"{namespace}/{item}" for item in self._like(last, inside)) if full not in near]
        if near:
            return f"Close: {', '.join(near[:5])}."
        if inside:
            return f"In {namespace} there are {', '.join(inside[:5])}{' and others' if len(inside) > 5 else ''}."
        known = sorted({ref.namespace for ref in refs})
        close = get_close_matches(namespace, known, 5, 0.6) or known[:5]
        return f"Namespaces with pods or Services: {', '.join(close)}." if known else "No pod and no Service was read."

    @staticmethod
    def _like(name: str, inside: Iterable[str]) -> list[str]:
        return get_close_matches(name, [full.partition("/")[2] for full in inside], 5, 0.6)


def _order(ref: ObjectRef) -> tuple[bool, bool, ObjectRef]:
    """Pods, then workloads, then Services."""
    return ref.kind == "Service", ref.kind != "Pod", ref


def _rank(ref: ObjectRef) -> tuple[bool, str, str, str]:
    return ref.kind == "Pod", ref.namespace, ref.name, ref.kind


def _canonical(address: str) -> str:
    return str(ipaddress.ip_address(address))
