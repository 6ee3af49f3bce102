"""Explanations: who isolates, which rule admits or misses, and which row of the semantics decides."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from connectivity.cases import pod, policy
from msgspec import structs

from analyzer.collect.files.reading import read_files
from analyzer.connectivity.analysis import analyse
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.explain import engine_name, explain
from analyzer.connectivity.explanation import Explanation
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.model.fact import Known
from analyzer.model.objects import (
    CiliumPolicy,
    CiliumRule,
    CiliumSpec,
    ContainerPort,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    Metadata,
    Namespace,
    NetworkPolicy,
    Node,
    PolicyPeer,
    PolicyPort,
    Requirement,
)
from analyzer.model.objects.nodes import Address, NodeStatus
from analyzer.model.snapshot import Snapshot
from analyzer.model.version import Version

SAMPLES = Path(str(files("analyzer.samples")))
NPM, CALICO, CILIUM = Npm(False, False), Calico(), Cilium(Version(1, 17, 9))
WEB = pod("shop/web", "10.244.0.1", ports=(ContainerPort(8080, "http"),))
DB = pod("shop/db", "10.244.0.2", ports=(ContainerPort(5432, "sql"),))
LOG = pod("ops/log", "10.244.0.3", ports=(ContainerPort(9000, "sql"),))
EVERYONE = LabelSelector()
OUTSIDE = Party(PartyKind.WORLD, address="203.0.113.9")
OWN, OTHER = Party(PartyKind.OWN_NODE, address="10.0.0.4"), Party(PartyKind.REMOTE_NODE, address="10.0.0.5")


def of(item: object) -> Party:
    return Party(PartyKind.POD, item)  # type: ignore[arg-type]


def app(name: str) -> LabelSelector:
    return LabelSelector({"app": name})


def to(*peers: PolicyPeer, port: int | str | None = None, end: int | None = None) -> EgressRule:
    return EgressRule(peers, (PolicyPort(port=port, end_port=end),) if port else ())


def block(cidr: str) -> PolicyPeer:
    return PolicyPeer(ip_block=IPBlock(cidr))


def node(name: str, address: str) -> Node:
    return Node(Metadata(name=name), status=NodeStatus((Address("InternalIP", address),)))


def told(settings: Settings, flow: Flow, *policies: NetworkPolicy | CiliumPolicy) -> list[str]:
    """The explanation, a line for each thing that it says."""
    spaces = tuple(Namespace(Metadata(name=name)) for name in ("ops", "shop"))
    snapshot = Snapshot(
        pods=Known((LOG, DB, WEB)),
        namespaces=Known(spaces),
        nodes=Known((node("one", "10.0.0.4"), node("two", "10.0.0.5"))),
        network_policies=Known(tuple(item for item in policies if isinstance(item, NetworkPolicy))),
        cilium_policies=Known(tuple(item for item in policies if isinstance(item, CiliumPolicy))),
        cilium_clusterwide_policies=Known(()),
        calico_policies=Known(()),
        calico_global_policies=Known(()),
        calico_network_sets=Known(()),
        calico_global_network_sets=Known(()),
        calico_tiers=Known(()),
    )
    return list(_lines(explain(analyse(snapshot), settings, flow)))


def _lines(item: Explanation) -> list[str]:
    said = [f"{item.verdict} {item.row} {item.reason}".strip()]
    for side in item.sides:
        said.append(f"{side.direction} {side.verdict} {side.row} {side.reason}")
        said += [f"- {policy.policy.name} {policy.effect} {policy.row}" for policy in side.policies]
        said += [f"- {rule.policy.name} {rule.where} {rule.effect} {rule.row}" for rule in side.rules]
    return said


def only(found: NetworkPolicy, *types: str) -> NetworkPolicy:
    """The policy with other policyTypes than its rules."""
    return structs.replace(found, spec=structs.replace(found.spec, policy_types=types))


ADMITTED = "A rule admits it."
ISOLATED = "The pod is isolated, and no rule admits it."
FREE = "No policy isolates the pod."
NEVER = "Such traffic is never filtered."
WITHOUT_A_RULE = "Such traffic is admitted without a rule."
WEB_TO_DB = Flow(of(WEB), of(DB), "TCP", 5432)

TOLD: dict[str, tuple[Settings, Flow, list[NetworkPolicy | CiliumPolicy], list[str]]] = {
    "nothing enforces": (
        NoEngine(),
        WEB_TO_DB,
        [policy("shop/deny", EVERYONE, egress=())],
        ["allowed 0 Nothing enforces policies."],
    ),
    "both ends": (
        NPM,
        WEB_TO_DB,
        [
            policy("shop/deny", EVERYONE, (), ()),
            policy("shop/web", app("web"), egress=(to(block("10.9.0.0/16")), to(PolicyPeer(app("db")), port=5432))),
        ],
        [
            "blocked 0",
            f"Egress allowed 0 {ADMITTED}",
            "- deny isolates it 0",
            "- web isolates it 0",
            "- web spec.egress[1].to[0] admits 0",
            f"Ingress blocked 0 {ISOLATED}",
            "- deny isolates it 0",
        ],
    ),
    "a pod by its address": (
        CILIUM,
        WEB_TO_DB,
        [policy("shop/web", app("web"), egress=(to(block("10.244.0.0/16")),))],
        [
            "blocked 0",
            f"Egress blocked 13 {ISOLATED}",
            "- web isolates it 0",
            "- web spec.egress[0].to[0] does not admit 13",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "another node by its address": (
        CILIUM,
        Flow(of(WEB), OTHER, "TCP", 9100),
        [policy("shop/web", app("web"), egress=(to(block("10.0.0.0/16")),))],
        [
            "blocked 0",
            f"Egress blocked 14 {ISOLATED}",
            "- web isolates it 0",
            "- web spec.egress[0].to[0] does not admit 14",
        ],
    ),
    "the own node": (
        CALICO,
        Flow(of(WEB), OWN, "TCP", 10250),
        [policy("shop/web", app("web"), egress=())],
        ["blocked 0", f"Egress blocked 35 {ISOLATED}", "- web isolates it 0"],
    ),
    "from the own node": (
        CILIUM,
        Flow(OWN, of(WEB), "TCP", 8080),
        [policy("shop/web", app("web"), ingress=())],
        ["allowed 0", f"Ingress allowed 34 {WITHOUT_A_RULE}", "- web isolates it 0"],
    ),
    "a range of ports": (
        Cilium(Version(1, 16, 16)),
        WEB_TO_DB,
        [policy("shop/web", app("web"), egress=(to(PolicyPeer(app("db")), port=5000, end=6000),))],
        [
            "blocked 0",
            f"Egress blocked 24 {ISOLATED}",
            "- web isolates it 0",
            "- web spec.egress[0].to[0] does not admit 24",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "a name with two numbers": (
        CILIUM,
        WEB_TO_DB,
        [policy("shop/web", app("web"), egress=(to(PolicyPeer(EVERYONE), port="sql"),))],
        [
            "blocked 0",
            f"Egress blocked 26 {ISOLATED}",
            "- web isolates it 0",
            "- web spec.egress[0].to[0] does not admit 26",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "a name that is the pod's own": (
        NPM,
        WEB_TO_DB,
        [policy("shop/web", app("web"), egress=(to(PolicyPeer(EVERYONE), port="sql"),))],
        [
            "allowed 0",
            f"Egress allowed 0 {ADMITTED}",
            "- web isolates it 0",
            "- web spec.egress[0].to[0] admits 0",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "SCTP": (
        CILIUM,
        Flow(of(WEB), of(DB), "SCTP", 5432),
        [],
        ["blocked 29 Cilium 1.17.9 does not carry SCTP at all, policies or not."],
    ),
    "to itself": (
        CILIUM,
        Flow(of(WEB), of(WEB), "TCP", 8080),
        [policy("shop/web", app("web"), ingress=())],
        ["allowed 50 A pod reaches its own address without leaving itself: no engine sees the traffic."],
    ),
    "hairpin": (
        CALICO,
        Flow(of(WEB), of(WEB), "TCP", 8080, Way.HAIRPIN),
        [policy("shop/web", app("web"), ingress=())],
        [
            "unknown 51 No source says whether Calico asks policies about traffic to itself.",
            f"Egress allowed 0 {FREE}",
            f"Ingress blocked 0 {ISOLATED}",
            "- web isolates it 0",
        ],
    ),
    "the entrance of a chain that may be first": (
        replace(NPM, chain_first=None),
        Flow(OUTSIDE, of(WEB), "TCP", 8080, Way.ENTRANCE_LOCAL),
        [policy("shop/web", app("web"), ingress=())],
        [
            "unknown 52 Whether Azure NPM sees traffic through its own node was not read.",
            "Ingress allowed 0 Its policies are not asked.",
            "- web isolates it 0",
        ],
    ),
    "another node's entrance": (
        CILIUM,
        Flow(OUTSIDE, of(WEB), "TCP", 8080, Way.ENTRANCE_REMOTE, entrance="10.0.0.5"),
        [policy("shop/web", app("web"), (IngressRule((block("0.0.0.0/0"),)),))],
        [
            "blocked 52 Traffic through another node comes with the address of the node 10.0.0.5.",
            f"Ingress blocked 36 {ISOLATED}",
            "- web isolates it 0",
            "- web spec.ingress[0].from[0] does not admit 36",
        ],
    ),
    "a policy that is passed over": (
        NPM,
        WEB_TO_DB,
        [policy("shop/web", app("web"), egress=(to(block("fd00::/8")),))],
        [
            "allowed 0",
            f"Egress allowed 0 {FREE}",
            "- web is not enforced 18",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "rules of a direction that is not named": (
        CILIUM,
        WEB_TO_DB,
        [
            only(policy("shop/web", app("web"), egress=(to(PolicyPeer(app("log"))),)), "Ingress"),
        ],
        [
            "blocked 0",
            f"Egress blocked 3 {ISOLATED}",
            "- web isolates it 3",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "a label that is no part of an identity": (
        CILIUM,
        WEB_TO_DB,
        [
            policy(
                "shop/web",
                app("web"),
                egress=(
                    to(
                        PolicyPeer(LabelSelector(match_expressions=(Requirement("pod-template-hash", "DoesNotExist"),)))
                    ),
                ),
            )
        ],
        [
            "allowed 0",
            f"Egress allowed 12 {ADMITTED}",
            "- web isolates it 0",
            "- web spec.egress[0].to[0] admits 12",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
    "a rule that refuses": (
        CILIUM,
        WEB_TO_DB,
        [
            CiliumPolicy(
                Metadata(name="no", namespace="shop"),
                api_version="cilium.io/v2",
                kind="CiliumNetworkPolicy",
                spec=CiliumSpec(
                    endpoint_selector=app("web"),
                    egress=(CiliumRule(to_endpoints=(EVERYONE,)),),
                    egress_deny=(CiliumRule(to_endpoints=(app("db"),)),),
                ),
            )
        ],
        [
            "blocked 0",
            "Egress blocked 41 A rule refuses it.",
            "- no isolates it 41",
            "- no spec.egressDeny[0] refuses 0",
            "- no spec.egress[0] admits 0",
            f"Ingress allowed 0 {FREE}",
        ],
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_an_engine_explains_what_it_does(name: str) -> None:
    settings, flow, policies, expected = TOLD[name]
    assert told(settings, flow, *policies) == expected


@pytest.mark.parametrize("sample", ["kubenet-calico-prod", "overlay-two-policies"])
@pytest.mark.parametrize("settings", [NPM, CALICO, CILIUM], ids=engine_name)
def test_what_the_ends_say_adds_up_to_the_verdict(sample: str, settings: Settings) -> None:
    """Of direct flows: refused by one end is refused, and unknown at one end unknown."""
    analysis = analyse(read_files([SAMPLES / sample]).snapshot)
    pods = [of(item) for item in analysis.parties(4).population.pods[::5]]
    seen = set()
    for source, destination, port in product(pods, (*pods, OUTSIDE, OWN), (53, 443, 8080)):
        if source == destination:
            continue
        found = explain(analysis, settings, Flow(source, destination, "TCP", port))
        verdicts = {side.verdict for side in found.sides}
        order = (FlowVerdict.BLOCKED, FlowVerdict.UNKNOWN, FlowVerdict.ALLOWED)
        assert found.verdict is next(item for item in order if item in verdicts)
        seen.add(found.verdict)
    assert {FlowVerdict.ALLOWED, FlowVerdict.BLOCKED} <= seen
