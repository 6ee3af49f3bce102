"""The version of the Azure CLI: of the one that collected a folder, or of the one on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from analyzer.collect.decoding import UNREADABLE
from analyzer.collect.known_types import known
from analyzer.model.version import parse_version

VERSION_FILE = "az-version.json"
"""What the script keeps of `az version --output json`."""
_PATIENCE_S = 5.0
"""A CLI that takes longer is passed over: its version can be given by hand."""


class _Versions(msgspec.Struct, frozen=True):
    cli: str = msgspec.field(default="", name="azure-cli")


def version_in(folder: Path) -> str | None:
    """The version of the CLI that collected a folder; None where the folder does not say."""
    try:
        return _version((folder / VERSION_FILE).read_bytes())
    except OSError:
        return None


def version_on_path(timeout_s: float = _PATIENCE_S) -> str | None:
    """What the `az` on the PATH says of itself; None where there is none, or it does not say in time."""
    program = shutil.which("az")
    if program is None:
        return None
    command = [program, "version", "--output", "json"]
    quiet = {**os.environ, "AZURE_CORE_COLLECT_TELEMETRY": "0"}
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout_s, check=True, env=quiet
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _version(done.stdout)


def _version(raw: bytes) -> str | None:
    try:
        found = parse_version(msgspec.json.decode(raw, type=known(_Versions)).cli)
    except UNREADABLE:
        return None
    return str(found) if found else None
