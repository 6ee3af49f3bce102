"""The network state of a cluster: what ARM says now, or what a step makes of it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from analyzer.model.cluster import AgentPool, ManagedCluster, NetworkProfile
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.source import Source
from analyzer.model.version import Version, parse_version

E = TypeVar("E", bound=enum.StrEnum)


class Plugin(enum.StrEnum):
    """networkProfile.networkPlugin."""

    AZURE = "azure"
    KUBENET = "kubenet"
    NONE = "none"


class IpamMode(enum.StrEnum):
    """Where pods get their addresses from: the source mode of a migration."""

    KUBENET = "kubenet"
    NODE_SUBNET = "node-subnet"
    POD_SUBNET_DYNAMIC = "pod-subnet-dynamic"
    POD_SUBNET_STATIC = "pod-subnet-static"
    OVERLAY = "overlay"
    BYO = "byo"
    """networkPlugin none: a CNI that AKS does not manage."""


class Dataplane(enum.StrEnum):
    """networkProfile.networkDataplane."""

    AZURE = "azure"
    CILIUM = "cilium"


class PolicyEngine(enum.StrEnum):
    """networkProfile.networkPolicy. `azure` is Azure NPM."""

    NONE = "none"
    AZURE = "azure"
    CALICO = "calico"
    CILIUM = "cilium"


CILIUM_VERSIONS = MappingProxyType(
    {
        (1, 27): Version(1, 13, 18),
        (1, 28): Version(1, 13, 18),
        (1, 29): Version(1, 14, 20),
        (1, 30): Version(1, 14, 20),
        (1, 31): Version(1, 16, 16),
        (1, 32): Version(1, 17, 9),
        (1, 33): Version(1, 17, 9),
        (1, 34): Version(1, 18, 6),
        (1, 35): Version(1, 18, 6),
        (1, 36): Version(1, 18, 9),
    }
)
"""Least Cilium version by Kubernetes minor: learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium, 2026-08-05;
the rows below 1.31 are from that page's history. Release notes of mid 2026 ship 1.19 for 1.36."""


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Plugin, IPAM mode, data plane, policy engine, ranges and versions, each known or missing."""

    plugin: Fact[Plugin]
    ipam: Fact[IpamMode]
    dataplane: Fact[Dataplane]
    policy: Fact[PolicyEngine]
    pod_cidrs: Fact[tuple[str, ...]]
    """Empty where pods take addresses from a subnet."""
    service_cidrs: Fact[tuple[str, ...]]
    kubernetes_version: Fact[Version]

    @property
    def cilium_version(self) -> Fact[Version]:
        """The least Cilium version that AKS runs on the control plane's Kubernetes version."""
        version = self.kubernetes_version
        if isinstance(version, Missing):
            return version.of()
        cilium = CILIUM_VERSIONS.get((version.value.major, version.value.minor))
        if cilium is None:
            detail = f"AKS publishes no Cilium version for Kubernetes {version.value}"
            return Missing(Source.CLUSTER, Cause.UNRECOGNISED, detail, _cilium_grant(version.value))
        return Known(cilium)


def _cilium_grant(version: Version) -> str:
    """What to do about a version that the table does not have: it is too old for Cilium, or newer than the table."""
    oldest, newest = min(CILIUM_VERSIONS), max(CILIUM_VERSIONS)
    if (version.major, version.minor) < oldest:
        least = ".".join(map(str, oldest))
        return f"It is too old for Cilium: upgrade the cluster to Kubernetes {least} or later, and check again"
    return f"This version knows Kubernetes up to {'.'.join(map(str, newest))}: use a newer version of aks-preflight"


def observe(cluster: Fact[ManagedCluster]) -> NetworkState:
    """The state that ARM shows. What the body hides is missing, never the default."""
    profile = _profile(cluster)
    plugin = _then(profile, _plugin)
    ipam = _then(profile, lambda found: _ipam(found, plugin, pools(cluster)))
    return NetworkState(
        plugin=plugin,
        ipam=ipam,
        dataplane=_then(profile, lambda found: _dataplane(found, plugin)),
        policy=_then(profile, _policy),
        pod_cidrs=_then(profile, lambda found: _pod_cidrs(found, ipam)),
        service_cidrs=_then(profile, _service_cidrs),
        kubernetes_version=_then(cluster, _kubernetes_version),
    )


def pools(cluster: Fact[ManagedCluster]) -> Fact[tuple[AgentPool, ...]]:
    """The agent pools, by name. An absent, null or empty list is missing, never "no such pool"."""
    return _then(cluster, _pools)


def _pools(cluster: ManagedCluster) -> Fact[tuple[AgentPool, ...]]:
    if not cluster.agent_pool_profiles:
        return hidden("agentPoolProfiles", "it is absent or empty")
    return Known(tuple(sorted(cluster.agent_pool_profiles, key=lambda pool: pool.name)))


def hidden(path: str, what: str) -> Missing[Any]:
    """A field of the cluster's body that is not there to be read."""
    return Missing(
        Source.CLUSTER,
        Cause.HIDDEN,
        f"The cluster's body does not show {path}: {what}",
        "Read the cluster again with a current API version (az aks show with a current Azure CLI)",
    )


def _then(fact: Fact[Any], function: Callable[[Any], Fact[Any]]) -> Fact[Any]:
    return function(fact.value) if isinstance(fact, Known) else fact.of()


def _profile(cluster: Fact[ManagedCluster]) -> Fact[NetworkProfile]:
    def profile(body: ManagedCluster) -> Fact[NetworkProfile]:
        return hidden("networkProfile", "it is absent") if body.network_profile is None else Known(body.network_profile)

    return _then(cluster, profile)


def _member(kind: type[E], value: str, path: str) -> Fact[E]:
    """The enum member that a value names, compared without regard to case."""
    try:
        return Known(kind(value.lower()))
    except ValueError:
        detail = f"{path} is {value!r}, which this version does not know"
        return Missing(Source.CLUSTER, Cause.UNRECOGNISED, detail, "Use a newer version of aks-preflight")


def _plugin(profile: NetworkProfile) -> Fact[Plugin]:
    if not profile.network_plugin:
        return hidden("networkProfile.networkPlugin", "it is absent or null")
    return _member(Plugin, profile.network_plugin, "networkProfile.networkPlugin")


def _is_azure(plugin: Fact[Plugin]) -> bool:
    return isinstance(plugin, Known) and plugin.value is Plugin.AZURE


def _dataplane(profile: NetworkProfile, plugin: Fact[Plugin]) -> Fact[Dataplane]:
    value = profile.network_dataplane
    if isinstance(value, UnsetType) and not isinstance(profile.ebpf_dataplane, UnsetType):
        value = profile.ebpf_dataplane
    if isinstance(plugin, Missing):
        return plugin.of() if not isinstance(value, str) else _member(Dataplane, value, _DATAPLANE)
    if value is UNSET and (_is_azure(plugin) or _policy_is_cilium(profile)):
        return hidden(_DATAPLANE, "the key is absent, as with API versions that leave it out")
    return _member(Dataplane, value, _DATAPLANE) if isinstance(value, str) and value else Known(Dataplane.AZURE)


_DATAPLANE = "networkProfile.networkDataplane"


def _policy_is_cilium(profile: NetworkProfile) -> bool:
    return isinstance(profile.network_policy, str) and profile.network_policy.lower() == PolicyEngine.CILIUM


def _policy(profile: NetworkProfile) -> Fact[PolicyEngine]:
    value = profile.network_policy
    if not isinstance(value, str) or not value:
        return Known(PolicyEngine.NONE)
    return _member(PolicyEngine, value, "networkProfile.networkPolicy")


def _ipam(profile: NetworkProfile, plugin: Fact[Plugin], pool_list: Fact[tuple[AgentPool, ...]]) -> Fact[IpamMode]:
    if isinstance(plugin, Missing):
        return plugin.of()
    if plugin.value is Plugin.NONE:
        return Known(IpamMode.BYO)
    if plugin.value is Plugin.KUBENET:
        return Known(IpamMode.KUBENET)
    mode = profile.network_plugin_mode
    if mode is UNSET and profile.network_dataplane is UNSET:
        return hidden("networkProfile.networkPluginMode", "the key is absent, as with API versions that leave it out")
    if isinstance(mode, str) and mode.lower() not in ("", "none"):
        return _member(IpamMode, mode, "networkProfile.networkPluginMode")
    return _then(pool_list, lambda found: Known(_subnet_mode(found)))


def _subnet_mode(pool_list: tuple[AgentPool, ...]) -> IpamMode:
    on_pod_subnet = [pool for pool in pool_list if pool.pod_subnet_id]
    if not on_pod_subnet:
        return IpamMode.NODE_SUBNET
    static = any((pool.pod_ip_allocation_mode or "").lower() == "staticblock" for pool in on_pod_subnet)
    return IpamMode.POD_SUBNET_STATIC if static else IpamMode.POD_SUBNET_DYNAMIC


def _ranges(many: tuple[str, ...] | None, one: str | None) -> tuple[str, ...]:
    return many or ((one,) if one else ())


def _pod_cidrs(profile: NetworkProfile, ipam: Fact[IpamMode]) -> Fact[tuple[str, ...]]:
    ranges = _ranges(profile.pod_cidrs, profile.pod_cidr)
    needs_range = isinstance(ipam, Missing) or ipam.value in (IpamMode.KUBENET, IpamMode.OVERLAY)
    return hidden("networkProfile.podCidr", "it is absent or null") if needs_range and not ranges else Known(ranges)


def _service_cidrs(profile: NetworkProfile) -> Fact[tuple[str, ...]]:
    ranges = _ranges(profile.service_cidrs, profile.service_cidr)
    return Known(ranges) if ranges else hidden("networkProfile.serviceCidr", "it is absent or null")


def _kubernetes_version(cluster: ManagedCluster) -> Fact[Version]:
    text = cluster.current_kubernetes_version or cluster.kubernetes_version
    version = parse_version(text)
    if version is None:
        return hidden("currentKubernetesVersion", f"it is {text!r}" if text else "it is absent or null")
    return Known(version)
