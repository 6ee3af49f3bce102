"""Which labels Cilium makes part of a pod's identity, and whom selectors find over those alone.

Sources: docs.cilium.io, "Limiting identity-relevant labels", 1.13 to 1.18; cilium, pkg/labelsfilter/filter.go; for the
versions of single entries cilium pull requests 28003, 31178, 31964, 38017 and 43725.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.population import Population
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.model.version import Version
from analyzer.selectors import LabelIndex, selector_text, terms

_KEPT = (r"io\.kubernetes\.pod\.namespace", r"io\.cilium\.k8s\.namespace\.labels", r"app\.kubernetes\.io")
_LEFT_OUT = (
    r"!io\.kubernetes",
    r"!kubernetes\.io",
    r"!.*beta\.kubernetes\.io",
    r"!k8s\.io",
    r"!pod-template-generation",
    r"!pod-template-hash",
    r"!controller-revision-hash",
    r"!annotation.*",
    r"!etcd_node",
)


class _Later(NamedTuple):
    """Entries that not every version has. Of the versions between, some patches may have them: which is not known."""

    entries: tuple[str, ...]
    may: Version
    """From here on they may be there."""
    do: Version
    """From here on they are."""


_LATER = (
    _Later(
        (
            r"!statefulset\.kubernetes\.io/pod-name",
            r"!apps\.kubernetes\.io/pod-index",
            r"!batch\.kubernetes\.io/job-completion-index",
            r"!batch\.kubernetes\.io/controller-uid",
            r"!controller-uid",
            r"io\.cilium\.k8s\.policy\.cluster",
        ),
        Version(1, 13),
        Version(1, 16),
    ),
    _Later((r"io\.cilium\.k8s\.policy\.serviceaccount",), Version(1, 17), Version(1, 18)),
    _Later((r"!topology\.kubernetes\.io",), Version(1, 16), Version(1, 20)),
)

_LONGEST = 300
_MOST_REPETITIONS = 2
_UNCLEAR = re.compile(r"\)[*+?]|\(\?|\\[0-9pPQCzZA]|\{|\[\[|--|&&|\|\||~~")
"""What costs a backtracking matcher too much, or means something else in Go than here."""

_NEVER = re.compile("(?!)")
_ALL = re.compile(".*")


class Selected(NamedTuple):
    """Whom a selector finds, as bitsets."""

    surely: int
    possibly: int
    """Those in `surely`, and others where it is not known whether a label is part of the identity."""

    @property
    def further(self) -> int:
        """Those of whom it is not known."""
        return self.possibly & ~self.surely

    def also(self, other: Selected) -> Selected:
        """Whom both find."""
        return Selected(self.surely & other.surely, self.possibly & other.possibly)


class _Doubt(enum.Enum):
    """Why it is not known whether a pattern counts; those of one doubt count together or not at all."""

    VERSION = enum.auto()
    """Some patches of the version have it."""
    ANY_SOURCE = enum.auto()
    """"any:", which the documentation takes for every source, and the filter's code for a source of that name."""
    KEEPS_UNCLEAR = enum.auto()
    """What it matches is not understood."""
    LEAVES_OUT_UNCLEAR = enum.auto()
    """The same, of what leaves labels out."""


class _Entry(NamedTuple):
    """One pattern of the filter."""

    keeps: bool
    pattern: re.Pattern[str]
    doubt: _Doubt | None = None
    """None: it counts."""

    def length_in(self, key: str) -> int:
        """How much of the start of a key it matches; 0: it does not."""
        found = self.pattern.match(key)
        return found.end() if found else 0


class _Filter(NamedTuple):
    """One way to read the filter."""

    entries: tuple[_Entry, ...]
    keeps_only: bool
    """Whether a label must be asked for: the user named one."""

    def keeps(self, key: str) -> bool:
        """Whether the longest entry that keeps is longer than the shortest that leaves out."""
        kept = max((item.length_in(key) for item in self.entries if item.keeps), default=0)
        left_out = [length for item in self.entries if not item.keeps and (length := item.length_in(key))]
        return kept > min(left_out, default=0) or not (self.keeps_only or left_out)


@dataclass(frozen=True)
class IdentitySelection:
    """Kubernetes selectors of pods over the labels of their identities alone. Sets are bitsets over classes."""

    population: Population
    settings: Cilium
    _known: dict[str, Selected] = field(default_factory=dict, repr=False, compare=False)

    def pods(self, selector: LabelSelector, namespace: str) -> Selected:
        """The classes of one namespace that a selector matches."""
        return self.peers(selector, self.population.in_namespace(namespace))

    def peers(self, selector: LabelSelector, inside: int) -> Selected:
        """Those of some classes that a selector matches."""
        key = selector_text(selector)
        if key not in self._known:
            self._known[key] = by_identity(self._index, terms(selector), self.settings)
        surely, possibly = self._known[key]
        return Selected(inside & surely, inside & possibly)

    @cached_property
    def _index(self) -> LabelIndex:
        return self.population.labels


def by_identity(index: LabelIndex, wanted: Iterable[tuple[str, str, tuple[str, ...]]], settings: Cilium) -> Selected:
    """Whom some terms find together. What is not part of the identity is a label that nobody has.

    Raises LackingError on an operator that Kubernetes does not have.
    """
    found = Selected(index.everything, index.everything)
    for key, operator, values in wanted:
        having = index.select(LabelSelector(match_expressions=(Requirement(key, operator, values),)))
        lacking = index.everything if is_negative_operator(operator) else 0
        found = found.also(of_label(having, lacking, is_identity_label(key, settings)))
    return found


def of_label(having: int, lacking: int, is_part: bool | None) -> Selected:
    """Whom a term finds: as labels are, as if nobody had the label, and which of the two Cilium goes by."""
    if is_part is None:
        return Selected(having & lacking, having | lacking)
    found = having if is_part else lacking
    return Selected(found, found)


def is_negative_operator(operator: str) -> bool:
    """Whether a term matches what lacks the label."""
    return operator in {"NotIn", "DoesNotExist"}


def is_identity_label(key: str, settings: Cilium) -> bool | None:
    """Whether a label, by its key without a source, is part of a pod's identity; None: not known.

    The labels of its namespace come as io.cilium.k8s.namespace.labels.…, and the filter takes them as any other. What
    the user adds to Cilium's own entries leaves more out where it starts with "!"; anything else makes a label count
    only if an entry asks for it. Cilium's own ask for the namespace, for its labels and for app.kubernetes.io, later
    ones for the cluster and the service account too.
    """
    return _is_identity_label(key, settings.version.minor_version, settings.label_filter)


@lru_cache(maxsize=65536)
def _is_identity_label(key: str, version: Version, label_filter: tuple[str, ...]) -> bool | None:
    verdicts = {reading.keeps(key) for reading in _readings(version, label_filter)}
    return verdicts.pop() if len(verdicts) == 1 else None


@lru_cache(maxsize=16)
def _readings(version: Version, label_filter: tuple[str, ...]) -> tuple[_Filter, ...]:
    """Each way to read the filter, as each doubt may turn out."""
    user = tuple(map(_entry, filter(None, label_filter)))
    entries = (*_own_entries(version), *user)
    keeps_only = any(entry.keeps for entry in user)
    doubts = [doubt for doubt in _Doubt if any(entry.doubt is doubt for entry in entries)]
    choices = (dict(zip(doubts, choice, strict=True)) for choice in product((False, True), repeat=len(doubts)))
    return tuple(
        _Filter(tuple(entry for entry in entries if entry.doubt is None or choice[entry.doubt]), keeps_only)
        for choice in choices
    )


def _own_entries(version: Version) -> Iterator[_Entry]:
    """Those that Cilium has by itself."""
    yield from map(_entry, (*_KEPT, *_LEFT_OUT))
    for later in _LATER:
        if version >= later.may:
            doubt = None if version >= later.do else _Doubt.VERSION
            yield from (_entry(text)._replace(doubt=doubt) for text in later.entries)


def _entry(text: str) -> _Entry:
    """An entry as the option spells it: a source and a colon or neither, "!" or not, a pattern."""
    source, colon, rest = text.partition(":")
    source, rest = (source, rest) if colon else ("", text)
    keeps, pattern = not rest.startswith("!"), _compiled(rest.removeprefix("!"))
    if source not in {"", "k8s", "any"}:
        return _Entry(keeps, _NEVER)
    if pattern is None:
        return _Entry(keeps, _ALL, _Doubt.KEEPS_UNCLEAR if keeps else _Doubt.LEAVES_OUT_UNCLEAR)
    return _Entry(keeps, pattern, _Doubt.ANY_SOURCE if source == "any" else None)


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if len(pattern) > _LONGEST or _UNCLEAR.search(pattern) or len(re.findall("[*+]", pattern)) > _MOST_REPETITIONS:
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None
