"""Pods as Cilium's own policies select them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from connectivity.cases import names, pod, selection

from analyzer.connectivity.endpoints import Endpoints
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.model.source import Source

CHOSEN = selection(pod("shop/web"), pod("shop/db"), pod("ops/web"), pod("shop/agent", labels={"app": "web"}, host=True))
ENDPOINTS = Endpoints(CHOSEN.population, CHOSEN.namespaces)


def selected(namespace: str, *requirements: Requirement, **labels: str) -> list[str]:
    return names(CHOSEN.population, ENDPOINTS.select(LabelSelector(labels, requirements), namespace))


def test_a_namespaced_policy_selects_in_its_namespace_and_a_clusterwide_one_everywhere() -> None:
    assert selected("shop") == ["shop/db", "shop/web"]
    assert selected("", app="web") == ["ops/web", "shop/web"]


@pytest.mark.parametrize("key", ["app", "k8s:app", "any:app"])
def test_the_sources_of_a_pods_labels(key: str) -> None:
    assert selected("shop", **{key: "web"}) == ["shop/web"]


def test_labels_of_other_sources_are_on_no_pod() -> None:
    assert selected("", Requirement("reserved:host", "Exists")) == []
    assert selected("shop", Requirement("reserved:host", "DoesNotExist")) == ["shop/db", "shop/web"]


def test_the_namespace_and_its_labels_are_labels_of_the_endpoint() -> None:
    assert selected("", **{"k8s:io.kubernetes.pod.namespace": "ops"}) == ["ops/web"]
    assert selected("", **{"io.cilium.k8s.namespace.labels.team": "retail"}) == ["shop/db", "shop/web"]


def test_what_was_not_read_is_a_lack_only_where_it_decides() -> None:
    missing: Missing[object] = Missing(Source.NAMESPACES, Cause.FORBIDDEN, "403")
    blind = replace(ENDPOINTS, namespaces=missing.of)
    assert names(CHOSEN.population, blind.select(LabelSelector({"app": "db"}), "shop")) == ["shop/db"]
    with pytest.raises(LackingError) as lacking:
        blind.select(LabelSelector({"io.cilium.k8s.namespace.labels.team": "ops"}), "")
    assert [item.source for item in lacking.value.missing] == [Source.NAMESPACES]


def test_service_accounts_are_not_read() -> None:
    with pytest.raises(LackingError) as lacking:
        selected("shop", **{"io.cilium.k8s.policy.serviceaccount": "web"})
    assert [item.cause for item in lacking.value.missing] == [Cause.UNRECOGNISED]
