"""The scripts that grant: what they ask of az and kubectl, which here only write down how they were called."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml
from deploy.command_lines import ROOT

from analyzer.cli.access import azure_role

PRINCIPAL = "11111111-2222-3333-4444-555555555555"
FIRST = "/subscriptions/00000000-0000-0000-0000-000000000001"
SECOND = "/subscriptions/00000000-0000-0000-0000-000000000002"
GROUP = "/providers/Microsoft.Management/managementGroups/platform"
RECORDER = """#!/bin/sh
printf '%s' "$(basename "$0")" >>"$LOG/calls"
for word in "$@"; do printf ' %s' "$word" >>"$LOG/calls"; done
echo >>"$LOG/calls"
for word in "$@"; do
  case $word in @*) cp "${word#@}" "$LOG/role.json" ;; */roles.yaml) cp "$word" "$LOG/roles.yaml" ;; esac
done
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    for name in ("az", "kubectl", "sleep"):
        program(tmp_path, name, RECORDER)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run(log: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(log), sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "LOG": str(log)}
    command = ["sh", str(ROOT / "deploy" / "roles" / script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def calls(log: Path) -> list[str]:
    """What was called; of the working folder only the file's name is shown."""
    recorded = log / "calls"
    words = (line.split(" ") for line in recorded.read_text().splitlines()) if recorded.exists() else ()
    return [" ".join(word if "/tmp" not in word else Path(word).name for word in line) for line in words]


def assignment(scope: str) -> str:
    return (
        f"az role assignment create --assignee-object-id {PRINCIPAL} --assignee-principal-type ServicePrincipal"
        f" --role AKS preflight reader --scope {scope} --output none"
    )


def test_the_custom_role_is_created_once_for_all_scopes_and_assigned_on_each(log: Path) -> None:
    done = run(log, "azure-role.sh", PRINCIPAL, FIRST, SECOND, GROUP)
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(log) == [
        f"az role definition list --name AKS preflight reader --scope {FIRST} --custom-role-only true --query [].name"
        " --output tsv",
        "az role definition create --role-definition role.json --output none",
        assignment(FIRST),
        assignment(SECOND),
        assignment(GROUP),
    ]
    given = json.loads((log / "role.json").read_text())
    assert given == {**json.loads(azure_role()), "AssignableScopes": [FIRST, SECOND, GROUP]}


def test_a_role_that_is_there_is_updated(log: Path) -> None:
    program(log, "az", RECORDER + 'case "$*" in *"definition list"*) echo 0aaa ;; esac\n')
    assert run(log, "azure-role.sh", PRINCIPAL, FIRST).returncode == 0
    assert calls(log)[1] == "az role definition update --role-definition role.json --output none"


def test_an_assignment_waits_until_the_new_role_is_known(log: Path) -> None:
    refused_once = '[ "$2" != assignment ] || [ -e "$LOG/asked" ] || { touch "$LOG/asked"; exit 1; }\n'
    program(log, "az", RECORDER + refused_once)
    assert run(log, "azure-role.sh", PRINCIPAL, FIRST).returncode == 0
    assert calls(log)[2:] == [assignment(FIRST), "sleep 15", assignment(FIRST)]


def test_an_assignment_that_stays_refused_ends_the_script_with_a_failure(log: Path) -> None:
    program(log, "az", RECORDER + '[ "$2" != assignment ]\n')
    done = run(log, "azure-role.sh", PRINCIPAL, FIRST)
    assert done.returncode == 1
    assert done.stdout == ""
    assert calls(log).count(assignment(FIRST)) == 10


def test_a_role_that_cannot_be_written_is_not_assigned(log: Path) -> None:
    program(log, "az", RECORDER + '[ "$2 $3" != "definition create" ]\n')
    assert run(log, "azure-role.sh", PRINCIPAL, FIRST).returncode == 1
    assert len(calls(log)) == 2


@pytest.mark.parametrize(
    ("scopes", "sentence"),
    [
        ((), "give the identity's object id and one scope at least"),
        (("platform",), "platform is no scope"),
        ((f"{FIRST}/resourceGroups/shop",), "give whole subscriptions or a management group"),
        ((f'{FIRST}", "/',), "give whole subscriptions or a management group"),
        ((GROUP, f"{GROUP}-2"), "Azure lets a custom role name one management group, and 2 were given"),
    ],
)
def test_a_wrong_scope_is_refused_before_anything_is_asked(log: Path, scopes: tuple[str, ...], sentence: str) -> None:
    done = run(log, "azure-role.sh", PRINCIPAL, *scopes)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert calls(log) == []


def test_the_identity_may_write_to_the_container_and_nowhere_else(log: Path) -> None:
    program(log, "az", RECORDER + '[ "$2 $3" != "account show" ] || echo /ACCOUNT-ID\n')
    assert run(log, "results-role.sh", PRINCIPAL, "platform", "audits0", "audits").returncode == 0
    assert calls(log) == [
        "az storage account show --resource-group platform --name audits0 --query id --output tsv",
        "az storage container-rm create --resource-group platform --storage-account audits0 --name audits --output none",
        f"az role assignment create --assignee-object-id {PRINCIPAL} --assignee-principal-type ServicePrincipal"
        " --role Storage Blob Data Contributor --scope /ACCOUNT-ID/blobServices/default/containers/audits --output none",
    ]


def test_an_account_that_is_not_found_is_granted_nothing(log: Path) -> None:
    program(log, "az", RECORDER + "exit 3\n")
    assert run(log, "results-role.sh", PRINCIPAL, "platform", "audits0", "audits").returncode == 3
    assert len(calls(log)) == 1


def test_the_group_is_bound_in_every_cluster_even_if_one_refuses(log: Path) -> None:
    program(log, "kubectl", RECORDER + '[ "$2" != shop ]\n')
    done = run(log, "cluster-role.sh", PRINCIPAL, "shop", "store")
    assert done.returncode == 1
    assert done.stderr == "cluster-role.sh: shop did not take the roles\n"
    assert calls(log) == [f"kubectl --context {name} apply --filename roles.yaml" for name in ("shop", "store")]
    documents = list(yaml.safe_load_all((log / "roles.yaml").read_text()))
    assert [item["name"] for document in documents for item in document.get("subjects", ())] == [PRINCIPAL, PRINCIPAL]


@pytest.mark.parametrize(
    ("script", "arguments", "sentence"),
    [
        ("results-role.sh", (PRINCIPAL, "platform", "audits0"), "give four arguments"),
        ("cluster-role.sh", (PRINCIPAL,), "one context at least"),
        ("cluster-role.sh", ("platform-team", "shop"), "platform-team is no object id"),
    ],
)
def test_missing_or_wrong_arguments_are_refused(
    log: Path, script: str, arguments: tuple[str, ...], sentence: str
) -> None:
    done = run(log, script, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert calls(log) == []
