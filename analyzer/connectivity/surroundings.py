"""What stands around the pods: nodes, the API server, DNS on the nodes, ranges that are never outside."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.connectivity.parties import Surroundings
from analyzer.model.fact import Known, seen
from analyzer.model.network import IpamMode, observe, pools
from analyzer.model.objects import Workload
from analyzer.model.snapshot import Snapshot

LOCAL_DNS = ("169.254.10.10", "169.254.10.11")
"""Where AKS LocalDNS listens on each node: learn.microsoft.com/azure/aks/localdns-custom, 2026-07-06."""
NODE_LOCAL_DNS = "169.254.20.10"
"""Where NodeLocal DNSCache listens on each node: kubernetes.io, "Using NodeLocal DNSCache"."""


def surroundings(snapshot: Snapshot) -> Surroundings:
    """What was read of them; what was not read is left out."""
    return Surroundings(
        nodes=seen(snapshot.nodes),
        api_server=tuple(_api_server(snapshot)),
        local_dns=tuple(_local_dns(snapshot)),
        never_outside=tuple(_inside(snapshot)),
    )


def _api_server(snapshot: Snapshot) -> Iterator[str]:
    """The endpoints of default/kubernetes: kubernetes.io, "Accessing the Kubernetes API from a Pod"."""
    for item in seen(snapshot.endpoint_slices):
        if (item.namespace, item.labels.get("kubernetes.io/service-name", item.name)) == ("default", "kubernetes"):
            for endpoint in item.endpoints or ():
                yield from endpoint.addresses


def _local_dns(snapshot: Snapshot) -> Iterator[str]:
    """LocalDNS where a pool has it on, the cache where its DaemonSet is there."""
    profiles = [pool.local_dns_profile for pool in seen(pools(snapshot.cluster)) if pool.local_dns_profile]
    if any((item.state or "").lower() == "enabled" or (item.mode or "").lower() == "required" for item in profiles):
        yield from LOCAL_DNS
    if any(_is_cache(item) for item in seen(snapshot.daemon_sets)):
        yield NODE_LOCAL_DNS


def _is_cache(item: Workload) -> bool:
    return item.name == "node-local-dns" or item.labels.get("k8s-app") == "node-local-dns"


def _inside(snapshot: Snapshot) -> Iterator[str]:
    state = observe(snapshot.cluster)
    if isinstance(state.service_cidrs, Known):
        yield from state.service_cidrs.value
    of_pods_alone = isinstance(state.ipam, Known) and state.ipam.value in (IpamMode.OVERLAY, IpamMode.KUBENET)
    if of_pods_alone and isinstance(state.pod_cidrs, Known):
        yield from state.pod_cidrs.value
