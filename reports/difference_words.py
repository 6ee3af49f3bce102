"""What changed between two judgements of one cluster, in words: what got worse first, and never "fixed" of what nobody
looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analyzer.model.difference import (
    Altered,
    AlteredGap,
    Difference,
    FindingMark,
    GapMark,
    Passing,
    PassingGap,
    Sight,
    Turn,
)
from analyzer.model.finding import Evidence, Severity
from analyzer.model.report import Verdict
from reports.prose import counted, listed
from reports.words import SEVERITIES, VERDICTS, source_title

_CLUSTER = "ManagedCluster"
"""The kind that needs no name: the difference is about one cluster."""
_RULES = 6
"""Rules that a line names."""
_UNPROVEN = (Sight.UNKNOWN, Sight.OFF_PATH)
_LEAVES, _HAD = "Leaves open", "Had left open"
STILL_UNKNOWN = "Still unknown"
"""The title of what is no change."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that changed. Both texts are as the reports have them: to be made inert where they are shown."""

    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries of one kind, in the order of reading."""

    title: str
    entries: tuple[Entry, ...]


def verdict_words(before: Verdict | None, after: Verdict | None) -> str:
    """How a cluster stood and stands: "READY -> BLOCKED", or that it is the same."""
    was, now = verdict_word(before), verdict_word(after)
    return f"still {now}" if was == now else f"{was} -> {now}"


def verdict_word(verdict: Verdict | None) -> str:
    """A verdict; None: there was no judgement."""
    return VERDICTS[verdict].upper() if verdict else "NOT JUDGED"


def sections(difference: Difference) -> tuple[Section, ...]:
    """Every list of a difference that holds anything; the worst first."""
    return tuple(section for section in (*_worse(difference), *_others(difference)) if section.entries)


def _worse(of: Difference) -> tuple[Section, ...]:
    counting = [item for item in of.appeared if not item.finding.waived]
    opened = [item.gap for item in of.gaps_opened if not item.gap.waived]
    return (
        Section("New", _passing(counting, Sight.CLEAR)),
        Section("Seen for the first time", _passing(counting, *_UNPROVEN)),
        Section("Graver, or not accepted any more", _altered(of.altered, is_graver)),
        Section("Out of sight, and nothing shows that it is fixed", _passing(of.vanished, Sight.UNKNOWN)),
        Section("Not known any more", _gaps(opened)),
        Section("Not known, and graver or not accepted any more", _altered_gaps(of.gaps_altered, is_graver)),
    )


def _others(of: Difference) -> tuple[Section, ...]:
    accepted = [item for item in of.appeared if item.finding.waived]
    return (
        Section("Fixed", _passing(of.vanished, Sight.CLEAR)),
        Section("Known now", _gaps(_closed(of.gaps_closed, Sight.CLEAR), _HAD)),
        Section("Off the path now, and not judged any more", _passing(of.vanished, Sight.OFF_PATH)),
        Section("Lacked before, and not asked for again", _gaps(_closed(of.gaps_closed, *_UNPROVEN), _HAD)),
        Section("Changed", _altered(of.altered, lambda pair: not is_graver(pair))),
        Section("New, and accepted", _passing(accepted, *Sight)),
        Section("Not known any more, and accepted", _gaps([item.gap for item in of.gaps_opened if item.gap.waived])),
        Section(
            "Not known, and less grave or accepted now",
            _altered_gaps(of.gaps_altered, lambda pair: not is_graver(pair)),
        ),
        Section(STILL_UNKNOWN, _gaps(of.still_unknown)),
        Section("What else differs", turn_entries(of.turns)),
    )


def tally(difference: Difference) -> str:
    """How much of each kind there is, in one line: 2 new, 1 out of sight, 3 fixed."""
    numbers = (
        ("new", _number(difference.appeared, Sight.CLEAR)),
        ("seen for the first time", _number(difference.appeared, *_UNPROVEN)),
        ("out of sight", _number(difference.vanished, Sight.UNKNOWN)),
        ("not known any more", len(difference.gaps_opened)),
        ("fixed", _number(difference.vanished, Sight.CLEAR)),
        ("off the path now", _number(difference.vanished, Sight.OFF_PATH)),
        ("known now", sum(item.other is Sight.CLEAR for item in difference.gaps_closed)),
        ("changed", len(difference.altered) + len(difference.gaps_altered)),
        ("still unknown", len(difference.still_unknown)),
    )
    return ", ".join(f"{number:,} {words}" for words, number in numbers if number)


def turn_entries(turns: Iterable[Turn]) -> tuple[Entry, ...]:
    """What else differs, one line each."""
    return tuple(Entry(f"{turn.what}: {turn.before or 'none'} -> {turn.after or 'none'}") for turn in turns)


def is_graver(pair: Altered | AlteredGap) -> bool:
    """Whether what both have weighs more now, or is not accepted any more."""
    before, after = pair.before, pair.after
    return not after.waived and (before.waived or after.severity.weight > before.severity.weight)


def _number(items: Iterable[Passing], *sights: Sight) -> int:
    return sum(item.other in sights for item in items)


def _closed(items: Iterable[PassingGap], *sights: Sight) -> list[GapMark]:
    return [item.gap for item in items if item.other in sights]


def _passing(items: Iterable[Passing], *sights: Sight) -> tuple[Entry, ...]:
    """Findings, the same at several steps as one; the gravest first."""
    alike: dict[tuple[object, ...], list[FindingMark]] = {}
    for item in items:
        mark = item.finding
        if item.other in sights:
            alike.setdefault((mark.rule, mark.object, mark.severity, mark.message, mark.waived), []).append(mark)
    return tuple(_finding(marks[0], _about(marks[0]), [mark.step for mark in marks]) for marks in alike.values())


def _finding(mark: FindingMark, detail: str, steps: Sequence[str]) -> Entry:
    accepted = ", accepted" if mark.waived else ""
    return Entry(f"{SEVERITIES[mark.severity]}: {mark.title} ({mark.rule}{_at(steps)}{accepted})", detail)


def _at(steps: Iterable[str]) -> str:
    named = ", ".join(dict.fromkeys(filter(None, steps)))
    return f" at {named}" if named else ""


def _about(mark: FindingMark) -> str:
    is_named = mark.object.kind == _CLUSTER or mark.object.name in mark.message
    return mark.message if is_named else f"{mark.object}: {mark.message}"


def _altered(pairs: Iterable[Altered], wanted: Callable[[Altered], bool]) -> tuple[Entry, ...]:
    found = sorted(filter(wanted, pairs), key=lambda pair: -pair.after.severity.weight)
    return tuple(_finding(pair.after, f"{pair.after.object}: {_change(pair)}", [pair.after.step]) for pair in found)


def _change(pair: Altered) -> str:
    """What became of one finding: weight, waiver, then its values, or else its words."""
    before, after = pair.before, pair.after
    said = _weight(before, after)
    if before.evidence != after.evidence:
        said += _values(before.evidence, after.evidence)
    elif before.message != after.message:
        said.append(after.message)
    return "; ".join(said)


def _weight(before: FindingMark | GapMark, after: FindingMark | GapMark) -> list[str]:
    said = []
    if before.severity is not after.severity:
        said.append(f"{before.severity.value} -> {after.severity.value}")
    if before.waived is not after.waived:
        said.append("accepted now" if after.waived else "not accepted any more")
    return said


def _values(before: Iterable[Evidence], after: Iterable[Evidence]) -> list[str]:
    """The values that are not the same, by where they were read."""
    was, now = ({item.where: item.value for item in items} for items in (before, after))
    places = [place for place in sorted(was.keys() | now.keys()) if was.get(place) != now.get(place)]
    return [f"{place} {was.get(place, 'not there')} -> {now.get(place, 'not there')}" for place in places]


def _gaps(marks: Iterable[GapMark], words: str = _LEAVES) -> tuple[Entry, ...]:
    """Missing facts, each source once, with the rules that it leaves or had left open; the gravest first."""
    alike: dict[tuple[str, bool], list[GapMark]] = {}
    for mark in marks:
        alike.setdefault((mark.source, mark.waived), []).append(mark)
    return tuple(_gap(same, words) for _, same in sorted(alike.items(), key=_gravest))


def _gravest(item: tuple[tuple[str, bool], list[GapMark]]) -> tuple[int, str, bool]:
    (source, waived), marks = item
    return -max(mark.severity.weight for mark in marks), source, waived


def _gap(marks: Sequence[GapMark], words: str) -> Entry:
    source, waived = marks[0].source, marks[0].waived
    severity = max((mark.severity for mark in marks), key=lambda item: item.weight)
    rules = tuple(dict.fromkeys(f"{mark.rule}{_at([mark.step])}" or "the path" for mark in marks))
    hides = "" if severity is Severity.NOTICE or words is _HAD else f", could hide a {severity.value}"
    title = source_title(source) if source else counted(len(rules), "rule that broke", "rules that broke")
    return Entry(f"{title}{hides}{', accepted' if waived else ''}", f"{words}: {listed(rules, _RULES)}")


def _altered_gaps(pairs: Iterable[AlteredGap], wanted: Callable[[AlteredGap], bool]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            f"{source_title(pair.after.source)}: {', '.join(_weight(pair.before, pair.after))}",
            f"{_LEAVES}: {pair.after.rule or 'the path'}{_at([pair.after.step])}",
        )
        for pair in filter(wanted, pairs)
    )
