"""What a file holds, known by its content: Kubernetes lists and objects, API discovery, ARM bodies.

A homogeneous list is decoded in one pass straight into its narrow type; only mixed lists are taken apart first.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import yaml

from analyzer.collect.decoding import (
    UNREADABLE,
    ListBody,
    MalformedError,
    decode_list,
    decode_object,
    named,
)
from analyzer.collect.files.arm_documents import ArmBodies, Unknown, arm_documents
from analyzer.collect.files.slices import SLICE_BYTES, decode_sliced
from analyzer.collect.known_types import known
from analyzer.collect.requests import by_kind
from analyzer.model.objects import ConfigMap, KubernetesObject
from analyzer.model.snapshot import ITEM_TYPES
from analyzer.model.source import Endpoint, Source

T = TypeVar("T")

Content = bytes | mmap.mmap | msgspec.Raw
"""A file's bytes, mapped where it is a file; or one item of a list."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects of one collection."""

    source: Source
    endpoint: Endpoint
    items: tuple[Any, ...]
    problem: str = ""
    """Why there may be more, beside the unproven scope: a continue token, or items that cannot be read."""


@dataclass(frozen=True, slots=True)
class ConfigMaps:
    """ConfigMaps with their data."""

    items: tuple[ConfigMap, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """API discovery: the group-versions that the cluster serves."""

    group_versions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Resources:
    """API discovery: the collections of one group-version."""

    group_version: str
    resources: frozenset[str]


Document = Objects | ConfigMaps | Groups | Resources | ArmBodies | Unknown

_KINDS = by_kind()
_KUBECTL_LIST = re.compile(
    rb'\s*\{\s*"apiVersion"\s*:\s*"v1"\s*,\s*"items"\s*:\s*\[\s*\{\s*'
    rb'"apiVersion"\s*:\s*"(?P<version>[^"]+)"\s*,\s*"kind"\s*:\s*"(?P<kind>[^"]+)"'
)
_RAW_LIST = re.compile(rb'\s*\{\s*"kind"\s*:\s*"(?P<kind>\w+)List"\s*,\s*"apiVersion"\s*:\s*"(?P<version>[^"]+)"')


class _Group(msgspec.Struct, frozen=True):
    versions: tuple[_GroupVersion, ...] = ()


class _GroupVersion(msgspec.Struct, frozen=True, rename="camel"):
    group_version: str


class _GroupList(msgspec.Struct, frozen=True):
    groups: tuple[_Group, ...] = ()


class _Resource(msgspec.Struct, frozen=True):
    name: str


class _ResourceList(msgspec.Struct, frozen=True, rename="camel"):
    group_version: str
    resources: tuple[_Resource, ...] = ()


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    api_version: str = ""


def documents(raw: Content) -> Iterator[Document]:
    """Everything that a file holds, in its order. Raises MalformedError where it is neither JSON nor YAML."""
    head = bytes(raw[:4096])
    if not head.strip():
        yield Unknown("an empty file")
    elif head.lstrip()[:1] in (b"{", b"["):
        yield from _json(raw, head)
    else:
        yield from _yaml(raw)


def _yaml(raw: Content) -> Iterator[Document]:
    try:
        parsed = [item for item in yaml.load_all(bytes(raw), Loader=_loader()) if item is not None]
    except yaml.YAMLError as error:
        raise MalformedError(f"it is neither JSON nor YAML: {' '.join(str(error).split())}") from error
    for item in parsed:
        body = msgspec.json.encode(item) if isinstance(item, dict | list) else b"0"
        yield from _json(body, body[:4096])


def _loader() -> Any:
    """The safe loader, in C where it is built: the same result, ten times as fast."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _json(raw: Content, head: bytes) -> Iterator[Document]:
    fast = _homogeneous(raw, head)
    if fast is not None:
        yield fast
        return
    try:
        found = msgspec.json.decode(raw, type=known(_Head)) if head.lstrip()[:1] == b"{" else _Head()
    except UNREADABLE:
        found = _Head()
    if found.kind and found.api_version and not found.api_version.startswith("management.azure.com/"):
        yield from _kubernetes(raw, found)
    else:
        yield from arm_documents(raw)


def _homogeneous(raw: Content, head: bytes) -> Objects | None:
    """The list that the head announces, if the announcement holds for every item."""
    from_kubectl = _KUBECTL_LIST.match(head)
    match = from_kubectl or _RAW_LIST.match(head)
    if match is None:
        return None
    kind, version = match["kind"].decode(), match["version"].decode()
    place = _KINDS.get((version.rpartition("/")[0], kind))
    if place is None:
        return None
    found = _objects(raw, place, kind, version)
    mixed = from_kubectl and any((item.kind, item.api_version) != (kind, version) for item in found.items)
    return None if mixed else found


def _objects(raw: Content, place: tuple[Source, Endpoint], kind: str, version: str) -> Objects:
    source, endpoint = place
    item_type: type[Any] = ITEM_TYPES[source]
    try:
        body = _list(raw, item_type)
    except MalformedError as error:
        return Objects(source, endpoint, tuple(named(error.seen, kind, version)), error.detail)
    problem = "it ends with a continue token" if body.metadata.continue_ else ""
    return Objects(source, endpoint, tuple(named(body.items or (), kind, version)), problem)


def _list(raw: Content, item_type: type[T]) -> ListBody[T]:
    """A list, in slices where it is large. Raises MalformedError."""
    if isinstance(raw, mmap.mmap) and len(raw) > SLICE_BYTES:
        with suppress(*UNREADABLE):
            sliced = decode_sliced(raw, item_type)
            if sliced is not None:
                return sliced
    return decode_list(raw, item_type)


def _kubernetes(raw: Content, found: _Head) -> Iterator[Document]:
    if found.kind == "APIGroupList":
        groups = decode_object(raw, _GroupList).groups
        yield Groups(frozenset(version.group_version for group in groups for version in group.versions))
    elif found.kind == "APIResourceList":
        listing = decode_object(raw, _ResourceList)
        yield Resources(listing.group_version, frozenset(item.name for item in listing.resources))
    elif found.kind == "List" or found.kind.endswith("List"):
        yield from _mixed(raw, found)
    else:
        yield _object(raw, found)


def _mixed(raw: Content, found: _Head) -> Iterator[Document]:
    items = decode_list(raw, msgspec.Raw).items or ()
    item_kind = found.kind.removesuffix("List")
    place = _KINDS.get((found.api_version.rpartition("/")[0], item_kind))
    if place is not None:
        yield _objects(raw, place, item_kind, found.api_version)
        return
    if not items:
        yield Unknown(f"an empty {found.kind}, which names no kind and so proves nothing; export it with --raw")
    for item in items:
        head = decode_object(item, _Head)
        yield _object(item, _Head(head.kind or item_kind, head.api_version or found.api_version))


def _object(raw: Content, found: _Head) -> Document:
    group = found.api_version.rpartition("/")[0]
    if (group, found.kind) == ("", "ConfigMap"):
        return ConfigMaps(tuple(named([decode_object(raw, ConfigMap)], found.kind, found.api_version)))
    place = _KINDS.get((group, found.kind))
    if place is None:
        return Unknown(f"{found.kind} of {found.api_version}, which no rule reads")
    source, endpoint = place
    item_type: type[Any] = ITEM_TYPES[source]
    try:
        item: KubernetesObject = decode_object(raw, item_type)
    except MalformedError as error:
        return Objects(source, endpoint, (), error.detail)
    return Objects(source, endpoint, tuple(named([item], found.kind, found.api_version)))
