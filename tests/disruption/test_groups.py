from __future__ import annotations

import time

from analyzer.disruption.budgets import covered
from analyzer.disruption.groups import fold
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import (
    DisruptionBudgetSpec,
    LabelSelector,
    Metadata,
    Owner,
    OwnerReference,
    Pod,
    PodAnnotations,
    PodDisruptionBudget,
    PodMetadata,
    PodSpec,
    PodStatus,
)
from analyzer.model.source import Source


def _pod(name: str, kind: str = "", owner: str = "", **more: str) -> Pod:
    owners = (OwnerReference(kind, owner, controller=True),) if kind else ()
    metadata = PodMetadata(
        name=name,
        namespace="shop",
        labels={"app": owner},
        owner_references=owners,
        annotations=PodAnnotations(mirror=more.get("mirror", "")),
    )
    return Pod(metadata=metadata, spec=PodSpec(node_name="n"), status=PodStatus(phase=more.get("phase", "Running")))


def _replica_set(name: str, deployment: str) -> Owner:
    owners = (OwnerReference("Deployment", deployment, controller=True),)
    return Owner(metadata=Metadata(name=name, namespace="shop", owner_references=owners))


def _folded(pods: tuple[Pod, ...], replica_sets: Fact[tuple[Owner, ...]]) -> list[tuple[str, bool, list[str]]]:
    return [(str(item.owner), item.is_certain, [pod.name for pod in item.pods]) for item in fold(pods, replica_sets)]


def test_pods_are_folded_by_the_deployment_behind_their_replica_sets() -> None:
    pods = (_pod("b-1", "ReplicaSet", "api-2"), _pod("a-1", "ReplicaSet", "api-1"), _pod("q-0", "StatefulSet", "q"))
    sets = Known((_replica_set("api-1", "api"), _replica_set("api-2", "api")))
    assert _folded(pods, sets) == [
        ("shop/Deployment/api", True, ["b-1", "a-1"]),
        ("shop/StatefulSet/q", True, ["q-0"]),
    ]


def test_what_a_drain_does_not_evict_is_left_out() -> None:
    pods = (
        _pod("agent", "DaemonSet", "agent"),
        _pod("proxy", "Node", "n"),
        _pod("static", mirror="1"),
        _pod("done", "Job", "done", phase="Succeeded"),
        _pod("failed", phase="Failed"),
        _pod("bare"),
    )
    assert _folded(pods, Known(())) == [("shop/Pod/bare", True, ["bare"])]


def test_the_owner_of_a_replica_set_that_was_not_read_is_uncertain() -> None:
    pods = (_pod("a-1", "ReplicaSet", "api-1"), _pod("b-1", "ReplicaSet", "web-1"))
    some: Missing[tuple[Owner, ...]] = Missing(
        Source.REPLICA_SETS, Cause.PARTIAL, "half", seen=(_replica_set("api-1", "api"),)
    )
    assert _folded(pods, some) == [
        ("shop/Deployment/api", True, ["a-1"]),
        ("shop/ReplicaSet/web-1", False, ["b-1"]),
    ]


def test_a_replica_set_that_is_not_in_the_whole_list_is_its_own_owner() -> None:
    assert _folded((_pod("a-1", "ReplicaSet", "old"),), Known(())) == [("shop/ReplicaSet/old", True, ["a-1"])]


def test_a_hundred_thousand_pods_and_five_thousand_budgets_are_quick() -> None:
    pods = tuple(
        Pod(
            metadata=PodMetadata(
                name=f"w{place}-{number}",
                namespace=f"ns{place % 50}",
                labels={"app": f"w{place}"},
                owner_references=(OwnerReference("StatefulSet", f"w{place}", controller=True),),
            )
        )
        for place in range(10_000)
        for number in range(10)
    )
    budgets = [
        PodDisruptionBudget(
            metadata=Metadata(name=f"w{place}", namespace=f"ns{place % 50}"),
            spec=DisruptionBudgetSpec(selector=LabelSelector(match_labels={"app": f"w{place}"}), min_available=1),
        )
        for place in range(5_000)
    ]
    start = time.process_time()
    groups = fold(pods, Known(()))
    sizes = {len(item.pods) for item in covered(budgets, (pod for group in groups for pod in group.pods))}
    assert time.process_time() - start < 2
    assert (len(groups), groups[0].owner, sizes) == (10_000, ObjectRef("StatefulSet", "w0", "ns0"), {10})
