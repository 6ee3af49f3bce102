"""Small clusters, written as compactly as a test reads."""

from __future__ import annotations

from analyzer.connectivity.isolation import Isolation
from analyzer.connectivity.population import Population, fold
from analyzer.connectivity.selection import Selection, namespaces_of
from analyzer.model.fact import Known
from analyzer.model.objects import (
    Container,
    ContainerPort,
    EgressRule,
    IngressRule,
    LabelSelector,
    Metadata,
    Namespace,
    NetworkPolicy,
    NetworkPolicySpec,
    Pod,
    PodIP,
    PodSpec,
    PodStatus,
)

NAMESPACES = {"shop": {"team": "retail"}, "ops": {"team": "ops"}, "lab": {}}


def pod(
    name: str,
    *addresses: str,
    labels: dict[str, str] | None = None,
    ports: tuple[ContainerPort, ...] = (),
    host: bool = False,
    phase: str = "Running",
) -> Pod:
    """`name` is namespace/name; the pod's label app is its name unless labels are given."""
    namespace, _, short = name.partition("/")
    return Pod(
        Metadata(name=short, namespace=namespace, labels={"app": short} if labels is None else labels),
        spec=PodSpec(containers=(Container(short, ports=ports),), host_network=host),
        status=PodStatus(phase, addresses[0] if addresses else "", tuple(map(PodIP, addresses))),
    )


def policy(
    name: str,
    selector: LabelSelector,
    ingress: tuple[IngressRule, ...] | None = None,
    egress: tuple[EgressRule, ...] | None = None,
) -> NetworkPolicy:
    """Isolates in the directions that are given."""
    namespace, _, short = name.partition("/")
    types = (("Ingress",) if ingress is not None else ()) + (("Egress",) if egress is not None else ())
    spec = NetworkPolicySpec(selector, types, ingress or (), egress or ())
    return NetworkPolicy(Metadata(name=short, namespace=namespace), spec=spec)


def selection(*pods: Pod) -> Selection:
    """Over the three namespaces."""
    items = (Namespace(Metadata(name=name, labels=labels)) for name, labels in NAMESPACES.items())
    namespaces = namespaces_of(items)
    return Selection(fold(pods), lambda: Known(namespaces))


def isolation(policies: tuple[NetworkPolicy, ...], *pods: Pod) -> Isolation:
    """Policies over some pods."""
    return Isolation(selection(*pods), policies)


def names(population: Population, classes: int) -> list[str]:
    """The pods of some classes."""
    return sorted(
        f"{item.namespace}/{item.name}" for item in map(population.pods.__getitem__, population.pods_of(classes))
    )
