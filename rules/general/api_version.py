"""The API version that read the cluster does not show its data plane.

Why it matters
--------------
The data plane is `networkProfile.networkDataplane` since API version 2023-02-01. The previews from 2022-09-02 to
2023-01-02 called it `ebpfDataplane`, and older and other versions show neither. A cluster on Cilium that is read with
one of those looks like one on the Azure data plane, and a template that is pinned to one cannot ask for Cilium.

What to do
----------
- Read the cluster again with a current API version: `az aks show --resource-group {resource_group} --name {cluster}`
  with a current Azure CLI.
- Move templates to a current API version, `ebpfDataplane` to `networkDataplane`, and `--enable-ebpf-dataplane` to
  `--network-dataplane`.

How it is decided
-----------------
Only what the snapshot holds is judged: the API version that answered, and the keys of networkProfile. Templates are
not read.

A version before 2023-02-01 is a notice, and so is `ebpfDataplane` in the answer of a version that no longer has it.
Plugin azure without a key for the data plane is a gap, whatever else is known; a DaemonSet `kube-system/cilium` is
named as a hint, and never makes the value known. `networkDataplane` that is there proves its version, and null and
`azure` are the same. Kubenet and clusters with their own CNI have no such key, so there an API version that is not
known is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from msgspec import UNSET

from analyzer.model.cluster import NetworkProfile
from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap
from analyzer.model.network import Dataplane
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

FIRST_DATE = "2023-02-01"
"""networkDataplane is in the stable 2023-02-01, the preview 2023-02-02 and all later ones."""
LEGACY_DATES = ("2022-09-02", "2023-01-02")
"""The first and the last preview that have ebpfDataplane instead."""
_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview)?")


def check(scene: Scene) -> Iterator[Outcome]:
    """What the API version and the keys of the body say of how well the data plane was read."""
    version = scene.snapshot.api_version
    date = _date(version)
    if date is not None and date < FIRST_DATE:
        yield Finding(
            object=scene.cluster_ref,
            message=_too_old(str(version), date),
            evidence=(Evidence("API version of the answer", str(version)),),
        )
    yield from _keys(scene, date)


def _date(version: str | None) -> str | None:
    match = _VERSION.fullmatch(version or "")
    return match.group(1) if match else None


def _too_old(version: str, date: str) -> str:
    first, last = LEGACY_DATES
    if version.endswith("-preview") and first <= date <= last:
        return f"The cluster was read with API version {version}, which calls the data plane ebpfDataplane."
    return f"The cluster was read with API version {version}, which does not show the data plane."


def _keys(scene: Scene, date: str | None) -> Iterator[Outcome]:
    dataplane = scene.observed.dataplane
    if isinstance(dataplane, Missing):
        yield gap(_with_hint(dataplane, scene))
        return
    profile = scene.cluster.require().network_profile or NetworkProfile()
    if profile.ebpf_dataplane is not UNSET and date is not None and date >= FIRST_DATE:
        yield Finding(
            object=scene.cluster_ref,
            message=f"The body holds ebpfDataplane, which API version {scene.snapshot.api_version} does not have.",
            evidence=(Evidence("properties.networkProfile.ebpfDataplane", str(profile.ebpf_dataplane)),),
            key="ebpfDataplane",
        )
    if profile.network_dataplane is UNSET and date is None:
        yield gap(_unknown_version(scene.snapshot.api_version))


def _with_hint(missing: Missing[Dataplane], scene: Scene) -> Missing[Dataplane]:
    """The gap, with what speaks for Cilium. A list that was not read says nothing either way."""
    daemon_sets = seen(scene.snapshot.daemon_sets)
    if any((item.namespace, item.name) == ("kube-system", "cilium") for item in daemon_sets):
        return replace(missing, detail=f"{missing.detail}; a DaemonSet kube-system/cilium hints at Cilium")
    return missing


def _unknown_version(version: str | None) -> Missing[str]:
    said = f"says {version!r}" if version else "does not say"
    return Missing(
        Source.CLUSTER,
        Cause.HIDDEN,
        f"What was read {said} which API version answered, and it shows no networkDataplane",
        "Read the cluster again with a current API version (az aks show with a current Azure CLI)",
    )


RULE = Rule(
    id="GEN-API-VERSION",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.DAEMON_SETS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#prerequisites",
            "ARM templates and REST take API version 2022-09-02-preview or later for Cilium.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "From 2022-09-02-preview to 2023-01-02-preview the field was ebpfDataplane; since 2023-02-02-preview it is"
            " networkDataplane.",
            "2023-24",
        ),
        Citation(
            "https://learn.microsoft.com/azure/templates/microsoft.containerservice/managedclusters",
            "networkDataplane is azure or cilium.",
            "API version 2026-05-01",
        ),
    ),
    check=check,
)
