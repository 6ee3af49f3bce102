"""Every command line in the files that teams copy, and in the pages, is one that the program takes."""

from __future__ import annotations

import re
from pathlib import Path

import azure.identity
import pytest
import yaml
from deploy.command_lines import ROOT, RefusedError, Words, lines_of, parsed, variables_known, variables_of

from analyzer.cli.exit_codes import FailOn
from analyzer.collect.azure.credentials import CHOICES

FILES = (
    "README.md",
    "deploy/README.md",
    "deploy/azure-pipelines/audit.yaml",
    "deploy/container-apps/job.yaml",
    "deploy/github-actions/audit.yaml",
    "deploy/github-actions/gate.yaml",
    "deploy/kubernetes/cronjob.yaml",
    "deploy/roles/azure-role.sh",
    "deploy/roles/cluster-role.sh",
)
LINES = [pytest.param(words, id=f"{file}: {' '.join(words)}") for file in FILES for words in lines_of(ROOT / file)]
YAML = [file for file in FILES if file.endswith(".yaml")]


@pytest.mark.parametrize("words", LINES)
def test_the_program_takes_the_line(words: Words) -> None:
    given = parsed(words)
    assert given.get("fail_on") in {None, *FailOn}
    assert given.get("credential") in {None, *CHOICES}


@pytest.mark.parametrize("file", FILES)
def test_each_file_calls_the_program(file: str) -> None:
    assert lines_of(ROOT / file) != []


def test_no_file_that_calls_the_program_is_left_out() -> None:
    callers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "deploy").rglob("*")
        if path.suffix in {".yaml", ".sh", ".md"} and lines_of(path)
    }
    assert callers == {file for file in FILES if file.startswith("deploy/")}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("audti", "there is no verb audti"),
        ("audit --all-subscription", "No such option: --all-subscription"),
        ("audit --concurrency many", "should be a valid integer"),
        ("policy flow", "there is no verb flow"),
        ("rules show", "Missing parameter: id"),
    ],
)
def test_a_line_that_the_program_would_refuse_is_refused(line: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        parsed(tuple(line.split()))


def test_lines_are_found_behind_continuations_redirections_and_conditions(tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(
        'if ! aks-preflight check \\\n  -n "$NAME" >out.txt; then exit 1; fi  # aks-preflight no\n'
        "A=1 bin/aks-preflight rules list | grep CIL || code=$?\n"
        "echo 'aks-preflight in words'\n"
    )
    assert lines_of(script) == [("check", "-n", "NAME"), ("rules", "list")]


@pytest.mark.parametrize("file", YAML)
def test_the_variables_that_a_file_sets_are_variables_of_the_program(file: str) -> None:
    documents = list(yaml.safe_load_all((ROOT / file).read_text()))
    assert set(variables_of(documents)) - variables_known() == set()


def test_a_variable_is_found_as_key_and_as_name() -> None:
    env = {"env": [{"name": "AKS_PREFLIGHT_CLOUD", "value": "china"}], "variables": {"AKS_PREFLIGHT_TO": "overlay"}}
    assert set(variables_of(env)) == {"AKS_PREFLIGHT_CLOUD", "AKS_PREFLIGHT_TO"}


@pytest.mark.parametrize(
    ("file", "ours", "stores"),
    [
        ("azure-pipelines/audit.yaml", "cli", "AzureCliCredential"),
        ("container-apps/job.yaml", "managed-identity", "ManagedIdentityCredential"),
        ("github-actions/audit.yaml", "cli", "AzureCliCredential"),
        ("kubernetes/cronjob.yaml", "workload", "WorkloadIdentityCredential"),
    ],
)
def test_the_store_is_signed_in_to_as_azure_is(file: str, ours: str, stores: str) -> None:
    """A name that azure-identity does not have would end the run; one that differs, half of it."""
    text = (ROOT / "deploy" / file).read_text()
    assert {parsed(words)["credential"] for words in lines_of(ROOT / "deploy" / file)} == {ours}
    assert re.findall(r"AZURE_TOKEN_CREDENTIALS(?::|\n\s+value:) (\w+)", text) == [stores]
    assert hasattr(azure.identity, stores)
