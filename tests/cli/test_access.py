"""The least-privilege artefacts."""

from __future__ import annotations

import json

import pytest
import yaml

from analyzer.cli.access import azure_role, kubernetes_roles
from analyzer.model.source import READS, ArmRead, KubernetesRead


@pytest.mark.parametrize("scan", [False, True])
def test_the_roles_allow_reading_what_the_table_names_and_nothing_else(*, scan: bool) -> None:
    documents = list(yaml.safe_load_all(kubernetes_roles(scan_configmaps=scan)))
    assert [document["kind"] for document in documents] == ["ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding"]
    scopes = {"": documents[0], "kube-system": documents[1]}
    for scope, role in scopes.items():
        granted = {
            (group, resource, name, verb)
            for rule in role["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for name in rule.get("resourceNames", [""])
            for verb in rule["verbs"]
        }
        wanted = {
            (endpoint.group, endpoint.resource, read.name, "get" if read.name else "list")
            for read in READS.values()
            if isinstance(read, KubernetesRead) and read.namespace == scope and (scan or not read.only_when_asked)
            for endpoint in read.endpoints
        }
        assert granted == wanted


def test_no_role_reaches_a_secret_or_writes() -> None:
    text = kubernetes_roles()
    assert "secrets" not in text
    assert {
        verb for document in yaml.safe_load_all(text) for rule in document.get("rules", ()) for verb in rule["verbs"]
    } == {
        "get",
        "list",
    }


def test_the_azure_role_holds_the_reads_the_user_credential_and_what_an_audit_finds_clusters_by() -> None:
    role = json.loads(azure_role())
    reads = {action for read in READS.values() if isinstance(read, ArmRead) for action in read.actions}
    credential = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
    finding = {
        "Microsoft.Management/managementGroups/descendants/read",
        "Microsoft.ResourceGraph/resources/read",
        "Microsoft.Resources/subscriptions/read",
    }
    assert set(role["Actions"]) == {*reads, credential, *finding}
    assert all(action.endswith("/read") for action in reads)


def test_every_configmap_of_the_cluster_is_in_the_role_only_where_that_is_asked() -> None:
    def cluster_wide(text: str) -> bool:
        role = next(yaml.safe_load_all(text))
        return any("configmaps" in rule["resources"] for rule in role["rules"])

    assert not cluster_wide(kubernetes_roles())
    assert cluster_wide(kubernetes_roles(scan_configmaps=True))


def test_the_azure_role_reads_what_lies_around_a_cluster() -> None:
    role = json.loads(azure_role())
    assert role["Actions"] == [
        "Microsoft.Authorization/locks/read",
        "Microsoft.Authorization/roleAssignments/read",
        "Microsoft.Authorization/roleDefinitions/read",
        "Microsoft.Compute/locations/usages/read",
        "Microsoft.Compute/skus/read",
        "Microsoft.Compute/virtualMachineScaleSets/read",
        "Microsoft.ContainerService/fleetMemberships/read",
        "Microsoft.ContainerService/managedClusters/agentPools/read",
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations/read",
        "Microsoft.ContainerService/managedClusters/read",
        "Microsoft.Network/applicationGateways/read",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/usages/read",
        "Microsoft.ServiceNetworking/trafficControllers/associations/read",
        "Microsoft.ServiceNetworking/trafficControllers/read",
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        "Microsoft.Management/managementGroups/descendants/read",
        "Microsoft.ResourceGraph/resources/read",
        "Microsoft.Resources/subscriptions/read",
    ]
