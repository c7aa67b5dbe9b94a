"""Own characters in headless Chromium: a correction on Draw, then a zip, the sheet of pictures, and the way out again."""

import re
import zipfile

import pytest

from benchmarks import browser as real
from hwr import checkpoint
from hwr.mine import Mine
from tests.test_browser import expect_answer, press
from tests.test_pages_mine import zipped

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(), reason="there are no weights to read with"),
]


@pytest.fixture
def own(tmp_path, monkeypatch) -> Mine:
    for name in ("DATA", "RUNS", "MINE"):
        monkeypatch.setenv(f"HWR_{name}", str(tmp_path / name.lower()))
    return Mine(tmp_path / "mine")


@pytest.fixture
def page(own, chromium):
    with real.app() as address:
        page = real.visit(chromium, f"{address}/draw")
        yield page
        page.context.close()


def upload(page, name: str, content: bytes) -> None:
    payload = {"name": name, "mimeType": "application/zip", "buffer": content}
    page.locator('input[type="file"]').first.set_input_files(payload)


def test_from_a_correction_and_a_zip_to_a_zip(page, own):
    real.draw(page, "7")
    expect_answer(page, "7")
    press(page, "Not “7”?")
    page.get_by_role("textbox", name="That was wrong").fill("1")
    page.keyboard.press("Enter")
    page.get_by_text("Kept as 1").wait_for()
    (sample,) = own.samples()
    assert (sample.char, sample.source()["read"]) == ("1", "7")

    page.get_by_test_id("stPageLink").filter(has_text="Train").click()
    page.get_by_test_id("stButtonGroup").get_by_text("My handwriting").click()
    page.get_by_text("1 pictures of 1 characters").wait_for()
    upload(page, "evil.zip", b"no zip at all")
    page.get_by_text("is no zip").wait_for()
    upload(page, "own.zip", zipped("37"))
    page.get_by_text("8 pictures of 2 characters are in").wait_for()
    page.get_by_text("9 pictures of 3 characters").wait_for()
    assert own.counts() == {"1": 1, "3": 4, "7": 4}

    real.settled(page)
    with page.expect_download() as download:
        press(page, "Download as zip")
    assert len(zipfile.ZipFile(download.value.path()).namelist()) == 9

    page.get_by_test_id("stButtonGroup").get_by_text(re.compile("^1 · 1$")).click()
    real.settled(page)
    # The table of one row stands alone: the one before it is gone.
    page.wait_for_function(
        "(all => all.length == 1 && all[0].clientHeight < 120)(document.querySelectorAll('[data-testid=stDataFrame]'))"
    )
    table = page.get_by_test_id("stDataFrame")
    table.click(position={"x": 16, "y": 60})  # the box of the only row
    press(page, "Delete 1")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("8 pictures of 2 characters,").wait_for()
    assert own.counts() == {"3": 4, "7": 4}
