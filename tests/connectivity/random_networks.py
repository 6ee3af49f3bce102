"""Random networks with everything in them that the engines read differently."""

from __future__ import annotations

from typing import NamedTuple

from connectivity.naive.network import Network
from connectivity.random_calico import CALICO, ORDERS, SETS
from connectivity.random_cilium import CILIUM
from connectivity.random_kubernetes import KUBERNETES
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer.model.fact import Known
from analyzer.model.objects import (
    Address,
    CalicoNetworkSet,
    CalicoPolicy,
    CalicoPolicySpec,
    CalicoSetSpec,
    CalicoTier,
    CiliumPolicy,
    Container,
    ContainerPort,
    EndpointAddresses,
    EndpointSlice,
    Metadata,
    Namespace,
    NamespaceMetadata,
    NetworkPolicy,
    Node,
    NodeStatus,
    Pod,
    PodIP,
    PodMetadata,
    PodSpec,
    PodStatus,
    Workload,
)
from analyzer.model.objects.calico import CalicoMetadata, CalicoTierSpec
from analyzer.model.snapshot import Snapshot

NAMESPACES = ("shop", "ops", "lab", "web")
API_SERVER = "20.50.1.1"
LOCAL_DNS = "169.254.20.10"
_APPS = ("web", "api", "db")


class _Place(NamedTuple):
    """Where a pod lives, drawn before it has a name and an address."""

    namespace: int
    """Its place in the list, from the start again behind its end; so the node's."""
    node: int
    labels: dict[str, str]
    ports: tuple[ContainerPort, ...]
    sidecar: bool
    kind: str
    """plain, host, ended, or six: its primary address is an IPv6 one."""


def _labels() -> st.SearchStrategy[dict[str, str]]:
    keys = {
        "app": st.sampled_from(_APPS),
        "tier": st.sampled_from(("front", "back")),
        "app.kubernetes.io/name": st.sampled_from(_APPS[:2]),
        "statefulset.kubernetes.io/pod-name": st.sampled_from(("db-0", "db-1")),
        "pod-template-hash": st.sampled_from(("5d4", "77f")),
    }
    return st.fixed_dictionaries({"app": keys.pop("app")}, optional=keys) | st.just({})


_CONTAINER_PORTS = st.sampled_from(
    (
        ContainerPort(8080, "http"),
        ContainerPort(8080, "http"),
        ContainerPort(9090, "http"),
        ContainerPort(8443, "https"),
        ContainerPort(5432, "db"),
        ContainerPort(53, "dns", "UDP"),
        ContainerPort(53, "dns"),
        ContainerPort(3868, "sig", "SCTP"),
        ContainerPort(80),
    )
)
_PORTS = st.lists(_CONTAINER_PORTS, max_size=2).map(tuple)
_PLACES = st.builds(
    _Place,
    st.integers(0, 3),
    st.integers(0, 3),
    _labels(),
    _PORTS,
    st.sampled_from((False, False, False, True)),
    st.sampled_from(("plain",) * 8 + ("host", "host", "ended", "six")),
)
_TEAMS = st.sampled_from(({"team": "a"}, {"team": "b"}, {}))


@st.composite
def networks(draw: st.DrawFn, most_pods: int = 30) -> Network:
    """Namespaces, nodes, pods and policies: of Kubernetes always, of Cilium often."""
    nodes = draw(st.integers(2, 4))
    names = NAMESPACES[: draw(st.integers(1, 4))]
    dual = draw(st.booleans())
    places = draw(st.lists(_PLACES, min_size=1, max_size=most_pods))
    return Network(
        namespaces=tuple(_namespace(name, draw(_TEAMS)) for name in names),
        nodes=tuple(_node(number, dual) for number in range(nodes)),
        pods=tuple(_pod(number, place, names, nodes, dual) for number, place in enumerate(places)),
        policies=tuple(
            NetworkPolicy(Metadata(name=f"p{number}", namespace=names[place % len(names)]), spec=spec)
            for number, (place, spec) in enumerate(draw(st.lists(KUBERNETES, min_size=1, max_size=6)))
        ),
        cilium=tuple(
            CiliumPolicy(Metadata(name=f"c{number}", namespace=(*names, "")[place % (len(names) + 1)]), specs=specs)
            for number, (place, specs) in enumerate(draw(st.just([]) | st.lists(CILIUM, max_size=3)))
        ),
        calico=tuple(
            _calico_policy(number, (*names, "")[place % (len(names) + 1)], spec)
            for number, (place, spec) in enumerate(draw(st.just([]) | st.lists(CALICO, max_size=len(ORDERS))))
        ),
        calico_sets=tuple(
            CalicoNetworkSet(
                CalicoMetadata(name=f"s{number}", namespace=(*names, "")[place % (len(names) + 1)], labels=labels),
                spec=CalicoSetSpec(nets),
            )
            for number, (place, nets, labels) in enumerate(draw(st.lists(SETS, max_size=2)))
        ),
        calico_tiers=_tiers(draw(st.sampled_from(("Deny", "Pass", None)))),
        api_server=(API_SERVER,),
        local_dns=(LOCAL_DNS,),
    )


def _tiers(action: str | None) -> tuple[CalicoTier, ...]:
    orders = {"early": 100.0, "default": 1_000_000.0, "late": 2_000_000.0}
    specs = {name: CalicoTierSpec(order, action if name == "early" else "Deny") for name, order in orders.items()}
    return tuple(CalicoTier(Metadata(name=name), spec=spec) for name, spec in specs.items())


def _calico_policy(number: int, namespace: str, spec: CalicoPolicySpec) -> CalicoPolicy:
    """Of different orders: between equal ones the names decide. Only global policies select namespaces."""
    spec = replace(spec, order=ORDERS[number], namespace_selector="" if namespace else spec.namespace_selector)
    return CalicoPolicy(Metadata(name=f"k{number}", namespace=namespace), spec=spec)


def _namespace(name: str, labels: dict[str, str]) -> Namespace:
    return Namespace(NamespaceMetadata(name=name, labels={"kubernetes.io/metadata.name": name, **labels}))


def _node(number: int, dual: bool) -> Node:
    texts = (f"10.224.0.{number + 4}", *((f"fd00:224::{number + 4}",) if dual else ()))
    addresses = tuple(Address("InternalIP", text) for text in texts)
    return Node(Metadata(name=f"n{number}"), status=NodeStatus(addresses))


def _pod(number: int, place: _Place, names: tuple[str, ...], nodes: int, dual: bool) -> Pod:
    node = place.node % nodes
    addresses = [f"10.244.{node}.{number + 4}"] + [f"fd00:244:{node}::{number + 4}"] * dual
    if place.kind == "host":
        addresses = [f"10.224.0.{node + 4}"] + [f"fd00:224::{node + 4}"] * dual
    if place.kind == "six":
        addresses.reverse()
    containers = (Container("main", ports=place.ports[:1]),)
    others = (Container("side", ports=place.ports[1:], restart_policy="Always" if place.sidecar else ""),)
    return Pod(
        PodMetadata(name=f"pod{number}", namespace=names[place.namespace % len(names)], labels=place.labels),
        spec=PodSpec(
            containers=containers if place.sidecar else containers + others,
            init_containers=others if place.sidecar else (),
            node_name=f"n{node}",
            host_network=place.kind == "host",
        ),
        status=PodStatus(
            "Succeeded" if place.kind == "ended" else "Running", addresses[0], tuple(map(PodIP, addresses))
        ),
    )


def snapshot_of(network: Network) -> Snapshot:
    """The cluster that would be read of a network."""
    endpoint = EndpointAddresses(addresses=network.api_server)
    cache = Workload(Metadata(name="node-local-dns", namespace="kube-system"))
    return Snapshot(
        namespaces=Known(network.namespaces),
        nodes=Known(network.nodes),
        pods=Known(network.pods),
        services=Known(()),
        endpoint_slices=Known(
            (EndpointSlice(Metadata(name="kubernetes", namespace="default"), endpoints=(endpoint,)),)
        ),
        daemon_sets=Known((cache,) if network.local_dns else ()),
        network_policies=Known(network.policies),
        cilium_policies=Known(tuple(item for item in network.cilium if item.namespace)),
        cilium_clusterwide_policies=Known(tuple(item for item in network.cilium if not item.namespace)),
        calico_policies=Known(tuple(item for item in network.calico if item.namespace)),
        calico_global_policies=Known(tuple(item for item in network.calico if not item.namespace)),
        calico_network_sets=Known(tuple(item for item in network.calico_sets if item.namespace)),
        calico_global_network_sets=Known(tuple(item for item in network.calico_sets if not item.namespace)),
        calico_tiers=Known(network.calico_tiers),
        calico_host_endpoints=Known(()),
    )
