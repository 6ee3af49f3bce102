"""What is waived stays visible and stops nothing; what is accepted unseen counts; what does not hold is said."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, ReportedFinding, ReportedGap, Result, State, Verdict
from analyzer.model.waiver import JudgedWaiver, Pattern, Selector, Waiver, WaiverStanding
from reports import FORMATS, PLAN_FORMATS
from reports.folding import groups, rows
from reports.headline import advice, sentences
from reports.priorities import priorities
from reports.runbook import held_steps, runbook
from reports.sections import chapters, judgements
from reports.standing import Standing, standing, standings
from reports.timeline import timeline
from reports.waivers import MEANINGS, STANDINGS, accepted_by, said, selected, target, waivers

FOUND = ReportedFinding(
    fingerprint="1" * 16, severity=Severity.BLOCKER, object=ObjectRef("Pod", "a"), message="m", evidence=()
)
LACKED = ReportedGap(source="pods", cause="forbidden", detail="403", severity=Severity.BLOCKER)
WAIVED = msgspec.structs.replace(FOUND, waiver="w")
ACCEPTED = msgspec.structs.replace(LACKED, waiver="w")
NOTED = msgspec.structs.replace(FOUND, severity=Severity.NOTICE)
MINOR = msgspec.structs.replace(ACCEPTED, severity=Severity.NOTICE)
CARTS = "aaaaaaaaaaaa"
"""The waiver of the disruption budgets in the report made by hand."""
ASKED = msgspec.structs.replace(WAIVED, asks="--flag")


def result(*parts: ReportedFinding | ReportedGap, state: State = State.FAIL) -> Result:
    findings = tuple(part for part in parts if isinstance(part, ReportedFinding))
    return Result(
        rule="R",
        step="overlay",
        state=state,
        findings=findings,
        gaps=tuple(part for part in parts if isinstance(part, ReportedGap)),
    )


@pytest.mark.parametrize(
    ("parts", "state", "comes_to"),
    [
        ((WAIVED,), State.FAIL, Standing.WAIVED),
        ((WAIVED, FOUND), State.FAIL, Standing.BLOCKER),
        ((WAIVED, NOTED), State.FAIL, Standing.NOTICE),
        ((WAIVED, LACKED), State.FAIL, Standing.UNKNOWN),
        ((WAIVED, ACCEPTED), State.FAIL, Standing.RISK),
        ((ACCEPTED,), State.UNKNOWN, Standing.RISK),
        ((ACCEPTED, LACKED), State.UNKNOWN, Standing.UNKNOWN),
        ((NOTED, ACCEPTED), State.UNKNOWN, Standing.RISK),
        ((NOTED, ACCEPTED, LACKED), State.UNKNOWN, Standing.UNKNOWN),
        ((MINOR,), State.UNKNOWN, Standing.WAIVED),
        ((ASKED,), State.NOTED, Standing.ASKS),
        ((WAIVED,), State.ERROR, Standing.UNKNOWN),
        ((), State.UNKNOWN, Standing.UNKNOWN),
    ],
)
def test_what_a_rule_comes_to_by_what_waivers_leave_of_it(parts: Any, state: State, comes_to: Standing) -> None:
    assert standing([result(*parts, state=state)]) is comes_to


def test_a_rule_that_passes_at_another_step_is_still_waived() -> None:
    passed = Result(rule="R", step="cilium", state=State.PASS)
    assert standing([passed, result(WAIVED)]) is Standing.WAIVED


def test_waived_rules_have_a_chapter_of_their_own_and_a_count(made: Any) -> None:
    report = made["waived"]()
    found = {chapter.title: [item.rule.id for item in chapter.judgements] for chapter in chapters(judgements(report))}
    assert found == {
        "Risks": ["REI-PDB", "POL-IPBLOCK-POD"],
        "Notices": ["OVL-IRREVERSIBLE"],
        "Waived": ["REI-SYSTEM-SINGLE-NODE", "KUB-RT-BYO"],
    }
    assert [id for id, kind in standings(report).items() if kind is Standing.WAIVED] == [
        "REI-SYSTEM-SINGLE-NODE",
        "KUB-RT-BYO",
    ]
    assert timeline(report)[1].tally == ("Rules: 1 with risks, 1 with notices, 1 with questions, 2 waived, 2 passed")


def test_no_list_of_what_stops_or_can_break_has_what_is_waived(made: Any) -> None:
    lines = priorities(made["waived"]())
    assert (lines.stops, lines.holding, lines.broken) == ((), (), ())
    assert [(line.rule, line.more, line.waived) for line in lines.risks] == [("REI-PDB", 12, 11)]
    assert [(row.source, row.waiver) for row in lines.accepted] == [("network_policies", "dddddddddddd")]
    assert (lines.waived_blockers, lines.waived_risks) == (1, 2)


def test_a_fact_that_only_some_accept_holds_the_verdict_back(made: Any) -> None:
    report = made["waived"]()
    other = msgspec.structs.replace(report.results[4], gaps=(LACKED, msgspec.structs.replace(LACKED, waiver="w")))
    lines = priorities(msgspec.structs.replace(report, results=(other,)))
    assert [(row.waiver, row.is_holding) for row in lines.unseen] == [("", True), ("w", False)]
    assert (len(lines.holding), len(lines.accepted)) == (1, 1)


def reduced(report: Report, verdict: Verdict, *rules: str) -> Report:
    """The report with the results of these rules only."""
    kept = tuple(item for item in report.results if item.rule in rules)
    return msgspec.structs.replace(report, verdict=verdict, results=kept)


NOT_HOLDING = "4 waivers do not hold: 1 refused, 1 expired, 1 near miss, 1 unused."
SENTENCES = [
    (
        Verdict.READY,
        ("REI-SYSTEM-SINGLE-NODE", "KUB-RT-BYO"),
        "No blocker and no risk beside 1 waived blocker and 1 waived risk among the 11 limitations that this version"
        " judges, and no fact was lacking for one.",
        NOT_HOLDING,
    ),
    (
        Verdict.READY_WITH_RISKS,
        ("REI-SYSTEM-SINGLE-NODE", "POL-IPBLOCK-POD"),
        "No blocker beside 1 waived blocker, and no risk in what was read; what was not read counts as one.",
        f"1 missing fact is accepted unseen, and counts as a risk. {NOT_HOLDING}",
    ),
    (
        Verdict.READY_WITH_RISKS,
        ("REI-PDB",),
        "No blocker, and 1 risk beside 1 waived risk to settle or accept first: the platform accepts the migration,"
        " then traffic or workloads suffer.",
        NOT_HOLDING,
    ),
    (
        Verdict.INDETERMINATE,
        ("REI-SYSTEM-SINGLE-NODE",),
        "Nothing that was read beside 1 waived blocker blocks this migration, but not everything was read. This is not"
        " a go.",
        f"Still there, and accepted: 1 waived blocker. {NOT_HOLDING}",
    ),
    (
        Verdict.BLOCKED,
        ("KUB-RT-BYO", "REI-SYSTEM-SINGLE-NODE"),
        "Not yet: 0 blockers to settle before this migration can start. Nothing was changed.",
        f"Still there, and accepted: 1 waived blocker and 1 waived risk. {NOT_HOLDING}",
    ),
]


@pytest.mark.parametrize(("verdict", "rules", "reason", "accepted"), SENTENCES)
def test_the_verdict_is_said_beside_what_is_waived(
    verdict: Verdict, rules: tuple[str, ...], reason: str, accepted: str, made: Any
) -> None:
    report = reduced(made["waived"](), verdict, *rules)
    assert sentences(report, priorities(report)) == (reason, accepted)


def test_what_was_accepted_unseen_is_the_first_thing_to_see_where_no_other_risk_is(made: Any) -> None:
    report = reduced(made["waived"](), Verdict.READY_WITH_RISKS, "POL-IPBLOCK-POD")
    first = advice(report, priorities(report))
    assert (first.heading, first.reason, first.anchor) == (
        "See what was accepted unseen",
        "Not known: Network policies.",
        "coverage",
    )


def test_waivers_are_sorted_by_what_became_of_them_and_know_what_they_cover(made: Any) -> None:
    found = waivers(made["waived"]())
    assert [(item.waiver.rule, item.anchor, len(item.covered)) for item in found.in_force] == [
        ("REI-SYSTEM-SINGLE-NODE", "r-REI-SYSTEM-SINGLE-NODE", 1),
        ("REI-PDB", "r-REI-PDB", 11),
        ("KUB-RT-BYO", "r-KUB-RT-BYO", 1),
        ("POL-IPBLOCK-POD", "r-POL-IPBLOCK-POD", 1),
    ]
    assert [item.standing for item in found.amiss] == [
        WaiverStanding.REFUSED,
        WaiverStanding.EXPIRED,
        WaiverStanding.NEAR_MISS,
        WaiverStanding.UNUSED,
    ]
    assert found.elsewhere == 1


def test_every_standing_has_its_word_and_meaning_in_the_order_of_weight() -> None:
    assert list(STANDINGS) == list(WaiverStanding)
    assert list(MEANINGS) == list(WaiverStanding)


def test_a_waiver_is_said_in_words() -> None:
    waiver = Waiver(
        id="a",
        rule="R",
        fact="network_policies",
        selector=Selector(cluster=Pattern("shop"), name=Pattern("ci-*", is_glob=True)),
        reason="Why",
        owner="team-net",
        expires="2026-12-31",
        ticket="CHG-1",
    )
    assert selected(waiver.selector) == "cluster shop, name glob ci-*"
    assert target(waiver) == "without Network policies, cluster shop, name glob ci-*"
    assert accepted_by(waiver) == "team-net until 31 December 2026, CHG-1"
    assert said(JudgedWaiver(waiver=waiver, standing=WaiverStanding.UNUSED)) == MEANINGS[WaiverStanding.UNUSED]
    assert said(JudgedWaiver(waiver=waiver, standing=WaiverStanding.EXPIRED, count=2)) == (
        "Its last day is over: what it accepted counts again. It would cover 2 findings and missing facts."
    )
    assert said(JudgedWaiver(waiver=waiver, standing=WaiverStanding.EXPIRED, detail="So.", count=2)) == "So."


def test_a_waived_blocker_holds_no_command_back_and_the_runbook_says_who_accepts_it(made: Any) -> None:
    report = made["waived"]()
    assert held_steps(report) == {}
    overlay = runbook(report).steps[1]
    assert (overlay.may_run, overlay.risks) == (True, "REI-PDB")
    assert overlay.waived == (
        "REI-PDB: 11 risks, accepted by team-shop until 31 December 2026, CHG-1001",
        "REI-SYSTEM-SINGLE-NODE: 1 blocker, accepted by team-aks until 31 December 2026, CHG-1001",
        "KUB-RT-BYO: 1 risk, accepted by team-shop until 31 December 2026, CHG-1002",
    )
    text = PLAN_FORMATS["text"](report)
    assert [line for line in overlay.waived if f"  Waived, still there: {line}\n" not in text] == []
    assert json.loads(PLAN_FORMATS["json"](report))["steps"][2]["waived"] == [
        "POL-IPBLOCK-POD: 1 missing fact, accepted by team-shop until 31 December 2026, CHG-1001"
    ]


def test_what_holds_a_step_names_no_rule_that_is_waived(made: Any) -> None:
    report = made["waived"]()
    steps = tuple(
        msgspec.structs.replace(step, verdict=verdict)
        for step, verdict in zip(
            report.path.steps, (Verdict.READY, Verdict.BLOCKED, Verdict.INDETERMINATE), strict=True
        )
    )
    counting = msgspec.structs.replace(report.results[2], rule="OVL-PODCIDR-OVERLAP-VNET", findings=(FOUND,))
    report = msgspec.structs.replace(
        report, path=msgspec.structs.replace(report.path, steps=steps), results=(*report.results, counting)
    )
    assert held_steps(report)["overlay"] == "1 blocker: OVL-PODCIDR-OVERLAP-VNET"


def test_a_report_that_lacks_the_waiver_says_so_and_keeps_the_finding(made: Any) -> None:
    report = msgspec.structs.replace(made["waived"](), waivers=())
    assert runbook(report).steps[1].waived[2] == (
        "KUB-RT-BYO: 1 risk, accepted by waiver cccccccccccc, of which this report says no more"
    )
    assert "of which this report says no more" in FORMATS["html"](report)


class Words(HTMLParser):
    """What a part of a page says."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(document)
        self.close()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.parts).split())


def part(document: str, start: str, end: str) -> str:
    assert start in document
    return Words(start + document.partition(start)[2].partition(end)[0]).text


def test_the_page_says_near_its_top_what_stops_nothing_and_which_waivers_do_not_hold(html: Any) -> None:
    stops = part(html("waived"), '<section id="stops"', '<section id="path"')
    said_in_order = [
        "Nothing that counts: 1 blocker is waived, see Waivers in force",
        "Not every rule that could find one had all its facts: see below what is accepted unseen.",
        "4 waivers do not hold",
        "Refused: OVL-PODCIDR-OVERLAP-VNET cluster shop It names a blocker that the platform itself enforces",
        "Expired: REI-PDB name cart-3 Its last day was 2026-11-21; it would have covered 2 findings.",
        "Near miss: REI-PDB name Cart-2 It matches nothing; shop/PodDisruptionBudget/cart-2 differs in case only.",
        "Unused: KUB-UAMI cluster shop",
        "1 risk to settle or accept",
        "1 missing fact accepted unseen: it counts as a risk",
        "Waived by team-shop until 31 December 2026, CHG-1001: There is no policy in this cluster, says its owner.",
    ]
    assert [stops.find(sentence) for sentence in said_in_order] == sorted(
        stops.find(sentence) for sentence in said_in_order
    )
    assert [sentence for sentence in said_in_order if sentence not in stops] == []


def test_a_waived_finding_stands_in_its_chapter_with_its_waiver(html: Any) -> None:
    judged = part(html("waived"), 'id="r-REI-SYSTEM-SINGLE-NODE"', "</details>")
    assert "overlay: Waived 1 object" in judged
    assert "Waived by team-aks until 31 December 2026, CHG-1001: The shop is closed that night." in judged
    assert "AgentPool sys Pool sys has 1 node." in judged


def test_waivers_in_force_have_their_section_with_all_that_makes_them_answerable(html: Any) -> None:
    section = part(html("waived"), '<section id="waivers"', "</section>")
    wanted = ["Reason There is no policy", "Owner team-aks", "Until 31 December 2026", "Ticket CHG-1002", "Covers 11"]
    assert [words for words in wanted if words not in section] == []
    assert "1 waiver names another cluster." in section


def test_an_accepted_fact_stays_under_coverage(html: Any) -> None:
    coverage = part(html("waived"), '<section id="coverage"', "</section>")
    assert "Every fact that a rule asked for was read." not in coverage
    assert "Network policies forbidden" in coverage
    assert "Accepted unseen by team-shop until 31 December 2026, CHG-1001." in coverage


def test_a_report_without_waivers_has_no_section_of_them(html: Any) -> None:
    assert 'id="waivers"' not in html("rich")
    assert "waivers do not hold" not in html("rich")


def test_ignored_waivers_are_said_to_be_ignored(made: Any) -> None:
    report = made["rich"]()
    ignored = tuple(
        msgspec.structs.replace(item, standing=WaiverStanding.IGNORED, detail="") for item in made["waived"]().waivers
    )
    report = msgspec.structs.replace(report, waivers=ignored)
    assert "9 waivers do not hold: 9 ignored." in sentences(report, priorities(report))[-1]
    page = FORMATS["html"](report)
    assert "None of the 9 waivers that were given covers anything here." in Words(page).text
    assert FORMATS["text"](report).count("  Ignored: ") == 9


def test_a_waiver_for_each_of_many_objects_keeps_the_page_readable(made: Any) -> None:
    report = made["waived"]()
    rules = {f"{number:012x}": ("REI-PDB", "KUB-RT-BYO")[number // 200] for number in range(400)}
    first = report.waivers[0].waiver
    judged = tuple(
        JudgedWaiver(waiver=msgspec.structs.replace(first, id=id, rule=rule), standing=WaiverStanding.IN_FORCE)
        for id, rule in rules.items()
    )
    found = tuple(
        msgspec.structs.replace(
            result(msgspec.structs.replace(FOUND, fingerprint=f"{id}0000", waiver=id, object=ObjectRef("Pod", id))),
            rule=rule,
        )
        for id, rule in rules.items()
    )
    crowded = msgspec.structs.replace(report, results=found, waivers=judged)
    page = FORMATS["html"](crowded)
    links = {part.partition('"')[0] for part in page.split('href="#')[1:]}
    assert {f"w-{200:012x}", f"w-{0:012x}"} < links
    assert [link for link in links if f'id="{link}"' not in page] == []
    assert "300 further waivers in the JSON report." in page


def test_alike_waivers_of_one_rule_are_one_line_of_the_runbook(made: Any) -> None:
    report = made["waived"]()
    other = msgspec.structs.replace(report.waivers[0].waiver, id="787878787878")
    findings = (FOUND, *(msgspec.structs.replace(FOUND, waiver=id) for id in (CARTS, CARTS, other.id)))
    several = tuple(
        msgspec.structs.replace(item, object=ObjectRef("Pod", str(number))) for number, item in enumerate(findings)
    )
    judged = (*report.waivers, JudgedWaiver(waiver=other, standing=WaiverStanding.IN_FORCE))
    report = msgspec.structs.replace(report, results=(result(*several),), waivers=judged)
    assert runbook(report).steps[1].waived == ("R: 3 blockers, accepted by team-shop until 31 December 2026, CHG-1001",)


def test_a_group_is_accepted_whole_or_not_at_all() -> None:
    alike = [msgspec.structs.replace(FOUND, fingerprint=mark * 16, waiver=id) for mark, id in (("2", "w"), ("3", "v"))]
    found = groups(rows([result(FOUND, *alike)]))
    assert [[row.waiver for row in group.rows] for group in found] == [[""], ["w"], ["v"]]


def test_a_fact_that_lacks_behind_a_waived_blocker_is_unknown_at_its_step(made: Any) -> None:
    report = made["waived"]()
    held = msgspec.structs.replace(report.results[2], gaps=(LACKED,))
    steps = tuple(msgspec.structs.replace(step, verdict=Verdict.INDETERMINATE) for step in report.path.steps)
    path = msgspec.structs.replace(report.path, steps=steps[1:2])
    report = msgspec.structs.replace(report, results=(held,), path=path)
    ((judgement,),) = ([*chapter.judgements] for chapter in chapters(judgements(report)))
    assert [(at.state, at.severity, at.is_waived) for at in judgement.at_steps] == [(State.UNKNOWN, None, False)]
    assert timeline(report)[0].tally == "Rules: 1 unknown"
    assert held_steps(report)["overlay"] == "not known: REI-SYSTEM-SINGLE-NODE"


def test_an_accepted_fact_holds_no_step_back(made: Any) -> None:
    report = made["waived"]()
    lacking = msgspec.structs.replace(report.results[4], rule="KUB-UAMI", gaps=(LACKED,))
    steps = tuple(msgspec.structs.replace(step, verdict=Verdict.INDETERMINATE) for step in report.path.steps)
    path = msgspec.structs.replace(report.path, steps=steps)
    report = msgspec.structs.replace(report, results=(report.results[4], lacking), path=path)
    assert held_steps(report)["cilium"] == "not known: KUB-UAMI"
