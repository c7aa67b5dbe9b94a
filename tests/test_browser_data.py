"""The Data page in headless Chromium: pictures page by page, the map under the pointer, a phone, own pictures."""

import re

import numpy as np
import pytest

from benchmarks import browser as real
from hwr import checkpoint
from hwr.mine import Mine
from tests.test_browser import press
from tests.test_survey import little_mnist

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to lay out by"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data_page")


@pytest.fixture(scope="module")
def address(folder):
    """The app with a few digits as `mnist`, and own pictures."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "RUNS", "MINE", "CACHE"):
            patch.setenv(f"HWR_{name}", str(folder / name.lower()))
        little_mnist(folder / "data")
        for char in "37":
            for which in range(4):
                Mine(folder / "mine").add(char, np.pad(np.full((9 + which, 9 + int(char)), 255, np.uint8), 9))
        with real.app() as address:
            yield address


def test_pictures_and_the_one_under_the_pointer_on_the_map(address, chromium):
    page = real.visit(chromium, f"{address}/data?dataset=mnist", height=1200)
    sheet = page.get_by_role("group", name="Pictures of all classes")
    sheet.get_by_role("img").nth(119).wait_for()
    assert sheet.get_by_role("img").count() == 120
    page.get_by_role("button", name="Page 2").click()
    page.get_by_text("121 to 200 of 200").wait_for()

    page.get_by_role("tab", name="Map").click()
    press(page, "Lay out a map")
    flat = page.get_by_role("application")
    flat.wait_for(timeout=3 * real.PATIENCE)
    real.settled(page)
    tip = page.locator("[data-number]")
    flat.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text(re.compile(r"^labelled \d, read .+ %\), no\. \d+$")).wait_for()
    first = tip.get_attribute("data-number")
    box = flat.bounding_box()
    place = tip.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    tip.wait_for(state="hidden")
    # The dot lies beside its picture, half way up.
    for step in range(6, 40, 4):
        page.mouse.move(place["x"] - step, place["y"] + place["height"] / 2)
        if tip.is_visible():
            break
    assert tip.get_attribute("data-number") is not None
    assert tip.is_visible(), f"no picture beside the one of {first}"
    assert tip.locator("canvas").evaluate(
        "node => node.getContext('2d').getImageData(0, 0, 28, 28).data.some(v => v < 99)"
    )
    page.mouse.wheel(0, -600)
    page.get_by_role("button", name="Show all").click()
    page.context.close()


def test_on_a_phone_nothing_is_cut_off(address, chromium):
    page = real.visit(chromium, f"{address}/data?dataset=mnist", width=400, height=800, dark=True)
    for name in ("Classes", "Ink", "Augmentation", "Label errors", "Near duplicates"):
        page.get_by_role("tab", name=name).click()
        real.settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.context.close()


def test_own_pictures_are_deleted_after_a_question_and_come_back(address, chromium, folder):
    page = real.visit(chromium, f"{address}/data?dataset=mine")
    page.get_by_text("8 pictures of 2 characters").wait_for()
    real.settled(page)
    page.get_by_test_id("stDataFrame").click(position={"x": 16, "y": 60})  # the box of the first row
    press(page, "Delete 1")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("7 pictures of 2 characters").wait_for()
    assert sum(Mine(folder / "mine").counts().values()) == 7
    press(page, "Undo")
    page.get_by_text("8 pictures of 2 characters").wait_for()
    assert Mine(folder / "mine").counts() == {"3": 4, "7": 4}
    page.context.close()
