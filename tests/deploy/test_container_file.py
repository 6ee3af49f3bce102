"""What the image is built of, and as whom it runs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

import yaml
from deploy.command_lines import ROOT, containers_of
from packaging.requirements import Requirement

CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def instructions(text: str) -> list[tuple[str, str]]:
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def copied_from_the_context() -> Iterator[str]:
    for word, rest in instructions(CONTAINERFILE):
        if word == "COPY" and "--from=" not in rest:
            yield from rest.split()[:-1]


def pins(file: str) -> dict[str, str]:
    """The packages of a requirements file, each pinned and hashed, or the file is no such file."""
    entries = re.split(r"\n(?=\S)", (ROOT / file).read_text().strip())
    found = {}
    for entry in (entry for entry in entries if not entry.startswith(("-", "#"))):
        pin = re.match(r"([\w.-]+)==([\w.]+)", entry)
        assert pin is not None, entry
        assert "--hash=sha256:" in entry, entry
        found[pin[1].lower().replace("_", "-")] = pin[2]
    return found


def missing(requirements: list[str], have: dict[str, str]) -> list[str]:
    wanted = [Requirement(text) for text in requirements]
    return [str(item) for item in wanted if item.name not in have or not item.specifier.contains(have[item.name])]


def test_the_image_runs_as_a_number_without_a_shell_and_stops_by_an_interrupt() -> None:
    last = dict(instructions(CONTAINERFILE.rpartition("\nFROM ")[2]))
    assert last["USER"] == "10001:10001"
    assert json.loads(last["ENTRYPOINT"]) == ["/opt/aks-preflight/bin/aks-preflight"]
    assert json.loads(last["CMD"]) == ["--help"]
    assert last["STOPSIGNAL"] == "SIGINT"
    assert "RUN" not in last


def test_the_base_image_is_named_once_and_can_be_pinned_from_outside() -> None:
    bases = [rest.split()[0] for word, rest in instructions(CONTAINERFILE) if word == "FROM"]
    assert bases == ["${PYTHON_IMAGE}"] * 3
    assert ("ARG", "PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm") in instructions(CONTAINERFILE)


def test_what_is_copied_is_there_and_nothing_else_is_sent() -> None:
    sent = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert sent[0] == "*"
    assert sorted(line.removeprefix("!") for line in sent if line.startswith("!")) == sorted(copied_from_the_context())
    assert [name for name in copied_from_the_context() if not (ROOT / name).exists()] == []


def test_every_package_of_the_image_is_pinned_and_hashed() -> None:
    needed = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["azure"]]
    assert missing(needed, pins("requirements.txt") | pins("deploy/requirements-azure.txt")) == []


def test_what_builds_the_wheel_is_pinned_and_hashed() -> None:
    assert missing(PROJECT["build-system"]["requires"], pins("deploy/requirements-build.txt")) == []


def test_the_extra_is_pinned_once() -> None:
    assert pins("requirements.txt").keys() & pins("deploy/requirements-azure.txt").keys() == set()


def test_a_package_that_is_not_pinned_is_named() -> None:
    have = {"hatchling": "1.33.0", "pluggy": "1.7.0"}
    assert missing(["hatchling>=1.27", "left-pad", "pluggy>=99"], have) == ["left-pad", "pluggy>=99"]


def test_the_examples_name_the_version_that_they_lie_beside() -> None:
    version = PROJECT["project"]["version"]
    text = {
        file: (ROOT / "deploy" / file).read_text()
        for file in (
            "Containerfile",
            "README.md",
            "azure-pipelines/audit.yaml",
            "container-apps/job.yaml",
            "github-actions/audit.yaml",
            "github-actions/gate.yaml",
            "kubernetes/cronjob.yaml",
        )
    }
    named = {
        file: set(re.findall(r"(?:aks-preflight:|\bv)(\d+\.\d+\.\d+)\b", content)) for file, content in text.items()
    }
    assert named == {file: {version} for file in text}


def test_every_example_writes_where_it_may() -> None:
    """The root file system is read-only, or should be: a volume lies over /tmp."""
    for file in ("kubernetes/cronjob.yaml", "container-apps/job.yaml"):
        documents = list(yaml.safe_load_all((ROOT / "deploy" / file).read_text()))
        containers = [container for document in documents for container in containers_of(document)]
        assert [mount["mountPath"] for container in containers for mount in container["volumeMounts"]] == ["/tmp"]
