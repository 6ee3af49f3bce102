"""The traffic that a path changes, in HTML, text and JSON."""

from __future__ import annotations

import base64
import hashlib
import html as markup
import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from step_flows import (
    ALLOWED,
    API_ACCESS,
    BLOCKED,
    BY_ADDRESS,
    EXPORTER,
    FLOWS,
    GONE,
    HUB,
    LOAD_BALANCER,
    OWN_NODE,
    SAME,
    SIX,
    TO_CILIUM,
    UNKNOWN,
    blame,
    change,
    workload,
)

from analyzer.model.flows import FlowChange, FlowChangeKind, FlowEdge, FlowEnd, StepFlows, UnenforcedWindow
from analyzer.model.report import Report
from reports import FORMATS
from reports.fair_share import fair_share
from reports.flow_words import end_words, outcome, under, window_sentence
from reports.flows import LEAST_CHANGES, MOST_CHANGES, MOST_NAMESPACES, Traffic, affected, traffic

EVERY_POD = FlowEnd(kind="cluster", name="every pod")
GOLDEN = Path(__file__).parent / "golden"


def report(made: Any, *flows: StepFlows) -> Report:
    found: Report = msgspec.structs.replace(made["risky"](), flows=flows)
    return found


def section(made: Any, *flows: StepFlows) -> str:
    """The markup of the section; empty where there is none."""
    document = FORMATS["html"](report(made, *flows))
    found = re.search(r'<section id="flows".*</section>\s*(?=<section id="addresses")', document, re.S)
    return found.group() if found else ""


def words(fragment: str) -> str:
    """What it says, without markup."""
    return markup.unescape(" ".join(re.sub(r"<[^>]+>", " ", fragment).split()))


def parts(fragment: str, start: str) -> list[str]:
    """The words from each place where the markup begins so, up to the next."""
    return [words(start + part) for part in fragment.split(start)[1:]]


def seen(made: Any, *flows: StepFlows) -> Traffic:
    found = traffic(report(made, *flows))
    assert found is not None
    return found


def crowd(*numbers: tuple[FlowChangeKind, int]) -> StepFlows:
    """A step with so many changes of each kind, each in a namespace of its own."""
    changes = tuple(
        change(
            kind,
            sources=tuple(workload(f"{kind.value[-7:]}-{place}", f"Deployment/app-{end}") for end in range(10)),
            source_count=25,
            blame=(blame(f"{kind.value[-7:]}-{place}/deny", "spec.egress"),),
            namespaces=(f"{kind.value[-7:]}-{place}",),
        )
        for kind, number in numbers
        for place in range(number)
    )
    count = dict(numbers)
    return msgspec.structs.replace(
        TO_CILIUM,
        changes=changes,
        change_count=len(changes),
        blocked=count.get(BLOCKED, 0),
        allowed=count.get(ALLOWED, 0),
        unknown=count.get(UNKNOWN, 0),
    )


def test_without_flows_a_report_has_no_section_no_entry_and_no_style_of_it(made: Any) -> None:
    assert section(made) == ""
    assert ".flow" not in FORMATS["html"](made["risky"]()).partition("<body>")[0]
    assert "Traffic that changes" not in FORMATS["html"](made["risky"]())
    assert "Traffic that changes" not in FORMATS["text"](made["risky"]())


def test_the_contents_lead_to_the_section_with_the_number_of_changes(html: Any) -> None:
    assert '<a href="#flows">Traffic that changes <span class="count">32</span></a>' in html("flowing")


def test_each_step_begins_with_its_engines_its_numbers_and_one_flow_in_words(made: Any) -> None:
    heads = [part.partition(" The time between.")[0] for part in parts(section(made, *FLOWS), '<h3 id="flows-step-')]
    assert heads == [
        "Remove the network policy engine Calico → no policy engine : 1 newly allowed For example"
        " dev/web-77b-q (10.244.5.5) → ledger/shard-0 (10.244.4.2) , TCP 5432:"
        " blocked by Calico, allowed with no policy engine.",
        "Move to Azure CNI Overlay no policy engine → no policy engine : no flow changes.",
        "Move to the Cilium data plane Azure NPM → Cilium 1.17.9 : 26 newly blocked 3 newly allowed 2 unknown"
        " For example shop/api-7d9f8c6b5-x2x9k (10.244.1.7) → its own node (10.224.0.4) , TCP 10250:"
        " allowed by Azure NPM, blocked by Cilium 1.17.9.",
    ]


def test_a_change_says_who_to_whom_why_and_by_whose_policy(made: Any) -> None:
    found = parts(section(made, TO_CILIUM), '<li class="flow ')
    said = next(part for part in found if "ingress/nginx" in part).partition(" Namespace ")[0]
    assert said == (
        "Newly blocked any address outside the cluster → Deployment ingress/nginx : TCP 443, 8443 · 2 flows"
        " For example 203.0.113.10 → ingress/nginx-5f7d-k8s2p (10.244.2.9) , TCP 443,"
        " by the load balancer of Service ingress/nginx, through node aks-apps-1:"
        " allowed by Azure NPM, blocked by Cilium 1.17.9."
        " Why The node that the packet comes in through puts its own address in, and no ipBlock matches a node."
        " (docs/semantics.md row 52; confidence: derived)"
        " Blame NetworkPolicy ingress/allow-internet spec.ingress[0] under Azure NPM: admitted them."
        " NetworkPolicy ingress/default-deny under Cilium 1.17.9: isolates the pods, and no policy admits them."
        " From any address outside the cluster To Deployment ingress/nginx 2 pods"
        " Ports TCP 443, 8443 Way through another node Likelihood A Service of type LoadBalancer leads there."
    )


def test_more_ends_than_are_named_are_counted(made: Any) -> None:
    found = parts(section(made, TO_CILIUM), '<li class="flow ')
    said = next(part for part in found if "ledger/shard-0" in part)
    assert "→ StatefulSet ledger/shard-0 , StatefulSet ledger/shard-1 and 7 more : TCP 5432 · 126 flows" in said
    assert "To StatefulSet ledger/shard-0 1 pod" in said
    assert "StatefulSet ledger/shard-3 1 pod and 5 more" in said


def test_many_ports_are_shortened_in_the_line_and_whole_behind_it(made: Any) -> None:
    ports = "TCP 1-52, TCP 54-442, TCP 444-8079, UDP 53, SCTP 9"
    said = words(section(made, msgspec.structs.replace(TO_CILIUM, changes=(change(ports=ports),))))
    assert ": TCP 1-52, TCP 54-442, TCP 444-8079 and 2 more · 3 flows" in said
    assert f"Ports {ports}" in said


def test_a_change_that_no_row_decides_names_none(made: Any) -> None:
    assert "Why Nothing enforces the policy any longer. (confidence: documented)" in words(section(made, GONE))


def test_what_is_left_out_is_counted(made: Any) -> None:
    culprits = (blame("shop/a"), blame("shop/b"))
    edges = tuple(FlowEdge(source="shop", destination=f"team-{place}", blocked=1) for place in range(12)) + tuple(
        FlowEdge(source="dev", destination=f"team-{place}", blocked=1) for place in range(12)
    )
    more = tuple(FlowEdge(source="web", destination=f"team-{place}", blocked=1) for place in range(12))
    step = msgspec.structs.replace(
        TO_CILIUM,
        changes=(change(blame=culprits, blame_count=5),),
        unread=tuple(f"fact {place}" for place in range(22)),
        edges=edges + more,
    )
    said = words(section(made, step))
    counted = [
        "shop/b under Cilium 1.17.9: isolates the pods, and no policy admits them. and 3 more policies",
        "fact 19 and 2 more, in the JSON report",
        "12 further arrows only in the table.",
        "And 30 more changes: run aks-preflight policy changes .",
    ]
    assert [part for part in counted if part not in said] == []


def test_a_change_of_ipv6_says_so(made: Any) -> None:
    found = parts(section(made, TO_CILIUM), '<li class="flow ')
    assert [": TCP 8080 over IPv6 · 18 flows" in part for part in found].count(True) == 1


def test_changes_stand_in_the_namespace_that_they_happen_to_the_most_broken_first(made: Any) -> None:
    groups = seen(made, TO_CILIUM).steps[0].groups
    assert [(group.namespace, [view.change for view in group.changes]) for group in groups] == [
        ("payments", [BY_ADDRESS, API_ACCESS]),
        ("ingress", [LOAD_BALANCER]),
        ("shop", [change()]),
        ("monitoring", [EXPORTER]),
        ("", [SIX]),
    ]


@pytest.mark.parametrize(
    ("found", "namespace"),
    [
        (change(blame=(blame("ledger/allow", "spec.ingress[0]"),)), "ledger"),
        (change(blame=(blame("/cluster-wide"), blame("ledger/deny"))), "ledger"),
        (change(blame=(blame("ledger/deny"), blame("shop/deny"))), "ledger"),
        (change(blame=()), "shop"),
        (change(blame=(), source_count=7), ""),
        (change(blame=(), sources=(HUB,), destinations=(workload("dev", "Deployment/web"),)), "dev"),
        (SIX, ""),
        (change(blame=(), sources=(HUB,)), ""),
    ],
)
def test_the_affected_namespace_is_that_of_the_policy_or_else_of_the_pods(found: FlowChange, namespace: str) -> None:
    assert affected(found) == namespace


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (workload("shop", "Deployment/api"), ("Deployment", "shop/api")),
        (FlowEnd(kind="pod", namespace="shop", name="migrate-1"), ("Pod", "shop/migrate-1")),
        (FlowEnd(kind="namespace", namespace="shop", name="every pod"), ("every pod of", "shop")),
        (EVERY_POD, ("", "every pod")),
        (FlowEnd(kind="cluster", name="everybody"), ("", "everybody")),
        (FlowEnd(kind="own node", name="aks-apps-1"), ("own node", "aks-apps-1")),
        (HUB, ("outside", "10.200.0.0/16")),
        (FlowEnd(kind="API server", name="fd00::1"), ("API server", "fd00::1")),
        (OWN_NODE, ("", "the pod's own node")),
    ],
)
def test_an_end_is_named_by_its_kind_unless_its_name_is_words(end: FlowEnd, said: tuple[str, str]) -> None:
    assert end_words(end) == said


def test_nothing_is_done_by_an_engine_that_is_not_there_and_nothing_unknown_by_any() -> None:
    assert outcome(GONE.changes[0], GONE) == "blocked by Calico, allowed with no policy engine"
    assert outcome(API_ACCESS, TO_CILIUM) == "allowed by Azure NPM, unknown under Cilium 1.17.9"
    open_ = msgspec.structs.replace(API_ACCESS.example, before="unknown")
    assert outcome(change(UNKNOWN, example=open_), TO_CILIUM) == "whether that changes is not known"
    assert [under(side, GONE) for side in ("before", "after")] == ["under Calico", "with no policy engine"]


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        ("cilium", "cilium", "While the step cilium runs, until the last node is reimaged"),
        ("remove", "cilium", "From the step remove on, until the step cilium has reimaged the last node"),
        ("remove", "", "From the step remove on, for as long as this path can tell"),
    ],
)
def test_the_time_between_is_said_from_its_first_step_to_its_last(opens: str, closes: str, said: str) -> None:
    window = UnenforcedWindow(opens=opens, closes=closes, policies=1, pods=1200, reason="Why.")
    end = "no engine enforces policies: 1 policy is not in force, and 1,200 pods that should be isolated are open. Why."
    assert window_sentence(window) == f"{said}, {end}"


def test_the_time_between_stands_at_its_step(made: Any) -> None:
    assert f"The time between. {window_sentence(TO_CILIUM.unenforced)}" in words(section(made, TO_CILIUM))
    assert "The time between." not in section(made, SAME)


def test_what_was_not_read_is_said_before_the_list(made: Any) -> None:
    said = words(section(made, TO_CILIUM))
    assert (
        "Not the whole truth. With these unread, more may change than this list says:"
        " 2 of 14 pods of namespace legacy have no address yet ConfigMap kube-system/azure-npm-config"
    ) in said
    assert 0 < said.index("Not the whole truth.") < said.index("Namespace shop")


def test_no_change_is_a_pass_only_where_everything_was_read(made: Any) -> None:
    half = msgspec.structs.replace(SAME, unread=("the NetworkPolicies",))
    whole, part = (section(made, step).partition("<h3")[2] for step in (SAME, half))
    assert ("#i-pass" in whole, "no flow changes" in whole) == (True, True)
    assert ("#i-pass" in part, "no flow changes" in part) == (False, False)
    assert "no change found, but not everything was read." in words(part)


def test_the_table_says_what_the_picture_shows(made: Any) -> None:
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", section(made, TO_CILIUM))
    assert [words(row) for row in rows] == [
        f"{edge.source} {edge.destination} {edge.blocked} {edge.allowed} {edge.unknown}" for edge in TO_CILIUM.edges
    ]
    assert "2 further pairs: run aks-preflight policy changes" in words(section(made, TO_CILIUM))


def test_a_table_that_is_cut_says_so_though_nobody_counted_the_rest(made: Any) -> None:
    edges = tuple(FlowEdge(source="shop", destination=f"team-{place}", blocked=1) for place in range(103))
    step = msgspec.structs.replace(TO_CILIUM, edges=edges, edge_count=0)
    assert "3 further pairs: run aks-preflight policy changes" in words(section(made, step))


def test_the_picture_has_a_title_and_a_description_for_who_cannot_see_it(made: Any) -> None:
    found = section(made, TO_CILIUM)
    named = re.search(r'<svg class="picture flow-picture"[^>]* aria-labelledby="(\S+) (\S+)">', found)
    assert named is not None
    assert f'<title id="{named[1]}">Traffic between namespaces that changes</title>' in found
    assert (
        f'<desc id="{named[2]}">11 arrows from 6 names on the left to 6 names on the right: 6 blocked, 2 allowed,'
        " 3 unknown. The table below says the same in words.</desc>"
    ) in found


def test_many_changes_are_capped_counted_and_no_kind_vanishes(made: Any) -> None:
    step = seen(made, crowd((BLOCKED, 300), (ALLOWED, 2), (UNKNOWN, 90))).steps[0]
    shown = [view.change.kind for group in step.groups for view in group.changes]
    numbers = {kind: shown.count(kind) for kind in FlowChangeKind}
    assert numbers == {BLOCKED: MOST_CHANGES - 2 - LEAST_CHANGES, ALLOWED: 2, UNKNOWN: LEAST_CHANGES}
    assert (step.shown, step.left_out) == (100, 292)
    said = words(section(made, crowd((BLOCKED, 300), (ALLOWED, 2), (UNKNOWN, 90))))
    assert "And 292 more changes: run aks-preflight policy changes ." in said


def test_a_fair_share_keeps_the_order_and_some_of_each_kind() -> None:
    items = ("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    shares = [fair_share(items, lambda item: item[0], most, 1) for most in (7, 4, 3, 2)]
    assert shares == [items, ("a1", "a2", "b1", "c1"), ("a1", "b1", "c1"), ("a1", "b1")]


def test_a_thousand_changes_take_less_than_half_a_megabyte(made: Any) -> None:
    whole = FORMATS["html"](report(made, crowd((BLOCKED, 400), (UNKNOWN, 600))))
    assert len(whole) - len(FORMATS["html"](made["risky"]())) < 500_000


def test_every_namespace_can_be_picked(made: Any) -> None:
    choices = seen(made, *FLOWS).choices
    assert [(choice.tag, choice.namespace, choice.changes) for choice in choices] == [
        ("in-0", "dev", 2),
        ("in-1", "ingress", 1),
        ("in-2", "ledger", 2),
        ("in-3", "monitoring", 1),
        ("in-4", "payments", 2),
        ("in-5", "shop", 2),
    ]


def test_namespaces_beyond_the_first_are_picked_together(made: Any) -> None:
    choices = seen(made, crowd((BLOCKED, 60))).choices
    assert [choice.changes for choice in choices] == [1] * MOST_NAMESPACES + [20]
    assert (choices[-1].tag, choices[-1].namespace) == ("in-other", "")


def test_the_namespaces_with_the_most_changes_are_picked_by_name(made: Any) -> None:
    twice = change(namespaces=("zoo",))
    step = crowd((BLOCKED, MOST_NAMESPACES))
    choices = seen(made, msgspec.structs.replace(step, changes=(*step.changes, twice, twice))).choices
    assert ("zoo", 2) in [(choice.namespace, choice.changes) for choice in choices]


@pytest.mark.parametrize(
    ("more", "tags"),
    [
        ({"namespaces": ("dev", "shop"), "namespace_count": 2, "source_count": 9}, ("in-0", "in-1")),
        ({"namespaces": ("dev", "shop"), "namespace_count": 12}, ("in-0", "in-1", "in-any")),
        ({"namespaces": ("dev", "shop")}, ("in-0", "in-1")),
        ({"namespaces": ("shop",), "source_count": 9}, ("in-0", "in-any")),
        ({"namespaces": ("shop",), "destinations": (EVERY_POD,)}, ("in-0", "in-any")),
        ({"namespaces": ("shop",), "destinations": (workload("dev", "Deployment/web"),)}, ("in-0", "in-any")),
        ({"namespaces": ()}, ("in-any",)),
    ],
)
def test_no_choice_hides_a_change_whose_namespaces_are_not_all_named(
    more: dict[str, Any], tags: tuple[str, ...], made: Any
) -> None:
    (group,) = seen(made, msgspec.structs.replace(TO_CILIUM, changes=(change(**more),))).steps[0].groups
    assert [view.tags for view in group.changes] == [tags]


def test_names_never_become_classes_or_anchors(html: Any) -> None:
    found = html("hostile_flowing").partition('<section id="flows"')[2].partition('<section id="addresses"')[0]
    tokens = {token for value in re.findall(r'class="([^"]*)"', found) for token in value.split()}
    assert {token for token in tokens if not re.fullmatch(r"[a-z0-9-]+", token)} == set()
    assert {token for token in tokens if token.startswith("in-")} == {"in-any", *(f"in-{place}" for place in range(6))}
    assert len(set(re.findall(r' id="([^"]*)"', found))) == found.count(' id="')


def test_the_policy_allows_the_style_sheet_of_a_report_with_flows(html: Any) -> None:
    document = html("flowing")
    style = document.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in document
    assert ".flow-filter:has(.in-5:checked)" in style
    assert "<script" not in document.lower()


def test_the_terminal_says_the_first_changes_of_each_step_and_how_to_see_the_rest(made: Any) -> None:
    lines = FORMATS["text"](report(made, *FLOWS)).splitlines()
    start = lines.index("Traffic that changes")
    block = "".join(f"{line}\n" for line in lines[start : start + lines[start:].index("")])
    path = GOLDEN / "flows.txt"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(block, encoding="utf-8")
    assert block == path.read_text(encoding="utf-8")


def test_the_terminal_shows_one_change_of_every_kind(made: Any) -> None:
    text = FORMATS["text"](report(made, crowd((BLOCKED, 9), (UNKNOWN, 1))))
    assert [text.count(f"    {word}: shop/api") for word in ("Newly blocked", "Unknown")] == [4, 1]
    assert "    ... and 5 more: run aks-preflight policy changes" in text


def test_the_terminal_does_not_call_a_step_unchanged_that_was_not_read(made: Any) -> None:
    half = msgspec.structs.replace(SAME, unread=("the pods", "the nodes", "the Services", "the policies", "more"))
    lines = FORMATS["text"](report(made, half)).splitlines()
    start = lines.index("Traffic that changes")
    assert lines[start + 1 : start + 5] == [
        "  overlay, no policy engine to no policy engine: no change found, but not",
        "  everything was read",
        "    Not the whole truth. Not read: the pods, the nodes, the Services and 2 more.",
        "",
    ]


def test_the_json_report_has_the_same_data(made: Any) -> None:
    body = json.loads(FORMATS["json"](report(made, *FLOWS)))["flows"]
    assert msgspec.convert(body, tuple[StepFlows, ...]) == FLOWS
    assert (body[2]["changeCount"], body[2]["changes"][0]["example"]["port"]) == (31, "TCP 10250")
