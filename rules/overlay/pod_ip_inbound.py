"""Nothing outside the nodes reaches an overlay pod.

Why it matters
--------------
Today clients in the VNet and its peers, appliances, registries and other clusters can call pods by their addresses; on
kubenet those whose subnet has the node route table can. Overlay addresses are known on the nodes only. Whatever hands
out pod addresses to the outside hands out dead ones.

What to do
----------
- Publish what is called from outside through a Service of type LoadBalancer (internal, if need be), an ingress or a
  gateway, and point clients, records and backend pools there.
- Let external-dns publish that Service instead of the headless one.
- Ask who registers pods by address in Consul, Eureka or DNS zones: those cannot be read.

How it is decided
-----------------
A backend pool of an Application Gateway with the address of a running pod is a risk, unless an ingress controller of
OVL-AGIC is there, which writes such pools itself and is judged there. A headless Service with the annotation
external-dns.alpha.kubernetes.io/hostname is a notice, unless all pods that it selects are on the host network, whose
addresses stay. So is an EndpointSlice that no controller keeps with an address in the nodes' VNets or their peers
that belongs neither to a node nor to a pod of this cluster (those are OVL-STALE-CIDR-REFS's): perhaps another
cluster's pod.

Headless Services that nobody publishes are for the cluster itself, and load balancers have nodes as backends;
neither counts, and neither do host ports and AKS's own Services and slices. Meshes between clusters are
OVL-FLEET-CROSSCLUSTER's, subnets that share kubenet's route table are KUB-RT-SHARED's. DNS zones are not read, nor
are Application Gateways but the add-on's.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from analyzer.addresses import interval, is_covered
from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    Outcome,
    Passed,
    Severity,
    object_ref,
)
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import ApplicationGateway
from analyzer.model.objects import EndpointSlice, LabelSelector, Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules import node_subnets
from rules.aks_owned import is_aks_owned
from rules.azure_resources import gateway_ref
from rules.lists import gaps
from rules.overlay.agic import is_controller
from rules.overlay.pod_address_dependencies import manual_addresses

HOSTNAME = "external-dns.alpha.kubernetes.io/hostname"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each object that hands pod addresses to the outside."""
    yield Passed(
        "Nothing that was read hands pod addresses to the outside; other gateways, DNS zones"
        " and registries are not read."
    )
    yield from _gateways(scene)
    yield from _published(scene)
    yield from _endpoints(scene)


def _gateways(scene: Scene) -> Iterator[Finding | Gap]:
    listed = scene.snapshot.application_gateways
    found = [finding for gateway in seen(listed) for finding in _pools(scene, gateway)]
    yield from gaps(listed)
    if any(gateway.backend_address_pools for gateway in seen(listed)):
        yield from gaps(scene.universe.pods)
        deployments = scene.snapshot.deployments
        yield from gaps(deployments)
        if isinstance(deployments, Known) and not any(map(is_controller, deployments.value)):
            yield from found


def _pools(scene: Scene, gateway: ApplicationGateway) -> Iterator[Finding]:
    for pool in gateway.backend_address_pools:
        addresses = [item.ip_address for item in pool.backend_addresses if item.ip_address]
        mine = [text for text in addresses if _is_of_pod(scene, text)]
        if mine:
            yield Finding(
                object=gateway_ref(gateway),
                message=f"Backend pool {pool.name} of gateway {gateway.name} holds pod addresses, which nothing outside"
                " the nodes reaches after the step.",
                evidence=(Evidence(f"backendAddressPools[{pool.name}].backendAddresses", ", ".join(mine)),),
                key=pool.name,
            )


def _is_of_pod(scene: Scene, text: str) -> bool:
    within = interval(text)
    pods = scene.universe.selection.population
    return within is not None and next(pods.pods_with_address_in((within,)), None) is not None


def _published(scene: Scene) -> Iterator[Finding | Gap]:
    services = scene.snapshot.services
    for service in filterfalse(is_aks_owned, seen(services)):
        if service.spec.cluster_ip == "None" and service.metadata.annotations.external_dns_hostname:
            yield from _headless(scene, service)
    yield from gaps(services, severity=Severity.NOTICE)


def _headless(scene: Scene, service: Service) -> Iterator[Finding | Gap]:
    selection = scene.universe.selection
    chosen = selection.pods(LabelSelector(service.spec.selector), service.namespace)
    if not chosen & selection.population.plain:
        if isinstance(scene.universe.pods, Missing):
            yield from gaps(scene.universe.pods, severity=Severity.NOTICE)
            return
        if chosen:
            return
    hostname = service.metadata.annotations.external_dns_hostname
    yield Finding(
        object=object_ref(service),
        message=f"Headless Service {service.namespace}/{service.name} publishes pod addresses as {hostname}; after the"
        " step only the cluster itself reaches them.",
        evidence=(Evidence(f"metadata.annotations[{HOSTNAME}]", hostname), Evidence("spec.clusterIP", "None")),
        severity=Severity.NOTICE,
    )


def _endpoints(scene: Scene) -> Iterator[Finding | Gap]:
    slices = scene.snapshot.endpoint_slices
    items = [item for item in seen(slices) if manual_addresses(item) and not is_aks_owned(item)]
    if items:
        yield from _in_networks(scene, items)
    yield from gaps(slices, severity=Severity.NOTICE)


def _in_networks(scene: Scene, items: list[EndpointSlice]) -> Iterator[Finding | Gap]:
    subnets, unread = node_subnets.node_subnets(scene)
    space = node_subnets.network_space(subnets)
    yield from (_lighter(item) for item in unread)
    candidates = [
        (item, text)
        for item in items
        for text in manual_addresses(item)
        if is_covered(text, space) and not _is_own(scene, text)
    ]
    if candidates:
        yield from gaps(scene.snapshot.pods, scene.snapshot.nodes, severity=Severity.NOTICE)
        if isinstance(scene.snapshot.pods, Known) and isinstance(scene.snapshot.nodes, Known):
            yield from (_foreign(item, text) for item, text in candidates)


def _is_own(scene: Scene, text: str) -> bool:
    return _is_of_pod(scene, text) or any(text in node.internal_ips for node in seen(scene.snapshot.nodes))


def _foreign(item: EndpointSlice, text: str) -> Finding:
    return Finding(
        object=object_ref(item),
        message=f"EndpointSlice {item.namespace}/{item.name} names {text} in the VNet by hand; if pods elsewhere are"
        " called so, and call back, they no longer reach pods here.",
        evidence=(Evidence("endpoints[].addresses", text),),
        severity=Severity.NOTICE,
        key=text,
    )


def _lighter(item: Gap) -> Gap:
    return Gap(
        source=item.source,
        cause=item.cause,
        detail=item.detail,
        grant=item.grant,
        object=item.object,
        severity=Severity.NOTICE,
    )


RULE = Rule(
    id="OVL-POD-IP-INBOUND",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET, IpamMode.NODE_SUBNET),
    reads=(
        *node_subnets.READS,
        Source.APPLICATION_GATEWAYS,
        Source.DEPLOYMENTS,
        Source.SERVICES,
        Source.ENDPOINT_SLICES,
        Source.PODS,
        Source.NODES,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#how-azure-cni-overlay-networking-works",
            "Nothing outside the cluster reaches an overlay pod directly; it must be published as a Service.",
            "2026-07-31",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/4871",
            "Machines that reached kubenet's pods through the route table lose that way with overlay.",
        ),
    ),
    check=check,
)
