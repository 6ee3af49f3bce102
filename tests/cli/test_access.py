"""The least-privilege artefacts."""

from __future__ import annotations

import json

import yaml

from analyzer.cli.access import azure_role, kubernetes_roles
from analyzer.model.source import READS, ArmRead, KubernetesRead


def test_the_roles_allow_reading_what_the_table_names_and_nothing_else() -> None:
    documents = list(yaml.safe_load_all(kubernetes_roles()))
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
            if isinstance(read, KubernetesRead) and read.namespace == scope
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


def test_the_azure_role_holds_the_reads_and_the_user_credential() -> None:
    role = json.loads(azure_role())
    reads = {action for read in READS.values() if isinstance(read, ArmRead) for action in read.actions}
    credential = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
    assert set(role["Actions"]) == {*reads, credential}
    assert all(action.endswith("/read") for action in reads)
