"""The node disruption policy refuses the step.

Why it matters
--------------
A cluster can be told to refuse operations that reimage nodes (node disruption policy, a preview). Block refuses them
all: a policy engine that is installed or removed, overlay, Cilium. AllowDuringMaintenanceWindow refuses them outside
the window of aksManagedNodeOSUpgradeSchedule. The call fails at once.

What to do
----------
- Allow it for the change, and set the former value back after the last step: `az aks update --resource-group
  {resource_group} --name {cluster} --node-disruption-policy Allow` (extension aks-preview, Azure CLI 2.76.0 or later,
  feature NodeDisruptionProfile registered).
- Or carry the steps out inside the window, and give its time as `--planned-window START/END`.

How it is decided
-----------------
The policy is in the body of a preview API version only. Without that body it is a gap, never Allow; in that body,
absent and null are Allow. Block is a blocker.

With AllowDuringMaintenanceWindow only the configuration aksManagedNodeOSUpgradeSchedule counts, not `default` and not
aksManagedAutoUpgradeSchedule; without it everything is allowed. Where it is there, the start of `--planned-window`
outside its window is a blocker; a start inside and an end outside is a notice, since later calls may fail. Without
`--planned-window` the rule asks for it.

Dates that the configuration does not allow, and days before its startDate, are outside. From which week or month a
schedule counts whose interval is more than one is not documented, and neither is what the 31st means in a shorter
month: a start that only such days may hold is a gap. A policy that this version does not know is a gap.

The page names Azure CNI to overlay; that kubenet to overlay is covered as well is derived.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.maintenance import MaintenanceConfiguration
from analyzer.model.preview import NodeDisruptionProfile
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING, PlannedWindow
from analyzer.scene import Citation, Page, Rule, Scene
from rules.reimage.maintenance_times import NODE_OS_UPGRADE, Openings, Span, named, openings

_WHERE = "properties.nodeDisruptionProfile.nodeDisruptionPolicy"


def check(scene: Scene) -> Iterator[Outcome]:
    """The policy, where it refuses the step or may refuse it."""
    profile = scene.snapshot.cluster_preview.require().node_disruption_profile or NodeDisruptionProfile()
    policy = profile.node_disruption_policy or "Allow"
    match policy.lower():
        case "allow":
            yield Passed("The node disruption policy is Allow.")
        case "block":
            yield Finding(
                object=scene.cluster_ref,
                message="The node disruption policy is Block: AKS refuses this step.",
                evidence=(Evidence(_WHERE, policy),),
            )
        case "allowduringmaintenancewindow":
            yield from _during_window(scene)
        case _:
            _unknown_policy(policy).require()


def _unknown_policy(policy: str) -> Missing[str]:
    detail = f"{_WHERE} is {policy!r}, which this version does not know"
    return Missing(Source.CLUSTER_PREVIEW, Cause.UNRECOGNISED, detail, "Use a newer version of aks-preflight")


def _during_window(scene: Scene) -> Iterator[Outcome]:
    found = _configuration(scene).require()
    if found is None:
        yield Passed(f"The node disruption policy depends on {NODE_OS_UPGRADE}, which is not there: all is allowed.")
    elif scene.inputs.planned_window is None:
        yield Finding(
            object=scene.cluster_ref,
            message=(
                "When will this step be carried out? The node disruption policy refuses it outside the window of"
                f" {NODE_OS_UPGRADE}, and --planned-window START/END was not given."
            ),
            evidence=(Evidence(_WHERE, "AllowDuringMaintenanceWindow"),),
            severity=Severity.NOTICE,
            key="planned-window",
            asks="--planned-window",
        )
    else:
        planned = scene.inputs.planned_window
        yield from _judge(openings(found, planned).require(), planned, scene)


def _configuration(scene: Scene) -> Fact[MaintenanceConfiguration | None]:
    configurations = scene.snapshot.maintenance_configurations
    found = named(seen(configurations), NODE_OS_UPGRADE)
    if found is None and isinstance(configurations, Missing):
        return configurations.of()
    return Known(found)


def _judge(open_: Openings, planned: PlannedWindow, scene: Scene) -> Iterator[Outcome]:
    span = _around(planned.start, open_.sure)
    if span is None and _around(planned.start, open_.possible) is not None:
        _not_documented(planned.start).require()
    elif span is None:
        message = (
            f"The planned start {_text(planned.start)} is outside the window of {NODE_OS_UPGRADE}: AKS refuses it."
        )
        yield _outside(scene, message, Severity.BLOCKER)
    elif span[1] < planned.end:
        message = (
            f"The window of {NODE_OS_UPGRADE} ends {_text(span[1])}, before the planned end: later calls may fail."
        )
        yield _outside(scene, message, Severity.NOTICE)
    else:
        yield Passed(f"The planned window lies inside that of {NODE_OS_UPGRADE}.")


def _around(moment: datetime.datetime, spans: tuple[Span, ...]) -> Span | None:
    return next(((start, end) for start, end in spans if start <= moment < end), None)


def _not_documented(moment: datetime.datetime) -> Missing[str]:
    detail = f"Whether {NODE_OS_UPGRADE} is open at {_text(moment)} is not documented for its schedule"
    grant = "Set the node disruption policy to Allow for the change"
    return Missing(Source.MAINTENANCE_CONFIGURATIONS, Cause.UNRECOGNISED, detail, grant)


def _text(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%dT%H:%MZ}"


def _outside(scene: Scene, message: str, severity: Severity) -> Finding:
    evidence = (Evidence(_WHERE, "AllowDuringMaintenanceWindow"),)
    return Finding(object=scene.cluster_ref, message=message, evidence=evidence, severity=severity)


RULE = Rule(
    id="REI-NDP-BLOCK",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER, Source.CLUSTER_PREVIEW, Source.MAINTENANCE_CONFIGURATIONS, Source.INPUTS),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/node-disruption-policy#policy-options",
            "Block refuses; AllowDuringMaintenanceWindow allows inside aksManagedNodeOSUpgradeSchedule, and always"
            " where that is not configured.",
            "2026-03-11",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/node-disruption-policy#operations-covered-by-node-disruption-policy",
            "Covered are policy engine to and from none, Azure CNI to overlay, Cilium, and IPv6.",
            "2026-03-11",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-node-disruption-policy",
            "How an operation is allowed for a time.",
            "2026-03-11",
        ),
    ),
    check=check,
)
