"""What the cluster says that it serves: the only proof that a list is empty because its API is absent."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

import msgspec

from analyzer.collect.kubernetes.failures import NoReplyError
from analyzer.collect.kubernetes.sentences import one_line
from analyzer.collect.kubernetes.transport import Transport
from analyzer.collect.requests import group_version

T = TypeVar("T")

_BUILT_IN = frozenset(
    ("admissionregistration.k8s.io", "apps", "batch", "discovery.k8s.io", "networking.k8s.io", "policy")
)
"""Groups that every API server since Kubernetes 1.17 serves: a list without one of them is not the whole list."""


class _Version(msgspec.Struct, frozen=True):
    version: str


class _Group(msgspec.Struct, frozen=True):
    name: str
    versions: tuple[_Version, ...]


class _GroupList(msgspec.Struct, frozen=True, tag_field="kind", tag="APIGroupList"):
    groups: tuple[_Group, ...]


class _Resource(msgspec.Struct, frozen=True):
    name: str


class _ResourceList(msgspec.Struct, frozen=True, tag_field="kind", tag="APIResourceList", rename="camel"):
    group_version: str
    resources: tuple[_Resource, ...]


_GROUPS = msgspec.json.Decoder(_GroupList)
_RESOURCES = msgspec.json.Decoder(_ResourceList)


class UnreadError(Exception):
    """Discovery was not read. The text says why."""


@dataclass(slots=True)
class Discovery:
    """One cluster's discovery: the groups at once, the resources of a group-version when first asked for."""

    transport: Transport
    unread: str = field(default="", init=False)
    """Why the groups were not read; empty where they were."""
    _groups: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)
    _resources: dict[str, frozenset[str] | str] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        try:
            self._groups = self._read_groups()
        except UnreadError as error:
            self.unread = str(error)

    def versions(self, group: str) -> tuple[str, ...]:
        """The versions of a group that are served, in the server's order; empty where the group is not served.

        Means something only where `unread` is empty. The core group is always served.
        """
        return self._groups.get(group, ()) if group else ("v1",)

    def serves(self, group: str, version: str, resource: str) -> bool:
        """Whether a group-version that is served holds a resource. Raises UnreadError."""
        name = group_version(group, version)
        with self._lock:
            if name not in self._resources:
                self._resources[name] = self._read_resources(name)
            found = self._resources[name]
        if isinstance(found, str):
            raise UnreadError(found)
        return resource in found

    def _read_groups(self) -> dict[str, tuple[str, ...]]:
        body = _decoded("/apis", self._body("/apis"), _GROUPS)
        groups = {item.name: tuple(one.version for one in item.versions) for item in body.groups}
        lacking = sorted(_BUILT_IN - groups.keys())
        if lacking:
            raise UnreadError(f"/apis does not list {', '.join(lacking)}, which every cluster serves")
        return groups

    def _read_resources(self, name: str) -> frozenset[str] | str:
        path = f"/apis/{name}"
        try:
            body = _decoded(path, self._body(path), _RESOURCES)
        except UnreadError as error:
            return str(error)
        if body.group_version != name:
            return f"{path} answers for {one_line(body.group_version)}"
        return frozenset(item.name for item in body.resources)

    def _body(self, path: str) -> bytes:
        try:
            reply = self.transport.get(path)
        except NoReplyError as error:
            raise UnreadError(f"no answer to get {path}: {error.detail}") from error
        if reply.status != 200:
            raise UnreadError(f"{reply.status} on get {path}: {reply.words}")
        return reply.body


def _decoded(path: str, body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise UnreadError(f"malformed answer to get {path}: {error}") from error
