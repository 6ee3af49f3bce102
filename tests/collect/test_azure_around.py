"""What is read around a cluster and its network, and what each refusal leaves, against a local ARM over TLS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from servers.arm import Answer, Reply, refusal
from servers.arm_bodies import (
    ASSIGNMENTS,
    CLUSTER,
    CLUSTER_ID,
    CONTRIBUTOR,
    CONTROLLERS,
    DEFINITION,
    FLEET,
    GATEWAY,
    GROUP,
    GROUP_LOCK,
    HEALTHY,
    HUB,
    HUB_GROUP,
    MAINTENANCE,
    MANAGED_GROUP,
    MANAGED_VNETS,
    NETWORK_CONTRIBUTOR,
    NODES_NSG,
    NSG,
    PRINCIPAL,
    SECOND_VNET,
    SETS,
    SIZES,
    SUBSCRIPTION,
    TABLE,
    VNET,
    WHOLE,
    access,
    answers,
    cluster,
    pool,
    reading,
    serving,
    subnet,
    vnet,
)

from analyzer.collect.azure.reading import read_cluster
from analyzer.model.authorization import Lock, RoleAssignment, RoleDefinition, RolePermission
from analyzer.model.compute import (
    ImageReference,
    InterfaceConfiguration,
    IPConfiguration,
    ScaleSet,
    ScaleSetNetworkProfile,
    SkuCapability,
    StorageProfile,
    Usage,
    UsageName,
    VirtualMachineProfile,
    VirtualMachineSize,
)
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.fleet import FleetMembership
from analyzer.model.maintenance import MaintenanceConfiguration, MaintenanceWindow, Schedule, WeeklySchedule
from analyzer.model.network_resources import (
    ApplicationGateway,
    BackendAddress,
    BackendAddressPool,
    GatewayIPConfiguration,
    NetworkSecurityGroup,
    Reference,
    SubnetUsage,
    TrafficControllerAssociation,
)
from analyzer.model.preview import ClusterPreview, NodeDisruptionProfile, PreviewNetworkProfile
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

FORBIDDEN = refusal(403, "AuthorizationFailed")
INTERFACE = InterfaceConfiguration(
    name="aks-apps-1-vmss",
    network_security_group=Reference(NSG),
    ip_configurations=(IPConfiguration(Reference(f"{VNET}/subnets/nodes")),),
)
WEEKLY = Schedule(weekly=WeeklySchedule(1, "Sunday"))
READ = {
    "cluster_preview": ClusterPreview(
        id=CLUSTER,
        name="store",
        network_profile=PreviewNetworkProfile(),
        node_disruption_profile=NodeDisruptionProfile("Allow"),
    ),
    "maintenance_configurations": (
        MaintenanceConfiguration(
            id=f"{MAINTENANCE}/aksManagedNodeOSUpgradeSchedule",
            name="aksManagedNodeOSUpgradeSchedule",
            maintenance_window=MaintenanceWindow(
                schedule=WEEKLY, start_time="00:00", duration_hours=8, utc_offset="+00:00"
            ),
        ),
    ),
    "fleet_memberships": (FleetMembership(f"{FLEET}/default", "default"),),
    "subnet_usages": (SubnetUsage(f"{VNET}/subnets/nodes", 93.0, 4091.0),),
    "scale_sets": (
        ScaleSet(
            id=f"{SETS}/aks-apps-1-vmss",
            name="aks-apps-1-vmss",
            tags={"aks-managed-poolName": "apps"},
            virtual_machine_profile=VirtualMachineProfile(
                StorageProfile(ImageReference("/CommunityGalleries/aks/Images/2204/Versions/202610.1.0")),
                ScaleSetNetworkProfile((INTERFACE,)),
            ),
        ),
    ),
    "compute_usages": (Usage(UsageName("cores"), 96, 350),),
    "virtual_machine_sizes": (
        VirtualMachineSize(
            name="Standard_D4s_v5",
            resource_type="virtualMachines",
            family="standardDSv5Family",
            capabilities=(SkuCapability("vCPUs", "4"),),
        ),
    ),
    "locks": (
        Lock(f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "keep", "CanNotDelete"),
        Lock(f"{TABLE}/providers/Microsoft.Authorization/locks/routes", "routes", "ReadOnly"),
    ),
    "role_assignments": (
        RoleAssignment(
            id=f"{VNET}/providers/Microsoft.Authorization/roleAssignments/a1",
            name="a1",
            principal_id=PRINCIPAL,
            role_definition_id=DEFINITION,
            scope=VNET,
        ),
    ),
    "role_definitions": (
        RoleDefinition(
            id=DEFINITION,
            name="4d97b98b-1d4f-4787-a291-c67834d212e7",
            role_name="Network Contributor",
            permissions=(RolePermission(("Microsoft.Network/*",)),),
        ),
    ),
    "application_gateways": (),
    "traffic_controller_associations": (),
}


@pytest.mark.parametrize("field", READ)
def test_what_lies_around_a_cluster_is_read(field: str) -> None:
    assert getattr(reading(answers()), field) == Known(READ[field])


# what is asked, by the name of its answer: the field, the right, the id that the sentence names
ASKED = [
    ("preview", Source.CLUSTER_PREVIEW, "Microsoft.ContainerService/managedClusters/read", CLUSTER),
    (
        "maintenance",
        Source.MAINTENANCE_CONFIGURATIONS,
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations/read",
        CLUSTER,
    ),
    ("fleet", Source.FLEET_MEMBERSHIPS, "Microsoft.ContainerService/fleetMemberships/read", CLUSTER),
    ("addresses", Source.SUBNET_USAGES, "Microsoft.Network/virtualNetworks/usages/read", VNET),
    ("quotas", Source.COMPUTE_USAGES, "Microsoft.Compute/locations/usages/read", SUBSCRIPTION),
    ("sizes", Source.VIRTUAL_MACHINE_SIZES, "Microsoft.Compute/skus/read", SUBSCRIPTION),
    ("definition", Source.ROLE_DEFINITIONS, "Microsoft.Authorization/roleDefinitions/read", DEFINITION),
]


def words(name: str, action: str, subject: str) -> str:
    version = " in API version 2026-04-02-preview" if name == "preview" else ""
    return f"{action} for {subject}{version}"


@pytest.mark.parametrize(("name", "source", "action", "subject"), ASKED)
def test_a_refusal_is_a_gap_of_its_own_source_and_of_no_other(
    name: str, source: Source, action: str, subject: str
) -> None:
    gap: Missing[Any] = Missing(
        source, Cause.FORBIDDEN, f"403 on {words(name, action, subject)}", f"Reader on {subject}"
    )
    assert reading(answers(**{name: [FORBIDDEN]})) == with_facts({source: gap})


@pytest.mark.parametrize(("name", "source", "action", "subject"), ASKED)
def test_what_the_cloud_does_not_serve_is_a_gap_and_not_absent(
    name: str, source: Source, action: str, subject: str
) -> None:
    for status, code in ((404, "ResourceNotFound"), (400, "NoRegisteredProviderFound"), (409, "Conflict")):
        detail = f"{status} on {words(name, action, subject)} ({code})"
        gap: Missing[Any] = Missing(source, Cause.UNREACHABLE, detail)
        assert reading(answers(**{name: [refusal(status, code)]})) == with_facts({source: gap})


@pytest.mark.parametrize(("name", "source", "action", "subject"), ASKED)
def test_a_malformed_answer_is_a_gap_of_its_own_source(name: str, source: Source, action: str, subject: str) -> None:
    why = {
        "preview": "a ClusterPreview: Expected `object`, got `array`",
        "definition": "a RoleDefinition: Expected `object`, got `array`",
        "sizes": "a _LargePage: Expected `object`, got `array`",
    }.get(name, "a Page: Expected `object`, got `array`")
    detail = f"The answer to {words(name, action, subject)} is malformed: the body is not {why}"
    gap: Missing[Any] = Missing(source, Cause.MALFORMED, detail)
    assert reading(answers(**{name: [Reply([])]})) == with_facts({source: gap})


def with_facts(facts: dict[Source, Any]) -> Snapshot:
    return replace(WHOLE, **{source.value: fact for source, fact in facts.items()})


LISTS = [name for name, (_, body) in HEALTHY.items() if "value" in body and name not in ("locks", "addresses", "sizes")]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_read_to_its_last_page(name: str) -> None:
    path, body = HEALTHY[name]
    with serving(answers()) as server:
        link = f"{server.url}{path}?api-version=x&$skiptoken=2"
        server.answers[path.lower()] = [Reply({"value": [], "nextLink": link}), Reply(body)]
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found == WHOLE
    assert [request.query.get("$skiptoken") for request in server.requests if request.path == path] == [None, "2"]


def test_sizes_are_read_to_their_last_page_and_a_misspelt_link_ends_nothing() -> None:
    with serving(answers()) as server:
        link = f"{server.url}{SIZES}?page=2"
        server.answers[SIZES.lower()] = [Reply({"value": [], "nextLink": link}), Reply(HEALTHY["sizes"][1])]
        assert read_cluster(CLUSTER_ID, access(server), lambda _: None) == WHOLE
        server.answers[SIZES.lower()] = [Reply({"value": [], "nextlink": link})]
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None).virtual_machine_sizes
    assert found == Missing(
        Source.VIRTUAL_MACHINE_SIZES,
        Cause.MALFORMED,
        f"The answer to Microsoft.Compute/skus/read for {SUBSCRIPTION} is malformed: "
        "the body is not a _LargePage: Object contains unknown field `nextlink`",
    )


def test_a_cluster_without_sizes_asks_for_none() -> None:
    bare = {key: value for key, value in pool("apps").items() if key != "vmSize"}
    with serving(answers(cluster=[Reply(cluster(bare))])) as server:
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found.virtual_machine_sizes == Known(())
    assert f"GET {SIZES}" not in server.asked


def test_one_malformed_item_leaves_those_before_it_seen() -> None:
    broken = {"value": [GROUP_LOCK, {"id": 7}]}
    found = reading(answers(locks=[Reply(broken)]))
    assert found.locks == Missing(
        Source.LOCKS,
        Cause.MALFORMED,
        f"The answer to Microsoft.Authorization/locks/read for {SUBSCRIPTION} is malformed: "
        "the body is not a Lock: Expected `str`, got `int` - at `$.id`",
        seen=READ["locks"],
    )


def test_locks_of_one_subscription_that_may_not_be_read_leave_the_others_seen() -> None:
    found = reading(answers(hub_locks=[FORBIDDEN]))
    gap: Missing[Any] = Missing(
        Source.LOCKS,
        Cause.FORBIDDEN,
        f"403 on Microsoft.Authorization/locks/read for {HUB}",
        f"Reader on {HUB}",
        (READ["locks"][0],),
    )
    assert found == with_facts({Source.LOCKS: gap})


@pytest.mark.parametrize(
    "scope",
    [
        SUBSCRIPTION,
        CLUSTER,
        f"{CLUSTER}/agentPools/apps",
        MANAGED_GROUP,
        f"{MANAGED_GROUP}/providers/Microsoft.Network/loadBalancers/kubernetes",
        HUB_GROUP,
        VNET.upper(),
        f"{VNET}/subnets/nodes",
    ],
)
def test_a_lock_counts_where_it_holds_what_the_migration_touches(scope: str) -> None:
    lock = {
        "id": f"{scope}/providers/Microsoft.Authorization/locks/l",
        "name": "l",
        "properties": {"level": "ReadOnly"},
    }
    found = reading(answers(locks=[Reply({"value": [lock]})], hub_locks=[Reply({"value": []})]))
    assert found.locks == Known((Lock(f"{scope}/providers/Microsoft.Authorization/locks/l", "l", "ReadOnly"),))


@pytest.mark.parametrize(
    "scope",
    [f"{SUBSCRIPTION}/resourceGroups/store-rg2", f"{VNET}2", f"{HUB_GROUP}/providers/Microsoft.X/y/z"],
)
def test_a_lock_of_something_else_does_not_count(scope: str) -> None:
    lock = {"id": f"{scope}/providers/Microsoft.Authorization/locks/l", "name": "l", "properties": {}}
    found = reading(answers(locks=[Reply({"value": [lock]})], hub_locks=[Reply({"value": []})]))
    assert found.locks == Known(())


def test_forbidden_scale_sets_leave_the_groups_of_their_interfaces_unknown() -> None:
    detail, grant = (
        f"403 on Microsoft.Compute/virtualMachineScaleSets/read for {MANAGED_GROUP}",
        f"Reader on {MANAGED_GROUP}",
    )
    groups: Missing[Any] = Missing(
        Source.NETWORK_SECURITY_GROUPS,
        Cause.NOT_ASKED,
        f"Not asked for beyond the scale sets that were read: {detail}",
        grant,
        WHOLE.network_security_groups.require(),
    )
    sets: Missing[Any] = Missing(Source.SCALE_SETS, Cause.FORBIDDEN, detail, grant)
    expected = with_facts({Source.SCALE_SETS: sets, Source.NETWORK_SECURITY_GROUPS: groups})
    assert reading(answers(sets=[FORBIDDEN])) == expected


def test_forbidden_role_assignments_leave_the_roles_unknown() -> None:
    detail, grant = f"403 on Microsoft.Authorization/roleAssignments/read for {HUB}", f"Reader on {HUB}"
    roles: Missing[Any] = Missing(
        Source.ROLE_DEFINITIONS,
        Cause.NOT_ASKED,
        f"Not asked for beyond the role assignments that were read: {detail}",
        grant,
    )
    assignments: Missing[Any] = Missing(Source.ROLE_ASSIGNMENTS, Cause.FORBIDDEN, detail, grant)
    expected = with_facts({Source.ROLE_ASSIGNMENTS: assignments, Source.ROLE_DEFINITIONS: roles})
    assert reading(answers(assignments=[FORBIDDEN])) == expected


def test_security_groups_of_interfaces_and_of_the_api_servers_subnet_are_read() -> None:
    groups = {
        name: f"{HUB_GROUP}/providers/Microsoft.Network/networkSecurityGroups/{name}" for name in ("a-nics", "b-api")
    }
    api = vnet(SECOND_VNET, subnet(SECOND_VNET, "api", networkSecurityGroup={"id": groups["b-api"]}))
    profile = {"enableVnetIntegration": True, "subnetId": f"{SECOND_VNET}/subnets/api"}
    interface = {"name": "n", "properties": {"networkSecurityGroup": {"id": groups["a-nics"]}}}
    scale_set = {
        "id": f"{SETS}/s",
        "name": "s",
        "properties": {"virtualMachineProfile": {"networkProfile": {"networkInterfaceConfigurations": [interface]}}},
    }
    changed = answers(
        cluster=[Reply(cluster(pool("apps"), apiServerAccessProfile=profile))], sets=[Reply({"value": [scale_set]})]
    )
    bodies = {item: [Reply({**NODES_NSG, "id": item, "name": name})] for name, item in groups.items()}
    found = reading(changed | bodies | {SECOND_VNET: [Reply(api)], f"{SECOND_VNET}/usages": [Reply({"value": []})]})
    assert [item.name for item in found.network_security_groups.require()] == ["a-nics", "b-api", "nodes-nsg"]
    assert [item.name for item in found.virtual_networks.require()] == ["annex-vnet", "spoke-vnet"]
    assert found.subnet_usages == WHOLE.subnet_usages


def test_an_api_server_that_is_in_no_vnet_adds_none() -> None:
    profile = {"enableVnetIntegration": False, "subnetId": f"{SECOND_VNET}/subnets/api"}
    found = reading(answers(cluster=[Reply(cluster(pool("apps"), apiServerAccessProfile=profile))]))
    assert found == replace(WHOLE, cluster=found.cluster)


ADDON = {"ingressApplicationGateway": {"enabled": True, "config": {"effectiveApplicationGatewayId": GATEWAY}}}
AGW = {
    "id": GATEWAY,
    "name": "agw",
    "properties": {
        "gatewayIPConfigurations": [{"name": "g", "properties": {"subnet": {"id": f"{VNET}/subnets/endpoints"}}}],
        "backendAddressPools": [{"name": "pods", "properties": {"backendAddresses": [{"ipAddress": "10.60.0.9"}]}}],
    },
}


def with_addon(profiles: object, *more: tuple[str, Answer]) -> Snapshot:
    changed = answers(cluster=[Reply(cluster(pool("apps"), addonProfiles=profiles))])
    return reading(changed | {path: [answer] for path, answer in more})


def test_the_gateway_of_the_ingress_add_on_is_read() -> None:
    assert with_addon(ADDON, (GATEWAY, Reply(AGW))).application_gateways == Known(
        (
            ApplicationGateway(
                id=GATEWAY,
                name="agw",
                gateway_ip_configurations=(GatewayIPConfiguration(Reference(f"{VNET}/subnets/endpoints")),),
                backend_address_pools=(BackendAddressPool("pods", (BackendAddress("10.60.0.9"),)),),
            ),
        )
    )


def test_a_forbidden_gateway_is_a_gap() -> None:
    detail = f"403 on Microsoft.Network/applicationGateways/read for {GATEWAY}"
    gap: Missing[Any] = Missing(Source.APPLICATION_GATEWAYS, Cause.FORBIDDEN, detail, f"Reader on {GATEWAY}")
    assert with_addon(ADDON, (GATEWAY, FORBIDDEN)).application_gateways == gap


@pytest.mark.parametrize("profiles", [None, {}, {"ingressApplicationGateway": {"enabled": False, "config": None}}])
def test_without_the_add_on_there_is_no_gateway(profiles: object) -> None:
    assert with_addon(profiles).application_gateways == Known(())


def test_an_add_on_whose_gateway_is_not_shown_is_a_gap() -> None:
    found = with_addon({"IngressApplicationGateway": {"enabled": True, "config": None}})
    detail = "The cluster's body does not show the gateway of the add-on ingressApplicationGateway"
    assert found.application_gateways == Missing(Source.APPLICATION_GATEWAYS, Cause.HIDDEN, detail)


CONTROLLER = f"{CONTROLLERS}/agc"
HUB_CONTROLLERS = CONTROLLERS.replace(SUBSCRIPTION, HUB)
DELEGATED = {"name": "agc", "properties": {"serviceName": "Microsoft.ServiceNetworking/trafficControllers"}}
WITH_AGC = vnet(VNET, subnet(VNET, "nodes"), subnet(VNET, "agc", delegations=[DELEGATED]))


def association(name: str, subnet_id: str) -> dict[str, Any]:
    return {
        "id": f"{CONTROLLER}/associations/{name}",
        "name": name,
        "properties": {"associationType": "subnets", "subnet": {"id": subnet_id}},
    }


def with_delegation(*more: tuple[str, Answer]) -> Snapshot:
    empty = {CONTROLLERS: [Reply({"value": []})], HUB_CONTROLLERS: [Reply({"value": []})]}
    return reading(answers(vnet=[Reply(WITH_AGC)]) | empty | {path: [answer] for path, answer in more})


def test_associations_of_the_vnets_that_were_read_are_kept() -> None:
    ours, other = (
        association("ours", f"{VNET.upper()}/subnets/agc"),
        association("other", f"{SECOND_VNET}/subnets/agc"),
    )
    found = with_delegation(
        (CONTROLLERS, Reply({"value": [{"id": CONTROLLER, "name": "agc"}]})),
        (f"{CONTROLLER}/associations", Reply({"value": [ours, other]})),
    )
    expected = TrafficControllerAssociation(
        id=f"{CONTROLLER}/associations/ours", name="ours", subnet=Reference(f"{VNET.upper()}/subnets/agc")
    )
    assert found.traffic_controller_associations == Known((expected,))


def test_a_delegated_subnet_without_gateways_is_a_known_empty_list() -> None:
    assert with_delegation().traffic_controller_associations == Known(())


@pytest.mark.parametrize(
    ("path", "what", "subject"),
    [
        (CONTROLLERS, "trafficControllers/read", SUBSCRIPTION),
        (HUB_CONTROLLERS, "trafficControllers/read", HUB),
        (f"{CONTROLLER}/associations", "trafficControllers/associations/read", CONTROLLER),
    ],
)
def test_forbidden_gateways_for_containers_are_a_gap(path: str, what: str, subject: str) -> None:
    found = with_delegation(
        (CONTROLLERS, Reply({"value": [{"id": CONTROLLER, "name": "agc"}]})),
        (f"{CONTROLLER}/associations", Reply({"value": []})),
        (path, FORBIDDEN),
    )
    assert found.traffic_controller_associations == Missing(
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS,
        Cause.FORBIDDEN,
        f"403 on Microsoft.ServiceNetworking/{what} for {subject}",
        f"Reader on {subject}",
    )


IDENTITIES = [
    (
        {"identity": None, "servicePrincipalProfile": {"clientId": "0000"}},
        "The control plane is a service principal, whose object id the cluster's body does not show",
    ),
    ({"identity": None}, "The cluster's body does not show the object id of the control plane's identity"),
    (
        {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/x": {"clientId": "c"}}}},
        "The cluster's body does not show the object id of the control plane's identity",
    ),
]


@pytest.mark.parametrize(("body", "detail"), IDENTITIES)
def test_an_identity_without_an_object_id_leaves_its_roles_unknown(body: dict[str, Any], detail: str) -> None:
    own = {key: value for key, value in body.items() if key != "identity"}
    found = reading(answers(cluster=[Reply({**cluster(pool("apps"), **own), "identity": body["identity"]})]))
    assert found.role_assignments == Missing(Source.ROLE_ASSIGNMENTS, Cause.HIDDEN, detail)
    beyond = f"Not asked for beyond the role assignments that were read: {detail}"
    assert found.role_definitions == Missing(Source.ROLE_DEFINITIONS, Cause.NOT_ASKED, beyond)


def test_roles_of_a_user_assigned_identity_are_asked_for_by_its_object_id() -> None:
    users = {"type": "UserAssigned", "userAssignedIdentities": {"/x/cp": {"principalId": "f-6", "clientId": "c"}}}
    with serving(answers(cluster=[Reply({**cluster(pool("apps")), "identity": users})])) as server:
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found.role_assignments == WHOLE.role_assignments
    assert [request.query["$filter"] for request in server.requests if request.path == ASSIGNMENTS] == [
        "assignedTo('f-6')"
    ]


def test_each_role_is_read_once() -> None:
    again = {**CONTRIBUTOR, "id": f"{CONTRIBUTOR['id']}b", "name": "a1b"}
    again["properties"] = {**again["properties"], "roleDefinitionId": DEFINITION.upper()}  # type: ignore[dict-item]
    body = {**NETWORK_CONTRIBUTOR, "id": DEFINITION}
    with serving(answers(assignments=[Reply({"value": [CONTRIBUTOR, again]})], definition=[Reply(body)])) as server:
        found = read_cluster(CLUSTER_ID, access(server), lambda _: None)
    assert found.role_definitions == WHOLE.role_definitions
    assert [path for path in server.asked if "roledefinitions" in path.lower()] == [f"GET {DEFINITION.upper()}"]


def test_pools_without_subnets_are_counted_in_the_vnet_that_aks_made() -> None:
    network = f"{MANAGED_VNETS}/aks-vnet-1"
    row = {"id": f"{network}/subnets/aks-subnet", "currentValue": 3, "limit": 65531}
    own_roles = ASSIGNMENTS.replace(HUB, SUBSCRIPTION)
    found = reading(
        answers(cluster=[Reply(cluster(pool("apps", None)))])
        | {
            MANAGED_VNETS: [Reply({"value": [vnet(network, subnet(network, "aks-subnet"))]})],
            f"{network}/usages": [Reply({"value": [row]})],
            own_roles: [Reply({"value": []})],
        }
    )
    assert found.subnet_usages == Known((SubnetUsage(f"{network}/subnets/aks-subnet", 3, 65531),))
    assert (found.role_assignments, found.role_definitions) == (Known(()), Known(()))
    assert found.locks == Known((READ["locks"][0],))


def test_without_the_vnet_that_aks_made_nothing_counts_its_addresses() -> None:
    found = reading(answers(cluster=[Reply(cluster(pool("apps", None)))]) | {MANAGED_VNETS: [FORBIDDEN]})
    refused = f"403 on Microsoft.Network/virtualNetworks/read for {MANAGED_GROUP}"
    beyond = f"Not asked for beyond the VNets that were read: {refused}"
    gap = Missing(Source.SUBNET_USAGES, Cause.NOT_ASKED, beyond, f"Reader on {MANAGED_GROUP}")
    assert found.subnet_usages == gap


def test_a_body_without_region_and_node_resource_group_leaves_gaps() -> None:
    body = {**cluster(pool("apps"), nodeResourceGroup=None), "location": None}
    found = reading(answers(cluster=[Reply(body)]))
    region, group = (
        "The cluster's body does not show its region",
        "The cluster's body does not show the node resource group",
    )
    assert found.scale_sets == Missing(Source.SCALE_SETS, Cause.HIDDEN, group)
    assert found.compute_usages == Missing(Source.COMPUTE_USAGES, Cause.HIDDEN, region)
    assert found.virtual_machine_sizes == Missing(Source.VIRTUAL_MACHINE_SIZES, Cause.HIDDEN, region)


def test_pools_that_nobody_shows_cost_only_what_they_would_have_named() -> None:
    found = reading(answers(cluster=[Reply(cluster())]) | {f"{CLUSTER}/agentPools": [FORBIDDEN]})
    why = (
        "Not asked for, because its pools are not known: "
        f"403 on Microsoft.ContainerService/managedClusters/agentPools/read for {CLUSTER}"
    )
    lost = {"virtual_networks", "route_tables", "network_security_groups", "subnet_usages", "virtual_machine_sizes"}
    lost |= {"locks", "role_assignments", "role_definitions", "traffic_controller_associations"}
    gaps = {source.value: fact.detail for source, fact in found.facts() if isinstance(fact, Missing)}
    assert {name: detail for name, detail in gaps.items() if name in lost} == dict.fromkeys(lost, why)
    for source in (Source.CLUSTER_PREVIEW, Source.MAINTENANCE_CONFIGURATIONS, Source.SCALE_SETS):
        assert isinstance(getattr(found, source.value), Known)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_result_does_not_depend_on_how_many_ask_at_once(count: int) -> None:
    with serving(answers()) as server:
        assert read_cluster(CLUSTER_ID, replace(access(server), concurrency=count), lambda _: None) == WHOLE


def test_a_group_that_only_an_interface_names_is_a_gap_of_the_groups_alone() -> None:
    found = reading(answers(vnet=[Reply(vnet(VNET, subnet(VNET, "nodes")))], nsg=[FORBIDDEN]))
    detail = f"403 on Microsoft.Network/networkSecurityGroups/read for {NSG}"
    gap: Missing[tuple[NetworkSecurityGroup, ...]] = Missing(
        Source.NETWORK_SECURITY_GROUPS, Cause.FORBIDDEN, detail, f"Reader on {NSG}"
    )
    assert found.network_security_groups == gap
