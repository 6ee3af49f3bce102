"""What is read of a cluster that ARM shows, against a local ARM server over TLS."""

from __future__ import annotations

import base64

import pytest
from servers.arm import Reply, refusal
from servers.arm_bodies import (
    ADDRESSES,
    ASSIGNMENTS,
    CLUSTER,
    CLUSTER_ID,
    CREDENTIAL,
    DEFINITION,
    FLEET,
    GROUP,
    HEALTHY,
    HUB_GROUP,
    HUB_LOCKS,
    LOCKS,
    MAINTENANCE,
    MANAGED_GROUP,
    MANAGED_VNETS,
    NSG,
    POOLS,
    PRINCIPAL,
    QUOTAS,
    SECOND_VNET,
    SETS,
    SIZES,
    TABLE,
    VNET,
    WHOLE,
    StaticCredential,
    access,
    answers,
    cluster,
    pool,
    reading,
    serving,
    subnet,
    vnet,
)

from analyzer.collect.azure.cluster_id import ClusterId, parse_cluster_id
from analyzer.collect.azure.reading import read_cluster, read_user_kubeconfig
from analyzer.errors import UsageError
from analyzer.model.cluster import AgentPool, Identity, ManagedCluster, NetworkProfile
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.network_resources import (
    AddressSpace,
    NetworkSecurityGroup,
    Peering,
    Reference,
    Route,
    RouteTable,
    SecurityRule,
    Subnet,
    VirtualNetwork,
)
from analyzer.model.source import READS, ArmRead, Source

APPS = AgentPool(
    name="apps",
    count=3,
    os_type="Linux",
    type="VirtualMachineScaleSets",
    vm_size="Standard_D4s_v5",
    vnet_subnet_id=f"{VNET}/subnets/nodes",
)
STORE = ManagedCluster(
    id=CLUSTER,
    name="store",
    location="northeurope",
    identity=Identity(type="SystemAssigned", principal_id=PRINCIPAL),
    provisioning_state="Succeeded",
    current_kubernetes_version="1.33.4",
    node_resource_group="MC_store-rg_store_northeurope",
    network_profile=NetworkProfile(network_plugin="azure", network_dataplane="azure", network_policy="none"),
    agent_pool_profiles=(APPS,),
)
SPOKE_VNET = VirtualNetwork(
    id=VNET,
    name="spoke-vnet",
    address_space=AddressSpace(("10.60.0.0/16",)),
    subnets=(
        Subnet(
            id=f"{VNET}/subnets/nodes",
            name="nodes",
            address_prefix="10.60.0.0/20",
            route_table=Reference(TABLE),
            network_security_group=Reference(NSG),
        ),
        Subnet(id=f"{VNET}/subnets/endpoints", name="endpoints", address_prefixes=("10.60.16.0/24",)),
    ),
    virtual_network_peerings=(
        Peering(
            name="to-hub",
            peering_state="Connected",
            remote_virtual_network=Reference(f"{HUB_GROUP}/providers/Microsoft.Network/virtualNetworks/hub-vnet"),
            remote_address_space=AddressSpace(("10.0.0.0/16",)),
        ),
    ),
)
EGRESS_TABLE = RouteTable(
    id=TABLE,
    name="egress-rt",
    routes=(
        Route(name="all", address_prefix="0.0.0.0/0", next_hop_type="VirtualAppliance", next_hop_ip_address="10.0.0.4"),
    ),
    subnets=(Reference(f"{VNET}/subnets/nodes"),),
)
NODES_GROUP = NetworkSecurityGroup(
    id=NSG,
    name="nodes-nsg",
    security_rules=(SecurityRule(name="deny-rest", access="Deny", direction="Inbound", priority=4000, protocol="*"),),
)


def test_a_cluster_is_read_with_the_network_around_it() -> None:
    found = reading(answers())
    assert (found.cluster, found.virtual_networks) == (Known(STORE), Known((SPOKE_VNET,)))
    assert (found.route_tables, found.network_security_groups) == (Known((EGRESS_TABLE,)), Known((NODES_GROUP,)))
    assert found == WHOLE


def test_a_cluster_takes_one_request_for_each_resource_and_no_other() -> None:
    with serving(answers(cluster=[Reply(cluster(pool("apps"), pool("batch")))])) as server:
        labels: list[str] = []
        read_cluster(CLUSTER_ID, access(server), labels.append)
    assert sorted(server.asked) == sorted(f"GET {path.partition('?')[0]}" for path, _ in HEALTHY.values())
    assert sorted(labels) == [
        "Fleet memberships of store",
        "NSG nodes-nsg",
        "VM sizes of aaaaaaaa-0000-4000-8000-000000000001",
        "VNet spoke-vnet",
        "cluster",
        "locks of aaaaaaaa-0000-4000-8000-000000000001",
        "locks of bbbbbbbb-0000-4000-8000-000000000002",
        "maintenance configurations of store",
        "preview of store",
        "quotas of aaaaaaaa-0000-4000-8000-000000000001",
        "role assignments of bbbbbbbb-0000-4000-8000-000000000002",
        "role definition 4d97b98b-1d4f-4787-a291-c67834d212e7",
        "route table egress-rt",
        "scale sets of MC_store-rg_store_northeurope",
        "subnet usages of spoke-vnet",
    ]


def test_each_request_carries_the_token_and_a_pinned_api_version() -> None:
    with serving(answers()) as server:
        credential = StaticCredential()
        read_cluster(CLUSTER_ID, access(server, credential), lambda _: None)
    assert set(credential.scopes) == {"https://management.test/.default"}
    assert {request.authorization for request in server.requests} == {"Bearer a-token"}
    assert sorted((request.path, *request.query.values()) for request in server.requests) == sorted(
        [
            (CLUSTER, "2025-10-01"),
            (CLUSTER, "2026-04-02-preview"),
            (MAINTENANCE, "2025-10-01"),
            (FLEET, "2025-03-01"),
            (VNET, "2024-05-01"),
            (TABLE, "2024-05-01"),
            (NSG, "2024-05-01"),
            (ADDRESSES, "2024-05-01"),
            (SETS, "2024-07-01"),
            (QUOTAS, "2024-07-01"),
            (SIZES, "2021-07-01", "location eq 'northeurope'"),
            (LOCKS, "2016-09-01"),
            (HUB_LOCKS, "2016-09-01"),
            (ASSIGNMENTS, "2022-04-01", f"assignedTo('{PRINCIPAL}')"),
            (DEFINITION, "2022-04-01"),
        ]
    )


def test_every_right_that_is_asked_for_is_in_the_table_of_reads() -> None:
    actions = {read.actions for read in READS.values() if isinstance(read, ArmRead)}
    assert {action for each in actions for action in each} >= {
        "Microsoft.ContainerService/managedClusters/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/networkSecurityGroups/read",
    }


def test_vnets_of_nodes_and_of_pods_are_read_in_the_order_of_their_ids() -> None:
    annex = vnet(SECOND_VNET, subnet(SECOND_VNET, "pods"))
    body = cluster(pool("apps") | {"podSubnetID": f"{SECOND_VNET}/subnets/pods"})
    found = reading(answers(cluster=[Reply(body)]) | {SECOND_VNET: [Reply(annex)]})
    read = VirtualNetwork(
        id=SECOND_VNET,
        name="annex-vnet",
        address_space=AddressSpace(("10.60.0.0/16",)),
        subnets=(Subnet(id=f"{SECOND_VNET}/subnets/pods", name="pods"),),
    )
    assert found.virtual_networks == Known((read, SPOKE_VNET))


def test_subnets_without_route_table_and_group_leave_what_the_interfaces_name() -> None:
    found = reading(answers(vnet=[Reply(vnet(VNET, subnet(VNET, "nodes")))]))
    assert (found.route_tables, found.network_security_groups) == (Known(()), Known((NODES_GROUP,)))


def managed_vnet(number: int, **properties: object) -> dict[str, object]:
    network = f"{MANAGED_VNETS}/aks-vnet-{number}"
    return vnet(network, subnet(network, "aks-subnet", **properties))


def managed(number: int, table: Reference | None = None) -> VirtualNetwork:
    network = f"{MANAGED_VNETS}/aks-vnet-{number}"
    nodes = Subnet(id=f"{network}/subnets/aks-subnet", name="aks-subnet", route_table=table)
    return VirtualNetwork(
        id=network,
        name=f"aks-vnet-{number}",
        address_space=AddressSpace(("10.60.0.0/16",)),
        subnets=(nodes,),
    )


def test_a_pool_without_a_subnet_is_in_the_vnet_of_the_node_resource_group() -> None:
    with serving(
        {
            **answers(cluster=[Reply(cluster(pool("apps", None)))], sets=[Reply({"value": []})]),
            MANAGED_VNETS: [Reply({"value": [managed_vnet(1, routeTable={"id": TABLE})]})],
        }
    ) as server:
        labels: list[str] = []
        found = read_cluster(CLUSTER_ID, access(server), labels.append)
    assert "VNets of MC_store-rg_store_northeurope" in labels
    assert "VNet spoke-vnet" not in labels
    assert found.virtual_networks == Known((managed(1, Reference(TABLE)),))
    assert found.route_tables == Known((EGRESS_TABLE,))
    assert found.network_security_groups == Known(())


def test_a_list_is_read_to_its_last_page() -> None:
    with serving({CLUSTER: [Reply(cluster(pool("apps", None)))]}) as server:
        following = f"{server.url}{MANAGED_VNETS}?api-version=2024-05-01&$skiptoken=2"
        server.answers[MANAGED_VNETS.lower()] = [
            Reply({"value": [managed_vnet(2)], "nextLink": following}),
            Reply({"value": [managed_vnet(1)], "nextLink": None}),
        ]
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found.virtual_networks == Known((managed(1), managed(2)))
    assert [request.query for request in server.requests if request.path == MANAGED_VNETS] == [
        {"api-version": "2024-05-01"},
        {"api-version": "2024-05-01", "$skiptoken": "2"},
    ]


def test_a_node_resource_group_without_vnets_is_a_gap_and_no_empty_list() -> None:
    body = cluster(pool("apps", None))
    found = reading(answers(cluster=[Reply(body)]) | {MANAGED_VNETS: [Reply({"value": []})]})
    detail = f"{MANAGED_GROUP} holds no VNet, though pools of the cluster name no subnet"
    beyond = f"Not asked for beyond the VNets that were read: {detail}"
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail)
    assert found.route_tables == Missing(Source.ROUTE_TABLES, Cause.NOT_ASKED, beyond)
    seen = (NODES_GROUP,)
    assert found.network_security_groups == Missing(Source.NETWORK_SECURITY_GROUPS, Cause.NOT_ASKED, beyond, seen=seen)


def test_without_subnet_and_node_resource_group_the_vnets_are_a_gap() -> None:
    found = reading({CLUSTER: [Reply(cluster(pool("apps", None), nodeResourceGroup=None))]})
    detail = "The cluster's body shows neither the subnets of all pools nor the node resource group"
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail)


@pytest.mark.parametrize("lost", ["vnetSubnetID", "podSubnetID"])
def test_a_vnet_that_does_not_show_a_pools_subnet_is_a_gap(lost: str) -> None:
    body = cluster(pool("apps"), pool("batch") | {lost: f"{VNET}/subnets/later"})
    found = reading(answers(cluster=[Reply(body)]))
    detail = f"The VNet's body does not show {VNET}/subnets/later"
    beyond = f"Not asked for beyond the VNets that were read: {detail}"
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, seen=(SPOKE_VNET,))
    assert found.route_tables == Missing(Source.ROUTE_TABLES, Cause.NOT_ASKED, beyond, seen=(EGRESS_TABLE,))


@pytest.mark.parametrize("pools", [{}, {"agentPoolProfiles": []}, {"agentPoolProfiles": None}])
def test_pools_that_the_clusters_body_lacks_are_asked_for_by_themselves(pools: dict[str, object]) -> None:
    listed = {
        "id": f"{POOLS}/apps",
        "name": "apps",
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "properties": {key: value for key, value in pool("apps").items() if key != "name"},
    }
    with serving(answers(cluster=[Reply(cluster(**pools))]) | {POOLS: [Reply({"value": [listed]})]}) as server:
        assert read_cluster(CLUSTER_ID, access(server), lambda _: None) == WHOLE
    assert server.requests[1].path == POOLS
    assert server.requests[1].query == {"api-version": "2025-10-01"}


def test_a_cluster_whose_pools_nobody_shows_has_no_known_network() -> None:
    found = reading(answers(cluster=[Reply(cluster())]) | {POOLS: [Reply({"value": []})]})
    grant = "Read the cluster again with a current API version (az aks show with a current Azure CLI)"
    detail = (
        "Not asked for, because its pools are not known: "
        "The cluster's body does not show agentPoolProfiles: it is absent or empty"
    )
    assert found.virtual_networks == Missing(Source.VIRTUAL_NETWORKS, Cause.NOT_ASKED, detail, grant)
    assert found.route_tables == Missing(Source.ROUTE_TABLES, Cause.NOT_ASKED, detail, grant)


def test_pools_that_may_not_be_listed_leave_the_network_unasked() -> None:
    found = reading(
        answers(cluster=[Reply(cluster())]) | {POOLS: [refusal(403, "AuthorizationFailed")]},
    )
    detail = (
        "Not asked for, because its pools are not known: "
        f"403 on Microsoft.ContainerService/managedClusters/agentPools/read for {CLUSTER}"
    )
    gap = Missing(Source.VIRTUAL_NETWORKS, Cause.NOT_ASKED, detail, f"Reader on {CLUSTER}")
    assert found.virtual_networks == gap
    assert found.api_version == "2025-10-01"


def test_the_users_kubeconfig_is_read_and_never_the_administrators() -> None:
    kubeconfig = b"apiVersion: v1\nkind: Config\n"
    body = {"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(kubeconfig).decode()}]}
    with serving({CREDENTIAL: [Reply(body)]}) as server:
        assert read_user_kubeconfig(CLUSTER_ID, access(server)) == Known(kubeconfig)
    assert server.asked == [f"POST {CREDENTIAL}"]
    assert server.requests[0].query == {"api-version": "2025-10-01", "format": "exec"}


def test_a_forbidden_kubeconfig_names_the_role_that_grants_it() -> None:
    with serving({CREDENTIAL: [refusal(403, "AuthorizationFailed")]}) as server:
        found = read_user_kubeconfig(CLUSTER_ID, access(server))
    assert found == Missing(
        Source.CLUSTER,
        Cause.FORBIDDEN,
        f"403 on Microsoft.ContainerService/managedClusters/listClusterUserCredential/action for {CLUSTER}",
        f"Azure Kubernetes Service Cluster User Role on {CLUSTER}",
    )


def test_a_kubeconfig_of_another_tenant_is_a_gap() -> None:
    with serving({CREDENTIAL: [refusal(401, "InvalidToken")]}) as server:
        found = read_user_kubeconfig(CLUSTER_ID, access(server))
    assert found == Missing(
        Source.CLUSTER,
        Cause.FORBIDDEN,
        "401 on Microsoft.ContainerService/managedClusters/listClusterUserCredential/action "
        f"for {CLUSTER} (InvalidToken)",
        "Sign in to the tenant that owns it: `az login --tenant TENANT`",
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"kubeconfigs": []}, "it holds no kubeconfig"),
        ({"kubeconfigs": [{"name": "clusterUser", "value": "!"}]}, "its kubeconfig is not base64"),
    ],
)
def test_a_kubeconfig_that_is_none_is_malformed(body: dict[str, object], why: str) -> None:
    with serving({CREDENTIAL: [Reply(body)]}) as server:
        found = read_user_kubeconfig(CLUSTER_ID, access(server))
    action = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
    detail = f"The answer to {action} for {CLUSTER} is malformed: {why}"
    assert found == Missing(Source.CLUSTER, Cause.MALFORMED, detail)


@pytest.mark.parametrize("text", [CLUSTER, CLUSTER.replace("resourceGroups", "resourcegroups") + "/"])
def test_a_cluster_is_found_by_its_id_in_any_case(text: str) -> None:
    assert parse_cluster_id(text) == CLUSTER_ID
    assert str(parse_cluster_id(text)) == CLUSTER


@pytest.mark.parametrize("text", ["", "store", GROUP, VNET, f"{CLUSTER}/agentPools/apps"])
def test_an_id_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_cluster_id(text)
    assert str(refused.value) == (
        f"{text!r} is not the id of an AKS cluster, which reads /subscriptions/SUBSCRIPTION"
        "/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME"
    )


def test_names_with_special_characters_stay_one_segment_of_the_path() -> None:
    odd = ClusterId(CLUSTER_ID.subscription, "rg (test)_ä", "store")
    path = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg%20%28test%29_%C3%A4"
    with serving({}) as server, pytest.raises(Exception, match="404"):
        read_cluster(odd, access(server), lambda _: None)
    assert server.asked == [f"GET {path}/providers/Microsoft.ContainerService/managedClusters/store"]


def test_an_id_in_a_body_cannot_add_a_query_to_a_request() -> None:
    with serving({CLUSTER: [Reply(cluster(pool("apps", f"{VNET}?a=b#c/subnets/nodes")))]}) as server:
        read_cluster(CLUSTER_ID, access(server), lambda _: None)
    asked = [request for request in server.requests if request.path.startswith(f"{VNET}%3Fa%3Db%23c")]
    assert sorted(request.path for request in asked) == [f"{VNET}%3Fa%3Db%23c", f"{VNET}%3Fa%3Db%23c/usages"]
    assert [request.query for request in asked] == [{"api-version": "2024-05-01"}] * 2
