"""Cilium's mutual TLS has requirements that this cluster does not meet.

Why it matters
--------------
Mutual TLS between pods is a preview of Advanced Container Networking Services. It needs Kubernetes 1.34, which brings
Cilium 1.18, and goes together neither with WireGuard nor with Istio.

What to do
----------
- Switch it on after this step, as an operation of its own, once the preview is registered.
- Upgrade to Kubernetes 1.34 or later before it.
- Choose one of mutual TLS, WireGuard and Istio for encryption.

How it is decided
-----------------
It is used where advancedNetworking.security.transitEncryption.type is mTLS, or where `--planned-features` names
acns-mtls. Used, it is a notice, because it is a preview; and a risk each: a control plane below Kubernetes 1.34;
WireGuard on or planned too; the Istio add-on (serviceMeshProfile.mode), or an Istio of your own, by the namespace
istio-system. Without use it passes; CIL-CONFIG asks for a plan that was not given. Used with a version or namespaces
that cannot be read, there is a gap; a missing serviceMeshProfile is off, the documented default.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.acns_features import no_use, uses
from rules.cilium.control_plane import version_evidence
from rules.cilium.meshes import istio_addon, own_istio
from rules.lists import gaps

LEAST = Version(1, 34)


def check(scene: Scene) -> Iterator[Outcome]:
    """What stands against mutual TLS, where it is used."""
    used = uses(scene, PlannedFeature.ACNS_MTLS)
    if not used:
        yield no_use(scene)
        return
    yield _notice(scene, used)
    yield from _version(scene)
    if wireguard := uses(scene, PlannedFeature.ACNS_WIREGUARD):
        yield _excluded(scene, "WireGuard", (*used, *wireguard))
    if istio := (*istio_addon(scene), *own_istio(scene)):
        yield _excluded(scene, "Istio", (*used, *istio))
    yield from gaps(scene.snapshot.namespaces)


def _notice(scene: Scene, used: tuple[Evidence, ...]) -> Finding:
    message = "Cilium's mutual TLS is a preview, and switched on by an operation of its own after this step."
    return Finding(object=scene.cluster_ref, key="planned", severity=Severity.NOTICE, message=message, evidence=used)


def _version(scene: Scene) -> Iterator[Finding | Gap]:
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version)
    elif version.value.minor_version < LEAST:
        message = f"Cilium's mutual TLS needs Kubernetes 1.34 or later; the control plane runs {version.value}."
        evidence = (version_evidence(version.value),)
        yield Finding(object=scene.cluster_ref, key="kubernetes-version", message=message, evidence=evidence)


def _excluded(scene: Scene, other: str, evidence: tuple[Evidence, ...]) -> Finding:
    message = f"Cilium's mutual TLS and {other} exclude each other."
    return Finding(object=scene.cluster_ref, key=other, message=message, evidence=evidence)


RULE = Rule(
    id="CIL-MTLS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.NAMESPACES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-security-cilium-mutual-tls-concepts",
            "A preview from Kubernetes 1.34 and Cilium 1.18; not together with WireGuard or Istio.",
            "2026-03-16",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#which-cilium-features-does-azure-cni-powered-by-cilium-support-which-features-require-advanced-container-networking-services",
            "Mutual TLS is among the features that take ACNS.",
            "2026-08-05",
        ),
    ),
    check=check,
)
