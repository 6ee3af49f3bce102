"""Snapshot files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from random import Random

import healthy
import pytest
import random_clusters
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.errors import UsageError
from analyzer.model.fact import Cause
from analyzer.model.source import Source
from analyzer.store.snapshot_file import MANIFEST, encode, pack, unpack


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.integers(min_value=0), st.booleans())
def test_what_is_packed_comes_back_equal_and_with_the_same_hash(seed: int, with_gaps: bool) -> None:
    random = Random(seed)
    whole = random_clusters.cluster(random).snapshot
    snapshot = random_clusters.with_less(whole, random) if with_gaps else whole
    encoded = encode(snapshot)
    assert unpack(pack(encoded), "snapshot.zip") == (snapshot, encoded.hash)


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert pack(encode(healthy.healthy())) == pack(encode(healthy.healthy()))


def test_the_hash_changes_with_any_object_and_with_any_gap() -> None:
    whole = healthy.healthy()
    others = [
        healthy.without(whole, Source.PODS),
        healthy.without(whole, Source.PODS, Cause.UNREACHABLE),
        healthy.partly(whole, Source.PODS),
        healthy.with_cluster(whole, "{location: northeurope}"),
    ]
    hashes = {encode(snapshot).hash for snapshot in (whole, *others)}
    assert len(hashes) == 5


def test_the_manifest_says_what_was_read_and_what_was_not() -> None:
    snapshot = healthy.partly(healthy.without(healthy.healthy(), Source.NODES), Source.PODS, 2)
    sources = json.loads(encode(snapshot).manifest)["sources"]
    shown = {name: {key: value for key, value in sources[name].items() if key != "sha256"} for name in sources}
    assert shown["nodes"] == {"status": "forbidden", "detail": "nodes: forbidden", "grant": "read nodes"}
    assert shown["pods"] == {"status": "partial", "count": 2, "detail": "pods: partial", "grant": "read pods"}
    assert shown["services"] == {"status": "read", "count": 2}


def changed(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A snapshot file whose members were changed afterwards."""
    with zipfile.ZipFile(io.BytesIO(pack(encode(healthy.healthy())))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def newer(members: dict[str, bytes]) -> None:
    members[MANIFEST] = members[MANIFEST].replace(b'"schemaVersion": 1', b'"schemaVersion": 99')


def unknown_status(members: dict[str, bytes]) -> None:
    members[MANIFEST] = members[MANIFEST].replace(b'"status": "read"', b'"status": "dreamt"', 1)


REFUSED = [
    (lambda: b"not a zip", "s.zip is not a snapshot of aks-preflight: File is not a zip file. Collect it again."),
    (lambda: pack(encode(healthy.healthy()))[:-200], "s.zip is not a snapshot"),
    (lambda: changed(lambda members: members.pop(MANIFEST)), "s.zip is not a snapshot"),
    (lambda: changed(lambda members: members.pop("pods.json")), "s.zip is not a snapshot"),
    (lambda: changed(newer), "s.zip has snapshot schema version 99; this version reads 1."),
    (lambda: changed(unknown_status), "s.zip is not a snapshot"),
    (
        lambda: changed(lambda members: members.update({"pods.json": b"[]"})),
        "s.zip: pods.json was changed after the snapshot was written. Collect it again.",
    ),
]


@pytest.mark.parametrize(("content", "message"), REFUSED)
def test_a_file_that_is_not_a_whole_snapshot_is_refused_in_words(content: Callable[[], bytes], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        unpack(content(), "s.zip")
    assert str(refused.value).startswith(message)
