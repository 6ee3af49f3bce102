"""The rows of docs/semantics.md by hand: one small cluster, policies as people write them, one letter for each engine.

A stands for allowed, B for blocked, ? for unknown; in the order none, Azure NPM, Calico, Cilium 1.16, Cilium 1.17.
"""

from __future__ import annotations

import pytest
from connectivity.small_cluster import (
    BAD_VALUE,
    DB,
    DENY_IN,
    DENY_OUT,
    EGRESS,
    INGRESS,
    NOT_OPS,
    NOT_TWO,
    WEB,
    block,
    cluster,
    np,
    source_of,
    to,
)

from analyzer.connectivity.analysis import Analysis
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.connectivity.ports import OTHER
from analyzer.model.version import Version

ENGINES = (
    NoEngine(),
    Npm(chain_first=False, flattens_not_in=True),
    Calico(),
    Cilium(Version(1, 16, 16)),
    Cilium(Version(1, 17, 9)),
)
LETTERS = {FlowVerdict.ALLOWED: "A", FlowVerdict.BLOCKED: "B", FlowVerdict.UNKNOWN: "?"}
ADDRESSES = {
    "own": (PartyKind.OWN_NODE, ""),
    "other": (PartyKind.REMOTE_NODE, ""),
    "dns": (PartyKind.LOCAL_DNS, "169.254.20.10"),
    "api": (PartyKind.API_SERVER, "203.0.113.100"),
    "out": (PartyKind.WORLD, "198.51.100.7"),
    "out6": (PartyKind.WORLD, "2001:db8::7"),
    "probe": (PartyKind.WORLD, "168.63.129.16"),
}
NODES = {"n1": "10.224.0.4", "n2": "10.224.0.5"}
WAYS = {"lb": Way.ENTRANCE_LOCAL, "lb-other": Way.ENTRANCE_REMOTE, "port": Way.OTHER_NODE_PORT, "self": Way.HAIRPIN}


def verdicts(analysis: Analysis, text: str) -> str:
    """One letter for each engine, of a flow as "web>db TCP/5432", with a way or v6 behind it."""
    ends, port, *more = text.split()
    names = ends.split(">")
    protocol, _, number = port.partition("/")
    pods = {pod.name: pod for pod in analysis.population.pods}
    way = next((WAYS[word] for word in more if word in WAYS), Way.DIRECT)
    family = 6 if "v6" in more else 4

    def party(name: str, opposite: str) -> Party:
        if name in pods:
            return Party(PartyKind.POD, pods[name])
        kind, address = ADDRESSES[name]
        own = pods[opposite].spec.node_name
        if kind is PartyKind.OWN_NODE:
            address = NODES[own]
        elif kind is PartyKind.REMOTE_NODE:
            address = next(value for node, value in NODES.items() if node != own)
        return Party(kind, address=address)

    source, destination = party(names[0], names[1]), party(names[1], names[0])
    at = pods[names[1]].spec.node_name if names[1] in pods else ""
    entrance = next((address for node, address in NODES.items() if node != at), "") if way is not Way.DIRECT else ""
    flow = Flow(source, destination, OTHER if protocol == "ICMP" else protocol, int(number or 0), way, family, entrance)
    return "".join(LETTERS[analysis.verdict(engine, flow)] for engine in ENGINES)


# fmt: off
CASES = (
    pytest.param("", "web>db TCP/5432", "AAAAA", marks=pytest.mark.row(1), id="1-open"),
    pytest.param(DENY_IN, "web>solo TCP/80", "AAAAA", marks=pytest.mark.row(1), id="1-not-selected"),
    pytest.param(DENY_IN, "web>db TCP/5432", "ABBBB", marks=pytest.mark.row(2), id="2-denied"),
    pytest.param(DENY_IN + source_of("{podSelector: {}}"), "web>db TCP/5432", "AAAAA", marks=pytest.mark.row(2), id="2-union"),
    pytest.param(np(f"{WEB}, {INGRESS}, egress: [{{to: [{{podSelector: {{}}}}]}}]"), "web>agent TCP/80", "AAABB", marks=pytest.mark.row(3), id="3-extra-egress"),
    pytest.param(np(f"{WEB}, {INGRESS}, egress: [{{to: [{{podSelector: {{}}}}]}}]"), "web>db TCP/80", "AAAAA", marks=pytest.mark.row(3), id="3-extra-admits"),
    pytest.param(np(f"{DB}, {EGRESS}, ingress: [{{from: [{{podSelector: {{}}}}]}}]"), "agent>db TCP/80", "AAABB", marks=pytest.mark.row(3), id="3-extra-ingress"),
    pytest.param(np(f"{DB}, {INGRESS}, egress: []"), "db>out TCP/443", "AAAAA", marks=pytest.mark.row(3), id="3-empty-is-nothing"),
    pytest.param(np(WEB), "db>web TCP/80", "ABBBB", marks=pytest.mark.row(4), id="4-ingress"),
    pytest.param(np(WEB), "web>db TCP/80", "AAAAA", marks=pytest.mark.row(4), id="4-no-egress"),
    pytest.param(np(f"{WEB}, egress: [{{to: [{{podSelector: {{}}}}]}}]"), "web>agent TCP/80", "ABBBB", marks=pytest.mark.row(4), id="4-egress-rules"),
    pytest.param(to("{podSelector: {}}"), "web>db TCP/80", "AAAAA", marks=pytest.mark.row(5), id="5-own-namespace"),
    pytest.param(to("{podSelector: {}}"), "web>agent TCP/80", "ABBBB", marks=pytest.mark.row(5), id="5-another"),
    pytest.param(to("{namespaceSelector: {}}"), "web>agent TCP/80", "AAAAA", marks=pytest.mark.row(6), id="6-pods"),
    pytest.param(to("{namespaceSelector: {}}"), "web>out TCP/443", "ABBBB", marks=pytest.mark.row(6), id="6-outside"),
    pytest.param(to("{namespaceSelector: {}}"), "web>other TCP/80", "ABBBB", marks=pytest.mark.row(6, 32), id="6-nodes"),
    pytest.param(to("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}"), "web>agent TCP/80", "AAAAA", marks=pytest.mark.row(7), id="7-named"),
    pytest.param(to("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}"), "web>solo TCP/80", "ABBBB", marks=pytest.mark.row(7), id="7-others"),
    pytest.param(to(NOT_OPS), "web>solo TCP/80", "AAAAA", marks=pytest.mark.row(8), id="8-pods"),
    pytest.param(to(NOT_OPS), "web>agent TCP/80", "ABBBB", marks=pytest.mark.row(8), id="8-excluded"),
    pytest.param(to(NOT_OPS), "web>out TCP/443", "AABAA", marks=pytest.mark.row(8), id="8-outside"),
    pytest.param(to(NOT_OPS), "web>other TCP/80", "AABAA", marks=pytest.mark.row(8), id="8-nodes"),
    pytest.param(to(NOT_OPS), "web>own TCP/80", "AABAA", marks=pytest.mark.row(8, 35), id="8-own-node"),
    pytest.param(to(NOT_TWO), "web>agent TCP/80", "AABBB", marks=pytest.mark.row(9), id="9-excluded"),
    pytest.param(to(NOT_TWO), "web>solo TCP/80", "AAAAA", marks=pytest.mark.row(9), id="9-others"),
    pytest.param(to("{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db, x]}]}, namespaceSelector: {}}"), "web>solo TCP/80", "AAAAA", marks=pytest.mark.row(10), id="10-key-absent"),
    pytest.param(to("{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}, namespaceSelector: {}}"), "web>out TCP/80", "ABBBB", marks=pytest.mark.row(10), id="10-pods-only"),
    pytest.param(to(BAD_VALUE), "web>db TCP/80", "AAABB", marks=pytest.mark.row(11), id="11-matches-nobody"),
    pytest.param(to(BAD_VALUE), "web>out TCP/443", "AA?BB", marks=pytest.mark.row(11), id="11-wakes-up"),
    pytest.param(to("{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}}"), "web>db TCP/80", "AAABB", marks=pytest.mark.row(12), id="12-peer"),
    pytest.param(np(f"podSelector: {{matchLabels: {{statefulset.kubernetes.io/pod-name: db-0}}}}, {INGRESS}"), "web>db TCP/80", "ABBAA", marks=pytest.mark.row(12), id="12-subject"),
    pytest.param(to("{podSelector: {matchExpressions: [{key: statefulset.kubernetes.io/pod-name, operator: DoesNotExist}]}}"), "web>db TCP/80", "ABBAA", marks=pytest.mark.row(12), id="12-negative"),
    pytest.param(to(block("10.244.0.0/16")), "web>db TCP/80", "AAABB", marks=pytest.mark.row(13), id="13-egress"),
    pytest.param(source_of(block("10.244.0.0/16")), "web>db TCP/80", "AAABB", marks=pytest.mark.row(13), id="13-ingress"),
    pytest.param(to(block("10.224.0.0/16")), "web>other TCP/80", "AAABB", marks=pytest.mark.row(14, 33), id="14-egress"),
    pytest.param(to(block("10.224.0.0/16", "10.224.0.5/32")), "web>other TCP/80", "ABBBB", marks=pytest.mark.row(14), id="14-excepted"),
    pytest.param(to(block("10.224.0.0/16")), "web>own TCP/80", "AAABB", marks=pytest.mark.row(15), id="15-own-node"),
    pytest.param(to(block("0.0.0.0/0", "198.51.100.0/24")), "web>out TCP/443", "ABBBB", marks=pytest.mark.row(16), id="16-except"),
    pytest.param(to(block("198.51.100.0/24")), "web>out TCP/443", "AAAAA", marks=pytest.mark.row(16, 57), id="16-outside"),
    pytest.param(to(block("0.0.0.0/0", "198.51.100.0/24"), block("198.51.100.7/32")), "web>out TCP/443", "AAAAA", marks=pytest.mark.row(16), id="16-another-block"),
    pytest.param(to(block("10.0.0.10/32")), "web>db TCP/5432", "ABBBB", marks=pytest.mark.row(17), id="17-cluster-ip"),
    pytest.param(to(block("fd00::/8"), block("10.0.0.0/8")), "web>out TCP/443", "AABBB", marks=pytest.mark.row(18), id="18-wakes-up"),
    pytest.param(DENY_OUT, "web>out6 TCP/443 v6", "AABBB", marks=pytest.mark.row(19), id="19-egress"),
    pytest.param(DENY_IN, "web>db TCP/80 v6", "AABBB", marks=pytest.mark.row(19), id="19-pods"),
    pytest.param(to(block("2001:db8::/32")), "web>out6 TCP/443 v6", "AAAAA", marks=pytest.mark.row(16, 19), id="19-ipv6-block"),
    pytest.param(np(f"{WEB}, {EGRESS}, egress: [{{ports: [{{port: 443}}]}}]"), "web>other TCP/443", "AAAAA", marks=pytest.mark.row(20), id="20-everybody"),
    pytest.param(np(f"{WEB}, {EGRESS}, egress: [{{ports: [{{port: 443}}]}}]"), "web>api TCP/443", "AAAAA", marks=pytest.mark.row(20, 38), id="20-api"),
    pytest.param(np(f"{WEB}, {EGRESS}, egress: [{{to: [], ports: [{{port: 443}}]}}]"), "web>out TCP/443", "AAAAA", marks=pytest.mark.row(21), id="21-empty-list"),
    pytest.param(to("{podSelector: {}}", ports="{protocol: UDP}"), "web>db UDP/9", "AAAAA", marks=pytest.mark.row(22), id="22-udp"),
    pytest.param(to("{podSelector: {}}", ports="{protocol: UDP}"), "web>db TCP/9", "ABBBB", marks=pytest.mark.row(22), id="22-tcp"),
    pytest.param(to("{podSelector: {}}", ports="{port: 80, endPort: 90}"), "web>db TCP/80", "AAAAA", marks=pytest.mark.row(24), id="24-first"),
    pytest.param(to("{podSelector: {}}", ports="{port: 80, endPort: 90}"), "web>db TCP/85", "AAABA", marks=pytest.mark.row(24), id="24-rest"),
    pytest.param(source_of("{podSelector: {}}", ports="{port: pg}"), "web>db TCP/5432", "AAAAA", marks=pytest.mark.row(25), id="25-own-number"),
    pytest.param(source_of("{podSelector: {}}", ports="{port: pg}"), "web>db TCP/6432", "ABBBB", marks=pytest.mark.row(25), id="25-another-pods"),
    pytest.param(to("{namespaceSelector: {}}", ports="{port: pg}"), "web>db TCP/5432", "AAABB", marks=pytest.mark.row(26), id="26-several"),
    pytest.param(to("{namespaceSelector: {}}", ports="{port: only}"), "web>db TCP/7000", "AAAAA", marks=pytest.mark.row(27, 48), id="27-defines-it"),
    pytest.param(to("{namespaceSelector: {}}", ports="{port: only}"), "web>agent TCP/7000", "ABBAA", marks=pytest.mark.row(27), id="27-does-not"),
    pytest.param(np(f"{WEB}, {EGRESS}, egress: [{{ports: [{{port: only}}]}}]"), "web>out TCP/7000", "ABBAA", marks=pytest.mark.row(27), id="27-outside"),
    pytest.param(to("{namespaceSelector: {}}", ports="{port: gone}"), "web>db TCP/5432", "ABBBB", marks=pytest.mark.row(28), id="28-nobody"),
    pytest.param("", "web>db SCTP/3868", "AAABB", marks=pytest.mark.row(29, 63), id="29-no-policy"),
    pytest.param(to("{podSelector: {}}", ports="{protocol: SCTP, port: 3868}"), "web>db SCTP/3868", "AAABB", marks=pytest.mark.row(29), id="29-admitted"),
    pytest.param(to("{podSelector: {}}", ports="{protocol: SCTP, port: 3868}"), "web>db SCTP/1", "ABBBB", marks=pytest.mark.row(29), id="29-refused"),
    pytest.param(to("{podSelector: {}}"), "web>db ICMP", "AAAAA", marks=pytest.mark.row(30), id="30-no-ports"),
    pytest.param(to("{podSelector: {}}", ports="{protocol: TCP}"), "web>db ICMP", "ABBBB", marks=pytest.mark.row(30), id="30-ports"),
    pytest.param("- {kind: NetworkPolicy, metadata: {namespace: ops}, spec: {podSelector: {matchLabels: {app: exporter}}}}\n", "web>other TCP/9100", "AAAAA", marks=pytest.mark.row(31), id="31-subject"),
    pytest.param(to("{namespaceSelector: {}, podSelector: {matchLabels: {app: exporter}}}"), "web>other TCP/9100", "ABBBB", marks=pytest.mark.row(32), id="32-peer"),
    pytest.param(source_of(block("10.224.0.4/32")), "other>db TCP/80", "AAABB", marks=pytest.mark.row(33, 36), id="33-ingress"),
    pytest.param(DENY_IN, "own>db TCP/80", "AAAAA", marks=pytest.mark.row(34), id="34-probes"),
    pytest.param(DENY_OUT, "web>own TCP/10250", "AABBB", marks=pytest.mark.row(35), id="35-kubelet"),
    pytest.param(np(f"{WEB}, {EGRESS}, egress: [{{}}]"), "web>own TCP/10250", "AAAAA", marks=pytest.mark.row(35), id="35-open"),
    pytest.param(DENY_IN, "other>db TCP/80", "ABBBB", marks=pytest.mark.row(36), id="36-denied"),
    pytest.param(np(f"{DB}, {INGRESS}, ingress: [{{}}]"), "other>db TCP/80", "AAAAA", marks=pytest.mark.row(36), id="36-open"),
    pytest.param(DENY_OUT, "web>dns UDP/53", "AABBB", marks=pytest.mark.row(37), id="37-denied"),
    pytest.param(to(block("169.254.20.10/32")), "web>dns UDP/53", "AAAAB", marks=pytest.mark.row(37), id="37-by-block"),
    pytest.param(to(block("203.0.113.0/24")), "web>api TCP/443", "AAA??", marks=pytest.mark.row(38), id="38-by-block"),
    pytest.param(DENY_OUT, "web>api TCP/443", "ABBBB", marks=pytest.mark.row(38), id="38-denied"),
    pytest.param(DENY_IN, "api>db TCP/80", "A????", marks=pytest.mark.row(39), id="39-denied"),
    pytest.param(source_of(block("203.0.113.0/24")), "api>db TCP/80", "A????", marks=pytest.mark.row(39), id="39-by-block"),
    pytest.param(np(f"{DB}, {INGRESS}, ingress: [{{}}]"), "api>db TCP/80", "AAAAA", marks=pytest.mark.row(39), id="39-open"),
    pytest.param("- {kind: CalicoPolicy, spec: {selector: app == 'db', order: 10, types: [Ingress], ingress: [{action: Deny}]}}\n", "web>db TCP/80", "AABAA", marks=pytest.mark.row(40), id="40-deny"),
    pytest.param(DENY_IN + "- {kind: CalicoPolicy, spec: {selector: app == 'db', order: 10, types: [Ingress], ingress: [{action: Allow}]}}\n", "web>db TCP/80", "ABABB", marks=pytest.mark.row(40), id="40-rescued"),
    pytest.param(DENY_IN + "- {kind: CalicoPolicy, spec: {selector: app == 'db', order: 2000, types: [Ingress], ingress: [{action: Allow}]}}\n", "web>db TCP/80", "ABABB", marks=pytest.mark.row(40), id="40-later-order"),
    pytest.param("- {kind: CiliumNetworkPolicy, spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: x}}]}]}}\n", "web>db TCP/80", "AAABB", marks=pytest.mark.row(41), id="41-isolates"),
    pytest.param(DENY_OUT + "- {kind: CiliumNetworkPolicy, spec: {endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [host]}]}}\n", "web>own TCP/10250", "AABAA", marks=pytest.mark.row(35, 41), id="41-host"),
    pytest.param(DENY_OUT + "- {kind: CiliumNetworkPolicy, spec: {endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [remote-node]}]}}\n", "web>other TCP/80", "ABBAA", marks=pytest.mark.row(14, 41), id="41-remote-node"),
    pytest.param("- {kind: CiliumNetworkPolicy, spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{}]}}\n", "web>db TCP/80", "AAABB", marks=pytest.mark.row(46), id="46-empty-rule"),
    pytest.param(DENY_IN, "new>db TCP/80", "ABBBB", marks=pytest.mark.row(49), id="49-by-labels"),
    pytest.param(source_of(block("10.244.0.0/16")), "new>db TCP/80", "ABBBB", marks=pytest.mark.row(49), id="49-no-address"),
    pytest.param(np(f"{DB}, policyTypes: [Ingress, Egress]"), "db>db TCP/80", "AAAAA", marks=pytest.mark.row(50), id="50-itself"),
    pytest.param(np(f"{DB}, policyTypes: [Ingress, Egress]"), "db>db TCP/80 self", "AA?AA", marks=pytest.mark.row(51), id="51-hairpin"),
    pytest.param(DENY_IN, "out>db TCP/5432 lb", "AABBB", marks=pytest.mark.row(52), id="52-local"),
    pytest.param(DENY_IN, "out>db TCP/5432 lb-other", "AABBB", marks=pytest.mark.row(52), id="52-remote"),
    pytest.param(source_of(block("0.0.0.0/0")), "out>db TCP/5432 lb", "AAAAA", marks=pytest.mark.row(52), id="52-block-local"),
    pytest.param(source_of(block("0.0.0.0/0")), "out>db TCP/5432 lb-other", "AAABB", marks=pytest.mark.row(52), id="52-block-remote"),
    pytest.param(source_of(block("198.51.100.0/24")), "probe>db TCP/5432 lb", "AABBB", marks=pytest.mark.row(53), id="53-probe"),
    pytest.param(source_of(block("198.51.100.0/24")), "out>db TCP/5432", "AAAAA", marks=pytest.mark.row(54), id="54-client"),
    pytest.param(DENY_IN, "out>db TCP/5432", "ABBBB", marks=pytest.mark.row(54), id="54-denied"),
    pytest.param(DENY_IN, "solo>db TCP/5432 lb", "AABBB", marks=pytest.mark.row(55), id="55-own-node"),
    pytest.param(DENY_IN, "web>db TCP/5432 lb-other", "ABBBB", marks=pytest.mark.row(55), id="55-another-node"),
    pytest.param(source_of("{podSelector: {}}"), "web>db TCP/5432 lb-other", "ABBAA", marks=pytest.mark.row(55), id="55-admitted"),
    pytest.param(source_of("{podSelector: {}}"), "web>db TCP/5432 port", "ABBBB", marks=pytest.mark.row(55), id="55-another-nodes-port"),
    pytest.param(source_of("{podSelector: {}}"), "web>db TCP/5432", "AAAAA", marks=pytest.mark.row(56), id="56-pod-to-pod"),
)
# fmt: on


@pytest.mark.parametrize(("given", "flow", "then"), CASES)
def test_each_engine_does_with_a_flow_what_the_row_says(given: str, flow: str, then: str) -> None:
    assert verdicts(cluster(given), flow) == then


@pytest.mark.row(9)
def test_an_image_that_was_not_read_leaves_the_flattened_part_unknown() -> None:
    analysis = cluster(to(NOT_TWO))
    pods = {pod.name: pod for pod in analysis.population.pods}
    flow = Flow(Party(PartyKind.POD, pods["web"]), Party(PartyKind.POD, pods["agent"]), "TCP", 80)
    found = [analysis.verdict(Npm(False, flattens), flow) for flattens in (True, None, False)]
    assert found == [FlowVerdict.ALLOWED, FlowVerdict.UNKNOWN, FlowVerdict.BLOCKED]


@pytest.mark.row(52, 55)
def test_npm_filters_at_the_entrance_where_its_chain_is_first_and_nobody_knows_where_that_was_not_read() -> None:
    analysis = cluster(DENY_IN)
    pods = {pod.name: pod for pod in analysis.population.pods}
    client = Party(PartyKind.WORLD, address="198.51.100.7")
    flow = Flow(client, Party(PartyKind.POD, pods["db"]), "TCP", 5432, Way.ENTRANCE_LOCAL)
    found = [analysis.verdict(Npm(first, False), flow) for first in (False, None, True)]
    assert found == [FlowVerdict.ALLOWED, FlowVerdict.UNKNOWN, FlowVerdict.BLOCKED]


@pytest.mark.row(12)
def test_a_label_that_only_some_patches_leave_out_is_unknown() -> None:
    analysis = cluster(to("{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}}"))
    pods = {pod.name: pod for pod in analysis.population.pods}
    flow = Flow(Party(PartyKind.POD, pods["web"]), Party(PartyKind.POD, pods["db"]), "TCP", 80)
    assert analysis.verdict(Cilium(Version(1, 14, 20)), flow) is FlowVerdict.UNKNOWN


def told(given: str, before: object, after: object) -> list[tuple[str, str, int, str, tuple[str, ...]]]:
    """Kind, way, row, ports and the pods at the destination of each change of IPv4."""
    analysis = cluster(given)
    population = analysis.parties().population
    return [
        (
            item.kind.value,
            item.way.value,
            item.row,
            str(item.ports),
            tuple(
                sorted(
                    population.pods[place].name
                    for place in population.pods_of(item.destinations & analysis.parties().pods)
                )
            ),
        )
        for item in changes(analysis, before, after)  # type: ignore[arg-type]
        if item.family == 4
    ]


DNS_SERVICE = """
- kind: Service
  metadata: {name: dns, namespace: shop}
  spec:
    type: NodePort
    selector: {app: db}
    ports: [{name: udp, port: 53, protocol: UDP, nodePort: 30053}, {name: tcp, port: 53, protocol: TCP, nodePort: 30053}]
"""


@pytest.mark.row(62)
def test_one_number_with_two_protocols_is_unknown_before_cilium_1_17_and_fine_from_then_on() -> None:
    assert told(DNS_SERVICE, NoEngine(), Cilium(Version(1, 16, 16))) == [
        ("unknown", "through its own node", 62, "TCP 53", ("db",)),
        ("unknown", "through its own node", 62, "UDP 53", ("db",)),
    ]
    assert told(DNS_SERVICE, NoEngine(), Cilium(Version(1, 17, 9))) == []


SCTP_SERVICE = """
- kind: Service
  metadata: {name: diameter, namespace: shop}
  spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 3868, protocol: SCTP, nodePort: 30868}]}
"""


@pytest.mark.row(29, 63)
def test_sctp_is_lost_through_services_and_between_pods_where_the_cluster_uses_it() -> None:
    found = told(SCTP_SERVICE, NoEngine(), Cilium(Version(1, 17, 9)))
    assert {item[:3] for item in found} == {
        ("newly blocked", "direct", 29),
        ("newly blocked", "through its own node", 63),
        ("newly blocked", "through another node", 63),
    }
    assert told("", NoEngine(), Cilium(Version(1, 17, 9))) == []
