from __future__ import annotations

from typing import Any

import msgspec

from analyzer.model.report import State
from reports.folding import Group
from reports.priorities import priorities
from reports.sections import (
    AT_ONCE,
    MOST_ROWS,
    afterwards,
    at_once,
    chapters,
    judgements,
    rules_in,
    settled,
    sight,
    unread_ranges,
)
from reports.timeline import Change, timeline


def test_rules_stand_in_the_chapter_of_their_weight_in_catalogue_order(made: Any) -> None:
    found = {
        chapter.title: [item.rule.id for item in chapter.judgements] for chapter in chapters(judgements(made["rich"]()))
    }
    assert found == {
        "Blockers": ["OVL-PODCIDR-OVERLAP-VNET", "CIL-WINDOWS"],
        "Unknown, and nothing found": ["OVL-IPMASQ-CUSTOM", "POL-IPBLOCK-POD"],
        "Risks": ["KUB-RT-BYO", "REI-PDB"],
        "Notices": ["OVL-IRREVERSIBLE"],
    }


def test_only_blockers_are_unfolded(made: Any) -> None:
    unfolded = [
        item.rule.id for chapter in chapters(judgements(made["rich"]())) for item in chapter.judgements if item.is_open
    ]
    assert unfolded == ["OVL-PODCIDR-OVERLAP-VNET", "CIL-WINDOWS"]


def test_a_rule_shows_at_most_so_many_objects_and_counts_the_rest(made: Any) -> None:
    first = chapters(judgements(made["crowded"]()))[0].judgements[0]
    assert (sum(len(group.rows) for group in first.groups), first.left_out) == (MOST_ROWS, 400 - MOST_ROWS)


def test_a_group_that_is_little_longer_is_shown_whole(made: Any) -> None:
    rows = chapters(judgements(made["crowded"]()))[0].judgements[0].groups[0].rows
    group = Group(rows[0].severity, rows[0].steps, rows[: AT_ONCE + 2])
    longer = Group(rows[0].severity, rows[0].steps, rows[: AT_ONCE + 3])
    assert (at_once(group), afterwards(group)) == (group.rows, ())
    assert (at_once(longer), afterwards(longer)) == (longer.rows[:AT_ONCE], longer.rows[AT_ONCE:])


def test_settled_rules_carry_their_reason_and_steps(made: Any) -> None:
    report = made["rich"]()
    passed = [(item.rule.id, item.steps, item.reason) for item in settled(report, State.PASS)]
    assert passed == [
        ("OVL-K8S-VERSION", ("overlay",), ""),
        ("KUB-UAMI", ("overlay",), "The step user-assigned-identity meets it."),
    ]
    off = [(item.rule.id, item.steps) for item in settled(made["finished"](), State.NOT_APPLICABLE)]
    assert off == [("OVL-K8S-VERSION", ())]


def test_a_rule_with_two_reasons_is_one_rule(made: Any) -> None:
    report = made["rich"]()
    other = msgspec.structs.replace(report.results[-2], step="cilium", reason="Met twice.")
    items = settled(msgspec.structs.replace(report, results=(*report.results, other)), State.PASS)
    assert (len(items), rules_in(items)) == (3, 2)


def test_coverage_tells_unread_sources_from_those_that_left_a_rule_open(made: Any) -> None:
    report = made["rich"]()
    seen = sight(report, priorities(report).unseen)
    assert [row.source for row in seen.gaps] == ["cluster", "network_policies"]
    assert [item.source for item in seen.idle] == ["ingresses"]
    assert [item.source for item in seen.read] == ["cluster", "virtual_networks", "pods", "cilium_policies"]


def test_ranges_of_networks_that_were_not_read_are_missed(made: Any) -> None:
    report = made["rich"]()
    partly = msgspec.structs.replace(report.coverage[1], status="partial")
    assert unread_ranges(report) == ()
    assert unread_ranges(msgspec.structs.replace(report, coverage=(report.coverage[0], partly))) == (
        "virtual_networks",
    )
    assert unread_ranges(made["lost"]()) == ("cluster", "virtual_networks")


def test_a_step_shows_what_it_changes_and_a_command_to_paste(made: Any) -> None:
    view = timeline(made["rich"]())[1]
    assert view.changes == (
        Change("Network plugin", "kubenet", "azure"),
        Change("Pod addresses", "kubenet", "Azure CNI Overlay"),
        Change("Pod CIDR", "10.244.0.0/16", "10.20.0.0/16"),
    )
    assert " ".join(view.command).startswith("az aks update --subscription 11111111-")
    assert view.tally == "Rules: 1 with blockers, 2 with risks, 1 with notices, 1 with questions, 2 unknown, 2 passed"


def test_arguments_are_quoted_for_a_shell(made: Any) -> None:
    report = made["rich"]()
    step = msgspec.structs.replace(report.path.steps[0], command=("az", "a b", "$(x)", "it's"))
    path = msgspec.structs.replace(report.path, steps=(step,))
    (view,) = timeline(msgspec.structs.replace(report, path=path))
    assert view.command == ("az", "'a b'", "'$(x)'", "'it'\"'\"'s'")


def test_a_step_that_no_rule_concerns_says_so(made: Any) -> None:
    report = made["ready"]()
    overlay = tuple(item for item in report.results if item.step == "overlay")
    found = timeline(msgspec.structs.replace(report, results=overlay))
    assert [view.tally for view in found][1] == "Rules: none concerns it"
