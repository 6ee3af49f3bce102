"""The ALB controller is too old for overlay, or its gateway is in another VNet.

Why it matters
--------------
Application Gateway for Containers (AGC) reaches overlay pods only through its controller, from version 1.5.2 on. Over a
peering it reaches no overlay cluster at all. Either way the routes that it serves go down with the step.

What to do
----------
- Upgrade the controller before the step: `helm upgrade alb-controller
  oci://mcr.microsoft.com/application-lb/charts/alb-controller --namespace CONTROLLER_NAMESPACE --reuse-values --version
  1.7.9`.
- Where the AGC is in another VNet, make one with an association in a /24 subnet of the nodes' own VNet, and move DNS to
  it before the step.

How it is decided
-----------------
The controller is any Deployment with an image whose repository ends with alb-controller. Below 1.5.2 it is a risk, from
1.5.2 and below 1.7.9 a notice. A tag that names no version is a gap on the Deployment. What the add-on installed (the
label `kubernetes.azure.com/managedby: aks`) is kept current by AKS and not compared. Without a controller there is
nothing to judge.

Where a controller runs, each subnet that the cluster's AGCs stand in (found as on the page of OVL-AGC-SUBNET) is
compared with the VNets that host pools: another VNet than these is a risk, and a gap while one of these is unread.

The release notes name 1.5.2 for overlay; a later post of Microsoft's asks for 1.7.9. Hence the notice between the two.
AGC is not supported on kubenet at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network_resources import VirtualNetwork
from analyzer.model.objects import Workload
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.azure_resources import network_of, subnet_name, subnet_ref
from rules.lists import gaps
from rules.node_networks import of_pools
from rules.overlay.gateway_for_containers import (
    READS,
    Association,
    associations,
    controllers,
    image_of,
    tag_of,
)

LEAST = Version(1, 5, 2)
ADVISED = Version(1, 7, 9)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each controller that is old, and each association in another VNet."""
    found = controllers(scene)
    for item in found:
        if not is_aks_owned(item):
            yield from _version(item)
    if found:
        yield from _elsewhere(scene)
    else:
        yield Passed("There is no ALB controller.")
    yield from gaps(scene.snapshot.deployments)


def _version(item: Workload) -> Iterator[Finding | Gap]:
    image = image_of(item)
    version = parse_version(tag_of(image))
    if version is None:
        detail = f"The image {image} of the ALB controller names no version"
        yield gap(
            Missing(Source.DEPLOYMENTS, Cause.UNRECOGNISED, detail, "Use an image with a version tag"), object_ref(item)
        )
    elif version < ADVISED:
        old = version < LEAST
        needs = "overlay needs 1.5.2 or later" if old else "1.7.9 or later is advised for overlay"
        yield Finding(
            object=object_ref(item),
            message=f"The ALB controller runs {version}; {needs}.",
            evidence=(Evidence("spec.template.spec.containers[].image", image),),
            severity=Severity.RISK if old else Severity.NOTICE,
        )


def _elsewhere(scene: Scene) -> Iterator[Finding | Gap]:
    for association in associations(scene):
        if isinstance(association, Gap):
            yield association
        else:
            yield from _compare(scene, association)


def _compare(scene: Scene, association: Association) -> Iterator[Finding | Gap]:
    """A VNet that was not read may be the association's own: then there is no finding."""
    own = network_of(association.subnet_id).lower()
    found = tuple(of_pools(scene))
    if any(own == item.id.lower() for item in found if isinstance(item, VirtualNetwork)):
        return
    unread = [item for item in found if isinstance(item, Gap)]
    if unread:
        yield from unread
    else:
        yield Finding(
            object=subnet_ref(association.subnet_id),
            message=f"Application Gateway for Containers is in subnet {subnet_name(association.subnet_id)}, outside the"
            " nodes' VNet; it reaches no overlay pod over a peering.",
            evidence=(association.evidence,),
        )


RULE = Rule(
    id="OVL-AGC-CONTROLLER",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.DEPLOYMENTS, *READS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/application-gateway/for-containers/container-networking",
            "Overlay takes ALB controller 1.5.2 or later; an overlay cluster in a peered VNet is not reached.",
            "2025-03-24",
            contradicts="A later post of Microsoft's names 1.7.9.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/application-gateway/for-containers/alb-controller-release-notes",
            "Support for overlay came with 1.5.2; the add-on's controller is updated by AKS.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview#choose-an-ipam-option-for-aks",
            "AGC is not offered on kubenet.",
            "2026-07-10",
        ),
    ),
    check=check,
)
