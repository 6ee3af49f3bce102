"""Address arithmetic."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import addresses
from analyzer.addresses import Interval

SMALL = st.builds(
    lambda address, length: str(ipaddress.ip_network((0x0A000000 + address, length), strict=False)),
    st.integers(0, 255),
    st.integers(24, 32),
)
"""Networks inside 10.0.0.0/24."""


def singles(cidr: str) -> set[int]:
    return {int(address) for address in ipaddress.ip_network(cidr)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.0/30", Interval(4, 0x0A000000, 0x0A000003)),
        ("10.0.0.2/30", Interval(4, 0x0A000000, 0x0A000003)),
        ("10.0.0.2", Interval(4, 0x0A000002, 0x0A000002)),
        ("0.0.0.0/0", Interval(4, 0, 2**32 - 1)),
        ("fd00::/127", Interval(6, 0xFD << 120, (0xFD << 120) + 1)),
        ("::1", Interval(6, 1, 1)),
        ("10.0.0.0/33", None),
        ("10.0.0", None),
        ("", None),
        ("VirtualNetwork", None),
    ],
)
def test_an_interval_is_the_closed_range_of_a_cidr_or_address(text: str, expected: Interval | None) -> None:
    assert addresses.interval(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("10.0.0.0/8", "10.240.0.0/16", True),
        ("10.240.0.0/16", "10.0.0.0/8", True),
        ("10.0.0.0/24", "10.0.0.255", True),
        ("10.0.0.0/24", "10.0.1.0/24", False),
        ("0.0.0.0/0", "::/0", False),
        ("fd00::/8", "fd12::/16", True),
        ("10.0.0.0/8", "none", False),
        ("none", "10.0.0.0/8", False),
    ],
)
def test_ranges_overlap_where_they_share_an_address_of_one_family(one: str, other: str, expected: bool) -> None:
    assert addresses.overlaps(one, other) is expected


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("10.0.0.0/8", "10.240.0.0/16", True),
        ("10.240.0.0/16", "10.240.0.0/16", True),
        ("10.240.0.0/16", "10.0.0.0/8", False),
        ("::/0", "10.0.0.0/8", False),
        ("none", "10.0.0.0/8", False),
        ("10.0.0.0/8", "none", False),
    ],
)
def test_a_range_contains_another_where_it_has_all_of_it(outer: str, inner: str, expected: bool) -> None:
    assert addresses.contains(outer, inner) is expected


@pytest.mark.parametrize(
    ("cidr", "ranges", "expected"),
    [
        ("10.10.0.0/15", ("10.11.0.0/16", "10.10.0.0/16"), True),
        ("10.10.0.0/15", ("10.10.0.0/16",), False),
        ("10.10.0.0/15", ("10.10.0.0/17", "10.11.0.0/16"), False),
        ("10.10.0.0/16", ("10.0.0.0/8", "10.10.4.0/24"), True),
        ("0.0.0.0/0", ("0.0.0.0/1", "128.0.0.0/1"), True),
        ("10.10.0.0/16", ("::/0", "none"), False),
        ("10.10.0.0/16", (), False),
        ("none", ("0.0.0.0/0",), False),
    ],
)
def test_a_range_is_covered_by_the_union_of_others(cidr: str, ranges: tuple[str, ...], expected: bool) -> None:
    assert addresses.is_covered(cidr, ranges) is expected


@pytest.mark.parametrize(
    ("cidr", "cuts", "expected"),
    [
        ("10.0.0.0/30", (), (Interval(4, 0x0A000000, 0x0A000003),)),
        ("10.0.0.0/30", ("10.0.0.0/31",), (Interval(4, 0x0A000002, 0x0A000003),)),
        (
            "10.0.0.0/30",
            ("10.0.0.2", "10.0.0.1"),
            (Interval(4, 0x0A000000, 0x0A000000), Interval(4, 0x0A000003, 0x0A000003)),
        ),
        ("10.0.0.0/30", ("10.0.0.0/8", "10.0.0.1"), ()),
        ("10.0.0.0/30", ("9.0.0.0/8", "11.0.0.0/8", "::/0", "none"), (Interval(4, 0x0A000000, 0x0A000003),)),
        ("none", ("10.0.0.0/8",), ()),
    ],
)
def test_what_is_left_of_a_range_without_others_comes_in_order(
    cidr: str, cuts: tuple[str, ...], expected: tuple[Interval, ...]
) -> None:
    assert addresses.subtract(cidr, cuts) == expected


@given(SMALL, st.lists(SMALL, max_size=6))
def test_cover_and_subtraction_agree_with_single_addresses(cidr: str, others: list[str]) -> None:
    left = singles(cidr).difference(*map(singles, others))
    pieces = addresses.subtract(cidr, others)
    assert {address for _, first, last in pieces for address in range(first, last + 1)} == left
    assert addresses.is_covered(cidr, others) is (not left)


@given(SMALL, SMALL)
def test_overlap_agrees_with_single_addresses_in_both_directions(one: str, other: str) -> None:
    assert addresses.overlaps(one, other) is bool(singles(one) & singles(other))
    assert addresses.overlaps(other, one) is addresses.overlaps(one, other)


@pytest.mark.parametrize(
    ("text", "length", "family"),
    [("10.0.0.0/12", 12, 4), ("10.0.0.1", 32, 4), ("fd00::/108", 108, 6), ("none", None, None)],
)
def test_prefix_length_and_family_of_a_range(text: str, length: int | None, family: int | None) -> None:
    assert addresses.prefix_length(text) == length
    assert addresses.family(text) == family


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.244.0.0/16", "10.244.0.0/16"),
        ("10.244.1.0/16", None),
        ("10.244.0.0", None),
        ("fd00::/64", None),
        ("10.244.0.0/33", None),
        ("pods/16", None),
    ],
)
def test_an_exact_network_is_ipv4_without_host_bits(text: str, expected: str | None) -> None:
    assert addresses.exact_network(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10.0.0.1", (4, 0x0A000001)), ("::2", (6, 2)), ("10.0.0.0/8", None), ("", None)],
)
def test_a_number_is_family_and_integer_of_an_address(text: str, expected: tuple[int, int] | None) -> None:
    assert addresses.number(text) == expected


@pytest.mark.parametrize(
    ("cidr", "nodes"),
    [("10.0.0.0/8", 65536), ("10.244.0.0/16", 256), ("10.0.0.0/24", 1), ("10.0.0.0/25", 0), ("fd00::/16", 0), ("x", 0)],
)
def test_each_node_takes_a_24(cidr: str, nodes: int) -> None:
    assert addresses.node_capacity(cidr) == nodes


@pytest.mark.parametrize(
    ("cidr", "expected"), [("10.1.0.0/16", "10.0.0.0/15"), ("0.0.0.0/0", "0.0.0.0/0"), ("fd00::/64", "fd00::/63")]
)
def test_a_wider_range_is_twice_as_large_and_contains_it(cidr: str, expected: str) -> None:
    assert addresses.wider(cidr) == expected


@given(st.sampled_from((4, 6)), st.data())
def test_a_range_is_as_few_cidrs_as_the_standard_library_needs(family: int, data: st.DataObject) -> None:
    kind, last = (ipaddress.IPv4Address, 2**32 - 1) if family == 4 else (ipaddress.IPv6Address, 2**128 - 1)
    ends = st.sampled_from((0, last)) | st.integers(0, last) | st.integers(0, 512) | st.integers(last - 512, last)
    first, after = sorted((data.draw(ends), data.draw(ends)))
    expected = tuple(map(str, ipaddress.summarize_address_range(kind(first), kind(after))))
    assert addresses.cidrs_of(Interval(family, first, after)) == expected
