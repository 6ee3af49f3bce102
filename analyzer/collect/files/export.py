"""The folder that `collect --script` fills: an index of every request with its exit status, so full evidence.

`collected.tsv`: three header lines (`# aks-preflight collected 1`, `# collected-at TIME`, `# server URL`), then
`exit status <TAB> file <TAB> request` a line, where a request is `az aks show`, `az version`
or `GET <path>`. Where a request failed, `<file>.err` holds what the tool said.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyzer.collect.assembly import Absent, Failed, Part, Whole
from analyzer.collect.config_map_addresses import narrowed, read_as
from analyzer.collect.decoding import MalformedError, decode_list, decode_object, named
from analyzer.collect.requests import Collection, Discovery, kubernetes_reads
from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import ConfigMap
from analyzer.model.source import KubernetesRead

_FORBIDDEN = (
    r"\((Forbidden|AuthorizationFailed|Unauthorized)\)|must be logged in"
    r'|^ERROR: (Forbidden|Unauthorized)\(|"code": *"AuthorizationFailed"'
)
"""kubectl, az, and `az rest`, which prints the answer's reason and body."""

INDEX = "collected.tsv"
HEADER = "# aks-preflight collected 1"
CLUSTER_REQUEST = "az aks show"
SCRIPT = "Use the script that `aks-preflight collect --script` prints"


@dataclass(frozen=True, slots=True)
class Answer:
    """One request of the script and what became of it."""

    request: str
    """`az aks show`, `az version`, a path, or the address of a next page."""
    file: Path
    failure: Refusal | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request of the script failed."""

    cause: Cause
    detail: str
    not_found: bool
    """The server said 404: of a named object it is an answer, of a list it needs discovery beside it."""


@dataclass(frozen=True, slots=True)
class Export:
    """The index of a folder."""

    folder: Path
    collected_at: str | None
    server: str | None
    answers: tuple[Answer, ...]


def read_index(folder: Path) -> Export | None:
    """The index of a folder, or None where the folder has none. Raises UsageError where it is not one."""
    path = folder / INDEX
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines or lines[0].strip() != HEADER:
        raise UsageError(f"{path} does not begin with {HEADER!r}. Run the script of `collect --script` again.")
    return Export(
        folder=folder,
        collected_at=_header(lines, "# collected-at "),
        server=_header(lines, "# server "),
        answers=tuple(_answers(folder, lines)),
    )


def _header(lines: list[str], start: str) -> str | None:
    return next((line.removeprefix(start).strip() or None for line in lines if line.startswith(start)), None)


def _answers(folder: Path, lines: list[str]) -> Iterator[Answer]:
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        parts = line.split("\t")
        if len(parts) != 3 or not parts[0].isdigit():
            raise UsageError(f"{folder / INDEX}, line {number}: expected exit status, file and request, got {line!r}.")
        status, name, request = parts
        file = folder / Path(name).name
        yield Answer(request.removeprefix("GET "), file, None if status == "0" else _refusal(file, request, status))


def _refusal(file: Path, request: str, status: str) -> Refusal:
    """kubectl names the API's reason in brackets; az gives its code, also in brackets."""
    said = file.with_name(file.name + ".err")
    text = " ".join(said.read_text(encoding="utf-8", errors="replace").split()) if said.is_file() else ""
    detail = f"{request}: {text[:300] or f'exit status {status}'}"
    if re.search(_FORBIDDEN, text):
        return Refusal(Cause.FORBIDDEN, detail, not_found=False)
    not_found = re.search(r"\((NotFound|ResourceNotFound)\)|could not find the requested resource", text) is not None
    return Refusal(Cause.UNREACHABLE, detail, not_found)


def named_object(answer: Answer, collection: Collection) -> Fact[ConfigMap | None]:
    """The fact of one named object: Known(None) where the server said that it does not exist."""
    source = collection.source
    if answer.failure is not None:
        if answer.failure.not_found:
            return Known(None)
        return Missing(source, answer.failure.cause, answer.failure.detail, f"get on {answer.request}")
    try:
        found = decode_object(content(answer.file), ConfigMap)
        if (found.kind, found.name) != ("ConfigMap", _read(collection).name):
            raise MalformedError(f"it holds {found.kind or 'nothing of a kind'} {found.name}".rstrip())
        return Known(found)
    except MalformedError as error:
        return Missing(source, Cause.MALFORMED, f"{answer.file.name}: {error.detail}", SCRIPT)


def listed(answer: Answer, collection: Collection, discovery: Discovery) -> Part:
    """What became of one list."""
    resource = collection.endpoint.resource
    if answer.failure is not None:
        if answer.failure.not_found and discovery.lacks(collection.endpoint):
            return Absent()
        return Failed(answer.failure.cause, answer.failure.detail, f"get and list on {resource}")
    item_type = read_as(collection.source)
    try:
        body = decode_list(content(answer.file), item_type)
    except MalformedError as error:
        seen = narrowed(collection.source, named(error.seen, collection.endpoint.kind, collection.api_version))
        return Failed(Cause.MALFORMED, f"{answer.file.name}: {error.detail}", SCRIPT, seen)
    if not _is_list_of(collection, body.kind, body.api_version):
        what = f"{answer.file.name} holds a {body.kind} of {body.api_version}, not the list of {answer.request}"
        return Failed(Cause.MALFORMED, what, SCRIPT)
    found = named(body.items or (), collection.endpoint.kind, collection.api_version)
    items = narrowed(collection.source, found)
    if body.metadata.continue_:
        return Failed(Cause.PARTIAL, f"{answer.file.name} ends with a continue token: there is more", SCRIPT, items)
    return Whole(items)


def _is_list_of(collection: Collection, kind: str, api_version: str) -> bool:
    """A list of metadata holds no content: where content was asked for, all fields would be taken for unset."""
    if kind == "PartialObjectMetadataList":
        return _read(collection).metadata_only
    return (kind, api_version) == (f"{collection.endpoint.kind}List", collection.api_version)


def _read(collection: Collection) -> KubernetesRead:
    return dict(kubernetes_reads(scan_configmaps=True))[collection.source]


def content(file: Path) -> bytes | mmap.mmap:
    """The bytes of a file, mapped: a list of 500 MB is not copied before it is decoded. Raises UsageError."""
    try:
        if file.stat().st_size == 0:
            return b""
        with file.open("rb") as handle:
            return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
