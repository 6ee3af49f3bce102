"""Gateway API, and the objects of Application Gateway for Containers (AGC)."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, Metadata


class GatewayClassSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """GatewayClass.spec."""

    controller_name: str = ""


class GatewayClass(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """gateway.networking.k8s.io GatewayClass."""

    spec: GatewayClassSpec = GatewayClassSpec()


class GatewayAnnotations(Struct, frozen=True, omit_defaults=True, gc=False):
    """The annotations of a Gateway that rules name."""

    alb_id: str = field(default="", name="alb.networking.azure.io/alb-id")
    """The ARM id of an AGC that was made outside the cluster."""
    alb_name: str = field(default="", name="alb.networking.azure.io/alb-name")


class GatewayMetadata(Metadata, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta of a Gateway."""

    annotations: GatewayAnnotations = GatewayAnnotations()


class GatewaySpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Gateway.spec."""

    gateway_class_name: str = ""


class Gateway(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """gateway.networking.k8s.io Gateway."""

    metadata: GatewayMetadata = GatewayMetadata()
    spec: GatewaySpec = GatewaySpec()


class ApplicationLoadBalancerSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """ApplicationLoadBalancer.spec."""

    associations: tuple[str, ...] = ()
    """ARM ids of subnets."""


class ApplicationLoadBalancer(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """alb.networking.azure.io ApplicationLoadBalancer: an AGC that the ALB controller made."""

    spec: ApplicationLoadBalancerSpec = ApplicationLoadBalancerSpec()
