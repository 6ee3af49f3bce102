"""Whether a cluster has IPv6 besides IPv4."""

from __future__ import annotations

from analyzer.addresses import family
from analyzer.model.finding import Evidence
from analyzer.scene import Scene


def ipv6_evidence(scene: Scene) -> tuple[Evidence, ...]:
    """Where the cluster's body shows IPv6; empty: IPv4 alone, which an absent ipFamilies means too.

    learn.microsoft.com/azure/aks/configure-dual-stack, 2023-12-07. Needs the cluster's body.
    """
    profile = scene.cluster.require().network_profile
    families = (profile.ip_families if profile else None) or ()
    ranges = (profile.pod_cidrs if profile else None) or ()
    has_ipv6 = any(name.lower() == "ipv6" for name in families)
    of_pods = tuple(Evidence("networkProfile.podCidrs", cidr) for cidr in ranges if family(cidr) == 6)
    return ((Evidence("networkProfile.ipFamilies", ", ".join(families)),) if has_ipv6 else ()) + of_pods
