"""Label selectors."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bits import members
from analyzer.model.fact import Cause, LackingError
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.selectors import LabelIndex, selector_text

THINGS = ({"app": "web", "tier": "front"}, {"app": "db"}, {"app": ""}, {})
KEYS, VALUES = ("app", "tier"), ("web", "db", "front", "")


def chosen(*requirements: Requirement, **labels: str) -> list[int]:
    return list(members(LabelIndex(THINGS).select(LabelSelector(labels, requirements))))


def test_an_empty_selector_matches_everything() -> None:
    assert chosen() == [0, 1, 2, 3]


def test_every_label_has_to_match() -> None:
    assert chosen(app="web", tier="front") == [0]
    assert chosen(app="db", tier="front") == []


@pytest.mark.parametrize(
    ("requirement", "places"),
    [
        (Requirement("app", "In", ("web", "db")), [0, 1]),
        (Requirement("app", "In", ("",)), [2]),
        (Requirement("app", "In"), []),
        (Requirement("app", "NotIn", ("web",)), [1, 2, 3]),
        (Requirement("app", "NotIn"), [0, 1, 2, 3]),
        (Requirement("app", "Exists"), [0, 1, 2]),
        (Requirement("app", "DoesNotExist"), [3]),
        (Requirement("zone", "NotIn", ("a", "b")), [0, 1, 2, 3]),
        (Requirement("zone", "DoesNotExist"), [0, 1, 2, 3]),
        (Requirement("zone", "Exists"), []),
    ],
)
def test_the_four_operators_with_and_without_the_key(requirement: Requirement, places: list[int]) -> None:
    assert chosen(requirement) == places


def test_an_operator_that_kubernetes_does_not_have_is_a_lack_and_no_match() -> None:
    with pytest.raises(LackingError) as lacking:
        chosen(Requirement("app", "Like", ("w",)))
    assert [item.cause for item in lacking.value.missing] == [Cause.UNRECOGNISED]


REQUIREMENTS = st.builds(
    Requirement,
    st.sampled_from(KEYS),
    st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
    st.lists(st.sampled_from(VALUES), max_size=2).map(tuple),
)
LABELS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))


def matches(labels: Mapping[str, str], selector: LabelSelector) -> bool:
    """One thing at a time, as the API reference words it."""

    def holds(item: Requirement) -> bool:
        match item.operator:
            case "In":
                return item.key in labels and labels[item.key] in item.values
            case "NotIn":
                return item.key not in labels or labels[item.key] not in item.values
            case "Exists":
                return item.key in labels
        return item.key not in labels

    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        map(holds, selector.match_expressions)
    )


@given(st.lists(LABELS, max_size=12), st.builds(LabelSelector, LABELS, st.lists(REQUIREMENTS, max_size=3).map(tuple)))
def test_the_index_selects_what_a_look_at_each_thing_selects(
    things: list[dict[str, str]], selector: LabelSelector
) -> None:
    index = LabelIndex(things)
    expected = [place for place, labels in enumerate(things) if matches(labels, selector)]
    assert list(members(index.select(selector))) == list(members(index.select(selector))) == expected


def test_a_selector_is_written_the_same_whatever_its_order() -> None:
    one = LabelSelector({"b": "1", "a": "2"}, (Requirement("c", "In", ("y", "x")), Requirement("d", "Exists")))
    other = LabelSelector({"a": "2", "b": "1"}, (Requirement("d", "Exists"), Requirement("c", "In", ("x", "y"))))
    assert selector_text(one) == selector_text(other) == "a=2, b=1, c in (x, y), d"
    assert selector_text(LabelSelector({}, (Requirement("e", "DoesNotExist"),))) == "!e"
    assert selector_text(LabelSelector({}, (Requirement("e", "NotIn", ("z",)),))) == "e notin (z)"
    assert selector_text(LabelSelector()) == "{}"
