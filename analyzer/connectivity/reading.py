"""What every engine reads: the policies of all kinds, and the parties of one address family that they select."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from analyzer.connectivity.parties import Parties
from analyzer.connectivity.population import Population
from analyzer.connectivity.selection import Namespaces, Selection
from analyzer.model.fact import Fact
from analyzer.model.objects import (
    CalicoHostEndpoint,
    CalicoNetworkSet,
    CalicoPolicy,
    CalicoTier,
    CiliumPolicy,
    NetworkPolicy,
)

Policy = NetworkPolicy | CiliumPolicy | CalicoPolicy


@dataclass(frozen=True)
class PolicyBook:
    """The policies of a cluster, of every kind that some engine reads. A policy is named by its place in `policies`."""

    kubernetes: tuple[NetworkPolicy, ...] = ()
    cilium: tuple[CiliumPolicy, ...] = ()
    """CiliumNetworkPolicies, and CiliumClusterwideNetworkPolicies: those have no namespace."""
    calico: tuple[CalicoPolicy, ...] = ()
    """Calico's NetworkPolicies and GlobalNetworkPolicies, without its mirrors of Kubernetes policies."""
    calico_sets: tuple[CalicoNetworkSet, ...] = ()
    """NetworkSets, and GlobalNetworkSets: those have no namespace."""
    calico_tiers: tuple[CalicoTier, ...] = ()
    calico_host_endpoints: tuple[CalicoHostEndpoint, ...] = ()

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """All of them: Kubernetes' first, then Cilium's, then Calico's."""
        return (*self.kubernetes, *self.cilium, *self.calico)

    @property
    def first_cilium(self) -> int:
        """The place of the first of Cilium's own."""
        return len(self.kubernetes)

    @property
    def first_calico(self) -> int:
        """The place of the first of Calico's own."""
        return len(self.kubernetes) + len(self.cilium)


@dataclass(frozen=True)
class Reading:
    """Policies over the parties of one family."""

    book: PolicyBook
    parties: Parties
    namespaces: Callable[[], Fact[Namespaces]]
    """Asked for only where their labels decide."""
    everybody: Population
    """The live pods of every family: a table of port names holds them all."""

    @cached_property
    def selection(self) -> Selection:
        """Kubernetes selectors over all labels. Sets are classes of `parties.population`."""
        return Selection(self.parties.population, self.namespaces)
