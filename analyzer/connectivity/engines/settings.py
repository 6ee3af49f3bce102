"""What each engine's reading of the policies depends on, beside the policies."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.version import Version


@dataclass(frozen=True, slots=True)
class NoEngine:
    """Nothing enforces policies."""

    name = "no policy engine"


@dataclass(frozen=True, slots=True)
class Npm:
    """Azure NPM on Linux nodes."""

    chain_first: bool | None = False
    """`PlaceAzureChainFirst` of ConfigMap kube-system/azure-npm-config; None: not read."""
    flattens_not_in: bool | None = None
    """Whether the image was built before 2026-09-15, and takes NotIn over several values of a namespaceSelector apart
    (row 9); None: not read."""

    name = "Azure NPM"


@dataclass(frozen=True, slots=True)
class Calico:
    """Calico as AKS installs it, or as an operator of one's own does."""

    name = "Calico"


@dataclass(frozen=True, slots=True)
class Cilium:
    """Cilium as AKS runs it."""

    version: Version
    """1.13 and later."""
    label_filter: tuple[str, ...] = ()
    """The key `labels` of ConfigMap kube-system/cilium-config, apart at its blanks; empty: Cilium's default."""
    has_l7_proxy: bool = False
    """Advanced Container Networking Services' security is on, so that L7 and FQDN rules are accepted."""

    name = "Cilium"


Settings = NoEngine | Npm | Calico | Cilium
"""One engine as one cluster runs it."""
