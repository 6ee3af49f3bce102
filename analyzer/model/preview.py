"""What a preview API version shows of a managed cluster, and stable ones do not."""

from __future__ import annotations

from msgspec import Struct


class IpvsConfig(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """kubeProxyConfig.ipvsConfig."""

    scheduler: str | None = None


class KubeProxyConfig(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """networkProfile.kubeProxyConfig."""

    enabled: bool | None = None
    mode: str | None = None
    """IPTABLES, IPVS or NFTABLES."""
    ipvs_config: IpvsConfig | None = None


class PreviewNetworkProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """What only a preview API version shows of networkProfile."""

    kube_proxy_config: KubeProxyConfig | None = None


class NodeDisruptionProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Whether operations that reimage nodes are let through."""

    node_disruption_policy: str | None = None
    """Allow, AllowDuringMaintenanceWindow or Block."""


class ClusterPreview(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The same managed cluster through a preview API version: only the fields that stable versions leave out."""

    id: str
    name: str
    network_profile: PreviewNetworkProfile | None = None
    node_disruption_profile: NodeDisruptionProfile | None = None
