"""Policies as files: in the order in which they are applied, each saying what it keeps and what it opens."""

from __future__ import annotations

from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.flow import Flow, Party, PartyKind, Way
from analyzer.connectivity.ports import PortSet, Span
from analyzer.connectivity.rewrites import Rewrite, Rewrites, When
from analyzer.model.objects import (
    CiliumPolicy,
    CiliumRule,
    CiliumSpec,
    EgressRule,
    LabelSelector,
    Metadata,
    NetworkPolicy,
    NetworkPolicySpec,
    Pod,
    PodIP,
    PodMetadata,
    PodStatus,
    PolicyPeer,
)
from reports.policy_files import PolicyFiles

WEB = Pod(
    PodMetadata(name="web-1", namespace="shop"), status=PodStatus("Running", "10.244.0.4", (PodIP("10.244.0.4"),))
)
WEB_LABEL = LabelSelector({"app": "web"})


def change(kind: ChangeKind = ChangeKind.BLOCKED, address: str = "10.224.0.4", flows: int = 2) -> Change:
    flow = Flow(Party(PartyKind.POD, WEB), Party(PartyKind.OWN_NODE, address=address), "TCP", 10250)
    return Change(kind, Way.DIRECT, 4, 1, 2, PortSet((Span("TCP", 10250, 10250),)), 35, (), flows, flow)


def rewrite(
    name: str = "to-db-cilium", *, own: bool = False, keeps: tuple[int, ...] = (0,), widens: str = ""
) -> Rewrite:
    metadata = Metadata(name=name, namespace="shop")
    policy = NetworkPolicy(
        metadata,
        "NetworkPolicy",
        "networking.k8s.io/v1",
        spec=NetworkPolicySpec(WEB_LABEL, ("Egress",), egress=(EgressRule((PolicyPeer(WEB_LABEL),)),)),
    )
    cilium = CiliumPolicy(
        metadata,
        "CiliumNetworkPolicy",
        "cilium.io/v2",
        spec=CiliumSpec(endpoint_selector=WEB_LABEL, egress=(CiliumRule(to_entities=("host",)),)),
    )
    when = When.AFTER if own else When.BEFORE
    return Rewrite(cilium if own else policy, when, False, keeps, (), widens, "")


def files(told: Rewrites, *changes: Change) -> dict[str, str]:
    return PolicyFiles(told, changes, "Azure NPM", "Cilium 1.17.9").files()


def test_a_file_says_when_it_is_applied_what_it_keeps_and_that_nothing_more_is_allowed() -> None:
    assert files(Rewrites((rewrite(),)), change()) == {
        "1-before-the-step/01-shop-to-db-cilium.yaml": """\
# 1 of 1. Apply it before the step to Cilium 1.17.9. It stands beside the policies that there are.
# Keeps 1 changed set of flows, such as shop/web-1 (10.244.0.4) to its own node (10.224.0.4) on TCP 10250.
# It allows nothing beyond what is allowed before the step.
# Proven by evaluating Azure NPM and Cilium 1.17.9, with all of these policies in place, over the pods and
# policies that were read; not tried on a cluster.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: to-db-cilium
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Egress
  egress:
    - to:
        - podSelector:
            matchLabels:
              app: web
"""
    }


def test_ciliums_own_policies_come_after_the_step_and_their_numbers_go_on() -> None:
    found = files(Rewrites((rewrite(), rewrite("no-egress-cilium", own=True))), change())
    assert list(found) == [
        "1-before-the-step/01-shop-to-db-cilium.yaml",
        "2-right-after-the-step/02-shop-no-egress-cilium.yaml",
    ]


def test_what_it_widens_stands_in_the_file() -> None:
    widens = "It newly allows shop/web-1 to ops/db-1 on TCP 5432."
    (text,) = files(Rewrites((rewrite(widens=widens),)), change()).values()
    assert f"# {widens}\n" in text
    assert "nothing beyond" not in text


def test_what_is_not_kept_is_listed_by_its_reason_most_flows_first() -> None:
    told = Rewrites((), {0: "One reason.", 1: "Another reason.", 2: "One reason."})
    assert files(told, change(flows=1), change(flows=5), change(address="10.224.0.5", flows=1)) == {
        "not-kept.txt": """\
Another reason.
  5 lost flows, such as:
    shop/web-1 (10.244.0.4) to its own node (10.224.0.4) on TCP 10250

One reason.
  2 lost flows, such as:
    shop/web-1 (10.244.0.4) to its own node (10.224.0.4) on TCP 10250
    shop/web-1 (10.244.0.4) to its own node (10.224.0.5) on TCP 10250
"""
    }


def test_no_name_leaves_its_folder_or_ends_a_comment() -> None:
    (path,), (text,) = zip(*files(Rewrites((rewrite("../../x\ny"),)), change(address="1\n- evil")).items(), strict=True)
    assert path == "1-before-the-step/01-shop--x-y.yaml"
    assert "\n- evil" not in text
    assert text.split("\napiVersion")[0].count("\n# ") == text.split("\napiVersion")[0].count("\n")
