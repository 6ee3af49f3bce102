"""Progress on stderr: a line that moves on a terminal, one plain line elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analyzer.cli.guard import say


@contextmanager
def showing(what: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Gives the function that is told each thing as it is read."""
    if quiet:
        yield lambda _: None
        return
    if not sys.stderr.isatty():
        say(f"{what} …")
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(what) as status:
        yield lambda label: status.update(f"{what}: {escape(label)}")
