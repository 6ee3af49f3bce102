"""From a scope to the subscriptions that are looked at. What is asked for and not seen stays, with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.collect.arm_requests import Ask
from analyzer.collect.azure.management_groups import descendants, find_below, subscriptions_of
from analyzer.collect.azure.resource_graph import Graph
from analyzer.collect.azure.subscriptions import VISIBLE, Subscription, by_id
from analyzer.errors import UnreachableError, UsageError
from analyzer.fleet.scope import Scope
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.fleet_report import SeenSubscription

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The subscriptions of a scope."""

    visible: tuple[Subscription, ...]
    """Each once; whether they can be read is not known yet."""
    unseen: tuple[SeenSubscription, ...] = ()
    """Asked for, and not visible."""
    note: str = ""
    """What is to be said of the list of them; mostly empty."""
    is_whole: bool = True
    """False: it is not known how many there are, and the note says why."""


def choose(scope: Scope, ask: Ask, graph: Graph) -> Chosen:
    """The subscriptions of a scope. Raises UsageError for a name of two subscriptions, UnreachableError for no one."""
    if scope.management_group:
        return _below(scope.management_group, ask, graph)
    (visible,) = ask([VISIBLE])
    return _given(scope.subscriptions, visible, ask) if scope.subscriptions else _all(visible)


def sentence(missing: Missing[object]) -> str:
    """What was asked and what came back; and what helps, where that is known."""
    return f"{missing.detail}." + (f" What helps: {missing.grant}." if missing.grant else "")


def _all(visible: Fact[tuple[Subscription, ...]]) -> Chosen:
    if isinstance(visible, Known) and not visible.value:
        raise UnreachableError(
            "The signed-in account sees no subscription. Sign in to the tenant that holds them with"
            " `az login --tenant TENANT`, or give the account a role in them, such as Reader."
        )
    if isinstance(visible, Known):
        return Chosen(_each_once(visible.value))
    if not visible.seen:
        raise UnreachableError(f"The subscriptions cannot be listed: {sentence(visible)}")
    note = f"The list of subscriptions is not whole: {sentence(visible)}"
    return Chosen(_each_once(visible.seen), note=note, is_whole=False)


def _given(words: Sequence[str], visible: Fact[tuple[Subscription, ...]], ask: Ask) -> Chosen:
    known = visible.value if isinstance(visible, Known) else visible.seen or ()
    matches = {word: _match(word, known) for word in words}
    strangers = list({word.lower(): word for word, match in matches.items() if match is None}.values())
    asked = [word for word in strangers if _GUID.fullmatch(word)]
    answers = dict(zip(asked, ask([by_id(word) for word in asked]), strict=True))
    found = [item for answer in answers.values() if isinstance(answer, Known) for item in answer.value]
    unseen = tuple(
        SeenSubscription(id=word, seen=False, detail=_why_unseen(word, answers.get(word), visible))
        for word in strangers
        if not isinstance(answers.get(word), Known)
    )
    chosen = _each_once([*(match for match in matches.values() if match), *found])
    if not chosen:
        raise UnreachableError(" ".join(item.detail for item in unseen))
    return Chosen(chosen, unseen)


def _match(word: str, known: Sequence[Subscription]) -> Subscription | None:
    """The subscription of an id, or of a display name that is no other's."""
    for item in known:
        if item.key == word.lower():
            return item
    named = _each_once([item for item in known if item.display_name.casefold() == word.casefold()])
    if len(named) > 1:
        ids = ", ".join(item.subscription_id for item in named)
        raise UsageError(f"{len(named)} subscriptions are called {word!r}: give the id of the one you mean: {ids}.")
    return named[0] if named else None


def _why_unseen(word: str, asked: Fact[object] | None, visible: Fact[object]) -> str:
    if isinstance(asked, Missing):
        hint = "" if asked.grant else " Check the id, and that you are signed in to its tenant with a role in it."
        return f"The signed-in account does not see subscription {word}: {sentence(asked)}{hint}"
    if isinstance(visible, Missing):
        return f"No subscription is known to be called {word!r}, and not all could be listed: {sentence(visible)}"
    return (
        f"The signed-in account sees no subscription that is called {word!r}. Check the name, give the id, or sign in"
        " to its tenant with `az login --tenant TENANT`."
    )


def _below(group: str, ask: Ask, graph: Graph) -> Chosen:
    (listed,) = ask([descendants(group)])
    if isinstance(listed, Known):
        found = _each_once(subscriptions_of(listed.value))
        return Chosen(found, note="" if found else f"There is no subscription below management group {group}.")
    shown = find_below(graph, group)
    seen = _each_once([*subscriptions_of(listed.seen or ()), *(shown.value if isinstance(shown, Known) else ())])
    if seen:
        return Chosen(
            seen,
            note=f"It is not known how many subscriptions are below management group {group}: {sentence(listed)}"
            " Resource Graph names only those that the account may read.",
            is_whole=False,
        )
    reason = sentence(shown) if isinstance(shown, Missing) else "Resource Graph shows none below it."
    raise UnreachableError(
        f"The subscriptions below management group {group} cannot be listed: {sentence(listed)} {reason}"
        " Check its id, and the tenant that you are signed in to."
    )


def _each_once(items: Sequence[Subscription]) -> tuple[Subscription, ...]:
    """By id; the first one of each."""
    unique: dict[str, Subscription] = {}
    for item in items:
        unique.setdefault(item.key, item)
    return tuple(unique[key] for key in sorted(unique))
