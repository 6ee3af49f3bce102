"""What the words of a command line name: clusters in Azure, a cluster behind a kubeconfig, snapshots, files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import UsageError
from analyzer.fleet.targets import BehindKubeconfig, InAzure, InFiles, InSnapshot, Target

_CLUSTER_ID = re.compile(
    r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ContainerService/managedClusters/[^/]+/?$", re.I
)


@dataclass(frozen=True, slots=True)
class Named:
    """A cluster named by options."""

    subscription: str | None = None
    resource_group: str | None = None
    name: str | None = None


def parse_targets(words: Sequence[str], named: Named, *, has_kubeconfig: bool) -> tuple[Target, ...]:
    """The targets, Azure first. Raises UsageError where nothing is named, or not enough."""
    ids = [InAzure(word.rstrip("/")) for word in words if word.startswith("/subscriptions/")]
    for target in ids:
        if not _CLUSTER_ID.match(target.id):
            raise UsageError(f"{target.id} is not the ARM id of an AKS cluster (…/managedClusters/NAME).")
    paths = [Path(word) for word in words if not word.startswith("/subscriptions/")]
    snapshots = [InSnapshot(path) for path in paths if path.suffix == ".zip"]
    files = tuple(path for path in paths if path.suffix != ".zip")
    targets: tuple[Target, ...] = (*_from_options(named), *ids, *snapshots, *((InFiles(files),) if files else ()))
    if targets:
        return targets
    if has_kubeconfig:
        return (BehindKubeconfig(),)
    raise UsageError(
        "No cluster is named. Give an ARM id, -s SUBSCRIPTION -g RESOURCE_GROUP -n NAME, a snapshot, exported files,"
        " or --kubeconfig. To see what a report looks like: aks-preflight demo."
    )


def _from_options(named: Named) -> tuple[InAzure, ...]:
    parts = (named.subscription, named.resource_group, named.name)
    if not any(parts[1:]):
        return ()
    if not all(parts):
        raise UsageError("-s, -g and -n go together: subscription, resource group and name of one cluster.")
    group = f"/subscriptions/{named.subscription}/resourceGroups/{named.resource_group}"
    return (InAzure(f"{group}/providers/Microsoft.ContainerService/managedClusters/{named.name}"),)
