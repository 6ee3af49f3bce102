"""eBPF host routing has requirements that this cluster does not meet.

Why it matters
--------------
The acceleration mode BpfVeth of Advanced Container Networking Services is switched on for all nodes or for none, and
reimages all of them once more. It needs Kubernetes 1.33, nodes with Azure Linux 3.0 or Ubuntu 24.04, and none of:
confidential virtual machines, pod sandboxing, the static egress gateway, iptables rules on the host.

What to do
----------
- Plan it as an operation of its own after this step, in its own window.
- Upgrade to Kubernetes 1.33 or later, and move pools to Ubuntu 24.04 or Azure Linux 3.0, before it.
- Move workloads off confidential or sandboxed pools, or leave the acceleration out.

How it is decided
-----------------
It is used where advancedNetworking.performance.accelerationMode is BpfVeth, or where `--planned-features` names
acns-ebpf-host-routing. Used, it is a notice on the cluster, and a risk each: a control plane below Kubernetes 1.33; the
static egress gateway; a pool whose node image is neither Ubuntu 24.04 nor Azure Linux 3; a pool with pod sandboxing
(workloadRuntime Kata…); a pool with a confidential size, by name (DCas, DCes, ECas, ECes and their kin; DCs with SGX is
none). Without use it passes; CIL-CONFIG asks for a plan that was not given.

The image is read from nodeImageVersion, because osSKU does not say which edition a pool runs. A version, an image or a
size that cannot be read is a gap. A missing workloadRuntime is OCIContainer and a missing staticEgressGatewayProfile
off: those are the documented defaults. Windows pools belong to CIL-WINDOWS-POOL, iptables rules to CIL-IPTABLES-DS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.acns_features import no_use, uses
from rules.cilium.control_plane import version_evidence

LEAST = Version(1, 33)
_IMAGE = re.compile(r"ubuntu(?:containerd)?-2404|azurelinux-?v3")
_CONFIDENTIAL = re.compile(r"standard_[de]c\d+(?:-\d+)?[ae]")
"""AMD and Intel confidential machines carry an a or e after the number of cores; SGX machines do not."""


def check(scene: Scene) -> Iterator[Outcome]:
    """What stands against the acceleration, where it is used."""
    used = uses(scene, PlannedFeature.ACNS_EBPF_HOST_ROUTING)
    if not used:
        yield no_use(scene)
        return
    message = "eBPF host routing is an operation of its own: it reimages the nodes of all pools once more."
    yield Finding(object=scene.cluster_ref, key="planned", severity=Severity.NOTICE, message=message, evidence=used)
    yield from _version(scene)
    yield from _egress_gateway(scene)
    for pool in scene.pools.each():
        yield from _pool(pool)


def _pool(pool: AgentPool) -> Iterator[Finding | Gap]:
    """What stands against it on one pool; nothing but the gap where the image does not even say that it is Linux."""
    image = pool.node_image_version
    if not image:
        yield gap(hidden(_field(pool, "nodeImageVersion"), "it is absent or null"), pool_ref(pool))
    elif "windows" not in image.lower():
        yield from _image(pool, image)
        yield from _runtime(pool)
        yield from _size(pool)


def _version(scene: Scene) -> Iterator[Finding | Gap]:
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version)
    elif version.value.minor_version < LEAST:
        message = f"eBPF host routing needs Kubernetes 1.33 or later; the control plane runs {version.value}."
        evidence = (version_evidence(version.value),)
        yield Finding(object=scene.cluster_ref, key="kubernetes-version", message=message, evidence=evidence)


def _egress_gateway(scene: Scene) -> Iterator[Finding]:
    profile = scene.cluster.require().network_profile
    gateway = profile.static_egress_gateway_profile if profile else None
    if gateway and gateway.enabled:
        message = "eBPF host routing and the static egress gateway exclude each other."
        evidence = (Evidence("networkProfile.staticEgressGatewayProfile.enabled", "true"),)
        yield Finding(object=scene.cluster_ref, key="static-egress-gateway", message=message, evidence=evidence)


def _image(pool: AgentPool, image: str) -> Iterator[Finding]:
    if not _IMAGE.search(image.lower()):
        words = f"runs {image}, and eBPF host routing needs Ubuntu 24.04 or Azure Linux 3.0"
        yield _finding(pool, "image", words, Evidence(_field(pool, "nodeImageVersion"), image))


def _runtime(pool: AgentPool) -> Iterator[Finding]:
    runtime = pool.workload_runtime or ""
    if "kata" in runtime.lower():
        words = "uses pod sandboxing, which eBPF host routing excludes"
        yield _finding(pool, "runtime", words, Evidence(_field(pool, "workloadRuntime"), runtime))


def _size(pool: AgentPool) -> Iterator[Finding | Gap]:
    sizes = _sizes(pool)
    if not sizes:
        yield gap(hidden(_field(pool, "vmSize"), "it is absent or null"), pool_ref(pool))
    for size in filter(lambda text: _CONFIDENTIAL.match(text.lower()), sizes):
        words = f"has confidential virtual machines ({size}), which eBPF host routing excludes"
        yield _finding(pool, f"size {size}", words, Evidence(_field(pool, "vmSize"), size))


def _sizes(pool: AgentPool) -> list[str]:
    """The size of a pool; of a VirtualMachines pool all its sizes."""
    scale = pool.virtual_machines_profile.scale if pool.virtual_machines_profile else None
    several = [row.size for row in (scale.manual if scale else None) or ()]
    return [size for size in (pool.vm_size, *several) if size]


def _field(pool: AgentPool, name: str) -> str:
    return f"agentPoolProfiles[{pool.name}].{name}"


def _finding(pool: AgentPool, key: str, words: str, evidence: Evidence) -> Finding:
    return Finding(object=pool_ref(pool), key=key, message=f"Pool {pool.name} {words}.", evidence=(evidence,))


RULE = Rule(
    id="CIL-EBPF-HOST-ROUTING",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-performance-ebpf-host-routing#limitations",
            "Not with iptables rules on the host, confidential machines, pod sandboxing or the static egress gateway.",
            "2025-09-23",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/how-to-enable-ebpf-host-routing#requirements-and-parameters",
            "It takes Kubernetes 1.33, Azure CLI 2.71, and Azure Linux 3.0 or Ubuntu 24.04 on every node.",
            "2025-09-23",
        ),
    ),
    check=check,
)
