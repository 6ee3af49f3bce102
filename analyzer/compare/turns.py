"""What else two judgements say differently: what was asked, by which rules, and what the cluster is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from analyzer.model.difference import Turn
from analyzer.model.flows import StepFlows
from analyzer.model.report import PoolSummary, Report, Tool
from analyzer.model.source import Source
from analyzer.model.waiver import JudgedWaiver

REFUSED_STEP = "refused step"
NONE = "none"
UNKNOWN = "not known"
_POLICIES = tuple(source.value for source in Source if source.value.endswith("policies"))
"""Lists whose length alone says that the traffic is ruled by other policies."""


class Asked(Protocol):
    """What reports of clusters and of fleets say alike of the question and of who answers it."""

    @property
    def target(self) -> str:
        """What --to asked for."""

    @property
    def as_of(self) -> str:
        """The date of the judgement."""

    @property
    def inputs(self) -> dict[str, str]:
        """What the operator gave, by flag."""

    @property
    def tool(self) -> Tool:
        """What judged."""

    @property
    def partial(self) -> bool:
        """Whether the run was interrupted."""

    @property
    def waivers(self) -> tuple[JudgedWaiver, ...]:
        """What was handed in, and what became of it."""


def turns(old: Report, new: Report) -> tuple[Turn, ...]:
    """The question, the cluster, the path, the pools, the policies, the traffic."""
    return (
        *question_turns(old, new),
        *changed(_cluster(old), _cluster(new)),
        *changed(*_of_shared(_steps(old), _steps(new))),
        *changed(_pools(old, new), _pools(new, old), NONE),
        *changed(*_of_shared(_policies(old), _policies(new))),
        *changed(_traffic(old.flows), _traffic(new.flows), "not compared"),
    )


def question_turns(old: Asked, new: Asked) -> tuple[Turn, ...]:
    """What was asked, and by which rules it was answered."""
    waivers = _waivers(old), _waivers(new)
    standings = ({f"waiver {key}": item.standing.value for key, item in found.items()} for found in waivers)
    return (
        *changed(_question(old), _question(new)),
        *changed(old.inputs, new.inputs, "not given"),
        *changed({"waivers": _besides(*waivers)}, {"waivers": _besides(*reversed(waivers))}),
        *changed(*_of_shared(*standings)),
    )


def changed(before: Mapping[str, str], after: Mapping[str, str], absent: str = "") -> Iterator[Turn]:
    """What has another value; in the order of the keys where both have the same ones, else by name."""
    keys = tuple(before) if tuple(before) == tuple(after) else sorted({*before, *after})
    for key in keys:
        was, now = before.get(key, absent), after.get(key, absent)
        if was != now:
            yield Turn(what=key, before=was, after=now)


def _of_shared(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Both, without what only one has."""
    shared = sorted(before.keys() & after.keys())
    return {key: before[key] for key in shared}, {key: after[key] for key in shared}


def _question(asked: Asked) -> dict[str, str]:
    tool = asked.tool
    return {
        "target": asked.target,
        "as of": asked.as_of,
        "run": "interrupted" if asked.partial else "whole",
        "rule pack": f"{tool.rule_pack_version}, {tool.rule_count} rules ({tool.rule_pack_hash[:12]})",
    }


def _waivers(asked: Asked) -> dict[str, JudgedWaiver]:
    return {f"{item.waiver.rule} {item.waiver.id}": item for item in asked.waivers}


def _besides(own: Mapping[str, JudgedWaiver], other: Mapping[str, JudgedWaiver]) -> str:
    """The waivers that only one was handed."""
    only = sorted(own.keys() - other.keys())
    shared = len(own) - len(only)
    words = [f"{key} until {own[key].waiver.expires}" for key in only]
    return ", ".join([*([f"{shared} in both"] if shared else []), *words]) or NONE


def _cluster(report: Report) -> dict[str, str]:
    refused = next((step for step in report.path.steps if step.refused), None)
    refusal = f"{refused.kind} ({refused.refused_by or 'no rule'})" if refused else NONE
    return {
        "cluster": report.cluster.id.lower() or report.cluster.name or UNKNOWN,
        "API server": report.server or UNKNOWN,
        **network_and_path(report),
        REFUSED_STEP: refusal if report.path.known else UNKNOWN,
        "sources not read": _listed(row.source for row in report.coverage if row.status not in ("read", "absent API")),
    }


def network_and_path(report: Report) -> dict[str, str]:
    """What the cluster's network is, and the way from there."""
    state = report.observed
    return {
        "network plugin": state.plugin,
        "IPAM mode": state.ipam,
        "data plane": state.dataplane,
        "policy engine": state.policy,
        "pod CIDRs": _listed(state.pod_cidrs),
        "service CIDRs": _listed(state.service_cidrs),
        "Kubernetes version": state.kubernetes_version or UNKNOWN,
        "path": _path(report),
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or NONE


def _path(report: Report) -> str:
    if not report.path.known:
        return UNKNOWN
    kinds = (f"{step.kind} (refused)" if step.refused else step.kind for step in report.path.steps)
    return ", ".join(kinds) or "nothing to migrate"


def _steps(report: Report) -> dict[str, str]:
    verdicts = {f"verdict of {step.kind}": step.verdict.value for step in report.path.steps}
    return verdicts | {f"command of {step.kind}": shlex.join(step.command) for step in report.path.steps}


def _pools(report: Report, other: Report) -> dict[str, str]:
    """Each pool; one line where one of the two shows none, since a cluster has pools."""
    if report.pools and other.pools:
        return {f"pool {pool.name}": _pool(pool) for pool in report.pools}
    return {"pools": _listed(pool.name for pool in report.pools) if report.pools else UNKNOWN}


def _pool(pool: PoolSummary) -> str:
    """Its shape; the nodes of an autoscaled pool come and go without anybody's doing, and only their bound counts."""
    count = UNKNOWN if pool.count is None else str(pool.count)
    nodes = f"nodes {count}" if pool.max_count is None else f"nodes up to {pool.max_count}"
    return f"{pool.mode or 'mode not known'}, {pool.os_type}, {pool.vm_size or 'size not known'}, {nodes}"


def _policies(report: Report) -> dict[str, str]:
    return {key: str(report.object_counts[key]) for key in _POLICIES if key in report.object_counts}


def _traffic(flows: tuple[StepFlows, ...]) -> dict[str, str]:
    return {f"traffic at {step.step}": _changes(step) for step in flows}


def _changes(step: StepFlows) -> str:
    unread = "; not all was read" if step.unread else ""
    return f"{step.blocked} newly blocked, {step.allowed} newly allowed, {step.unknown} unknown{unread}"
