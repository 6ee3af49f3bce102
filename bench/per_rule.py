"""Time per rule over one snapshot: `python bench/per_rule.py CLUSTER.zip`. Part of run.py.

What is computed once for all rules (pod classes, selections) counts to the rule that asks for it first.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from analyzer.engine import Question, judge
from analyzer.model.finding import Outcome
from analyzer.model.step import Inputs, Target
from analyzer.scene import Rule, Scene
from analyzer.store.snapshot_file import unpack
from rules import CATALOG


def timed(rule: Rule, spent: Counter[str]) -> Rule:
    """The rule, adding the seconds that its check takes to `spent`."""

    def check(scene: Scene) -> Iterator[Outcome]:
        yield from _clocked(lambda: rule.check(scene), rule.id, spent)

    return replace(rule, check=check)


def _clocked(start: Callable[[], Iterator[Outcome]], name: str, spent: Counter[str]) -> Iterator[Outcome]:
    outcomes = start()
    while True:
        began = time.perf_counter()
        try:
            outcome = next(outcomes)
        except StopIteration:
            return
        finally:
            spent[name] += time.perf_counter() - began  # type: ignore[assignment]
        yield outcome


def main(path: Path) -> None:
    """Judges the snapshot once, and prints what the rules took, the slowest five by name."""
    gc.disable()
    snapshot, digest = unpack(path.read_bytes(), path.name)
    question = Question(
        target=Target.OVERLAY_CILIUM, inputs=Inputs(), as_of="2026-11-20", snapshot_hash=digest, tool_version="bench"
    )
    spent: Counter[str] = Counter()
    began = time.perf_counter()
    report = judge(snapshot, question, [timed(rule, spent) for rule in CATALOG])
    whole = time.perf_counter() - began
    steps = ", ".join(step.kind for step in report.path.steps)
    print(f"judging {whole:.2f}s over the steps {steps}; {len(CATALOG)} rules {sum(spent.values()):.2f}s, the slowest:")
    for name, seconds in spent.most_common(5):
        print(f"  {name:32}{seconds * 1000:8.0f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
