"""Calico's rules for DNS names: domains in policies, allowedEgressDomains in network sets."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Evidence, Finding, Gap, Severity, object_ref
from analyzer.model.objects import CalicoNetworkSet, CalicoPolicy
from analyzer.model.snapshot import Snapshot
from rules.aks_owned import is_aks_owned
from rules.lists import gaps


def calico_domains(snapshot: Snapshot) -> Iterator[Finding | Gap]:
    """A notice for each policy and network set that names domains, and a gap for each list that is not whole."""
    for policies in (snapshot.calico_policies, snapshot.calico_global_policies):
        for policy in seen(policies):
            yield from _named(policy, "spec.egress[].destination.domains", _domains(policy))
        yield from gaps(policies, severity=Severity.NOTICE)
    for sets in (snapshot.calico_network_sets, snapshot.calico_global_network_sets):
        for item in seen(sets):
            yield from _named(item, "spec.allowedEgressDomains", item.spec.allowed_egress_domains)
        yield from gaps(sets, severity=Severity.NOTICE)


def _domains(policy: CalicoPolicy) -> tuple[str, ...]:
    return tuple(name for rule in policy.spec.egress if rule.destination for name in rule.destination.domains)


def _named(item: CalicoPolicy | CalicoNetworkSet, where: str, domains: tuple[str, ...]) -> Iterator[Finding]:
    if domains and not is_aks_owned(item):
        message = f"Calico {item.kind} {item.name} admits DNS names ({domains[0]}), which Cilium does not read."
        evidence = (Evidence(where, ", ".join(domains)),)
        yield Finding(object=object_ref(item), message=message, evidence=evidence, severity=Severity.NOTICE)
