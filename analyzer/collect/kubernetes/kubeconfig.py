"""Kubeconfig files: read, merged as kubectl merges them, and the one context that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from analyzer.collect.known_types import introduce
from analyzer.errors import UsageError

_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class _Body(msgspec.Struct, frozen=True):
    cluster: str
    user: str = ""


class _Context(msgspec.Struct, frozen=True):
    name: str
    context: _Body


class _Cluster(msgspec.Struct, frozen=True):
    name: str
    cluster: dict[str, Any]


class _User(msgspec.Struct, frozen=True):
    name: str
    user: dict[str, Any] | None = None


class _Kubeconfig(msgspec.Struct, frozen=True, rename="kebab"):
    contexts: tuple[_Context, ...] | None = None
    clusters: tuple[_Cluster, ...] | None = None
    users: tuple[_User, ...] | None = None
    current_context: str | None = None


introduce(_Kubeconfig)


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """One context of a kubeconfig."""

    origin: str
    """The files, for messages."""
    folder: Path
    """Of the file that holds the user."""
    context: str
    cluster: dict[str, Any]
    """With absolute paths."""
    user: dict[str, Any]
    """With absolute paths; empty where the context names no user."""


def read_kubeconfig(paths: Sequence[Path], context: str | None) -> Kubeconfig:
    """The context of that name, else the current one. As with kubectl, the first file to say something wins.

    Files of several that do not exist are passed over. Raises UsageError where none exists, one cannot be read
    or has another shape, or the context is not there.
    """
    origin = ", ".join(str(path) for path in paths)
    present = [path for path in paths if path.exists()]
    if not present:
        raise UsageError(f"Cannot read the kubeconfig {origin}: no such file")
    return _choose(origin, [(path.absolute().parent, _parse(str(path), _content(path))) for path in present], context)


def parse_kubeconfig(content: bytes, origin: str) -> Kubeconfig:
    """The current context of a kubeconfig that is not a file. Raises UsageError."""
    return _choose(origin, [(Path(), _parse(origin, content))], None)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read the kubeconfig {path}: {error.strerror}") from error


def _parse(origin: str, content: bytes) -> _Kubeconfig:
    try:
        return msgspec.yaml.decode(content, type=_Kubeconfig)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"The kubeconfig {origin} does not have the shape of one: {reason}") from error


def _choose(origin: str, files: Sequence[tuple[Path, _Kubeconfig]], context: str | None) -> Kubeconfig:
    wanted = context or next((file.current_context for _, file in files if file.current_context), None)
    if wanted is None:
        raise UsageError(f"The kubeconfig {origin} has no current context, and --context was not given")
    contexts = [item for _, file in files for item in file.contexts or ()]
    body = next((item.context for item in contexts if item.name == wanted), None)
    if body is None:
        names = ", ".join(item.name for item in contexts) or "none"
        raise UsageError(f"The kubeconfig {origin} has no context {wanted}; it has {names}")
    cluster = _first(_clusters(files), body.cluster)
    if cluster is None or not isinstance(cluster[1].get("server"), str):
        raise UsageError(f"Context {wanted} of the kubeconfig {origin} names no cluster with a server")
    user = _first(_users(files), body.user) if body.user else (Path(), {})
    if user is None:
        raise UsageError(f"Context {wanted} of the kubeconfig {origin} names user {body.user}, which is not there")
    return Kubeconfig(origin, user[0], wanted, _absolute(*cluster), _absolute(*user))


_Found = tuple[Path, dict[str, Any]]


def _first(items: Iterable[tuple[str, _Found]], name: str) -> _Found | None:
    return next((found for one, found in items if one == name), None)


def _clusters(files: Sequence[tuple[Path, _Kubeconfig]]) -> Iterator[tuple[str, _Found]]:
    for folder, file in files:
        for item in file.clusters or ():
            yield item.name, (folder, item.cluster)


def _users(files: Sequence[tuple[Path, _Kubeconfig]]) -> Iterator[tuple[str, _Found]]:
    for folder, file in files:
        for item in file.users or ():
            yield item.name, (folder, item.user or {})


def _absolute(folder: Path, body: dict[str, Any]) -> dict[str, Any]:
    """The part with its files named from the root: kubeconfigs name them from their own folder."""
    return {key: str(folder / value) if key in _PATHS and value else value for key, value in body.items()}
