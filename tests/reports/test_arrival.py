"""An empty path: the cluster is on the target, and rules that ask for it speak about what the way there left behind."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, ReportedFinding, ReportedGap, Result, State, Verdict
from analyzer.model.step import StepKind
from reports import FORMATS
from reports.headline import Advice, advice, sentences
from reports.priorities import priorities
from reports.sections import chapters, judgements

LEFT = ReportedFinding(
    fingerprint="0123456789abcdef",
    severity=Severity.RISK,
    object=ObjectRef("ConfigMap", "azure-ip-masq-agent-config", "kube-system"),
    message="The map still names the old pod range.",
    evidence=(),
)
UNREAD = ReportedGap(
    source="pods", cause="forbidden", detail="403 on pods", grant="Grant list on pods", severity=Severity.RISK
)
THERE = "The cluster already runs Azure CNI Overlay with the Cilium data plane: there is nothing to migrate."
Makers = dict[str, Callable[[], Report]]


@pytest.fixture
def rest(made: Makers) -> Report:
    """On the target; one rule found something there and lacked a fact."""
    report = made["finished"]()
    rule = report.rules[0].id
    result = Result(rule=rule, step=StepKind.ARRIVED.value, state=State.UNKNOWN, findings=(LEFT,), gaps=(UNREAD,))
    return msgspec.structs.replace(report, results=(result,))


def test_what_is_left_is_counted_and_comes_first(rest: Report) -> None:
    lines = priorities(rest)
    assert rest.verdict is Verdict.READY
    assert sentences(rest, lines) == (
        f"{THERE} What is left there to settle: 1 risk.",
        "1 rule is unknown.",
    )
    first = advice(rest, lines)
    where = "kube-system/ConfigMap/azure-ip-masq-agent-config"
    assert (first.heading, first.reason) == (rest.rules[0].title, f"{where}: {LEFT.message}")


def test_what_could_not_be_seen_is_never_nothing_to_do(rest: Report) -> None:
    unread = msgspec.structs.replace(rest, results=(msgspec.structs.replace(rest.results[0], findings=()),))
    first = advice(unread, priorities(unread))
    assert first == Advice("Make the missing facts readable", "Not known: Pods.", (UNREAD.grant,), "coverage")


def test_nothing_found_and_all_read_is_nothing_to_do(made: Makers) -> None:
    report = made["finished"]()
    lines = priorities(report)
    assert sentences(report, lines) == (THERE,)
    assert advice(report, lines) == Advice("Nothing to do", "The cluster is on the target.", (), "")


def test_the_terminal_says_where_it_was_found(rest: Report) -> None:
    text = FORMATS["text"](rest)
    assert text.startswith("READY  shop to Azure CNI Overlay with the Cilium data plane\n")
    assert f"{rest.rules[0].id} at arrived" in text
    assert LEFT.message in " ".join(text.split())


def test_links_to_the_arrival_lead_to_the_empty_path(rest: Report) -> None:
    html = FORMATS["html"](rest)
    assert [chapter.anchor for chapter in chapters(judgements(rest))] == ["risks"]
    assert html.count('href="#step-arrived"') == 2
    assert html.count('id="step-arrived"') == 1
