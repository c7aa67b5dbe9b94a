"""The Read page in headless Chromium: real uploads, boxes moved, added and relabelled by a real mouse, keys and fingers."""

import io
import json
import re
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from benchmarks import browser as real
from hwr import checkpoint, drawing
from hwr.mine import Mine
from tests.test_browser import press, upload, white

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"),
]
TEXT = "314\n2718"
EDITOR = "[...document.querySelectorAll('*')].map((each) => each.shadowRoot?.querySelector('.editor')).find(Boolean)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app with its own data, and the own pictures that it keeps."""
    folder = tmp_path_factory.mktemp("read")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA", "RUNS", "MINE"):
            patch.setenv(f"HWR_{name}", str(folder / name.lower()))
        with real.app() as address:
            yield address, Mine(folder / "mine")


@pytest.fixture(scope="module")
def chromium():
    with real.chromium() as browser:
        yield browser


@pytest.fixture
def visit(server, chromium):
    """The Read page of a new visitor, with a picture of TEXT read."""
    pages = []

    def open_page(content: bytes | None = None, **how):
        page = real.visit(chromium, server[0] + "/read", **how)
        pages.append(page)
        upload(page, ("numbers.png", content or drawing.page_png(TEXT)))
        page.locator(".editor").wait_for()
        real.settled(page)
        return page

    yield open_page
    for page in pages:
        page.context.close()


def expect_text(page, text: str) -> None:
    """Waits until the text area holds a text."""
    page.wait_for_function(
        "text => document.querySelector('[data-testid=stTextArea] textarea')?.value === text", arg=text
    )


def expect_labels(page, labels: str) -> None:
    """Waits until the boxes, in reading order, have these characters."""
    page.wait_for_function(
        f"labels => [...{EDITOR}.querySelectorAll('svg g')].map((g) => g.dataset.char).join('') === labels", arg=labels
    )


def box(page, char: str, place: int = 0) -> dict[str, float]:
    """Where the box of a character is in the window, once there is one; scrolled to."""
    found = page.wait_for_function(
        f"""([char, place]) => {{
            const all = [...({EDITOR}?.querySelectorAll("svg g") ?? [])].filter((group) => group.dataset.char === char);
            const found = all[place]?.querySelector("rect");
            found?.scrollIntoView({{ block: "nearest", behavior: "instant" }});
            return found && JSON.stringify(found.getBoundingClientRect());
        }}""",
        arg=[char, place],
    )
    return json.loads(found.json_value())


def middle(area: dict[str, float]) -> tuple[float, float]:
    return area["x"] + area["width"] / 2, area["y"] + area["height"] / 2


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*((a + b) / 2 for a, b in zip(start, end, strict=True)))
    page.mouse.move(*end)
    page.mouse.up()


def done(page) -> None:
    """Waits until Python has done every edit."""
    page.wait_for_function(f"() => {EDITOR}.ariaBusy === 'false'")
    real.settled(page)


def downloaded(page) -> dict:
    """The page as the JSON file says, when every edit is done."""
    done(page)
    with page.expect_download() as download:
        press(page, "JSON")
    return json.loads(download.value.path().read_text(encoding="utf-8"))


def glyph(page, char: str) -> dict:
    return next(each for line in downloaded(page)["lines"] for each in line["glyphs"] if each["char"] == char)


def test_boxes_are_moved_and_resized(visit):
    page = visit()
    before = downloaded(page)["lines"][0]["glyphs"][2]["box"]
    area = box(page, "4")
    scale = (before[2] - before[0]) / area["width"]
    x, y = middle(area)
    drag(page, (x, y), (x + 30, y - 12))
    moved = downloaded(page)["lines"][0]["glyphs"][2]["box"]  # the network may see another character in it now
    assert np.allclose(np.subtract(moved, before), np.array([30, -12, 30, -12]) * scale, atol=3)
    x, y = middle(page.locator(".editor .handle.se").bounding_box())
    drag(page, (x, y), (x - 20, y - 15))
    line = downloaded(page)["lines"][0]["glyphs"]
    after = line[2]["box"]
    assert after[:2] == moved[:2]
    assert np.allclose(np.subtract(after, moved)[2:], np.array([-20, -15]) * scale, atol=3)
    assert len(line) == 3


def test_a_key_relabels_what_is_picked_and_undo_takes_it_back(visit):
    page = visit()
    page.mouse.click(*middle(box(page, "7")))
    page.keyboard.press("r")  # a key of Streamlit's own too: runs the page again
    expect_text(page, "314\n2r18")
    page.keyboard.press("c")  # clears its caches
    expect_text(page, "314\n2c18")
    assert page.get_by_role("dialog").count() == 0
    press(page, "Undo")
    expect_text(page, "314\n2r18")
    page.locator(".editor").focus()
    page.keyboard.press("Control+z")
    expect_text(page, TEXT)
    press(page, "Redo")
    expect_text(page, "314\n2r18")
    press(page, "Back to what was read")
    expect_text(page, TEXT)


def test_a_guess_of_the_network_is_taken_at_one_press(visit):
    page = visit()
    page.mouse.click(*middle(box(page, "4")))
    other = page.locator(".editor .others button").nth(1)
    char = other.evaluate("button => button.firstChild.textContent")
    other.click()
    expect_text(page, f"31{char}\n2718")
    expect_labels(page, f"31{char}2718")


def test_a_deleted_box_that_is_drawn_again_is_read(visit):
    page = visit()
    area = box(page, "3")
    page.mouse.click(*middle(area))
    page.keyboard.press("Delete")
    expect_text(page, "14\n2718")
    left, top = area["x"] - 6, area["y"] - 6
    drag(page, (left, top), (left + area["width"] + 12, top + area["height"] + 12))
    expect_text(page, TEXT)
    assert glyph(page, "3")["confidence"] > 0.5


def test_fast_edits_are_all_done(visit):
    page = visit()
    page.mouse.click(*middle(box(page, "3")))
    for key in ["5", "ArrowRight", "6", "ArrowRight", "7", "ArrowRight", "8", "ArrowRight", "9", "ArrowRight", "a"]:
        page.keyboard.press(key)
    expect_text(page, "567\n89a8")
    expect_labels(page, "56789a8")
    said = [each for line in downloaded(page)["lines"] for each in line["glyphs"] if each.get("corrected")]
    assert [each["char"] for each in said] == list("56789a")
    assert {each["confidence"] for each in said} == {1.0}


def test_boxes_are_joined_and_cut(visit):
    page = visit()
    x, y = middle(box(page, "3"))
    page.mouse.click(x, y)
    page.keyboard.down("Shift")
    page.mouse.click(*middle(box(page, "1")))
    page.keyboard.up("Shift")
    page.locator(".editor").get_by_role("button", name="Join").click()
    page.wait_for_function("!document.querySelector('[data-testid=stTextArea] textarea').value.startsWith('314')")
    first = downloaded(page)["lines"][0]["glyphs"]
    assert len(first) == 2
    page.locator(".editor").get_by_role("button", name="Cut").click()
    page.locator(".editor svg g").nth(6).wait_for(state="attached")
    first = downloaded(page)["lines"][0]["glyphs"]
    assert (len(first), first[0]["char"], first[2]["char"]) == (3, "3", "4")  # the 1 may be an L or an I


def test_boxes_follow_the_text(visit):
    page = visit()
    area = page.get_by_role("textbox", name="Text")
    area.fill("3 14\n2x18\n5")
    area.press("Control+Enter")
    expect_labels(page, "3142x185")
    assert area.evaluate("area => area === document.activeElement")
    lines = downloaded(page)["lines"]
    assert [line["text"] for line in lines] == ["3 14", "2x18", "5"]
    assert [each["char"] for line in lines for each in line["glyphs"] if each.get("corrected")] == ["x", "5"]


def test_corrections_are_kept_for_training(visit, server):
    own = server[1]
    page = visit()
    assert page.get_by_role("button", name="No corrections to keep").is_disabled()
    page.mouse.click(*middle(box(page, "7")))
    page.keyboard.press("1")
    page.mouse.click(*middle(box(page, "8")))
    page.keyboard.press("B")
    press(page, "Keep 2 corrections for training")
    page.get_by_text("Kept 2 for training").wait_for()
    assert own.counts() == {"1": 1, "B": 1}
    seven = next(sample for sample in own.samples() if sample.char == "1")
    assert (seven.source()["read"], seven.source()["file"]) == ("7", "numbers.png")
    width, height = seven.ink().shape[::-1]
    assert 0.5 < width / height < 1.1  # the ink of the 7 alone
    page.mouse.click(*middle(box(page, "B")))
    page.keyboard.press("8")
    press(page, "Keep 1 correction for training")
    page.get_by_text("Kept 1 for training").wait_for()
    assert own.counts() == {"1": 1, "8": 1}
    press(page, "Take 1 back")
    page.get_by_text("Taken back").wait_for()
    assert own.counts() == {"1": 1}
    page.get_by_test_id("stPageLink").filter(has_text="Train").click()
    page.get_by_test_id("stButtonGroup").get_by_text("My handwriting").click()
    page.get_by_text("1 pictures of 1 characters").wait_for()


def choose(page, name: str, option: re.Pattern) -> None:
    """Opens a list and takes one of its options, again if a rerun of the page has shut the list or lost the click."""
    field, wanted = page.get_by_role("combobox", name=name), page.get_by_role("option", name=option)
    for _ in range(10):
        field.click()
        with suppress(PlaywrightTimeout, AssertionError):
            wanted.click(timeout=6_000)
            expect(field).to_have_value(option, timeout=6_000)
            return
    raise AssertionError(f"the list {name} does not keep what is chosen")


def test_edits_outlive_other_pages_more_files_and_another_model(visit):
    page = visit()
    page.mouse.click(*middle(box(page, "7")))
    page.keyboard.press("x")
    expect_text(page, "314\n2x18")
    page.get_by_test_id("stPageLink").filter(has_text="Draw").click()
    page.get_by_role("heading", name="Draw").wait_for()
    page.get_by_test_id("stPageLink").filter(has_text="Read").click()
    expect_text(page, "314\n2x18")
    upload(page, ("other.png", drawing.page_png("59")))
    expect_text(page, "59")
    press(page, "Previous")
    expect_text(page, "314\n2x18")
    expect_labels(page, "3142x18")
    page.get_by_text("Add pages, or read in another way").click()
    done(page)
    choose(page, "Model", re.compile("^mnist-simple"))
    page.get_by_role("button", name="Read again").wait_for()
    expect_text(page, "314\n2x18")
    press(page, "Read again")
    expect_text(page, TEXT)
    press(page, "Undo")
    expect_text(page, "314\n2x18")


def test_a_page_without_writing_takes_boxes_and_text(visit):
    page = visit(white(800, 500))
    page.get_by_text(re.compile("No writing found")).wait_for()
    view = page.locator(".editor .stage").bounding_box()
    drag(page, (view["x"] + 100, view["y"] + 80), (view["x"] + 160, view["y"] + 180))
    expect_text(page, "?")
    page.keyboard.press("g")
    expect_text(page, "g")
    area = page.get_by_role("textbox", name="Text")
    area.fill("g\nDear Ada")
    area.press("Control+Enter")
    expect_labels(page, "gDearAda")


def test_zoom_keeps_the_point_and_boxes_are_still_hit(visit):
    page = visit()
    x, y = middle(box(page, "8"))
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    for _ in range(3):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_function(f"() => {EDITOR}.querySelector('.stage').clientWidth > 2000")
    now = box(page, "8")
    assert now["x"] < x < now["x"] + now["width"]
    page.mouse.click(x, y)
    page.keyboard.press("b")
    expect_text(page, "314\n271b")


def test_a_finger_scrolls_picks_moves_and_adds(visit):
    page = visit(width=400, height=700)
    session = page.context.new_cdp_session(page)

    def swipe(start: tuple[float, float], end: tuple[float, float]) -> None:
        steps = [start, *(tuple(np.array(start) + (np.array(end) - start) * part) for part in (0.3, 0.6, 1.0))]
        for kind, point in zip(("touchStart", "touchMove", "touchMove", "touchMove"), steps, strict=True):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": point[0], "y": point[1]}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    before = downloaded(page)["lines"][1]["glyphs"][0]["box"]
    area = box(page, "2")
    swipe(middle(area), (middle(area)[0] + 40, middle(area)[1]))
    assert downloaded(page)["lines"][1]["glyphs"][0]["box"] == before  # it was not picked: nothing is moved by chance
    page.touchscreen.tap(*middle(box(page, "2")))
    page.locator(".editor .frame").wait_for()
    area = box(page, "2")
    swipe(middle(area), (middle(area)[0] - 14, middle(area)[1] + 6))
    assert downloaded(page)["lines"][1]["glyphs"][0]["box"][0] < before[0] - 15
    page.locator(".editor").get_by_role("button", name="Delete").click()
    expect_text(page, "314\n718")
    page.locator(".editor").get_by_role("button", name="Add a box").click()
    seven = box(page, "7")  # the page may have been scrolled; the 2 stood on its left, as high
    start = (seven["x"] - 1.1 * area["width"] - 16, seven["y"] - 5)
    swipe(start, (seven["x"] - 3, seven["y"] + seven["height"] + 5))
    expect_text(page, TEXT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_what_i_see_shows_the_steps_and_the_glyph_that_is_picked(visit):
    page = visit()
    assert page.get_by_text("One colour a line").count() == 0
    page.get_by_text("What I see").click()
    page.get_by_text("One colour a line").wait_for()
    page.get_by_test_id("stImage").nth(2).wait_for()
    page.mouse.click(*middle(box(page, "7")))
    page.get_by_text("“7”: what the network sees").wait_for()
    page.locator(".js-plotly-plot").nth(2).wait_for()


def test_many_files_are_read_with_progress_and_cancel_keeps_what_was_read(visit):
    page = visit()
    rng = np.random.default_rng(0)
    files = [(f"page-{number}.png", large(str(number), rng, (2000, 1500))) for number in range(10, 16)]
    page.get_by_text("Add pages, or read in another way").click()
    upload(page, *files)
    page.get_by_text(re.compile(r"Reading .* of 6")).wait_for()
    press(page, "Cancel")
    page.get_by_text(re.compile(r"Cancelled: \d+ of 7 pages are read")).wait_for()
    read = int(re.search(r"Cancelled: (\d+) of", page.get_by_text("Cancelled").inner_text()).group(1))
    assert 1 <= read < 7
    press(page, "Read the rest")
    page.get_by_text("Download all 7 pages").wait_for()
    with page.expect_download() as download:
        press(page, "TXT")
    told = download.value.path().read_text(encoding="utf-8")
    assert "numbers.png:\n314\n2718" in told
    assert "page-15.png:" in told


def large(text: str, rng: np.random.Generator, size: tuple[int, int] = (4000, 3000)) -> bytes:
    """A photo of so many pixels, twelve million of them if none are told."""
    page = np.asarray(Image.open(io.BytesIO(drawing.page_png(text))).resize(size).convert("L"), np.int16)
    noisy = np.clip(page - rng.integers(0, 24, page.shape, np.int16), 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=80)
    return out.getvalue()


def test_a_photo_of_twelve_million_pixels_stays_fluid(visit):
    page = visit(large(TEXT, np.random.default_rng(1)))
    expect_text(page, TEXT)
    size = page.locator(".editor .stage img").evaluate("async image => (await (await fetch(image.src)).blob()).size")
    assert size < 2_000_000
    x, y = middle(box(page, "4"))
    page.mouse.move(x, y)
    page.mouse.down()
    took = page.evaluate(
        """async ([x, y]) => {
            const stage = EDITOR.querySelector('.stage');
            const begin = performance.now();
            for (let step = 1; step <= 60; step += 1) {
                stage.dispatchEvent(new PointerEvent('pointermove', { clientX: x + step, clientY: y, isPrimary: true }));
                await new Promise((wake) => requestAnimationFrame(wake));
            }
            return (performance.now() - begin) / 60;
        }""".replace("EDITOR", EDITOR),
        [x, y],
    )
    page.mouse.up()
    assert took < 100  # milliseconds a frame, also on a busy machine without a graphics card


def test_a_scan_of_several_pages_is_read_page_by_page(visit):
    frames = [Image.open(io.BytesIO(drawing.page_png(text))) for text in ("17", "23", "42")]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    page = visit()
    upload(page, ("scan.tif", out.getvalue()))
    expect_text(page, "17")
    page.get_by_text("Page 2 of 4").wait_for()
    press(page, "Next")
    expect_text(page, "23")
    press(page, "Put away")
    expect_text(page, "42")
    page.get_by_text("Page 3 of 3").wait_for()
