"""Which clusters an inventory finds, and what it says it has not seen, against a local Resource Manager over TLS."""

from __future__ import annotations

from servers.arm import Reply, Reset, refusal
from servers.arm_bodies import access
from servers.estate import (
    ALPHA,
    BETA,
    GRAPH,
    cluster_id,
    clusters_path,
    estate,
    found,
    inventory_of,
    listed,
    page,
    queries,
    row,
    rows,
    subscription,
)

from analyzer.fleet.inventory import Inventory, take_inventory
from analyzer.fleet.scope import Scope
from analyzer.model.fleet_report import SeenSubscription

ALL = Scope(all_subscriptions=True)
BOTH_SEEN = (
    SeenSubscription(id=ALPHA, name="Alpha", seen=True, clusters=1),
    SeenSubscription(id=BETA, name="Beta", seen=True, clusters=1),
)
ACTION = "Microsoft.ContainerService/managedClusters/read"


def test_one_query_finds_the_clusters_of_all_subscriptions() -> None:
    with estate({GRAPH: [rows(row(ALPHA, "store"), row(BETA, "depot"))]}) as server:
        inventory = take_inventory(ALL, access(server), lambda _: None)
        assert server.asked == ["GET /subscriptions", f"POST {GRAPH}"]
        (query,) = queries(server)
    assert inventory == Inventory((found(ALPHA, "store"), found(BETA, "depot")), BOTH_SEEN)
    assert query["subscriptions"] == [ALPHA, BETA]
    assert query["options"] == {"$top": 1000, "resultFormat": "objectArray", "allowPartialScopes": False}


def test_pages_are_followed_until_no_token_comes() -> None:
    answers = {
        GRAPH: [
            rows(row(ALPHA, "store"), token="second", total=3),
            rows(row(ALPHA, "shop"), token="third", total=3),
            rows(row(BETA, "depot"), total=3),
        ]
    }
    with estate(answers) as server:
        inventory = take_inventory(ALL, access(server), lambda _: None)
        tokens = [query["options"].get("$skipToken") for query in queries(server)]
    assert tokens == [None, "second", "third"]
    assert inventory.clusters == (found(ALPHA, "shop"), found(ALPHA, "store"), found(BETA, "depot"))


def test_pages_of_the_list_of_subscriptions_are_followed() -> None:
    with estate({GRAPH: [rows(row(ALPHA, "store"), row(BETA, "depot"))]}) as server:
        first = {"value": [subscription(ALPHA)], "nextLink": f"{server.url}/subscriptions?api-version=2022-12-01&s=2"}
        server.answers["/subscriptions"] = [Reply(first), page(subscription(BETA))]
        inventory = take_inventory(ALL, access(server), lambda _: None)
    assert inventory.subscriptions == BOTH_SEEN


def test_more_subscriptions_than_one_query_takes_are_asked_in_batches() -> None:
    many = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(1001)]
    shown = [row(one, f"c{number}") for number, one in enumerate(many)]
    answers = {
        "/subscriptions": [page(*map(subscription, many))],
        GRAPH: [rows(*shown[:1000]), rows(shown[1000])],
    }
    with estate(answers) as server:
        inventory = take_inventory(ALL, access(server), lambda _: None)
        assert [query["subscriptions"] for query in queries(server)] == [many[:1000], many[1000:]]
    assert [cluster.id for cluster in inventory.clusters] == [one["id"] for one in shown]
    assert inventory.note == ""


def test_a_cluster_is_there_once_whatever_the_case_of_its_id() -> None:
    twice = row(ALPHA, "store", id=cluster_id(ALPHA.upper(), "store").replace("resourceGroups", "resourcegroups"))
    other = row(BETA, "depot", id=cluster_id(BETA.upper(), "depot"))
    inventory = inventory_of({GRAPH: [rows(row(ALPHA, "store"), twice, other)]}, ALL)
    assert [cluster.id.lower() for cluster in inventory.clusters] == [
        cluster_id(ALPHA, "store").lower(),
        cluster_id(BETA, "depot").lower(),
    ]
    assert inventory.subscriptions == BOTH_SEEN


def test_a_subscription_that_resource_graph_shows_nothing_of_is_asked_for_its_list() -> None:
    answers = {GRAPH: [rows(row(ALPHA, "store"))], clusters_path(BETA): [page(listed(BETA, "depot"))]}
    assert inventory_of(answers, ALL) == Inventory((found(ALPHA, "store"), found(BETA, "depot")), BOTH_SEEN)


def test_a_subscription_without_clusters_is_seen_and_empty() -> None:
    inventory = inventory_of({GRAPH: [rows(row(ALPHA, "store"))], clusters_path(BETA): [page()]}, ALL)
    assert inventory.subscriptions == (BOTH_SEEN[0], SeenSubscription(id=BETA, name="Beta", seen=True))


def test_a_subscription_that_disappears_is_not_seen_and_the_rest_is_read() -> None:
    gone = refusal(404, "SubscriptionNotFound")
    inventory = inventory_of({GRAPH: [rows(row(ALPHA, "store"))], clusters_path(BETA): [gone]}, ALL)
    detail = (
        f"404 on {ACTION} for /subscriptions/{BETA} (SubscriptionNotFound)."
        " It is gone since it was listed, or not visible any more."
    )
    unseen = SeenSubscription(id=BETA, name="Beta", seen=False, detail=detail)
    assert inventory == Inventory((found(ALPHA, "store"),), (BOTH_SEEN[0], unseen))


def test_a_forbidden_subscription_is_not_seen_and_says_what_to_grant() -> None:
    forbidden = refusal(403, "AuthorizationFailed")
    inventory = inventory_of({GRAPH: [rows(row(ALPHA, "store"))], clusters_path(BETA): [forbidden]}, ALL)
    detail = f"403 on {ACTION} for /subscriptions/{BETA}. What helps: Reader on /subscriptions/{BETA}."
    unseen = SeenSubscription(id=BETA, name="Beta", seen=False, detail=detail)
    assert inventory == Inventory((found(ALPHA, "store"),), (BOTH_SEEN[0], unseen))


def test_a_list_that_breaks_off_keeps_what_came_and_is_not_seen() -> None:
    with estate({GRAPH: [rows(row(ALPHA, "store"))]}) as server:
        following = f"{server.url}{clusters_path(BETA)}?page=2"
        first = Reply({"value": [listed(BETA, "depot")], "nextLink": following})
        server.answers[clusters_path(BETA).lower()] = [first, refusal(403, "AuthorizationFailed")]
        inventory = take_inventory(ALL, access(server), lambda _: None)
    assert inventory.clusters == (found(ALPHA, "store"), found(BETA, "depot"))
    assert [(item.seen, item.clusters) for item in inventory.subscriptions] == [(True, 1), (False, 1)]


def test_a_subscription_without_the_provider_has_no_clusters() -> None:
    unregistered = refusal(409, "MissingSubscriptionRegistration")
    inventory = inventory_of({GRAPH: [rows(row(ALPHA, "store"))], clusters_path(BETA): [unregistered]}, ALL)
    assert inventory.subscriptions == (BOTH_SEEN[0], SeenSubscription(id=BETA, name="Beta", seen=True))


def test_a_disabled_subscription_is_looked_at_and_named() -> None:
    answers = {
        "/subscriptions": [page(subscription(ALPHA), subscription(BETA, state="Disabled"))],
        GRAPH: [rows(row(ALPHA, "store"), row(BETA, "depot"))],
    }
    named = SeenSubscription(
        id=BETA, name="Beta", seen=True, detail="The subscription's state is Disabled.", clusters=1
    )
    assert inventory_of(answers, ALL).subscriptions == (BOTH_SEEN[0], named)


def test_no_clusters_anywhere_is_an_empty_inventory_of_seen_subscriptions() -> None:
    inventory = inventory_of({GRAPH: [rows()], clusters_path(ALPHA): [page()], clusters_path(BETA): [page()]}, ALL)
    seen = (SeenSubscription(id=ALPHA, name="Alpha", seen=True), SeenSubscription(id=BETA, name="Beta", seen=True))
    assert inventory == Inventory((), seen)


def test_a_query_whose_connection_breaks_is_asked_again() -> None:
    inventory = inventory_of({GRAPH: [Reset(), rows(row(ALPHA, "store"), row(BETA, "depot"))]}, ALL)
    assert inventory == Inventory((found(ALPHA, "store"), found(BETA, "depot")), BOTH_SEEN)
