"""Each file that teams copy has the form of its kind, by the schema or linter of that kind."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from azure.mgmt.appcontainers import models, types
from deploy.command_lines import ROOT, code_blocks, scripts_of
from deploy.typed_dictionaries import faults

DEPLOY = ROOT / "deploy"
TOOLS = Path(sysconfig.get_path("scripts"))
KUBERNETES_VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
"""podFailurePolicy is stable from 1.31 on."""
MANIFESTS = [
    (path.name, document)
    for path in sorted((DEPLOY / "kubernetes").iterdir())
    for document in yaml.safe_load_all(path.read_text())
]
WORKFLOWS = sorted((DEPLOY / "github-actions").iterdir())
PIPELINES = sorted((DEPLOY / "azure-pipelines").iterdir())
JOB = DEPLOY / "container-apps" / "job.yaml"


def tool(name: str, *arguments: str, text: str = "") -> str:
    """What a tool says against its input; nothing where it has nothing to say and ends with 0."""
    done = subprocess.run([TOOLS / name, *arguments], input=text, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def shell_faults(script: str, shell: str) -> str:
    return tool("shellcheck", "--shell", shell, "-", text=script)


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_the_manifests_hold_what_kubernetes_knows_and_nothing_else(version: str) -> None:
    assert [document["kind"] for _, document in MANIFESTS] == [
        "Namespace",
        "ServiceAccount",
        "CronJob",
        "NetworkPolicy",
    ]
    for _, document in MANIFESTS:
        assert kubernetes_validate.validate(document, version, strict=True) == version


def test_a_misspelt_field_of_a_manifest_is_refused() -> None:
    _, cronjob = MANIFESTS[2]
    with pytest.raises(kubernetes_validate.ValidationError, match="timezone"):
        kubernetes_validate.validate({**cronjob, "spec": {**cronjob["spec"], "timezone": "UTC"}}, "1.31", strict=True)


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_the_workflows_are_github_workflows(schema: str) -> None:
    assert [path.name for path in WORKFLOWS] == ["audit.yaml", "gate.yaml"]
    assert tool("check-jsonschema", "--builtin-schema", schema, *map(str, WORKFLOWS)) == ""


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_the_pipelines_are_azure_pipelines(path: Path) -> None:
    assert azure_pipelines_faults(path) == ""


def test_a_task_input_that_azure_pipelines_does_not_know_is_refused(tmp_path: Path) -> None:
    misspelt = tmp_path / "audit.yaml"
    misspelt.write_text((DEPLOY / "azure-pipelines" / "audit.yaml").read_text().replace("scriptType", "scriptKind"))
    assert "scriptKind" in azure_pipelines_faults(misspelt)


def azure_pipelines_faults(path: Path) -> str:
    """The schema's patterns are Python's, not those of ECMAScript."""
    schema = ("--builtin-schema", "vendor.azure-pipelines", "--data-transform", "azure-pipelines")
    return tool("check-jsonschema", *schema, "--regex-variant", "python", str(path))


def job_faults(document: Any) -> list[str]:
    """`type` and `name` are what the command line adds; the rest is the body that the SDK sends."""
    return sorted(faults(document, types.Job, (models, types)))


def test_the_container_apps_job_is_what_its_sdk_would_send() -> None:
    assert job_faults(yaml.safe_load(JOB.read_text())) == []


def test_a_key_value_or_choice_that_the_sdk_does_not_know_is_named() -> None:
    job = yaml.safe_load(JOB.read_text())
    job["properties"]["configuration"]["triggerType"] = "Cron"
    job["properties"]["template"]["containers"][0]["argz"] = []
    job["properties"]["configuration"]["replicaTimeout"] = "long"
    del job["location"]
    assert job_faults(job) == [
        ".location is missing",
        ".properties.configuration.replicaTimeout is 'long', not int",
        ".properties.configuration.triggerType is 'Cron', not one of Schedule, Event, Manual",
        ".properties.template.containers[0].argz is not known",
    ]


@pytest.mark.parametrize("path", sorted((DEPLOY / "roles").iterdir()), ids=lambda path: path.name)
def test_the_scripts_are_shell_without_a_doubt(path: Path) -> None:
    assert path.read_text().startswith("#!/bin/sh\n")
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    assert shell_faults(path.read_text(), "sh") == ""


@pytest.mark.parametrize("path", [*WORKFLOWS, *PIPELINES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_scripts_inside_workflows_and_pipelines_are_shell_without_a_doubt(path: Path) -> None:
    scripts = list(scripts_of(yaml.safe_load(path.read_text())))
    assert scripts != []
    assert [shell_faults(script, "bash") for script in scripts] == [""] * len(scripts)


def test_the_commands_of_the_page_are_shell_without_a_doubt() -> None:
    blocks = code_blocks((DEPLOY / "README.md").read_text())
    assert blocks != []
    assert [shell_faults(block, "sh") for block in blocks] == [""] * len(blocks)


def test_shell_with_a_doubt_is_refused() -> None:
    assert "SC2086" in shell_faults("#!/bin/sh\nrm $1\n", "sh")


def test_the_container_file_gives_its_linter_nothing_to_say() -> None:
    assert tool("hadolint", str(DEPLOY / "Containerfile")) == ""


def test_a_container_file_that_pins_nothing_is_refused() -> None:
    assert "DL3006" in tool("hadolint", "-", text="FROM python\n")
