"""Calico's policies over one flow at a time, by address, against the sections over sets of parties.

The naive side reads no selector: each comes with a function that says what it means. Labels that are not known make
that function's answer None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, reduce
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any, NamedTuple

import pytest
from connectivity.calico_cases import API_SERVER, NODES, PODS, Step, Wanted, decided, outcomes, policy, reading, tier
from connectivity.calico_cases import host_endpoint as host
from connectivity.calico_cases import network_set as addresses
from connectivity.cases import NAMESPACES

from analyzer.bits import members
from analyzer.connectivity.enforcement import Action
from analyzer.connectivity.engines.calico_policies import sections
from analyzer.connectivity.isolation import Direction
from analyzer.model.objects import CalicoHostEndpoint, CalicoNetworkSet, Pod

Truth = bool | None
Labels = Mapping[str, str]
Meaning = Callable[[Labels], Truth]


class Selector(NamedTuple):
    text: str
    means: Meaning


def not_(one: Truth) -> Truth:
    return None if one is None else not one


def and_(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def or_(one: Truth, other: Truth) -> Truth:
    return not_(and_(not_(one), not_(other)))


def any_(truths: Iterable[Truth]) -> Truth:
    return reduce(or_, truths, False)


TERMS = (
    Selector("app == 'web'", lambda labels: labels.get("app") == "web"),
    Selector("app != 'db'", lambda labels: labels.get("app") != "db"),
    Selector("has(zone)", lambda labels: "zone" in labels),
    Selector("zone not in {'a', 'c'}", lambda labels: labels.get("zone") not in ("a", "c")),
    Selector("app starts with 'ca'", lambda labels: labels.get("app", "").startswith("ca")),
    Selector("app contains 'b'", lambda labels: "b" in labels.get("app", "")),
    Selector("kind in {'far', 'near'}", lambda labels: labels.get("kind") in ("far", "near")),
    Selector("projectcalico.org/namespace == 'shop'", lambda labels: labels.get(NAMESPACE) == "shop"),
    Selector("pcns.team == 'ops'", lambda labels: labels.get("pcns.team") == "ops"),
    Selector("projectcalico.org/serviceaccount == 'x'", lambda labels: None if K8S in labels else False),
    Selector("all()", lambda _: True),
)
NAMESPACE, K8S = "projectcalico.org/namespace", "projectcalico.org/orchestrator"
NAMESPACE_TERMS = (
    Selector("team == 'retail'", lambda labels: labels.get("pcns.team") == "retail"),
    Selector("!has(team)", lambda labels: "pcns.team" not in labels),
    Selector("projectcalico.org/name in {'lab', 'ops'}", lambda labels: labels.get(NAMESPACE) in ("lab", "ops")),
    Selector("all()", lambda labels: NAMESPACE in labels),
    Selector("global()", lambda labels: NAMESPACE not in labels),
)
SETS = (
    addresses("shop/near", "203.0.113.0/24", "10.0.2.0/24", labels={"kind": "near"}),
    addresses("far", "198.51.100.0/24", "2001:db8::/32", labels={"kind": "far", "zone": "a"}),
    host("two", "10.1.0.5", labels={"kind": "near", "app": "web"}),
)
TIERS = (tier("early", 10), tier("open", 20, "Pass"))
NETS = (
    "10.0.1.0/24",
    "10.0.0.0/16",
    "10.1.0.4/32",
    "203.0.113.7/32",
    "198.51.100.0/25",
    "0.0.0.0/0",
    "fd00::/64",
    "20.0.0.0/8",
)
OUTSIDE = ("203.0.113.7", "203.0.113.8", "198.51.100.1", "198.51.100.200", "8.8.8.8")
FLOWS: tuple[Wanted, ...] = (("TCP", 80), ("TCP", 8080), ("TCP", 5432), ("UDP", 53), ("SCTP", 3868), ("other", 0))
PORTS: tuple[int | str, ...] = (80, "8000:9000", "http", "sql", 53, "1:65535")


def some_selector(random: Random, depth: int = 0) -> Selector:
    roll = random.random() if depth < 3 else 1
    if roll < 0.15:
        one = some_selector(random, depth + 1)
        return Selector(f"!({one.text})", lambda labels: not_(one.means(labels)))
    if roll < 0.45:
        left, right = some_selector(random, depth + 1), some_selector(random, depth + 1)
        joined, both = random.choice((("&&", and_), ("||", or_)))
        return Selector(
            f"({left.text}) {joined} ({right.text})", lambda labels: both(left.means(labels), right.means(labels))
        )
    return random.choice(TERMS)


class Entity(NamedTuple):
    """A side of a rule, as it is written and as it is meant."""

    body: dict[str, Any]
    selector: Selector | None
    namespaces: Selector | None
    without: Selector | None


def some_entity(random: Random) -> Entity:
    def perhaps(make: Callable[[], Any], chance: float) -> Any:
        return make() if random.random() < chance else None

    chosen = perhaps(lambda: some_selector(random), 0.4)
    namespaces = perhaps(lambda: random.choice(NAMESPACE_TERMS), 0.2)
    without = perhaps(lambda: some_selector(random), 0.2)
    body = {
        "selector": chosen and chosen.text,
        "namespaceSelector": namespaces and namespaces.text,
        "notSelector": without and without.text,
        "nets": perhaps(lambda: random.sample(NETS, 2), 0.25),
        "notNets": perhaps(lambda: random.sample(NETS, 1), 0.15),
        "ports": perhaps(lambda: random.sample(PORTS, 2), 0.4),
        "notPorts": perhaps(lambda: random.sample(PORTS, 1), 0.15),
    }
    return Entity({key: value for key, value in body.items() if value}, chosen, namespaces, without)


class Rule(NamedTuple):
    action: str
    protocol: str | None
    source: Entity
    destination: Entity

    @property
    def body(self) -> dict[str, Any]:
        protocol = {} if self.protocol is None else {"protocol": self.protocol}
        return {"action": self.action, "source": self.source.body, "destination": self.destination.body} | protocol


def some_rule(random: Random) -> Rule:
    source, destination = some_entity(random), some_entity(random)
    if random.random() < 0.85:
        source = source._replace(body={key: value for key, value in source.body.items() if "orts" not in key})
    protocol = random.choice(("TCP", "TCP", "UDP", "ICMP", None))
    return Rule(random.choice(("Allow", "Allow", "Deny", "Pass", "Log")), protocol, source, destination)


class Written(NamedTuple):
    """A policy, and what its selector means."""

    name: str
    tier: str
    order: float | None
    selector: Selector
    rules: list[Rule]

    @property
    def namespace(self) -> str:
        return self.name.rpartition("/")[0]


def some_policy(random: Random, number: int) -> Written:
    name = random.choice(("", "shop/", "ops/")) + f"p{number}"
    order = random.choice((None, None, 5, 1000, 2000.5))
    rules = [some_rule(random) for _ in range(random.randrange(4))]
    return Written(name, random.choice(("default", "default", "early", "open")), order, some_selector(random), rules)


def labels_of(item: Pod | CalicoNetworkSet | CalicoHostEndpoint) -> dict[str, str]:
    found = dict(item.labels)
    if item.namespace:
        found[NAMESPACE] = item.namespace
        found |= {f"pcns.{key}": value for key, value in NAMESPACES[item.namespace].items()}
    return found | ({K8S: "k8s"} if isinstance(item, Pod) else {})


def addresses_of(item: Pod | CalicoNetworkSet | CalicoHostEndpoint) -> tuple[str, ...]:
    if isinstance(item, Pod):
        return item.addresses
    return item.spec.nets if isinstance(item, CalicoNetworkSet) else item.spec.expected_ips


def is_in(address: str, nets: Iterable[str]) -> bool:
    return any(is_within(address, net) for net in nets)


@cache
def is_within(address: str, net: str) -> bool:
    return ip_address(address) in ip_network(net)


def stands_for(address: str, means: Meaning) -> Truth:
    """Whether an address is in the set that a selector makes: of pods, network sets and host endpoints."""
    return any_(means(labels_of(item)) for item in (*PODS, *SETS) if is_in(address, addresses_of(item)))


def meets(entity: Entity, namespace: str, address: str) -> Truth:
    """Whether an address is what a side of a rule asks for."""
    chosen, namespaces, without = entity.selector, entity.namespaces, entity.without
    narrowed = bool(namespaces or (namespace and (chosen or without)))
    found: Truth = True
    if chosen or narrowed:

        def means(labels: Labels) -> Truth:
            inside = namespaces.means(labels) if namespaces else not namespace or labels.get(NAMESPACE) == namespace
            wanted = chosen.means(labels) if chosen else True
            return and_(and_(inside, wanted), not_(without.means(labels)) if without else True)

        found = stands_for(address, means)
    elif without:
        found = not_(stands_for(address, without.means))
    nets, not_nets = ([net for net in entity.body.get(key, ()) if ":" not in net] for key in ("nets", "notNets"))
    if ("nets" in entity.body and not nets) or ("notNets" in entity.body and not not_nets):
        return False
    inside_nets = not nets or is_in(address, nets)
    return and_(found, inside_nets and not is_in(address, not_nets))


def carries(rule: Rule, wanted: Wanted, destination: Pod | None) -> Truth:
    """Whether protocol and ports of a flow are what a rule asks for."""
    protocol, port = wanted
    listed, excluded = (rule.destination.body.get(key, ()) for key in ("ports", "notPorts"))
    if rule.protocol == "ICMP":
        return None if protocol == "other" else False
    if rule.protocol not in (None, protocol) or (protocol == "other" and listed):
        return False
    if protocol != "other":
        containers = destination.spec.containers if destination else ()
        numbers = [
            (item.name, item.container_port)
            for container in containers
            for item in container.ports
            if item.protocol == protocol
        ]
        if (listed and not holds(listed, port, numbers)) or holds(excluded, port, numbers):
            return False
    is_unseen = any("orts" in key for key in rule.source.body) or (rule.protocol is None and (listed or excluded))
    return None if is_unseen else True


def holds(ports: Iterable[int | str], port: int, numbers: list[tuple[str, int]]) -> bool:
    for item in ports:
        first, _, last = str(item).partition(":")
        if first.isdigit():
            if int(first) <= port <= int(last or first):
                return True
        elif (item, port) in numbers:
            return True
    return False


def naive(
    policies: list[Written], direction: Direction, pod: Pod, peer: tuple[str, Pod | None], wanted: Wanted
) -> set[bool]:
    own, address = pod.addresses[0], peer[0]
    is_ingress = direction is Direction.INGRESS
    steps = []
    for written in policies:
        inside = not written.namespace or pod.namespace == written.namespace
        selected = and_(inside, written.selector.means(labels_of(pod)))
        if selected is False:
            continue
        matches = []
        for rule in written.rules:
            source, destination = (address, own) if is_ingress else (own, address)
            found = and_(
                and_(
                    meets(rule.source, written.namespace, source),
                    meets(rule.destination, written.namespace, destination),
                ),
                carries(rule, wanted, pod if is_ingress else peer[1]),
            )
            if found is not False and rule.action != "Log":
                matches.append((Action(rule.action), found is True))
        place = ("early", "open", "default").index(written.tier)
        order = float("inf") if written.order is None else written.order
        steps.append(
            (place, order, written.name.rpartition("/")[2], Step(place, 0, place != 1, selected is True, matches))
        )
    return outcomes([step for *_, step in sorted(steps, key=lambda item: item[:3])])


@pytest.mark.parametrize("seed", range(40))
def test_every_flow_is_decided_as_one_by_one(seed: int) -> None:
    random = Random(seed)
    written = [some_policy(random, number) for number in range(random.randrange(1, 6))]
    items = [
        policy(
            item.name,
            {
                "tier": item.tier,
                "selector": item.selector.text,
                "types": ["Ingress", "Egress"],
                "ingress": [rule.body for rule in item.rules],
                "egress": [rule.body for rule in item.rules],
            }
            | ({} if item.order is None else {"order": item.order}),
        )
        for item in written
    ]
    read = reading(*items, *SETS, *TIERS)
    found, passed_over = sections(read)
    assert passed_over == []
    bits = {pod.addresses[0]: read.parties.population.class_of[place] for place, pod in enumerate(PODS)}
    pods = {pod.addresses[0]: pod for pod in PODS}
    for bit in members(read.parties.remote_nodes):
        bits |= dict.fromkeys(read.parties.node_group_of(bit).addresses, bit)
    for address in (*OUTSIDE, API_SERVER):
        (bits[address],) = members(read.parties.holding(address))
    assert len(bits) == len(PODS) + len(NODES) + len(OUTSIDE) + 1
    for direction in Direction:
        for address, bit in bits.items():
            if direction is Direction.INGRESS and address == API_SERVER:
                continue
            for pod in PODS:
                subject = bits[pod.addresses[0]]
                for wanted in FLOWS:
                    expected = naive(written, direction, pod, (address, pods.get(address)), wanted)
                    assert decided(read, found[direction], subject, bit, wanted) == expected, (
                        direction,
                        address,
                        pod.name,
                    )
