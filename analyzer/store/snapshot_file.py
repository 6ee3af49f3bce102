"""Snapshot files: a zip of JSON, one member per source, and a manifest that says what was read and what was not.

The snapshot's hash is the hash of its manifest, which holds the hash of every member: a live run, its snapshot and
the same evidence read from files have one hash.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS, Snapshot
from analyzer.model.source import Source

SCHEMA_VERSION = 1
"""Of the manifest. Readers accept it and, once there is one, the version before."""
MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One source in the manifest."""

    status: str
    """read, absent API, or the cause why it is missing"""
    count: int | None = None
    """Objects in the member; none where there is no member."""
    sha256: str = ""
    """Of the member; empty where there is no member."""
    detail: str = ""
    grant: str = ""


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """What the zip holds."""

    schema_version: int
    collected_at: str | None
    api_version: str | None
    server: str | None
    sources: dict[str, Entry]
    azure_cli: str | None = None


# made here, in one thread: two that take a type apart at once crash msgspec 0.22
_MANIFEST = msgspec.json.Decoder(Manifest)
_CONTENTS: Mapping[Source, msgspec.json.Decoder[Any]] = {
    **{source: msgspec.json.Decoder(tuple[kind, ...]) for source, kind in ITEM_TYPES.items()},  # type: ignore[valid-type]
    **{source: msgspec.json.Decoder(kind) for source, kind in SINGLE_OBJECTS.items()},
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A snapshot as bytes."""

    manifest: bytes
    members: Mapping[str, bytes]

    @property
    def hash(self) -> str:
        """sha256 of the manifest, and so of everything."""
        return hashlib.sha256(self.manifest).hexdigest()


def encode(snapshot: Snapshot) -> Encoded:
    """A snapshot as manifest and members. The same snapshot gives the same bytes."""
    members: dict[str, bytes] = {}
    sources: dict[str, Entry] = {}
    for source, fact in snapshot.facts():
        content = fact.value if isinstance(fact, Known) else fact.seen
        if content is not None:
            members[source.value] = msgspec.json.encode(content)
        sources[source.value] = _entry(snapshot, source, fact, members.get(source.value))
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        collected_at=snapshot.collected_at,
        api_version=snapshot.api_version,
        azure_cli=snapshot.azure_cli,
        server=snapshot.server,
        sources=sources,
    )
    return Encoded(msgspec.json.format(msgspec.json.encode(manifest), indent=1), members)


def _entry(snapshot: Snapshot, source: Source, fact: Fact[Any], member: bytes | None) -> Entry:
    content = fact.value if isinstance(fact, Known) else fact.seen
    count = len(content) if isinstance(content, tuple) else None
    digest = hashlib.sha256(member).hexdigest() if member is not None else ""
    if isinstance(fact, Known):
        status = "absent API" if source in snapshot.absent_apis else "read"
        return Entry(status=status, count=count, sha256=digest)
    return Entry(status=fact.cause.value, count=count, sha256=digest, detail=fact.detail, grant=fact.grant)


def pack(encoded: Encoded) -> bytes:
    """The zip file. The same snapshot gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), encoded.manifest, zipfile.ZIP_DEFLATED)
        for name, content in encoded.members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.json", _EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(content: bytes, name: str) -> tuple[Snapshot, str]:
    """The snapshot in a zip file, and its hash. `name` is the file's, for messages.

    Raises UsageError where the file is not a snapshot, is of a version that this tool cannot read, or was changed
    after it was written.
    """
    encoded = opened(content, name)
    return decode(encoded, name), encoded.hash


def opened(content: bytes, name: str) -> Encoded:
    """The parts of a zip file, not yet looked into. Raises UsageError where it is no snapshot."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            members = {source.value: archive.read(_member(source)) for source in _sources() if _member(source) in names}
            return Encoded(archive.read(MANIFEST), members)
    except _NOT_OURS as error:
        raise _not_a_snapshot(name, error) from error


def decode(encoded: Encoded, name: str) -> Snapshot:
    """The snapshot of which these are the parts. Raises UsageError as `unpack` does."""
    try:
        manifest = _MANIFEST.decode(encoded.manifest)
        _check_version(manifest, name)
        facts = {source: _fact(source, manifest, encoded.members, name) for source in _sources()}
    except _NOT_OURS as error:
        raise _not_a_snapshot(name, error) from error
    absent = frozenset(Source(key) for key, entry in manifest.sources.items() if entry.status == "absent API")
    snapshot = Snapshot(
        absent_apis=absent,
        collected_at=manifest.collected_at,
        api_version=manifest.api_version,
        azure_cli=manifest.azure_cli,
        server=manifest.server,
    )
    known: dict[str, Any] = {source.value: fact for source, fact in facts.items() if fact is not None}
    return replace(snapshot, **known)


_NOT_OURS = (zipfile.BadZipFile, KeyError, msgspec.MsgspecError, EOFError, ValueError, zlib.error)


def _not_a_snapshot(name: str, error: Exception) -> UsageError:
    return UsageError(f"{name} is not a snapshot of aks-preflight: {error}. Collect it again.")


def _member(source: Source) -> str:
    return f"{source.value}.json"


def _sources() -> tuple[Source, ...]:
    return (*ITEM_TYPES, *SINGLE_OBJECTS)


def _check_version(manifest: Manifest, name: str) -> None:
    if manifest.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"{name} has snapshot schema version {manifest.schema_version}; this version reads {SCHEMA_VERSION}."
            " Use the version of aks-preflight that wrote it, or collect again."
        )


def _fact(source: Source, manifest: Manifest, members: Mapping[str, bytes], name: str) -> Fact[Any] | None:
    entry = manifest.sources.get(source.value)
    if entry is None:
        return None
    content = _content(source, entry, members, name)
    if entry.status in ("read", "absent API"):
        return Known(content)
    return Missing(source, Cause(entry.status), entry.detail, entry.grant, content)


def _content(source: Source, entry: Entry, members: Mapping[str, bytes], name: str) -> Any:
    if not entry.sha256:
        return None
    raw = members[source.value]
    if hashlib.sha256(raw).hexdigest() != entry.sha256:
        raise UsageError(f"{name}: {_member(source)} was changed after the snapshot was written. Collect it again.")
    return _CONTENTS[source].decode(raw)
