"""What an audit is going to do, fixed before the first cluster is read: what a resumed run goes on with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from msgspec import Struct

from analyzer.fleet.inventory import FoundCluster
from analyzer.fleet.rows import NamedCluster
from analyzer.fleet.targets import BehindKubeconfig, InAzure, InFiles, InSnapshot, Target
from analyzer.model.fleet_report import SeenSubscription
from analyzer.model.report import Tool

PLAN_SCHEMA_VERSION = 1


class PlannedCluster(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cluster of an audit: who it is, where it is read, and what its files are called."""

    file: str
    """The name of its files, without an ending; no two of a run are equal, even where case tells no names apart."""
    id: str = ""
    """Its ARM id; empty: it is read from `snapshot` or `files`."""
    kubeconfig: str = ""
    context: str = ""
    snapshot: str = ""
    files: tuple[str, ...] = ()
    name: str
    resource_group: str = ""
    subscription: str = ""
    subscription_name: str = ""
    location: str = ""

    @property
    def target(self) -> Target:
        """Where it is read."""
        if self.snapshot:
            return InSnapshot(Path(self.snapshot))
        if self.files:
            return InFiles(tuple(map(Path, self.files)))
        return InAzure(self.id, Path(self.kubeconfig) if self.kubeconfig else None, self.context or None)

    @property
    def named(self) -> NamedCluster:
        """What its row says before anything was read."""
        return NamedCluster(
            id=self.id,
            name=self.name,
            resource_group=self.resource_group,
            subscription=self.subscription,
            subscription_name=self.subscription_name,
            location=self.location,
        )


class Plan(Struct, frozen=True, kw_only=True):
    """One run: what is asked, of which clusters."""

    schema_version: int = PLAN_SCHEMA_VERSION
    began: str
    """2026-11-22T02:00:00Z"""
    tool: Tool
    scope: str
    """What was asked for, in words."""
    target: str
    as_of: str
    inputs: dict[str, str]
    waivers: str
    """The sha256 of the waivers that it judges with; another file is another question."""
    subscriptions: tuple[SeenSubscription, ...]
    subscriptions_note: str
    subscriptions_known: bool = True
    clusters: tuple[PlannedCluster, ...]
    """By subscription, so that what its clusters share is read once."""


def planned(clusters: Iterable[FoundCluster]) -> tuple[PlannedCluster, ...]:
    """Clusters that an inventory found, with names for their files."""
    found = tuple(clusters)
    files = _file_names([(item.name, item.resource_group, item.subscription) for item in found])
    return tuple(
        PlannedCluster(
            file=file,
            id=item.id,
            name=item.name,
            resource_group=item.resource_group,
            subscription=item.subscription,
            subscription_name=item.subscription_name,
            location=item.location,
        )
        for item, file in zip(found, files, strict=True)
    )


def planned_targets(targets: Iterable[Target]) -> tuple[PlannedCluster, ...]:
    """Clusters that a file names, with names for their files."""
    given = tuple(targets)
    parts = [_parts(target) for target in given]
    files = _file_names(parts)
    return tuple(_planned_target(*row) for row in zip(given, parts, files, strict=True))


def _planned_target(target: Target, parts: tuple[str, ...], file: str) -> PlannedCluster:
    name, group, subscription = (*parts, "", "")[:3]
    match target:
        case InAzure(cluster_id, kubeconfig, context):
            return PlannedCluster(
                file=file,
                id=cluster_id,
                kubeconfig=str(kubeconfig or ""),
                context=context or "",
                name=name,
                resource_group=group,
                subscription=subscription,
            )
        case InSnapshot(path):
            return PlannedCluster(file=file, snapshot=str(path), name=name)
        case InFiles(paths):
            return PlannedCluster(file=file, files=tuple(map(str, paths)), name=name)
        case BehindKubeconfig():
            raise AssertionError("a file of targets names clusters, snapshots or files")


def _parts(target: Target) -> tuple[str, ...]:
    """Name, resource group and subscription; of files the first one's name."""
    if isinstance(target, InAzure):
        found = target.id.strip("/").split("/")
        return found[-1], found[3], found[1]
    path = target.path if isinstance(target, InSnapshot) else target.paths[0] if isinstance(target, InFiles) else Path()
    return (path.stem,)


def _file_names(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """A file name for each: the shortest that no other one has, by the same rule whatever their order."""
    longest = [tuple(filter(None, map(_plain, item))) or ("cluster",) for item in parts]
    bearers = Counter(name.lower() for item in longest for name in _names(item))
    taken: set[str] = set()
    return tuple(_free(_unique(item, bearers), taken) for item in longest)


def _names(item: tuple[str, ...]) -> tuple[str, ...]:
    """The shortest first: cluster, resource group, subscription."""
    return tuple(".".join(item[:many]) for many in range(1, len(item) + 1))


def _unique(item: tuple[str, ...], bearers: Counter[str]) -> str:
    """As many parts as tell it from all others; all of them where nothing does."""
    names = _names(item)
    return next((name for name in names if bearers[name.lower()] == 1), names[-1])


def _free(name: str, taken: set[str]) -> str:
    names: Iterator[str] = (name if number == 1 else f"{name}.{number}" for number in count(1))
    found = next(one for one in names if one.lower() not in taken)
    taken.add(found.lower())
    return found


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:80]
