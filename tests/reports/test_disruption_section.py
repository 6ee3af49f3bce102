"""The disruption forecast in HTML, text and JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from analyzer.model.finding import ObjectRef
from analyzer.model.report import Disruption, DrainStall, PoolDisruption, UnknownDisruption, WorkloadDisruption
from reports import FORMATS
from reports.disruption import (
    MOST_BARS,
    WaveBar,
    WavePicture,
    WaveTick,
    amount,
    duration,
    effects,
    headline,
    range_text,
    wave_picture,
)


def pool(name: str, waves: int, most: int, least: int = 3) -> PoolDisruption:
    return PoolDisruption(
        name=name,
        mode="User",
        nodes=waves,
        at_once_least=1,
        at_once_most=1,
        waves_least=waves,
        waves_most=waves,
        drain_minutes=30,
        soak_minutes=0,
        minutes_least=least,
        minutes_most=most,
    )


OPEN = PoolDisruption(name="gpu", mode="User", reason="It does not show agentPoolProfiles[gpu].count")
API = WorkloadDisruption(
    object=ObjectRef("Deployment", "api", "shop"),
    effects=("is down",),
    reasons=("One replica: down until its new pod is ready.",),
    pods=1,
    nodes=1,
    pools=("apps",),
)
WEB = DrainStall(object=ObjectRef("PodDisruptionBudget", "web", "shop"), reason="It never allows.", pools=("apps",))


def forecast(**more: Any) -> Disruption:
    given = {
        "steps": ("overlay", "cilium"),
        "minutes_least": 9,
        "minutes_most": 120,
        "pools": (pool("apps", 2, 80), pool("system", 3, 120, 9)),
        "workloads": (API,),
        "workload_count": 1,
        "stalls": (WEB,),
        "stall_count": 1,
        "assumptions": ("A node takes 3 to 10 minutes to boot.",),
        "unknown": (),
    }
    return Disruption(**given | more)


def page(made: Any, found: Disruption | None) -> str:
    """The words of the section, without markup."""
    document = FORMATS["html"](msgspec.structs.replace(made["ready"](), disruption=found))
    section = re.search(r'<section id="disruption".*?</section>\s*<section id="settled"', document, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", section.group()).split()) if section else ""


def text(made: Any, found: Disruption | None) -> list[str]:
    """The lines of the terminal's part."""
    lines = FORMATS["text"](msgspec.structs.replace(made["ready"](), disruption=found)).splitlines()
    start = lines.index("Disruption") if "Disruption" in lines else len(lines)
    return lines[start : start + lines[start:].index("")] if start < len(lines) else []


def test_the_waves_of_each_pool_stand_on_one_axis_the_slowest_first() -> None:
    found = forecast()
    assert wave_picture(found) == WavePicture(
        height=108,
        axis_y=86,
        bar_height=13,
        bars=(
            WaveBar(
                found.pools[1],
                "3 nodes in 3 waves: 9 minutes to 2 hours",
                18,
                24,
                "7.50%",
                "100.00%",
                ("33.33%", "66.67%"),
            ),
            WaveBar(
                found.pools[0], "2 nodes in 2 waves: 3 minutes to 1 h 20 min", 56, 62, "2.50%", "66.67%", ("33.33%",)
            ),
        ),
        ticks=(
            WaveTick("0.00%", "0 min"),
            WaveTick("25.00%", "30 min"),
            WaveTick("50.00%", "1 h"),
            WaveTick("75.00%", "90 min"),
        ),
        left_out=0,
    )


def test_a_pool_that_is_not_known_is_drawn_open_and_first() -> None:
    picture = wave_picture(forecast(pools=(pool("apps", 1, 40), OPEN)))
    assert picture is not None
    assert [(bar.pool.name, bar.text, bar.worst, bar.cuts) for bar in picture.bars] == [
        ("gpu", "? not known", "", ()),
        ("apps", "1 node in 1 wave: 3 minutes to 40 minutes", "100.00%", ()),
    ]


def test_without_a_known_time_there_is_no_picture() -> None:
    assert wave_picture(forecast(pools=(OPEN,))) is None
    assert wave_picture(forecast(pools=())) is None


def test_many_pools_and_many_waves_stay_readable() -> None:
    picture = wave_picture(forecast(pools=tuple(pool(f"p{place:02}", 61, 20_000 + place) for place in range(30))))
    assert picture is not None
    assert (len(picture.bars), picture.left_out, picture.bars[0].cuts) == (MOST_BARS, 6, ())
    assert [tick.label for tick in picture.ticks] == ["0 min", "72 h", "144 h", "216 h", "288 h"]


def test_times_and_numbers_are_words() -> None:
    assert [duration(minutes) for minutes in (1, 45, 60, 90, 480)] == [
        "1 minute",
        "45 minutes",
        "1 hour",
        "1 h 30 min",
        "8 hours",
    ]
    assert [range_text(*span) for span in ((9, 120), (9, None), (None, None), (0, 0))] == [
        "9 minutes to 2 hours",
        "at least 9 minutes; the most is not known",
        "not known",
        "0 minutes",
    ]
    assert [amount(*span) for span in ((1, 1), (1, 1200), (None, None))] == ["1", "1 to 1,200", "unknown"]


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (("overlay", "cilium"), "each of the steps overlay, cilium."),
        (("cilium",), "the step cilium."),
        ((), "a step that recreates the nodes of every pool; the path is not known."),
    ],
)
def test_the_headline_names_the_steps_that_it_holds_for(steps: tuple[str, ...], end: str) -> None:
    assert headline(forecast(steps=steps)) == f"9 minutes to 2 hours, by estimate, for {end}"


def test_the_effects_are_counted_and_none_is_never_said_of_what_was_not_read() -> None:
    part = UnknownDisruption(part="Which replicas share one node", sources=("pods",), reason="403")
    bare = msgspec.structs.replace(API, effects=("is not recreated", "is down"))
    assert [
        effects(forecast(workloads=(bare, API, API), workload_count=1203)),
        effects(forecast(workloads=(), workload_count=0)),
        effects(forecast(workloads=(), workload_count=0, unknown=(part,))),
    ] == ["is not recreated: 1, is down: 2, and 1,200 more.", "None found.", "None found in what was read."]


def test_the_section_says_everything_in_words(made: Any) -> None:
    part = UnknownDisruption(part="Which replicas share one node", sources=("pods",), reason="403 on pods")
    found = page(made, forecast(pools=(pool("apps", 2, 80), OPEN), unknown=(part,)))
    for words in (
        "9 minutes to 2 hours, by estimate, for each of the steps overlay, cilium.",
        "A node takes 3 to 10 minutes to boot.",
        "Not known: Which replicas share one node. 403 on pods",
        "apps 2 1 2 30 minutes none 3 minutes to 1 h 20 min",
        "gpu unknown unknown unknown It does not show agentPoolProfiles[gpu].count",
        "PodDisruptionBudget shop/web at pool apps: It never allows.",
        "1 workload, worst first",
        "Deployment shop/api is down One replica: down until its new pod is ready. 1 on 1 node apps",
    ):
        assert words in found


def test_rows_are_capped_with_the_true_count(made: Any) -> None:
    many = forecast(
        workloads=(API,) * 1000,
        workload_count=1203,
        stalls=(WEB,) * 30,
        stall_count=34,
        pools=tuple(pool(f"p{place}", 1, 40) for place in range(201)),
    )
    found = page(made, many)
    assert found.count("One replica") == 100
    assert found.count("It never allows.") == 20
    assert "1,103 further workloads in the JSON report, which has the first 1,000." in found
    assert "14 further budgets in the JSON report." in found
    assert "177 further pools only in the table." in found
    assert "1 further pool in the JSON report." in found


def test_nothing_found_is_said_only_of_what_was_read(made: Any) -> None:
    part = UnknownDisruption(part="Which disruption budgets stop the drain", sources=("pods",), reason="403")
    nothing = {"workloads": (), "workload_count": 0, "stalls": (), "stall_count": 0}
    whole, less = page(made, forecast(**nothing)), page(made, forecast(**nothing, unknown=(part,)))
    assert "No disruption budget." in whole
    assert "No workload: what runs has several pods on several nodes" in whole
    assert "No disruption budget in what was read." in less
    assert "No workload in what was read." in less


def test_a_path_that_recreates_no_node_has_no_section(made: Any) -> None:
    document = FORMATS["html"](msgspec.structs.replace(made["ready"](), disruption=None))
    assert "disruption-title" not in document
    assert 'href="#disruption"' not in document
    assert text(made, None) == []


def test_the_terminal_shows_four_sentences_at_most(made: Any) -> None:
    part = UnknownDisruption(part="Which replicas share one node", sources=("pods",), reason="403")
    assert text(made, forecast(stall_count=3, unknown=(part,))) == [
        "Disruption",
        "  9 minutes to 2 hours, by estimate, for each of the steps overlay, cilium.",
        "  Workloads: is down: 1.",
        "  Stops the drain: shop/PodDisruptionBudget/web and 2 more.",
        "  Not known: Which replicas share one node.",
    ]
    assert text(made, forecast(workloads=(), workload_count=0, stalls=(), stall_count=0)) == [
        "Disruption",
        "  9 minutes to 2 hours, by estimate, for each of the steps overlay, cilium.",
        "  Workloads: None found.",
    ]


def test_a_sentence_of_the_terminal_is_wrapped_and_never_cut(made: Any) -> None:
    found = forecast(steps=("remove-policy-engine", "overlay", "cilium"), stalls=(), stall_count=0)
    assert text(made, found) == [
        "Disruption",
        "  9 minutes to 2 hours, by estimate, for each of the steps remove-policy-engine,",
        "  overlay, cilium.",
        "  Workloads: is down: 1.",
    ]


def test_the_json_report_has_the_same_data(made: Any) -> None:
    found = msgspec.structs.replace(made["ready"](), disruption=forecast())
    body = json.loads(FORMATS["json"](found))["disruption"]
    assert msgspec.convert(body, Disruption) == forecast()
    assert (body["minutesMost"], body["workloadCount"], body["pools"][0]["atOnceLeast"]) == (120, 1, 1)
