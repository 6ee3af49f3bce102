"""What changed between two audits, in words: clusters that got worse first, then those that nobody looked at again."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.model.difference import ClusterDifference, FleetDifference, Presence
from analyzer.model.finding import Severity
from reports.difference_words import Entry, Section, is_graver, tally, turn_entries, verdict_word, verdict_words
from reports.prose import counted, listed

_RULES = 4
"""Rules that the line of a cluster names."""
_NEW = (Presence.APPEARED, Presence.FIRST_SEEN)


def fleet_sections(difference: FleetDifference) -> tuple[Section, ...]:
    """Every group of clusters that holds any; the worst first."""
    clusters = difference.clusters
    groups: tuple[tuple[str, Callable[[ClusterDifference], bool]], ...] = (
        ("Worse", lambda item: item.presence is Presence.BOTH and item.difference.worse),
        ("Out of sight, and nothing shows that they are gone", _is(Presence.OUT_OF_SIGHT)),
        ("Appeared, and not ready", lambda item: item.presence in _NEW and item.difference.worse),
        ("Appeared", lambda item: item.presence in _NEW and not item.difference.worse),
        ("Changed, and not worse", lambda item: item.presence is Presence.BOTH and not item.difference.worse),
        ("Vanished", _is(Presence.VANISHED)),
    )
    found = (Section(title, tuple(map(_entry, filter(wanted, clusters)))) for title, wanted in groups)
    turns = Section("What else differs", turn_entries(difference.turns))
    return tuple(section for section in (*found, turns) if section.entries)


def fleet_summary(difference: FleetDifference) -> str:
    """How many clusters differ and how many do not, and what of those is not known."""
    differ = len(difference.clusters)
    still = f", of which {difference.still_unknown:,} still not known" if difference.still_unknown else ""
    verb = "differs" if differ == 1 else "differ"
    return f"{counted(differ, 'cluster')} {verb}; {difference.unchanged:,} unchanged{still}."


def _is(presence: Presence) -> Callable[[ClusterDifference], bool]:
    return lambda item: item.presence is presence


def _entry(item: ClusterDifference) -> Entry:
    return Entry(f"{item.difference.name or item.difference.cluster}: {_standing(item)}", _detail(item))


def _standing(item: ClusterDifference) -> str:
    before, after = item.difference.verdict_before, item.difference.verdict_after
    if item.presence in _NEW:
        first = f", {item.presence.value}" if item.presence is Presence.FIRST_SEEN else ""
        return f"{verdict_word(after)}{first}"
    if item.presence is not Presence.BOTH:
        return f"was {verdict_word(before)}"
    return verdict_words(before, after)


def _detail(item: ClusterDifference) -> str:
    """Why it could not be compared; what is new or graver, by rule; how much of the rest."""
    said = [f"{word}: {cause}" for word, cause in (("before", item.cause_before), ("now", item.cause_after)) if cause]
    if item.presence in (Presence.VANISHED, Presence.OUT_OF_SIGHT):
        return _sentences(said)
    counted_changes = tally(item.difference)
    said += [counted_changes] if counted_changes else []
    rules = _failing(item)
    said += [f"fails now: {listed(rules, _RULES)}"] if rules else []
    if not said and item.difference.turns:
        said = [", ".join(turn.what for turn in item.difference.turns)]
    return _sentences(said)


def _failing(item: ClusterDifference) -> tuple[str, ...]:
    """Rules that fail now and did not, as far as anybody saw; the gravest first."""
    of = item.difference
    marks = [*(item.finding for item in of.appeared), *(pair.after for pair in of.altered if is_graver(pair))]
    weighty = [mark for mark in marks if not mark.waived and mark.severity is not Severity.NOTICE]
    weighty.sort(key=lambda mark: (-mark.severity.weight, mark.rule))
    return tuple(dict.fromkeys(f"{mark.rule} ({mark.severity.value})" for mark in weighty))


def _sentences(parts: list[str]) -> str:
    return " ".join(f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in parts)
