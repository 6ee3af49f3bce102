"""The picture of changed flows: where names, arrows and numbers stand."""

from __future__ import annotations

from itertools import permutations

from step_flows import TO_CILIUM

from analyzer.model.flows import LOCAL_DNS, NODES, OUTSIDE, FlowEdge
from reports.flow_picture import (
    LONGEST_NAME,
    MOST_ARROWS,
    MOST_ENDS,
    Arrow,
    End,
    FlowPicture,
    flow_picture,
)


def edge(source: str, destination: str, blocked: int = 0, allowed: int = 0, unknown: int = 0) -> FlowEdge:
    return FlowEdge(source=source, destination=destination, blocked=blocked, allowed=allowed, unknown=unknown)


def picture(*edges: FlowEdge) -> FlowPicture:
    made = flow_picture(edges)
    assert made is not None
    return made


def test_where_nothing_changes_there_is_no_picture() -> None:
    assert flow_picture(()) is None
    assert flow_picture((edge("shop", NODES),)) is None


def test_every_kind_has_an_arrow_of_its_own_with_a_sign_and_a_word_at_its_head() -> None:
    assert picture(edge("shop", NODES, 1200, 3, 1)) == FlowPicture(
        height=81,
        sources=(End("shop", True, 44, 15, 66),),
        destinations=(End("the nodes", False, 19, 24, 75),),
        arrows=(
            Arrow("blocked", 23, 32, "× 1,200 blocked"),
            Arrow("allowed", 40, 49, "+ 3 allowed"),
            Arrow("unknown", 57, 66, "? 1 unknown"),
        ),
        left_out=0,
        summary="3 arrows from 1 name on the left to 1 name on the right: 1 blocked, 1 allowed, 1 unknown.",
    )


def test_a_namespace_that_changes_within_itself_stands_on_both_sides() -> None:
    made = picture(edge("shop", "shop", unknown=4))
    assert ([end.name for end in made.sources], [end.name for end in made.destinations]) == (["shop"], ["shop"])


def test_the_order_of_the_edges_plays_no_part() -> None:
    edges = (edge("a", "x", 1), edge("b", "y", 1), edge("c", "x", 0, 1), edge("a", NODES, 5))
    assert {flow_picture(order) for order in permutations(edges)} == {flow_picture(edges)}


def test_names_stand_beside_what_they_are_joined_to_so_that_few_arrows_cross() -> None:
    made = picture(*(edge(f"from-{place}", f"to-{9 - place}", 10 + place) for place in range(10)))
    assert [end.name for end in made.sources] == [f"from-{9 - place}" for place in range(10)]
    assert [end.name for end in made.destinations] == [f"to-{place}" for place in range(10)]


def test_names_of_one_neighbour_stand_together() -> None:
    made = picture(edge("a", "x", 5), edge("b", "y", 4), edge("a", "z", 1))
    assert [end.name for end in made.destinations] == ["x", "z", "y"]


def test_arrows_to_one_name_do_not_cross() -> None:
    made = picture(edge("a", NODES, 1), edge("b", NODES, 5), edge("c", NODES, 3))
    by_start = sorted(made.arrows, key=lambda arrow: arrow.y1)
    by_end = sorted(made.arrows, key=lambda arrow: arrow.y2)
    assert by_start == by_end


def test_what_breaks_is_drawn_first_however_little_it_is() -> None:
    made = picture(edge("a", "x", allowed=1000), edge("b", "y", blocked=1))
    assert [arrow.text for arrow in made.arrows] == ["× 1 blocked", "+ 1,000 allowed"]


def test_namespaces_without_room_share_one_name_and_lose_no_flow() -> None:
    edges = (*(edge(f"team-{place:02}", NODES, place) for place in range(1, 31)), edge(OUTSIDE, "shop", allowed=1))
    made = picture(*edges)
    assert len(made.sources) == MOST_ENDS
    assert {end.name for end in made.sources} == {
        *(f"team-{place}" for place in range(21, 31)),
        OUTSIDE,
        "20 other namespaces",
    }
    assert "× 210 blocked" in [arrow.text for arrow in made.arrows]
    assert not next(end for end in made.sources if end.name == "20 other namespaces").is_namespace


def test_one_namespace_more_than_there_is_room_for_takes_another_with_it() -> None:
    names = [[end.name for end in picture(*_fan(number)).sources] for number in (MOST_ENDS, MOST_ENDS + 1)]
    assert [len(column) for column in names] == [MOST_ENDS, MOST_ENDS]
    assert ["2 other namespaces" in column for column in names] == [False, True]


def _fan(number: int) -> list[FlowEdge]:
    return [edge(f"team-{place:02}", NODES, 1) for place in range(number)]


def test_what_is_no_namespace_is_never_folded() -> None:
    edges = (edge("shop", LOCAL_DNS, 1), *(edge("shop", f"team-{place:02}", 100) for place in range(20)))
    assert LOCAL_DNS in [end.name for end in picture(*edges).destinations]


def test_too_many_arrows_are_counted_and_no_kind_vanishes() -> None:
    pairs = [(f"a{left}", f"b{right}") for left in range(6) for right in range(6)]
    edges = [edge(*pair, blocked=9) for pair in pairs[:30]] + [edge(*pair, unknown=1) for pair in pairs[30:]]
    made = picture(*edges)
    assert [arrow.mark for arrow in made.arrows] == ["blocked"] * 20 + ["unknown"] * 4
    assert (len(made.arrows), made.left_out) == (MOST_ARROWS, 12)


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    names = ("payments-production", "identity-and-access-management", "\u202eevil")
    drawn = [picture(edge(name, NODES, 1)).sources[0].name for name in names]
    assert drawn == ["payments-production", "identity-…anagement", "\\u202eevil"]
    assert max(map(len, drawn)) == LONGEST_NAME


def test_everything_lies_within_the_picture_and_no_two_arrows_end_in_one_place() -> None:
    made = picture(*TO_CILIUM.edges)
    ys = [y for arrow in made.arrows for y in (arrow.y1, arrow.y2)]
    ys += [y for end in (*made.sources, *made.destinations) for y in (end.text_y, end.y1, end.y2)]
    assert min(ys) > 0
    assert max(ys) < made.height
    assert (
        len({arrow.y1 for arrow in made.arrows}) == len({arrow.y2 for arrow in made.arrows}) == len(made.arrows) == 11
    )
