"""Application Gateway for Containers (AGC), as a cluster uses it: its controller and the subnets of its associations.

An ApplicationLoadBalancer names the subnets itself. An AGC made outside the cluster is named by the annotation alb-id
of a Gateway or Ingress; its associations are resources of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.cluster import same_id
from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import Evidence, Gap, ObjectRef, gap, object_ref
from analyzer.model.network_resources import TrafficControllerAssociation
from analyzer.model.objects import Gateway, Ingress, Workload
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.lists import gaps

CLASS = "azure-alb-external"
"""The name of AGC's GatewayClass and IngressClass."""
CONTROLLER = "alb.networking.azure.io/alb-controller"
READS = (
    Source.APPLICATION_LOAD_BALANCERS,
    Source.GATEWAY_CLASSES,
    Source.GATEWAYS,
    Source.INGRESSES,
    Source.TRAFFIC_CONTROLLER_ASSOCIATIONS,
)
"""What `associations` may ask for."""


@dataclass(frozen=True, slots=True)
class Association:
    """A subnet that an AGC of this cluster stands in."""

    subnet_id: str
    owner: ObjectRef
    """The object that leads to it."""
    evidence: Evidence


def controllers(scene: Scene) -> tuple[Workload, ...]:
    """The Deployments that run the ALB controller, among those that were read."""
    return tuple(item for item in seen(scene.snapshot.deployments) if image_of(item))


def image_of(item: Workload) -> str:
    """The image of the ALB controller; empty where the Deployment runs none."""
    images = (container.image for container in item.spec.template.spec.containers)
    return next((image for image in images if _repository(image).endswith("alb-controller")), "")


def tag_of(image: str) -> str:
    """The tag of an image; empty where it has none, or only a digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def _repository(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def associations(scene: Scene) -> Iterator[Association | Gap]:
    """Each association of an AGC that the cluster uses, and a gap for what was not read.

    None where neither an ApplicationLoadBalancer nor AGC's GatewayClass is there: the controller installs both.
    """
    snapshot = scene.snapshot
    for balancer in seen(snapshot.application_load_balancers):
        where = f"ApplicationLoadBalancer {balancer.namespace}/{balancer.name} spec.associations"
        for subnet_id in balancer.spec.associations:
            yield Association(subnet_id, object_ref(balancer), Evidence(where, subnet_id))
    yield from gaps(snapshot.application_load_balancers, snapshot.gateway_classes)
    classes = {item.name for item in seen(snapshot.gateway_classes) if item.spec.controller_name == CONTROLLER}
    if classes:
        yield from _made_outside(scene, classes)


def _made_outside(scene: Scene, classes: set[str]) -> Iterator[Association | Gap]:
    snapshot = scene.snapshot
    users: list[tuple[Gateway | Ingress, str]] = [
        (item, item.metadata.annotations.alb_id)
        for item in seen(snapshot.gateways)
        if item.spec.gateway_class_name in classes
    ]
    users += [
        (item, item.metadata.annotations.alb_id)
        for item in seen(snapshot.ingresses)
        if CLASS in (item.spec.ingress_class_name, item.metadata.annotations.ingress_class)
    ]
    for user, controller_id in users:
        if controller_id:
            yield from _of_controller(scene, object_ref(user), controller_id)
    yield from gaps(snapshot.gateways, snapshot.ingresses)


def _of_controller(scene: Scene, user: ObjectRef, controller_id: str) -> Iterator[Association | Gap]:
    listed = scene.snapshot.traffic_controller_associations
    found = [item for item in seen(listed) if _belongs(item, controller_id)]
    for item in found:
        where = f"associations[{item.name}].properties.subnet.id"
        if item.subnet is None:
            yield _gap(Source.TRAFFIC_CONTROLLER_ASSOCIATIONS, f"Association {item.id} does not show its subnet", user)
        else:
            yield Association(item.subnet.id, user, Evidence(where, item.subnet.id))
    if isinstance(listed, Missing):
        yield gap(listed, user)
    elif not found:
        yield _gap(Source.TRAFFIC_CONTROLLER_ASSOCIATIONS, f"No association of {controller_id} was read", user)


def _belongs(item: TrafficControllerAssociation, controller_id: str) -> bool:
    return same_id(re.split("/associations/", item.id, flags=re.IGNORECASE)[0], controller_id)


def _gap(source: Source, detail: str, of: ObjectRef) -> Gap:
    return gap(Missing(source, Cause.PARTIAL, detail, "Read it with az network alb association list"), of)
