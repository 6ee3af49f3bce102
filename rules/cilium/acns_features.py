"""Advanced Container Networking Services (ACNS): which of its features are on today, and which are planned."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from analyzer.model.cluster import AdvancedNetworking
from analyzer.model.fact import Fact, Known
from analyzer.model.finding import Evidence, Passed
from analyzer.model.network import hidden
from analyzer.model.step import PlannedFeature
from analyzer.scene import Scene

_ENCRYPTION = "security.transitEncryption.type"
_ON: Mapping[PlannedFeature, tuple[str, str]] = MappingProxyType(
    {
        PlannedFeature.ACNS: ("enabled", "true"),
        PlannedFeature.ACNS_L7: ("security.advancedNetworkPolicies", "l7"),
        PlannedFeature.ACNS_WIREGUARD: (_ENCRYPTION, "wireguard"),
        PlannedFeature.ACNS_MTLS: (_ENCRYPTION, "mtls"),
        PlannedFeature.ACNS_EBPF_HOST_ROUTING: ("performance.accelerationMode", "bpfveth"),
    }
)
"""Of each feature the field of advancedNetworking that shows it, and its value in lower case."""


def uses(scene: Scene, feature: PlannedFeature) -> tuple[Evidence, ...]:
    """Where a feature is seen to be on, and where the operator says that it is planned. Empty: neither.

    Any feature of ACNS that is planned counts for ACNS itself.
    """
    return (*is_on(scene, feature), *_planned(scene, feature))


def is_on(scene: Scene, feature: PlannedFeature) -> tuple[Evidence, ...]:
    """Where a feature is seen to be on today. Empty: it is off.

    A body without advancedNetworking has ACNS off: that is the documented default. Raises LackingError where the body
    shows no networkProfile.
    """
    profile = scene.cluster.require().network_profile
    if profile is None:
        hidden("networkProfile", "it is absent").require()
    services = profile.advanced_networking if profile else None
    if services is None or not services.enabled:
        return ()
    field, value = _ON[feature]
    shown = _values(services)[field]
    return (Evidence(f"networkProfile.advancedNetworking.{field}", shown),) if shown.lower() == value else ()


def policies_on(scene: Scene) -> Fact[str]:
    """What advancedNetworkPolicies is today, in lower case; empty where ACNS or its security part is off."""
    profile = scene.cluster.require().network_profile
    if profile is None:
        return hidden("networkProfile", "it is absent")
    services = profile.advanced_networking
    if services is None or not services.enabled or services.security is None or not services.security.enabled:
        return Known("")
    policies = services.security.advanced_network_policies
    if policies is None:
        return hidden("advancedNetworking.security.advancedNetworkPolicies", "it is absent or null")
    return Known(policies.lower())


def no_use(scene: Scene) -> Passed:
    """Why a rule about a feature without uses passes; CIL-CONFIG asks for a plan that was not given."""
    if scene.inputs.planned_features is None:
        return Passed("It is not on. Whether it is planned is not known: --planned-features was not given.")
    return Passed("It is neither on nor planned.")


def _values(services: AdvancedNetworking) -> Mapping[str, str]:
    security, performance = services.security, services.performance
    encryption = security.transit_encryption if security else None
    return {
        "enabled": "true",
        "security.advancedNetworkPolicies": (security.advanced_network_policies if security else None) or "",
        _ENCRYPTION: (encryption.type if encryption else None) or "",
        "performance.accelerationMode": (performance.acceleration_mode if performance else None) or "",
    }


def _planned(scene: Scene, feature: PlannedFeature) -> tuple[Evidence, ...]:
    given = scene.inputs.planned_features or ()
    wanted = [item for item in given if item == feature or (feature is PlannedFeature.ACNS and _is_acns(item))]
    return tuple(Evidence("--planned-features", str(item)) for item in wanted)


def _is_acns(feature: str) -> bool:
    return feature.startswith("acns")
