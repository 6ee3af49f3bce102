from __future__ import annotations

from analyzer.model.report import AddressRange
from reports.picture import MOST_BARS, Band, Tick, pictures, size


def _range(cidr: str, role: str = "subnet", *overlaps: str) -> AddressRange:
    return AddressRange(role=role, name="n", cidr=cidr, overlaps=overlaps)


def test_ranges_of_very_different_size_are_all_wide_enough_to_see() -> None:
    (picture,) = pictures((_range("10.0.0.0/8", "virtual network"), _range("10.1.0.0/28")))
    widths = [float(bar.width.rstrip("%")) for bar in picture.bars]
    assert widths[0] == 100
    assert widths[1] > 8


def test_unused_space_is_cut_out_and_the_axis_starts_anew() -> None:
    (picture,) = pictures((_range("10.0.0.0/24"), _range("192.168.0.0/24")))
    assert picture.ticks == (Tick("0.00%", "10.0.0.0"), Tick("53.49%", "192.168.0.0"))
    assert picture.cuts == ("50.00%",)


def test_neighbours_share_one_stretch_of_the_axis() -> None:
    (picture,) = pictures((_range("10.0.0.0/25"), _range("10.0.0.128/25")))
    assert [(bar.x, bar.width) for bar in picture.bars] == [("0.00%", "50.00%"), ("50.00%", "50.00%")]
    assert (picture.ticks, picture.cuts) == ((Tick("0.00%", "10.0.0.0"),), ())


def test_an_overlap_is_a_band_between_the_two_ranges() -> None:
    clash = _range("10.0.0.0/24", "pod CIDR asked for", "10.0.0.0/25 (subnet n)")
    (picture,) = pictures((_range("10.0.0.0/25"), _range("10.0.1.0/24"), clash))
    assert picture.bands == (Band(x="0.00%", width="32.14%", y=21, height=89),)
    assert [bar.overlaps for bar in picture.bars] == [0, 0, 1]


def test_equal_ranges_that_overlap_are_one_band() -> None:
    clash = _range("10.0.0.0/24", "pod CIDR asked for", "10.0.0.0/24 (virtual network n)")
    (picture,) = pictures((_range("10.0.0.0/24", "virtual network"), clash))
    assert picture.bands == (Band(x="0.00%", width="100.00%", y=21, height=53),)


def test_each_family_has_its_own_picture_and_a_range_alone_has_none() -> None:
    made = pictures((_range("10.0.0.0/24"), _range("10.0.1.0/24"), _range("fd00::/64")))
    assert [(picture.family, len(picture.bars)) for picture in made] == [(4, 2)]
    made = pictures((_range("fd00::/64"), _range("fd01::/64"), _range("not a range")))
    assert [[tick.address for tick in picture.ticks] for picture in made] == [["fd00::", "fd01::"]]


def test_pod_ranges_and_what_they_overlap_are_drawn_before_all_others() -> None:
    subnets = tuple(_range(f"10.0.{number}.0/24") for number in range(60))
    pods = _range("10.0.59.0/24", "pod CIDR asked for", "10.0.59.0/24 (subnet n)")
    (picture,) = pictures((*subnets, _range("10.0.0.0/16", "virtual network"), pods))
    drawn = [bar.range.cidr for bar in picture.bars]
    assert len(drawn) == MOST_BARS
    assert drawn[-3:] == ["10.0.59.0/24", "10.0.0.0/16", "10.0.59.0/24"]
    assert picture.left_out == 62 - MOST_BARS


def test_each_role_is_drawn_in_its_own_way() -> None:
    roles = (
        "virtual network",
        "subnet",
        "peered network",
        "service CIDR",
        "pod CIDR now",
        "pod CIDR asked for",
        "pod CIDR proposed",
        "route destination",
        "on premises",
        "else",
    )
    (picture,) = pictures(tuple(_range(f"10.{place}.0.0/16", role) for place, role in enumerate(roles)))
    faces = [bar.face for bar in picture.bars]
    drawn = ["network", "subnet", "peered", "services", "pods", "asked", "proposed", "peered", "peered", "other"]
    assert faces == drawn


def test_size_is_the_number_of_addresses() -> None:
    shown = (size("10.0.0.0/16"), size("0.0.0.0/0"), size("fd00::/64"), size("10.0.0.1"), size("x"))
    assert shown == ("65,536", "4,294,967,296", "2^64", "1", "")
