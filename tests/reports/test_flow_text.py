"""What the engines answer, in a terminal."""

from __future__ import annotations

from msgspec.structs import replace
from step_flows import FLOWS, SAME, TO_CILIUM

from analyzer.connectivity.explanation import ExplainedPolicy, ExplainedRule, ExplainedSide, Explanation
from analyzer.connectivity.flow import FlowVerdict
from analyzer.model.finding import ObjectRef
from analyzer.model.flows import FlowEnd
from reports import flow_json, flow_text

HOSTILE = "a\x1b[31m\u202eb"


def test_every_line_of_changes_and_explanations_fits_80_columns() -> None:
    lines = flow_text.changes(flow_json.Changes(steps=FLOWS)).splitlines()
    assert len(lines) > 50
    assert max(map(len, lines)) <= flow_text.WIDTH


def test_a_change_says_who_what_why_and_by_whom() -> None:
    first = flow_text.changes(flow_json.Changes(steps=(replace(TO_CILIUM, changes=TO_CILIUM.changes[2:3]),)))
    assert first[first.index("  NEWLY BLOCKED") :] == (
        "  NEWLY BLOCKED: 126 flows\n"
        "    From     payments/Deployment/worker (12 pods), payments/Deployment/refunds\n"
        "             (2 pods)\n"
        "    To       ledger/StatefulSet/shard-0 (1 pod), ledger/StatefulSet/shard-1 (1\n"
        "             pod), ledger/StatefulSet/shard-2 (1 pod) and 6 more : TCP 5432\n"
        "    Why      Cilium never matches a pod by its address. (row 13, documented)\n"
        "    Blame    before, payments/NetworkPolicy/to-ledger\n"
        "             spec.egress[1].to[0].ipBlock admitted them\n"
        "    Example  payments/worker-66d7-abcde (10.244.3.14) -> ledger/shard-0\n"
        "             (10.244.4.2), TCP 5432: allowed -> blocked\n"
        "    Likely   Service ledger/postgres leads there.\n"
        "\n"
        "  ... and 30 more changes: see --format json.\n"
    )


def test_a_step_that_changes_nothing_says_so_and_one_that_was_not_read_does_not() -> None:
    answer = flow_json.Changes(steps=(SAME, replace(SAME, unread=("pods: 403",))))
    assert flow_text.changes(answer) == (
        "Step overlay: no policy engine -> no policy engine\n"
        "  No flow changes.\n"
        "\n"
        "Step overlay: no policy engine -> no policy engine\n"
        "  No change was found, but not everything was read.\n"
        "    Not read pods: 403.\n"
    )


def test_a_path_without_a_change_of_engines_is_told_in_one_line() -> None:
    expected = "No step of the path changes the policy engine, so no flow changes.\n"
    assert flow_text.changes(flow_json.Changes(steps=())) == expected


def test_unknown_flows_and_ipv6_are_marked() -> None:
    web, api = (FlowEnd(kind="pod", namespace="shop", name=name) for name in ("web", "api"))
    row = flow_json.FlowRow(sources=(web,), destinations=(api,), ports="TCP 80", verdict=FlowVerdict.UNKNOWN, family=6)
    answer = flow_json.Flows(engine="Calico", src="shop", sources=(web,), destinations=(web, api), rows=(row,))
    assert flow_text.flows(answer) == "Allowed with Calico:\nshop/web -> shop/api : TCP 80 over IPv6 (unknown)\n"
    assert flow_text.flows(replace(answer, rows=(), unread=("pods: 403",))) == (
        "Not read: pods: 403.\n\nNothing of this is allowed with Calico.\n"
    )


def test_names_cannot_act_in_any_answer() -> None:
    ref = ObjectRef("NetworkPolicy", HOSTILE, HOSTILE)
    side = ExplainedSide(
        direction="Egress",
        pod=HOSTILE,
        peer=HOSTILE,
        verdict=FlowVerdict.BLOCKED,
        reason="The pod is isolated, and no rule admits it.",
        row=13,
        policies=(ExplainedPolicy(policy=ref, effect="isolates it", row=3),),
        rules=(ExplainedRule(policy=ref, where="spec.egress[0]", effect="admits", how="a selector", ports=HOSTILE),),
    )
    answer = Explanation(engine="Cilium 1.17.9", verdict=FlowVerdict.BLOCKED, sides=(side,))
    flow = flow_json.ExplainedFlow(
        source=HOSTILE, destination=HOSTILE, port="TCP 80", way="direct", by=HOSTILE, explanations=(answer,)
    )
    end = FlowEnd(kind="pod", namespace=HOSTILE, name=HOSTILE)
    row = flow_json.FlowRow(sources=(end,), destinations=(end,), ports="TCP 80", verdict=FlowVerdict.ALLOWED, family=4)
    flows = flow_json.Flows(engine="Calico", sources=(end,), destinations=(end,), rows=(row,), unread=(HOSTILE,))
    texts = (
        flow_text.explanations(flow_json.Explanations(flows=(flow,), unread=(HOSTILE,))),
        flow_text.flows(flows),
        flow_text.changes(flow_json.Changes(steps=(replace(SAME, before=HOSTILE, unread=(HOSTILE,)),))),
    )
    for text in texts:
        assert "a\\x1b[31m\\u202eb" in text
        assert text.replace("\n", "").isprintable()
    assert "\u202e" not in flow_json.render(flows)
