"""Which subscriptions a scope means, and what is said of those that the account does not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from servers.arm import Answer, Reply, refusal
from servers.arm_bodies import access
from servers.estate import (
    ALPHA,
    BETA,
    GAMMA,
    GRAPH,
    clusters_path,
    estate,
    found,
    inventory_of,
    page,
    queries,
    row,
    rows,
    subscription,
)
from servers.samples import TENANT

from analyzer.errors import UnreachableError, UsageError
from analyzer.fleet.inventory import Inventory, take_inventory
from analyzer.fleet.scope import Scope
from analyzer.model.fleet_report import SeenSubscription

GROUP = "/providers/Microsoft.Management/managementGroups/shops"
DESCENDANTS = f"{GROUP}/descendants"
CHALLENGE = {"WWW-Authenticate": f'Bearer authorization_uri="https://login.test/{TENANT}", error="invalid_token"'}
ELSEWHERE = refusal(401, "InvalidAuthenticationTokenTenant", CHALLENGE)
IN_ANOTHER_TENANT = (
    f"The signed-in account does not see subscription {GAMMA}: 401 on Microsoft.Resources/subscriptions/read for"
    f" /subscriptions/{GAMMA} (InvalidAuthenticationTokenTenant). What helps: Sign in to the tenant that owns it:"
    f" `az login --tenant {TENANT}`."
)
ALPHA_SEEN = SeenSubscription(id=ALPHA, name="Alpha", seen=True, clusters=1)


def fails(answers: Mapping[str, Sequence[Answer]], scope: Scope, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        inventory_of(answers, scope)
    return str(caught.value)


@pytest.mark.parametrize("word", [ALPHA, ALPHA.upper(), "Alpha", "alpha"])
def test_a_subscription_is_given_by_id_or_name_in_any_case(word: str) -> None:
    with estate({GRAPH: [rows(row(ALPHA, "store"))]}) as server:
        inventory = take_inventory(Scope((word,)), access(server), lambda _: None)
        (query,) = queries(server)
    assert query["subscriptions"] == [ALPHA]
    assert inventory == Inventory((found(ALPHA, "store"),), (ALPHA_SEEN,))


def test_a_subscription_that_is_given_twice_is_looked_at_once() -> None:
    scope = Scope((ALPHA, "alpha"))
    assert inventory_of({GRAPH: [rows(row(ALPHA, "store"))]}, scope).subscriptions == (ALPHA_SEEN,)


def test_a_name_of_two_subscriptions_is_an_error_that_names_both() -> None:
    answers = {"/subscriptions": [page(subscription(BETA, "Shop"), subscription(ALPHA, "shop"))]}
    assert fails(answers, Scope(("Shop",)), UsageError) == (
        f"2 subscriptions are called 'Shop': give the id of the one you mean: {ALPHA}, {BETA}."
    )


def test_a_subscription_of_another_tenant_is_not_seen_and_names_the_tenant() -> None:
    answers = {GRAPH: [rows(row(ALPHA, "store"))], f"/subscriptions/{GAMMA}": [ELSEWHERE]}
    unseen = SeenSubscription(id=GAMMA, seen=False, detail=IN_ANOTHER_TENANT)
    assert inventory_of(answers, Scope((ALPHA, GAMMA))) == Inventory((found(ALPHA, "store"),), (unseen, ALPHA_SEEN))


def test_the_wrong_tenant_alone_ends_the_run_with_the_way_out() -> None:
    error = fails({f"/subscriptions/{GAMMA}": [ELSEWHERE]}, Scope((GAMMA,)), UnreachableError)
    assert error == IN_ANOTHER_TENANT


def test_an_unknown_id_and_an_unknown_name_are_told_apart() -> None:
    answers = {f"/subscriptions/{GAMMA}": [refusal(404, "SubscriptionNotFound")], GRAPH: [rows(row(ALPHA, "store"))]}
    inventory = inventory_of(answers, Scope((ALPHA, GAMMA, "Alhpa")))
    assert [(item.id, item.detail) for item in inventory.subscriptions if not item.seen] == [
        (
            "Alhpa",
            "The signed-in account sees no subscription that is called 'Alhpa'. Check the name, give the id, or sign in"
            " to its tenant with `az login --tenant TENANT`.",
        ),
        (
            GAMMA,
            f"The signed-in account does not see subscription {GAMMA}: 404 on Microsoft.Resources/subscriptions/read"
            f" for /subscriptions/{GAMMA} (SubscriptionNotFound). Check the id, and that you are signed in to its"
            " tenant with a role in it.",
        ),
    ]


def test_a_given_id_that_the_list_does_not_show_yet_is_looked_at() -> None:
    answers = {
        "/subscriptions": [refusal(403, "AuthorizationFailed")],
        f"/subscriptions/{ALPHA}": [Reply(subscription(ALPHA))],
        GRAPH: [rows(row(ALPHA, "store"))],
    }
    assert inventory_of(answers, Scope((ALPHA,))) == Inventory((found(ALPHA, "store"),), (ALPHA_SEEN,))


def test_an_account_that_sees_no_subscription_is_told_so() -> None:
    assert fails({"/subscriptions": [page()]}, Scope(all_subscriptions=True), UnreachableError) == (
        "The signed-in account sees no subscription. Sign in to the tenant that holds them with"
        " `az login --tenant TENANT`, or give the account a role in them, such as Reader."
    )


def test_subscriptions_that_cannot_be_listed_end_the_run() -> None:
    answers = {"/subscriptions": [refusal(403, "AuthorizationFailed")]}
    assert fails(answers, Scope(all_subscriptions=True), UnreachableError) == (
        "The subscriptions cannot be listed: 403 on Microsoft.Resources/subscriptions/read for /subscriptions."
        " What helps: Reader on /subscriptions."
    )


def test_a_list_of_subscriptions_that_breaks_off_is_used_and_not_called_whole() -> None:
    with estate({GRAPH: [rows(row(ALPHA, "store"))]}) as server:
        following = f"{server.url}/subscriptions?page=2"
        first = Reply({"value": [subscription(ALPHA)], "nextLink": following})
        server.answers["/subscriptions"] = [first, refusal(403, "AuthorizationFailed")]
        inventory = take_inventory(Scope(all_subscriptions=True), access(server), lambda _: None)
    note = (
        "The list of subscriptions is not whole: 403 on Microsoft.Resources/subscriptions/read for /subscriptions."
        " What helps: Reader on /subscriptions."
    )
    assert inventory == Inventory((found(ALPHA, "store"),), (ALPHA_SEEN,), note, subscriptions_known=False)


def test_a_name_is_found_in_a_list_that_breaks_off_and_one_that_is_not_in_it_is_not_called_unknown() -> None:
    with estate({GRAPH: [rows(row(ALPHA, "store"))]}) as server:
        first = Reply({"value": [subscription(ALPHA)], "nextLink": f"{server.url}/subscriptions?page=2"})
        server.answers["/subscriptions"] = [first, refusal(403, "AuthorizationFailed")]
        inventory = take_inventory(Scope(("Alpha", "Beta")), access(server), lambda _: None)
    detail = (
        "No subscription is known to be called 'Beta', and not all could be listed: 403 on"
        " Microsoft.Resources/subscriptions/read for /subscriptions. What helps: Reader on /subscriptions."
    )
    unseen = SeenSubscription(id="Beta", seen=False, detail=detail)
    assert inventory == Inventory((found(ALPHA, "store"),), (unseen, ALPHA_SEEN))


def below(subscription_id: str, name: str, parent: str) -> dict[str, object]:
    """A subscription as a management group lists it."""
    group = f"/providers/Microsoft.Management/managementGroups/{parent}"
    return {
        "id": f"/subscriptions/{subscription_id}",
        "type": "Microsoft.Management/managementGroups/subscriptions",
        "name": subscription_id,
        "properties": {"displayName": name, "parent": {"id": group}},
    }


NESTED = {
    "id": "/providers/Microsoft.Management/managementGroups/kiosks",
    "type": "Microsoft.Management/managementGroups",
    "name": "kiosks",
    "properties": {"displayName": "Kiosks", "parent": {"id": GROUP}},
}
SHOPS = Scope(management_group="shops")


def test_a_management_group_means_the_subscriptions_below_it_at_any_depth_and_on_all_pages() -> None:
    with estate(
        {GRAPH: [rows(row(ALPHA, "store"))], clusters_path(BETA): [refusal(403, "AuthorizationFailed")]}
    ) as arm:
        first = {"value": [NESTED, below(BETA, "Beta", "kiosks")], "nextLink": f"{arm.url}{DESCENDANTS}?page=2"}
        arm.answers[DESCENDANTS.lower()] = [Reply(first), page(below(ALPHA, "Alpha", "shops"))]
        inventory = take_inventory(SHOPS, access(arm), lambda _: None)
        assert [query["subscriptions"] for query in queries(arm)] == [[ALPHA, BETA]]
    assert inventory.clusters == (found(ALPHA, "store"),)
    assert [(item.name, item.seen) for item in inventory.subscriptions] == [("Alpha", True), ("Beta", False)]
    assert inventory.note == ""


def test_a_management_group_that_may_not_be_listed_is_shown_by_resource_graph_and_not_called_whole() -> None:
    shown = {"subscriptionId": ALPHA, "displayName": "Alpha", "state": "Enabled"}
    answers = {DESCENDANTS: [refusal(403, "AuthorizationFailed")], GRAPH: [rows(shown), rows(row(ALPHA, "store"))]}
    with estate(answers) as server:
        inventory = take_inventory(SHOPS, access(server), lambda _: None)
        assert [query.get("managementGroups") for query in queries(server)] == [["shops"], None]
    note = (
        "It is not known how many subscriptions are below management group shops: 403 on"
        f" Microsoft.Management/managementGroups/descendants/read for {GROUP}. What helps: Reader on {GROUP}."
        " Resource Graph names only those that the account may read."
    )
    assert inventory == Inventory((found(ALPHA, "store"),), (ALPHA_SEEN,), note, subscriptions_known=False)


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        (rows(), "Resource Graph shows none below it."),
        (
            refusal(403, "AuthorizationFailed"),
            f"403 on Microsoft.ResourceGraph/resources/read for {GRAPH}. What helps: Reader on {GRAPH}.",
        ),
    ],
)
def test_a_management_group_that_nothing_shows_ends_the_run(graph: Answer, reason: str) -> None:
    answers = {DESCENDANTS: [refusal(404, "NotFound")], GRAPH: [graph]}
    assert fails(answers, SHOPS, UnreachableError) == (
        "The subscriptions below management group shops cannot be listed: 404 on"
        f" Microsoft.Management/managementGroups/descendants/read for {GROUP} (NotFound). {reason} Check its id, and"
        " the tenant that you are signed in to."
    )


def test_a_management_groups_list_that_breaks_off_is_completed_by_resource_graph_and_not_called_whole() -> None:
    shown = {"subscriptionId": ALPHA, "displayName": "Alpha", "state": "Enabled"}
    with estate({GRAPH: [rows(shown), rows(row(ALPHA, "store"))], clusters_path(BETA): [page()]}) as arm:
        first = {"value": [below(BETA, "Beta", "shops")], "nextLink": f"{arm.url}{DESCENDANTS}?page=2"}
        arm.answers[DESCENDANTS.lower()] = [Reply(first), refusal(403, "AuthorizationFailed")]
        inventory = take_inventory(SHOPS, access(arm), lambda _: None)
    assert inventory.subscriptions == (ALPHA_SEEN, SeenSubscription(id=BETA, name="Beta", seen=True))
    assert inventory.note.startswith("It is not known how many subscriptions are below management group shops: 403 on")
    assert not inventory.subscriptions_known


def test_an_empty_management_group_is_said_to_be_empty() -> None:
    inventory = inventory_of({DESCENDANTS: [page(NESTED)]}, SHOPS)
    assert inventory == Inventory((), (), "There is no subscription below management group shops.")


def test_what_cannot_be_a_management_groups_id_is_a_usage_error() -> None:
    assert fails({}, Scope(management_group="../shops"), UsageError) == (
        "'../shops' is not the id of a management group: give its id, which is no display name and no path."
    )


@pytest.mark.parametrize(
    "given",
    [{}, {"subscriptions": (ALPHA,), "all_subscriptions": True}, {"all_subscriptions": True, "management_group": "a"}],
)
def test_a_scope_is_said_in_exactly_one_way(given: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="in one way"):
        Scope(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope((ALPHA, "Beta")), f"subscriptions {ALPHA}, Beta"),
        (Scope(all_subscriptions=True), "all subscriptions"),
        (SHOPS, "management group shops"),
    ],
)
def test_a_scope_says_itself_in_words(scope: Scope, words: str) -> None:
    assert str(scope) == words
