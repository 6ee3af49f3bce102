"""Whether a policy lets pods ask LocalDNS under Cilium: UDP 53 on addresses of their own node."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.addresses import contains, overlaps
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.ports import port_set
from analyzer.model.objects import CiliumPorts, CiliumRule, IPBlock, NetworkPolicy
from analyzer.model.version import Version
from rules.cilium.local_dns import ADDRESSES

PORT = 53
HOST_FROM = Version(1, 32)
"""The first Kubernetes version whose Cilium takes the addresses for the host's, so that no CIDR holds them."""
HOST_ENTITIES = frozenset(("host", "cluster", "all"))


def plain_policy_admits(policy: NetworkPolicy, version: Version) -> bool:
    """Whether an egress rule of a Kubernetes policy admits LocalDNS to the pods that it selects."""
    rules = [rule for rule in rules_of(policy, Direction.EGRESS) if port_set(rule.ports).holds("UDP", PORT)]
    return any(
        not rule.peers or _is_held((peer.ip_block for peer in rule.peers if peer.ip_block), version) for rule in rules
    )


def cilium_rule_meets(rule: CiliumRule, version: Version) -> bool:
    """Whether a rule for egress is about LocalDNS: it admits it, or as a deny refuses it.

    A rule with ports and no destination is about all of them, an empty rule about none; endpoints, names, Services and
    nodes are not the host.
    """
    if rule.to_ports and not any(map(_hold_dns, rule.to_ports)):
        return False
    if HOST_ENTITIES.intersection(rule.to_entities):
        return True
    blocks = (*map(IPBlock, rule.to_cidr), *(IPBlock(item.cidr, item.except_) for item in rule.to_cidr_set))
    return _is_held(blocks, version) or (bool(rule.to_ports) and not _has_destination(rule))


def _has_destination(rule: CiliumRule) -> bool:
    named = (rule.to_entities, rule.to_cidr, rule.to_cidr_set, rule.to_fqdns)
    others = (rule.to_services, rule.to_nodes, rule.to_groups)
    return rule.to_endpoints is not None or any((*named, *others))


def _hold_dns(ports: CiliumPorts) -> bool:
    for item in ports.ports:
        if item.protocol.upper() in ("", "ANY", "UDP") and item.port.isdigit():
            first = int(item.port)
            if first == 0 or first <= PORT <= (item.end_port or first):
                return True
    return not ports.ports


def _is_held(blocks: Iterable[IPBlock], version: Version) -> bool:
    """Whether CIDRs hold every address of LocalDNS, as Cilium of that Kubernetes version reads them."""
    known = list(blocks)
    return version.minor_version < HOST_FROM and all(
        any(contains(item.cidr, address) and not _is_cut(item, address) for item in known) for address in ADDRESSES
    )


def _is_cut(block: IPBlock, address: str) -> bool:
    return any(overlaps(cut, address) for cut in block.except_)
