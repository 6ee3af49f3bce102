"""Report files: the JSON of one cluster, and an audit's index, read back whole or not at all.

What is not whole, not ours, or of another schema is never an empty report.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from analyzer.errors import UsageError
from analyzer.model.fleet_report import FLEET_SCHEMA_VERSION, FleetReport
from analyzer.model.report import SCHEMA_VERSION, Report

_INDEX = "the index of an audit"
_REPORT = "the report of one cluster"
_JUDGE = "Judge the cluster's files first: aks-preflight check FILE… --format json=report.json. Then give report.json."
_AGAIN = "Write it again with --format json, or give the file as it was written."


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    """What tells the kinds of files apart."""

    schema_version: str = ""
    tool: msgspec.Raw = msgspec.Raw()
    verdict: msgspec.Raw = msgspec.Raw()
    results: msgspec.Raw = msgspec.Raw()
    run: msgspec.Raw = msgspec.Raw()
    clusters: msgspec.Raw = msgspec.Raw()
    resource_type: object = msgspec.field(default=None, name="type")
    """Of what Azure returns."""
    api_version: object = None
    """Of a Kubernetes object or list, as its kind."""
    kind: object = None


def read_report(content: bytes, name: str) -> Report:
    """The report of one cluster. `name` is the file's, for messages. Raises UsageError."""
    found = read_any(content, name)
    if isinstance(found, FleetReport):
        raise UsageError(f"{name} is {_INDEX}; give {_REPORT}, such as clusters/NAME.json beside it.")
    return found


def read_fleet_report(content: bytes, name: str) -> FleetReport:
    """The index of an audit. `name` is the file's, for messages. Raises UsageError."""
    found = read_any(content, name)
    if isinstance(found, Report):
        raise UsageError(f"{name} is {_REPORT}; give {_INDEX}, the index.json in the folder of its run.")
    return found


def read_any(content: bytes, name: str) -> Report | FleetReport:
    """The report of a cluster or of an audit, whichever the file holds. Raises UsageError."""
    head = _decoded(content, _Head, name)
    if head.tool and head.run and head.clusters:
        _check_version(head.schema_version, FLEET_SCHEMA_VERSION, name)
        return _decoded(content, FleetReport, name)
    if head.tool and head.verdict and head.results:
        _check_version(head.schema_version, SCHEMA_VERSION, name)
        return _decoded(content, Report, name)
    if evidence := _evidence(head):
        raise UsageError(f"{name} is {evidence}, and no report of aks-preflight. {_JUDGE}")
    raise UsageError(f"{name} is JSON, but no report of aks-preflight: neither {_REPORT} nor {_INDEX}. {_AGAIN}")


def _evidence(head: _Head) -> str:
    """What a file holds that is known to be no report; empty: not known."""
    match head.resource_type, head.api_version, head.kind:
        case str(of), _, _ if of.lower() == "microsoft.containerservice/managedclusters":
            return "a cluster as Azure returns it"
        case str(of), _, _ if of.lower().startswith("microsoft."):
            return "a resource as Azure returns it"
        case _, str(), str():
            return "from the Kubernetes API"
    return ""


T = TypeVar("T", _Head, Report, FleetReport)


def _decoded(content: bytes, kind: type[T], name: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not a whole JSON report of aks-preflight: {error}. {_AGAIN}") from error


def _check_version(found: str, current: str, name: str) -> None:
    """This major version is read, and the one before."""
    major, newest = found.partition(".")[0], int(current.partition(".")[0])
    readable = [str(version) for version in (newest - 1, newest) if version > 0]
    if major not in readable:
        raise UsageError(
            f"{name} has report schema version {found or 'none'}; this version reads {' and '.join(readable)}."
            " Use the version of aks-preflight that wrote it, or judge again."
        )
