"""One page of a list, as Resource Manager writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from analyzer.collect.arm_requests import ACTIONS, ArmRequest
from analyzer.collect.decoding import Buffer, convert_arm, decode_arm, decode_object
from analyzer.collect.known_types import introduce
from analyzer.model.cluster import ManagedCluster
from analyzer.model.compute import VirtualMachineSize
from analyzer.model.network_resources import Reference
from analyzer.model.preview import ClusterPreview
from analyzer.model.snapshot import ITEM_TYPES


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """A page; `next_link` leads to the one after it."""

    value: tuple[Any, ...]
    next_link: str | None = None


class _LargePage(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A page whose rows are not decoded. A key in another spelling is an error here, and no last page."""

    value: tuple[msgspec.Raw, ...]
    next_link: str | None = None


def decode_page(raw: Buffer, request: ArmRequest) -> tuple[Iterator[Any], str]:
    """The items of a page, decoded one by one, and the address of the next page ("" after the last one).

    Raises MalformedError, for an item when it is reached.
    """
    if request.item_type is VirtualMachineSize:
        large = decode_object(raw, _LargePage)
        return _sizes(large.value, request.sizes), large.next_link or ""
    page = decode_arm(raw, Page)
    return (convert_arm(item, request.item_type) for item in page.value), page.next_link or ""


def _sizes(rows: tuple[msgspec.Raw, ...], wanted: frozenset[str]) -> Iterator[VirtualMachineSize]:
    """The rows of the sizes that are wanted: a region lists thousands of rows, most of them disks and other sizes."""
    names = [size.encode() for size in wanted]
    for row in rows:
        text = bytes(row).lower()
        if any(name in text for name in names):
            size = decode_arm(row, VirtualMachineSize)
            if size.name.lower() in wanted and (size.resource_type or "").lower() == "virtualmachines":
                yield size


introduce(Page, _LargePage, ManagedCluster, ClusterPreview, Reference)
introduce(*(ITEM_TYPES[source] for source in ACTIONS if source in ITEM_TYPES))
