"""Whom selectors select."""

from __future__ import annotations

from dataclasses import replace

import pytest
from connectivity.cases import names, pod, selection

from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import IPBlock, LabelSelector, PolicyPeer, Requirement
from analyzer.model.source import Source

PODS = (pod("shop/web"), pod("shop/db"), pod("ops/web"), pod("lab/db"), pod("ops/agent", host=True), pod("gone/web"))
EVERYONE = LabelSelector()
WEB = LabelSelector({"app": "web"})
RETAIL = LabelSelector({"team": "retail"})


def peers(peer: PolicyPeer, namespace: str = "shop") -> list[str]:
    chosen = selection(*PODS)
    return names(chosen.population, chosen.peer(peer, namespace))


def test_a_policy_selects_in_its_own_namespace_only() -> None:
    chosen = selection(*PODS)
    assert names(chosen.population, chosen.pods(EVERYONE, "shop")) == ["shop/db", "shop/web"]
    assert names(chosen.population, chosen.pods(WEB, "ops")) == ["ops/web"]
    assert chosen.pods(EVERYONE, "empty") == 0


def test_a_pod_selector_alone_means_the_policys_namespace() -> None:
    assert peers(PolicyPeer(pod_selector=EVERYONE)) == ["shop/db", "shop/web"]
    assert peers(PolicyPeer(pod_selector=WEB), "ops") == ["ops/web"]


def test_an_empty_namespace_selector_means_all_namespaces() -> None:
    assert peers(PolicyPeer(namespace_selector=EVERYONE)) == sorted(f"{item.namespace}/{item.name}" for item in PODS)


def test_both_selectors_in_one_peer_have_to_match() -> None:
    assert peers(PolicyPeer(WEB, RETAIL)) == ["shop/web"]
    assert peers(PolicyPeer(WEB, EVERYONE)) == ["gone/web", "ops/web", "shop/web"]
    assert peers(PolicyPeer(EVERYONE, RETAIL)) == ["shop/db", "shop/web"]


def test_every_namespace_has_its_name_as_a_label() -> None:
    assert peers(PolicyPeer(namespace_selector=LabelSelector({"kubernetes.io/metadata.name": "lab"}))) == ["lab/db"]


def test_a_negative_namespace_selector_matches_namespaces_without_the_key() -> None:
    other = LabelSelector(match_expressions=(Requirement("team", "NotIn", ("retail", "ops")),))
    assert peers(PolicyPeer(namespace_selector=other)) == ["lab/db"]


def test_the_same_selector_selects_the_same_again() -> None:
    chosen = selection(*PODS)
    first, second = (chosen.peer(PolicyPeer(namespace_selector=RETAIL), name) for name in ("shop", "ops"))
    assert names(chosen.population, first) == names(chosen.population, second) == ["shop/db", "shop/web"]


def test_an_ip_block_selects_nobody() -> None:
    assert peers(PolicyPeer(ip_block=IPBlock("0.0.0.0/0"))) == []


def test_namespaces_that_were_not_read_lack_only_where_their_labels_decide() -> None:
    missing: Missing[object] = Missing(Source.NAMESPACES, Cause.FORBIDDEN, "403")
    blind = replace(selection(*PODS), namespaces=missing.of)
    assert names(blind.population, blind.peer(PolicyPeer(WEB), "shop")) == ["shop/web"]
    assert blind.peer(PolicyPeer(namespace_selector=EVERYONE), "shop") == blind.population.labels.everything
    with pytest.raises(LackingError) as lacking:
        blind.peer(PolicyPeer(namespace_selector=RETAIL), "shop")
    assert [item.source for item in lacking.value.missing] == [Source.NAMESPACES]
