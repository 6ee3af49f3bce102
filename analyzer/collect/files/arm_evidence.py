"""What files say of Azure: the answers that the script's index lists, and bodies that lie beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from analyzer.collect.arm_pages import decode_page
from analyzer.collect.arm_reading import AROUND, in_order, read_around
from analyzer.collect.arm_requests import PREVIEW, ArmRequest
from analyzer.collect.decoding import MalformedError, decode_arm
from analyzer.collect.files.arm_documents import ArmBodies
from analyzer.collect.files.export import CLUSTER_REQUEST, SCRIPT, Answer, content
from analyzer.collect.surroundings import lies_in
from analyzer.errors import UsageError
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import pools
from analyzer.model.snapshot import ITEM_TYPES
from analyzer.model.source import Source

UNPROVEN_GRANT = f"{SCRIPT}, or give --complete if the files hold every object of their kinds"
_COMMANDS = {
    Source.VIRTUAL_NETWORKS: "az network vnet show",
    Source.ROUTE_TABLES: "az network route-table show",
    Source.NETWORK_SECURITY_GROUPS: "az network nsg show",
    Source.APPLICATION_GATEWAYS: "az network application-gateway show",
}
_SCOPED = frozenset(
    (
        Source.VIRTUAL_NETWORKS,
        Source.MAINTENANCE_CONFIGURATIONS,
        Source.FLEET_MEMBERSHIPS,
        Source.SUBNET_USAGES,
        Source.SCALE_SETS,
        Source.LOCKS,
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS,
    )
)
"""Lists whose items lie in what is listed, so that ids say which list an item is of."""
_ONE_SCOPE = _SCOPED - {Source.LOCKS}
"""Lists that are never asked for of less than the rules need: their last page ends them."""
_OF_ITSELF = re.compile(r"/(virtualnetworks|routetables|networksecuritygroups)(/[^/]+)?$")


@dataclass(frozen=True, slots=True)
class _Body:
    """One resource, or one row."""

    file: Path
    item: Any
    is_last_page: bool
    """From an answer of the REST API that names no next page."""


@dataclass(slots=True)
class ArmEvidence:
    """Collects what files hold of Azure."""

    complete: bool
    """The operator's word that bare lists hold every object of their kinds."""
    answers: list[Answer] = field(default_factory=list)
    """Those of the script's index."""
    bodies: dict[Source, list[_Body]] = field(default_factory=dict)

    def take(self, found: ArmBodies, file: Path) -> None:
        """Resources of one kind in one file."""
        bodies = (_Body(file, item, found.is_last_page) for item in found.items)
        self.bodies.setdefault(found.source, []).extend(bodies)

    def cluster(self) -> Fact[ManagedCluster]:
        """The cluster. Raises UsageError where the files hold two."""
        found = self.bodies.get(Source.CLUSTER, [])
        if len({body.item.id.lower() for body in found}) > 1:
            both = " and ".join(f"{body.item.id} ({body.file})" for body in found)
            raise UsageError(f"The files hold two clusters: {both}. Give the files of one cluster at a time.")
        if found:
            return Known(found[-1].item)
        refused = next((item for item in self.answers if item.failure and is_of_cluster(item.request)), None)
        if refused is not None:
            return _refused(Source.CLUSTER, refused)
        grant = "Give the file of `az aks show -o json`"
        return Missing(Source.CLUSTER, Cause.NOT_ASKED, "No file holds the cluster's ARM body", grant)

    def around(self, cluster: Fact[ManagedCluster]) -> dict[Source, Fact[Any]]:
        """Everything beside the cluster."""
        if isinstance(cluster, Missing):
            return {source: self._without_cluster(source) for source in AROUND}
        known = pools(cluster)
        return read_around(self._ask, cluster.value, known if isinstance(known, Missing) else None)

    def _without_cluster(self, source: Source) -> Missing[Any]:
        detail = "The cluster's body, which says what belongs to it, was not read"
        kind = ITEM_TYPES.get(source)
        bodies = self.bodies.get(source, ()) if kind else ()
        seen = in_order(body.item for body in bodies if isinstance(body.item, kind or ()))
        return Missing(source, Cause.NOT_ASKED, detail, "Give the file of `az aks show -o json`", seen or None)

    def _ask(self, requests: Sequence[ArmRequest]) -> list[Fact[tuple[Any, ...]]]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: ArmRequest) -> Fact[tuple[Any, ...]]:
        """The index's word; where it has none, or only a refusal, that of bare bodies."""
        indexed = self._indexed(request)
        if isinstance(indexed, Known):
            return indexed
        bare = self._bare_list(request) if request.is_list else self._bare_body(request)
        return bare if isinstance(bare, Known) or indexed is None else indexed

    def _indexed(self, request: ArmRequest) -> Fact[tuple[Any, ...]] | None:
        answer = next((item for item in self.answers if _answers(item, request)), None)
        if answer is None:
            return None
        if answer.failure is not None:
            return _refused(request.source, answer)
        if request.is_list:
            return self._pages(request, answer)
        try:
            return Known((decode_arm(content(answer.file), request.item_type),))
        except MalformedError as error:
            return _malformed(request.source, answer, error)

    def _pages(self, request: ArmRequest, first: Answer) -> Fact[tuple[Any, ...]]:
        items: list[Any] = []
        answer: Answer | None = first
        read: set[Path] = set()
        while answer is not None and answer.failure is None and answer.file not in read:
            read.add(answer.file)
            try:
                page, following = decode_page(content(answer.file), request)
                items.extend(page)
            except MalformedError as error:
                return _malformed(request.source, answer, error, tuple(items))
            if not following:
                return Known(tuple(items))
            answer = self._following(following)
        detail = f"{first.file.name} names a next page, and no file holds it"
        return Missing(request.source, Cause.PARTIAL, detail, SCRIPT, tuple(items) or None)

    def _following(self, link: str) -> Answer | None:
        wanted = _split(link)
        return next((item for item in self.answers if _split(item.request) == wanted), None)

    def _bare_body(self, request: ArmRequest) -> Fact[tuple[Any, ...]]:
        bodies = self.bodies.get(request.source, ())
        found = [body.item for body in bodies if body.item.id.lower() == request.path.lower()]
        return Known((found[-1],)) if found else _no_file(request, request.path)

    def _bare_list(self, request: ArmRequest) -> Fact[tuple[Any, ...]]:
        bodies = [body for body in self.bodies.get(request.source, ()) if _is_of(body.item, request)]
        found = tuple(body.item for body in bodies)
        if request.source is Source.VIRTUAL_NETWORKS:
            group = request.subject.rpartition("/")[2]
            return Known(found) if found else _no_file(request, f"the VNet of node resource group {group}")
        words = f"{request.source.value.replace('_', ' ')} of {request.subject}"
        if not found:
            return _no_file(request, f"the {words}")
        if self.complete or _is_whole(request, bodies):
            return Known(found)
        return Missing(request.source, Cause.PARTIAL, f"The list of {words} is not proven whole", UNPROVEN_GRANT, found)


def is_of_azure(request: str) -> bool:
    """Whether a request of the script is one of Resource Manager."""
    return request == CLUSTER_REQUEST or _split(request)[0].startswith("/subscriptions/")


def is_of_cluster(request: str) -> bool:
    """Whether a request of the script is for the cluster's own body, in a stable version."""
    path, query = _split(request)
    provider = "/providers/microsoft.containerservice/managedclusters/"
    is_body = provider in path and "/" not in path.partition(provider)[2]
    return request == CLUSTER_REQUEST or (is_body and not query.get("api-version", "").endswith("-preview"))


def holds_bodies(request: str) -> bool:
    """Whether the answer to a request holds resources that are known by their ids: the cluster and its network."""
    return is_of_cluster(request) or _OF_ITSELF.search(_split(request)[0]) is not None


def _answers(answer: Answer, request: ArmRequest) -> bool:
    path, query = _split(answer.request)
    if path != request.path.rstrip("/").lower() or query.get("$filter", "") != request.filter:
        return False
    version = query.get("api-version", "")
    return request.source is not Source.CLUSTER_PREVIEW or (version.endswith("-preview") and version >= PREVIEW)


def _split(request: str) -> tuple[str, dict[str, str]]:
    """The path in lower case, and the query; host and scheme of a next page's address left out."""
    parts = urlsplit(request)
    return unquote(parts.path).rstrip("/").lower(), dict(parse_qsl(parts.query))


def _is_of(item: Any, request: ArmRequest) -> bool:
    if not isinstance(item, request.item_type):
        return False
    if request.source is Source.VIRTUAL_MACHINE_SIZES:
        return item.name.lower() in request.sizes and (item.resource_type or "").lower() == "virtualmachines"
    return request.source not in _SCOPED or lies_in(item.id, request.subject)


def _is_whole(request: ArmRequest, bodies: Sequence[_Body]) -> bool:
    if request.source is Source.VIRTUAL_MACHINE_SIZES:
        return request.sizes <= {body.item.name.lower() for body in bodies}
    return request.source in _ONE_SCOPE and all(body.is_last_page for body in bodies)


def _refused(source: Source, answer: Answer) -> Missing[Any]:
    assert answer.failure is not None, "asked only of a request that failed"
    return Missing(source, answer.failure.cause, answer.failure.detail, "Reader in Azure")


def _malformed(source: Source, answer: Answer, error: MalformedError, seen: tuple[Any, ...] = ()) -> Missing[Any]:
    return Missing(source, Cause.MALFORMED, f"{answer.file.name}: {error.detail}", SCRIPT, seen or None)


def _no_file(request: ArmRequest, what: str) -> Missing[Any]:
    command = _COMMANDS.get(request.source)
    if command is not None:
        grant = f"Give the file of `{command} -o json` for each"
    elif request.is_list:
        grant = f'`az rest --method get --url "{request.url}"` with --complete, or the script of `collect --script`'
    else:
        grant = f'Give the file of `az rest --method get --url "{request.url}"`'
    return Missing(request.source, Cause.NOT_ASKED, f"No file holds {what}", grant)
