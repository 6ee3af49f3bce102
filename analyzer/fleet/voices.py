"""What each rule says of one cluster along its whole path, waivers heard. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from analyzer.model.finding import Severity
from analyzer.model.fleet_report import FamilyCell
from analyzer.model.report import Report, Result, RuleSummary, State

FAMILY_OF = MappingProxyType(
    {
        "GEN": "general",
        "REI": "reimage",
        "OVL": "overlay",
        "KUB": "kubenet",
        "CIL": "cilium",
        "POL": "policy",
        "CAL": "calico",
    }
)
"""By the first part of a rule's id."""
_WEIGHS = (Severity.BLOCKER, Severity.RISK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One rule that found something, lacked something or broke."""

    rule: str
    title: str
    blocked: int = 0
    """Objects with a blocker that nobody waives."""
    blocked_at: tuple[str, ...] = ()
    """The steps of those, in the path's order."""
    is_broken: bool = False
    """It broke, and could have found a blocker or a risk."""
    lacks: bool = False
    """A fact that could bring a blocker or a risk is missing, and nobody accepts that."""
    has_risk: bool = False
    """A risk that nobody waives, or a gap that somebody accepts: that counts as a risk."""
    has_notice: bool = False
    """A notice, or a missing fact or broken rule that could bring one. Questions to the operator are none."""
    waived: int = 0
    """Findings and gaps."""


def voices(report: Report) -> tuple[Voice, ...]:
    """Every rule that has something to say: the earliest step first, then in catalogue order."""
    rules = {rule.id: rule for rule in report.rules}
    spoken: dict[str, list[Result]] = {}
    for result in report.results:
        if result.findings or result.gaps or result.state is State.ERROR:
            spoken.setdefault(result.rule, []).append(result)
    return tuple(_voice(rule, results, rules.get(rule)) for rule, results in spoken.items())


def _voice(rule: str, results: Sequence[Result], known: RuleSummary | None) -> Voice:
    """A rule that the report does not describe is heard as if it could block."""
    findings = [(result.step, item) for result in results for item in result.findings]
    gaps = [item for result in results for item in result.gaps]
    counting = [(step, item) for step, item in findings if not item.waiver]
    blockers = [(step, item.object) for step, item in counting if item.severity is Severity.BLOCKER]
    accepted = any(item.waiver and item.severity in _WEIGHS for item in gaps)
    could_weigh = known is None or known.severity in _WEIGHS
    broke = any(result.state is State.ERROR for result in results)
    return Voice(
        rule=rule,
        title=known.title if known else rule,
        blocked=len({found for _, found in blockers}),
        blocked_at=tuple(dict.fromkeys(step for step, _ in blockers)),
        is_broken=broke and could_weigh,
        lacks=any(not item.waiver and item.severity in _WEIGHS for item in gaps),
        has_risk=accepted or any(item.severity is Severity.RISK for _, item in counting),
        has_notice=(broke and not could_weigh)
        or any(item.severity is Severity.NOTICE and not item.asks for _, item in counting)
        or any(item.severity is Severity.NOTICE for item in gaps),
        waived=sum(bool(item.waiver) for _, item in findings) + sum(bool(item.waiver) for item in gaps),
    )


def families(spoken: Iterable[Voice]) -> dict[str, FamilyCell]:
    """Each family with something to say: its rules, each once, by the gravest thing that it says."""
    of_family: dict[str, list[str]] = {}
    for voice in spoken:
        weight = _gravest(voice)
        if weight:
            of_family.setdefault(family_of(voice.rule), []).append(weight)
    return {
        family: FamilyCell(
            blockers=weights.count("blockers"),
            unknown=weights.count("unknown"),
            risks=weights.count("risks"),
            notices=weights.count("notices"),
            waived=weights.count("waived"),
        )
        for family, weights in of_family.items()
    }


def family_of(rule: str) -> str:
    """The family of a rule; general, where this version does not know its kind of id."""
    return FAMILY_OF.get(rule.partition("-")[0], "general")


def _gravest(voice: Voice) -> str:
    """The cell's field that counts it; empty: it only asks."""
    said = {
        "blockers": voice.blocked,
        "unknown": voice.lacks or voice.is_broken,
        "risks": voice.has_risk,
        "notices": voice.has_notice,
        "waived": voice.waived,
    }
    return next((weight for weight, is_said in said.items() if is_said), "")
