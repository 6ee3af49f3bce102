"""Calico's own policies as sections: worked out by hand, one question at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from connectivity.calico_cases import CRD, V3, host_endpoint, named, network_set, policy, reading, tier

from analyzer.addresses import interval
from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Action, Grant, How, NotEnforced, Section
from analyzer.connectivity.engines.calico_policies import calico_mentioned, default_tier, sections
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Mentioned
from analyzer.connectivity.ports import EVERYTHING, NamedPort, PortSet, Span
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import (
    CalicoHostEndpoint,
    CalicoNetworkSet,
    CalicoPolicy,
    CalicoPresence,
    CalicoRule,
    Metadata,
    NetworkPolicy,
)
from analyzer.model.source import Source

INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
ALL_PODS = ["lab/tool", "ops/web", "shop/cache", "shop/db", "shop/web"]
NODES = ["own node one", "own node two", "remote node one", "remote node two"]
EVERYONE = sorted([*ALL_PODS, *NODES, "API server", "outside"])
ALLOW = {"action": "Allow"}
TCP_80 = PortSet((Span("TCP", 80, 80),))
TCP = PortSet((Span("TCP", 1, 65535),))
OTHERS = PortSet((Span("other", 0, 0),))


def ingress(read: Reading) -> list[Section]:
    return sections(read)[0][INGRESS]


def egress(read: Reading) -> list[Section]:
    return sections(read)[0][EGRESS]


def grants_of(spec: dict[str, Any], *others: Any, name: str = "p", family: int = 4) -> tuple[Reading, list[Grant]]:
    """All grants of one policy, of its sections in order."""
    read = reading(policy(name, spec), *others, family=family)
    found = sections(read)[0]
    return read, [grant for direction in Direction for item in found[direction] for grant in item.grants]


def peers_of(entity: dict[str, Any], *others: Any, name: str = "p", family: int = 4) -> tuple[list[str], list[str]]:
    """Whom a destination surely matches, and whom beside them it may match."""
    spec = {"types": ["Egress"], "egress": [{"action": "Allow", "destination": entity}]}
    read, grants = grants_of(spec, *others, name=name, family=family)
    sure, unsure = 0, 0
    for grant in grants:
        sure |= grant.peers if grant.is_sure else 0
        unsure |= 0 if grant.is_sure else grant.peers
    return named(read, sure), named(read, unsure)


def subjects_of(spec: dict[str, Any], name: str = "p") -> tuple[list[str], list[str]]:
    """Whom a policy surely selects, and whom beside them it may select."""
    read = reading(policy(name, spec | {"types": ["Ingress"]}))
    found = ingress(read)
    assert all(not item.subjects & item.maybe for item in found)
    return named(read, sum(item.subjects for item in found)), named(read, sum(item.maybe for item in found))


def ports_of(rule: dict[str, Any], family: int = 4) -> tuple[PortSet, PortSet]:
    """The ports that a rule surely matches, and those beside them that it may match."""
    _, grants = grants_of({"types": ["Ingress"], "ingress": [rule | ALLOW]}, family=family)
    found = {item.is_sure: item.ports for item in grants}
    assert len(found) == len(grants)
    return found.get(True, PortSet()), found.get(False, PortSet())


def test_a_policy_becomes_one_section_with_its_rules_in_order() -> None:
    rules = [
        {"action": "Allow", "source": {"selector": "app == 'db'"}, "protocol": "TCP", "destination": {"ports": [80]}},
        {"action": "Log"},
        {"action": "Deny", "source": {"nets": ["10.0.0.0/16"]}},
        {"action": "Pass"},
    ]
    read = reading(policy("shop/p", {"selector": "app == 'web'", "order": 10, "ingress": rules}))
    db, web = (1 << place for place in (1, 0))
    assert [read.parties.population.classes[place].labels for place in (0, 1)] == [{"app": "web"}, {"app": "db"}]
    inside = read.parties.with_address_in([interval("10.0.0.0/16")])  # type: ignore[list-item]
    assert named(read, inside) == ALL_PODS
    assert sections(read) == (
        {
            INGRESS: [
                Section(
                    0,
                    web,
                    (
                        Grant(0, 0, How.SELECTOR, db, TCP_80, Action.ALLOW, True, 40),
                        Grant(2, 0, How.IP_BLOCK, inside, EVERYTHING, Action.DENY, True, 40),
                        Grant(2, 0, How.IP_BLOCK, read.parties.api_servers, EVERYTHING, Action.DENY, False, 40),
                        Grant(3, -1, How.EVERYBODY, EVERY, EVERYTHING, Action.PASS, True, 40),
                    ),
                    order=999,
                    row=40,
                )
            ],
            EGRESS: [],
        },
        [],
    )


# Tiers and order


def stands(*items: Any) -> list[str]:
    """The policies as they are asked, those of Kubernetes among them."""
    read = reading(*items)
    ordered = [(item.tier, item.order, read.book.policies[item.policy].name) for item in ingress(read)]
    return [name for _, _, name in sorted([*ordered, (default_tier(read.book), 1000, "KUBERNETES")])]


def test_policies_are_asked_by_order_around_those_of_kubernetes() -> None:
    items = (policy(name, {"order": order}) for name, order in (("late", 1000.5), ("none", None), ("first", -3)))
    assert stands(*items, policy("shop/early", {"order": 999})) == ["first", "early", "KUBERNETES", "late", "none"]


def test_policies_of_one_order_go_by_name_and_before_those_of_kubernetes() -> None:
    items = (policy(name, {"order": 1000}) for name in ("shop/b", "c", "lab/a", "ops/b"))
    assert stands(*items) == ["a", "b", "b", "c", "KUBERNETES"]
    assert stands(policy("b", {}), policy("lab/a", {}), policy("default.aa", {}, CRD)) == [
        "KUBERNETES",
        "a",
        "default.aa",
        "b",
    ]


def test_every_policy_has_an_order_of_its_own() -> None:
    read = reading(*(policy(name, {"order": order}) for name, order in (("a", 1), ("b", 1), ("c", None), ("d", None))))
    assert [(item.policy, item.order) for item in ingress(read)] == [(0, 998), (1, 999), (2, 1001), (3, 1002)]


def test_tiers_are_asked_by_order_and_those_that_nobody_made_last() -> None:
    items = (policy(f"in-{name}", {"tier": name, "order": 1}) for name in ("z", "late", "gone", "none", "early"))
    tiers = (tier("z", 5), tier("late", 2_000_000), tier("early", 5), tier("none"))
    assert stands(*items, *tiers, policy("p", {"order": 1})) == [
        "in-early",
        "in-z",
        "p",
        "KUBERNETES",
        "in-none",
        "in-late",
        "in-gone",
    ]


def test_the_default_tier_may_have_an_order_of_its_own() -> None:
    assert default_tier(PolicyBook()) == 0
    assert default_tier(PolicyBook(calico_tiers=(tier("a", 7), tier("default", 6)))) == 0
    assert default_tier(PolicyBook(calico_tiers=(tier("a", 7), tier("default")))) == 1
    assert default_tier(PolicyBook(calico_tiers=(tier("zero"), tier("default")))) == 0


def test_a_name_of_the_crd_group_tells_the_tier_where_the_policy_does_not() -> None:
    items = (policy(name, {}, CRD) for name in ("early.p", "early", "default.q", "nobody.r"))
    assert stands(*items, tier("early", 1)) == ["early.p", "KUBERNETES", "early", "nobody.r", "default.q"]


def test_a_tier_that_passes_on_refuses_nothing_of_its_own() -> None:
    read = reading(
        policy("a", {"tier": "open"}),
        policy("b", {"tier": "shut"}),
        policy("c", {}),
        tier("open", 1, "Pass"),
        tier("shut", 2, "Deny"),
    )
    assert [(item.policy, item.tier, item.isolates) for item in ingress(read)] == [
        (0, 0, False),
        (1, 1, True),
        (2, 2, True),
    ]


def test_places_count_the_policies_of_kubernetes_first() -> None:
    read = reading(policy("a", {}))
    read = replace(read, book=replace(read.book, kubernetes=(NetworkPolicy(Metadata("k")),) * 3))
    assert [item.policy for item in ingress(read)] == [3]


# Directions


@pytest.mark.parametrize(
    ("spec", "group", "expected"),
    [
        ({}, V3, [INGRESS]),
        ({"ingress": [ALLOW]}, V3, [INGRESS]),
        ({"egress": [ALLOW]}, V3, [EGRESS]),
        ({"ingress": [ALLOW], "egress": [ALLOW]}, V3, [INGRESS, EGRESS]),
        ({}, CRD, [INGRESS, EGRESS]),
        ({"egress": [ALLOW]}, CRD, [INGRESS, EGRESS]),
        ({"types": ["Egress"]}, V3, [EGRESS]),
        ({"types": ["Ingress"], "egress": [ALLOW]}, CRD, [INGRESS]),
        ({"types": ["egress", "INGRESS"]}, V3, [INGRESS, EGRESS]),
    ],
)
def test_types_or_else_the_rules_say_the_directions(
    spec: dict[str, Any], group: str, expected: list[Direction]
) -> None:
    found, _ = sections(reading(policy("p", spec, group)))
    assert [direction for direction in Direction if found[direction]] == expected


@pytest.mark.parametrize("field", ["doNotTrack", "preDNAT"])
def test_policies_for_host_endpoints_only_are_passed_over(field: str) -> None:
    read = reading(policy("a", {field: True, "applyOnForward": True, "types": ["Ingress"]}), policy("b", {}))
    found, passed_over = sections(read)
    assert [item.policy for item in found[INGRESS]] == [1]
    assert passed_over == [NotEnforced(0, INGRESS, 40)]


# Subjects


@pytest.mark.parametrize(
    ("name", "spec", "surely", "possibly"),
    [
        ("shop/p", {}, ["shop/cache", "shop/db", "shop/web"], []),
        ("shop/p", {"selector": "all()"}, ["shop/cache", "shop/db", "shop/web"], []),
        ("shop/p", {"selector": "app == 'web'"}, ["shop/web"], []),
        ("shop/p", {"selector": "app == 'web' || app == 'db'"}, ["shop/db", "shop/web"], []),
        ("gone/p", {}, [], []),
        ("p", {}, ALL_PODS, []),
        ("p", {"selector": "!has(app)"}, ["lab/tool"], []),
        ("p", {"selector": "projectcalico.org/namespace == 'ops'"}, ["ops/web"], []),
        ("p", {"selector": "projectcalico.org/orchestrator == 'k8s'"}, ALL_PODS, []),
        ("p", {"selector": "projectcalico.org/orchestrator != 'k8s'"}, [], []),
        ("p", {"selector": "pcns.team == 'ops'"}, ["ops/web"], []),
        ("p", {"namespaceSelector": "all()"}, ALL_PODS, []),
        ("p", {"namespaceSelector": "team == 'retail'", "selector": "app == 'web'"}, ["shop/web"], []),
        ("p", {"namespaceSelector": "!has(team)"}, ["lab/tool"], []),
        ("p", {"namespaceSelector": "projectcalico.org/name in {'ops', 'lab'}"}, ["lab/tool", "ops/web"], []),
        ("p", {"namespaceSelector": "kubernetes.io/metadata.name == 'ops'"}, ["ops/web"], []),
        ("p", {"serviceAccountSelector": "role == 'x'"}, [], ALL_PODS),
        ("p", {"serviceAccountSelector": "role != 'x'"}, [], ALL_PODS),
        ("p", {"serviceAccountSelector": "all()"}, ALL_PODS, []),
        ("shop/p", {"serviceAccountSelector": "role == 'x'", "selector": "app == 'db'"}, [], ["shop/db"]),
        ("p", {"selector": "projectcalico.org/serviceaccount == 'x' || app == 'db'"}, ["shop/db"], [
            "lab/tool",
            "ops/web",
            "shop/cache",
            "shop/web",
        ]),
    ],
)  # fmt: skip
def test_a_policy_selects_pods(name: str, spec: dict[str, Any], surely: list[str], possibly: list[str]) -> None:
    assert subjects_of(spec, name) == (surely, possibly)


# Peers


SETS = (
    network_set("shop/partners", "203.0.113.0/24", labels={"kind": "partner"}),
    network_set("ops/partners", "198.51.100.0/24", labels={"kind": "partner"}),
    network_set("world", "192.0.2.0/24", "10.0.2.0/24", "2001:db8::/32", labels={"kind": "partner", "app": "web"}),
    host_endpoint("two", "10.1.0.5", labels={"kind": "host"}),
)
SHOPS, OPS_NET, WORLD_NET = "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"
HOST_TWO = ["own node two", "remote node two"]


@pytest.mark.parametrize(
    ("name", "entity", "peers"),
    [
        # in a namespace, selectors look at its own endpoints and sets
        ("shop/p", {"selector": "app == 'web'"}, ["shop/web"]),
        ("shop/p", {"selector": "all()"}, [SHOPS, "shop/cache", "shop/db", "shop/web"]),
        ("shop/p", {"selector": "kind == 'partner'"}, [SHOPS]),
        # unless a namespaceSelector says otherwise
        ("shop/p", {"namespaceSelector": "team == 'ops'"}, [OPS_NET, "ops/web"]),
        ("shop/p", {"namespaceSelector": "team == 'ops'", "selector": "app == 'db'"}, []),
        ("shop/p", {"namespaceSelector": "all()", "selector": "app == 'web'"}, ["ops/web", "shop/web"]),
        ("shop/p", {"namespaceSelector": "all()"}, [*ALL_PODS, OPS_NET, SHOPS]),
        ("shop/p", {"namespaceSelector": "global()"}, [WORLD_NET, "ops/web", *HOST_TWO]),
        ("shop/p", {"namespaceSelector": "global()", "selector": "kind == 'host'"}, HOST_TWO),
        ("shop/p", {"namespaceSelector": "global() || team == 'ops'", "selector": "kind == 'partner'"}, [
            OPS_NET,
            WORLD_NET,
            "ops/web",
        ]),
        # a global policy looks at everything with labels, and at nothing else
        ("p", {"selector": "app == 'web'"}, [WORLD_NET, "ops/web", "shop/web"]),
        ("p", {"selector": "kind == 'host'"}, HOST_TWO),
        ("p", {"selector": "!has(kind)"}, ALL_PODS),
        ("p", {"selector": "all()"}, [*ALL_PODS, OPS_NET, SHOPS, WORLD_NET, *HOST_TWO]),
        ("p", {"namespaceSelector": "!has(team)"}, [WORLD_NET, "lab/tool", "ops/web", *HOST_TWO]),
        # beside another selector, as that of the own namespace, notSelector only narrows that
        ("shop/p", {"notSelector": "app == 'db'"}, [SHOPS, "shop/cache", "shop/web"]),
        ("p", {"selector": "has(app)", "notSelector": "zone == 'a'"}, [
            WORLD_NET,
            "ops/web",
            "shop/cache",
            "shop/web",
        ]),
        ("p", {"namespaceSelector": "all()", "notSelector": "app == 'web'"}, [
            OPS_NET,
            SHOPS,
            "lab/tool",
            "shop/cache",
            "shop/db",
        ]),
    ],
)  # fmt: skip
def test_selectors_of_a_rule_find_pods_sets_and_host_endpoints(
    name: str, entity: dict[str, Any], peers: list[str]
) -> None:
    assert peers_of(entity, *SETS, name=name) == (sorted(peers), [])


def test_not_selector_alone_leaves_over_whatever_is_no_endpoint() -> None:
    surely, unsure = peers_of({"notSelector": "has(app)"}, *SETS)
    assert [item for item in surely if not item[0].isdecimal()] == ["API server", "lab/tool", *NODES]
    assert (SHOPS in surely, WORLD_NET in surely, unsure) == (True, False, [])


@pytest.mark.parametrize(
    ("entity", "peers"),
    [
        ({"nets": ["10.0.1.0/24"]}, ["shop/cache", "shop/db", "shop/web"]),
        ({"nets": ["10.0.1.1", "203.0.113.0/24"]}, [SHOPS, "shop/web"]),
        ({"nets": ["10.1.0.4/32"]}, ["own node one", "remote node one"]),
        ({"nets": ["20.0.0.0/16"]}, ["20.0.0.0/16", "API server"]),
        ({"nets": ["10.0.0.0/16"], "notNets": ["10.0.1.0/24"]}, ["lab/tool", "ops/web"]),
        ({"notNets": ["10.0.0.0/16", "0.0.0.0/1", "128.0.0.0/1"]}, []),
        ({"notNets": ["0.0.0.0/0"]}, []),
        ({"nets": ["10.0.0.0/16"], "selector": "app == 'web'"}, ["ops/web", "shop/web"]),
        ({"nets": ["10.0.1.0/24"], "selector": "app == 'web'", "notSelector": "zone == 'a'"}, ["shop/web"]),
        ({"notNets": ["10.0.1.0/24"], "notSelector": "app == 'web'", "nets": ["10.0.0.0/16"]}, ["lab/tool"]),
        ({"nets": ["no range", "10.0.1.2"]}, ["shop/db"]),
        # a list for the other family only makes the rule one of that family
        ({"nets": ["2001:db8::/32"]}, []),
        ({"notNets": ["2001:db8::/32"]}, []),
        ({"nets": ["10.0.1.2", "fd00::12"], "notNets": ["fd00::/8", "10.0.2.0/24"]}, ["shop/db"]),
    ],
)  # fmt: skip
def test_ranges_match_every_address_and_all_parts_of_an_entity_have_to(
    entity: dict[str, Any], peers: list[str]
) -> None:
    assert peers_of(entity) == (peers, [])


def test_ranges_of_a_rule_are_read_for_each_family() -> None:
    assert peers_of({"nets": ["10.0.1.2", "fd00::12"]}, family=6) == (["shop/db"], [])
    assert peers_of({"nets": ["10.0.1.2"]}, family=6) == ([], [])
    assert peers_of({"namespaceSelector": "global()"}, *SETS, family=6) == (["2001:db8::/32"], [])


def test_a_rule_may_be_for_one_family_only() -> None:
    spec = {"ingress": [ALLOW | {"ipVersion": 6}, ALLOW | {"ipVersion": 4}, ALLOW]}
    assert [grant.rule for grant in grants_of(spec)[1]] == [1, 2]
    assert [grant.rule for grant in grants_of(spec, family=6)[1]] == [0, 2]


# Ports


def tcp(*spans: tuple[int, int]) -> PortSet:
    return PortSet(tuple(Span("TCP", first, last) for first, last in spans))


@pytest.mark.parametrize(
    ("rule", "surely", "possibly"),
    [
        ({}, EVERYTHING, PortSet()),
        ({"protocol": "TCP"}, TCP, PortSet()),
        ({"protocol": "tcp"}, TCP, PortSet()),
        ({"protocol": 6}, TCP, PortSet()),
        ({"protocol": "SCTP", "destination": {"ports": [3868]}}, PortSet((Span("SCTP", 3868, 3868),)), PortSet()),
        ({"protocol": "TCP", "destination": {"ports": [80, "443", "8080:8090", "8091"]}}, tcp((80, 80), (443, 443), (8080, 8091)), PortSet()),
        ({"protocol": "TCP", "destination": {"ports": ["0:65535"]}}, TCP, PortSet()),
        ({"protocol": "TCP", "destination": {"ports": ["90:80", 70000, "1:2:3"]}}, PortSet((), frozenset((NamedPort("TCP", "1:2:3"),))), PortSet()),
        ({"protocol": "TCP", "destination": {"notPorts": [80, "443:65535"]}}, tcp((1, 79), (81, 442)), PortSet()),
        ({"protocol": "TCP", "destination": {"ports": ["80:90"], "notPorts": [85]}}, tcp((80, 84), (86, 90)), PortSet()),
        ({"protocol": "TCP", "destination": {"ports": ["http", 443]}}, PortSet((Span("TCP", 443, 443),), frozenset((NamedPort("TCP", "http"),))), PortSet()),
        ({"notProtocol": "TCP"}, EVERYTHING.minus(TCP), PortSet()),
        ({"notProtocol": 17, "protocol": "TCP"}, TCP, PortSet()),
        ({"notProtocol": "TCP", "protocol": "TCP"}, PortSet(), PortSet()),
        # ICMP is one of the protocols without ports, which are one for the model
        ({"protocol": "ICMP"}, PortSet(), OTHERS),
        ({"protocol": 1}, PortSet(), OTHERS),
        ({"protocol": "ICMP", "icmp": {"type": 8}}, PortSet(), OTHERS),
        ({"protocol": "ICMP", "notICMP": {"type": 8}}, PortSet(), OTHERS),
        ({"protocol": "UDPLite", "destination": {"ports": [7], "notPorts": [8]}}, PortSet(), OTHERS),
        ({"protocol": 47}, PortSet(), OTHERS),
        ({"protocol": "ICMPv6"}, PortSet(), PortSet()),
        ({"notProtocol": "ICMP"}, EVERYTHING.minus(OTHERS), OTHERS),
        ({"notProtocol": "ICMPv6"}, EVERYTHING, PortSet()),
        ({"protocol": "any"}, PortSet(), EVERYTHING),
        # neither the source's port nor what an HTTP request asks for is seen
        ({"protocol": "TCP", "source": {"ports": [1024]}}, PortSet(), TCP),
        ({"protocol": "TCP", "source": {"notPorts": [1024]}, "destination": {"ports": [80]}}, PortSet(), TCP_80),
        ({"protocol": "TCP", "http": {"methods": ["GET"]}}, PortSet(), TCP),
        # Calico does not admit ports without their protocol
        ({"destination": {"ports": [80]}}, PortSet(), PortSet(tuple(Span(name, 80, 80) for name in ("SCTP", "TCP", "UDP")))),
        ({"destination": {"notPorts": ["2:65535"]}}, PortSet(), PortSet((*(Span(name, 1, 1) for name in ("SCTP", "TCP", "UDP")), *OTHERS.spans))),
    ],
)  # fmt: skip
def test_protocol_and_ports_make_a_set(rule: dict[str, Any], surely: PortSet, possibly: PortSet) -> None:
    assert ports_of(rule) == (surely, possibly)


def test_each_family_has_an_icmp_of_its_own() -> None:
    assert ports_of({"protocol": "ICMPv6"}, family=6) == (PortSet(), OTHERS)
    assert ports_of({"protocol": 1}, family=6) == (PortSet(), PortSet())


def test_for_egress_names_are_the_numbers_of_each_destination() -> None:
    rule = {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["http", "sql", 443]}}
    read, grants = grants_of({"types": ["Egress"], "egress": [rule]})
    others = sorted([*NODES, "API server", "outside"])
    assert sorted((named(read, item.peers), str(item.ports)) for item in grants) == [
        (others, "TCP 443"),
        (["lab/tool", "ops/web"], "TCP 443"),
        (["shop/cache"], "TCP 80, TCP 443"),
        (["shop/db"], "TCP 443, TCP 5432"),
        (["shop/web"], "TCP 443, TCP 8080"),
    ]


def test_a_name_alone_leads_only_to_pods_that_define_it() -> None:
    rule = {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["http"], "selector": "app == 'web'"}}
    read, grants = grants_of({"types": ["Egress"], "egress": [rule]}, *SETS)
    assert [(named(read, item.peers), str(item.ports)) for item in grants] == [(["shop/web"], "TCP 8080")]


def test_a_name_among_excluded_ports_excludes_the_number_of_each_destination() -> None:
    destination = {"ports": ["80:81", "http"], "notPorts": ["http", 81], "nets": ["10.0.1.0/24"]}
    rule = {"action": "Allow", "protocol": "TCP", "destination": destination}
    read, grants = grants_of({"types": ["Egress"], "egress": [rule]})
    assert [(named(read, item.peers), str(item.ports)) for item in grants] == [
        (["shop/web"], "TCP 80"),
        (["shop/db"], "TCP 80"),
    ]


def test_for_ingress_names_stay_with_the_subject_unless_ports_are_excluded() -> None:
    plain = {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["http"]}}
    excluding = {"action": "Deny", "protocol": "TCP", "destination": {"notPorts": ["http"]}}
    read = reading(policy("shop/p", {"ingress": [plain, excluding]}))
    assert {
        tuple(named(read, item.subjects)): [str(grant.ports) for grant in item.grants] for item in ingress(read)
    } == {
        ("shop/web",): ["TCP http", "TCP 1-8079, TCP 8081-65535"],
        ("shop/cache",): ["TCP http", "TCP 1-79, TCP 81-65535"],
        ("shop/db",): ["TCP http", "every TCP port"],
    }


# What the model does not see


@pytest.mark.parametrize(
    ("entity", "surely", "unsure"),
    [
        ({"serviceAccounts": {"names": ["robot"]}}, [], ALL_PODS),
        ({"serviceAccounts": {"selector": "role == 'x'"}}, [], ALL_PODS),
        ({"serviceAccounts": {}}, EVERYONE, []),
        ({"serviceAccounts": {"names": ["robot"]}, "selector": "app == 'web'"}, [], ["ops/web", "shop/web"]),
        ({"services": {"name": "web", "namespace": "shop"}}, [], EVERYONE),
        ({"domains": ["example.org"], "nets": ["10.0.1.2"]}, [], ["shop/db"]),
        ({"selector": "app == 'db' || projectcalico.org/serviceaccount == 'x'"}, ["shop/db"], [
            "lab/tool",
            "ops/web",
            "shop/cache",
            "shop/web",
        ]),
    ],
)  # fmt: skip
def test_what_is_not_seen_is_never_sure(entity: dict[str, Any], surely: list[str], unsure: list[str]) -> None:
    assert peers_of(entity) == (surely, unsure)


def test_a_service_account_in_a_namespaced_policy_is_one_of_its_namespace() -> None:
    assert peers_of({"serviceAccounts": {"names": ["robot"]}}, name="lab/p") == ([], ["lab/tool"])


def test_names_of_a_network_set_may_lead_anywhere_outside_but_come_from_nowhere() -> None:
    named_set = network_set("world", "203.0.113.0/24", labels={"kind": "partner"}, domains=("example.org",))
    surely, unsure = peers_of({"selector": "kind == 'partner'"}, named_set)
    everywhere = ["0.0.0.0-9.255.255.255", "10.1.0.0-203.0.112.255", "203.0.114.0-255.255.255.255", "API server"]
    assert (surely, unsure) == ([SHOPS], everywhere)
    spec = {"ingress": [{"action": "Allow", "source": {"selector": "kind == 'partner'"}}]}
    read, (grant,) = grants_of(spec, named_set)
    assert (named(read, grant.peers), grant.is_sure) == ([SHOPS], True)


def test_what_the_control_plane_sends_may_come_from_anywhere() -> None:
    rules = [
        {"action": "Allow", "source": {"nets": ["20.0.0.0/8"]}},
        {"action": "Deny", "source": {"selector": "app == 'db'"}},
        {"action": "Pass", "source": {"selector": "app == 'nobody'"}},
        {"action": "Deny", "source": {"nets": ["20.0.0.0/8"]}},
        {"action": "Allow"},
    ]
    read, grants = grants_of({"selector": "app == 'web'", "ingress": rules})
    assert [(item.rule, named(read, item.peers), item.is_sure) for item in grants] == [
        (0, ["20.0.0.0/8"], True),
        (1, ["shop/db"], True),
        (1, ["API server"], False),
        (3, ["20.0.0.0/8"], True),
        (3, ["API server"], False),
        (4, named(read, EVERY), True),
    ]
    spec = {"types": ["Egress"], "egress": [{"action": "Deny", "destination": {"nets": ["20.0.0.0/8"]}}]}
    read, grants = grants_of(spec)
    assert [(named(read, item.peers), item.is_sure) for item in grants] == [(["20.0.0.0/8", "API server"], True)]


# The subject's own side of a rule


def test_a_destination_of_ingress_narrows_the_subjects_of_that_rule_only() -> None:
    rules = [
        {"action": "Deny", "destination": {"selector": "app == 'web'"}},
        {"action": "Allow", "destination": {"nets": ["10.0.1.0/30"]}},
        {"action": "Allow", "source": {"nets": ["10.0.1.2"]}},
    ]
    read = reading(policy("p", {"order": 5, "ingress": rules}))
    assert sorted((named(read, item.subjects), [grant.rule for grant in item.grants]) for item in ingress(read)) == [
        (["lab/tool"], [2]),
        (["ops/web"], [0, 2]),
        (["shop/cache", "shop/db"], [1, 2]),
        (["shop/web"], [0, 1, 2]),
    ]
    assert {(item.order, item.isolates, item.tier, item.policy, item.row) for item in ingress(read)} == {
        (999, True, 0, 0, 40)
    }


def test_a_source_of_egress_narrows_the_subjects_and_looks_into_the_own_namespace() -> None:
    rule = {"action": "Allow", "source": {"notSelector": "app == 'web'"}}
    read = reading(policy("shop/p", {"types": ["Egress"], "egress": [rule]}))
    assert [(named(read, item.subjects), len(item.grants)) for item in egress(read)] == [
        (["shop/cache", "shop/db"], 1),
        (["shop/web"], 0),
    ]


def test_an_own_side_that_is_not_known_makes_the_rule_unsure_for_those_subjects() -> None:
    own = {"selector": "app == 'db' || projectcalico.org/serviceaccount == 'x'"}
    read = reading(policy("shop/p", {"ingress": [{"action": "Deny", "destination": own}]}))
    assert [
        (named(read, item.subjects), [(grant.peers, grant.is_sure) for grant in item.grants]) for item in ingress(read)
    ] == [(["shop/db"], [(EVERY, True)]), (["shop/cache", "shop/web"], [(EVERY, False)])]


def test_subjects_that_may_be_selected_have_the_same_rules() -> None:
    spec = {"selector": "app == 'db' || projectcalico.org/serviceaccount == 'x'", "ingress": [ALLOW]}
    read = reading(policy("shop/p", spec))
    (found,) = ingress(read)
    assert (named(read, found.subjects), named(read, found.maybe)) == (["shop/db"], ["shop/cache", "shop/web"])
    assert [grant.is_sure for grant in found.grants] == [True]


# What cannot be read


def blind(read: Reading) -> Reading:
    missing: Missing[object] = Missing(Source.NAMESPACES, Cause.FORBIDDEN, "403")
    return replace(read, namespaces=missing.of)


def test_namespaces_that_were_not_read_lack_only_where_their_labels_decide() -> None:
    by_name = {"namespaceSelector": "projectcalico.org/name == 'ops' || kubernetes.io/metadata.name == 'lab'"}
    read = blind(
        reading(
            policy("p", by_name),
            policy("shop/q", {"ingress": [{"action": "Allow", "source": {"namespaceSelector": "all()"}}]}),
        )
    )
    assert [named(read, item.subjects) for item in ingress(read)] == [
        ["lab/tool", "ops/web"],
        ["shop/cache", "shop/db", "shop/web"],
    ]
    with pytest.raises(LackingError) as lacking:
        sections(blind(reading(policy("p", {"namespaceSelector": "team == 'ops'"}))))
    assert [item.source for item in lacking.value.missing] == [Source.NAMESPACES]


@pytest.mark.parametrize(
    "spec",
    [
        {"selector": "app = 'web'"},
        {"ingress": [{"action": "Allow", "source": {"selector": "app = 'web'"}}]},
        {"ingress": [{"action": "Allow", "source": {"notSelector": "app = 'web'"}}]},
        {"ingress": [{"action": "Allow", "source": {"serviceAccounts": {"selector": "app = 'web'"}}}]},
        {"namespaceSelector": "app = 'web'"},
    ],
)
def test_a_selector_that_cannot_be_read_is_lacking_and_mentions_nothing(spec: dict[str, Any]) -> None:
    read = reading(policy("p", spec))
    assert calico_mentioned(read.book) == Mentioned()
    with pytest.raises(LackingError, match="no selector of Calico's"):
        sections(read)


def test_an_action_that_calico_does_not_have_is_lacking() -> None:
    with pytest.raises(LackingError) as lacking:
        sections(reading(policy("p", {"ingress": [{"action": "Allow"}, {"action": "Reject"}]})))
    (missing,) = lacking.value.missing
    assert (missing.source, missing.cause, missing.detail) == (
        Source.CALICO_POLICIES,
        Cause.UNRECOGNISED,
        "A rule of a Calico policy has the action 'Reject', which Calico does not have",
    )


def test_what_policies_and_sets_name_is_mentioned() -> None:
    entity = {"selector": "has(a)", "notSelector": "b == '1'", "nets": ["10.0.0.0/8"], "notNets": ["10.1.0.0/16"]}
    rules = [{"action": "Deny", "source": entity, "destination": {"ports": ["http", 80], "notPorts": ["sql", "1:2"]}}]
    book = reading(policy("p", {"selector": "c in {'x'}", "egress": rules}), *SETS).book
    ranges = ("10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "10.0.2.0/24")
    assert calico_mentioned(book) == Mentioned(
        labels=frozenset("abc"),
        port_names=frozenset(("http", "sql")),
        ranges=frozenset(filter(None, map(interval, (*ranges, "2001:db8::/32", "10.1.0.5")))),
    )
    assert calico_mentioned(replace(book, calico=())) == Mentioned()


# What is read of the objects


def test_labels_that_calico_keeps_in_an_annotation_are_the_objects_own() -> None:
    kept = {"labels": {"role": "db", "zone": "a"}, "annotations": {"password": "x"}, "uid": "1"}
    metadata = {
        "name": "s",
        "labels": {"zone": "b", "team": "ops"},
        "annotations": {"projectcalico.org/metadata": msgspec.json.encode(kept).decode(), "other": "y"},
    }
    for kind in (CalicoNetworkSet, CalicoHostEndpoint):
        found = msgspec.convert({"metadata": metadata}, kind)
        assert found.labels == {"role": "db", "zone": "a", "team": "ops"}
        stored = msgspec.json.encode(found)
        assert b"password" not in stored
        assert msgspec.json.decode(stored, type=kind) == found


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"labels": null}', '{"labels": {"a": 1}}'])
def test_an_annotation_without_labels_changes_nothing(text: str) -> None:
    metadata = {"name": "s", "labels": {"a": "b"}, "annotations": {"projectcalico.org/metadata": text}}
    assert msgspec.convert({"metadata": metadata}, CalicoNetworkSet).labels == {"a": "b"}


def test_a_rule_is_read_with_all_that_decides() -> None:
    body = (
        b'{"action": "Allow", "protocol": 6, "notProtocol": "ICMPv6", "ipVersion": 4, "icmp": {"type": 8},'
        b' "notICMP": {"type": 8, "code": 0}, "http": {"methods": ["GET"]}, "metadata": {"annotations": {"a": "b"}},'
        b' "source": {"ports": [80, "1:2", "http"], "services": {"name": "web"}}, "unknown": []}'
    )
    found = msgspec.json.decode(body, type=CalicoRule)
    presence = CalicoPresence()
    assert (found.protocol, found.not_protocol, found.ip_version) == (6, "ICMPv6", 4)
    assert (found.icmp, found.not_icmp, found.http) == (presence, presence, presence)
    assert found.source is not None
    assert (found.source.ports, found.source.services) == ((80, "1:2", "http"), presence)


def test_a_policy_for_host_endpoints_is_read_as_one() -> None:
    spec = {"doNotTrack": True, "preDNAT": True, "applyOnForward": True, "order": 1}
    found: CalicoPolicy = policy("p", spec)
    assert (found.spec.do_not_track, found.spec.pre_dnat, found.spec.apply_on_forward, found.spec.order) == (
        True,
        True,
        True,
        1.0,
    )
