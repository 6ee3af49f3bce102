"""Errors that reach a person: each says what was asked, of what, what came back, and what to do."""

from __future__ import annotations


class PreflightError(Exception):
    """The run cannot go on. `exit_code` is the process's, by the table in the README."""

    exit_code = 1


class UsageError(PreflightError):
    """What the operator asked for cannot be done as asked: flags, files, inputs."""

    exit_code = 2


class UnreachableError(PreflightError):
    """No target could be signed in to or reached."""

    exit_code = 6


class SignInError(UnreachableError):
    """Nobody is signed in, or not any more: no other cluster can be read either."""


class ForbiddenError(UnreachableError):
    """Whoever is signed in may read nothing of the target."""


class LateError(UnreachableError):
    """The time for one target is over."""


class OtherClusterError(UsageError):
    """The API server is another cluster's than the one that was named."""


class GoneError(UnreachableError):
    """The subscription is not there, or not any more."""
