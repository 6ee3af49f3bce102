"""One cluster for the policy engines: live, a snapshot, or plain manifests as the cluster that they would make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from analyzer.cli.evidence import reach_of, read, targets_of
from analyzer.cli.guard import say
from analyzer.cli.options import Reaching, Selection
from analyzer.connectivity.templates import manifest_snapshot
from analyzer.connectivity.unread import unread_facts
from analyzer.errors import UsageError
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source


@dataclass(frozen=True, slots=True)
class PolicyEvidence:
    """What the engines are asked about."""

    snapshot: Snapshot
    unproven: tuple[str, ...] = ()
    """Of plain manifests, in words, which lists nobody says to be whole: with any, no answer is the whole truth."""
    interrupted: bool = False


def read_one(which: Selection, reaching: Reaching) -> PolicyEvidence:
    """The evidence of the one target that is named. Raises PreflightError."""
    targets = targets_of(which, reaching)
    if len(targets) != 1:
        raise UsageError(f"{len(targets)} targets are named; the policy engines are asked about one cluster.")
    evidence = read(targets[0], reach_of(reaching, scan_configmaps=False))
    for warning in evidence.warnings:
        say(warning)
    snapshot, unproven = _as_cluster(evidence.snapshot) if is_plain(evidence.snapshot) else (evidence.snapshot, ())
    return PolicyEvidence(snapshot, unproven, evidence.interrupted)


def is_plain(snapshot: Snapshot) -> bool:
    """Whether it was read from manifests alone: no cluster's body, no API server, no collection's time."""
    return isinstance(snapshot.cluster, Missing) and snapshot.server is None and snapshot.collected_at is None


def _as_cluster(snapshot: Snapshot) -> tuple[Snapshot, tuple[str, ...]]:
    """The cluster that plain manifests make. Lists of which nobody says that they are whole are taken, and named."""
    given = {source.value: fact for source, fact in snapshot.facts() if _is_given(fact)}
    taken: dict[str, Any] = {name: Known(fact.seen) for name, fact in given.items()}
    for source, fact in ((Source.NPM_CONFIG, snapshot.npm_config), (Source.CILIUM_CONFIG, snapshot.cilium_config)):
        if isinstance(fact, Missing) and fact.cause is Cause.NOT_ASKED:
            taken[source.value] = Known(None)
    unproven = [name for name, fact in given.items() if fact.cause is Cause.PARTIAL]
    word = f"Nobody says that the manifests hold every object of {', '.join(unproven)}: --complete is your word for it"
    others = (fact.detail for fact in given.values() if fact.cause is Cause.NOT_ASKED and ";" in fact.detail)
    return manifest_snapshot(replace(snapshot, **taken)), (*((word,) if unproven else ()), *others)


def _is_given(fact: Fact[object]) -> TypeGuard[Missing[object]]:
    """Whether objects were read, and that there are no more is all that is not known."""
    return isinstance(fact, Missing) and fact.cause in (Cause.PARTIAL, Cause.NOT_ASKED) and fact.seen is not None


def unread(snapshot: Snapshot) -> tuple[str, ...]:
    """What tells who there is, and was not all read, in words. Policies are missed by the engines that read them."""
    return tuple(fact.detail for fact in unread_facts(snapshot, ()))
