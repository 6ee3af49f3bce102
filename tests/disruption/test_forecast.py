"""The forecast over the healthy cluster, spoilt in one way at a time."""

from __future__ import annotations

import healthy
import pytest

from analyzer.disruption.forecast import Affected, Effect, Reason, Stall, affected, stalls, unknown_parts
from analyzer.disruption.view import Drain
from analyzer.model.finding import ObjectRef
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

LEDGER = ObjectRef("StatefulSet", "ledger", "shop")


def _pod(name: str, kind: str, owner: str, node: str = "apps-0", spec: str = "") -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata:
  namespace: shop
  name: {name}
  labels: {{app: {owner}}}
  ownerReferences: [{{kind: {kind}, name: {owner}, controller: true}}]
spec: {{nodeName: {node}{spec}}}
status: {{phase: Running}}
---"""


def _workload(kind: str, name: str, replicas: int) -> str:
    return f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{namespace: shop, name: {name}}}
spec: {{replicas: {replicas}}}
---"""


def _budget(name: str, spec: str) -> str:
    return f"""
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{namespace: shop, name: {name}}}
spec: {spec}
---"""


def _snapshot(*objects: str) -> Snapshot:
    return healthy.with_objects(healthy.healthy(), "".join(objects))


def _told(snapshot: Snapshot) -> list[tuple[str, list[tuple[str, str]]]]:
    rows = affected(Drain(snapshot))
    return [(str(row.workload), [(reason.effect.name, reason.text) for reason in row.reasons]) for row in rows]


def test_a_healthy_cluster_hurts_nobody_and_leaves_nothing_open() -> None:
    drain = Drain(healthy.healthy())
    assert (affected(drain), stalls(drain), unknown_parts(drain)) == ((), (), ())


def test_a_workload_has_all_its_reasons_worst_first_and_its_place() -> None:
    claim = ", terminationGracePeriodSeconds: 3600, volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]"
    volume = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec: {local: {path: /mnt}, claimRef: {namespace: shop, name: d}}
"""
    snapshot = _snapshot(
        _workload("StatefulSet", "ledger", 2),
        _pod("ledger-0", "StatefulSet", "ledger", spec=claim),
        _pod("ledger-1", "StatefulSet", "ledger"),
        volume,
    )
    assert affected(Drain(snapshot)) == (
        Affected(
            LEDGER,
            2,
            1,
            ("apps",),
            (
                Reason(LEDGER, Effect.LOSES_DATA, "Volumes on the nodes' own disks: 1."),
                Reason(
                    LEDGER,
                    Effect.STOPS_THE_DRAIN,
                    "Its pods may take 3600 seconds to end; pool apps drains for 30 minutes.",
                ),
                Reason(LEDGER, Effect.IS_DOWN, "All its pods run on node apps-0."),
            ),
        ),
    )


def test_the_worst_workload_comes_first() -> None:
    bare = "\napiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: bare}\nspec: {nodeName: apps-1}\n---"
    snapshot = _snapshot(_workload("Deployment", "api", 1), bare, _pod("import-1", "Job", "import"))
    assert _told(snapshot) == [
        ("shop/Pod/bare", [("NOT_RECREATED", "A pod without a controller: nothing recreates it.")]),
        ("shop/Deployment/api", [("IS_DOWN", "One replica: down until its new pod is ready.")]),
        ("shop/Job/import", [("STARTS_AGAIN", "A Job that runs: it starts from scratch.")]),
    ]


def test_only_the_pool_that_drains_too_quickly_for_a_workload_is_named() -> None:
    patch = "pools: {system: {upgradeSettings: {drainTimeoutInMinutes: 120}}}"
    spec = ", terminationGracePeriodSeconds: 3600"
    pods = "".join(
        _pod(f"ledger-{node}", "StatefulSet", "ledger", node=node, spec=spec) for node in ("apps-0", "system-0")
    )
    snapshot = healthy.with_objects(healthy.with_cluster(healthy.healthy(), patch), pods)
    text = "Its pods may take 3600 seconds to end; pool apps drains for 30 minutes."
    assert _told(snapshot) == [("shop/StatefulSet/ledger", [("STOPS_THE_DRAIN", text)])]


def test_an_autoscaler_that_keeps_two_lifts_a_workload() -> None:
    autoscaler = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {namespace: shop, name: api}
spec: {scaleTargetRef: {kind: Deployment, name: api}, minReplicas: 2, maxReplicas: 5}
---"""
    assert _told(_snapshot(_workload("Deployment", "api", 1), autoscaler)) == []


def test_data_that_pods_keep_on_their_node_is_lost() -> None:
    spec = ", volumes: [{name: store, emptyDir: {}}], containers: [{name: c, volumeMounts: [{name: store}]}]"
    snapshot = _snapshot(_pod("ledger-0", "StatefulSet", "ledger", spec=spec))
    assert _told(snapshot) == [("shop/StatefulSet/ledger", [("LOSES_DATA", "Its pods keep data on the node: store.")])]


def test_a_disk_whose_zone_has_one_node_waits_for_it() -> None:
    term = "{matchExpressions: [{key: topology.disk.csi.azure.com/zone, operator: In, values: [weu-1]}]}"
    disks = "".join(
        f"""
apiVersion: v1
kind: PersistentVolume
metadata: {{name: pv-{name}}}
spec:
  nodeAffinity: {{required: {{nodeSelectorTerms: [{term}]}}}}
  claimRef: {{namespace: shop, name: {name}}}
---"""
        for name in ("a", "b")
    )
    claims = "{name: a, persistentVolumeClaim: {claimName: a}}, {name: b, persistentVolumeClaim: {claimName: b}}"
    snapshot = _snapshot(_pod("ledger-0", "StatefulSet", "ledger", spec=f", volumes: [{claims}]"), disks)
    text = "A disk of zone weu-1, which has one node for it: the pod waits for that node."
    assert _told(snapshot) == [("shop/StatefulSet/ledger", [("IS_DOWN", text)])]
    less = _told(healthy.without(snapshot, Source.NODES))
    assert less == []


def test_a_webhook_that_must_answer_is_away_with_its_one_node() -> None:
    hook = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
- {name: guard.example, failurePolicy: Fail, clientConfig: {service: {namespace: shop, name: guard}}}
- {name: soft.example, failurePolicy: Ignore, clientConfig: {service: {namespace: shop, name: guard}}}
- {name: web.example, failurePolicy: Fail, clientConfig: {service: {namespace: shop, name: web}}}
- {name: out.example, failurePolicy: Fail, clientConfig: {}}
- {name: lost.example, failurePolicy: Fail, clientConfig: {service: {namespace: shop, name: lost}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: aks, labels: {kubernetes.azure.com/managedby: aks}}
webhooks: [{name: aks.example, clientConfig: {service: {namespace: shop, name: guard}}}]
---
apiVersion: v1
kind: Service
metadata: {namespace: shop, name: guard}
spec: {selector: {app: guard}}
---"""
    snapshot = _snapshot(hook, _pod("guard-0", "StatefulSet", "guard"), _pod("guard-1", "StatefulSet", "guard"))
    text = "Webhook guard.example must answer, and its backends are on one node: meanwhile the API refuses."
    assert _told(snapshot) == [("shop/StatefulSet/guard", [("IS_DOWN", text)])]
    assert _told(healthy.partly(snapshot, Source.PODS)) == []


def test_budgets_that_stop_the_drain_are_told_with_their_pools_and_of_their_workloads() -> None:
    snapshot = _snapshot(
        _budget("web", "{maxUnavailable: 0, selector: {matchLabels: {app: web}}}"),
        _budget("db", "{maxUnavailable: 1, selector: {matchLabels: {app: db}}}"),
        _budget("data", "{maxUnavailable: 1, selector: {matchLabels: {app: db}}}"),
        _budget("calm", "{maxUnavailable: 1, selector: {matchLabels: {app: calm}}}"),
    )
    doubled = "its pods have 2 budgets, which the eviction API refuses."
    assert stalls(Drain(snapshot)) == (
        Stall(ObjectRef("PodDisruptionBudget", "data", "shop"), doubled, ("apps",)),
        Stall(ObjectRef("PodDisruptionBudget", "db", "shop"), doubled, ("apps",)),
        Stall(ObjectRef("PodDisruptionBudget", "web", "shop"), "it never allows an eviction.", ("apps",)),
    )
    assert _told(snapshot) == [
        ("shop/Deployment/web", [("STOPS_THE_DRAIN", "Disruption budget web: it never allows an eviction.")]),
        (
            "shop/StatefulSet/db",
            [
                ("STOPS_THE_DRAIN", f"Disruption budget data: {doubled}"),
                ("STOPS_THE_DRAIN", f"Disruption budget db: {doubled}"),
            ],
        ),
    ]


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (
            Source.PODS,
            [
                "Which replicas share one node",
                "Which pods nothing recreates, and which Jobs start again",
                "Whose data is on the nodes",
                "Whose pods end more slowly than a node drains",
                "Whose disks only one node can mount",
                "Which admission webhooks are away with one node",
            ],
        ),
        (Source.REPLICA_SETS, ["Which replicas share one node", "Whose data is on the nodes"]),
        (Source.POD_DISRUPTION_BUDGETS, ["Which disruption budgets stop the drain"]),
        (Source.DEPLOYMENTS, ["Which workloads have one replica", "Which replicas share one node"]),
        (Source.NODES, ["Whose pods end more slowly than a node drains", "In which pools the workloads run"]),
        (Source.HORIZONTAL_POD_AUTOSCALERS, []),
        (Source.PERSISTENT_VOLUMES, []),
        (Source.SERVICES, ["Which admission webhooks are away with one node"]),
    ],
)
def test_what_was_not_read_leaves_its_parts_open(source: Source, parts: list[str]) -> None:
    for less in (healthy.without(healthy.healthy(), source), healthy.partly(healthy.healthy(), source)):
        assert [part.part for part in unknown_parts(Drain(less))] == parts


def test_what_can_matter_in_this_cluster_is_asked() -> None:
    claim = ", volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]"
    snapshot = _snapshot(
        _workload("Deployment", "api", 1),
        _pod("ledger-0", "StatefulSet", "ledger", spec=claim),
        _budget("web", "{maxUnavailable: 1, selector: {}}"),
    )
    for source in (Source.HORIZONTAL_POD_AUTOSCALERS, Source.PERSISTENT_VOLUMES, Source.PODS):
        snapshot = healthy.without(snapshot, source)
    found = {part.part: [item.source.value for item in part.missing] for part in unknown_parts(Drain(snapshot))}
    assert found == {
        "Which workloads have one replica": ["horizontal_pod_autoscalers"],
        "Which replicas share one node": ["pods"],
        "Which disruption budgets stop the drain": ["pods"],
        "Which pods nothing recreates, and which Jobs start again": ["pods"],
        "Whose data is on the nodes": ["pods", "persistent_volumes"],
        "Whose pods end more slowly than a node drains": ["pods"],
        "Whose disks only one node can mount": ["pods", "persistent_volumes"],
        "Which admission webhooks are away with one node": ["pods"],
    }
    assert affected(Drain(snapshot)) == ()


def test_a_lone_workload_is_told_without_pods_and_their_number_stays_open() -> None:
    api = ObjectRef("Deployment", "api", "shop")
    snapshot = healthy.without(_snapshot(_workload("Deployment", "api", 1)), Source.PODS)
    reason = Reason(api, Effect.IS_DOWN, "One replica: down until its new pod is ready.")
    assert affected(Drain(snapshot)) == (Affected(api, None, 0, (), (reason,)),)


@pytest.mark.parametrize(
    "spec",
    [
        "{maxUnavailable: few, selector: {}}",
        "{maxUnavailable: 0, selector: {matchExpressions: [{key: app, operator: Like, values: [web]}]}}",
    ],
)
def test_a_budget_that_cannot_be_understood_leaves_the_stalls_open(spec: str) -> None:
    drain = Drain(_snapshot(_budget("web", spec)))
    assert stalls(drain) == ()
    assert [part.part for part in unknown_parts(drain)] == ["Which disruption budgets stop the drain"]
