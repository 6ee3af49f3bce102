"""The HTML report in a real chromium, with scripts off unless a test itself asks the page something."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium binary on the path"),
]
NAMES = ["rich", "risky", "ready", "lost", "waived", "hostile", "hostile_waived", "flowing", "hostile_flowing"]
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


class Visit:
    """One page, and everything that it did."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.goto(path.as_uri())


@pytest.fixture
def visit(browser: Browser, tmp_path: Path, html: Any) -> Iterator[Any]:
    """Opens a report by name; options are those of a browser context."""
    contexts: list[BrowserContext] = []

    def opened(name: str, **options: Any) -> Visit:
        path = tmp_path / f"{name}.html"
        path.write_text(html(name), encoding="utf-8")
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}))
        return Visit(contexts[-1], path)

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", NAMES)
def test_page_asks_for_nothing_but_itself_and_no_script_runs(name: str, visit: Any) -> None:
    seen = visit(name, java_script_enabled=True)
    assert [request for request in seen.requests if not request.endswith(f"/{name}.html")] == []
    assert len(seen.requests) == 1
    assert seen.complaints == []
    assert seen.page.evaluate("[document.scripts.length, document.styleSheets.length, document.images.length]") == [
        0,
        1,
        0,
    ]


def test_policy_stops_what_slips_through(browser: Browser, tmp_path: Path, html: Any, outside: Outside) -> None:
    script = f"<script>document.title='owned';fetch('{outside.url}/script')</script>"
    attack = f"{script}<img src='{outside.url}/image'><p style='color:red'>x</p></body>"
    path = tmp_path / "attacked.html"
    path.write_text(html("ready").replace("</body>", attack), encoding="utf-8")
    with browser.new_context() as context:
        seen = Visit(context, path)
        assert seen.page.title() == "Ready: shop to overlay,cilium"
        assert seen.page.locator("body > p").evaluate("item => getComputedStyle(item).color") != "rgb(255, 0, 0)"
    assert outside.asked == []


class Outside:
    """A server on this machine that stands for the rest of the world, and notes what it is asked."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def outside() -> Iterator[Outside]:
    world = Outside()
    Thread(target=world.server.serve_forever, daemon=True).start()
    yield world
    world.server.shutdown()
    world.server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_a_phone(name: str, scheme: str, visit: Any) -> None:
    page = visit(name, viewport={"width": 400, "height": 800}, color_scheme=scheme).page
    _open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.evaluate("document.documentElement.scrollHeight") > 800


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["rich", "risky", "ready", "lost", "waived", "flowing"])
def test_text_stands_out_from_its_ground(name: str, scheme: str, visit: Any) -> None:
    page = visit(name, color_scheme=scheme).page
    _open_all(page)
    measured = page.evaluate(CONTRAST)
    assert len(measured) > 100
    assert [item for item in measured if item["ratio"] < 4.5] == []


def test_light_and_dark_differ(visit: Any) -> None:
    grounds = {
        visit("ready", color_scheme=scheme).page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert grounds == {"rgb(255, 255, 255)", "rgb(18, 20, 23)"}


def test_skip_link_is_the_first_stop_of_the_keyboard_and_leads_to_the_report(visit: Any) -> None:
    page = visit("rich").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what stops you"
    assert page.locator(".skip").bounding_box()["width"] > 100
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('section').id") == "stops"


def test_details_open_by_keyboard_with_scripts_off(visit: Any) -> None:
    page = visit("rich", java_script_enabled=False).page
    pods = page.locator("#r-REI-PDB .findings").first
    assert not pods.is_visible()
    page.locator("#r-REI-PDB > summary").focus()
    page.keyboard.press("Enter")
    assert pods.is_visible()


def test_a_link_to_a_finding_opens_what_it_is_folded_in(visit: Any) -> None:
    page = visit("rich", java_script_enabled=False).page
    target = page.locator("#f-1818181818181818")
    assert not target.is_visible()
    page.goto(f"{page.url}#f-1818181818181818")
    assert target.is_visible()


def test_a_waiver_is_reached_from_its_finding_and_back_by_keyboard(visit: Any) -> None:
    page = visit("waived", java_script_enabled=False).page
    page.locator("#r-REI-SYSTEM-SINGLE-NODE > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#r-REI-SYSTEM-SINGLE-NODE .acceptance a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#w-bbbbbbbbbbbb$"))
    waiver = page.locator("#w-bbbbbbbbbbbb")
    assert waiver.is_visible()
    waiver.locator("a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#r-REI-SYSTEM-SINGLE-NODE$"))
    page.locator("#waivers summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#waivers .findings:visible li")).to_have_count(14)


def test_print_shows_what_is_folded(visit: Any) -> None:
    page = visit("rich", java_script_enabled=False).page
    folded = page.locator("#r-REI-PDB .findings, #settled table, #coverage table, .facts details dl")
    assert {folded.nth(place).is_visible() for place in range(folded.count())} == {True, False}
    page.emulate_media(media="print")
    assert {folded.nth(place).is_visible() for place in range(folded.count())} == {True}
    assert not page.locator("nav").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_a_command_is_selected_whole_and_copied_as_one_line(visit: Any, made: Any) -> None:
    page = visit("rich").page
    page.locator("#step-overlay .command").click()
    copied = page.evaluate("getSelection().toString()")
    assert copied == " ".join(made["rich"]().path.steps[1].command)


def test_one_main_heading_and_no_level_left_out(visit: Any) -> None:
    levels = visit("rich").page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(item => Number(item.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_bars_of_the_picture_lie_within_it(visit: Any) -> None:
    page = visit("rich", viewport={"width": 400, "height": 800}).page
    outer = page.locator(".picture").first.bounding_box()
    bars = page.locator(".picture").first.locator(".bar")
    assert bars.count() == 7
    for place in range(bars.count()):
        box = bars.nth(place).bounding_box()
        assert box["x"] >= outer["x"] - 1
        assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 1
        assert box["width"] > 4


def test_flow_changes_are_picked_by_kind_and_namespace_with_scripts_off(visit: Any) -> None:
    page = visit("flowing", java_script_enabled=False).page
    namespace = page.get_by_role("combobox", name="Namespace", exact=True)
    changes, groups = page.locator(".flow:visible"), page.locator(".flow-group:visible")
    assert (changes.count(), groups.count()) == (7, 6)
    assert not page.locator(".flow-match:visible").count()
    page.locator("#flow-kind-unknown").check()
    assert [_kind(changes.nth(place)) for place in range(changes.count())] == ["Unknown", "Unknown"]
    assert groups.locator("h4").all_inner_texts() == ["Namespace payments", "Several namespaces"]
    namespace.select_option(index=1)
    assert [text.strip() for text in changes.all_inner_texts()] == [
        "Unknown Deployment shop/web, Deployment dev/web → Deployment shop/api : TCP 8080 over IPv6 · 18 flows"
    ]
    assert groups.locator("h4").all_inner_texts() == ["Several namespaces"]
    assert page.locator(".flow-match:visible").count() == 2
    page.locator("#flow-kind-allowed").check()
    assert groups.locator("h4").all_inner_texts() == ["Namespace ledger"]
    page.locator("#flow-kind-unknown").check()
    namespace.select_option(index=3)
    assert (changes.count(), groups.count()) == (0, 0)
    page.locator("#flow-kind-all").check()
    assert groups.locator("h4").all_inner_texts() == ["Namespace ledger", "Namespace payments"]
    namespace.select_option(index=0)
    assert (changes.count(), groups.count()) == (7, 6)


def test_the_number_of_shown_changes_follows_the_filter(visit: Any) -> None:
    page = visit("flowing", java_script_enabled=False).page
    page.locator("#flow-kind-blocked").check()
    said = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    text = "".join(node["name"]["value"] for node in said if node["role"]["value"] == "StaticText")
    assert re.findall(r"Shown: .*?\.", text) == ["Shown: 0 of 1 change.", "Shown: 3 of 6 changes."]


def test_the_filter_is_worked_by_keyboard(visit: Any) -> None:
    page = visit("flowing", java_script_enabled=False).page
    page.locator("#flow-kind-all").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".flow:visible").count() == 3
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator(".flow-group:visible h4").all_inner_texts() == ["Namespace ingress"]


def test_print_shows_every_flow_change_whatever_the_filter_says(visit: Any) -> None:
    page = visit("flowing", java_script_enabled=False).page
    page.locator("#flow-kind-unknown").check()
    page.emulate_media(media="print")
    reasons = page.locator("#flows .flow-facts")
    assert {reasons.nth(place).is_visible() for place in range(reasons.count())} == {True}
    assert reasons.count() == 7
    assert not page.locator(".flow-filter").is_visible()


@pytest.mark.parametrize("width", [400, 1280])
def test_names_and_arrows_of_the_flow_picture_lie_within_it(width: int, visit: Any) -> None:
    page = visit("flowing", viewport={"width": width, "height": 800}).page
    drawing = page.locator("#flows-step-cilium .flow-picture")
    outer = drawing.bounding_box()
    for part, number in (("text", 23), (".flow-arrow", 11)):
        assert drawing.locator(part).count() == number
        for place in range(number):
            box = drawing.locator(part).nth(place).bounding_box()
            assert box["x"] >= outer["x"]
            assert box["x"] + box["width"] <= outer["x"] + outer["width"]
            assert box["y"] >= outer["y"]
            assert box["y"] + box["height"] <= outer["y"] + outer["height"]


def _kind(change: Locator) -> str:
    return change.locator(".badge").inner_text().strip()


def _open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true })")
