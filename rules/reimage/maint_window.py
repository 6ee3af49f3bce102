"""Planned maintenance does not hold the step back, and an automatic upgrade can collide with it.

Why it matters
--------------
Maintenance windows say when AKS does work of its own. A step that somebody starts with `az aks update` begins at once,
whatever they say. The other way round, an automatic upgrade that begins during the step wants to roll the same pools:
one of the two is refused or waits.

What to do
----------
- Block the days of the change in the configuration that is named: `notAllowedDates` of `az aks maintenanceconfiguration
  update --resource-group {resource_group} --cluster-name {cluster} --name NAME`.
- Or switch the channels off for the change: `az aks update --resource-group {resource_group} --name {cluster}
  --auto-upgrade-channel none --node-os-upgrade-channel None`.

How it is decided
-----------------
An upgrade channel other than none belongs to aksManagedAutoUpgradeSchedule, a node OS channel other than None and
Unmanaged to aksManagedNodeOSUpgradeSchedule. It is a notice where the configuration's window overlaps
`--planned-window`, where it may overlap (from which week or month a longer interval counts is not documented), and
where there is no such configuration, since the upgrade may then begin at any time. An active channel without
`--planned-window` is one question.

A null upgrade channel is none: that is its default. A null node OS channel depends on the cluster's age, and an older
API version does not show it, so it is a gap. A configuration that was not read, or whose times cannot be read, is a
gap. The configuration `default` is about AKS's weekly releases and does not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AutoUpgradeProfile, ManagedCluster
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING, PlannedWindow
from analyzer.scene import Citation, Page, Rule, Scene
from rules.reimage.maintenance_times import AUTO_UPGRADE, NODE_OS_UPGRADE, Openings, named, openings

_WHERE = "properties.autoUpgradeProfile"
_NODE_OS_FIELD = "nodeOSUpgradeChannel"
_UPGRADE_FIELD = "upgradeChannel"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each active channel that can collide with the step, or the question when it will be."""
    profile = _profile(scene.cluster.require())
    if not profile.node_os_upgrade_channel:
        yield gap(hidden(f"{_WHERE}.{_NODE_OS_FIELD}", "it is absent or null"), scene.cluster_ref)
    active = tuple(_active(profile))
    planned = scene.inputs.planned_window
    if not active:
        yield Passed("No channel upgrades the cluster or its nodes automatically.")
    elif planned is None:
        yield _question(active, scene)
    else:
        for field, channel in active:
            yield from _collision(field, channel, planned, scene)


def _profile(cluster: ManagedCluster) -> AutoUpgradeProfile:
    return cluster.auto_upgrade_profile or AutoUpgradeProfile()


def _active(profile: AutoUpgradeProfile) -> Iterator[tuple[str, str]]:
    """Fields of the channels that upgrade something, with their values."""
    upgrade, node_os = profile.upgrade_channel or "none", profile.node_os_upgrade_channel or "None"
    if upgrade.lower() != "none":
        yield _UPGRADE_FIELD, upgrade
    if node_os.lower() not in ("none", "unmanaged"):
        yield _NODE_OS_FIELD, node_os


def _question(active: tuple[tuple[str, str], ...], scene: Scene) -> Finding:
    channels = " and ".join(f"{field} {channel}" for field, channel in active)
    return Finding(
        object=scene.cluster_ref,
        message=(
            f"When will this step be carried out? {channels} can begin an upgrade at the same time, and"
            " --planned-window START/END was not given."
        ),
        evidence=tuple(Evidence(f"{_WHERE}.{field}", channel) for field, channel in active),
        key="planned-window",
        asks="--planned-window",
    )


def _collision(field: str, channel: str, planned: PlannedWindow, scene: Scene) -> Iterator[Outcome]:
    meeting = _meeting(AUTO_UPGRADE if field == _UPGRADE_FIELD else NODE_OS_UPGRADE, planned, scene)
    if isinstance(meeting, Missing):
        yield gap(meeting, scene.cluster_ref)
    elif meeting.value:
        yield Finding(
            object=scene.cluster_ref,
            message=f"{field} {channel} {meeting.value}.",
            evidence=(Evidence(f"{_WHERE}.{field}", channel),),
            key=field,
        )


def _meeting(name: str, planned: PlannedWindow, scene: Scene) -> Fact[str]:
    """How a configuration lets an upgrade meet the planned time; empty: it does not."""
    configurations = scene.snapshot.maintenance_configurations
    configuration = named(seen(configurations), name)
    if configuration is not None:
        return openings(configuration, planned).map(lambda found: _overlap(found, planned, name))
    if isinstance(configurations, Missing):
        return configurations.of()
    return Known(f"may begin an upgrade at any time, for there is no {name}")


def _overlap(found: Openings, planned: PlannedWindow, name: str) -> str:
    for spans, verb in ((found.sure, "can"), (found.possible, "may")):
        for start, end in spans:
            if start < planned.end and planned.start < end:
                when = f"{start.isoformat(timespec='minutes')} to {end.isoformat(timespec='minutes')}"
                return f"{verb} begin an upgrade in the planned window: {name} is open {when}"
    return ""


RULE = Rule(
    id="REI-MAINT-WINDOW",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER, Source.MAINTENANCE_CONFIGURATIONS, Source.INPUTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/planned-maintenance",
            "The configurations schedule automatic upgrades and AKS's own releases; they neither start nor hold back"
            " what a user starts.",
            "2025-12-19",
        ),
    ),
    check=check,
)
