from __future__ import annotations

import pytest

from analyzer.disruption.rolls import Roll, Span, roll_of, slowest
from analyzer.model.cluster import AgentPool, UpgradeSettings
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.source import Source


def _roll(count: int | None, **settings: str | int) -> Roll:
    found = roll_of(AgentPool(name="apps", count=count, upgrade_settings=UpgradeSettings(**settings)))  # type: ignore[arg-type]
    assert isinstance(found, Known)
    return found.value


def test_a_percentage_is_rounded_up_and_waves_follow_each_other() -> None:
    found = _roll(10, max_surge="33%", drain_timeout_in_minutes=15, node_soak_duration_in_minutes=5)
    assert found == Roll(10, Span(4, 4), Span(3, 3), 15, 5, Span(3 * (3 + 5), 3 * (10 + 15 + 5)))


def test_a_surge_that_is_not_set_is_both_one_node_and_ten_per_cent() -> None:
    assert _roll(40) == Roll(40, Span(1, 4), Span(10, 40), 30, 0, Span(30, 1600))


def test_a_surge_never_exceeds_the_count_and_is_at_least_one_node() -> None:
    assert [_roll(3, max_surge=text).at_once for text in ("5", "200%", "1%")] == [Span(3, 3), Span(3, 3), Span(1, 1)]


def test_with_a_surge_of_0_the_nodes_roll_in_place() -> None:
    assert _roll(8, max_surge="0", max_unavailable="25%").at_once == Span(2, 2)
    assert _roll(8, max_surge="0%").at_once == Span(1, 1)


def test_a_pool_without_nodes_takes_no_time() -> None:
    assert _roll(0) == Roll(0, Span(0, 0), Span(0, 0), 30, 0, Span(0, 0))


@pytest.mark.parametrize(
    ("pool", "detail"),
    [
        (AgentPool(name="apps"), "agentPoolProfiles[apps].count: it is absent or null"),
        (
            AgentPool(name="apps", count=3, upgrade_settings=UpgradeSettings(max_surge="many")),
            "agentPoolProfiles[apps].upgradeSettings: maxSurge is 'many', maxUnavailable is None",
        ),
        (
            AgentPool(name="apps", count=3, upgrade_settings=UpgradeSettings(max_unavailable="few")),
            "agentPoolProfiles[apps].upgradeSettings: maxSurge is None, maxUnavailable is 'few'",
        ),
    ],
)
def test_a_count_or_a_surge_that_cannot_be_read_is_missing(pool: AgentPool, detail: str) -> None:
    found = roll_of(pool)
    assert isinstance(found, Missing)
    assert (found.source, found.cause) == (Source.CLUSTER, Cause.HIDDEN)
    assert found.detail.endswith(detail)


def test_pools_roll_side_by_side() -> None:
    assert slowest((_roll(1, max_surge="1"), _roll(3, max_surge="1"))) == Span(9, 120)
    assert slowest(()) == Span(0, 0)
