"""No rule reports an object that AKS itself owns, unless the rule's page says: AKS's own objects count here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import random_bodies
import random_objects
from random_choices import made
from random_clusters import Asked, of_block
from random_tables import TABLES, Block, blocks

from analyzer.engine import Question, judge
from analyzer.model.finding import ObjectRef
from analyzer.model.report import Report
from analyzer.scene import Page, Rule
from rules import CATALOG

SENTENCE = "AKS's own objects count here"
LEAN = tuple(replace(rule, page=Page(rule.page.title), sources=()) for rule in CATALOG)
SAID_TO_COUNT = {rule.id for rule in CATALOG if SENTENCE in " ".join(rule.page.text.split())}
MANAGED = {"kubernetes.azure.com/managedby": "aks"}
ADDON = {"addonmanager.kubernetes.io/mode": "Reconcile"}
CALICO = "by the operator's namespace"
HOMES = {
    "by the label managedby": ("kube-system", MANAGED),
    "by the add-on manager's label": ("kube-system", ADDON),
    CALICO: ("calico-system", {}),
}
"""How AKS's own objects show: a namespace, and labels. The operator is AKS's where Calico is the policy engine."""
NAMESPACES = {namespace for namespace, _ in HOMES.values()}
NAMESPACED = frozenset(
    """Pod Deployment StatefulSet DaemonSet ReplicaSet Job CronJob Service EndpointSlice NetworkPolicy
    PodDisruptionBudget HorizontalPodAutoscaler""".split()
)
CLUSTER_WIDE = {
    "ValidatingWebhookConfiguration": "aks-node-validating-webhook",
    "MutatingWebhookConfiguration": "aks-node-mutating-webhook",
    "APIService": "v1beta1.metrics.k8s.io",
    "GlobalNetworkPolicy": "knp.default.all",
}
"""Kinds without a namespace of which AKS owns some, by a name that it gives."""


def owned(document: dict[str, Any], home: str) -> dict[str, Any]:
    """The same object as AKS's own; of kinds that AKS never makes as it is."""
    namespace, labels = HOMES[home]
    about, kind = document["metadata"], document["kind"]
    if kind in CLUSTER_WIDE:
        marked = {**about, "name": CLUSTER_WIDE[kind], "labels": {**about.get("labels", {}), **labels}}
    elif kind in NAMESPACED:
        name = name_of(document, home)
        marked = {**about, "name": name, "namespace": namespace, "labels": {**about.get("labels", {}), **labels}}
    else:
        return document
    return {**document, "metadata": marked}


def name_of(document: dict[str, Any], home: str) -> str:
    """Calico mirrors policies as knp.*; its operator makes no DaemonSet of another engine."""
    if home == CALICO and document["kind"] == "DaemonSet":
        return "calico-node"
    name: str = document["metadata"]["name"]
    return f"knp.default.{name}" if "projectcalico" in document["apiVersion"] else name


def spoilt(block: Block, home: str) -> Asked:
    """The cluster of a truth table's case, with every object of it AKS's own."""
    moved = tuple(owned(document, home) for document in block.objects)
    network = {"networkProfile": {"networkPolicy": "calico"}} if home == CALICO else {}
    return of_block(replace(block, objects=moved, cluster=(*block.cluster, network)))


def answer(asked: Asked, catalog: tuple[Rule, ...]) -> Report:
    question = Question(target=asked.target, inputs=asked.inputs, as_of=asked.as_of, snapshot_hash="", tool_version="0")
    return judge(asked.snapshot, question, catalog)


def reported(found: Report) -> Iterator[str]:
    """The findings about objects of AKS, by rules that do not say that these count."""
    for result in found.results:
        for item in result.findings:
            if is_owned(item.object) and result.rule not in SAID_TO_COUNT:
                yield f"{result.rule} at {result.step}: {item.object}: {item.message}"


def is_owned(item: ObjectRef) -> bool:
    kind = item.kind.partition(".")[0]
    if item.name in CLUSTER_WIDE.values() or item.name == "azure-ip-masq-agent-config-reconciled":
        return True
    return kind in NAMESPACED and item.namespace in NAMESPACES


@pytest.mark.parametrize("home", HOMES)
def test_what_a_rule_looks_for_is_no_finding_where_aks_owns_it(home: str) -> None:
    found = [
        text for rule in LEAN for block in blocks(rule.id) for text in reported(answer(spoilt(block, home), (rule,)))
    ]
    assert sorted(set(found)) == []


@pytest.mark.parametrize("home", HOMES)
def test_no_rule_speaks_about_a_cluster_full_of_spoilt_objects_of_aks(home: str) -> None:
    found: set[str] = set()
    for seed in range(60):
        random = Random(seed)
        cases = [random.choice(blocks(rule)) for rule in random.sample(sorted(TABLES), 3)]
        more = Block(objects=tuple(made(random_objects.OBJECTS, random) for _ in range(30)), target=cases[0].target)
        block = replace(more, cluster=random_bodies.cluster_patches(random))
        objects = tuple(document for case in (*cases, block) for document in case.objects)
        found |= set(reported(answer(spoilt(replace(block, objects=objects), home), LEAN)))
    assert sorted(found) == []


def test_the_same_objects_are_findings_where_a_customer_owns_them() -> None:
    """The cases bite: else nothing would be shown by no finding."""
    speak = {
        rule.id
        for rule in LEAN
        for block in blocks(rule.id)
        for result in answer(of_block(block), (rule,)).results
        if any(item.object.kind.partition(".")[0] in NAMESPACED for item in result.findings)
    }
    expected = """REI-PDB REI-SINGLE-REPLICA REI-LOCAL-STORAGE REI-BARE-PODS POL-IPBLOCK-NODE POL-IPBLOCK-POD POL-DORMANT
        POL-NAMEDPORT CIL-HOSTPORT-RANGE CIL-IPTABLES-DS CIL-TOPOLOGY CIL-SCTP CAL-GLOBAL OVL-STALE-CIDR-REFS"""
    assert set(expected.split()) - speak == set()


def test_the_rules_that_count_objects_of_aks_are_these() -> None:
    assert {
        "CAL-TYPHA-PDB",
        "CIL-ISTIO-EGRESS",
        "CIL-NODELOCALDNS",
        "OVL-AGIC",
        "REI-SYSTEM-SINGLE-NODE",
    } == SAID_TO_COUNT
