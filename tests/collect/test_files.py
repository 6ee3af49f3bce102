"""Evidence from files: what each shape proves, and what it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import healthy
import pytest

from analyzer.collect.files.reading import FilesReading, read_files
from analyzer.collect.files.slices import SLICE_BYTES
from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

SCRIPT = "Use the script that `aks-preflight collect --script` prints"
POD = {"metadata": {"namespace": "shop", "name": "web-0", "labels": {"app": "web"}}, "spec": {"hostNetwork": True}}
POLICY = {"metadata": {"namespace": "shop", "name": "deny"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}


def put(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def kubectl(kind: str, *items: dict[str, Any], version: str = "v1") -> dict[str, Any]:
    """What `kubectl get KIND -A -o json` prints: keys in alphabetical order."""
    typed = [{"apiVersion": version, "kind": kind, **item} for item in items]
    return {"apiVersion": "v1", "items": typed, "kind": "List", "metadata": {"resourceVersion": ""}}


def raw(kind: str, *items: dict[str, Any], version: str = "v1", more: str = "") -> dict[str, Any]:
    """What `kubectl get --raw` prints: items without kind."""
    metadata = {"resourceVersion": "7", **({"continue": more} if more else {})}
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": list(items)}


def read(*paths: Path, complete: bool = False) -> Snapshot:
    return read_files(paths, complete=complete).snapshot


def names(fact: Any) -> Any:
    items = fact.value if isinstance(fact, Known) else fact.seen
    return None if items is None else [f"{item.kind} {item.api_version} {item.namespace}/{item.name}" for item in items]


def test_a_bare_list_is_seen_but_not_whole(tmp_path: Path) -> None:
    pods = read(put(tmp_path, "pods.json", kubectl("Pod", POD))).pods
    assert isinstance(pods, Missing)
    assert names(pods) == ["Pod v1 shop/web-0"]
    assert (pods.cause, pods.detail, pods.grant) == (
        Cause.PARTIAL,
        "pods.json: the list of pods is not proven whole: a kubectl list does not say whether it holds one namespace"
        " or all",
        f"{SCRIPT}, or give --complete if the files hold every object of their kinds",
    )


def test_the_operators_word_makes_a_bare_list_whole(tmp_path: Path) -> None:
    snapshot = read(put(tmp_path, "pods.json", kubectl("Pod", POD)), complete=True)
    assert isinstance(snapshot.pods, Known)
    assert names(snapshot.pods) == ["Pod v1 shop/web-0"]
    assert isinstance(snapshot.nodes, Missing)


def test_a_raw_list_says_its_kind_even_when_it_is_empty_but_not_its_scope(tmp_path: Path) -> None:
    path = put(tmp_path, "policies.json", raw("NetworkPolicy", version="networking.k8s.io/v1"))
    seen = read(path).network_policies
    assert isinstance(seen, Missing)
    assert seen.cause is Cause.PARTIAL
    assert read(path, complete=True).network_policies == Known(())


def test_an_empty_list_that_names_its_kind_is_one_whatever_the_order_of_its_keys(tmp_path: Path) -> None:
    path = put(tmp_path, "sts.json", {"apiVersion": "apps/v1", "items": [], "kind": "StatefulSetList"})
    assert read(path, complete=True).stateful_sets == Known(())


def test_an_empty_kubectl_list_is_named_since_it_does_not_say_its_kind(tmp_path: Path) -> None:
    pods, empty = put(tmp_path, "pods.json", kubectl("Pod", POD)), put(tmp_path, "netpol.json", kubectl("X"))
    reading = read_files([pods, empty], complete=True)
    assert reading.unknown == (
        f"{empty}: an empty List, which names no kind and so proves nothing; export it with --raw",
    )
    assert isinstance(reading.snapshot.network_policies, Missing)


def test_a_list_that_ends_with_a_continue_token_is_never_whole(tmp_path: Path) -> None:
    pods = read(put(tmp_path, "pods.json", raw("Pod", POD, more="abc")), complete=True).pods
    assert isinstance(pods, Missing)
    assert (pods.cause, pods.detail) == (Cause.MALFORMED, "pods.json: the list of pods: it ends with a continue token")


def test_a_mixed_list_is_taken_apart_and_secrets_are_named_not_read(tmp_path: Path) -> None:
    mixed = kubectl("Pod", POD)
    mixed["items"] += [
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **POLICY},
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "NetworkPolicy",
            "metadata": {"namespace": "shop", "name": "c"},
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": "aHVudGVyMg=="}},
    ]
    path = put(tmp_path, "all.json", mixed)
    reading = read_files([path], complete=True)
    assert names(reading.snapshot.pods) == ["Pod v1 shop/web-0"]
    assert names(reading.snapshot.network_policies) == ["NetworkPolicy networking.k8s.io/v1 shop/deny"]
    assert reading.unknown == (f"{path}: Secret of v1, which no rule reads",)
    calico = reading.snapshot.calico_policies
    assert isinstance(calico, Missing)  # the other Calico group was not asked
    assert names(calico) == ["NetworkPolicy crd.projectcalico.org/v1 shop/c"]


def test_yaml_of_several_documents_is_read(tmp_path: Path) -> None:
    manifest = """
apiVersion: v1
kind: Pod
metadata: {namespace: shop, name: web-0}
---
apiVersion: v1
kind: List
items:
- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: shop, name: deny}, spec: {podSelector: {}}}
"""
    snapshot = read(put(tmp_path, "all.yaml", manifest), complete=True)
    assert names(snapshot.pods) == ["Pod v1 shop/web-0"]
    assert names(snapshot.network_policies) == ["NetworkPolicy networking.k8s.io/v1 shop/deny"]


def test_one_malformed_item_leaves_the_others_seen(tmp_path: Path) -> None:
    bad = {"metadata": {"namespace": "shop", "name": "bad"}, "spec": {"hostNetwork": "yes"}}
    pods = read(put(tmp_path, "pods.json", kubectl("Pod", POD, bad)), complete=True).pods
    assert isinstance(pods, Missing)
    assert names(pods) == ["Pod v1 shop/web-0"]
    assert (pods.cause, pods.detail) == (
        Cause.MALFORMED,
        "pods.json: the list of pods: 1 of 2 items cannot be read, the first:"
        " Expected `bool`, got `str` - at `$.spec.hostNetwork`",
    )


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    whole = put(tmp_path, "nodes.json", kubectl("Node", {"metadata": {"name": "n"}}))
    cut = put(tmp_path, "pods.json", json.dumps(kubectl("Pod", POD))[:-40])
    reading = read_files([whole, cut], complete=True)
    assert isinstance(reading.snapshot.pods, Missing)
    assert (
        reading.snapshot.pods.detail == "pods.json: the list of pods: the body is not a list: Input data was truncated"
    )


def test_the_named_config_maps_are_kept_and_the_data_of_others_is_not(tmp_path: Path) -> None:
    maps = kubectl(
        "ConfigMap",
        {
            "metadata": {"namespace": "kube-system", "name": "azure-ip-masq-agent-config"},
            "data": {"ip-masq-agent": "x"},
        },
        {"metadata": {"namespace": "kube-system", "name": "coredns"}, "data": {"Corefile": "secret"}},
    )
    snapshot = read(put(tmp_path, "cm.json", maps), complete=True)
    assert snapshot.ip_masq_config.require().data == {"ip-masq-agent": "x"}  # type: ignore[union-attr]
    assert snapshot.ip_masq_reconciled == Known(None)
    assert [item.name for item in snapshot.config_map_names.require()] == ["azure-ip-masq-agent-config", "coredns"]
    assert "secret" not in repr(snapshot)
    partial = read(put(tmp_path, "cm.json", maps))
    assert isinstance(partial.ip_masq_reconciled, Missing)


BODY = healthy.cluster_body()
FLAT = {**BODY, "resourceGroup": "shop-rg", "type": "Microsoft.ContainerService/ManagedClusters"}
PROPERTIES = {key: value for key, value in BODY.items() if key not in ("id", "name", "location", "sku", "identity")}
REST = {**{key: BODY[key] for key in ("id", "name", "location", "sku", "identity")}, "properties": PROPERTIES}
GRAPH = {"count": 1, "data": [{**REST, "type": "microsoft.containerservice/managedclusters"}], "total_records": 1}
UPPER = json.loads(json.dumps(FLAT).replace("vnetSubnetID", "vnetSubnetId").replace("osSKU", "osSku"))


@pytest.mark.parametrize("shape", [FLAT, REST, GRAPH, [REST], {"value": [REST]}, UPPER])
def test_every_shape_of_a_cluster_body_gives_one_cluster(tmp_path: Path, shape: object) -> None:
    snapshot = read(put(tmp_path, "cluster.json", shape))
    assert snapshot.cluster == healthy.healthy().cluster


def test_two_clusters_are_an_error_that_names_both(tmp_path: Path) -> None:
    put(tmp_path, "a.json", REST)
    put(tmp_path, "b.json", {**REST, "id": REST["id"].replace("/shop", "/other")})
    with pytest.raises(UsageError) as refused:
        read(tmp_path)
    assert f"{tmp_path / 'a.json'}" in str(refused.value)
    assert f"{tmp_path / 'b.json'}" in str(refused.value)


def test_files_without_any_evidence_are_an_error_that_says_what_they_hold(tmp_path: Path) -> None:
    put(tmp_path, "notes.json", {"hello": "world"})
    with pytest.raises(
        UsageError, match=r"Nothing in the files is evidence.*: .*neither a Kubernetes object nor an ARM"
    ):
        read(tmp_path)


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere does not exist"):
        read(tmp_path / "nowhere")


VNET = {
    "id": healthy.VNET,
    "name": "shop-vnet",
    "properties": {
        "addressSpace": {"addressPrefixes": ["10.10.0.0/16"]},
        "subnets": [
            {
                "id": f"{healthy.VNET}/subnets/nodes",
                "name": "nodes",
                "properties": {
                    "addressPrefix": "10.10.0.0/20",
                    "routeTable": {"id": f"{healthy.NETWORK}/routeTables/rt"},
                },
            }
        ],
    },
}
SCALE_SET = {
    "id": f"{healthy.SUBSCRIPTION}/resourceGroups/MC_shop-rg_shop_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-s-1-vmss",
    "name": "aks-s-1-vmss",
}
TABLE = {"id": f"{healthy.NETWORK}/routeTables/RT", "name": "rt", "properties": {"routes": [], "subnets": None}}


def test_the_network_is_whole_once_every_vnet_and_table_of_the_nodes_is_there(tmp_path: Path) -> None:
    put(tmp_path, "cluster.json", REST)
    alone = read(tmp_path)
    assert isinstance(alone.virtual_networks, Missing)
    assert alone.virtual_networks.detail == f"No file holds {healthy.VNET}"
    put(tmp_path, "vnet.json", VNET)
    without_table = read(tmp_path)
    assert [item.name for item in without_table.virtual_networks.require()] == ["shop-vnet"]
    assert isinstance(without_table.route_tables, Missing)
    assert without_table.route_tables.detail == f"No file holds {healthy.NETWORK}/routeTables/rt"
    put(tmp_path, "table.json", TABLE)
    assert [item.name for item in read(tmp_path).route_tables.require()] == ["rt"]
    put(tmp_path, "sets.json", {"value": [SCALE_SET]})
    assert read(tmp_path).network_security_groups == Known(())


GROUPS = {
    "kind": "APIGroupList",
    "apiVersion": "v1",
    "groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1"}]}],
}
CILIUM = {
    **GROUPS,
    "groups": [*GROUPS["groups"], {"name": "cilium.io", "versions": [{"groupVersion": "cilium.io/v2"}]}],
}  # type: ignore[misc]


def export(folder: Path, rows: list[tuple[int, str, str, object]]) -> FilesReading:
    """The folder of the script: exit status, file, request, and what came back."""
    lines = ["# aks-preflight collected 1", "# collected-at 2026-11-20T06:00:00Z", "# server https://api.example:443"]
    for status, name, request, content in rows:
        put(folder, name if status == 0 else f"{name}.err", content)
        lines.append(f"{status}\t{name}\t{request}")
    put(folder, "collected.tsv", "\n".join(lines))
    return read_files([folder])


def test_the_scripts_folder_proves_scope_time_and_server(tmp_path: Path) -> None:
    reading = export(
        tmp_path,
        [
            (0, "cluster.json", "az aks show", REST),
            (0, "apis.json", "GET /apis", GROUPS),
            (0, "pods.json", "GET /api/v1/pods", raw("Pod", POD)),
            (0, "nodes.json", "GET /api/v1/nodes", raw("Node")),
        ],
    )
    snapshot = reading.snapshot
    assert names(snapshot.pods.require() and snapshot.pods) == ["Pod v1 shop/web-0"]
    assert snapshot.nodes == Known(())
    assert (snapshot.collected_at, snapshot.server) == ("2026-11-20T06:00:00Z", "https://api.example:443")
    assert snapshot.cilium_policies == Known(())
    assert Source.CILIUM_POLICIES in snapshot.absent_apis
    assert Source.PODS not in snapshot.absent_apis
    assert reading.unknown == ()
    assert isinstance(snapshot.services, Missing)
    assert snapshot.services.detail == "No file holds services (core)"
    assert snapshot.services.grant == (
        "`kubectl get --raw /api/v1/services > services.json` with --complete, or the script of `collect --script`"
    )


FORBIDDEN = 'Error from server (Forbidden): pods is forbidden: User "ci" cannot list resource "pods"'
NOT_FOUND = "Error from server (NotFound): the server could not find the requested resource"
MASQ = "/api/v1/namespaces/kube-system/configmaps/azure-ip-masq-agent-config"
K8S_POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"
POLICIES = "/apis/cilium.io/v2/ciliumnetworkpolicies"

NEWER = {**GROUPS, "groups": [{"name": "cilium.io", "versions": [{"groupVersion": "cilium.io/v3"}]}]}

ANSWERS = [
    ([(0, "a.json", "GET /apis", NEWER)], "cilium_policies", Cause.NOT_ASKED),
    # rows besides the cluster, the field, and what becomes of it
    ([(1, "p.json", "GET /api/v1/pods", FORBIDDEN)], "pods", Cause.FORBIDDEN),
    ([(1, "p.json", "GET /api/v1/pods", "Unable to connect to the server: EOF")], "pods", Cause.UNREACHABLE),
    ([(1, "p.json", "GET /api/v1/pods", "")], "pods", Cause.UNREACHABLE),
    ([(0, "p.json", "GET /api/v1/pods", '{"kind":"PodLi')], "pods", Cause.MALFORMED),
    ([(0, "p.json", "GET /api/v1/pods", raw("Node"))], "pods", Cause.MALFORMED),
    ([(0, "p.json", "GET /api/v1/pods", raw("PartialObjectMetadata", version="meta.k8s.io/v1"))], "pods", Cause.MALFORMED),
    ([(0, "n.json", f"GET {K8S_POLICIES}", raw("NetworkPolicy", version="networking.k8s.io/v1"))], "network_policies", ()),
    ([(0, "n.json", f"GET {K8S_POLICIES}", raw("NetworkPolicy", version="crd.projectcalico.org/v1"))], "network_policies", Cause.MALFORMED),
    ([(0, "p.json", "GET /api/v1/pods", raw("Pod", more="x"))], "pods", Cause.PARTIAL),
    ([(0, "p.json", "GET /api/v1/namespaces/shop/pods", raw("Pod"))], "pods", Cause.PARTIAL),
    ([(1, "m.json", f"GET {MASQ}", 'Error from server (NotFound): configmaps "x" not found')], "ip_masq_config", None),
    ([(1, "m.json", f"GET {MASQ}", FORBIDDEN)], "ip_masq_config", Cause.FORBIDDEN),
    ([(0, "m.json", f"GET {MASQ}", "[]")], "ip_masq_config", Cause.MALFORMED),
    ([(0, "m.json", f"GET {MASQ}", {})], "ip_masq_config", Cause.MALFORMED),
    ([(0, "m.json", f"GET {MASQ}", {"kind": "Status", "apiVersion": "v1", "status": "Failure"})], "ip_masq_config", Cause.MALFORMED),
    ([(0, "m.json", f"GET {MASQ}", {"kind": "ConfigMap", "metadata": {"name": "another"}})], "ip_masq_config", Cause.MALFORMED),
    ([(0, "a.json", "GET /apis", GROUPS), (1, "c.json", f"GET {POLICIES}", NOT_FOUND)], "cilium_policies", ()),
    ([(0, "a.json", "GET /apis", CILIUM), (1, "c.json", f"GET {POLICIES}", NOT_FOUND)], "cilium_policies", Cause.UNREACHABLE),
    ([(1, "a.json", "GET /apis", ""), (1, "c.json", f"GET {POLICIES}", NOT_FOUND)], "cilium_policies", Cause.UNREACHABLE),
    (
        [
            (0, "a.json", "GET /apis", CILIUM),
            (0, "r.json", "GET /apis/cilium.io/v2", {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "cilium.io/v2", "resources": []}),
        ],
        "cilium_policies",
        (),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "field", "expected"), ANSWERS)
def test_each_answer_of_the_script_becomes_a_fact_or_a_gap(
    tmp_path: Path, rows: list[tuple[int, str, str, object]], field: str, expected: object
) -> None:
    snapshot = export(tmp_path, [(0, "cluster.json", "az aks show", REST), *rows]).snapshot
    fact = getattr(snapshot, field)
    assert (fact.cause if isinstance(fact, Missing) else fact.value) == expected


def test_a_refused_cluster_body_says_what_azure_said(tmp_path: Path) -> None:
    said = "ERROR: (AuthorizationFailed) The client does not have authorization to perform action"
    rows = [(1, "cluster.json", "az aks show", said), (0, "pods.json", "GET /api/v1/pods", raw("Pod"))]
    cluster = export(tmp_path, rows).snapshot.cluster
    assert isinstance(cluster, Missing)
    assert (cluster.cause, cluster.detail) == (Cause.FORBIDDEN, f"az aks show: {said}")


BROKEN_INDEX = [
    ("nonsense", "does not begin with '# aks-preflight collected 1'"),
    ("# aks-preflight collected 1\nx\ty", "line 2: expected exit status, file and request"),
]


@pytest.mark.parametrize(("index", "message"), BROKEN_INDEX)
def test_an_index_that_is_not_one_is_an_error(tmp_path: Path, index: str, message: str) -> None:
    put(tmp_path, "collected.tsv", index)
    with pytest.raises(UsageError, match=message):
        read(tmp_path)


def test_the_order_of_files_and_items_changes_nothing(tmp_path: Path) -> None:
    other = {"metadata": {"namespace": "a", "name": "z"}}
    one = [put(tmp_path, "1.json", kubectl("Pod", POD, other)), put(tmp_path, "2.json", REST)]
    two = [put(tmp_path, "3.json", REST), put(tmp_path, "1b.json", kubectl("Pod", other, POD))]
    assert read(*one, complete=True) == read(*two, complete=True)


def test_a_list_larger_than_a_slice_is_read_the_same(tmp_path: Path) -> None:
    trap = "\n        },\n        {"
    pods = [
        {
            "metadata": {
                "namespace": "shop",
                "name": f"web-{number:04}",
                "labels": {"note": trap, "filler": "x" * 50_000},
            }
        }
        for number in range(900)
    ]
    listing = json.dumps(kubectl("Pod", *pods), indent=4)
    assert len(listing) > SLICE_BYTES
    found = read(put(tmp_path, "pods.json", listing), complete=True).pods.require()
    assert [pod.name for pod in found] == [f"web-{number:04}" for number in range(900)]
    assert {pod.labels["note"] for pod in found} == {trap}


def test_a_malformed_item_in_a_list_larger_than_a_slice_leaves_the_others_seen(tmp_path: Path) -> None:
    pods = [
        {
            "metadata": {"name": f"web-{number:04}", "labels": {"filler": "x" * 50_000}},
            "spec": {"hostNetwork": number == 7 or "no"},
        }
        for number in range(900)
    ]
    found = read(put(tmp_path, "pods.json", json.dumps(kubectl("Pod", *pods), indent=4)), complete=True).pods
    assert isinstance(found, Missing)
    assert names(found) == ["Pod v1 /web-0007"]


def test_a_cluster_body_without_pools_proves_nothing_about_the_network(tmp_path: Path) -> None:
    snapshot = read(put(tmp_path, "cluster.json", {**REST, "properties": {**PROPERTIES, "agentPoolProfiles": []}}))
    assert isinstance(snapshot.virtual_networks, Missing)
    assert isinstance(snapshot.route_tables, Missing)
    assert snapshot.virtual_networks.detail == (
        "Not asked for, because its pools are not known: "
        "The cluster's body does not show agentPoolProfiles: it is absent or empty"
    )


def test_a_vnet_that_does_not_show_a_pools_subnet_is_not_whole(tmp_path: Path) -> None:
    put(tmp_path, "cluster.json", REST)
    properties: Any = VNET["properties"]
    put(tmp_path, "vnet.json", {**VNET, "properties": {**properties, "subnets": []}})
    networks = read(tmp_path).virtual_networks
    assert isinstance(networks, Missing)
    assert networks.detail == f"The VNet's body does not show {healthy.VNET}/subnets/nodes"


def test_text_that_is_not_utf_8_is_malformed(tmp_path: Path) -> None:
    path = put(tmp_path, "cluster.json", REST)
    (tmp_path / "pods.json").write_bytes(json.dumps(kubectl("Pod", POD)).encode().replace(b"web-0", b"web-\xff"))
    pods = read(path, tmp_path / "pods.json").pods
    assert isinstance(pods, Missing)
    assert pods.cause is Cause.MALFORMED
