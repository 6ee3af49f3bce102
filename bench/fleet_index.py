"""The fleet's index of 2,000 clusters in a headless chromium: size, first paint, and every filter, in milliseconds.

    python bench/fleet_index.py [--clusters 2000] [--subscriptions 40] [--runs 5] [--most 1000]

Every figure is the median of several fresh pages. Ends with 1 where one of them is more than --most.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

import fleet_nights  # noqa: E402 the tests' own fleet, which is beside this folder

from reports.fleet import FLEET_FORMATS  # noqa: E402


def main() -> None:
    """Makes the page, measures, prints."""
    parser = argparse.ArgumentParser()
    for name, value in (("clusters", 2_000), ("subscriptions", 40), ("runs", 5), ("most", 1_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "index.html"
        write(page, options)
        figures = measured(page, options.runs)
    for step, figure in figures.items():
        print(f"  {step:24} {figure:6.0f} ms")
    sys.exit(max(figures.values()) > options.most)


def write(page: Path, options: argparse.Namespace) -> None:
    """The page, and what it costs."""
    report = fleet_nights.crowd(options.clusters, options.subscriptions)
    began = time.perf_counter()
    text = FLEET_FORMATS["html"](report, "")
    took = time.perf_counter() - began
    page.write_text(text, encoding="utf-8")
    size_mb = page.stat().st_size / 1_000_000
    print(f"{options.clusters:,} clusters in {options.subscriptions}: {size_mb:.2f} MB, rendered in {took:.2f} s")


def measured(page: Path, runs: int) -> dict[str, float]:
    """The median of each figure."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        found = list(_runs(browser, page, runs))
        browser.close()
    return {step: median(figures[step] for figures in found) for step in found[0]}


def _runs(browser: Browser, page: Path, runs: int) -> Iterator[dict[str, float]]:
    script = (HERE / "fleet_index.js").read_text(encoding="utf-8")
    for _ in range(runs):
        with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
            opened = context.new_page()
            opened.goto(page.as_uri())
            figures: dict[str, float] = opened.evaluate(script)
            yield figures


if __name__ == "__main__":
    main()
