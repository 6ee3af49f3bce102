"""What several clusters of one run read of Resource Manager: each answer once, and no list proves an absence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import servers.arm_bodies as bodies
from servers.arm import Answer, ArmServer, Reply, Reset, refusal

from analyzer.collect.arm_requests import LOCKS, NETWORK, listing, resource
from analyzer.collect.azure.pipeline import Arm, open_arm
from analyzer.collect.azure.reading import read_cluster
from analyzer.collect.azure.shared import SharedAnswers
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.source import Source

NETWORKS = f"{bodies.HUB}/providers/Microsoft.Network/virtualNetworks"
VNET = resource(Source.VIRTUAL_NETWORKS, bodies.VNET, NETWORK, "VNet")
SECOND = resource(Source.VIRTUAL_NETWORKS, bodies.SECOND_VNET, NETWORK, "VNet")
LOCKED = listing(Source.LOCKS, bodies.SUBSCRIPTION, "/providers/Microsoft.Authorization/locks", LOCKS, "locks")


@contextmanager
def opened(answers: Mapping[str, list[Answer]]) -> Iterator[tuple[ArmServer, Arm, SharedAnswers]]:
    with ArmServer(answers) as server, server.trusted(), open_arm(bodies.access(server), "s") as arm:
        yield server, arm, SharedAnswers()


def paths(server: ArmServer) -> list[str]:
    return [request.path for request in server.requests]


def quiet(_: str) -> None: ...


def test_networks_of_one_subscription_are_one_request_whatever_the_case_of_their_ids() -> None:
    listed = Reply({"value": [bodies.SPOKE, bodies.vnet(bodies.SECOND_VNET)]})
    with opened({NETWORKS: [listed]}) as (server, arm, shared):
        found = [shared.read(arm, request, quiet) for request in (VNET, SECOND, replace(VNET, path=VNET.path.upper()))]
        assert [fact.value[0].name for fact in found if isinstance(fact, Known)] == [
            "spoke-vnet",
            "annex-vnet",
            "spoke-vnet",
        ]
        assert paths(server) == [NETWORKS]


def test_what_a_subscriptions_list_leaves_out_is_asked_for_by_itself() -> None:
    answers: dict[str, list[Answer]] = {
        NETWORKS: [Reply({"value": [bodies.vnet(bodies.SECOND_VNET)]})],
        bodies.VNET: [Reply(bodies.SPOKE)],
    }
    with opened(answers) as (server, arm, shared):
        found = shared.read(arm, VNET, quiet)
        assert isinstance(found, Known)
        assert found.value[0].id == bodies.VNET
        assert paths(server) == [NETWORKS, bodies.VNET]


def test_a_refused_list_gives_the_resources_own_refusal() -> None:
    answers: dict[str, list[Answer]] = {
        NETWORKS: [refusal(403, "AuthorizationFailed")],
        bodies.VNET: [refusal(403, "AuthorizationFailed")],
    }
    with opened(answers) as (server, arm, shared):
        found = [shared.read(arm, VNET, quiet) for _ in range(2)]
        assert [(fact.cause, bodies.VNET in fact.detail) for fact in found if isinstance(fact, Missing)] == [
            (Cause.FORBIDDEN, True)
        ] * 2
        assert paths(server) == [NETWORKS, bodies.VNET]


def test_an_empty_list_of_a_subscription_is_no_proof_that_a_resource_group_has_none() -> None:
    sets = listing(
        Source.SCALE_SETS,
        bodies.MANAGED_GROUP,
        "/providers/Microsoft.Compute/virtualMachineScaleSets",
        "2024-07-01",
        "",
    )
    wide = f"{bodies.SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachineScaleSets"
    answers: dict[str, list[Answer]] = {
        wide: [Reply({"value": []})],
        bodies.SETS: [Reply({"value": [bodies.APPS_SET]})],
    }
    with opened(answers) as (server, arm, shared):
        found = shared.read(arm, sets, quiet)
        assert isinstance(found, Known)
        assert [item.name for item in found.value] == ["aks-apps-1-vmss"]
        assert paths(server) == [wide, bodies.SETS]


def test_what_nobody_answered_is_asked_again_and_what_was_forbidden_is_not() -> None:
    answers: dict[str, list[Answer]] = {bodies.LOCKS: [Reset(), Reset(), Reply({"value": []})]}
    with opened(answers) as (server, arm, shared):
        found = [shared.read(arm, LOCKED, quiet) for _ in range(3)]
        assert [isinstance(fact, Known) for fact in found] == [False, True, True]
        assert len(paths(server)) == 3


def test_threads_that_ask_the_same_wait_for_one_answer() -> None:
    with opened({bodies.LOCKS: [Reply({"value": []})]}) as (server, arm, shared):
        found: list[Any] = []
        threads = [Thread(target=lambda: found.append(shared.read(arm, LOCKED, quiet))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [Known(())] * 8
        assert paths(server) == [bodies.LOCKS]


def test_a_run_holds_the_answers_of_some_subscriptions_only() -> None:
    others = [f"/subscriptions/{number}" for number in range(3)]
    requests = [replace(LOCKED, path=f"{one}/providers/Microsoft.Authorization/locks") for one in (*others, others[0])]
    with opened({request.path: [Reply({"value": []})] for request in requests}) as (server, arm, _):
        shared = SharedAnswers(most_subscriptions=2)
        for request in requests:
            shared.read(arm, request, quiet)
        assert len(paths(server)) == 4


def test_an_old_answer_is_asked_for_again() -> None:
    with opened({bodies.LOCKS: [Reply({"value": []})]}) as (server, arm, _):
        shared = SharedAnswers(longest_s=0.0)
        assert [shared.read(arm, LOCKED, quiet) for _ in range(2)] == [Known(())] * 2
        assert paths(server) == [bodies.LOCKS] * 2


def test_a_cluster_read_with_others_is_the_cluster_read_alone() -> None:
    def of_type(resource_id: str) -> str:
        parts = resource_id.split("/")
        return "/".join((*parts[:3], *parts[5:8]))

    rows = {name: bodies.HEALTHY[name][1] for name in ("cluster", "vnet", "table", "nsg")}
    lists: dict[str, list[Answer]] = {of_type(row["id"]): [Reply({"value": [row]})] for row in rows.values()}
    preview = bodies.HEALTHY["preview"][1]
    lists[f"{of_type(bodies.CLUSTER)}?2026-04-02-preview"] = [Reply({"value": [preview]})]
    lists[of_type(bodies.SETS + "/any")] = [Reply({"value": [bodies.APPS_SET]})]
    single = {bodies.CLUSTER, bodies.PREVIEW, bodies.VNET, bodies.TABLE, bodies.NSG, bodies.SETS}
    others = {path: list(queue) for path, queue in bodies.answers().items() if path not in single}
    with bodies.serving({**others, **lists}) as server:
        found = read_cluster(bodies.CLUSTER_ID, bodies.access(server), quiet, SharedAnswers())
    assert found == bodies.WHOLE
