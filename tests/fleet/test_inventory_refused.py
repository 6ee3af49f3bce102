"""Where Resource Graph is refused, or its answer is not whole, each subscription's own list stands in, and it is said."""

from __future__ import annotations

import pytest
from servers.arm import Answer, Reply, refusal
from servers.estate import ALPHA, BETA, GRAPH, clusters_path, found, inventory_of, listed, page, row, rows

from analyzer.fleet.scope import Scope
from analyzer.model.fleet_report import SeenSubscription

ALL = Scope(all_subscriptions=True)
LISTS = {
    clusters_path(ALPHA): [page(listed(ALPHA, "store"))],
    clusters_path(BETA): [page(listed(BETA, "depot"))],
}
ASKED = "Microsoft.ResourceGraph/resources/read for /providers/Microsoft.ResourceGraph/resources"
SHORT = f"The answer to {ASKED} is malformed: it holds 1 rows of 2, and names no further page."
TRUNCATED = {**rows(row(ALPHA, "store")).body, "resultTruncated": "true"}
CIRCLE = [rows(row(ALPHA, "store"), token="one", total=2)]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([refusal(403, "AuthorizationFailed")], f"403 on {ASKED}. What helps: Reader on {GRAPH}."),
        ([refusal(400, "BadRequest")], f"400 on {ASKED} (BadRequest)."),
        ([refusal(409, "MissingSubscriptionRegistration")], f"409 on {ASKED} (MissingSubscriptionRegistration)."),
        ([refusal(503, "ServiceUnavailable")], f"503 on {ASKED} (ServiceUnavailable)."),
        ([Reply(b"<html>")], None),
        ([Reply({"data": {"columns": []}, "totalRecords": 0, "resultTruncated": "false"})], None),
        ([rows(row(ALPHA, "store"), total=2)], SHORT),
        (
            [Reply(TRUNCATED)],
            f"The answer to {ASKED} is malformed: it holds 1 rows of 1, and names no further page.",
        ),
        (
            [Reply(rows(row(ALPHA, "store")).body, headers={"x-ms-tenant-subscription-limit-hit": "true"})],
            f"The answer to {ASKED} is malformed: its scope holds more subscriptions than it looked at.",
        ),
        (CIRCLE, f"The answer to {ASKED} is malformed: its $skipToken leads back to a page that was read."),
        ([rows(row(ALPHA, "store", id="/subscriptions/elsewhere"), row(BETA, "depot"))], None),
    ],
    ids="forbidden bad-request unregistered unavailable html table short truncated limit circle no-id".split(),
)
def test_each_subscription_is_listed_by_itself(answers: list[Answer], reason: str | None) -> None:
    inventory = inventory_of({GRAPH: answers, **LISTS}, ALL)
    assert inventory.clusters == (found(ALPHA, "store"), found(BETA, "depot"))
    assert [item.seen for item in inventory.subscriptions] == [True, True]
    assert inventory.subscriptions_known
    start = (
        "Resource Graph gave no answer that could be used for 2 of 2 subscriptions, whose clusters were listed one"
        " subscription at a time: "
    )
    assert inventory.note.startswith(start)
    assert inventory.note == start + (reason or inventory.note.removeprefix(start))


def test_a_subscription_that_cannot_be_listed_either_is_not_seen() -> None:
    lists = {**LISTS, clusters_path(BETA): [refusal(403, "AuthorizationFailed")]}
    inventory = inventory_of({GRAPH: [refusal(403, "AuthorizationFailed")], **lists}, ALL)
    action = "Microsoft.ContainerService/managedClusters/read"
    detail = f"403 on {action} for /subscriptions/{BETA}. What helps: Reader on /subscriptions/{BETA}."
    assert inventory.clusters == (found(ALPHA, "store"),)
    assert inventory.subscriptions == (
        SeenSubscription(id=ALPHA, name="Alpha", seen=True, clusters=1),
        SeenSubscription(id=BETA, name="Beta", seen=False, detail=detail),
    )
