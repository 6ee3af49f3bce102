"""Files and folders into one snapshot: every fact that they prove, and a name for all that they hold besides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analyzer.collect.assembly import Absent, Failed, Part, Whole, list_fact
from analyzer.collect.decoding import MalformedError
from analyzer.collect.files.documents import (
    ArmBodies,
    ConfigMaps,
    Document,
    Groups,
    Objects,
    Resources,
    Unknown,
    documents,
)
from analyzer.collect.files.export import (
    CLUSTER_REQUEST,
    INDEX,
    Answer,
    Export,
    content,
    listed,
    named_object,
    read_index,
)
from analyzer.collect.files.export import SCRIPT as _SCRIPT
from analyzer.collect.requests import Collection, Discovery, collection_of, kubernetes_reads, path_of
from analyzer.collect.surroundings import associated_fact, networks_fact
from analyzer.errors import UsageError
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import ConfigMap, ObjectName
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Endpoint, KubernetesRead, Source

_UNPROVEN = (
    "a kubectl list does not say whether it holds one namespace or all",
    f"{_SCRIPT}, or give --complete if the files hold every object of their kinds",
)
"""Why a bare list is partial, and what would make it whole."""


@dataclass(frozen=True, slots=True)
class FilesReading:
    """What files gave."""

    snapshot: Snapshot
    unknown: tuple[str, ...]
    """What was in them that nothing reads, a sentence each."""


def read_files(paths: Iterable[Path], *, complete: bool = False) -> FilesReading:
    """One cluster's snapshot out of files and folders.

    `complete` is the operator's word that bare lists hold every object of their kinds. Raises UsageError for a path
    that is not there, for two clusters, and where nothing that was given holds evidence.
    """
    evidence = _Evidence(complete)
    for path in paths:
        evidence.take(path)
    return evidence.reading()


@dataclass(slots=True)
class _Evidence:
    """Collects what files prove."""

    complete: bool
    parts: dict[tuple[Source, Endpoint], list[Part]] = field(default_factory=dict)
    loose: dict[tuple[Source, Endpoint], list[Part]] = field(default_factory=dict)
    single: dict[Source, Fact[Any]] = field(default_factory=dict)
    arm: dict[Source, list[tuple[Path, Any]]] = field(default_factory=dict)
    refused: dict[Source, Missing[Any]] = field(default_factory=dict)
    discovery: Discovery = field(default_factory=Discovery)
    unknown: Counter[str] = field(default_factory=Counter)
    snapshot: Snapshot = field(default_factory=Snapshot)
    has_config_maps: bool = False

    def take(self, path: Path) -> None:
        """Everything in a file or folder."""
        if not path.exists():
            raise UsageError(f"{path} does not exist. Give exported files or folders, an ARM id, or a snapshot.")
        if path.is_file():
            self._take_loose(path)
            return
        export = read_index(path)
        if export is not None:
            self._take_export(export)
        indexed = {answer.file for answer in export.answers} if export else set()
        for file in sorted(item for item in path.rglob("*") if item.is_file()):
            if file not in indexed and file.name != INDEX and file.suffix != ".err" and not file.name.startswith("."):
                self._take_loose(file)

    def _take_export(self, export: Export) -> None:
        self.snapshot = replace(self.snapshot, collected_at=export.collected_at, server=export.server)
        answers = sorted(export.answers, key=lambda answer: collection_of(answer.request) is not None)
        for answer in answers:
            self._take_answer(answer)

    def _take_answer(self, answer: Answer) -> None:
        """One request of the script; discovery and ARM come before the lists."""
        collection = collection_of(answer.request)
        if collection is not None:
            self._take_collection(answer, collection)
        elif answer.request.startswith("/subscriptions/") or answer.request == CLUSTER_REQUEST:
            self._take_arm(answer)
        elif answer.failure is None:
            self._take_loose(answer.file)

    def _take_arm(self, answer: Answer) -> None:
        if answer.failure is not None:
            source = _arm_source(answer.request)
            missing: Missing[Any] = Missing(source, answer.failure.cause, answer.failure.detail, "Reader in Azure")
            self.refused[source] = missing
            return
        version = re.search(r"[?&]api-version=([\w-]+)", answer.request)
        if version and _arm_source(answer.request) is Source.CLUSTER:
            self.snapshot = replace(self.snapshot, api_version=version[1])
        for document in _documents(answer.file):
            self._take_document(document, answer.file)

    def _take_collection(self, answer: Answer, collection: Collection) -> None:
        if dict(kubernetes_reads())[collection.source].name:
            self.single[collection.source] = named_object(answer, collection)
        else:
            part = listed(answer, collection, self.discovery)
            self.parts.setdefault((collection.source, collection.endpoint), []).append(part)

    def _take_loose(self, file: Path) -> None:
        for document in _documents(file):
            self._take_document(document, file)

    def _take_document(self, document: Document, file: Path) -> None:
        match document:
            case Objects():
                key = (document.source, document.endpoint)
                self.loose.setdefault(key, []).append(self._loose_part(document, file))
            case ConfigMaps(items):
                self._take_config_maps(items)
            case Groups(group_versions):
                self.discovery = replace(
                    self.discovery, group_versions=(self.discovery.group_versions or frozenset()) | group_versions
                )
            case Resources(group_version, resources):
                known = {**self.discovery.resources, group_version: resources}
                self.discovery = replace(self.discovery, resources=known)
            case ArmBodies(source, items):
                self.arm.setdefault(source, []).extend((file, item) for item in items)
            case Unknown(what):
                self.unknown[f"{file}: {what}"] += 1

    def _loose_part(self, document: Objects, file: Path) -> Part:
        read = dict(kubernetes_reads())[document.source]
        items = tuple(item for item in document.items if read.namespace in ("", item.namespace))
        what = f"{file.name}: the list of {document.endpoint.resource}"
        if document.problem:
            return Failed(Cause.MALFORMED, f"{what}: {document.problem}", _SCRIPT, items)
        reason, grant = _UNPROVEN
        return (
            Whole(items)
            if self.complete
            else Failed(Cause.PARTIAL, f"{what} is not proven whole: {reason}", grant, items)
        )

    def _take_config_maps(self, items: tuple[ConfigMap, ...]) -> None:
        self.has_config_maps = True
        for item in (found for found in items if found.namespace == "kube-system"):
            for source, read in kubernetes_reads():
                if read.name == item.name:
                    self.single.setdefault(source, Known(item))
            endpoint = dict(kubernetes_reads())[Source.CONFIG_MAP_NAMES].endpoints[0]
            name = ObjectName(metadata=item.metadata, kind=item.kind, api_version=item.api_version)
            document = Objects(Source.CONFIG_MAP_NAMES, endpoint, (name,))
            self._take_document(document, Path("ConfigMaps"))

    def reading(self) -> FilesReading:
        """The snapshot of all that was taken."""
        if not (self.parts or self.loose or self.single or self.arm):
            raise UsageError(f"Nothing in the files is evidence about a cluster: {self._said()}.")
        cluster = self._cluster()
        facts: dict[str, Any] = {Source.CLUSTER.value: cluster, **self._network(cluster)}
        absent: set[Source] = set()
        for source, read in kubernetes_reads():
            if read.name:
                facts[source.value] = self._single(source, read)
                continue
            fact, is_absent = list_fact(source, [self._part(source, read, endpoint) for endpoint in read.endpoints])
            facts[source.value] = fact
            absent |= {source} if is_absent else set()
        unknown = tuple(
            f"{what}{f' ({count} times)' if count > 1 else ''}" for what, count in sorted(self.unknown.items())
        )
        return FilesReading(replace(self.snapshot, **facts, absent_apis=frozenset(absent)), unknown)

    def _said(self) -> str:
        return "; ".join(sorted(self.unknown)[:5]) or "there are none"

    def _cluster(self) -> Fact[ManagedCluster]:
        found = self.arm.get(Source.CLUSTER, [])
        ids = {body.id.lower() for _, body in found}
        if len(ids) > 1:
            both = " and ".join(f"{body.id} ({file})" for file, body in found)
            raise UsageError(f"The files hold two clusters: {both}. Give the files of one cluster at a time.")
        if not found:
            grant = "Give the file of `az aks show -o json`"
            return self.refused.get(
                Source.CLUSTER, Missing(Source.CLUSTER, Cause.NOT_ASKED, "No file holds the cluster's ARM body", grant)
            )
        return Known(found[-1][1])

    def _network(self, cluster: Fact[ManagedCluster]) -> dict[str, Any]:
        networks = networks_fact(cluster, self._bodies(Source.VIRTUAL_NETWORKS))
        facts: dict[Source, Fact[Any]] = {Source.VIRTUAL_NETWORKS: networks}
        for source in (Source.ROUTE_TABLES, Source.NETWORK_SECURITY_GROUPS):
            facts[source] = associated_fact(source, cluster, networks, self._bodies(source))
        for source, refusal in self.refused.items():
            if isinstance(facts.get(source), Missing):
                facts[source] = replace(refusal, seen=facts[source].seen)  # type: ignore[union-attr]
        return {source.value: fact for source, fact in facts.items()}

    def _bodies(self, source: Source) -> list[Any]:
        return [item for _, item in self.arm.get(source, [])]

    def _single(self, source: Source, read: KubernetesRead) -> Fact[Any]:
        found = self.single.get(source)
        if found is not None:
            return found
        if self.complete and self.has_config_maps:
            return Known(None)
        what = f"ConfigMap {read.namespace}/{read.name}"
        return Missing(source, Cause.NOT_ASKED, f"No file says whether {what} exists", _SCRIPT)

    def _part(self, source: Source, read: KubernetesRead, endpoint: Endpoint) -> Part:
        """What is known of one collection: the index's word, else discovery's, else that of bare lists."""
        proven = self.parts.get((source, endpoint))
        if proven:
            return _joined(proven)
        if self.discovery.lacks(endpoint):
            return Absent()
        bare = self.loose.get((source, endpoint))
        if bare:
            return _joined(bare)
        what = f"No file holds {endpoint.resource} ({endpoint.group or 'core'})"
        return Failed(Cause.NOT_ASKED, what, self._export(read, endpoint))

    def _export(self, read: KubernetesRead, endpoint: Endpoint) -> str:
        """How to export what no file holds."""
        path = path_of(read, endpoint, endpoint.versions[0])
        export = f"`kubectl get --raw {path} > {endpoint.resource}.json` with --complete"
        if endpoint.group and self.discovery.group_versions is None:
            export += ", or `kubectl get --raw /apis > apis.json` where the cluster does not serve it"
        return f"{export}, or the script of `collect --script`"


def _times(what: str, count: int) -> str:
    return f"{what} ({count} times)" if count > 1 else what


def _joined(parts: list[Part]) -> Part:
    """Several files of one collection: whole only if each is."""
    items = tuple(item for part in parts if not isinstance(part, Absent) for item in part.items)
    failed = next((part for part in parts if isinstance(part, Failed)), None)
    if failed is not None:
        return replace(failed, items=items)
    return Absent() if all(isinstance(part, Absent) for part in parts) else Whole(items)


def _arm_source(request: str) -> Source:
    path = request.partition("?")[0].lower()
    for word, source in (
        ("/virtualnetworks", Source.VIRTUAL_NETWORKS),
        ("/routetables", Source.ROUTE_TABLES),
        ("/networksecuritygroups", Source.NETWORK_SECURITY_GROUPS),
    ):
        if word in path:
            return source
    return Source.CLUSTER


def _documents(file: Path) -> tuple[Document, ...]:
    """What a file holds; a file that makes no sense holds one unknown thing."""
    try:
        return tuple(documents(content(file)))
    except MalformedError as error:
        return (Unknown(error.detail),)
