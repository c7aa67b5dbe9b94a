"""From the end of a stroke to the new answer in the page, in Chromium: python -m benchmarks.latency [--strokes 15]

Each stroke is drawn with real mouse events on a blank sheet of the Draw page, with everything on it shown; the clock runs
in the page, from the mouse button's release to the frame in which the answer stands. Other work on the machine shows in
the figure: the load is printed beside it.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
from typing import TYPE_CHECKING

from benchmarks import browser as real

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIMIT = 250
DIGITS = "7302681"  # one stroke each
CLOCK = """() => {
    window.took = null;
    const answer = () => document.querySelector("h1")?.innerText.trim();
    addEventListener("mouseup", (release) => {
        const look = () => {
            if (answer() && answer() !== "…") window.took = performance.now() - release.timeStamp;
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }, { once: true, capture: true });
}"""


def one_stroke(page: Page, digit: str) -> float:
    """Milliseconds until one more digit is read, on a sheet that was cleared before."""
    page.evaluate(CLOCK)
    real.draw(page, digit)
    page.wait_for_function("window.took !== null")
    took = float(page.evaluate("window.took"))
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("heading", level=1).filter(has_text=re.compile("^…$")).wait_for()
    real.settled(page)
    return took


def measure(count: int) -> list[float]:
    """Milliseconds of `count` strokes, after two that warm up."""
    with real.app() as address, real.chromium() as browser:
        page = real.visit(browser, f"{address}/draw")
        page.locator(".js-plotly-plot").nth(2).wait_for()
        return [one_stroke(page, DIGITS[place % len(DIGITS)]) for place in range(count + 2)][2:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(":", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("--strokes", type=int, default=15)
    count = parser.parse_args().strokes
    before = os.getloadavg()[0]
    took = sorted(measure(count))
    print(
        f"strokes {count}, median {statistics.median(took):.0f} ms, fastest {took[0]:.0f} ms, slowest {took[-1]:.0f} ms"
    )
    print(f"limit {LIMIT} ms; {os.cpu_count()} cores, load before the start {before:.1f}")


if __name__ == "__main__":
    main()
