"""The network security groups before the nodes, and which of their rules drop one kind of packet.

A group stands before the nodes of a subnet where the subnet has it, or an interface of a scale set in that subnet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from analyzer.model.cluster import same_id
from analyzer.model.fact import Cause, Known, Missing, seen
from analyzer.model.finding import Gap, Severity, gap, pool_ref
from analyzer.model.network_resources import NetworkSecurityGroup, SecurityRule, Subnet
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.azure_resources import security_group_ref
from rules.lists import gaps
from rules.node_subnets import READS as SUBNET_READS
from rules.node_subnets import NodeSubnet, node_subnets
from rules.security_rules import Traffic, denied, is_readable

READS = (*SUBNET_READS, Source.SCALE_SETS, Source.NETWORK_SECURITY_GROUPS)
"""What `guards` may ask for."""


class Guard(NamedTuple):
    """A group before the nodes of one subnet."""

    group: NetworkSecurityGroup
    subnet: Subnet


def guards(scene: Scene, severity: Severity | None = None) -> Iterator[Guard | Gap]:
    """Each group before each node subnet, once; and a gap for whatever may hide one, or a rule of one.

    `severity` is the gaps' weight, where less than the rule's own can still follow.
    """
    subnets, unread = node_subnets(scene)
    before = {(group_id.lower(), subnet.id.lower()): subnet for group_id, subnet in _associated(scene, subnets)}
    groups = {key: _group(scene, group_id) for key, group_id in _named(scene, subnets).items()}
    for (key, _), subnet in before.items():
        group = groups[key]
        if not isinstance(group, Gap):
            yield Guard(group, subnet)
    lacking = (item for item in groups.values() if isinstance(item, Gap))
    yield from (replace(item, severity=severity) for item in (*unread, *lacking, *_unread_interfaces(scene)))


def drops(rules: Sequence[SecurityRule], traffic: Traffic, space: Sequence[str], packet: tuple[str, int]) -> list[str]:
    """The names of the rules that drop a packet, given by protocol and port, somewhere between two ranges.

    The rules come in order; `space` is what the tag VirtualNetwork stands for.
    """
    concerning = (rule for rule in rules if _concerns(rule, *packet))
    as_one = [
        replace(rule, protocol="*", destination_port_range="*", destination_port_ranges=()) for rule in concerning
    ]
    return [hit.rule.name for hit in denied(as_one, traffic, space)]


def _concerns(rule: SecurityRule, protocol: str, port: int) -> bool:
    ranges = (rule.destination_port_range or "", *rule.destination_port_ranges)
    return (rule.protocol or "").lower() in ("*", protocol) and any(_holds(text, port) for text in ranges)


def _holds(ports: str, port: int) -> bool:
    """Whether a port is in a range as rules write it: `*`, `443`, `50000-60000`; "" holds none."""
    first, _, last = ports.partition("-")
    return ports == "*" or (bool(first) and int(first) <= port <= int(last or first))


def _associated(scene: Scene, subnets: tuple[NodeSubnet, ...]) -> Iterator[tuple[str, Subnet]]:
    by_id = {item.subnet.id.lower(): item.subnet for item in subnets}
    for subnet in by_id.values():
        if subnet.network_security_group is not None:
            yield subnet.network_security_group.id, subnet
    for interface in (item for scale_set in seen(scene.snapshot.scale_sets) for item in scale_set.interfaces):
        group = interface.network_security_group
        for address in interface.ip_configurations if group else ():
            if group and address.subnet and address.subnet.id.lower() in by_id:
                yield group.id, by_id[address.subnet.id.lower()]


def _named(scene: Scene, subnets: tuple[NodeSubnet, ...]) -> dict[str, str]:
    """The ids of the groups, in lower case and as one of those who name them spells them."""
    return {group_id.lower(): group_id for group_id, _ in _associated(scene, subnets)}


def _group(scene: Scene, group_id: str) -> NetworkSecurityGroup | Gap:
    groups = scene.snapshot.network_security_groups
    group = next((item for item in seen(groups) if same_id(item.id, group_id)), None)
    if group is None:
        detail = f"{group_id} is not among the network security groups that were read"
        lacking: Missing[object] = Missing(Source.NETWORK_SECURITY_GROUPS, Cause.PARTIAL, detail, _GRANT)
        return gap(groups if isinstance(groups, Missing) else lacking)
    if unclear := [rule.name for rule in group.security_rules if not is_readable(rule)]:
        detail = f"Rule {unclear[0]} of network security group {group.name} does not show all its fields"
        hidden: Missing[object] = Missing(Source.NETWORK_SECURITY_GROUPS, Cause.HIDDEN, detail, _SHOW)
        return gap(hidden, security_group_ref(group))
    return group


_SHOW = "Read it with az network nsg show"
_GRANT = "Read it (Microsoft.Network/networkSecurityGroups/read), or add the output of az network nsg show"


def _unread_interfaces(scene: Scene) -> Iterator[Gap]:
    scale_sets = scene.snapshot.scale_sets
    yield from gaps(scale_sets)
    read = {item.pool for item in seen(scale_sets)}
    for pool in seen(scene.pools) if isinstance(scale_sets, Known) else ():
        if pool.name not in read:
            detail = f"No scale set of pool {pool.name} was read, so the groups of its interfaces are not known"
            grant = "Read the node resource group (Microsoft.Compute/virtualMachineScaleSets/read)"
            yield gap(Missing(Source.SCALE_SETS, Cause.PARTIAL, detail, grant), pool_ref(pool))
