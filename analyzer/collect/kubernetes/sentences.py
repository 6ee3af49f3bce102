"""What is asked of the API server and what came back, in words."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from analyzer.collect.assembly import where_read
from analyzer.model.source import Endpoint, KubernetesRead

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Ask:
    """One read of one collection, or of one object in it."""

    read: KubernetesRead
    endpoint: Endpoint

    @property
    def verb(self) -> str:
        """The verb that the right is named by."""
        return "get" if self.read.name else "list"

    @property
    def resource(self) -> str:
        """The plural, with its API group where it has one."""
        return ".".join(part for part in (self.endpoint.resource, self.endpoint.group) if part)

    @property
    def words(self) -> str:
        """The verb, the resource and the scope: "list pods (all namespaces)"."""
        name = f"/{self.read.name}" if self.read.name else ""
        return f"{self.verb} {self.resource}{name} ({where_read(self.read)})"

    @property
    def grant(self) -> str:
        """The right that it takes."""
        verbs = "get" if self.read.name else "get,list"
        role = f"Role in {self.read.namespace}" if self.read.namespace else "ClusterRole"
        return f"{role} with {verbs} on {self.resource}"


class Status(msgspec.Struct, frozen=True):
    """The API server's own words for a failure."""

    kind: str
    message: str = ""
    reason: str = ""


_STATUS = msgspec.json.Decoder(Status)


def status_of(body: bytes) -> Status | None:
    """The Status that a body holds, or None: something else than a Kubernetes API answered."""
    try:
        status = _STATUS.decode(body)
    except msgspec.MsgspecError:
        return None
    return status if status.kind == "Status" else None


def one_line(text: str) -> str:
    """The text on one line, without control characters, at most 300 long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
