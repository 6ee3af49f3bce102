"""The engines over whole networks against one flow at a time, and what holds of any engine.

AKS_PREFLIGHT_EXAMPLES sets on how many networks; what holds of any engine is tried on a third of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import Random

import msgspec
from connectivity.naive.blocks import is_ipv6
from connectivity.naive.labels import peers_of, policy_has_invalid_value
from connectivity.naive.network import INGRESS, Network, same_pod
from connectivity.naive.verdicts import verdict
from connectivity.random_flows import flows
from connectivity.random_kubernetes import EGRESS_RULES, INGRESS_RULES
from connectivity.random_networks import networks, snapshot_of
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.flow import Flow, FlowVerdict, PartyKind, Way
from analyzer.model.objects import EgressRule, IngressRule, NetworkPolicy
from analyzer.model.version import Version

EXAMPLES = int(os.environ.get("AKS_PREFLIGHT_EXAMPLES", "150"))
FLOWS = 30
"""Of each network, for each engine."""
OLD_CILIUM = Cilium(Version(1, 14, 20))
CILIUM = Cilium(Version(1, 17, 9))
ENGINES: tuple[Settings, ...] = (
    NoEngine(),
    Npm(False, True),
    Npm(False, False),
    Npm(True, None),
    Calico(),
    OLD_CILIUM,
    Cilium(Version(1, 16, 16)),
    CILIUM,
    Cilium(Version(1, 18, 6)),
    Cilium(Version(1, 17, 9), ("k8s:app", "k8s:!tier")),
)
MIGRATIONS: tuple[tuple[Settings, Settings], ...] = (
    (NoEngine(), CILIUM),
    (Npm(False, True), CILIUM),
    (Npm(None, None), Cilium(Version(1, 16, 16))),
    (Calico(), CILIUM),
    (Calico(), OLD_CILIUM),
)
WITHOUT_DOUBT: tuple[Settings, ...] = (NoEngine(), Npm(False, False), Calico(), CILIUM, ENGINES[-1])
"""Before Cilium 1.16 two policies may stand or fall together, which no engine here sees."""

SEEDS = st.integers(0, 2**32)
_QUIETLY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
every_network = settings(max_examples=EXAMPLES, suppress_health_check=_QUIETLY, phases=_PHASES)
some_networks = settings(every_network, max_examples=max(1, EXAMPLES // 3))


@every_network
@given(networks(), SEEDS)
def test_the_engines_agree_with_one_flow_at_a_time(network: Network, seed: int) -> None:
    asked = flows(network, Random(seed), FLOWS * len(ENGINES))
    analysis = analyse(snapshot_of(network))
    for number, engine in enumerate(ENGINES):
        for flow in asked[number :: len(ENGINES)]:
            found, expected = analysis.verdict(engine, flow), verdict(network, engine, flow)
            assert found is expected or _may_know_less(engine, flow, found), _described(
                network, engine, flow, (found, expected)
            )


def _may_know_less(engine: Settings, flow: Flow, found: FlowVerdict) -> bool:
    """Where the rows say unknown, an engine may say so oftener than what the readings of a row differ in.

    Rows 11 and 12: it looks at one policy at a time, and does not see that two of them stand or fall together. Row 39:
    it asks less closely whom the control plane may be taken for.
    """
    has_doubts = engine in (Calico(), OLD_CILIUM) or flow.source.kind is PartyKind.API_SERVER
    return has_doubts and found is FlowVerdict.UNKNOWN


def _described(network: Network, engine: Settings, flow: Flow, verdicts: tuple[FlowVerdict, FlowVerdict]) -> str:
    """One flow that the two see differently, with all policies that may concern it."""
    near = {end.pod.namespace for end in (flow.source, flow.destination) if end.pod} | {""}
    policies = (*network.policies, *network.cilium, *network.calico)
    lines = [f"{engine}", f"{flow}", f"engine: {verdicts[0]}, one flow at a time: {verdicts[1]}"]
    lines += [msgspec.json.encode(policy).decode() for policy in policies if policy.namespace in near]
    return "\n".join(lines)


@some_networks
@given(networks(most_pods=12), SEEDS)
def test_changes_are_the_flows_whose_verdict_differs_or_is_unknown(network: Network, seed: int) -> None:
    asked = _direct(network, seed, FLOWS * len(MIGRATIONS))
    if not _declares_sctp(network):
        # changes leave out a protocol that nothing in the cluster uses
        asked = tuple(flow for flow in asked if flow.protocol != "SCTP")
    analysis = analyse(snapshot_of(network))
    for number, (before, after) in enumerate(MIGRATIONS):
        found = changes(analysis, before, after)
        for flow in asked[number :: len(MIGRATIONS)]:
            verdicts = analysis.verdict(before, flow), analysis.verdict(after, flow)
            kinds = [change.kind for change in found if _holds(analysis, change, flow)]
            assert kinds == _kinds(*verdicts), _described(network, after, flow, verdicts)


def _declares_sctp(network: Network) -> bool:
    live = (pod for pod in network.pods if not pod.spec.host_network and not pod.has_ended)
    return any(port.protocol == "SCTP" for pod in live for item in pod.spec.containers for port in item.ports)


def _direct(network: Network, seed: int, most: int) -> tuple[Flow, ...]:
    """Without those from a pod to itself: pods that are alike share one place in a change."""
    every = flows(network, Random(seed), 4 * most)
    return tuple(flow for flow in every if flow.way is Way.DIRECT and not same_pod(flow))[:most]


def _kinds(before: FlowVerdict, after: FlowVerdict) -> list[ChangeKind]:
    if FlowVerdict.UNKNOWN in (before, after):
        return [ChangeKind.UNKNOWN]
    if before is after:
        return []
    return [ChangeKind.ALLOWED if after is FlowVerdict.ALLOWED else ChangeKind.BLOCKED]


def _holds(analysis: Analysis, change: Change, flow: Flow) -> bool:
    return (
        (change.way, change.family) == (flow.way, flow.family)
        and bool(change.sources & analysis.bit_of(flow.source, flow.family))
        and bool(change.destinations & analysis.bit_of(flow.destination, flow.family))
        and change.ports.holds(flow.protocol, flow.port)
    )


@some_networks
@given(networks(), st.data(), SEEDS)
def test_a_rule_more_never_removes_a_flow(network: Network, data: st.DataObject, seed: int) -> None:
    """Rows 11 and 18: but one that NPM cannot read takes the whole policy with it, and Calico's answer is not known."""
    assume(network.policies)
    chosen = data.draw(st.integers(0, len(network.policies) - 1))
    policy = network.policies[chosen]
    if INGRESS in policy.types:
        wider = _with_ingress(policy, data.draw(INGRESS_RULES))
    else:
        wider = _with_egress(policy, data.draw(EGRESS_RULES))
    after = _with_policies(network, (*network.policies[:chosen], wider, *network.policies[chosen + 1 :]))
    order = (FlowVerdict.BLOCKED, FlowVerdict.UNKNOWN, FlowVerdict.ALLOWED)
    for engine, flow, verdicts in _side_by_side(network, after, seed, _readable(wider)):
        assert order.index(verdicts[0]) <= order.index(verdicts[1]), _described(after, engine, flow, verdicts)


@some_networks
@given(networks(), SEEDS)
def test_a_policy_may_be_split_into_one_for_each_rule(network: Network, seed: int) -> None:
    """Rows 11 and 18: but for what cannot be read, which then takes only its own part with it."""
    after = _with_policies(network, tuple(part for policy in network.policies for part in _parts(policy)))
    for engine, flow, verdicts in _side_by_side(network, after, seed, _readable(*network.policies)):
        assert verdicts[0] is verdicts[1], _described(network, engine, flow, verdicts)


@some_networks
@given(networks(), SEEDS)
def test_the_order_of_objects_does_not_matter(network: Network, seed: int) -> None:
    after = _shuffled(network, Random(seed))
    for engine, flow, verdicts in _side_by_side(network, after, seed, ENGINES):
        assert verdicts[0] is verdicts[1], _described(network, engine, flow, verdicts)
    both = analyse(snapshot_of(network)), analyse(snapshot_of(after))
    asked = _direct(network, seed, FLOWS)
    for before, target in MIGRATIONS[1:4]:
        first, second = (changes(analysis, before, target) for analysis in both)
        assert _extent(first) == _extent(second)
        for flow in asked:
            found = [
                [(change.kind, change.row) for change in listed if _holds(analysis, change, flow)]
                for analysis, listed in zip(both, (first, second), strict=True)
            ]
            assert found[0] == found[1], f"{before} {target} {flow}"


def _extent(found: tuple[Change, ...]) -> Counter[tuple[ChangeKind, Way, int, int]]:
    """How many flows change in each way, for each row."""
    counted: Counter[tuple[ChangeKind, Way, int, int]] = Counter()
    for change in found:
        counted[change.kind, change.way, change.family, change.row] += change.flow_count
    return counted


def _side_by_side(
    first: Network, second: Network, seed: int, engines: tuple[Settings, ...]
) -> Iterator[tuple[Settings, Flow, tuple[FlowVerdict, FlowVerdict]]]:
    """What two networks of the same pods say of the same flows."""
    asked = flows(first, Random(seed), FLOWS * len(engines))
    one, other = analyse(snapshot_of(first)), analyse(snapshot_of(second))
    for number, engine in enumerate(engines):
        for flow in asked[number :: len(engines)]:
            yield engine, flow, (one.verdict(engine, flow), other.verdict(engine, flow))


def _readable(*policies: NetworkPolicy) -> tuple[Settings, ...]:
    """The engines that read all of these policies."""
    invalid = any(map(policy_has_invalid_value, policies))
    ipv6 = any(map(_has_ipv6_block, policies))
    return tuple(
        engine
        for engine in WITHOUT_DOUBT
        if not (isinstance(engine, Npm) and (invalid or ipv6)) and not (isinstance(engine, Calico) and invalid)
    )


def _has_ipv6_block(policy: NetworkPolicy) -> bool:
    return any(peer.ip_block is not None and is_ipv6(peer.ip_block.cidr) for peer in peers_of(policy, policy.types))


def _parts(policy: NetworkPolicy) -> tuple[NetworkPolicy, ...]:
    """Each with one rule, and all with the policy's types."""
    rules = (*(((rule,), ()) for rule in policy.spec.ingress), *(((), (rule,)) for rule in policy.spec.egress))
    parts = tuple(
        replace(
            policy,
            metadata=replace(policy.metadata, name=f"{policy.name}-{number}"),
            spec=replace(policy.spec, policy_types=policy.types, ingress=ingress, egress=egress),
        )
        for number, (ingress, egress) in enumerate(rules)
    )
    return parts or (policy,)


def _with_ingress(policy: NetworkPolicy, rule: IngressRule) -> NetworkPolicy:
    return replace(policy, spec=replace(policy.spec, ingress=(*policy.spec.ingress, rule)))


def _with_egress(policy: NetworkPolicy, rule: EgressRule) -> NetworkPolicy:
    return replace(policy, spec=replace(policy.spec, egress=(*policy.spec.egress, rule)))


def _with_policies(network: Network, policies: tuple[NetworkPolicy, ...]) -> Network:
    return Network(**{**vars(network), "policies": policies})


def _shuffled(network: Network, random: Random) -> Network:
    return Network(**{name: tuple(random.sample(items, len(items))) for name, items in vars(network).items()})
