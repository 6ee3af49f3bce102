"""A pool is an availability set.

Why it matters
--------------
Overlay does not work with availability sets, and AKS does not support clusters with them since 2025-09-30. No page
says what the change of the data plane does to one, but an unsupported cluster should be converted first.

What to do
----------
- Convert the pools: `az aks update --resource-group {resource_group} --name {cluster} --migrate-vmas-to-vms`
  (Kubernetes 1.27, Azure CLI 2.76.0). Turn off KMS with a private key vault and custom webhooks before it; plan for
  downtime and for other outbound addresses. There is no way back.

How it is decided
-----------------
By each pool's type, without regard to case: AvailabilitySet is a blocker at the overlay step and a risk at the
cilium step. VirtualMachines is the supported replacement, not an availability set. A pool that does not say its type
is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool that is an availability set, or does not say."""
    overlay = scene.step.kind is StepKind.OVERLAY
    severity = Severity.BLOCKER if overlay else Severity.RISK
    for pool in scene.pools.each():
        where = f"agentPoolProfiles[{pool.name}].type"
        if not pool.type:
            yield gap(hidden(where, "it is absent or null"), pool_ref(pool), severity)
        elif pool.type.lower() == "availabilityset":
            verb = "does not work with" if overlay else "is not described for"
            message = f"Pool {pool.name} is an availability set; {'overlay' if overlay else 'Cilium'} {verb} them."
            yield Finding(
                object=pool_ref(pool), message=message, evidence=(Evidence(where, pool.type),), severity=severity
            )


RULE = Rule(
    id="OVL-VMAS",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#limitations-with-azure-cni-overlay",
            "Overlay cannot be used with virtual machine availability sets.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/availability-sets-on-aks",
            "Availability sets are out of support since 2025-09-30; a command converts them to VirtualMachines pools.",
            "2026-03-30",
        ),
    ),
    check=check,
)
