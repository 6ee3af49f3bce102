"""Which engine enforces the policies in a network state of a cluster, and how it is set up there."""

from __future__ import annotations

import msgspec

from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.network import NetworkState, PolicyEngine
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.version import Version, parse_version

_KEY = "azure-npm.json"
_FIRST_TO_MEND = Version(1, 6)
"""Images of 1.6 may be of before or after 2026-09-15; those of 1.5 are all older (row 9)."""


class _Toggles(msgspec.Struct, frozen=True):
    first: bool = msgspec.field(default=False, name="PlaceAzureChainFirst")


class _Config(msgspec.Struct, frozen=True):
    toggles: _Toggles = msgspec.field(default=_Toggles(), name="Toggles")


_CONFIG = msgspec.json.Decoder(_Config)


def settings_of(snapshot: Snapshot, state: NetworkState) -> Settings:
    """The engine of a state, today's or one that a step brings.

    Raises LackingError where the engine, or the version of Kubernetes and so of Cilium, is not known.
    """
    match state.policy.require():
        case PolicyEngine.NONE:
            return NoEngine()
        case PolicyEngine.AZURE:
            first = npm_chain_first(snapshot)
            return Npm(first.value if isinstance(first, Known) else None, _flattens_not_in(snapshot))
        case PolicyEngine.CALICO:
            return Calico()
        case PolicyEngine.CILIUM:
            return Cilium(state.cilium_version.require(), _label_filter(snapshot), _has_l7_proxy(snapshot))


def npm_chain_first(snapshot: Snapshot) -> Fact[bool]:
    """Whether NPM's chain stands before kube-proxy's; its default is no.

    Sources: Azure/azure-container-networking, npm/config/config.go; kube-system/azure-npm-config holds the setting.
    """
    config = snapshot.npm_config
    if isinstance(config, Missing):
        return config.of()
    text = config.value.data.get(_KEY, "") if config.value else ""
    if not text:
        return Known(False)
    try:
        return Known(_CONFIG.decode(text).toggles.first)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        detail = f"The key {_KEY} of ConfigMap kube-system/azure-npm-config is not the JSON that NPM reads"
        return Missing(Source.NPM_CONFIG, Cause.MALFORMED, detail)


def _flattens_not_in(snapshot: Snapshot) -> bool | None:
    """By the image of the DaemonSet azure-npm; None where it was not read, or may be of either side of the mend."""
    images = (
        container.image
        for item in seen(snapshot.daemon_sets)
        if (item.namespace, item.name) == ("kube-system", "azure-npm")
        for container in item.spec.template.spec.containers
    )
    versions = (parse_version(image.rpartition(":")[2]) for image in images)
    found = next((version for version in versions if version), None)
    return True if found and found < _FIRST_TO_MEND else None


def _label_filter(snapshot: Snapshot) -> tuple[str, ...]:
    """The key `labels`: the one of cilium-config that AKS lets users set (azure-cni-powered-by-cilium, 2026-08-05)."""
    config = snapshot.cilium_config
    found = config.value if isinstance(config, Known) else None
    return tuple(found.data.get("labels", "").split()) if found else ()


def _has_l7_proxy(snapshot: Snapshot) -> bool:
    """Whether the security features of Advanced Container Networking Services are on."""
    cluster = snapshot.cluster
    profile = cluster.value.network_profile if isinstance(cluster, Known) else None
    services = profile.advanced_networking if profile else None
    return bool(services and services.enabled and services.security and services.security.enabled)
