"""Paths of the Kubernetes API: from a read to its path, and from a path back to what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer.model.source import READS, Endpoint, KubernetesRead, Source

_PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/?]+)"
    r"(?:/namespaces/(?P<namespace>[^/?]+)(?=/))?/(?P<resource>[^/?]+)(?:/(?P<name>[^/?]+))?/?(?:\?.*)?$"
)


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection of a source, as a path names it."""

    source: Source
    endpoint: Endpoint
    version: str

    @property
    def api_version(self) -> str:
        """Group and version as objects carry them."""
        return group_version(self.endpoint.group, self.version)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the cluster says that it serves."""

    group_versions: frozenset[str] | None = None
    """None: discovery was not read, so nothing proves that an API is absent."""
    resources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Plurals by group-version, for the group-versions that were looked into."""

    def lacks(self, endpoint: Endpoint) -> bool:
        """Whether discovery proves that a collection is not served.

        A group that is listed only in versions that nobody here knows proves nothing, unless each was looked into.
        """
        if not endpoint.group or self.group_versions is None:
            return False
        served = {one for one in self.group_versions if one.rpartition("/")[0] == endpoint.group}
        wanted = {group_version(endpoint.group, version) for version in endpoint.versions} & served
        asked = wanted or served
        looked_into = all(one in self.resources for one in asked)
        return looked_into and not any(endpoint.resource in self.resources[one] for one in asked)


def group_version(group: str, version: str) -> str:
    """`v1` or `apps/v1`."""
    return f"{group}/{version}" if group else version


def path_of(read: KubernetesRead, endpoint: Endpoint, version: str) -> str:
    """The path that a read asks for."""
    root = f"/apis/{endpoint.group}/{version}" if endpoint.group else f"/api/{version}"
    scope = f"/namespaces/{read.namespace}" if read.namespace else ""
    return f"{root}{scope}/{endpoint.resource}" + (f"/{read.name}" if read.name else "")


def kubernetes_reads(*, scan_configmaps: bool = False) -> Iterator[tuple[Source, KubernetesRead]]:
    """Every source of the Kubernetes API that is read; every ConfigMap's content only where that is asked for."""
    for source, read in READS.items():
        if isinstance(read, KubernetesRead) and (scan_configmaps or not read.only_when_asked):
            yield source, read


def collection_of(path: str, *, scan_configmaps: bool = False) -> Collection | None:
    """What a path asks for, or None where no source asks for it in that scope."""
    match = _PATH.match(path)
    if match is None:
        return None
    group, version, namespace, resource, name = (part or "" for part in match.groups())
    for source, read in kubernetes_reads(scan_configmaps=scan_configmaps):
        if (read.namespace, read.name) == (namespace, name):
            for found in read.endpoints:
                if (found.group, found.resource) == (group, resource) and version in found.versions:
                    return Collection(source, found, version)
    return None


def by_kind() -> dict[tuple[str, str], tuple[Source, Endpoint]]:
    """The list that holds objects of an API group and kind; ConfigMaps have none of their own."""
    return {
        (found.group, found.kind): (source, found)
        for source, read in kubernetes_reads()
        if not read.name
        for found in read.endpoints
        if found.kind != "ConfigMap"
    }
