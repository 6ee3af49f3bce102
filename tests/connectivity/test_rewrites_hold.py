"""Over random clusters: with all rewrites applied every loss is kept or has its reason, and nothing widens unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import msgspec
import yaml
from connectivity.random_steps import Step, steps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.connectivity.change import Change
from analyzer.connectivity.changes import changes
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.connectivity.ports import OTHER
from analyzer.connectivity.rewrites import Rewrite, When, rewrites
from analyzer.model.fact import Known, seen
from analyzer.model.objects import NetworkPolicy
from analyzer.model.snapshot import Snapshot

ALLOWED, BLOCKED = FlowVerdict.ALLOWED, FlowVerdict.BLOCKED
MOST_FLOWS = 200
PORTS = (("TCP", 8080), ("TCP", 8085), ("TCP", 9090), ("TCP", 443), ("UDP", 53), (OTHER, 0))
OTHERS = (
    Party(PartyKind.REMOTE_NODE, address="10.224.0.4"),
    Party(PartyKind.REMOTE_NODE, address="10.224.0.5"),
    Party(PartyKind.WORLD, address="203.0.113.9"),
    Party(PartyKind.WORLD, address="10.9.9.9"),
    Party(PartyKind.LOCAL_DNS, address="169.254.20.10"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps(), st.integers(0, 2**16))
def test_rewrites_keep_what_they_name_and_widen_nothing_unsaid(step: Step, seed: int) -> None:
    old = analyse(step.snapshot)
    found = changes(old, step.before, step.after)
    told = rewrites(old, step.before, step.after, found)
    prepared = analyse(applied(step.snapshot, [item for item in told.rewrites if item.when is When.BEFORE]))
    done = analyse(applied(step.snapshot, told.rewrites))
    kept = {place for item in told.rewrites for place in item.keeps}
    prevented = {place for item in told.rewrites for place in item.prevents}
    asked = tuple(flows(step.snapshot))
    for flow in Random(seed).sample(asked, min(len(asked), MOST_FLOWS)):
        mine = {place for place, change in enumerate(found) if holds(old, change, flow)}
        before, after = old.verdict(step.before, flow), old.verdict(step.after, flow)
        until, finally_ = prepared.verdict(step.before, flow), done.verdict(step.after, flow)
        assert finally_ is ALLOWED or not mine & kept
        assert finally_ is BLOCKED or not mine & prevented
        assert (before, finally_) != (ALLOWED, BLOCKED) or mine & told.reasons.keys()
        assert (before, after) != (ALLOWED, ALLOWED) or finally_ is ALLOWED
        assert before is not ALLOWED or until is ALLOWED
        if until is not BLOCKED and before is BLOCKED:
            assert any(is_declared(flow, item.widens, "Until") for item in told.rewrites)
        if finally_ is not BLOCKED and after is BLOCKED and before is not ALLOWED:
            assert any(is_declared(flow, item.widens, "After") for item in told.rewrites)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps())
def test_each_lost_change_is_kept_or_has_its_reason(step: Step) -> None:
    old = analyse(step.snapshot)
    found = changes(old, step.before, step.after)
    told = rewrites(old, step.before, step.after, found)
    kept = {place for item in told.rewrites for place in item.keeps}
    lost = {place for place, change in enumerate(found) if change.kind.value == "newly blocked"}
    assert kept | told.reasons.keys() == lost
    assert not kept & told.reasons.keys()


def applied(snapshot: Snapshot, found: Iterable[Rewrite]) -> Snapshot:
    """The cluster after kubectl has read the manifests' text."""
    kubernetes = {(policy.namespace, policy.name): policy for policy in seen(snapshot.network_policies)}
    own = list(seen(snapshot.cilium_policies))
    for item in found:
        manifest: Any = msgspec.convert(yaml.safe_load(item.text), type(item.manifest))
        assert manifest == item.manifest
        if isinstance(manifest, NetworkPolicy):
            assert ((manifest.namespace, manifest.name) in kubernetes) is item.replaces
            kubernetes[manifest.namespace, manifest.name] = manifest
        else:
            own.append(manifest)
    policies = Known(tuple(kubernetes.values()))
    return replace(snapshot, network_policies=policies, cilium_policies=Known(tuple(own)))


def flows(snapshot: Snapshot) -> Iterator[Flow]:
    pods = [Party(PartyKind.POD, pod) for pod in seen(snapshot.pods)]
    for one, other in product(pods, pods):
        if one is not other:
            yield from (Flow(one, other, *port) for port in PORTS)
    for pod in pods:
        own = pod.pod.spec.node_name if pod.pod else ""
        address = "10.224.0.4" if own == "n0" else "10.224.0.5"
        for other in (Party(PartyKind.OWN_NODE, address=address), *OTHERS):
            if other.kind is PartyKind.REMOTE_NODE and other.address == address:
                continue
            for port in PORTS:
                yield Flow(pod, other, *port)
                if other.kind is not PartyKind.LOCAL_DNS:
                    yield Flow(other, pod, *port)


def holds(analysis: Analysis, change: Change, flow: Flow) -> bool:
    return (
        change.way is Way.DIRECT
        and bool(analysis.bit_of(flow.source) & change.sources)
        and bool(analysis.bit_of(flow.destination) & change.destinations)
        and change.ports.holds(flow.protocol, flow.port)
    )


def is_declared(flow: Flow, words: str, when: str) -> bool:
    """Whether a sentence about that time names both ends."""
    sentences = [part for part in words.split(". ") if part.startswith((when, "It "))]
    ends = (flow.source, flow.destination)
    return any("more of this kind" in text or all(_is_named(end, text) for end in ends) for text in sentences)


def _is_named(end: Party, text: str) -> bool:
    if end.pod is not None:
        return f"{end.pod.namespace}/{end.pod.name}" in text or f"every pod of {end.pod.namespace}" in text
    words = {
        PartyKind.OWN_NODE: "own node",
        PartyKind.REMOTE_NODE: "other node",
        PartyKind.LOCAL_DNS: "DNS",
        PartyKind.WORLD: ".",
    }
    return words[end.kind] in text or "outside" in text
