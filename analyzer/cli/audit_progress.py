"""How far an audit is, on stderr: a bar on a terminal, some plain lines elsewhere, one JSON object a line if asked."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from analyzer.cli.guard import say
from analyzer.errors import UsageError
from analyzer.fleet.judging import Judged
from analyzer.fleet.plan import PlannedCluster
from reports.prose import counted

_EVERY_S = 10.0
"""Between plain lines."""
LOG_FORMATS = ("text", "json")
Heard = Callable[[PlannedCluster, Judged], None]


@dataclass(slots=True)
class Tally:
    """What was done since this process began."""

    total: int
    """Clusters that were waiting then."""
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    unread: int = 0
    cpu_s: float = 0.0
    """That judging took, over all processes."""

    def add(self, judged: Judged) -> None:
        """One more cluster."""
        self.done += 1
        self.unread += judged.finished.row.verdict is None
        self.cpu_s += judged.cpu_s

    @property
    def elapsed_s(self) -> float:
        """Since this process began to look."""
        return time.monotonic() - self.began

    @property
    def left_s(self) -> float:
        """An estimate, by the pace so far."""
        return self.elapsed_s / self.done * (self.total - self.done) if self.done else 0.0


def require_log_format(log_format: str) -> None:
    """Raises UsageError for a format that there is not."""
    if log_format not in LOG_FORMATS:
        raise UsageError(f"--log-format is {log_format!r}; it can be {' or '.join(LOG_FORMATS)}.")


def telling(log_format: str, *, quiet: bool) -> Callable[[str], None]:
    """Says one sentence of progress on stderr."""
    if quiet:
        return lambda _: None
    return say if log_format == "text" else lambda sentence: _print({"event": "message", "message": sentence})


@contextmanager
def hearing(tally: Tally, log_format: str, *, quiet: bool) -> Iterator[Heard]:
    """Gives what is told of each cluster that is done."""
    if log_format == "json":
        yield lambda cluster, judged: _log(tally, cluster, judged, quiet=quiet)
    elif quiet:
        yield lambda _, judged: tally.add(judged)
    elif sys.stderr.isatty():
        with _bar(tally) as heard:
            yield heard
    else:
        yield _Lines(tally)


def _log(tally: Tally, cluster: PlannedCluster, judged: Judged, *, quiet: bool) -> None:
    tally.add(judged)
    if quiet:
        return
    row = judged.finished.row
    _print(
        {
            "event": "cluster",
            "cluster": row.id or cluster.name,
            "verdict": row.verdict,
            "cause": row.cause,
            "done": tally.done,
            "total": tally.total,
        }
    )


def _print(told: dict[str, object]) -> None:
    print(json.dumps(told), file=sys.stderr)  # noqa: T201 one object a line, as log collectors read them


@dataclass(slots=True)
class _Lines:
    """A plain line now and then, and one at the end."""

    tally: Tally
    last: float = 0.0

    def __call__(self, cluster: PlannedCluster, judged: Judged) -> None:
        self.tally.add(judged)
        now = time.monotonic()
        if now - self.last < _EVERY_S and self.tally.done < self.tally.total:
            return
        self.last = now
        unread = f", {self.tally.unread} could not be read" if self.tally.unread else ""
        say(f"{self.tally.done} of {counted(self.tally.total, 'cluster')}{unread}; {_left(self.tally)}")


def _left(tally: Tally) -> str:
    if tally.done == tally.total:
        return f"{tally.elapsed_s:.0f} s"
    minutes = tally.left_s / 60
    return f"about {minutes:.0f} min left" if minutes >= 1 else "less than a minute left"


@contextmanager
def _bar(tally: Tally) -> Iterator[Heard]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("clusters", total=tally.total)

        def heard(cluster: PlannedCluster, judged: Judged) -> None:
            tally.add(judged)
            unread = f", {tally.unread} not read" if tally.unread else ""
            progress.update(task, completed=tally.done, description=f"{escape(cluster.name[:40])}{unread}")

        yield heard
