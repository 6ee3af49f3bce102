"""This Kubernetes version is not in the table that says which Cilium AKS runs.

Why it matters
--------------
The Kubernetes version decides which Cilium the step brings, and several limitations belong to a range of Cilium
versions. For a version that the table lacks they cannot be judged.

What to do
----------
- Use the latest aks-preflight, which may know the version.
- Look the version up in the table of the page that this rule cites, or read it off a cluster that runs it: `kubectl
  --namespace kube-system get daemonset cilium --output wide`.
- Then judge by hand what is unknown for want of it: with Cilium 1.17 or later CIL-HOSTPORT-PROTOCOL has nothing to
  say, with 1.16 or earlier it applies.

How it is decided
-----------------
The control plane's minor version is looked up among these, each with the least Cilium that AKS runs on it: 1.27 and
1.28 1.13.18; 1.29 and 1.30 1.14.20; 1.31 1.16.16; 1.32 and 1.33 1.17.9; 1.34 and 1.35 1.18.6; 1.36 1.18.9. In the table
it passes. Not in the table it is a notice, with the image of the DaemonSet kube-system/cilium where Cilium is installed
already. A version that cannot be read is a gap.

For 1.36, release notes of mid 2026 ship 1.19 where the table says 1.18.9. The table of 2023-24 named other versions;
its rows below 1.31 come from the page's history.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import CILIUM_VERSIONS
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.control_plane import version_evidence


def check(scene: Scene) -> Iterator[Outcome]:
    """Whether the table has the control plane's version."""
    version = scene.before.kubernetes_version.require()
    cilium = CILIUM_VERSIONS.get((version.major, version.minor))
    if cilium is not None:
        yield Passed(f"AKS runs Cilium {cilium} or later on Kubernetes {version.major}.{version.minor}.")
        return
    yield Finding(
        object=scene.cluster_ref,
        message=f"Which Cilium AKS runs on Kubernetes {version} is not known here; rules that depend on it stay open.",
        evidence=(version_evidence(version), *_installed(scene)),
    )


def _installed(scene: Scene) -> Iterator[Evidence]:
    """The agent's image. Unread DaemonSets change no result: the rules go by the table alone."""
    for item in seen(scene.snapshot.daemon_sets):
        if (item.namespace, item.name) == ("kube-system", "cilium"):
            for container in item.spec.template.spec.containers:
                yield Evidence(f"DaemonSet kube-system/cilium containers[{container.name}].image", container.image)


RULE = Rule(
    id="CIL-VERSION-MAP",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.DAEMON_SETS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#supported-kubernetes-and-cilium-versions",
            "The least Cilium version for each Kubernetes version.",
            "2026-08-05",
            contradicts="For Kubernetes 1.36 release notes ship 1.19, the table says 1.18.9.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Images of Cilium 1.19.5 on Kubernetes 1.36.",
            "2026-07-17",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "1.14.20 on Kubernetes 1.29 and 1.30, 1.16.13 on 1.31, 1.17.7 on 1.32.",
            "2025-09-21",
        ),
    ),
    check=check,
)
