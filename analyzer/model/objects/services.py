"""Services and what stands before and behind them: slices, ingresses, webhooks, service ranges."""

from __future__ import annotations

from msgspec import Struct, field

from analyzer.model.objects.metadata import KubernetesObject, Labels, Metadata


class ServicePort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One port of a Service."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str = 0
    node_port: int = 0


class ServiceSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Service.spec."""

    type: str = "ClusterIP"
    selector: Labels = {}
    ports: tuple[ServicePort, ...] = ()
    cluster_ip: str = field(default="", name="clusterIP")
    external_traffic_policy: str = ""
    load_balancer_source_ranges: tuple[str, ...] = ()
    cluster_ips: tuple[str, ...] = field(default=(), name="clusterIPs")
    ip_families: tuple[str, ...] = ()
    external_ips: tuple[str, ...] = field(default=(), name="externalIPs")
    external_name: str = ""
    internal_traffic_policy: str = ""
    traffic_distribution: str = ""


class LoadBalancerIngress(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One address under which a load balancer serves."""

    ip: str = ""
    hostname: str = ""


class LoadBalancerStatus(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """status.loadBalancer."""

    ingress: tuple[LoadBalancerIngress, ...] = ()


class ServiceStatus(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Service.status."""

    load_balancer: LoadBalancerStatus = LoadBalancerStatus()


class ServiceAnnotations(Struct, frozen=True, omit_defaults=True, gc=False):
    """The annotations of a Service that rules name."""

    external_dns_hostname: str = field(default="", name="external-dns.alpha.kubernetes.io/hostname")
    global_service: str = field(default="", name="service.cilium.io/global")
    topology_mode: str = field(default="", name="service.kubernetes.io/topology-mode")
    topology_hints: str = field(default="", name="service.kubernetes.io/topology-aware-hints")
    internal: str = field(default="", name="service.beta.kubernetes.io/azure-load-balancer-internal")
    allowed_ip_ranges: str = field(default="", name="service.beta.kubernetes.io/azure-allowed-ip-ranges")
    pls_create: str = field(default="", name="service.beta.kubernetes.io/azure-pls-create")
    pls_subnet: str = field(default="", name="service.beta.kubernetes.io/azure-pls-ip-configuration-subnet")


class ServiceMetadata(Metadata, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta of a Service."""

    annotations: ServiceAnnotations = ServiceAnnotations()


class Service(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """v1 Service."""

    metadata: ServiceMetadata = ServiceMetadata()
    spec: ServiceSpec = ServiceSpec()
    status: ServiceStatus = ServiceStatus()


class EndpointTarget(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The object behind an endpoint."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class EndpointAddresses(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One endpoint of a slice."""

    addresses: tuple[str, ...] = ()
    target_ref: EndpointTarget | None = None


class EndpointPort(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One port of a slice."""

    name: str | None = None
    port: int | None = None
    protocol: str = "TCP"


class EndpointSlice(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """discovery.k8s.io EndpointSlice."""

    address_type: str = "IPv4"
    endpoints: tuple[EndpointAddresses, ...] | None = None
    ports: tuple[EndpointPort, ...] | None = None


class IngressClassSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """IngressClass.spec."""

    controller: str = ""


class IngressClass(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 IngressClass."""

    spec: IngressClassSpec = IngressClassSpec()


class IngressSpec(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Ingress.spec."""

    ingress_class_name: str | None = None


class IngressAnnotations(Struct, frozen=True, omit_defaults=True, gc=False):
    """The annotations of an Ingress that rules name: its class, lists of client addresses, its gateway."""

    ingress_class: str = field(default="", name="kubernetes.io/ingress.class")
    nginx_whitelist: str = field(default="", name="nginx.ingress.kubernetes.io/whitelist-source-range")
    nginx_allowlist: str = field(default="", name="nginx.ingress.kubernetes.io/allowlist-source-range")
    nginx_denylist: str = field(default="", name="nginx.ingress.kubernetes.io/denylist-source-range")
    haproxy_allow_list: str = field(default="", name="haproxy.org/allow-list")
    haproxy_whitelist: str = field(default="", name="haproxy.org/whitelist")
    haproxy_deny_list: str = field(default="", name="haproxy.org/deny-list")
    generic_whitelist: str = field(default="", name="ingress.kubernetes.io/whitelist-source-range")
    traefik_whitelist: str = field(default="", name="traefik.ingress.kubernetes.io/whitelist-source-range")
    alb_id: str = field(default="", name="alb.networking.azure.io/alb-id")
    """The ARM id of an Application Gateway for Containers that was made outside the cluster."""


class IngressMetadata(Metadata, frozen=True, omit_defaults=True, rename="camel"):
    """ObjectMeta of an Ingress."""

    annotations: IngressAnnotations = IngressAnnotations()


class Ingress(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 Ingress."""

    metadata: IngressMetadata = IngressMetadata()
    spec: IngressSpec = IngressSpec()


class ServiceCIDRSpec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """ServiceCIDR.spec."""

    cidrs: tuple[str, ...] = ()


class ServiceCIDR(KubernetesObject, frozen=True, omit_defaults=True, rename="camel"):
    """networking.k8s.io/v1 ServiceCIDR, from Kubernetes 1.33."""

    spec: ServiceCIDRSpec = ServiceCIDRSpec()
