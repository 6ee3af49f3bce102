"""What an answer about flows rests on, beside the policies themselves, and that was not all read."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.connectivity.engines.settings import Calico, Cilium, Npm, Settings
from analyzer.model.fact import Fact, Missing
from analyzer.model.snapshot import Snapshot


def unread_facts(snapshot: Snapshot, engines: Iterable[Settings]) -> tuple[Missing[object], ...]:
    """Who there is, and how some engines are set up. Lists of policies are missed by the engines that read them."""
    facts: list[Fact[object]] = [snapshot.pods, snapshot.nodes, snapshot.services, snapshot.endpoint_slices]
    facts.append(snapshot.daemon_sets)
    for settings in engines:
        match settings:
            case Npm():
                facts.append(snapshot.npm_config)
            case Calico():
                facts += [snapshot.calico_host_endpoints, snapshot.admin_network_policies]
            case Cilium():
                facts.append(snapshot.cilium_config)
    return tuple({fact.source: fact for fact in facts if isinstance(fact, Missing)}.values())
