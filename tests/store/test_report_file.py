"""Report files, read back whole or refused in one sentence."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import nights
import pytest

from analyzer.errors import UsageError
from analyzer.model.fleet_report import FleetReport
from analyzer.model.report import Report
from analyzer.store.report_file import read_any, read_fleet_report, read_report

REPORT = msgspec.json.encode(nights.shop_after())
INDEX = msgspec.json.encode(nights.fleet_after())


def changed(content: bytes, **values: Any) -> bytes:
    return json.dumps(json.loads(content) | values).encode()


def lacking(content: bytes, key: str) -> bytes:
    return json.dumps({name: value for name, value in json.loads(content).items() if name != key}).encode()


def test_what_was_written_comes_back_whole() -> None:
    assert read_report(REPORT, "shop.json") == nights.shop_after()
    assert read_fleet_report(INDEX, "index.json") == nights.fleet_after()


def test_either_kind_is_told_from_the_other() -> None:
    assert [type(read_any(content, "x.json")) for content in (REPORT, INDEX)] == [Report, FleetReport]


def test_the_wrong_kind_is_refused_with_what_to_give() -> None:
    with pytest.raises(UsageError, match=r"^i\.json is the index of an audit; give the report of one cluster"):
        read_report(INDEX, "i.json")
    with pytest.raises(UsageError, match=r"^r\.json is the report of one cluster; give the index of an audit"):
        read_fleet_report(REPORT, "r.json")


REFUSED = {
    "nothing": (b"", "is not a whole JSON report"),
    "text": (b"READY  shop", "is not a whole JSON report"),
    "bytes": (b"\xff\xfe\x00", "is not a whole JSON report"),
    "a string of no text": (b'{"schemaVersion": "\xff"}', "is not a whole JSON report"),
    "a list": (b"[]", "is not a whole JSON report"),
    "depth": (b"[" * 100_000, "is not a whole JSON report"),
    "half": (REPORT[: len(REPORT) // 2], "is not a whole JSON report"),
    "all but a brace": (INDEX[:-1], "is not a whole JSON report"),
    "another tool": (b'{"results": [], "version": "2.1.0"}', "but no report of aks-preflight"),
    "an empty object": (b"{}", "but no report of aks-preflight"),
    "an AKS cluster": (
        b'{"id": "/x", "type": "Microsoft.ContainerService/ManagedClusters", "kind": "Base"}',
        "is a cluster as Azure returns it, and no report of aks-preflight. Judge the cluster's files first: "
        "aks-preflight check FILE… --format json=report.json.",
    ),
    "a virtual network": (
        b'{"type": "Microsoft.Network/virtualNetworks"}',
        "is a resource as Azure returns it, and no",
    ),
    "a list of nodes": (b'{"apiVersion": "v1", "kind": "NodeList", "items": []}', "is from the Kubernetes API, and no"),
    "words of another kind": (b'{"type": 4, "kind": "List", "apiVersion": 1}', "but no report of aks-preflight"),
    "a later major": (changed(REPORT, schemaVersion="2.0"), "has report schema version 2.0; this version reads 1."),
    "a later index": (changed(INDEX, schemaVersion="3.1"), "has report schema version 3.1; this version reads 1."),
    "an earlier major": (changed(REPORT, schemaVersion="0.9"), "has report schema version 0.9"),
    "no version": (lacking(REPORT, "schemaVersion"), "has report schema version none"),
    "a version of words": (changed(REPORT, schemaVersion="one"), "has report schema version one"),
    "no coverage": (lacking(REPORT, "coverage"), "missing required field `coverage`"),
    "no clusters": (lacking(INDEX, "clusters"), "but no report of aks-preflight"),
    "an unknown verdict": (changed(REPORT, verdict="SAFE"), "Invalid enum value 'SAFE'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_whole_or_not_ours_is_refused_in_a_sentence_that_names_the_file(name: str) -> None:
    content, words = REFUSED[name]
    with pytest.raises(UsageError) as caught:
        read_any(content, "last-night.json")
    assert str(caught.value).startswith("last-night.json ")
    assert words in str(caught.value)


def test_a_later_minor_version_may_say_more() -> None:
    assert read_report(changed(REPORT, schemaVersion="1.7", mood="good"), "x") == msgspec.structs.replace(
        nights.shop_after(), schema_version="1.7"
    )
