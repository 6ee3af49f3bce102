"""Application Gateway Ingress Controller must support overlay.

Why it matters
--------------
The controller (AGIC) writes pod addresses into the gateway's backend pools. A version before 1.8.0 cannot reach overlay
pods: all that the gateway serves goes down with the step. Later versions reprogram the backends, with an interruption.

What to do
----------
- Upgrade the controller before the step: with Helm `helm upgrade RELEASE
  oci://mcr.microsoft.com/azure-application-gateway/charts/ingress-azure --reuse-values --version VERSION`; the add-on
  takes its version from AKS, so upgrade the cluster: `az aks upgrade --resource-group {resource_group} --name
  {cluster} --kubernetes-version VERSION`.
- Try the step on a cluster of the same make, and plan it for a time when some minutes without ingress are acceptable.
- On kubenet take the cluster's route table off the gateway's subnet in the window: `az network vnet subnet update --ids
  GATEWAY_SUBNET_ID --route-table null`.

How it is decided
-----------------
The controller is any Deployment with an image of azure-application-gateway/kubernetes-ingress, or with the name
ingress-appgw-deployment in kube-system (the add-on's), or with the label `app: ingress-azure`. The add-on's Deployment
too: AKS's own objects count here. Below 1.8.0 is a risk, else a notice. A tag that names no version is a gap.

The add-on ingressApplicationGateway enabled without such a Deployment is a notice on the cluster; while Deployments
were not all read it is a gap. A body without addonProfiles has no add-on: at every API version, ARM's recorded answers
leave the key out where the cluster has none.

On kubenet the gateway that the add-on names is a notice if a route table of a node subnet is associated with the
gateway's subnet. That table itself is KUB-RT-SHARED's. Of a controller by Helm the gateway is not known.

Texts of 2023 and 2024 list AGIC as unsupported on overlay. It became generally available with 1.8.0 in 2025, so the
tool compares versions instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AddonProfile, same_id
from analyzer.model.fact import Cause, Fact, Known, LackingError, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap, object_ref
from analyzer.model.network import IpamMode, hidden
from analyzer.model.network_resources import ApplicationGateway, RouteTable
from analyzer.model.objects import Workload
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene
from rules import aks_routes
from rules.azure_resources import gateway_ref
from rules.lists import gaps
from rules.overlay.gateway_for_containers import tag_of

LEAST = Version(1, 8)
ADDON = "ingressApplicationGateway"
GATEWAY_KEY = "effectiveApplicationGatewayId"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each controller; else the add-on; and on kubenet the gateway's subnet."""
    deployments = scene.snapshot.deployments
    found = [item for item in seen(deployments) if is_controller(item)]
    for item in found:
        yield _version(item)
    yield from gaps(deployments)
    addon = scene.cluster.require().addon(ADDON)
    if addon is not None and addon.enabled:
        if isinstance(deployments, Known) and not found:
            yield _without_controller(scene)
        yield from _shared_table(scene, addon)


def is_controller(item: Workload) -> bool:
    """Whether a Deployment runs the ingress controller."""
    return (
        "azure-application-gateway/kubernetes-ingress" in _image(item)
        or (item.namespace, item.name) == ("kube-system", "ingress-appgw-deployment")
        or item.labels.get("app") == "ingress-azure"
    )


def _image(item: Workload) -> str:
    return next((container.image for container in item.spec.template.spec.containers), "")


def _version(item: Workload) -> Finding | Gap:
    image = _image(item)
    version = parse_version(tag_of(image))
    if version is None:
        detail = f"The image {image or 'without a name'} of the ingress controller names no version"
        missing: Missing[object] = Missing(
            Source.DEPLOYMENTS, Cause.UNRECOGNISED, detail, "Use an image with a version tag"
        )
        return gap(missing, object_ref(item))
    old = version < LEAST
    message = (
        f"Application Gateway Ingress Controller runs {version}; overlay needs 1.8.0 or later."
        if old
        else f"Application Gateway Ingress Controller {version} programs its backends anew during the step."
    )
    return Finding(
        object=object_ref(item),
        message=message,
        evidence=(Evidence("spec.template.spec.containers[].image", image),),
        severity=Severity.RISK if old else Severity.NOTICE,
    )


def _without_controller(scene: Scene) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        message="The add-on for Application Gateway is enabled, but no Deployment runs its controller.",
        evidence=(Evidence(f"properties.addonProfiles.{ADDON}.enabled", "true"),),
        severity=Severity.NOTICE,
    )


def _shared_table(scene: Scene, addon: AddonProfile) -> Iterator[Finding | Gap]:
    if scene.before.ipam.require() is not IpamMode.KUBENET:
        return
    gateway_id = (addon.config or {}).get(GATEWAY_KEY)
    if not gateway_id:
        yield gap(hidden(f"addonProfiles.{ADDON}.config.{GATEWAY_KEY}", "it is absent"), severity=Severity.NOTICE)
        return
    gateways = scene.snapshot.application_gateways
    gateway = next((item for item in seen(gateways) if same_id(item.id, gateway_id)), None)
    if gateway is None:
        yield gap(_unread(gateways, gateway_id), severity=Severity.NOTICE)
    else:
        yield from _tables(scene, gateway)


def _unread(gateways: Fact[tuple[ApplicationGateway, ...]], gateway_id: str) -> Missing[object]:
    if isinstance(gateways, Missing):
        return gateways.of()
    grant = "Read it (Microsoft.Network/applicationGateways/read)"
    return Missing(Source.APPLICATION_GATEWAYS, Cause.PARTIAL, f"{gateway_id} was not read", grant)


def _tables(scene: Scene, gateway: ApplicationGateway) -> Iterator[Finding | Gap]:
    subnets = [item.subnet.id for item in gateway.gateway_ip_configurations if item.subnet is not None]
    try:
        for table in aks_routes.node_tables(scene):
            if any(same_id(ref.id, subnet) for ref in table.subnets for subnet in subnets):
                yield _shared(gateway, table)
    except LackingError as lacking:
        yield from (gap(missing, severity=Severity.NOTICE) for missing in lacking.missing)


def _shared(gateway: ApplicationGateway, table: RouteTable) -> Finding:
    return Finding(
        object=gateway_ref(gateway),
        message=f"The subnet of gateway {gateway.name} uses the cluster's route table {table.name}; that made"
        " migrations fail.",
        evidence=(Evidence(f"routeTables[{table.name}].subnets", ", ".join(ref.id for ref in table.subnets)),),
        severity=Severity.NOTICE,
        key=table.name.lower(),
    )


RULE = Rule(
    id="OVL-AGIC",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.OVERLAY,),
    reads=(Source.DEPLOYMENTS, Source.APPLICATION_GATEWAYS, *aks_routes.READS),
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Version 1.8.0 of the ingress controller supports overlay.",
            "2025-03-16",
            contradicts="Guides of 2023 and 2024 list it as unsupported.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Clusters with the controller no longer lose connectivity when they move to overlay.",
            "2025-06-17",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Overlay with both kinds of Application Gateway is generally available.",
            "2025-08-29",
        ),
        Citation(
            "https://github.com/MicrosoftDocs/azure-aks-docs/issues/334",
            "A migration from kubenet fails because the gateway's subnet uses the cluster's route table.",
        ),
    ),
    check=check,
)
