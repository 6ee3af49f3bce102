"""Files and folders into one snapshot: every fact that they prove, and a name for all that they hold besides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analyzer.collect.assembly import Absent, Failed, Part, Whole, list_fact
from analyzer.collect.azure_cli import VERSION_FILE, version_in
from analyzer.collect.config_map_addresses import NOT_SCANNED, narrowed
from analyzer.collect.decoding import MalformedError
from analyzer.collect.files.arm_documents import ArmBodies, Unknown
from analyzer.collect.files.arm_evidence import UNPROVEN_GRANT, ArmEvidence, holds_bodies, is_of_azure, is_of_cluster
from analyzer.collect.files.documents import (
    ConfigMaps,
    Document,
    Groups,
    Objects,
    Resources,
    documents,
)
from analyzer.collect.files.export import (
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
from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import ConfigMap, ObjectName
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Endpoint, KubernetesRead, Source

_UNPROVEN = ("a kubectl list does not say whether it holds one namespace or all", UNPROVEN_GRANT)
"""Why a bare list is partial, and what would make it whole."""


@dataclass(frozen=True, slots=True)
class FilesReading:
    """What files gave."""

    snapshot: Snapshot
    unknown: tuple[str, ...]
    """What was in them that nothing reads, a sentence each."""


def read_files(paths: Iterable[Path], *, complete: bool = False, scan_configmaps: bool = False) -> FilesReading:
    """One cluster's snapshot out of files and folders.

    `complete` is the operator's word that bare lists hold every object of their kinds. `scan_configmaps`: the
    ConfigMaps in them are searched for addresses. Raises UsageError for a path that is not there, for two clusters,
    and where nothing that was given holds evidence.
    """
    evidence = _Evidence(complete, ArmEvidence(complete), scan_configmaps)
    for path in paths:
        evidence.take(path)
    return evidence.reading()


@dataclass(slots=True)
class _Evidence:
    """Collects what files prove."""

    complete: bool
    arm: ArmEvidence
    scan_configmaps: bool
    parts: dict[tuple[Source, Endpoint], list[Part]] = field(default_factory=dict)
    loose: dict[tuple[Source, Endpoint], list[Part]] = field(default_factory=dict)
    single: dict[Source, Fact[Any]] = field(default_factory=dict)
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
            named = file.name in (INDEX, VERSION_FILE) or file.suffix == ".err" or file.name.startswith(".")
            if file not in indexed and not named:
                self._take_loose(file)

    def _take_export(self, export: Export) -> None:
        self.snapshot = replace(
            self.snapshot,
            collected_at=export.collected_at,
            server=export.server,
            azure_cli=version_in(export.folder),
        )
        self.arm.answers += export.answers
        answers = sorted(export.answers, key=lambda answer: self._collection(answer) is not None)
        for answer in answers:
            self._take_answer(answer)

    def _collection(self, answer: Answer) -> Collection | None:
        return collection_of(answer.request, scan_configmaps=self.scan_configmaps)

    def _take_answer(self, answer: Answer) -> None:
        """One request of the script; discovery and ARM come before the lists."""
        collection = self._collection(answer)
        if collection is not None:
            self._take_collection(answer, collection)
        elif answer.failure is not None or answer.file.name == VERSION_FILE:
            return
        elif is_of_azure(answer.request):
            self._take_arm(answer)
        else:
            self._take_loose(answer.file)

    def _take_arm(self, answer: Answer) -> None:
        """Lists are read where a request for them is looked up; bodies are known by their ids."""
        version = re.search(r"[?&]api-version=([\w-]+)", answer.request)
        if version and is_of_cluster(answer.request):
            self.snapshot = replace(self.snapshot, api_version=version[1])
        if holds_bodies(answer.request):
            self._take_loose(answer.file)

    def _take_collection(self, answer: Answer, collection: Collection) -> None:
        if self._read(collection.source).name:
            self.single[collection.source] = named_object(answer, collection)
        else:
            part = listed(answer, collection, self.discovery)
            self.parts.setdefault((collection.source, collection.endpoint), []).append(part)

    def _read(self, source: Source) -> KubernetesRead:
        return dict(self._reads())[source]

    def _reads(self) -> Iterator[tuple[Source, KubernetesRead]]:
        return kubernetes_reads(scan_configmaps=self.scan_configmaps)

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
            case ArmBodies():
                self.arm.take(document, file)
            case Unknown(what):
                self.unknown[f"{file}: {what}"] += 1

    def _loose_part(self, document: Objects, file: Path) -> Part:
        read = self._read(document.source)
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
            for source, read in self._reads():
                if read.name == item.name:
                    self.single.setdefault(source, Known(item))
            name = ObjectName(metadata=item.metadata, kind=item.kind, api_version=item.api_version)
            self._take_derived(Source.CONFIG_MAP_NAMES, (name,))
        if self.scan_configmaps:
            self._take_derived(Source.CONFIG_MAP_ADDRESSES, narrowed(Source.CONFIG_MAP_ADDRESSES, items))

    def _take_derived(self, source: Source, items: tuple[Any, ...]) -> None:
        self._take_document(Objects(source, self._read(source).endpoints[0], items), Path("ConfigMaps"))

    def reading(self) -> FilesReading:
        """The snapshot of all that was taken."""
        if not (self.parts or self.loose or self.single or self.arm.bodies):
            raise UsageError(f"Nothing in the files is evidence about a cluster: {self._said()}.")
        cluster = self.arm.cluster()
        around = {source.value: fact for source, fact in self.arm.around(cluster).items()}
        facts: dict[str, Any] = {
            Source.CLUSTER.value: cluster,
            **around,
            Source.CONFIG_MAP_ADDRESSES.value: NOT_SCANNED,
        }
        absent: set[Source] = set()
        for source, read in self._reads():
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


def _documents(file: Path) -> tuple[Document, ...]:
    """What a file holds; a file that makes no sense holds one unknown thing."""
    try:
        return tuple(documents(content(file)))
    except MalformedError as error:
        return (Unknown(error.detail),)
