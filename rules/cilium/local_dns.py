"""Where AKS LocalDNS is on, and where it may come on by itself."""

from __future__ import annotations

from typing import NamedTuple

from analyzer.model.cluster import AgentPool
from analyzer.model.finding import Evidence, Gap, object_ref
from analyzer.model.objects import AKSNodeClass
from analyzer.model.version import Version
from analyzer.scene import Scene
from rules.provisioned_nodes import node_classes

PREFERRED_FROM = Version(1, 37)
"""The first Kubernetes version on which a pool without a profile counts as Preferred: localdns-custom, 2026."""


class Use(NamedTuple):
    """One place where LocalDNS is on, or may come on."""

    is_on: bool
    """False: Preferred, which AKS turns into on where nothing speaks against it."""
    evidence: Evidence


def local_dns(scene: Scene, version: Version) -> tuple[list[Use], list[Gap]]:
    """The uses of LocalDNS on pools and node classes, those that are on first; and why there may be more."""
    uses = [use for pool in scene.pools.require() if (use := _of_pool(pool, version))]
    unread: list[Gap] = []
    for item in node_classes(scene):
        if isinstance(item, Gap):
            unread.append(item)
        elif use := _of_class(item):
            uses.append(use)
    return sorted(uses, key=lambda use: not use.is_on), unread


def _of_pool(pool: AgentPool, version: Version) -> Use | None:
    profile, where = pool.local_dns_profile, f"agentPoolProfiles[{pool.name}].localDNSProfile"
    if profile is not None and (profile.state or "").lower() == "enabled":
        return Use(True, Evidence(f"{where}.state", profile.state or ""))
    if profile is None or not profile.mode:
        preferred = Use(False, Evidence(f"{where}.mode", "not set, which is Preferred"))
        return preferred if version.minor_version >= PREFERRED_FROM else None
    return _of_mode(profile.mode, f"{where}.mode")


def _of_mode(mode: str, where: str) -> Use | None:
    if mode.lower() not in ("required", "preferred"):
        return None
    return Use(mode.lower() == "required", Evidence(where, mode))


def _of_class(item: AKSNodeClass) -> Use | None:
    where = f"{object_ref(item)} spec.localDNS.mode"
    return _of_mode(item.spec.local_dns.mode, where) if item.spec.local_dns else None
