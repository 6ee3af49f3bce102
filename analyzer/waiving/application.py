"""Waivers at work on the results of one cluster.

A waiver lies on single findings and gaps, never on a rule: it says nothing of what was not seen, so with fewer facts
waivers accept fewer findings, never more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from analyzer.model.report import ReportedFinding, ReportedGap, Result
from analyzer.model.waiver import JudgedWaiver, Waiver
from analyzer.waiving.trial import Docket, Found, Grounds, Trial

T = TypeVar("T", ReportedFinding, ReportedGap)


def waive(
    results: tuple[Result, ...], waivers: Sequence[Waiver], grounds: Grounds
) -> tuple[tuple[Result, ...], tuple[JudgedWaiver, ...]]:
    """The results with a waiver on what is accepted, and each waiver's standing, in their order.

    Of several waivers that accept the same thing the first is named, and all are in force. States stay what the rules
    said. Nothing is accepted of a rule that broke, nor where the path is not known.
    """
    of_rules: dict[str, list[Result]] = {waiver.rule: [] for waiver in waivers}
    for result in results:
        if result.rule in of_rules:
            of_rules[result.rule].append(result)
    kinds = dict.fromkeys((waiver.rule, waiver.fact) for waiver in waivers)
    dockets = {(rule, fact): Docket(tuple(of_rules[rule]), fact) for rule, fact in kinds}
    trials = [Trial(waiver, dockets[waiver.rule, waiver.fact], grounds) for waiver in waivers]
    accepted = {found: trial.waiver.id for trial in reversed(trials) for found in trial.accepted}
    marked = tuple(_marked(result, accepted) if result.rule in of_rules else result for result in results)
    return marked, tuple(trial.judged(accepted) for trial in trials)


def _marked(result: Result, accepted: Mapping[Found, str]) -> Result:
    def mark(item: T) -> T:
        waiver = accepted.get(Found(result.rule, result.step, item))
        return replace(item, waiver=waiver) if waiver else item

    return replace(result, findings=tuple(map(mark, result.findings)), gaps=tuple(map(mark, result.gaps)))
