"""The version of the Azure CLI, from a folder and from the PATH: what is not said plainly is not said."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from analyzer.collect.azure_cli import version_in, version_on_path

SAID = '{"azure-cli": "2.81.0", "azure-cli-core": "2.81.0", "extensions": {"aks-preview": "18.0.0b40"}}'


def test_a_folder_says_which_cli_collected_it(tmp_path: Path) -> None:
    (tmp_path / "az-version.json").write_text(SAID)
    assert version_in(tmp_path) == "2.81.0"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"azure-cli": null}', '{"azure-cli": "new"}', "\udcff"])
def test_a_folder_that_does_not_say_it_plainly_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "az-version.json").write_text(text, errors="surrogateescape")
    assert version_in(tmp_path) is None


def test_a_folder_without_the_file_says_nothing(tmp_path: Path) -> None:
    assert version_in(tmp_path) is None


def az(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """An `az` that is found first."""
    program = folder / "az"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_the_cli_on_the_path_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    az(tmp_path, monkeypatch, f"""test "$*" = "version --output json" && echo '{SAID}'""")
    assert version_on_path() == "2.81.0"


def test_the_cli_is_asked_to_report_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    az(tmp_path, monkeypatch, f"""test "$AZURE_CORE_COLLECT_TELEMETRY" = 0 && echo '{SAID}'""")
    assert version_on_path() == "2.81.0"


@pytest.mark.parametrize("body", ["exit 3", "echo broken", f"echo '{SAID}'; exit 1"])
def test_a_cli_that_fails_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    az(tmp_path, monkeypatch, body)
    assert version_on_path() is None


def test_a_cli_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    az(tmp_path, monkeypatch, "exec sleep 30")
    started = time.monotonic()
    assert version_on_path(timeout_s=0.3) is None
    assert time.monotonic() - started < 10


def test_without_a_cli_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert version_on_path() is None
