"""Cilium's own policies: whom they select, what they admit and refuse, and which of them Cilium rejects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import pytest
from connectivity.cases import names, pod, selection

from analyzer.addresses import cidrs_of
from analyzer.bits import EVERY, members
from analyzer.connectivity.enforcement import Action, Grant, NotEnforced, Section
from analyzer.connectivity.engines.cilium_policies import cilium_mentioned, rule_path, sections
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Parties, Surroundings
from analyzer.connectivity.party_fold import fold_parties
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import (
    Address,
    CiliumPolicy,
    ContainerPort,
    Metadata,
    NetworkPolicy,
    Node,
    NodeStatus,
)
from analyzer.model.source import Source
from analyzer.model.version import Version

INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
JSON = Mapping[str, object]
POD_NAME = "statefulset.kubernetes.io/pod-name"
HTTP = ContainerPort(8080, name="http")
PODS = (
    pod("shop/web", "10.244.0.1", labels={"app": "web", POD_NAME: "web-0"}, ports=(HTTP,)),
    pod("shop/db", "10.244.0.2"),
    pod("ops/web", "10.244.0.3", ports=(HTTP,)),
    pod("lab/job", "10.244.0.4"),
)
ALL_PODS = ["lab/job", "ops/web", "shop/db", "shop/web"]
CHOSEN = selection(*PODS)
AROUND = Surroundings(
    nodes=(Node(Metadata(name="n1"), status=NodeStatus((Address("InternalIP", "10.0.0.4"),))),),
    api_server=("20.1.1.1",),
    local_dns=("169.254.10.10",),
)
OUTSIDE = ["API server", "outside"]
NODES = ["own node", "remote node"]


class Shown(NamedTuple):
    """A grant in words."""

    peers: list[str]
    ports: str = "every port"
    row: int = 0
    is_sure: bool = True
    action: Action = Action.ALLOW


DOUBTFUL = Shown(["API server"], row=38, is_sure=False)
"""Whether an address means the API server."""


def cilium(minor: int = 18, *, acns: bool = False, label_filter: tuple[str, ...] = ()) -> Cilium:
    return Cilium(Version(1, minor), label_filter, acns)


def policy(*specs: JSON, namespace: str = "shop") -> CiliumPolicy:
    """`spec` where there is one; a clusterwide policy where the namespace is ""."""
    body: JSON = {"spec": specs[0]} if len(specs) == 1 else {"specs": list(specs)}
    return msgspec.convert({"metadata": {"name": "own", "namespace": namespace}, **body}, CiliumPolicy)


def for_all(**body: object) -> dict[str, object]:
    """A spec for every endpoint."""
    return {"endpointSelector": {}, **body}


def reading(*policies: CiliumPolicy) -> Reading:
    book = PolicyBook((NetworkPolicy(),), policies)
    parties = fold_parties(CHOSEN.population, AROUND, cilium_mentioned(book))
    return Reading(book, parties, CHOSEN.namespaces, CHOSEN.population)


def read(
    *policies: CiliumPolicy, settings: Cilium | None = None
) -> tuple[Parties, dict[Direction, list[Section]], list[NotEnforced]]:
    own = reading(*policies)
    return own.parties, *sections(own, settings or cilium())


def words(parties: Parties, peers: int) -> list[str]:
    """Pods by name, ranges of the outside as CIDRs unless it is all of it."""
    if peers == EVERY:
        return ["everybody"]
    assert peers & ~parties.everybody == 0
    kinds = (
        ("own node", parties.own_nodes),
        ("remote node", parties.remote_nodes),
        ("node-local DNS", parties.local_dns_parties),
        ("API server", parties.api_servers),
        ("outside", parties.outside),
    )
    found = names(parties.population, peers & parties.pods)
    found += [text for text, mask in kinds if mask and peers & mask == mask]
    if peers & parties.outside not in {0, parties.outside}:
        ranges = [parties.range_of(bit) for bit in members(peers & parties.outside)]
        found += [text for item in ranges for text in cidrs_of(item)]
    return found


def shown(parties: Parties, grant: Grant) -> Shown:
    return Shown(words(parties, grant.peers), str(grant.ports), grant.row, grant.is_sure, grant.action)


def granted(
    direction: Direction, rule: JSON, *, namespace: str = "shop", settings: Cilium | None = None
) -> list[Shown]:
    """What one rule of a policy for every endpoint grants. The section isolates."""
    spec = for_all(**{direction.value.lower(): [rule]})
    parties, found, rejected = read(policy(spec, namespace=namespace), settings=settings)
    assert rejected == []
    [section] = found[direction]
    assert section.isolates
    assert (section.tier, section.order) == (0, 1)
    return [shown(parties, grant) for grant in section.grants]


def selected(
    spec: JSON, *, namespace: str = "shop", settings: Cilium | None = None
) -> tuple[list[str], list[str], int]:
    """Whom a policy surely selects, whom it may select besides, and the row that it names."""
    parties, found, _ = read(policy({"ingress": [{}], **spec}, namespace=namespace), settings=settings)
    [section] = found[INGRESS]
    population = parties.population
    return names(population, section.subjects), names(population, section.maybe), section.row


def matching(*terms: tuple[str, str, list[str]], **labels: str) -> JSON:
    """A selector."""
    expressions = [{"key": key, "operator": operator, "values": values} for key, operator, values in terms]
    return {"matchLabels": labels, "matchExpressions": expressions}


NAMESPACE = "k8s:io.kubernetes.pod.namespace"
TEAM = "k8s:io.cilium.k8s.namespace.labels.team"


@pytest.mark.row(41)
@pytest.mark.parametrize(
    ("selector", "namespace", "expected"),
    [
        pytest.param({}, "shop", ["shop/db", "shop/web"], id="every pod of the namespace"),
        pytest.param({}, "", ALL_PODS, id="every pod of the cluster"),
        pytest.param(matching(app="web"), "shop", ["shop/web"], id="in its own namespace"),
        pytest.param(matching(**{"k8s:app": "web"}), "", ["ops/web", "shop/web"], id="everywhere"),
        pytest.param(matching(**{NAMESPACE: "ops"}), "", ["ops/web"], id="by namespace"),
        pytest.param(matching(**{NAMESPACE: "ops"}), "shop", ["shop/db", "shop/web"], id="its own goes before another"),
        pytest.param(matching(**{TEAM: "ops"}), "", ["ops/web"], id="by labels of the namespace"),
        pytest.param(matching((TEAM, "DoesNotExist", [])), "", ["lab/job"], id="by labels a namespace lacks"),
        pytest.param(matching(("reserved:host", "DoesNotExist", [])), "", ALL_PODS, id="no pod has a reserved label"),
    ],
)
def test_a_policy_selects_pods_by_their_identities(selector: JSON, namespace: str, expected: list[str]) -> None:
    assert selected({"endpointSelector": selector}, namespace=namespace) == (expected, [], 41)


@pytest.mark.row(12)
@pytest.mark.parametrize(
    ("selector", "minor", "expected"),
    [
        pytest.param(matching((POD_NAME, "DoesNotExist", [])), 18, (["shop/db", "shop/web"], [], 12), id="left out"),
        pytest.param(matching((POD_NAME, "Exists", [])), 14, ([], ["shop/web"], 12), id="may be left out"),
        pytest.param(matching((POD_NAME, "DoesNotExist", [])), 14, (["shop/db"], ["shop/web"], 12), id="may be kept"),
    ],
)
def test_labels_outside_the_identity_select_as_if_nobody_had_them(
    selector: JSON, minor: int, expected: tuple[list[str], list[str], int]
) -> None:
    assert selected({"endpointSelector": selector}, settings=cilium(minor)) == expected


@pytest.mark.row(12)
def test_a_policy_that_selects_nobody_has_no_section() -> None:
    _, found, _ = read(policy({"endpointSelector": matching(**{POD_NAME: "web-0"}), "ingress": [{}]}))
    assert found == {INGRESS: [], EGRESS: []}


def test_service_accounts_are_not_read_so_whom_they_select_is_not_known() -> None:
    account = "io.cilium.k8s.policy.serviceaccount"
    assert selected({"endpointSelector": matching(**{account: "web"})}) == ([], ["shop/db", "shop/web"], 41)
    everybody: tuple[list[str], list[str], int] = ["shop/db", "shop/web"], [], 41
    assert selected({"endpointSelector": matching((account, "Exists", []))}) == everybody
    _, found, _ = read(policy({"endpointSelector": matching((account, "DoesNotExist", [])), "ingress": [{}]}))
    assert found[INGRESS] == []


def test_without_the_labels_of_namespaces_nobody_knows() -> None:
    missing: Missing[object] = Missing(Source.NAMESPACES, Cause.FORBIDDEN, "403")
    own = reading(policy({"endpointSelector": matching(**{TEAM: "ops"}), "ingress": [{}]}, namespace=""))
    with pytest.raises(LackingError) as lacking:
        sections(Reading(own.book, own.parties, missing.of, own.everybody), cilium())
    assert [item.source for item in lacking.value.missing] == [Source.NAMESPACES]


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"ingress": []}, [], id="an empty list does not isolate"),
        pytest.param({"ingress": [{}]}, [(1, True, [])], id="an empty rule isolates and admits nothing"),
        pytest.param(
            {"ingress": [{"fromEntities": ["all"]}]}, [(1, True, [Shown(["everybody"])])], id="a rule isolates"
        ),
        pytest.param(
            {"ingressDeny": [{"fromEntities": ["all"]}]},
            [
                (0, True, [Shown(["everybody"], action=Action.DENY)]),
                (1, True, []),
            ],
            id="refusals alone isolate",
        ),
        pytest.param(
            {"ingressDeny": [{"fromEntities": ["all"]}], "enableDefaultDeny": {"ingress": False}},
            [(0, False, [Shown(["everybody"], action=Action.DENY)])],
            id="refusals that do not isolate",
        ),
        pytest.param(
            {"ingress": [{"fromEntities": ["all"]}], "enableDefaultDeny": {"ingress": False}},
            [(1, False, [Shown(["everybody"])])],
            id="admissions that do not isolate",
        ),
        pytest.param({"ingress": [{}], "enableDefaultDeny": {"ingress": False}}, [], id="nothing to say"),
        pytest.param(
            {"ingress": [{}], "enableDefaultDeny": {"egress": False}}, [(1, True, [])], id="the other direction"
        ),
        pytest.param({"egress": [{}], "enableDefaultDeny": {"ingress": True}}, [], id="without rules nothing isolates"),
    ],
)
def test_a_direction_isolates_if_it_has_rules(body: JSON, expected: list[tuple[int, bool, list[Shown]]]) -> None:
    parties, found, _ = read(policy(for_all(**body), for_all(egress=[{}])))
    assert [
        (section.order, section.isolates, [shown(parties, grant) for grant in section.grants])
        for section in found[INGRESS]
    ] == expected


@pytest.mark.row(46)
@pytest.mark.parametrize(("minor", "expected"), [(15, True), (16, False)])
def test_before_1_16_enable_default_deny_is_not_read(minor: int, expected: bool) -> None:
    spec = for_all(ingress=[{"fromEntities": ["all"]}], enableDefaultDeny={"ingress": False})
    _, found, _ = read(policy(spec), settings=cilium(minor))
    assert [section.isolates for section in found[INGRESS]] == [expected]


def test_each_spec_is_a_section_of_the_same_policy() -> None:
    rule = {"fromEntities": ["all"]}
    one = {"endpointSelector": matching(app="web"), "ingress": [{}, rule]}
    other = {"endpointSelector": matching(app="db"), "ingress": [rule], "ingressDeny": [rule]}
    parties, found, _ = read(policy(one, other))
    assert [
        (section.policy, section.order, names(parties.population, section.subjects), [g.rule for g in section.grants])
        for section in found[INGRESS]
    ] == [(1, 1, ["shop/web"], [1]), (1, 0, ["shop/db"], [0]), (1, 1, ["shop/db"], [2])]


def test_the_place_of_a_rule_is_told_through_all_specs() -> None:
    rules: list[JSON] = [{}, {}]
    both = msgspec.convert(
        {"spec": for_all(egress=rules), "specs": [for_all(ingress=rules), for_all(egress=rules, egressDeny=rules)]},
        CiliumPolicy,
    )
    assert [rule_path(both, EGRESS, Action.ALLOW, rule) for rule in range(5)] == [
        "spec.egress[0]",
        "spec.egress[1]",
        "specs[1].egress[0]",
        "specs[1].egress[1]",
        "",
    ]
    assert rule_path(both, EGRESS, Action.DENY, 1) == "specs[1].egressDeny[1]"
    assert rule_path(both, INGRESS, Action.ALLOW, 0) == "specs[0].ingress[0]"
    assert rule_path(policy(for_all(ingress=rules), for_all(ingress=rules)), INGRESS, Action.ALLOW, 3) == (
        "specs[1].ingress[1]"
    )


@pytest.mark.row(41, 8)
@pytest.mark.parametrize(
    ("selector", "namespace", "expected"),
    [
        pytest.param({}, "shop", [Shown(["shop/db", "shop/web"])], id="everybody of the namespace"),
        pytest.param({}, "", [Shown(ALL_PODS)], id="every pod of the cluster, and no node"),
        pytest.param(matching(app="web"), "shop", [Shown(["shop/web"])], id="held to the namespace"),
        pytest.param(matching(app="web"), "", [Shown(["ops/web", "shop/web"])], id="clusterwide"),
        pytest.param(matching(**{NAMESPACE: "ops"}), "shop", [Shown(["ops/web"])], id="another namespace"),
        pytest.param(matching(**{TEAM: "ops"}), "shop", [Shown(["ops/web"])], id="by labels of namespaces"),
        pytest.param(
            matching(("app", "NotIn", ["web"])), "shop", [Shown(["shop/db"])], id="excluding, held to the namespace"
        ),
        pytest.param(
            matching((NAMESPACE, "NotIn", ["ops"])),
            "shop",
            [Shown(["lab/job", "shop/db", "shop/web"]), Shown([*NODES, "node-local DNS", *OUTSIDE], row=8)],
            id="excluding a namespace matches what has none",
        ),
        pytest.param(
            matching((TEAM, "DoesNotExist", [])),
            "shop",
            [Shown(["lab/job"]), Shown([*NODES, "node-local DNS", *OUTSIDE], row=8)],
            id="excluding labels of namespaces too",
        ),
        pytest.param(
            matching((TEAM, "DoesNotExist", [])), "", [Shown(["lab/job"])], id="clusterwide selectors are held to pods"
        ),
        pytest.param(
            matching(("reserved:host", "Exists", [])), "shop", [Shown(["own node", "node-local DNS"])], id="the host"
        ),
        pytest.param(matching(**{"reserved:world": ""}), "shop", [Shown(OUTSIDE)], id="the world"),
        pytest.param(
            matching(("reserved:world", "NotIn", [""])),
            "shop",
            [Shown(ALL_PODS), Shown([*NODES, "node-local DNS"])],
            id="all but the world, in any namespace",
        ),
        pytest.param(
            matching(("reserved:world", "DoesNotExist", []), (NAMESPACE, "NotIn", ["ops"])),
            "shop",
            [Shown(["lab/job", "shop/db", "shop/web"]), Shown([*NODES, "node-local DNS"])],
            id="with a reserved label that is what it asks for",
        ),
        pytest.param(matching(**{POD_NAME: "web-0"}), "shop", [], id="labels outside the identity"),
    ],
)
def test_endpoints_by_their_labels(selector: JSON, namespace: str, expected: list[Shown]) -> None:
    assert granted(EGRESS, {"toEndpoints": [selector]}, namespace=namespace) == expected


@pytest.mark.row(8)
def test_a_clusterwide_policy_that_speaks_of_starting_pods_is_not_held_to_pods() -> None:
    selector = matching(("reserved:init", "DoesNotExist", []))
    spec = {"endpointSelector": selector, "egress": [{"toEndpoints": [{}]}]}
    parties, found, _ = read(policy(spec, namespace=""))
    assert [shown(parties, grant) for section in found[EGRESS] for grant in section.grants] == [
        Shown(ALL_PODS),
        Shown([*NODES, "node-local DNS", *OUTSIDE], row=8),
    ]


@pytest.mark.row(12)
def test_endpoints_by_labels_that_may_be_left_out_are_not_sure() -> None:
    rule = {"toEndpoints": [matching((POD_NAME, "NotIn", ["web-0"]))]}
    assert granted(EGRESS, rule, settings=cilium(14)) == [
        Shown(["shop/db"], row=12),
        Shown(["shop/web"], row=12, is_sure=False),
    ]
    assert granted(EGRESS, rule) == [Shown(["shop/db", "shop/web"], row=12)]


@pytest.mark.row(35, 36, 37, 38, 41)
@pytest.mark.parametrize(
    ("entity", "minor", "expected"),
    [
        ("all", 18, [Shown(["everybody"])]),
        ("world", 18, [Shown(["outside"]), DOUBTFUL]),
        ("world", 16, [Shown(["outside"]), Shown(["node-local DNS"], row=37), DOUBTFUL]),
        ("world-ipv4", 18, [Shown(OUTSIDE, row=46, is_sure=False)]),
        ("world-ipv6", 18, []),
        ("cluster", 18, [Shown([*ALL_PODS, *NODES, "API server"]), Shown(["node-local DNS"], row=37)]),
        ("cluster", 16, [Shown([*ALL_PODS, *NODES, "API server"])]),
        ("host", 18, [Shown(["own node"], row=35), Shown(["node-local DNS"], row=37)]),
        ("host", 16, [Shown(["own node"], row=35)]),
        ("remote-node", 18, [Shown(["remote node"], row=36)]),
        ("kube-apiserver", 18, [Shown(["API server"], row=38)]),
        ("none", 18, []),
        ("init", 18, []),
        ("health", 18, []),
        ("unmanaged", 18, []),
        ("ingress", 18, []),
    ],
)
def test_entities(entity: str, minor: int, expected: list[Shown]) -> None:
    assert granted(EGRESS, {"toEntities": [entity]}, settings=cilium(minor)) == expected


@pytest.mark.row(12)
def test_a_filter_that_leaves_out_the_label_of_the_cluster_takes_pods_out_of_the_entity() -> None:
    def within(*label_filter: str, minor: int = 16) -> list[Shown]:
        return granted(EGRESS, {"toEntities": ["cluster"]}, settings=cilium(minor, label_filter=label_filter))

    assert within("app") == [Shown([*ALL_PODS, *NODES, "API server"])]
    assert within("!io.cilium.k8s.policy.cluster") == [Shown([*NODES, "API server"], row=12)]
    assert within("app", minor=15) == [
        Shown([*NODES, "API server"], row=12),
        Shown(ALL_PODS, row=12, is_sure=False),
    ]


@pytest.mark.row(39)
@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ("all", [Shown(["everybody"])]),
        ("cluster", [Shown([*ALL_PODS, *NODES, "API server"]), Shown(["node-local DNS"], row=37)]),
        ("remote-node", [Shown(["remote node"], row=36)]),
        ("world", [Shown(["outside"]), Shown(["API server"], row=39, is_sure=False)]),
        ("kube-apiserver", [Shown(["API server"], row=39, is_sure=False)]),
    ],
)
def test_what_the_control_plane_sends_may_arrive_as_another(entity: str, expected: list[Shown]) -> None:
    assert granted(INGRESS, {"fromEntities": [entity]}) == expected


@pytest.mark.row(39)
def test_what_is_refused_to_somebody_may_hit_what_the_control_plane_sends() -> None:
    parties, found, _ = read(
        policy(for_all(ingressDeny=[{"fromEntities": ["remote-node", "none"]}, {"fromCIDR": ["192.0.2.0/24"]}]))
    )
    assert [shown(parties, grant) for grant in found[INGRESS][0].grants] == [
        Shown(["remote node"], row=36, action=Action.DENY),
        Shown(["API server"], row=39, is_sure=False, action=Action.DENY),
        Shown(["192.0.2.0/24"], action=Action.DENY),
    ]


@pytest.mark.row(13, 14, 15, 16, 37, 38, 41)
@pytest.mark.parametrize(
    ("rule", "minor", "expected"),
    [
        pytest.param({"toCIDR": ["0.0.0.0/0"]}, 18, [Shown(["outside"]), DOUBTFUL], id="all"),
        pytest.param({"toCIDR": ["10.244.0.0/16"]}, 18, [Shown(["10.244.0.0/16"])], id="never pods"),
        pytest.param({"toCIDR": ["10.0.0.4"]}, 18, [], id="never nodes"),
        pytest.param({"toCIDR": ["192.0.2.0/24", "2001:db8::/32"]}, 18, [Shown(["192.0.2.0/24"])], id="one family"),
        pytest.param(
            {"toCIDRSet": [{"cidr": "192.0.2.0/24", "except": ["192.0.2.0/25"]}]},
            18,
            [Shown(["192.0.2.128/25"])],
            id="without exceptions",
        ),
        pytest.param({"toCIDR": ["169.254.10.10/32"]}, 18, [], id="node-local DNS is the host"),
        pytest.param(
            {"toCIDR": ["169.254.10.10/32"]}, 16, [Shown(["node-local DNS"], row=37)], id="it was an address till 1.16"
        ),
        pytest.param(
            {"toCIDRSet": [{"cidrGroupRef": "office"}]},
            18,
            [Shown(OUTSIDE, row=46, is_sure=False)],
            id="groups are not read",
        ),
        pytest.param(
            {"toGroups": [{"aws": {}}]}, 18, [Shown(OUTSIDE, row=46, is_sure=False)], id="nor groups of a cloud"
        ),
        pytest.param(
            {"toServices": [{"k8sService": {"serviceName": "db"}}]},
            18,
            [Shown([*ALL_PODS, *OUTSIDE], row=46, is_sure=False)],
            id="nor Services",
        ),
        pytest.param(
            {"toServices": [{"k8sService": {"serviceName": "db"}}]},
            16,
            [Shown(["node-local DNS", *OUTSIDE], row=46, is_sure=False)],
            id="till 1.16 only those without a selector",
        ),
    ],
)
def test_addresses_are_outside_the_cluster(rule: JSON, minor: int, expected: list[Shown]) -> None:
    assert granted(EGRESS, rule, settings=cilium(minor)) == expected


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param({"toPorts": [{"ports": [{"port": "80"}]}]}, ["everybody"], id="ports alone are for everybody"),
        pytest.param({"icmps": [{"fields": [{"type": 8}]}]}, ["everybody"], id="types of ICMP alone too"),
        pytest.param({"toEndpoints": [], "toPorts": [{"ports": [{"port": "80"}]}]}, None, id="an empty list is nobody"),
        pytest.param(
            {"toFQDNs": [{"matchName": "a.example"}], "toPorts": [{"ports": [{"port": "80"}]}]}, None, id="DNS"
        ),
        pytest.param({}, None, id="an empty rule is for nobody"),
    ],
)
def test_a_rule_without_peers(rule: JSON, expected: list[str] | None) -> None:
    assert [item.peers for item in granted(EGRESS, rule)] == ([] if expected is None else [expected])


def ports(*listed: JSON, **extra: object) -> dict[str, object]:
    return {"toEntities": ["all"], "toPorts": [{"ports": list(listed), **extra}]}


THREE = "TCP {0}, UDP {0}, SCTP {0}"
PROXIED = [Shown(["everybody"], "TCP 443", 42, is_sure=False)]


@pytest.mark.row(22, 24, 30, 42, 46)
@pytest.mark.parametrize(
    ("rule", "minor", "expected"),
    [
        pytest.param(ports({"port": "80", "protocol": "TCP"}), 18, [Shown(["everybody"], "TCP 80")], id="a port"),
        pytest.param(
            ports({"port": "80", "protocol": "tcp"}), 18, [Shown(["everybody"], "TCP 80")], id="small letters"
        ),
        pytest.param(ports({"port": "80"}), 18, [Shown(["everybody"], THREE.format(80))], id="any protocol, not ICMP"),
        pytest.param(
            ports({"port": "80", "protocol": "ANY"}), 18, [Shown(["everybody"], THREE.format(80))], id="ANY says so"
        ),
        pytest.param(
            ports({"port": "0", "protocol": "UDP"}), 18, [Shown(["everybody"], "every UDP port")], id="0 is every port"
        ),
        pytest.param(
            ports({"port": "80", "endPort": 90, "protocol": "TCP"}), 16, [Shown(["everybody"], "TCP 80-90")], id="range"
        ),
        pytest.param(
            ports({"port": "80", "endPort": 90, "protocol": "TCP"}),
            15,
            [Shown(["everybody"], "TCP 80")],
            id="till 1.15",
        ),
        pytest.param(
            {"toEntities": ["all"], "toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}, {"ports": []}]},
            18,
            [Shown(["everybody"], "TCP 80")],
            id="an entry without ports adds nothing",
        ),
        pytest.param(
            {"toEntities": ["all"], "icmps": [{"fields": [{"type": "EchoRequest", "family": "IPv6"}]}]},
            18,
            [Shown(["everybody"], "ICMP and other protocols", 46, is_sure=False)],
            id="some types of ICMP",
        ),
        pytest.param({"toEntities": ["all"], "icmps": [{"fields": []}]}, 18, [], id="no type of ICMP"),
        pytest.param(
            ports({"port": "443", "protocol": "TCP"}, serverNames=["a.example"]),
            18,
            PROXIED,
            id="server names",
        ),
        pytest.param(
            ports({"port": "443", "protocol": "TCP"}, listener={"name": "mine"}),
            18,
            PROXIED,
            id="a listener",
        ),
        pytest.param(
            ports({"port": "443", "protocol": "TCP"}, terminatingTLS={"secret": {"name": "mine"}}),
            18,
            PROXIED,
            id="TLS",
        ),
    ],
)
def test_ports(rule: JSON, minor: int, expected: list[Shown]) -> None:
    assert granted(EGRESS, rule, settings=cilium(minor)) == expected


@pytest.mark.row(46)
def test_peers_that_must_prove_who_they_are_are_not_sure() -> None:
    rule = {"toEntities": ["all"], "authentication": {"mode": "required"}}
    assert granted(EGRESS, rule) == [Shown(["everybody"], is_sure=False)]
    assert granted(EGRESS, rule | {"authentication": {"mode": "disabled"}}) == [Shown(["everybody"])]


@pytest.mark.row(25)
def test_for_ingress_a_name_is_the_subjects_own() -> None:
    rule = {"fromEntities": ["all"], "toPorts": [{"ports": [{"port": "HTTP", "endPort": 90, "protocol": "TCP"}]}]}
    assert granted(INGRESS, rule) == [Shown(["everybody"], "TCP http")]


def named(name: str, numbers: tuple[int, ...], minor: int) -> list[Shown]:
    """An egress rule to all pods of the namespace that names a port. Each number is that of another pod elsewhere."""
    more = [pod(f"lab/{number}", ports=(ContainerPort(number, name="grpc"),)) for number in numbers]
    population = selection(*PODS, *more).population
    rule = {"toEndpoints": [{}], "toPorts": [{"ports": [{"port": name, "protocol": "TCP"}]}]}
    book = PolicyBook(cilium=(policy(for_all(egress=[rule])),))
    parties = fold_parties(population, AROUND, cilium_mentioned(book))
    found, _ = sections(Reading(book, parties, CHOSEN.namespaces, population), cilium(minor))
    return [shown(parties, grant) for section in found[EGRESS] for grant in section.grants]


@pytest.mark.row(26, 27, 28)
def test_for_egress_a_name_is_one_number_for_the_whole_cluster_until_1_19() -> None:
    both = ["shop/db", "shop/web"]
    assert named("http", (), 18) == [Shown(both, "TCP 8080", 27)]
    assert named("grpc", (9000,), 18) == [Shown(both, "TCP 9000", 27)]
    assert named("grpc", (9000, 9001), 18) == []
    assert named("nobody", (), 18) == []
    assert named("http", (), 20) == [Shown(["shop/web"], "TCP 8080")]


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("peers", "minor", "expected"),
    [
        ({"toCIDR": ["192.0.2.0/24"]}, 14, [Shown(["192.0.2.0/24"], "TCP 25", action=Action.DENY)]),
        ({"toCIDR": ["192.0.2.0/24"]}, 13, [Shown(["192.0.2.0/24"], "TCP 25", is_sure=False, action=Action.DENY)]),
        ({"toEntities": ["host"]}, 13, [Shown(["own node"], "TCP 25", 35, action=Action.DENY)]),
        ({"toEndpoints": [{}]}, 13, [Shown(["shop/db", "shop/web"], "TCP 25", action=Action.DENY)]),
        ({}, 13, [Shown(["everybody"], "TCP 25", action=Action.DENY)]),
    ],
    ids=["ranges", "ranges that an admission may beat, till 1.13", "nodes", "endpoints", "ports alone"],
)
def test_refusals_name_their_peers_as_admissions_do(peers: JSON, minor: int, expected: list[Shown]) -> None:
    rule = {**peers, "toPorts": [{"ports": [{"port": "25", "protocol": "TCP"}]}]}
    parties, found, _ = read(policy(for_all(egressDeny=[rule])), settings=cilium(minor))
    assert [shown(parties, grant) for grant in found[EGRESS][0].grants] == expected


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (18, [Shown(["lab/job", "ops/web", "shop/db"], row=46, is_sure=False, action=Action.DENY)]),
        (19, []),
    ],
)
def test_what_requirements_take_from_other_rules_is_not_known(minor: int, expected: list[Shown]) -> None:
    spec = for_all(ingress=[{"fromRequires": [matching(app="web")]}])
    parties, found, _ = read(policy(spec), settings=cilium(minor))
    refusals = [section for section in found[INGRESS] if section.order == 0]
    assert [shown(parties, grant) for section in refusals for grant in section.grants] == expected
    assert [section.isolates for section in found[INGRESS]][-1:] == [True]


L7: dict[str, JSON] = {
    "http": {"http": [{"method": "GET"}]},
    "kafka": {"kafka": [{"topic": "a"}]},
    "own": {"l7proto": "mine"},
    "nameless": {"l7": [{"a": "b"}]},
    "no line": {"http": []},
}
DNS: JSON = {"dns": [{"matchPattern": "*"}]}


def rejected(*specs: JSON, namespace: str = "shop", settings: Cilium | None = None) -> int:
    """The row that both directions are passed over for, with nothing in force; 0: it is enforced."""
    _, found, passed_over = read(policy(*specs, namespace=namespace), settings=settings)
    if not passed_over:
        return 0
    assert found == {INGRESS: [], EGRESS: []}
    assert [item.direction for item in passed_over] == [INGRESS, EGRESS]
    assert {item.policy for item in passed_over} == {1}
    [row] = {item.row for item in passed_over}
    return row


@pytest.mark.row(42)
@pytest.mark.parametrize("rules", [*L7.values(), DNS], ids=[*L7, "dns"])
def test_without_acns_a_policy_with_l7_rules_is_rejected_whole(rules: JSON) -> None:
    spec = for_all(egress=[ports({"port": "53", "protocol": "TCP"}, rules=rules)])
    assert rejected(spec) == 42
    assert rejected(for_all(ingress=[{}]), spec) == 42
    assert rejected(spec, settings=cilium(acns=True)) == 0
    assert rejected(for_all(egress=[ports({"port": "53"}, rules={})])) == 0


@pytest.mark.row(42)
def test_with_acns_what_l7_rules_may_refuse_is_admitted() -> None:
    rule = ports({"port": "80", "protocol": "TCP"}, rules=L7["http"])
    assert granted(EGRESS, rule, settings=cilium(acns=True)) == [Shown(["everybody"], "TCP 80")]


@pytest.mark.row(43)
def test_without_acns_names_in_dns_admit_nothing_and_isolate() -> None:
    spec = for_all(egress=[{"toFQDNs": [{"matchName": "a.example"}]}, {}])
    _, found, passed_over = read(policy(spec))
    assert passed_over == []
    assert [(section.isolates, section.grants, section.row) for section in found[EGRESS]] == [(True, (), 43)]
    with_acns = granted(EGRESS, {"toFQDNs": [{"matchName": "a.example"}]}, settings=cilium(acns=True))
    assert with_acns == [Shown(OUTSIDE, row=43, is_sure=False)]


@pytest.mark.row(44)
@pytest.mark.parametrize("rules", L7.values(), ids=L7)
def test_clusterwide_policies_have_no_l7_rules_on_aks(rules: JSON) -> None:
    spec = for_all(egress=[ports({"port": "80", "protocol": "TCP"}, rules=rules)])
    assert rejected(spec, namespace="", settings=cilium(acns=True)) == 44
    assert rejected(spec, namespace="") == 42


@pytest.mark.row(44)
def test_clusterwide_policies_may_ask_for_names_in_dns() -> None:
    spec = for_all(egress=[ports({"port": "53", "protocol": "UDP"}, rules=DNS)])
    assert rejected(spec, namespace="", settings=cilium(acns=True)) == 0


@pytest.mark.row(45)
def test_a_policy_for_nodes_has_no_effect() -> None:
    nodes: JSON = {"nodeSelector": {}, "ingress": [{}]}
    assert read(policy(nodes, namespace=""))[1:] == ({INGRESS: [], EGRESS: []}, [NotEnforced(1, INGRESS, 45)])
    _, found, passed_over = read(policy(nodes, nodes, for_all(ingress=[{}]), namespace=""))
    assert (len(found[INGRESS]), passed_over) == (1, [NotEnforced(1, INGRESS, 45)])


TO_ALL: dict[str, object] = {"toEntities": ["all"]}


@pytest.mark.row(46)
@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"nodeSelector": {}, "ingress": [{}]}, id="nodes in a namespace"),
        pytest.param(for_all(nodeSelector={}, ingress=[{}]), id="nodes and endpoints"),
        pytest.param({"ingress": [{}]}, id="neither nodes nor endpoints"),
        pytest.param(for_all(), id="no rules"),
        pytest.param(for_all(egress=[TO_ALL | {"toCIDR": ["192.0.2.0/24"]}]), id="two kinds of peers"),
        pytest.param(for_all(egress=[TO_ALL | {"toFQDNs": [{"matchName": "a"}]}]), id="names and other peers"),
        pytest.param(for_all(egressDeny=[TO_ALL | {"toEndpoints": [{}]}]), id="two kinds of peers to refuse"),
        pytest.param(
            for_all(ingress=[{"fromEndpoints": [{}], "fromCIDRSet": [{"cidr": "192.0.2.0/24"}]}]), id="ingress as well"
        ),
        pytest.param(for_all(egress=[{"toNodes": [{}]}]), id="nodes by labels"),
        pytest.param(for_all(ingress=[{"fromNodes": [{}]}]), id="from nodes by labels"),
        pytest.param(for_all(egress=[{"toEntities": ["internet"]}]), id="an unknown entity"),
        pytest.param(for_all(egress=[{"toCIDR": ["example.com"]}]), id="no range"),
        pytest.param(for_all(egress=[{"toCIDRSet": [{"cidr": "192.0.2.1"}]}]), id="no prefix length"),
        pytest.param(
            for_all(egress=[{"toCIDRSet": [{"cidr": "192.0.2.0/24", "except": ["192.0.2.0/25", "192.0.3.0/25"]}]}]),
            id="an exception that is not inside",
        ),
        pytest.param(
            for_all(egress=[{"toCIDRSet": [{"cidr": "192.0.2.0/24", "cidrGroupRef": "a"}]}]), id="a range and a group"
        ),
        pytest.param(for_all(egress=[ports(*({"port": str(port)} for port in range(1, 42)))]), id="41 ports"),
        pytest.param(for_all(egress=[ports({"protocol": "TCP"})]), id="no port"),
        pytest.param(for_all(egress=[ports({"port": "65536"})]), id="no such port"),
        pytest.param(for_all(egress=[ports({"port": "9" * 5000})]), id="no number"),
        pytest.param(for_all(egress=[ports({"port": "a-name-too-long-"})]), id="no name"),
        pytest.param(for_all(egress=[ports({"port": "80"}) | {"icmps": [{}]}]), id="ports and ICMP"),
    ],
)
def test_a_policy_with_a_fault_is_rejected_whole(spec: JSON) -> None:
    assert rejected(spec) == 46
    assert rejected(spec, for_all(ingress=[TO_ALL])) == 46


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("direction", "item"),
    [
        pytest.param("ingress", ports({"port": "53"}, rules=DNS), id="DNS from others"),
        pytest.param("egress", ports(rules=DNS), id="DNS without a port"),
        pytest.param("egress", ports({"port": "80"}, rules=L7["http"]), id="HTTP over anything"),
        pytest.param("egress", ports({"port": "80"}, rules=L7["kafka"]), id="Kafka over anything"),
        pytest.param("egress", ports({"port": "80"}, rules=L7["own"]), id="one's own protocol over anything"),
        pytest.param("egress", ports({"port": "80"}, rules=L7["nameless"]), id="a nameless protocol over anything"),
        pytest.param("egress", ports({"port": "0", "protocol": "TCP"}, rules=L7["http"]), id="HTTP on every port"),
    ],
)
def test_with_acns_l7_rules_stand_on_the_ports_that_fit(direction: str, item: dict[str, object]) -> None:
    del item["toEntities"]
    assert rejected(for_all(**{direction: [item]}), settings=cilium(acns=True)) == 46


@pytest.mark.row(46)
@pytest.mark.parametrize(
    ("spec", "minor", "expected"),
    [
        pytest.param(for_all(), 16, 0, id="no rules, till 1.16"),
        pytest.param(for_all(), 17, 46, id="no rules, from 1.17"),
        pytest.param(
            for_all(egress=[{"toServices": [{}], "toPorts": [{}]}]), 16, 46, id="Services on ports, till 1.16"
        ),
        pytest.param(for_all(egress=[{"toServices": [{}], "toPorts": [{}]}]), 17, 0, id="Services on ports, from 1.17"),
        pytest.param(for_all(egress=[ports(*({"port": str(port)} for port in range(1, 41)))]), 18, 0, id="40 ports"),
        pytest.param(for_all(egress=[{"toEndpoints": [], "toCIDR": ["10.0.0.0/8"]}]), 18, 0, id="an empty list beside"),
        pytest.param(for_all(egress=[ports({"port": "web-1"})]), 18, 0, id="a name"),
        pytest.param(for_all(egress=[{"toCIDRSet": [{"cidrGroupSelector": {}}]}]), 18, 0, id="groups by labels"),
    ],
)
def test_what_some_versions_accept(spec: JSON, minor: int, expected: int) -> None:
    assert rejected(spec, settings=cilium(minor)) == expected


def test_what_the_policies_mention() -> None:
    spec = {
        "endpointSelector": matching(**{"k8s:app": "web"}),
        "ingress": [
            {"fromEndpoints": [matching(("any:tier", "Exists", []), **{NAMESPACE: "ops"})]},
            {"fromRequires": [matching(team="a")]},
            {"toPorts": [{"ports": [{"port": "HTTP"}, {"port": "80"}]}]},
        ],
        "egressDeny": [
            {"toCIDR": ["192.0.2.7"]},
            {"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["10.0.0.0/9"]}, {"cidrGroupRef": "a"}]},
            {"toEndpoints": [matching(("zone", "NotIn", ["a"]))]},
        ],
    }
    mentioned = cilium_mentioned(PolicyBook(cilium=(policy(spec),)))
    assert mentioned.labels == {"app", "tier", "team", "zone", NAMESPACE.removeprefix("k8s:")}
    assert mentioned.port_names == {"http"}
    assert sorted(text for item in mentioned.ranges for text in cidrs_of(item)) == ["10.128.0.0/9", "192.0.2.7/32"]
