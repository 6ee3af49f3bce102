"""Which clusters an audit looks at: what its options say, in words and as a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from analyzer.cli.audit import Where
from analyzer.errors import UsageError
from analyzer.fleet.filters import Filters, keep
from analyzer.fleet.inventory import take_inventory
from analyzer.fleet.plan import Plan, planned, planned_targets
from analyzer.fleet.scope import Scope
from analyzer.fleet.targets_file import parse_targets_file

if TYPE_CHECKING:
    from analyzer.collect.azure.pipeline import Access

Progress = Callable[[str], None]


def scope_words(where: Where) -> str:
    """Where is looked, and what is left out. Raises UsageError for options that do not go together."""
    if where.targets is None:
        return "; ".join(filter(None, (str(_scope(where)), str(_filters(where)))))
    others = (where.subscriptions, where.all_subscriptions, where.management_group, *_given(where))
    if any(others):
        raise UsageError("--targets names every cluster itself: leave out subscriptions, management group and filters.")
    return f"targets of {where.targets.name}"


def with_targets(plan: Plan, where: Where) -> Plan:
    """The plan with the clusters that a file names, if there is one. Raises UsageError."""
    if where.targets is None:
        return plan
    return replace(plan, clusters=planned_targets(parse_targets_file(_text(where.targets), where.targets)))


def with_clusters(plan: Plan, where: Where, azure: Callable[[], Access], progress: Progress) -> Plan:
    """The plan with the clusters that are found; Azure is asked where no file names them. Raises PreflightError."""
    if where.targets is not None:
        return with_targets(plan, where)
    found = keep(take_inventory(_scope(where), azure(), progress), _filters(where))
    return replace(
        plan,
        subscriptions=found.subscriptions,
        subscriptions_note=found.note,
        subscriptions_known=found.subscriptions_known,
        clusters=planned(found.clusters),
    )


def _scope(where: Where) -> Scope:
    return Scope(tuple(where.subscriptions or ()), where.all_subscriptions, where.management_group)


def _filters(where: Where) -> Filters:
    tags, names, locations, modes = _given(where)
    return Filters(tags=tags, names=names, locations=locations, modes=modes)


def _given(where: Where) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words or ()) for words in (where.tags, where.names, where.locations, where.modes))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: it is not UTF-8.") from error
