"""Random clusters for properties: the healthy one, spoilt at random in every way that rules look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import healthy
import msgspec
import yaml
from hypothesis import strategies as st

from analyzer.model.cluster import ManagedCluster, Reference, RouteTable
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS, Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs
from analyzer.model.version import Version

CIDRS = ("10.10.0.0/24", "10.10.0.0/16", "10.244.0.0/16", "0.0.0.0/0", "203.0.113.0/24", "10.0.0.0/8", "10.0.0.0/16")
VERSIONS = ("1.26.3", "1.28.0", "1.30.9", "1.31.4", "1.33.5", "1.36.0", "1.40.1")
LABELS = ({"app": "web"}, {"app": "db"}, {"app": "agent"}, {})
PORTS = ([], [{"port": 80}], [{"port": "main"}], [{"protocol": "UDP", "port": 53}], [{"port": 80, "endPort": 9000}])


def _profiles() -> st.SearchStrategy[dict[str, Any]]:
    kubenet = {"networkPlugin": "kubenet", "podCidr": "10.244.0.0/16", "networkDataplane": "<absent>"}
    overlay = {"networkPluginMode": "overlay", "podCidr": "10.244.0.0/16"}
    cilium = {"networkDataplane": "cilium", "networkPolicy": "cilium"}
    shapes: list[dict[str, Any]] = [{}, kubenet, overlay, cilium, {**overlay, **cilium}, {"networkPlugin": "none"}]
    engines = st.sampled_from([{}, {"networkPolicy": "azure"}, {"networkPolicy": "calico"}])
    ranges = st.sampled_from([{}, {"serviceCidr": "10.0.0.0/12", "serviceCidrs": ["10.0.0.0/12"]}])
    return st.builds(
        lambda shape, engine, more: (
            {**more, **engine, **shape} if shape.get("networkPolicy") else {**more, **shape, **engine}
        ),
        st.sampled_from(shapes),
        engines,
        ranges,
    )


def _pools() -> st.SearchStrategy[dict[str, Any]]:
    windows = {"osType": "Windows", "osSKU": "Windows2022", "nodeImageVersion": "AKSWindows-2022-20348.1500.230101"}
    changes = st.sampled_from(
        [
            {},
            {"podSubnetID": f"{healthy.VNET}/subnets/pods"},
            {"podSubnetID": f"{healthy.VNET}/subnets/pods", "podIPAllocationMode": "StaticBlock"},
            {"vnetSubnetID": None},
            {"count": None},
            {"osType": None},
            {"upgradeSettings": {"maxSurge": "0", "maxUnavailable": "1"}},
        ]
    )
    versions = st.sampled_from([None, *VERSIONS])
    apps = st.builds(lambda change, version: {**change, "currentOrchestratorVersion": version}, changes, versions)
    return st.builds(
        lambda pool, has_windows: {"apps": pool, **({"win": windows} if has_windows else {})}, apps, st.booleans()
    )


@st.composite
def _clusters(draw: st.DrawFn) -> str:
    patch = {
        "networkProfile": draw(_profiles()),
        "currentKubernetesVersion": draw(st.sampled_from(VERSIONS)),
        "identity": {"type": draw(st.sampled_from(["UserAssigned", "SystemAssigned"]))},
        "nodeProvisioningProfile": {"mode": draw(st.sampled_from(["Manual", "Auto"]))},
        "pools": draw(_pools()),
    }
    return yaml.safe_dump(patch)


def _peers() -> st.SearchStrategy[dict[str, Any]]:
    block = st.builds(
        lambda cidr, cut: {"ipBlock": {"cidr": cidr, **({"except": ["10.10.0.0/20"]} if cut else {})}},
        st.sampled_from(CIDRS),
        st.booleans(),
    )
    selector = st.builds(lambda labels: {"podSelector": {"matchLabels": labels}}, st.sampled_from(LABELS))
    everywhere = st.just({"namespaceSelector": {}})
    return st.one_of(block, selector, everywhere)


@st.composite
def _policies(draw: st.DrawFn) -> dict[str, Any]:
    direction, word = draw(st.sampled_from([("ingress", "from"), ("egress", "to")]))
    rule = {word: draw(st.lists(_peers(), max_size=2)), "ports": draw(st.sampled_from(PORTS))}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": draw(st.sampled_from(["shop", "kube-system"])), "name": draw(st.sampled_from("abc"))},
        "spec": {
            "podSelector": {"matchLabels": draw(st.sampled_from(LABELS))},
            "policyTypes": [direction.capitalize()],
            direction: draw(st.sampled_from([[], [rule]])),
        },
    }


@st.composite
def _more_pods(draw: st.DrawFn) -> dict[str, Any]:
    address = draw(st.sampled_from(["10.244.0.7", "10.10.0.77", "10.10.0.5"]))
    port = {"containerPort": 8080, "hostPort": 8080, "protocol": draw(st.sampled_from(["TCP", "UDP"]))}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": draw(st.sampled_from(["shop", "kube-system"])),
            "name": draw(st.sampled_from(["x", "y", "z"])),
            "labels": draw(st.sampled_from(LABELS)),
        },
        "spec": {
            "nodeName": draw(st.sampled_from(["apps-0", "apps-1"])),
            "hostNetwork": draw(st.booleans()),
            "containers": [
                {"name": "c", "image": "alpine:3", "ports": [port], "resources": {"requests": {"memory": "12Gi"}}}
            ],
        },
        "status": {
            "phase": draw(st.sampled_from(["Running", "Succeeded"])),
            "podIP": address,
            "podIPs": [{"ip": address}],
        },
    }


def _oddities() -> st.SearchStrategy[dict[str, Any]]:
    """Objects that single rules look for."""
    masq = {"ip-masq-agent": "nonMasqueradeCIDRs:\n- 10.99.0.0/16\n"}
    agent = {"spec": {"containers": [{"name": "a", "image": "acme/kube-proxy-watch"}]}}
    metadata = {"namespace": "shop", "name": "odd"}
    cnp = {
        "endpointSelector": {},
        "egress": [{"toFQDNs": [{"matchName": "example.org"}], "toPorts": [{"rules": {"http": [{}]}}]}],
    }
    return st.sampled_from(
        [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"namespace": "kube-system", "name": "azure-ip-masq-agent-config"},
                "data": masq,
            },
            {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": {"template": agent}},
            {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": cnp},
            {
                "apiVersion": "crd.projectcalico.org/v1",
                "kind": "GlobalNetworkPolicy",
                "metadata": {"name": "odd"},
                "spec": {"egress": [{"action": "Allow", "destination": {"domains": ["example.org"]}}]},
            },
            {"apiVersion": "crd.projectcalico.org/v1", "kind": "HostEndpoint", "metadata": {"name": "odd"}},
            {"apiVersion": "cilium.io/v2alpha1", "kind": "CiliumBGPPeeringPolicy", "metadata": {"name": "odd"}},
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "ServiceCIDR",
                "metadata": {"name": "odd"},
                "spec": {"cidrs": ["10.244.0.0/20"]},
            },
            {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {"namespace": "kube-system", "name": "odd"},
                "spec": {"hard": {"limits.cpu": "4"}},
            },
            {
                "apiVersion": "monitoring.coreos.com/v1",
                "kind": "ServiceMonitor",
                "metadata": metadata,
                "spec": {"selector": {"matchLabels": {"k8s-app": "kube-proxy"}}},
            },
        ]
    )


def _with_route_table(snapshot: Snapshot) -> Snapshot:
    """The node subnet with a route table that holds a route made by hand."""
    route = {"name": "by-hand", "addressPrefix": "10.244.9.0/24", "nextHopType": "VirtualAppliance"}
    body = {"id": f"{healthy.NETWORK}/routeTables/rt", "name": "rt", "routes": [route]}
    (network,) = snapshot.virtual_networks.require()
    nodes, *others = network.subnets
    linked = msgspec.structs.replace(nodes, route_table=Reference(body["id"]))
    return replace(
        snapshot,
        virtual_networks=Known((msgspec.structs.replace(network, subnets=(linked, *others)),)),
        route_tables=Known((msgspec.convert(body, RouteTable),)),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A cluster that was read in full."""
    snapshot = healthy.with_cluster(healthy.healthy(), draw(_clusters()))
    documents = [
        *draw(st.lists(_policies(), max_size=3)),
        *draw(st.lists(_more_pods(), max_size=3)),
        *draw(st.lists(_oddities(), max_size=2)),
    ]
    snapshot = healthy.with_objects(snapshot, yaml.safe_dump_all(documents))
    if draw(st.booleans()):
        snapshot = _with_route_table(snapshot)
    return snapshot


def inputs() -> st.SearchStrategy[Inputs]:
    """What an operator may give."""
    return st.builds(
        Inputs,
        pod_cidr=st.sampled_from([None, "100.64.0.0/16", "10.10.64.0/18", "10.0.128.0/17"]),
        cli_version=st.sampled_from([None, Version(2, 50, 0), Version(2, 81, 0)]),
        planned_features=st.sampled_from([None, (), ("bgp",), ("acns-l7",)]),
    )


@st.composite
def with_less(draw: st.DrawFn, snapshot: Snapshot) -> Snapshot:
    """The same cluster with a random set of facts taken away, whole or in part; fields of the ARM body too."""
    sources = draw(st.lists(st.sampled_from([*ITEM_TYPES, *SINGLE_OBJECTS]), min_size=1, max_size=4, unique=True))
    for source in sources:
        if source is Source.CLUSTER:
            snapshot = replace(snapshot, cluster=draw(_less_of(snapshot.cluster.require())))
            continue
        value = getattr(snapshot, source.value).value
        keep = (
            draw(st.lists(st.booleans(), min_size=len(value), max_size=len(value))) if isinstance(value, tuple) else []
        )
        seen = (
            tuple(item for item, kept in zip(value, keep, strict=True) if kept)
            if keep and draw(st.booleans())
            else None
        )
        cause = draw(st.sampled_from([Cause.FORBIDDEN, Cause.UNREACHABLE, Cause.MALFORMED]))
        missing: Missing[Any] = Missing(
            source, Cause.PARTIAL if seen is not None else cause, f"{source} taken away", "", seen
        )
        snapshot = replace(snapshot, **{source.value: missing})
    return snapshot


@st.composite
def _less_of(draw: st.DrawFn, cluster: ManagedCluster) -> Known[ManagedCluster]:
    """The cluster's body without some of its fields."""
    pools = []
    for pool in cluster.agent_pool_profiles or ():
        hidden = draw(
            st.lists(
                st.sampled_from(["os_type", "count", "current_orchestrator_version", "node_image_version"]), max_size=2
            )
        )
        fields: dict[str, Any] = dict.fromkeys(hidden)
        if "current_orchestrator_version" in fields:
            fields["orchestrator_version"] = None
        pools.append(msgspec.structs.replace(pool, **fields))
    version = {} if draw(st.booleans()) else {"current_kubernetes_version": None, "kubernetes_version": None}
    return Known(msgspec.structs.replace(cluster, agent_pool_profiles=tuple(pools), **version))
