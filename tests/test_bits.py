"""Sets as integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bits import EVERY, bitset, members


@given(st.sets(st.integers(0, 499)))
def test_a_set_holds_exactly_the_members_that_it_was_made_of_in_order(chosen: set[int]) -> None:
    assert list(members(bitset(chosen, 500))) == sorted(chosen)


@pytest.mark.parametrize("size", [1, 8, 9, 64])
def test_the_last_possible_member_fits(size: int) -> None:
    assert bitset([size - 1], size) == 1 << (size - 1)


def test_every_member_is_in_the_set_of_all() -> None:
    assert EVERY & bitset([3, 70], 80) == bitset([3, 70], 80)
