"""The pod CIDR changes while kubenet becomes overlay.

Why it matters
--------------
Without `--pod-cidr` the cluster keeps its pod range. With another one every pod gets an address outside the old range,
and whatever names that range (firewalls, network security groups, policies, application settings) no longer fits.

What to do
----------
- Keep the range, where it passes the checks of the pod CIDR: leave `--pod-cidr` out.
- Otherwise look for the old range before the step (OVL-STALE-CIDR-REFS), and give the new one in the same operation:
  `az aks update --resource-group {resource_group} --name {cluster} --network-plugin azure --network-plugin-mode overlay
  --pod-cidr POD_CIDR`.

How it is decided
-----------------
Only where `--pod-cidr` is given and is another network than the pod CIDR before the step; of a dual-stack cluster the
IPv4 range is compared. Not given is a pass: kubenet needs no new range. A pod CIDR that cannot be read is a gap.
Whether the range is valid is judged by the overlay rules about the pod CIDR, on the range that will be used.

The edition of 2023-24 says that the range stays and nothing is to be passed. Release notes of 2025-08-29 and the
edition of 2026 let it change in the same operation. Two issues of 2026 report that the platform refused a new range;
their cause is not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import family, interval
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """A planned range that is not the present one."""
    now = [cidr for cidr in scene.before.pod_cidrs.require() if family(cidr) != 6]
    given = scene.inputs.pod_cidr
    words = ", ".join(now)
    if given is None or interval(given) in map(interval, now):
        yield Passed(f"The pod CIDR {words} is kept.")
        return
    message = f"The pod CIDR changes from {words} to {given}; whatever names the old range must follow."
    evidence = (Evidence("networkProfile.podCidr", words), Evidence("--pod-cidr", given))
    yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)


RULE = Rule(
    id="KUB-PODCIDR",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A kubenet cluster keeps its pod CIDR unless another one is given with the update.",
            "2026-05-28",
            contradicts="AKS#5662 and azure-aks-docs#172 report that a new range was refused.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "A different pod CIDR may be given when kubenet becomes overlay.",
            "2025-08-29",
        ),
    ),
    check=check,
)
