"""What the rules of a network security group do to some traffic: by priority, the first that matches decides.

Source: learn.microsoft.com/azure/virtual-network/network-security-groups-overview.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.addresses import interval, is_covered, overlaps
from analyzer.model.network_resources import NetworkSecurityGroup, SecurityRule

PROTOCOLS = ("tcp", "udp", "icmp", "esp", "ah")
"""What a rule can name."""
WITH_PORTS = ("tcp", "udp")
ALL_PORTS = (0, 65535)
EVERYWHERE = ("0.0.0.0/0", "::/0")

Range = tuple[int, int]


class Traffic(NamedTuple):
    """From one address range to another, every protocol and port."""

    source: str
    """A CIDR."""
    destination: str


class Box(NamedTuple):
    """Traffic of one protocol that no rule has decided yet."""

    protocol: str
    source: Range
    destination: Range
    ports: Range


@dataclass(frozen=True, slots=True)
class Hit:
    """A deny that takes traffic which no rule before it allows."""

    rule: SecurityRule
    protocols: tuple[str, ...]
    ports: tuple[Range, ...]
    """What is taken; where application security groups are named, what may be."""
    is_whole: bool
    """Whether the rule's own scope holds all of the addresses, and every TCP or UDP port."""


def is_readable(rule: SecurityRule) -> bool:
    """Whether a rule shows what it takes to place it."""
    ports = (rule.destination_port_range, *rule.destination_port_ranges)
    return (
        None not in (rule.access, rule.direction, rule.priority, rule.protocol)
        and bool(sources_of(rule) or rule.source_application_security_groups)
        and bool(destinations_of(rule) or rule.destination_application_security_groups)
        and any(ports)
        and all(_ports(text) is not None for text in ports if text)
    )


def is_deny(rule: SecurityRule) -> bool:
    """Whether a rule denies."""
    return (rule.access or "").lower() == "deny"


def sources_of(rule: SecurityRule) -> tuple[str, ...]:
    """The source prefixes and tags as they are written."""
    return tuple(filter(None, (rule.source_address_prefix, *rule.source_address_prefixes)))


def destinations_of(rule: SecurityRule) -> tuple[str, ...]:
    """The destination prefixes and tags as they are written."""
    return tuple(filter(None, (rule.destination_address_prefix, *rule.destination_address_prefixes)))


def expanded(words: Sequence[str], network_space: Sequence[str]) -> tuple[str, ...]:
    """CIDRs for prefixes and tags. Tags other than VirtualNetwork name public ranges and platform addresses: none."""
    found: list[str] = []
    for word in words:
        if word.lower() in ("*", "any"):
            found += EVERYWHERE
        elif word.lower() == "virtualnetwork":
            found += network_space
        elif interval(word):
            found.append(word)
    return tuple(found)


def in_order(group: NetworkSecurityGroup, direction: str) -> list[SecurityRule]:
    """The customer's rules of a direction, by priority; the platform's own default rules are left out."""
    mine = (rule for rule in group.security_rules if (rule.direction or "").lower() == direction.lower())
    return sorted(mine, key=lambda rule: rule.priority or 0)


def denied(rules: Sequence[SecurityRule], traffic: Traffic, network_space: Sequence[str]) -> Iterator[Hit]:
    """Each deny that takes a part of the traffic. The rules are readable and in order.

    An allow for application security groups, or for some source ports only, is not counted as one: pods are in no such
    group and use any source port.
    """
    ends = interval(traffic.source), interval(traffic.destination)
    if ends[0] is None or ends[1] is None or ends[0].family != ends[1].family:
        return
    left = [Box(protocol, ends[0][1:], ends[1][1:], ALL_PORTS) for protocol in PROTOCOLS]
    for rule in rules:
        scope = _Scope.of(rule, network_space)
        taken, rest = scope.applied(left, traffic)
        if is_deny(rule) and taken:
            yield _hit(rule, taken, scope.is_whole(traffic))
        if scope.is_exact:
            left = rest


def _hit(rule: SecurityRule, taken: Sequence[Box], is_whole: bool) -> Hit:
    protocols = tuple(name for name in PROTOCOLS if any(box.protocol == name for box in taken))
    return Hit(rule, protocols, tuple(sorted({box.ports for box in taken})), is_whole)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a rule applies to."""

    protocols: tuple[str, ...]
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[Range, ...]
    is_exact: bool
    """False where it also depends on application security groups or source ports."""

    @classmethod
    def of(cls, rule: SecurityRule, network_space: Sequence[str]) -> _Scope:
        source_groups, destination_groups = (
            rule.source_application_security_groups,
            rule.destination_application_security_groups,
        )
        source_ports = tuple(filter(None, (rule.source_port_range, *rule.source_port_ranges)))
        texts = filter(None, (rule.destination_port_range, *rule.destination_port_ranges))
        ports = tuple(found for text in texts if (found := _ports(text)))
        return cls(
            protocols=_protocols((rule.protocol or "").lower(), ports),
            sources=EVERYWHERE if source_groups else expanded(sources_of(rule), network_space),
            destinations=EVERYWHERE if destination_groups else expanded(destinations_of(rule), network_space),
            ports=ports,
            is_exact=not (source_groups or destination_groups) and (not source_ports or "*" in source_ports),
        )

    def is_whole(self, traffic: Traffic) -> bool:
        return (
            self.is_exact
            and ALL_PORTS in self.ports
            and not set(WITH_PORTS).isdisjoint(self.protocols)
            and is_covered(traffic.source, self.sources)
            and is_covered(traffic.destination, self.destinations)
        )

    def applied(self, boxes: Sequence[Box], traffic: Traffic) -> tuple[list[Box], list[Box]]:
        """What of some traffic is in the scope, and what is not."""
        taken: list[Box] = []
        rest = [box for box in boxes if box.protocol not in self.protocols]
        mine = [box for box in boxes if box.protocol in self.protocols]
        destinations = list(_within(self.destinations, traffic.destination))
        for source in _within(self.sources, traffic.source):
            for destination in destinations:
                for ports in self.ports:
                    mine = list(_carved(mine, (source, destination, ports), taken))
        return taken, rest + mine


def _protocols(name: str, ports: tuple[Range, ...]) -> tuple[str, ...]:
    """A rule for any protocol that names ports is about the protocols that have some."""
    if name != "*":
        return (name,)
    return PROTOCOLS if ALL_PORTS in ports else WITH_PORTS


def _within(cidrs: Sequence[str], whole: str) -> Iterator[Range]:
    """The ranges among some CIDRs that meet another; those that do not would be tried in vain."""
    for cidr in cidrs:
        found = interval(cidr)
        if found is not None and overlaps(cidr, whole):
            yield found.first, found.last


def _carved(boxes: Sequence[Box], cut: tuple[Range, Range, Range], taken: list[Box]) -> Iterator[Box]:
    """The boxes without a cut; what the cut holds of them goes to `taken`. Protocols without ports have all."""
    for box in boxes:
        ports = cut[2] if box.protocol in WITH_PORTS else ALL_PORTS
        source, destination = _common(box.source, cut[0]), _common(box.destination, cut[1])
        common = _common(box.ports, ports)
        if source is None or destination is None or common is None:
            yield box
            continue
        taken.append(Box(box.protocol, source, destination, common))
        yield from (box._replace(source=part) for part in _outside(box.source, source))
        narrow = box._replace(source=source)
        yield from (narrow._replace(destination=part) for part in _outside(box.destination, destination))
        narrow = narrow._replace(destination=destination)
        yield from (narrow._replace(ports=part) for part in _outside(box.ports, common))


def _common(one: Range, other: Range) -> Range | None:
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def _outside(whole: Range, inside: Range) -> Iterator[Range]:
    if whole[0] < inside[0]:
        yield whole[0], inside[0] - 1
    if inside[1] < whole[1]:
        yield inside[1] + 1, whole[1]


def _ports(text: str) -> Range | None:
    if text == "*":
        return ALL_PORTS
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        return None
    return int(first), int(last or first)
