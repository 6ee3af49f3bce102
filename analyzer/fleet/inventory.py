"""The clusters of many subscriptions, and which subscriptions were seen: what an audit looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.collect.azure.cluster_id import parse_cluster_id
from analyzer.fleet.source_modes import modes_of
from analyzer.model.fleet_report import SeenSubscription

if TYPE_CHECKING:
    from analyzer.collect.azure.listed_clusters import ListedCluster
    from analyzer.collect.azure.pipeline import Access
    from analyzer.collect.azure.subscriptions import Subscription
    from analyzer.fleet.cluster_search import Searched
    from analyzer.fleet.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCluster:
    """One cluster that was found; nothing of it is judged."""

    id: str
    """Its ARM id in the canonical spelling; names keep their case."""
    name: str
    resource_group: str
    subscription: str
    """The bare id, in lower case."""
    subscription_name: str = ""
    location: str = ""
    """Empty: not shown."""
    tags: Mapping[str, str]
    modes: tuple[str, ...] = ()
    """Its source modes, by source_modes."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was found, and what was not seen. No clusters is no error here, and proves nothing by itself."""

    clusters: tuple[FoundCluster, ...]
    """By subscription, then id, in lower case; each once."""
    subscriptions: tuple[SeenSubscription, ...]
    """By name, then id."""
    note: str = ""
    """Why it is not known how many subscriptions there are, and what stood in for Resource Graph; empty: nothing."""
    subscriptions_known: bool = True
    """False: there may be more of them, and the note says why."""


def take_inventory(scope: Scope, access: Access, progress: Callable[[str], None]) -> Inventory:
    """The clusters of a scope.

    Raises UsageError for a scope that names nothing or two things, UnreachableError where nobody can be signed in or no
    subscription is visible. A subscription that cannot be read ends nothing: it is there, not seen, with its reason.
    """
    from analyzer.collect.azure.lists import asking
    from analyzer.collect.azure.pipeline import open_arm
    from analyzer.collect.azure.resource_graph import open_graph
    from analyzer.fleet.chosen_subscriptions import choose
    from analyzer.fleet.cluster_search import search

    with open_arm(access, "") as arm, open_graph(access, arm, progress) as graph:
        ask = asking(arm, access.concurrency, progress)
        chosen = choose(scope, ask, graph)
        found, refusal = search(chosen.visible, ask, graph)
    clusters = {item.key: _clusters(item, found[item.key]) for item in chosen.visible}
    looked_at = (_seen(item, found[item.key], len(clusters[item.key])) for item in chosen.visible)
    return Inventory(
        tuple(cluster for item in chosen.visible for cluster in clusters[item.key]),
        tuple(sorted((*looked_at, *chosen.unseen), key=lambda item: (item.name.lower(), item.id))),
        " ".join(filter(None, (chosen.note, refusal))),
        chosen.is_whole,
    )


def _clusters(subscription: Subscription, found: Searched) -> tuple[FoundCluster, ...]:
    """By id, each once."""
    unique = {item.id.lower(): item for item in (_found(subscription, cluster) for cluster in found.clusters)}
    return tuple(unique[key] for key in sorted(unique))


def _found(subscription: Subscription, cluster: ListedCluster) -> FoundCluster:
    parts = parse_cluster_id(cluster.id)
    return FoundCluster(
        id=str(parts),
        name=parts.name,
        resource_group=parts.resource_group,
        subscription=subscription.key,
        subscription_name=subscription.display_name,
        location=cluster.location,
        tags={key: value or "" for key, value in (cluster.tags or {}).items()},
        modes=modes_of(cluster.body),
    )


def _seen(subscription: Subscription, found: Searched, clusters: int) -> SeenSubscription:
    state = "" if subscription.state == "Enabled" else f"The subscription's state is {subscription.state}."
    return SeenSubscription(
        id=subscription.key,
        name=subscription.display_name,
        seen=not found.failure,
        detail=" ".join(filter(None, (state, found.failure))),
        clusters=clusters,
    )
