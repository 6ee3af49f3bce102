"""Where an audit looks: the subscriptions that are given, all of them, or those of a management group."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.errors import UsageError


@dataclass(frozen=True, slots=True)
class Scope:
    """One of the three ways. Raises UsageError where none is taken, or several are."""

    subscriptions: tuple[str, ...] = ()
    """Ids or display names, without regard to case."""
    all_subscriptions: bool = False
    """That the signed-in account sees."""
    management_group: str | None = None
    """Its id; groups below it count too."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.subscriptions, self.all_subscriptions, self.management_group))) != 1:
            raise UsageError(
                "Say where to look for clusters, in one way: -s SUBSCRIPTION (repeatable), --all-subscriptions,"
                " --management-group ID, or --targets FILE."
            )

    def __str__(self) -> str:
        if self.management_group:
            return f"management group {self.management_group}"
        return f"subscriptions {', '.join(self.subscriptions)}" if self.subscriptions else "all subscriptions"
