"""The clusters of many subscriptions: found by Resource Graph, and asked of each subscription in which it shows none.

Resource Graph skips in silence what the account may not read. A subscription's own list is one request, and its answer
is a proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.collect.arm_requests import Ask
from analyzer.collect.azure.listed_clusters import ListedCluster, clusters_of, find_clusters
from analyzer.collect.azure.resource_graph import MOST_SUBSCRIPTIONS, Graph
from analyzer.collect.azure.subscriptions import Subscription
from analyzer.fleet.chosen_subscriptions import sentence
from analyzer.model.cluster import id_segment
from analyzer.model.fact import Fact, Known, Missing

_NOT_REGISTERED = "(MissingSubscriptionRegistration)"
"""A provider that has resources cannot be unregistered (learn.microsoft.com/azure/azure-resource-manager/management/
resource-providers-and-types): a subscription without it has no cluster."""
_GONE = "(SubscriptionNotFound)"


@dataclass(frozen=True, slots=True)
class Searched:
    """What one subscription holds."""

    clusters: tuple[ListedCluster, ...]
    """In no order, and perhaps twice."""
    failure: str = ""
    """Why there may be others; empty: its list was read, or Resource Graph shows some."""


def search(subscriptions: Sequence[Subscription], ask: Ask, graph: Graph) -> tuple[dict[str, Searched], str]:
    """What each subscription holds, by its key; and why Resource Graph was not enough ("" where it was)."""
    shown: dict[str, list[ListedCluster]] = {item.key: [] for item in subscriptions}
    refusals: list[str] = []
    for start in range(0, len(subscriptions), MOST_SUBSCRIPTIONS):
        batch = tuple(item.subscription_id for item in subscriptions[start : start + MOST_SUBSCRIPTIONS])
        found = find_clusters(graph, batch)
        if isinstance(found, Missing):
            refusals.append(_refusal(found, len(batch), len(subscriptions)))
        else:
            _sort_in(found.value, shown)
    results = {key: Searched(tuple(clusters)) for key, clusters in shown.items() if clusters}
    rest = [item for item in subscriptions if item.key not in results]
    answers = ask([clusters_of(item.subscription_id) for item in rest])
    results |= {item.key: _searched(answer) for item, answer in zip(rest, answers, strict=True)}
    return results, " ".join(refusals)


def _sort_in(found: Iterable[ListedCluster], shown: dict[str, list[ListedCluster]]) -> None:
    """Each under its subscription. Rows of subscriptions that were not asked for are in nobody's scope."""
    for cluster in found:
        shown.get(id_segment(cluster.id, "subscriptions").lower(), []).append(cluster)


def _refusal(missing: Missing[object], count: int, whole: int) -> str:
    return (
        f"Resource Graph gave no answer that could be used for {count} of {whole} subscriptions, whose clusters were"
        f" listed one subscription at a time: {sentence(missing)}"
    )


def _searched(answer: Fact[tuple[ListedCluster, ...]]) -> Searched:
    if isinstance(answer, Known):
        return Searched(answer.value)
    if _NOT_REGISTERED in answer.detail:
        return Searched(())
    gone = " It is gone since it was listed, or not visible any more." if _GONE in answer.detail else ""
    return Searched(answer.seen or (), f"{sentence(answer)}{gone}")
