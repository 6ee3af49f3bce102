"""ConfigMaps reduced to the addresses that stand in their values, before anything else sees them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any

from analyzer.collect.known_types import introduce
from analyzer.model.fact import Cause, Missing
from analyzer.model.objects import AddressLiteral, ConfigMap, ConfigMapAddresses
from analyzer.model.snapshot import ITEM_TYPES
from analyzer.model.source import Source

NOT_SCANNED: Missing[tuple[ConfigMapAddresses, ...]] = Missing(
    Source.CONFIG_MAP_ADDRESSES,
    Cause.NOT_ASKED,
    "ConfigMaps are searched for addresses only where that is asked for",
    "Give --scan-configmaps",
)
"""The gap where nobody asked."""

_OF_EVERY_CLUSTER = "kube-root-ca.crt"
"""Each namespace holds it; it holds certificates."""
_CANDIDATE = re.compile(
    r"(?<![\w.:])(?P<six>[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3})(?![\w:])(?P<six_length>/\d{1,3}(?!\d))?"
    r"|(?<![\d.])(?<!\bv)(?P<four>\d{1,3}(?:\.\d{1,3}){3})(?!\d|\.\d)(?P<four_length>/\d{1,2}(?!\d))?"
)
"""IPv6 or IPv4 with an optional prefix length. A dotted number with more parts is none, nor is one after a `v`;
a version of four parts cannot be told from an address and is taken for one."""


def read_as(source: Source) -> type[Any]:
    """What an item of a list is decoded into."""
    return ConfigMap if source is Source.CONFIG_MAP_ADDRESSES else ITEM_TYPES[source]


def narrowed(source: Source, items: Iterable[Any]) -> tuple[Any, ...]:
    """The items as the snapshot holds them: ConfigMaps that are searched lose their content here."""
    return tuple(reduced(items)) if source is Source.CONFIG_MAP_ADDRESSES else tuple(items)


def reduced(found: Iterable[ConfigMap]) -> Iterator[ConfigMapAddresses]:
    """The addresses of each ConfigMap; one without any is left out."""
    for item in found:
        literals = tuple(
            AddressLiteral(key, text)
            for key, value in sorted(item.data.items())
            for text in dict.fromkeys(addresses(value))
        )
        if literals and item.name != _OF_EVERY_CLUSTER:
            yield ConfigMapAddresses(
                metadata=item.metadata, kind=item.kind, api_version=item.api_version, addresses=literals
            )


def addresses(text: str) -> Iterator[str]:
    """The addresses and networks in a text, as they are written, in their order.

    Those that name no host of a network are passed over: unspecified, loopback, broadcast, and everything (/0).
    """
    for match in _CANDIDATE.finditer(text):
        address = match["six"] or match["four"]
        length = match["six_length"] or match["four_length"] or ""
        for written in dict.fromkeys((address + length, address)):
            interface = _interface(written)
            if interface is not None:
                if _names_a_host(interface):
                    yield written
                break


_Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def _interface(text: str) -> _Interface | None:
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        return None


def _names_a_host(found: _Interface) -> bool:
    address = found.ip
    is_broadcast = address == ipaddress.IPv4Address("255.255.255.255")
    return not (address.is_unspecified or address.is_loopback or is_broadcast)


introduce(ConfigMap)
