"""The index of an audit in a real chromium: with its one script, and without."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import fleet_nights as nights
import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from reports.fleet import FLEET_FORMATS

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium binary on the path"),
]
PLACELESS = replace(
    nights.good(), clusters=(replace(nights.FORBIDDEN, subscription="", subscription_name="", id=""), nights.READY)
)
FLEETS = {
    **nights.NIGHTS,
    "placeless": lambda: PLACELESS,
    "many": lambda: nights.crowd(2000),
    "one": lambda: nights.crowd(2000, 1),
}
CONTRAST = (Path(__file__).parents[1] / "contrast.js").read_text(encoding="utf-8")
BENCH = Path(__file__).parents[3] / "bench" / "fleet_index.js"
SHOWN = """[...document.querySelectorAll(".fleet-group tbody tr")].filter(row => row.checkVisibility())
    .map(row => row.querySelector("bdi").textContent)"""
SECONDS = 3
"""Generous: other tests run beside this one. The benchmark measures alone."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


class Visit:
    """One page, and everything that it did."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context.set_default_timeout(10_000)
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.goto(address)

    @property
    def names(self) -> list[str]:
        """The clusters that are shown."""
        names: list[str] = self.page.evaluate(SHOWN)
        return names

    def field(self, name: str) -> Locator:
        """One field of the filter."""
        return self.page.locator(f"#filter [name={name}]")

    @property
    def said(self) -> str:
        """How many clusters the page says that it shows."""
        return self.page.locator("#shown").inner_text()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens an index by name, with a fragment; options are those of a browser context."""
    contexts: list[BrowserContext] = []

    def opened(name: str, fragment: str = "", **options: Any) -> Visit:
        path = tmp_path / f"{name}.html"
        path.write_text(FLEET_FORMATS["html"](FLEETS[name](), ""), encoding="utf-8")
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}))
        return Visit(contexts[-1], path.as_uri() + fragment)

    yield opened
    for context in contexts:
        context.close()


ALL = ["vault", "checkout", "pilot", "legacy", "reports", "ledger", "search"]


@pytest.mark.parametrize("name", nights.NIGHTS)
def test_page_asks_for_nothing_but_itself_and_only_its_own_script_runs(name: str, visit: Any) -> None:
    seen = visit(name)
    seen.page.locator(".fleet-jump a[href='#clusters']").click()
    assert {request.partition("#")[0].endswith(f"/{name}.html") for request in seen.requests} == {True}
    assert seen.complaints == []
    assert seen.page.evaluate("[document.scripts.length, document.styleSheets.length, document.images.length]") == [
        1,
        1,
        0,
    ]
    assert not seen.page.title().startswith("owned")


def test_policy_stops_what_slips_through(browser: Browser, tmp_path: Path) -> None:
    attack = "<script>document.title='owned'</script><p style='color:red' onclick=\"document.title='owned'\">x</p>"
    path = tmp_path / "attacked.html"
    path.write_text(FLEET_FORMATS["html"](nights.good(), "").replace("</main>", f"{attack}</main>"), encoding="utf-8")
    with browser.new_context() as context:
        page = Visit(context, path.as_uri()).page
        page.locator("main > p").click()
        assert page.title() == "2 of 2 clusters ready, 22 November 2026, 02:00 UTC"
        assert page.locator("main > p").evaluate("item => getComputedStyle(item).color") != "rgb(255, 0, 0)"


@pytest.mark.parametrize(("name", "scheme"), [("rich", "light"), ("rich", "dark"), ("good", "light")])
def test_a_checker_of_accessibility_finds_nothing_serious(name: str, scheme: str, visit: Any) -> None:
    page = visit(name, color_scheme=scheme).page
    _open_all(page)
    found = Axe().run(page, options={"resultTypes": ["violations", "passes"]}).response
    assert len(found["passes"]) > 25
    serious = [item for item in found["violations"] if item["impact"] in ("serious", "critical")]
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in serious] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["rich", "good", "empty"])
def test_text_stands_out_from_its_ground(name: str, scheme: str, visit: Any) -> None:
    page = visit(name, color_scheme=scheme).page
    _open_all(page)
    measured = page.evaluate(CONTRAST)
    assert len(measured) > 60
    assert [item for item in measured if item["ratio"] < 4.5] == []


@pytest.mark.parametrize("width", [400, 800, 1280])
@pytest.mark.parametrize("name", nights.NIGHTS)
def test_no_page_is_wider_than_its_screen(name: str, width: int, visit: Any) -> None:
    page = visit(name, viewport={"width": width, "height": 800}).page
    _open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") > 800


def test_cells_of_the_families_do_not_run_into_each_other(visit: Any) -> None:
    page = visit("rich", viewport={"width": 1280, "height": 4000}).page
    cells = page.locator(".fleet-group td > :is(b:not(.badge), span)")
    assert cells.count() == 19
    outside = "item => !item.clientWidth || item.scrollWidth > item.clientWidth"
    assert [cells.nth(place).inner_text() for place in range(cells.count()) if cells.nth(place).evaluate(outside)] == []


def test_without_scripts_everything_is_shown_and_no_filter(visit: Any) -> None:
    seen = visit("rich", java_script_enabled=False)
    assert seen.names == ALL
    assert not seen.page.locator("#filter").is_visible()
    seen.page.locator(".fleet-tiles a").first.click()
    expect(seen.page).to_have_url(re.compile("#clusters$"))
    assert seen.names == ALL


def test_the_table_is_filtered_by_keyboard(visit: Any) -> None:
    seen = visit("rich")
    keys = seen.page.keyboard
    assert (seen.names, seen.said) == (ALL, "Shown: 7 of 7 clusters.")
    seen.field("text").focus()
    keys.type("SHOP ledg")
    assert (seen.names, seen.said) == (["ledger"], "Shown: 1 of 7 clusters.")
    keys.press("Control+A")
    keys.type("cil-windows-pool")
    assert seen.names == ["checkout"]
    keys.press("Control+A")
    keys.press("Delete")
    keys.press("Tab")
    keys.type("Not")
    assert (seen.names, seen.said) == (["reports"], "Shown: 1 of 7 clusters.")
    for _ in range(4):
        keys.press("Tab")
    keys.press("Enter")
    assert (seen.names, seen.said) == (ALL, "Shown: 7 of 7 clusters.")


@pytest.mark.parametrize(
    ("field", "option", "names"),
    [
        ("readiness", "Could not be read", ["vault"]),
        ("readiness", "Blocked", ["checkout"]),
        ("subscription", "Shop", ["legacy", "reports", "ledger"]),
        ("family", "overlay", ["checkout", "legacy"]),
        ("family", "cilium", ["checkout"]),
        ("deadline", "kubenet", ["checkout", "ledger", "search"]),
        ("deadline", "Azure NPM on Linux nodes", ["reports"]),
        ("deadline", "not known", ["vault"]),
    ],
)
def test_each_filter_shows_its_clusters_and_no_other(field: str, option: str, names: list[str], visit: Any) -> None:
    seen = visit("rich")
    seen.field(field).select_option(option)
    assert (seen.names, seen.said) == (names, f"Shown: {len(names)} of 7 clusters.")


def test_clusters_of_no_known_subscription_can_be_picked(visit: Any) -> None:
    seen = visit("placeless")
    seen.field("subscription").select_option("Subscription not known")
    assert (seen.names, seen.said) == (["vault"], "Shown: 1 of 2 clusters.")


def test_filters_add_up_and_an_empty_group_is_not_shown(visit: Any) -> None:
    seen = visit("rich")
    seen.field("deadline").select_option("kubenet")
    seen.field("readiness").select_option("Ready now")
    assert seen.names == ["ledger"]
    assert seen.page.locator(".fleet-group:visible h3").all_text_contents() == ["Shop"]
    seen.field("text").fill("no such cluster")
    assert (seen.names, seen.said) == ([], "Shown: 0 of 7 clusters.")


def test_a_filtered_view_can_be_sent(visit: Any) -> None:
    seen = visit("rich")
    seen.field("deadline").select_option("Azure NPM on Linux nodes")
    seen.field("text").fill("reports & more")
    fragment = seen.page.evaluate("location.hash")
    assert fragment == "#text=reports+%26+more&deadline=Azure+NPM+on+Linux+nodes"
    other = visit("rich", fragment)
    assert other.field("text").input_value() == "reports & more"
    assert (other.names, other.said) == ([], "Shown: 0 of 7 clusters.")
    other.field("text").fill("")
    assert other.names == ["reports"]


def test_a_view_of_something_that_is_gone_shows_nothing_and_not_everything(visit: Any) -> None:
    seen = visit("good", "#readiness=blocked&subscription=gone")
    assert (seen.names, seen.said) == ([], "Shown: 0 of 2 clusters.")
    assert seen.field("subscription").input_value() == "gone"


def test_a_count_at_the_top_leads_to_its_clusters(visit: Any) -> None:
    seen = visit("rich")
    seen.page.get_by_role("link", name="Needs a new cluster").click()
    assert seen.names == ["legacy"]
    assert seen.page.evaluate("document.activeElement.id") == "clusters"
    seen.page.get_by_role("link", name="Windows node pools cannot").click()
    assert seen.names == ["checkout"]
    seen.page.go_back()
    assert seen.names == ["legacy"]
    seen.page.locator(".fleet-jump a[href='#deadlines']").click()
    assert seen.names == ["legacy"]
    for _ in range(2):
        seen.page.go_back()
    assert (seen.names, seen.said) == (ALL, "Shown: 7 of 7 clusters.")
    assert seen.complaints == []


def test_the_number_of_shown_clusters_is_announced(visit: Any) -> None:
    seen = visit("rich")
    assert seen.page.get_by_role("status").inner_text() == "Shown: 7 of 7 clusters."


def test_hostile_options_filter_and_do_nothing_else(visit: Any) -> None:
    seen = visit("hostile")
    field = seen.field("subscription")
    for value in field.locator("option").evaluate_all("found => found.map(item => item.value)"):
        field.select_option(value)
    seen.field("text").fill("<script>document.title='owned'</script>")
    assert seen.complaints == []
    assert seen.page.title().startswith("3 of 19 clusters ready")


def test_skip_link_is_the_first_stop_of_the_keyboard_and_leads_to_the_clusters(visit: Any) -> None:
    page = visit("rich").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the clusters"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "clusters"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "text"


def test_one_main_heading_one_main_landmark_and_no_level_left_out(visit: Any) -> None:
    page = visit("rich").page
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(item => Number(item.tagName[1]))")
    assert levels.count(1) == 1
    assert {after - before for before, after in pairwise(levels)} <= {1, 0, -1}
    assert page.evaluate("['main', 'header', 'nav', 'footer'].map(tag => document.querySelectorAll(tag).length)") == [
        1,
        1,
        1,
        1,
    ]


def test_print_shows_what_is_filtered_and_says_so(visit: Any) -> None:
    seen = visit("rich")
    seen.field("readiness").select_option("Blocked")
    seen.page.emulate_media(media="print")
    assert seen.names == ["checkout"]
    assert seen.page.locator("#shown").is_visible()
    assert not seen.field("readiness").is_visible()
    assert not seen.page.locator("nav").is_visible()
    assert seen.page.pdf(format="A4", landscape=True).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["many", "one"])
def test_two_thousand_clusters_stay_usable(name: str, visit: Any) -> None:
    seen = visit(name)
    figures = seen.page.evaluate(BENCH.read_text(encoding="utf-8"))
    print({step: round(figure) for step, figure in figures.items()})
    assert seen.said == "Shown: 2,000 of 2,000 clusters."
    assert len(figures) == 9
    assert max(figures.values()) < SECONDS * 1000


def _open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true })")
