"""Policies that keep traffic as files to apply: numbered in their order, each saying what it does and what it opens."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.connectivity.change import Change
from analyzer.connectivity.explanation import party_text
from analyzer.connectivity.ports import OTHER
from analyzer.connectivity.rewrites import Rewrite, Rewrites, When
from reports.escaping import visible
from reports.prose import counted

FOLDERS = {When.BEFORE: "1-before-the-step", When.AFTER: "2-right-after-the-step"}
NOT_KEPT = "not-kept.txt"
_MOST_EXAMPLES = 3
_WIDTH = 110
_LONGEST_NAME = 130


@dataclass(frozen=True)
class PolicyFiles:
    """Of one step."""

    told: Rewrites
    changes: Sequence[Change]
    """Those of the step, in the order in which the rewrites name them."""
    before: str
    """The engines as people name them."""
    after: str

    def files(self) -> dict[str, str]:
        """Each file's text by its path: a folder for each time, and what is not kept. Empty: nothing is lost."""
        found = {
            self._path(number, item): self._text(number, item) for number, item in enumerate(self.told.rewrites, 1)
        }
        return found | ({NOT_KEPT: self._not_kept()} if self.told.reasons else {})

    def _path(self, number: int, item: Rewrite) -> str:
        digits = max(2, len(str(len(self.told.rewrites))))
        name = re.sub(r"[^A-Za-z0-9-]+", "-", f"{item.manifest.namespace}-{item.manifest.name}")
        return f"{FOLDERS[item.when]}/{number:0{digits}}-{name[:_LONGEST_NAME]}.yaml"

    def _text(self, number: int, item: Rewrite) -> str:
        lines = [line for part in self._header(number, item) for line in _comment(part)]
        return "\n".join(lines) + "\n" + item.text

    def _header(self, number: int, item: Rewrite) -> Iterator[str]:
        what = "replaces the policy of its name" if item.replaces else "stands beside the policies that there are"
        yield f"{number} of {len(self.told.rewrites)}. Apply it {item.when} to {self.after}. It {what}."
        if item.keeps:
            yield f"Keeps {self._among(item.keeps)}."
        if item.prevents:
            yield f"Keeps out {self._among(item.prevents)}."
        yield item.widens or "It allows nothing beyond what is allowed before the step."
        if item.note:
            yield item.note
        yield (
            f"Proven by evaluating {self.before} and {self.after}, with all of these policies in place, over the pods "
            "and policies that were read; not tried on a cluster."
        )

    def _among(self, places: Sequence[int]) -> str:
        examples = [self._example(place) for place in places[:_MOST_EXAMPLES]]
        word = "changed set" if len(places) == 1 else "changed sets"
        return f"{len(places):,} {word} of flows, such as {'; '.join(examples)}"

    def _example(self, place: int) -> str:
        flow = self.changes[place].example
        port = "ICMP" if flow.protocol == OTHER else f"{flow.protocol} {flow.port}"
        return f"{party_text(flow.source)} to {party_text(flow.destination)} on {port}"

    def _not_kept(self) -> str:
        """The losses without a policy, by their reasons; most flows first."""
        by_reason: dict[str, list[int]] = {}
        for place, why in self.told.reasons.items():
            by_reason.setdefault(why, []).append(place)
        ordered = sorted(by_reason.items(), key=lambda item: (-self._flow_count(item[1]), item[0]))
        return "\n".join(line for why, places in ordered for line in self._group(why, places))

    def _group(self, why: str, places: Sequence[int]) -> Iterator[str]:
        yield from textwrap.wrap(visible(why), _WIDTH)
        yield f"  {counted(self._flow_count(places), 'lost flow')}, such as:"
        yield from (f"    {visible(self._example(place))}" for place in places[:_MOST_EXAMPLES])
        yield ""

    def _flow_count(self, places: Iterable[int]) -> int:
        return sum(self.changes[place].flow_count for place in places)


def _comment(text: str) -> list[str]:
    """Lines of YAML comment: nothing that a name holds ends one."""
    return [f"# {line}" for line in textwrap.wrap(visible(text), _WIDTH, break_on_hyphens=False)]
