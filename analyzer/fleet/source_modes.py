"""Where a cluster's network stands before a migration, in the words that filters take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.network import Dataplane, IpamMode, PolicyEngine, hidden, observe

_PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ipam": {
            IpamMode.KUBENET: ("kubenet",),
            IpamMode.NODE_SUBNET: ("node-subnet",),
            IpamMode.POD_SUBNET_DYNAMIC: ("pod-subnet", "pod-subnet-dynamic"),
            IpamMode.POD_SUBNET_STATIC: ("pod-subnet", "pod-subnet-static"),
            IpamMode.OVERLAY: ("overlay",),
            IpamMode.BYO: ("byo",),
        },
        "policy": {
            PolicyEngine.NONE: ("no-policy",),
            PolicyEngine.AZURE: ("npm",),
            PolicyEngine.CALICO: ("calico",),
            PolicyEngine.CILIUM: ("cilium",),
        },
        "dataplane": {Dataplane.AZURE: (), Dataplane.CILIUM: ("cilium",)},
    }
)
"""Words by the part of the network state that they are about, and by its value."""
MODES = tuple(dict.fromkeys(word for values in _PARTS.values() for words in values.values() for word in words))
"""Every word."""


def modes_of(cluster: ManagedCluster) -> tuple[str, ...]:
    """The cluster's words; `ipam unknown`, `policy unknown`, `dataplane unknown` for what its body does not show."""
    facts = _facts(cluster)
    words = (word for part, values in _PARTS.items() for word in _words(part, values, facts[part]))
    return tuple(dict.fromkeys(words))


def may_be(wanted: str, modes: Collection[str]) -> bool:
    """Whether a cluster with these words is of a mode, or may be: what is not shown is no "no"."""
    return wanted in modes or any(
        _unknown(part) in modes and any(wanted in words for words in values.values()) for part, values in _PARTS.items()
    )


def _facts(cluster: ManagedCluster) -> dict[str, Fact[str]]:
    state, profile = observe(Known(cluster)), cluster.network_profile
    policy: Fact[str] = state.policy
    if profile is not None and not isinstance(profile.network_policy, str | None):
        policy = hidden("networkProfile.networkPolicy", "the key is absent")
    return {"ipam": state.ipam, "policy": policy, "dataplane": state.dataplane}


def _words(part: str, values: Mapping[str, tuple[str, ...]], fact: Fact[str]) -> tuple[str, ...]:
    return (_unknown(part),) if isinstance(fact, Missing) else values[fact.value]


def _unknown(part: str) -> str:
    return f"{part} unknown"
