"""CIDR blocks: row 16."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_address = lru_cache(maxsize=4096)(ip_address)


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    return ip_network(cidr, strict=False)


def is_in(address: str, cidr: str) -> bool:
    """Whether an address lies in a CIDR. A bare address is a CIDR of one; families do not mix."""
    found: IPv4Address | IPv6Address = _address(address)
    return found.version == _network(cidr).version and found in _network(cidr)


def in_block(address: str, cidr: str, except_: Sequence[str]) -> bool:
    """Row 16: in the CIDR, and in none of its exceptions."""
    return is_in(address, cidr) and not any(is_in(address, hole) for hole in except_)


def is_ipv6(cidr: str) -> bool:
    """Row 18."""
    return _network(cidr).version == 6
