"""Each rule against its truth table: <ID>.toml beside this file, cases as patches of the healthy cluster.

rule = "OVL-K8S-VERSION"
outcomes = ["pass", "fail", "unknown"]     every state that the rule's logic has; each needs a case

[[case]]
promise = "a pool below 1.27 blocks"        a sentence, unique in the table
step = "overlay"                            the step, named itself, not solved
before = {plugin = "kubenet"}               patches of the network state that was observed; "?" is missing
earlier = ["remove-policy-engine"]          steps done before this one
later = ["cilium"]                          steps that follow
command = ["az", "aks", "update"]           the step's command, where a rule reads it
inputs = {pod_cidr = "100.64.0.0/16", planned_window = ["2026-12-01T20:00:00Z", "2026-12-02T02:00:00Z"]}
as_of = "2026-11-20"                        the day of judgement, if it is not this one
azure_cli = "2.60.0"                        that of the machine that collected
cluster = "currentKubernetesVersion: 1.26.3"    YAML merge patch of the ARM body, see healthy.with_cluster
<source of ARM> = "YAML list, instead of the healthy one": virtual_networks, locks, subnet_usages, …
cluster_preview = "YAML merge patch of the healthy preview body"
objects = "Kubernetes manifests, added or replacing"
empty, missing, partial = ["pods"]          lists read and empty, forbidden, or read without proof of their end
state = "fail"
reason = "…"                                compared where given
finding = [{object = "AgentPool/apps", severity = "blocker", message = "…", evidence = [["where", "value"]]}]
gap = [{source = "cluster", object = "AgentPool/apps", severity = "blocker"}]
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import healthy
import pytest

from analyzer.addresses.plan import address_plan
from analyzer.engine import evaluate
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import Dataplane, IpamMode, NetworkState, Plugin, PolicyEngine, observe
from analyzer.model.report import Result
from analyzer.model.snapshot import ITEM_TYPES, Snapshot
from analyzer.model.source import READS, ArmRead, Source
from analyzer.model.step import IacPlan, Inputs, PlannedWindow, Step, StepKind
from analyzer.model.version import parse_version
from analyzer.path import apply
from analyzer.scene import Rule, Scene, Views
from rules import CATALOG

TABLES = {path.stem: tomllib.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("*.toml"))}
RULES = {rule.id: rule for rule in CATALOG}
CASES = [
    pytest.param(name, case, id=f"{name}: {case['promise']}")
    for name, table in TABLES.items()
    for case in table["case"]
]
ARM_LISTS = tuple(source.value for source, read in READS.items() if isinstance(read, ArmRead) and source in ITEM_TYPES)
KEYS = frozenset(
    [
        "promise",
        "step",
        "before",
        "earlier",
        "later",
        "command",
        "inputs",
        "cluster",
        "as_of",
        "azure_cli",
        "cluster_preview",
        *ARM_LISTS,
        "objects",
        "empty",
        "missing",
        "partial",
        "state",
        "reason",
        "finding",
        "gap",
    ]
)
MEMBERS = {"plugin": Plugin, "ipam": IpamMode, "dataplane": Dataplane, "policy": PolicyEngine}


def test_every_rule_has_a_table_and_every_table_a_rule() -> None:
    assert sorted(TABLES) == sorted(RULES)
    assert all(table["rule"] == name for name, table in TABLES.items())


@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_every_outcome_that_it_declares(name: str) -> None:
    shown = {case["state"] for case in TABLES[name]["case"]}
    assert shown == set(TABLES[name]["outcomes"])
    promises = [case["promise"] for case in TABLES[name]["case"]]
    assert len(set(promises)) == len(promises)
    assert {key for case in TABLES[name]["case"] for key in case} <= KEYS


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name: str, case: dict[str, Any]) -> None:
    result = evaluate(RULES[name], scene(case))
    assert _shown(result, case) == _expected(case, RULES[name])


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_rule_asks_only_for_the_facts_that_it_declares(name: str, case: dict[str, Any]) -> None:
    made = scene(case)
    asked: set[Source] = set()
    watched = _Watched(**vars(made.snapshot))
    object.__setattr__(watched, "asked", asked)
    evaluate(RULES[name], replace(made, views=Views(watched, made.inputs)))
    assert asked <= set(RULES[name].reads)


class _Watched(Snapshot):
    """A snapshot that notes which facts are asked for."""

    def __getattribute__(self, name: str) -> Any:
        if name in Source.__members__.values():
            object.__getattribute__(self, "asked").add(Source(name))
        return object.__getattribute__(self, name)


def scene(case: dict[str, Any]) -> Scene:
    """The scene that a case describes."""
    snapshot = _snapshot(case)
    given = dict(case.get("inputs", {}))
    inputs = Inputs(**{key: READERS.get(key, _as_given)(value) for key, value in given.items()})
    proposal = address_plan(snapshot, inputs).pod_cidr
    state = observe(snapshot.cluster)
    earlier = []
    for kind in case.get("earlier", ()):
        earlier.append(_step(StepKind(kind), state, inputs, proposal))
        state = earlier[-1].after
    state = replace(state, **{key: _fact(key, value) for key, value in case.get("before", {}).items()})
    step = _step(StepKind(case["step"]), state, inputs, proposal)
    if "command" in case:
        step = replace(step, command=tuple(case["command"]))
    as_of = datetime.date.fromisoformat(case.get("as_of", healthy.AS_OF))
    later = tuple(_step(StepKind(kind), step.after, inputs, proposal) for kind in case.get("later", ()))
    return Scene(Views(snapshot, inputs), step, tuple(earlier), as_of, later)


def _snapshot(case: dict[str, Any]) -> Snapshot:
    snapshot = healthy.healthy()
    if "cluster" in case:
        snapshot = healthy.with_cluster(snapshot, case["cluster"])
    if "cluster_preview" in case:
        snapshot = healthy.with_preview(snapshot, case["cluster_preview"])
    for key in ARM_LISTS:
        if key in case:
            snapshot = healthy.with_network(snapshot, Source(key), case[key])
    snapshot = replace(snapshot, azure_cli=case.get("azure_cli"))
    snapshot = healthy.emptied(snapshot, map(Source, case.get("empty", ())))
    snapshot = healthy.with_objects(snapshot, case.get("objects", ""))
    for name in case.get("missing", ()):
        snapshot = healthy.without(snapshot, Source(name))
    for name in case.get("partial", ()):
        snapshot = healthy.partly(snapshot, Source(name))
    return snapshot


def _as_given(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


READERS: dict[str, Callable[[Any], Any]] = {
    "cli_version": parse_version,
    "planned_window": lambda value: PlannedWindow(*map(datetime.datetime.fromisoformat, value)),
    "iac_plan": IacPlan,
    "credential_expiry": datetime.date.fromisoformat,
}
"""How an input is written in a table, where it is not as it is."""


def _fact(key: str, value: Any) -> Any:
    if value == "?":
        return Missing(Source.CLUSTER, Cause.HIDDEN, f"{key} is hidden")
    if key in MEMBERS:
        return Known(MEMBERS[key](value))
    return Known(parse_version(value) if key == "kubernetes_version" else tuple(value))


def _step(kind: StepKind, state: NetworkState, inputs: Inputs, proposal: Fact[str]) -> Step:
    after = apply(kind, state, inputs, proposal)
    return Step(kind, ("az", "aks", "update"), state, after, int(kind.reimages_all_pools))


def _shown(result: Result, case: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": result.state.value,
        "reason": result.reason if "reason" in case else None,
        "findings": [
            {
                "object": str(item.object),
                "severity": item.severity.value,
                "message": item.message,
                "evidence": [[line.where, line.value] for line in item.evidence],
                "remedy": list(item.remedy),
            }
            for item in result.findings
        ],
        "gaps": [
            {"source": item.source, "object": str(item.object or ""), "severity": item.severity.value}
            for item in result.gaps
        ],
    }


def _expected(case: dict[str, Any], rule: Rule) -> dict[str, Any]:
    return {
        "state": case["state"],
        "reason": case.get("reason"),
        "findings": [
            {"severity": rule.severity.value, "evidence": [], "remedy": [], **item} for item in case.get("finding", ())
        ],
        "gaps": [{"object": "", "severity": rule.severity.value, **item} for item in case.get("gap", ())],
    }
