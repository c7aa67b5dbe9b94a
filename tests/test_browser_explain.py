"""Why this answer? in headless Chromium: opened on Draw, each view, and what would change the answer."""

import pytest

from benchmarks import browser as real
from hwr import checkpoint
from tests.test_browser import press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "RUNS", "MINE", "CACHE"):
            patch.setenv(f"HWR_{name}", str(folder / name.lower()))
        with real.app() as address:
            yield address


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_a_drawn_character_is_explained(address, chromium, width, dark):
    page = real.visit(chromium, f"{address}/draw", width=width, height=900, dark=dark)
    real.draw(page, "4")
    page.get_by_role("heading", name="4", exact=True).wait_for()
    page.get_by_text("Why this answer?").click()
    page.get_by_text("Rust speaks for “4”").wait_for()
    views = page.get_by_test_id("stButtonGroup")
    views.get_by_text("Layers", exact=True).click()
    page.get_by_text("The 24 most active of 160 maps").wait_for()
    views.get_by_text("Training pictures", exact=True).click()
    page.get_by_role("button", name="Look through synthetic").wait_for()
    views.get_by_text("What would change it", exact=True).click()
    press(page, "Find the smallest change")
    page.get_by_text("becomes").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
