"""The cases of the truth tables as building blocks: whatever some rule looks for can meet everything else."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from random_bodies import NETWORKS

from analyzer.model.snapshot import ITEM_TYPES
from analyzer.model.source import READS, ArmRead, Source
from analyzer.model.step import IacPlan, Inputs, PlannedWindow, Target
from analyzer.model.version import parse_version

ARM_LISTS = tuple(source for source, read in READS.items() if isinstance(read, ArmRead) and source in ITEM_TYPES)
TABLES = {path.stem: path for path in sorted((Path(__file__).parent / "rules").glob("*.toml"))}
_READERS: dict[str, Callable[[Any], Any]] = {
    "cli_version": parse_version,
    "planned_window": lambda value: PlannedWindow(*map(datetime.datetime.fromisoformat, value)),
    "iac_plan": IacPlan,
    "credential_expiry": datetime.date.fromisoformat,
}

NOTHING_GIVEN = Inputs()


@dataclass(frozen=True)
class Block:
    """What one case does to a cluster, and the question that it asks; the network that it starts from comes first."""

    cluster: tuple[dict[str, Any], ...] = ()
    preview: dict[str, Any] = field(default_factory=dict)
    lists: tuple[tuple[Source, dict[str, Any]], ...] = ()
    empty: tuple[Source, ...] = ()
    objects: tuple[dict[str, Any], ...] = ()
    inputs: Inputs = NOTHING_GIVEN
    as_of: str | None = None
    target: Target = Target.OVERLAY_CILIUM
    promise: str = ""
    """Of the case."""


@cache
def blocks(rule: str) -> tuple[Block, ...]:
    """The cases of one rule's table."""
    return tuple(_block(case) for case in tomllib.loads(TABLES[rule].read_text())["case"])


def _block(case: dict[str, Any]) -> Block:
    lists = [(source, item) for source in ARM_LISTS for item in _read(case.get(source.value, "[]"))]
    given = {key: _READERS.get(key, _tuple)(value) for key, value in case.get("inputs", {}).items()}
    return Block(
        cluster=({"networkProfile": _network(case.get("before", {}))}, _read(case.get("cluster", "{}"))),
        preview=_read(case.get("cluster_preview", "{}")),
        lists=tuple(lists),
        empty=(*map(Source, case.get("empty", ())), *(source for source in ARM_LISTS if source.value in case)),
        objects=tuple(filter(None, yaml.load_all(case.get("objects", ""), yaml.CSafeLoader))),
        inputs=Inputs(**given),
        as_of=case.get("as_of"),
        target=_target(case),
        promise=case["promise"],
    )


def _read(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _target(case: dict[str, Any]) -> Target:
    """The target whose path has the case's step in the same place."""
    earlier = case.get("earlier", ())
    if case["step"] == "cilium" and "overlay" not in earlier:
        return Target.CILIUM
    return Target.OVERLAY if case["step"] in ("overlay", "remove-policy-engine") else Target.OVERLAY_CILIUM


def _network(before: dict[str, Any]) -> dict[str, Any]:
    """The profile that ARM would show for the state that a case names."""
    profile: dict[str, Any] = {}
    ipam = before.get("ipam", before.get("plugin"))
    if ipam == "kubenet":
        profile |= NETWORKS[3]
    if ipam == "overlay":
        profile |= {"networkPluginMode": "overlay", "podCidr": "10.244.0.0/16"}
    profile |= {"networkPlugin": "none"} if ipam == "byo" else {}
    for key, name in (("dataplane", "networkDataplane"), ("policy", "networkPolicy")):
        if before.get(key, "?") != "?":
            profile[name] = before[key]
    if isinstance(before.get("pod_cidrs"), list):
        profile |= {"podCidr": before["pod_cidrs"][0], "podCidrs": before["pod_cidrs"]}
    return profile
