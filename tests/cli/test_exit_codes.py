"""The table of exit codes."""

from __future__ import annotations

from itertools import pairwise

import fleet_nights as nights
import pytest
from msgspec.structs import replace

from analyzer.cli.exit_codes import PRECEDENCE, FailOn, fleet_exit_codes, verdict_code, worst
from analyzer.model.report import Verdict

TABLE = {
    # --fail-on: BLOCKED, INDETERMINATE, READY_WITH_RISKS, READY
    FailOn.RISKS: (3, 5, 4, 0),
    FailOn.INDETERMINATE: (3, 5, 0, 0),
    FailOn.BLOCKED: (3, 0, 0, 0),
    FailOn.NEVER: (0, 0, 0, 0),
}


@pytest.mark.parametrize("fail_on", FailOn)
def test_the_code_of_each_verdict(fail_on: FailOn) -> None:
    verdicts = (Verdict.BLOCKED, Verdict.INDETERMINATE, Verdict.READY_WITH_RISKS, Verdict.READY)
    assert tuple(verdict_code(verdict, fail_on) for verdict in verdicts) == TABLE[fail_on]


def test_the_worst_of_two_codes_is_the_one_that_comes_first() -> None:
    assert PRECEDENCE == (130, 1, 2, 6, 3, 5, 7, 4, 0)
    assert [worst([first, second]) for first, second in pairwise(PRECEDENCE)] == list(PRECEDENCE[:-1])


def test_nothing_evaluated_is_never_a_success() -> None:
    assert worst([]) == 5


@pytest.mark.parametrize("fail_on", FailOn)
def test_subscriptions_that_nobody_could_count_are_never_a_success(fail_on: FailOn) -> None:
    good = nights.good()
    reports = (good, replace(good, subscriptions_known=False, subscriptions_note="The list broke off."))
    assert [worst(fleet_exit_codes(report, fail_on)) for report in reports] == [0, 5]
