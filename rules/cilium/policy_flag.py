"""The Cilium command does not set the policy engine.

Why it matters
--------------
With the Cilium data plane the policy engine must be cilium, and both must change in one request. The platform refuses
a request that leaves another engine, or none (BadRequest, CiliumDataplaneRequiresNetworkPolicyCilium). The stable Azure
CLI sends what it is told; only the aks-preview extension adds the engine by itself.

What to do
----------
- Pass both flags, with Azure CLI 2.54.0 or later: `az aks update --resource-group {resource_group} --name {cluster}
  --network-dataplane cilium --network-policy cilium`.
- In ARM, Bicep or Terraform set networkDataplane and networkPolicy to cilium in the same change.

How it is decided
-----------------
The planned command of the step is read. Lacking `--network-policy cilium` is a notice, because the runbook's own
command has it; where the cluster's engine is cilium already, nothing is lacking. An engine that cannot be read leaves
the rule open only where the flag is lacking. Templates cannot be read.

Both editions show the command without the engine. Older versions of the API accepted that where networkPolicy was null;
since 2026 the refusal is seen in practice. The flag does no harm, so the tool writes it always.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """A planned command that leaves the engine as it is."""
    if ("--network-policy", "cilium") in pairwise(scene.step.command):
        yield Passed("The planned command sets the policy engine to cilium.")
        return
    engine = scene.before.policy.require()
    if engine is PolicyEngine.CILIUM:
        yield Passed("The policy engine is cilium before the step.")
        return
    message = f"The planned command lacks --network-policy cilium, and the policy engine is {engine}."
    evidence = (
        Evidence("planned command", " ".join(scene.step.command)),
        Evidence("networkProfile.networkPolicy", engine.value),
    )
    yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)


RULE = Rule(
    id="CIL-POLICY-FLAG",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.CILIUM,),
    modes=(
        IpamMode.NODE_SUBNET,
        IpamMode.POD_SUBNET_DYNAMIC,
        IpamMode.POD_SUBNET_STATIC,
        IpamMode.OVERLAY,
    ),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://github.com/Azure/azure-container-networking/pull/4417",
            "The project's own pipeline met the refusal and sets the engine with the data plane.",
            "2026-05-21",
        ),
        Citation(
            "https://github.com/Azure/azure-cli/tree/dev/src/azure-cli/azure/cli/command_modules/acs",
            "The stable CLI changes networkPolicy only where its own flag is given; aks-preview adds it.",
            "2.91.0",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "The command for the data plane names no policy engine.",
            "2026-05-28",
            contradicts="The service refuses it where another engine, or none, is stored.",
        ),
        Citation(
            "https://github.com/MicrosoftDocs/azure-aks-docs/issues/264",
            "The documented command was refused after the engine had been set to none.",
        ),
    ),
    check=check,
)
