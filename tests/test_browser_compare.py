"""Comparing in headless Chromium: models chosen, measured on one's own pictures, a cell clicked, reports downloaded."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import browser as real
from hwr import checkpoint
from hwr.drawing import ink, to_drawing, write
from hwr.mine import Mine
from tests.test_browser import press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to compare"),
]
CELLS = ".js-plotly-plot .nsewdrag"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The app with a dataset of own digits, eight of each of three."""
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "RUNS", "MINE", "CACHE"):
            patch.setenv(f"HWR_{name}", str(folder / name.lower()))
        for char in "378":
            for pen in range(14, 30, 2):
                drawn = to_drawing(write(char, box=(40, 40, 280, 280), pen=pen))
                Mine(folder / "mine").add(char, ink(drawn, width=320, height=320))
        with real.app() as address:
            yield address


@pytest.fixture
def page(address, chromium):
    page = real.visit(chromium, f"{address}/compare")
    yield page
    page.context.close()


def compared(page) -> None:
    """Adds a model, takes the own pictures, and waits for the figures."""
    page.get_by_test_id("stMultiSelect").locator("input").fill("digits")
    page.get_by_role("option", name="digits (10)").click()
    page.keyboard.press("Escape")
    page.get_by_test_id("stSelectbox").locator("input").click()
    page.get_by_role("option", name=re.compile("^mine")).click()
    real.settled(page)
    press(page, "Start")
    page.get_by_role("heading", name="3 models on mine test").wait_for(timeout=3 * real.PATIENCE)
    real.settled(page)


def click_cell(page, row: int, column: int, size: int) -> None:
    page.locator(CELLS).first.scroll_into_view_if_needed()
    box = page.locator(CELLS).first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * (column + 0.5) / size, box["y"] + box["height"] * (row + 0.5) / size)


def downloaded(page, name: str) -> Path:
    with page.expect_download() as download:
        press(page, name)
    return Path(download.value.path())


def test_from_a_choice_to_a_cell_and_a_report(page, chromium, tmp_path):
    page.get_by_text("press Start").wait_for()
    compared(page)
    page.get_by_text("accuracy take").wait_for()
    page.get_by_role("tab", name="Confusion").click()
    page.locator(CELLS).first.wait_for(state="attached")
    page.get_by_text("Click a cell").wait_for()
    real.settled(page)
    click_cell(page, 1, 1, 3)
    page.get_by_text(re.compile("^7 read as 7: ")).wait_for()
    page.get_by_test_id("stImage").first.wait_for()
    page.get_by_test_id("stButtonGroup").get_by_text("digits").click()
    page.get_by_text("Click a cell").wait_for()

    rows = list(csv.DictReader(downloaded(page, "CSV").read_text(encoding="utf-8").splitlines()))
    assert [row["model"] for row in rows] == ["mnist", "mnist-simple", "digits"]
    told = json.loads(downloaded(page, "JSON").read_text(encoding="utf-8"))
    assert told["classes"] == "378"
    assert np.sum(told["models"][0]["confusion"]) == int(rows[0]["images"])
    report = tmp_path / "report.html"
    report.write_bytes(downloaded(page, "HTML").read_bytes())
    offline = chromium.new_context(offline=True).new_page()
    offline.goto(report.as_uri())
    offline.get_by_role("heading", name="3 models on mine test").wait_for()
    offline.locator(".js-plotly-plot .main-svg").nth(4).wait_for(state="attached")
    offline.context.close()


def test_what_was_measured_is_there_at_once_and_fits_a_phone(address, chromium):
    page = real.visit(chromium, f"{address}/compare", width=400, height=800, dark=True)
    compared(page)
    for name in ("Confusion", "Confused pairs", "Calibration", "Speed", "Significance"):
        page.get_by_role("tab", name=name).click()
        real.settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.context.close()


def test_what_is_no_model_is_a_sentence(page):
    page.get_by_text("Upload a model").click()
    payload = {"name": "net.pt", "mimeType": "application/octet-stream", "buffer": b"\x80\x04K\x01."}
    page.locator('input[type="file"]').first.set_input_files(payload)
    page.get_by_text("net.pt is a pickle").wait_for()
