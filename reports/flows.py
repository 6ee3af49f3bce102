"""The traffic that a path changes, as a reader sees it: what breaks first, in the namespaces that it happens to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.model.flows import FlowBlame, FlowChange, FlowChangeKind, StepFlows
from analyzer.model.report import Report
from reports.anchors import step_anchor
from reports.fair_share import fair_share
from reports.flow_picture import FlowPicture, flow_picture
from reports.flow_words import outcome, under, window_sentence

MOST_CHANGES = 100
"""Changes of one step that the page shows; `policy changes` has all."""
LEAST_CHANGES = 20
"""Of each kind, where there are so many."""
MOST_NAMESPACES = 40
"""Namespaces that can be picked by name."""
ANYWHERE = "in-any"
"""The tag of a change whose namespaces are not all named: no choice of a namespace hides it."""
_ELSEWHERE = "in-other"
_MARKS = {FlowChangeKind.BLOCKED: "blocked", FlowChangeKind.ALLOWED: "allowed", FlowChangeKind.UNKNOWN: "unknown"}
"""The order of every list: what breaks, what opens, and what nobody knows."""
_RANK = {kind: rank for rank, kind in enumerate(_MARKS)}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many changes there are of one kind."""

    mark: str
    """blocked, allowed or unknown"""
    kind: FlowChangeKind
    number: int


@dataclass(frozen=True, slots=True)
class BlamedPolicy:
    """What one policy has to do with a change."""

    blame: FlowBlame
    under: str
    """When it has: "under Cilium 1.17.9"."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change."""

    change: FlowChange
    mark: str
    tags: tuple[str, ...]
    """Of the namespaces that it touches, for the filter."""
    outcome: str
    """Of its example: "allowed by Azure NPM, blocked by Cilium 1.17.9"."""
    blamed: tuple[BlamedPolicy, ...]


@dataclass(frozen=True, slots=True)
class NamespaceGroup:
    """The changes that happen to the pods of one namespace."""

    namespace: str
    """Empty: several, or none alone."""
    tallies: tuple[Tally, ...]
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class StepTraffic:
    """What one step does to the traffic."""

    flows: StepFlows
    anchor: str
    tallies: tuple[Tally, ...]
    """Of all changes, shown or not."""
    window: str
    """A sentence on the time in which nothing enforces the policies; empty: there is none."""
    first: ChangeView | None
    """The change that is told before all others."""
    picture: FlowPicture | None
    groups: tuple[NamespaceGroup, ...]
    shown: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A namespace to pick."""

    tag: str
    namespace: str
    """Empty: any other."""
    changes: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """The whole section."""

    steps: tuple[StepTraffic, ...]
    choices: tuple[Choice, ...]
    changes: int
    """Of all steps, shown or not."""

    @property
    def tags(self) -> tuple[str, ...]:
        """What the style sheet must be able to hide."""
        return tuple(choice.tag for choice in self.choices)


def traffic(report: Report) -> Traffic | None:
    """What the page says of the traffic; None where no two engines were compared."""
    if not report.flows:
        return None
    shown = [_shown(flows.changes) for flows in report.flows]
    tags = _tags(change for changes in shown for change in changes)
    steps = tuple(_step(flows, changes, tags) for flows, changes in zip(report.flows, shown, strict=True))
    return Traffic(steps, _choices(steps, tags), sum(flows.change_count for flows in report.flows))


def shown_first(changes: Iterable[FlowChange]) -> tuple[FlowChange, ...]:
    """What breaks first, then what opens, then what is unknown; each in the order given, the likeliest first."""
    return tuple(sorted(changes, key=lambda change: _RANK[change.kind]))


def tallies(flows: StepFlows) -> tuple[Tally, ...]:
    """The numbers of all changes of a step, kinds without any left out."""
    numbers = (flows.blocked, flows.allowed, flows.unknown)
    pairs = zip(_MARKS.items(), numbers, strict=True)
    return tuple(Tally(mark, kind, number) for (kind, mark), number in pairs if number)


def affected(change: FlowChange) -> str:
    """The namespace whose pods the change happens to; empty where it is not one alone.

    A policy of a namespace speaks of that namespace's pods. Without one, it is the sources' or else the destinations'.
    """
    if blamed := [item.policy.namespace for item in change.blame if item.policy.namespace]:
        return blamed[0]
    for ends, count in ((change.sources, change.source_count), (change.destinations, change.destination_count)):
        if namespaces := {end.namespace for end in ends if end.namespace}:
            return namespaces.pop() if len(namespaces) == 1 and count == len(ends) else ""
    return ""


def _shown(changes: Iterable[FlowChange]) -> tuple[FlowChange, ...]:
    return fair_share(shown_first(changes), lambda change: change.kind, MOST_CHANGES, LEAST_CHANGES)


def _tags(changes: Iterable[FlowChange]) -> dict[str, str]:
    """The tag of each namespace: its own for those with the most changes, one for all the rest."""
    numbers = Counter(namespace for change in changes for namespace in change.namespaces)
    ranked = sorted(numbers, key=lambda namespace: (-numbers[namespace], namespace))
    named = sorted(ranked[:MOST_NAMESPACES])
    rest = dict.fromkeys(ranked[MOST_NAMESPACES:], _ELSEWHERE)
    return {namespace: f"in-{place}" for place, namespace in enumerate(named)} | rest


def _step(flows: StepFlows, changes: Sequence[FlowChange], tags: dict[str, str]) -> StepTraffic:
    views = tuple(_view(change, flows, tags) for change in changes)
    return StepTraffic(
        flows=flows,
        anchor=f"flows-{step_anchor(flows.step)}",
        tallies=tallies(flows),
        window=window_sentence(flows.unenforced) if flows.unenforced else "",
        first=views[0] if views else None,
        picture=flow_picture(flows.edges),
        groups=_groups(views),
        shown=len(views),
        left_out=flows.change_count - len(views),
    )


def _view(change: FlowChange, flows: StepFlows, tags: dict[str, str]) -> ChangeView:
    return ChangeView(
        change=change,
        mark=_MARKS[change.kind],
        tags=tuple(sorted({*(tags[name] for name in change.namespaces), *(() if _is_whole(change) else (ANYWHERE,))})),
        outcome=outcome(change, flows),
        blamed=tuple(BlamedPolicy(item, under(item.side, flows)) for item in change.blame),
    )


def _is_whole(change: FlowChange) -> bool:
    """Whether all namespaces of a change are named: by their number, or where none is given by all of its ends."""
    if change.namespace_count:
        return len(change.namespaces) >= change.namespace_count
    ends = (*change.sources, *change.destinations)
    if len(ends) < change.source_count + change.destination_count or any(end.kind == "cluster" for end in ends):
        return False
    return {end.namespace for end in ends if end.namespace} <= {*change.namespaces}


def _groups(views: Iterable[ChangeView]) -> tuple[NamespaceGroup, ...]:
    """The namespace with the most that breaks comes first; what is nobody's alone comes last."""
    found: dict[str, list[ChangeView]] = {}
    for view in views:
        found.setdefault(affected(view.change), []).append(view)
    made = [NamespaceGroup(name, _tallies_of(inside), tuple(inside)) for name, inside in found.items()]
    return tuple(sorted(made, key=_weight))


def _tallies_of(views: Iterable[ChangeView]) -> tuple[Tally, ...]:
    numbers = Counter(view.change.kind for view in views)
    return tuple(Tally(mark, kind, numbers[kind]) for kind, mark in _MARKS.items() if numbers[kind])


def _weight(group: NamespaceGroup) -> tuple[bool, tuple[int, ...], str]:
    numbers = {tally.kind: tally.number for tally in group.tallies}
    return not group.namespace, tuple(-numbers.get(kind, 0) for kind in _MARKS), group.namespace


def _choices(steps: Iterable[StepTraffic], tags: dict[str, str]) -> tuple[Choice, ...]:
    views = [view for step in steps for group in step.groups for view in group.changes]
    numbers = Counter(tag for view in views for tag in view.tags)
    named = {tag: namespace for namespace, tag in tags.items() if tag != _ELSEWHERE}
    choices = [Choice(tag, namespace, numbers[tag]) for tag, namespace in named.items()]
    return (*choices, *([Choice(_ELSEWHERE, "", numbers[_ELSEWHERE])] if _ELSEWHERE in numbers else ()))
