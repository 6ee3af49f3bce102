"""What stands behind a Service: pods by its selector, or the addresses of its slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.model.objects import EndpointSlice, Pod, Service, ServicePort

_SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Backend:
    """A pod, or an address with the port that is served there."""

    pod: Pod | None = None
    address: str = ""
    number: int = 0


def backends(
    service: Service, port: ServicePort, pods: Iterable[Pod], slices: Iterable[EndpointSlice]
) -> tuple[Backend, ...]:
    """The backends of one port: the live pods that the selector finds; without a selector what the slices list."""
    wanted = service.spec.selector.items()
    if not wanted:
        return tuple(_listed(service, port, slices))
    return tuple(
        Backend(pod)
        for pod in pods
        if pod.namespace == service.namespace and not pod.has_ended and wanted <= pod.labels.items()
    )


def _listed(service: Service, port: ServicePort, slices: Iterable[EndpointSlice]) -> Iterator[Backend]:
    for item in slices:
        if item.namespace != service.namespace or item.labels.get(_SERVICE_NAME) != service.name:
            continue
        numbers = [found.port for found in item.ports or () if (found.name or "", found.protocol) == _name(port)]
        for number in numbers:
            for endpoint in item.endpoints or ():
                yield from (Backend(None, address, number or 0) for address in endpoint.addresses)


def _name(port: ServicePort) -> tuple[str, str]:
    return port.name, port.protocol


def entrance_addresses(service: Service) -> tuple[str, ...]:
    """The addresses at which it is entered from outside: the load balancer's, and external IPs."""
    served = (item.ip for item in service.status.load_balancer.ingress if item.ip)
    return (*served, *service.spec.external_ips)


def services_at(address: str, services: Iterable[Service]) -> Iterator[Service]:
    """The Services that answer at an address of their own."""
    for service in services:
        own = service.spec.cluster_ips or (service.spec.cluster_ip,)
        if address in own or address in entrance_addresses(service):
            yield service


def has_entrance(service: Service) -> bool:
    """Whether it is reached from outside the cluster."""
    return service.spec.type in ("LoadBalancer", "NodePort") or bool(service.spec.external_ips)


def is_local(service: Service) -> bool:
    """Whether only the node that the packet comes in through serves it, under the client's own address."""
    return service.spec.external_traffic_policy == "Local"
