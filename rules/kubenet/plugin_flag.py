"""The overlay command does not change the plugin.

Why it matters
--------------
For kubenet the request must change the plugin as well as its mode. A command that names the mode alone leaves kubenet
as the plugin, and the platform refuses overlay with it (UnsupportedNetworkPluginModeWithNetworkPlugin).

What to do
----------
- Pass both flags, with Azure CLI 2.56.0 or later: `az aks update --resource-group {resource_group} --name {cluster}
  --network-plugin azure --network-plugin-mode overlay`.

How it is decided
-----------------
The planned command of the step is read. Lacking `--network-plugin azure` or `--network-plugin-mode overlay` is a
notice, because the runbook's own command has both.

Both flags do not rule the error out: AKS#5662 reports it with both, on a custom VNet without a user-assigned identity;
look at KUB-UAMI first. The edition of 2023-24 leaves `--network-plugin azure` out of its Azure CNI example, that of
2026 has it. The tool writes it always.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

FLAGS = (("--network-plugin", "azure"), ("--network-plugin-mode", "overlay"))


def check(scene: Scene) -> Iterator[Outcome]:
    """A planned command without one of the flags."""
    lacking = [" ".join(flag) for flag in FLAGS if flag not in pairwise(scene.step.command)]
    if not lacking:
        yield Passed("The planned command changes the plugin and its mode.")
        return
    message = f"The planned command lacks {' and '.join(lacking)}, which kubenet needs."
    evidence = (Evidence("planned command", " ".join(scene.step.command)),)
    yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)


RULE = Rule(
    id="KUB-PLUGIN-FLAG",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "The command for kubenet names the plugin azure and the mode overlay.",
            "2026-05-28",
            contradicts="The edition of 2023-24 shows a command without the plugin, for Azure CNI.",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/5662",
            "The platform answered that overlay is not supported with kubenet although both flags were passed.",
        ),
    ),
    check=check,
)
