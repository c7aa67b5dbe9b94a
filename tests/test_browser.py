"""The app in headless Chromium: real mouse strokes, real uploads, and the answers found in the page."""

import io
import re

import pytest
from PIL import Image

from benchmarks import browser as real
from hwr import checkpoint, drawing

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"),
]

TEXT = "document.querySelector('[data-testid=stTextArea] textarea')?.value"  # what was read


@pytest.fixture(scope="module")
def address():
    with real.app() as address:
        yield address


@pytest.fixture
def visit(address, chromium):
    """Opens a page as a new visitor and closes it after the test."""
    pages = []

    def open_page(path: str, **how):
        pages.append(real.visit(chromium, address + path, **how))
        return pages[-1]

    yield open_page
    for page in pages:
        page.context.close()


def expect_answer(page, text: str) -> None:
    """Waits until the page's large answer is `text`."""
    page.get_by_role("heading", level=1).filter(has_text=re.compile(f"^{re.escape(text)}$")).wait_for()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def upload(page, *files: tuple[str, bytes]) -> None:
    payload = [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    page.locator('input[type="file"]').first.set_input_files(payload)


def ink_on_sheet(page) -> int:
    """How many dark pixels the sheet shows."""
    return page.locator("canvas.dc-canvas.lower-canvas").evaluate(
        """sheet => {
            const pixels = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height).data;
            let dark = 0;
            for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 128 && pixels[i] < 100) dark += 1;
            return dark;
        }"""
    )


@pytest.mark.parametrize("path", ["/", "/draw"])
def test_a_seven_and_a_three_are_read_as_they_are_drawn(visit, path):
    page = visit(path)
    real.draw(page, "7")
    expect_answer(page, "7")
    press(page, "Clear")
    expect_answer(page, "…")
    assert ink_on_sheet(page) == 0
    real.draw(page, "3")
    expect_answer(page, "3")


def test_several_characters_and_undo(visit):
    page = visit("/draw")
    page.get_by_role("button", name="Several").or_(page.get_by_role("radio", name="Several")).click()
    real.draw(page, "37")
    expect_answer(page, "37")
    press(page, "Undo")
    expect_answer(page, "3")


def test_the_ink_outlives_a_switch_of_charset_and_of_page(visit):
    page = visit("/draw")
    real.draw(page, "7")
    expect_answer(page, "7")
    charset = page.get_by_role("combobox", name="Characters")
    charset.fill("0-6")
    charset.press("Enter")
    page.get_by_role("heading", level=1).filter(has_text=re.compile("^[0-6]$")).wait_for()
    dark = ink_on_sheet(page)
    assert dark > 1000
    page.get_by_test_id("stPageLink").filter(has_text="Read").click()
    page.get_by_role("heading", name="Read").wait_for()
    page.get_by_test_id("stPageLink").filter(has_text="Draw").click()
    page.get_by_role("heading", level=1).filter(has_text=re.compile("^[0-6]$")).wait_for()
    assert abs(ink_on_sheet(page) - dark) < 0.02 * dark


def test_a_pen_lifted_off_the_sheet_still_counts(visit):
    page = visit("/draw")
    left, top, width, height = real.sheet_box(page)
    page.mouse.move(left + width / 2, top + 60)
    page.mouse.down()
    page.mouse.move(left + width / 2, top + height - 60, steps=8)
    page.mouse.move(left + width + 60, top + height - 60, steps=8)
    page.mouse.up()
    page.get_by_text("sure", exact=False).first.wait_for()


def test_a_finger_draws_and_does_not_scroll_the_page(visit):
    page = visit("/draw", width=400, height=700)
    left, top, width, height = real.sheet_box(page)
    assert left >= 0
    assert left + width <= 400
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *point: float) -> None:
        places = [{"x": left + width * point[0], "y": top + height * point[1]}] if point else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", 0.3, 0.2)  # a 7: along, then down, far enough to scroll a page that lets itself be scrolled
    for step in range(1, 9):
        touch("touchMove", 0.3 + 0.05 * step, 0.2)
    for step in range(1, 13):
        touch("touchMove", 0.7 - 0.025 * step, 0.2 + 0.05 * step)
    touch("touchEnd")
    expect_answer(page, "7")
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0


def test_the_sample_is_read_without_a_mouse(visit):
    page = visit("/")
    press(page, "Sample")
    expect_answer(page, "3")


def test_an_uploaded_picture_is_read(visit):
    page = visit("/read")
    upload(page, ("numbers.png", drawing.page_png("314")))
    page.wait_for_function(f"{TEXT} === '314'")
    page.locator(".editor svg rect").nth(2).wait_for(state="attached")
    with page.expect_download() as download:
        press(page, "TXT")
    assert download.value.suggested_filename == "numbers.txt"
    assert download.value.path().read_text(encoding="utf-8") == "314\n"


def white(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return out.getvalue()


BAD = {
    "text named png": (b"no picture at all", "holds text"),
    "empty file": (b"", "empty"),
    "one pixel": (white(1, 1), "No writing|too small"),
    "all white": (white(800, 600), "No writing"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_upload_is_a_sentence_and_the_page_stays_usable(visit, name):
    content, sentence = BAD[name]
    page = visit("/read")
    upload(page, ("odd.png", content))
    page.get_by_text(re.compile(sentence)).first.wait_for()
    assert page.get_by_test_id("stException").count() == 0
    upload(page, ("good.png", drawing.page_png("314")))
    page.wait_for_function(f"{TEXT} === '314'")


def test_nothing_is_asked_of_other_machines(visit):
    page = visit("/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    real.settled(page)
    real.draw(page, "7")
    expect_answer(page, "7")
    assert asked
    assert [
        url for url in asked if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
    ] == []
