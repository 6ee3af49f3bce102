"""Errors as a person sees them: one sentence on stderr and the exit code of the table; a bug shows its trace."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec

import typer

from analyzer.errors import PreflightError

P = ParamSpec("P")


def guarded(verb: Callable[P, int | None]) -> Callable[P, None]:
    """The verb as a command: what it returns is the exit code."""

    @functools.wraps(verb)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(_run(lambda: verb(*args, **kwargs)))

    return command


def _run(verb: Callable[[], int | None]) -> int:
    try:
        return verb() or 0
    except PreflightError as error:
        say(f"aks-preflight: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("aks-preflight: interrupted; nothing was written that was not finished")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except typer.Exit as done:
        return done.exit_code
    except Exception as error:  # a bug must not look like a verdict: exit 1, with its trace
        traceback.print_exc()
        say(f"aks-preflight: this is a bug ({type(error).__name__}); the report, if any was written, is not complete")
        return 1


def say(line: str) -> None:
    """One line for a person, on stderr; control characters of names that it quotes are shown, not sent."""
    print("".join(char if char.isprintable() else repr(char)[1:-1] for char in line), file=sys.stderr)
