"""Random clusters for properties: the healthy one, spoilt at random in every way that rules look at."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from random import Random
from typing import Any

import healthy
import msgspec
import random_bodies
import random_objects
from random_choices import made, of
from random_tables import Block, blocks

from analyzer.model.cluster import AgentPool, ManagedCluster
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.preview import ClusterPreview
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS, Snapshot
from analyzer.model.source import READS, KubernetesRead, Source
from analyzer.model.step import IacPlan, Inputs, PlannedFeature, PlannedWindow, Target
from analyzer.model.version import Version

NIGHT = PlannedWindow(*(datetime.datetime(2026, 12, 1, hour, tzinfo=datetime.UTC) for hour in (20, 23)))
LONG = PlannedWindow(*(datetime.datetime(2026, 12, day, 1, tzinfo=datetime.UTC) for day in (2, 9)))
DAYS = (healthy.AS_OF, healthy.AS_OF, "2025-01-15", "2026-03-31", "2027-03-31", "2027-10-04", "2028-04-01")
DATES = tuple(map(datetime.date.fromisoformat, ("2026-11-01", "2026-11-21", "2028-01-01")))


@dataclass(frozen=True)
class Asked:
    """A cluster that was read in full, and a question about it."""

    snapshot: Snapshot
    target: Target
    inputs: Inputs
    as_of: str


def cluster(random: Random, rules: Sequence[str] = (), objects: int = 6) -> Asked:
    """Any cluster, any question: a case of each of these rules' truth tables, and so many objects from the lists.

    The question is that of the first case, or any.
    """
    drawn = [random.choice(blocks(rule)) for rule in rules]
    asks = random.choice([*drawn[:1], *drawn[:1], Block(target=random.choice(tuple(Target)), inputs=_inputs(random))])
    day = asks.as_of or random.choice((healthy.AS_OF, *DAYS))
    return Asked(assembled((_block(random, objects), *reversed(drawn))), asks.target, asks.inputs, day)


def of_block(block: Block) -> Asked:
    """The healthy cluster with one case of a truth table, and the question of that case."""
    return Asked(assembled((block,)), block.target, block.inputs, block.as_of or healthy.AS_OF)


def _block(random: Random, objects: int) -> Block:
    lists = random.sample(sorted(LISTS), random.randint(0, 4))
    return Block(
        cluster=random_bodies.cluster_patches(random) if random.random() < 0.5 else (),
        preview=made(random_bodies.PREVIEWS, random),
        lists=tuple((source, made(LISTS[source], random)) for source in lists),
        empty=tuple(random.sample(sorted(ITEM_TYPES), random.choice((0, 0, 1, 4)))),
        objects=tuple(made(random_objects.OBJECTS, random) for _ in range(objects)),
    )


LISTS = random_bodies.LISTS | random_objects.CONFIG_MAPS
"""One item of each list that manifests alone do not name."""
_RANGES = ("100.64.0.0/16", "10.10.64.0/18", "10.0.128.0/17", "10.244.0.0/16", "100.64.0.0/23", "20.0.0.0/16")
_FEATURES = tuple(item.value for item in PlannedFeature)
_INPUTS = {
    "pod_cidr": of(None, *_RANGES),
    "cli_version": of(None, Version(2, 50, 0), Version(2, 81, 0)),
    "planned_features": of(None, (), *((feature,) for feature in _FEATURES), _FEATURES),
    "planned_window": of(None, NIGHT, LONG),
    "on_premises_cidrs": of(None, (), ("100.64.0.0/10",), ("10.0.0.0/8", "192.168.0.0/16", "fd00::/8")),
    "iac_plan": of(None, *IacPlan),
    "allowed_fqdns": of(None, (), ("*.microsoft.com", "mcr.microsoft.com")),
    "credential_expiry": of(None, *DATES),
    "scan_configmaps": of(True, False),
}


def _inputs(random: Random) -> Inputs:
    """What an operator may give."""
    return Inputs(**made(_INPUTS, random))


def assembled(parts: Iterable[Block]) -> Snapshot:
    """The healthy cluster with these blocks applied in order, read in full."""
    snapshot = healthy.healthy()
    parts = tuple(parts)
    snapshot = healthy.emptied(snapshot, (source for part in parts for source in part.empty))
    added: dict[Source, list[Any]] = {}
    for part in parts:
        for source, item in part.lists:
            added.setdefault(source, []).append(msgspec.convert(item, ITEM_TYPES[source]))
        for document in part.objects:
            source = _source_of(document)
            kind = SINGLE_OBJECTS.get(source) or ITEM_TYPES[source]
            added.setdefault(source, []).append(msgspec.convert(document, kind))
    for source, items in added.items():
        snapshot = with_fact(snapshot, source, _with(snapshot, source, items))
    bodies = _cluster([patch for part in parts for patch in part.cluster]), _preview([part.preview for part in parts])
    return replace(snapshot, cluster=Known(bodies[0]), cluster_preview=Known(bodies[1]))


def _with(snapshot: Snapshot, source: Source, items: list[Any]) -> Known[Any]:
    if source in SINGLE_OBJECTS:
        return Known(items[-1])
    by_key = {_key(item): item for item in (*getattr(snapshot, source.value).require(), *items)}
    return Known(tuple(by_key[key] for key in sorted(by_key)))


def _key(item: Any) -> tuple[str, ...]:
    """What tells the items of a list apart, in the order in which they are read."""
    if hasattr(item, "metadata"):
        return item.metadata.namespace, item.metadata.name, item.kind, item.api_version
    return (getattr(item, "id", "").lower(), str(item.name) if hasattr(item, "name") else "")


@cache
def _sources() -> dict[tuple[str, str, str], Source]:
    return {
        (end.group, end.kind, read.name): source
        for source, read in READS.items()
        if isinstance(read, KubernetesRead) and source is not Source.CONFIG_MAP_NAMES
        for end in read.endpoints
    }


def _source_of(document: dict[str, Any]) -> Source:
    group = document["apiVersion"].rpartition("/")[0]
    known = _sources()
    named = known.get((group, document["kind"], document["metadata"].get("name", "")))
    return named or known[group, document["kind"], ""]


BODY = healthy.cluster_body()
PREVIEW = msgspec.to_builtins(healthy.healthy().cluster_preview.require())


def _cluster(patches: list[dict[str, Any]]) -> ManagedCluster:
    whole: dict[str, Any] = reduce(healthy.merge, patches, {})
    pools = {pool["name"]: pool for pool in BODY["agentPoolProfiles"]}
    for name, patch in (whole.pop("pools", None) or {}).items():
        base = pools.get(name) or {**BODY["agentPoolProfiles"][0], "name": name}
        pools[name] = None if patch is None else healthy.merge(base, patch)
    listed = [pools[name] for name in sorted(pools) if pools[name] is not None]
    return msgspec.convert(healthy.merge({**BODY, "agentPoolProfiles": listed}, whole), ManagedCluster)


def _preview(patches: list[dict[str, Any]]) -> ClusterPreview:
    return msgspec.convert(reduce(healthy.merge, patches, PREVIEW), ClusterPreview)


def with_less(snapshot: Snapshot, random: Random, sources: int = 3) -> Snapshot:
    """The same cluster with so many facts taken away, whole or in part; of the ARM body some fields."""
    for source in random.sample(sorted([*ITEM_TYPES, *SINGLE_OBJECTS]), sources):
        taken = _body_with_less(snapshot, random) if source is Source.CLUSTER else taken_away(snapshot, source, random)
        snapshot = with_fact(snapshot, source, taken)
    return snapshot


def with_fact(snapshot: Snapshot, source: Source, fact: Any) -> Snapshot:
    """The snapshot with another fact of this source."""
    return replace(snapshot, **{source.value: fact})


def taken_away(snapshot: Snapshot, source: Source, random: Random) -> Missing[Any]:
    """Not readable at all, or a list of which some items were read: none, a few, or all without proof."""
    value = getattr(snapshot, source.value).require()
    cause = random.choice([Cause.PARTIAL, Cause.PARTIAL, Cause.FORBIDDEN, Cause.UNREACHABLE, Cause.MALFORMED])
    seen = None
    if cause is Cause.PARTIAL and isinstance(value, tuple):
        share = random.choice((0, 0.5, 0.8, 1))
        seen = tuple(item for item in value if random.random() < share)
    return Missing(source, cause, f"{source} taken away", "", seen)


def _body_with_less(snapshot: Snapshot, random: Random) -> Known[ManagedCluster]:
    cluster = snapshot.cluster.require()
    pools = cluster.agent_pool_profiles and tuple(_pool_with_less(pool, random) for pool in cluster.agent_pool_profiles)
    version = random.choice([{}, {"current_kubernetes_version": None, "kubernetes_version": None}])
    return Known(msgspec.structs.replace(cluster, agent_pool_profiles=pools, **version))


def _pool_with_less(pool: AgentPool, random: Random) -> AgentPool:
    """Without fields whose absence says nothing about the pool."""
    names = ("os_type", "count", "current_orchestrator_version", "node_image_version")
    hidden: dict[str, None] = dict.fromkeys(random.sample(names, random.randint(0, 2)))
    if "current_orchestrator_version" in hidden:
        hidden["orchestrator_version"] = None
    return msgspec.structs.replace(pool, **hidden)
