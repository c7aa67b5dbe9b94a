"""The Read page through AppTest: what comes in, what is read, edits as the browser tells them, corrections kept.

The real editor of boxes is in test_browser_read.py; here its state is set as the browser would send it.
"""

import io
import json
import threading
import time

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from hwr import checkpoint, drawing
from hwr.formats import PAGE_FORMATS
from hwr.lines.letters import Letters
from hwr.lines.words import WordList
from hwr.mine import Mine
from hwr.recognize import Recognizer
from tests.test_pages import checked, png, visit
from ui.models import CHARSETS
from ui.reading import downloads
from ui.reading.desk import Desk, Scan

pytestmark = pytest.mark.skipif(
    not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"
)
TEXT = "314\n2718"


def desk(app: AppTest) -> Desk:
    return app.session_state["read_desk"]


def shown(app: AppTest) -> Scan:
    scan = desk(app).scan(desk(app).shown)
    assert scan is not None
    return scan


def settle(app: AppTest) -> AppTest:
    """Runs the page until nothing is being read any more."""
    checked(app.run())
    while desk(app).job:
        desk(app).job.wait(60)
        checked(app.run())
    return app


def opened(*files: tuple[str, bytes]) -> AppTest:
    """The Read page with these files read; the first is shown."""
    return added(visit("read"), *files)


def added(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, content in files:
        app.file_uploader[0].upload(name, content)
    return settle(app)


def text(app: AppTest) -> str:
    return app.text_area[0].value


def tell(app: AppTest, *changes: dict) -> AppTest:
    """Edits as the browser sends them: all that it does not know to be done, counted on."""
    scan = shown(app)
    listed = [{"n": scan.applied + place, **change} for place, change in enumerate(changes, 1)]
    app.session_state[f"read_boxes_{scan.number}"] = {"edits": {"scan": str(scan.number), "list": listed}}
    return checked(app.run())


def number(app: AppTest, char: str) -> int:
    return next(glyph.number for glyph in shown(app).history.page.glyphs if glyph.char == char)


def written(app: AppTest, title: str) -> bytes:
    """A file as its download button would make it."""
    return downloads._written(title, desk(app).read)


PAGE = ("numbers.png", drawing.page_png(TEXT))


def test_a_picture_is_read_to_text_and_every_format():
    app = opened(PAGE)
    assert text(app) == TEXT
    assert len(app.get("download_button")) == len(PAGE_FORMATS)
    assert any("sure" in caption.value for caption in app.caption)
    for title in PAGE_FORMATS:
        assert written(app, title)
    assert written(app, "txt") == b"314\n2718\n"


def test_an_empty_desk_says_what_to_do():
    app = visit("read")
    assert not app.text_area
    assert any("try the sample" in caption.value for caption in app.caption)


def test_the_sample_comes_and_goes():
    app = visit("read")
    app.button(key="read_sample").click()
    assert text(settle(app)) == TEXT
    app.button(key="read_away").click()
    assert not settle(app).text_area


BAD = {
    "text.png": b"this is not a picture",
    "empty.png": b"",
    "cut.png": drawing.page_png("3")[:2000],
    "locked.pdf": b"%PDF-1.7 and nothing else",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_a_sentence_and_spoils_no_other(name):
    app = opened((name, BAD[name]), ("good.png", drawing.page_png("314")))
    assert text(app) == "314"
    assert name.split(".")[0] in app.error[0].value
    app.button(key="read_forget").click()
    assert not settle(app).error
    assert text(app) == "314"


def test_only_bad_files_are_a_sentence_too():
    app = opened(("text.png", b"no picture"))
    assert "text" in app.error[0].value
    assert not app.text_area


def test_many_bad_files_do_not_bury_the_page():
    app = opened(*((f"bad{place}.png", b"no picture") for place in range(8)), PAGE)
    assert text(app) == TEXT
    assert any("8 could not be read" in expander.label for expander in app.expander)


def test_the_same_picture_twice_is_two_pages():
    app = opened(("a.png", drawing.page_png("314")), ("a.png", drawing.page_png("314")))
    assert [scan.history.page.text for scan in desk(app).read] == ["314", "314"]
    tell(app, {"op": "delete", "numbers": [number(app, "1")]})
    assert [scan.history.page.text for scan in desk(app).read] == ["34", "314"]


def test_every_page_of_a_document_is_read():
    frames = [Image.open(io.BytesIO(drawing.page_png(number))) for number in ("17", "23", "42")]
    out = io.BytesIO()
    frames[0].save(out, "PDF", save_all=True, append_images=frames[1:])
    app = opened(("scan.pdf", out.getvalue()))
    assert [scan.name for scan in desk(app).scans] == [f"scan.pdf, page {number}" for number in (1, 2, 3)]
    assert text(app) == "17"
    app.button(key="read_next").click()
    assert text(settle(app)) == "23"
    app.selectbox(key=f"read_page_{desk(app).turns}").select(3)
    assert text(settle(app)) == "42"
    assert [item["page"] for item in json.loads(written(app, "json"))] == [1, 2, 3]


@pytest.mark.parametrize("size", [(1, 1), (600, 400)])
def test_a_picture_without_writing_says_so_and_takes_text(size):
    app = opened(("white.png", png(Image.new("L", size, 255))))
    if app.error:
        return
    assert any("No writing" in caption.value for caption in app.caption)
    app.text_area[0].input("Dear Ada,\n\nbye")
    checked(app.run())
    assert text(app) == "Dear Ada,\nbye"
    assert shown(app).history.page.text == "Dear Ada,\nbye"


def test_the_camera_opens_only_when_asked():
    app = visit("read")
    assert not app.camera_input
    app.toggle(key="read_camera").set_value(True).run()
    assert checked(app).camera_input


def test_what_the_browser_tells_is_done_once_and_in_order():
    app = opened(PAGE)
    seven, eight = number(app, "7"), number(app, "8")
    tell(app, {"op": "label", "number": seven, "char": "1"}, {"op": "delete", "numbers": [eight]})
    assert text(app) == "314\n211"
    again = [
        {"n": 1, "op": "label", "number": seven, "char": "1"},
        {"n": 3, "op": "label", "number": seven, "char": "x"},
    ]
    app.session_state["read_boxes_1"] = {"edits": {"scan": "1", "list": again}}
    assert text(checked(app.run())) == "314\n2x1"
    assert text(checked(app.run())) == "314\n2x1"
    assert shown(app).applied == 3
    tell(app, {"op": "undo"}, {"op": "undo"}, {"op": "redo"})
    assert text(app) == "314\n211"


def test_a_new_box_is_read_and_a_moved_one_anew():
    app = opened(PAGE)
    three = shown(app).history.page.glyphs[0]
    tell(app, {"op": "delete", "numbers": [three.number]})
    assert text(app) == "14\n2718"
    x0, y0, x1, y1 = three.box
    tell(app, {"op": "add", "number": 50, "box": [x0 - 9, y0 - 9.4, x1 + 9, y1 + 9]})
    assert text(app) == TEXT
    assert shown(app).history.page.glyphs[0].number == 50
    eight = shown(app).history.page.glyphs[-1]
    tell(app, {"op": "move", "number": 50, "box": list(eight.box)})
    moved = next(glyph for glyph in shown(app).history.page.glyphs if glyph.number == 50)
    assert (moved.char, moved.corrected) == ("8", False)
    tell(app, {"op": "label", "number": 50, "char": "B"}, {"op": "move", "number": 50, "box": [x0, y0, x1, y1]})
    assert text(app) == "B14\n2718"  # what a person has said is not read anew


def test_boxes_are_joined_and_cut():
    app = opened(PAGE)
    first, second = (glyph.number for glyph in shown(app).history.page.glyphs[:2])
    tell(app, {"op": "join", "number": first, "numbers": [second]})
    assert len(shown(app).history.page.glyphs) == 6
    tell(app, {"op": "cut", "number": first, "other": 60})
    assert [glyph.number for glyph in shown(app).history.page.glyphs[:2]] == [first, 60]
    assert text(app)[0] == "3"
    assert text(app)[2] == "4"


ODD = [
    {"op": "add", "number": 9, "box": [-50, -50, -10, -10]},
    {"op": "add", "number": 9, "box": [5, 5, 5, 90]},
    {"op": "add", "number": 9, "box": "all"},
    {"op": "add", "number": 9},
    {"op": "label", "number": 1, "char": "ab"},
    {"op": "label", "number": 99, "char": "a"},
    {"op": "move", "number": 1, "box": [1, 2, None, 4]},
    {"op": "join", "number": 1, "numbers": [77]},
    {"op": "delete", "numbers": ["x"]},
    {"op": "explode"},
    {},
]


@pytest.mark.parametrize("change", ODD, ids=lambda change: json.dumps(change)[:40])
def test_an_odd_edit_is_a_sentence_and_the_next_one_is_done(change):
    app = opened(PAGE)
    tell(app, change, {"op": "label", "number": number(app, "7"), "char": "x"})
    assert len(app.toast) == 1
    assert text(app) == "314\n2x18"


@pytest.mark.parametrize(
    "told", [None, 7, {"edits": 3}, {"edits": {"scan": "1", "list": 5}}, {"edits": {"list": [None]}}]
)
def test_nonsense_from_a_browser_changes_nothing(told):
    app = opened(PAGE)
    app.session_state["read_boxes_1"] = told
    assert text(checked(app.run())) == TEXT


def test_boxes_follow_the_text_and_back():
    app = opened(PAGE)
    app.text_area[0].input("3 14\n2x18\n\n  y ")
    checked(app.run())
    assert text(app) == "3 14\n2x18\ny"
    page = shown(app).history.page
    assert [glyph.char for glyph in page.glyphs if glyph.corrected] == ["x", "y"]
    app.button(key="read_restore").click().run()
    assert text(checked(app)) == TEXT
    tell(app, {"op": "undo"})
    assert text(app) == "3 14\n2x18\ny"


def test_a_text_beyond_all_measure_is_a_sentence():
    app = opened(PAGE)
    app.text_area[0].input("x" * 20_000)
    checked(app.run())
    assert "at the most" in app.error[0].value
    assert text(app) == TEXT


def test_edits_outlive_other_pages_more_files_and_another_model():
    app = opened(PAGE)
    tell(app, {"op": "label", "number": number(app, "7"), "char": "x"})
    checked(app.switch_page("pages/draw.py").run())
    checked(app.switch_page("pages/read.py").run())
    assert text(app) == "314\n2x18"
    added(app, ("other.png", drawing.page_png("59")))
    assert text(app) == "59"
    app.button(key="read_previous").click()
    assert text(settle(app)) == "314\n2x18"
    app.selectbox(key="read_charset").select("Digits")
    settle(app)
    assert text(app) == "314\n2x18"
    first, second = desk(app).scans
    assert first.settings.choice.charset is None
    assert second.settings.choice.charset == "0-9"
    app.button(key="read_again").click()
    assert text(settle(app)) == TEXT
    assert first.settings.choice.charset == "0-9"
    tell(app, {"op": "undo"})
    assert text(app) == "314\n2x18"


def test_a_page_that_was_not_edited_follows_the_settings():
    app = opened(PAGE)
    app.segmented_control(key="read_layout").set_value("One character")
    settle(app)
    assert not shown(app).history.page.glyphs  # seven digits in one box are no character
    app.segmented_control(key="read_layout").set_value("A page")
    assert text(settle(app)) == TEXT


def test_how_words_are_read_and_which_are_likely_is_chosen(monkeypatch):
    asked = []
    read = Recognizer.read

    def listen(self, picture, **how):
        asked.append((how["reader"], how["words"]))
        return read(self, picture, **how)

    monkeypatch.setattr(Recognizer, "read", listen)
    app = opened(PAGE)
    app.radio(key="read_reader").set_value("Words at once")
    settle(app)
    app.selectbox(key="read_language").select("English")
    settle(app)
    app.selectbox(key="read_language").select("Anything")
    settle(app)
    letters = Letters.of_language("en")
    assert asked == [("auto", letters), ("lines", letters), ("lines", WordList.named("English")), ("lines", None)]


def test_a_charset_that_cannot_be_is_a_sentence_and_pages_stay(monkeypatch):
    app = opened(PAGE)
    tell(app, {"op": "label", "number": number(app, "7"), "char": "x"})
    monkeypatch.setitem(CHARSETS, "Digits", "9-0")
    app.selectbox(key="read_charset").select("Digits")
    checked(app.run())
    assert "runs backwards" in app.error[0].value
    assert text(app) == "314\n2x18"


def test_without_weights_the_page_says_how_to_get_some(monkeypatch):
    monkeypatch.setattr(checkpoint, "list_weights", lambda: [])
    app = visit("read")
    app.file_uploader[0].upload(*PAGE)
    assert "hwr train" in checked(app.run()).error[0].value


def test_corrections_are_kept_changed_and_taken_back(tmp_path):
    own = Mine(tmp_path / "mine")
    app = opened(PAGE)
    assert app.button(key="read_keep").disabled
    tell(
        app,
        {"op": "label", "number": number(app, "7"), "char": "1"},
        {"op": "label", "number": number(app, "8"), "char": "B"},
    )
    added(app, ("other.png", drawing.page_png("59")))
    tell(app, {"op": "label", "number": number(app, "5"), "char": "S"})
    assert app.button(key="read_keep").label == "Keep 3 corrections for training"
    app.button(key="read_keep").click().run()
    assert own.counts() == {"1": 1, "B": 1, "S": 1}
    assert checked(app).button(key="read_keep").disabled
    five = next(sample for sample in own.samples() if sample.char == "S").source()
    assert (five["page"], five["file"], five["read"]) == ("read", "other.png", "5")
    app.button(key="read_take_back").click().run()
    assert own.counts() == {}
    assert checked(app).button(key="read_keep").label == "Keep 3 corrections for training"


def test_a_kept_correction_that_changes_is_kept_once(tmp_path):
    own = Mine(tmp_path / "mine")
    app = opened(PAGE)
    seven = number(app, "7")
    tell(app, {"op": "label", "number": seven, "char": "1"})
    app.button(key="read_keep").click().run()
    tell(app, {"op": "label", "number": seven, "char": "7"})
    assert app.button(key="read_keep").label == "Keep 1 correction for training"
    app.button(key="read_keep").click().run()
    assert own.counts() == {"7": 1}
    x0, y0, x1, y1 = next(glyph.box for glyph in shown(app).history.page.glyphs if glyph.number == seven)
    tell(app, {"op": "move", "number": seven, "box": [x0, y0, x1, (y0 + y1) // 2]})
    app.button(key="read_keep").click().run()
    assert own.counts() == {"7": 1}
    height, width = own.samples()[0].ink().shape
    assert height < width


def test_a_correction_without_ink_is_left_out(tmp_path):
    app = opened(PAGE)
    tell(app, {"op": "add", "number": 70, "box": [5, 5, 40, 40]}, {"op": "label", "number": 70, "char": "z"})
    app.button(key="read_keep").click().run()
    assert "1 had no ink" in checked(app).toast[0].value
    assert Mine(tmp_path / "mine").counts() == {}
    assert app.button(key="read_keep").disabled


def test_what_is_kept_is_framed_as_reading_framed_it(tmp_path):
    from hwr.preprocess import frame

    app = opened(PAGE)
    seven = next(glyph for glyph in shown(app).history.page.glyphs if glyph.char == "7")
    tell(app, {"op": "label", "number": seven.number, "char": "7"})
    app.button(key="read_keep").click().run()
    (sample,) = Mine(tmp_path / "mine").samples()
    framing = Recognizer.load(shown(app).settings.weights).framing
    assert abs(frame(sample.ink(), framing).astype(int) - seven.image).mean() < 1


def test_what_i_see_is_made_when_it_is_opened(monkeypatch):
    app = opened(PAGE)
    assert not app.get("image")
    app.session_state["read_steps"] = True
    checked(app.run())
    assert len(app.get("image")) == 3
    assert any("Pick a box" in caption.value for caption in app.caption)
    app.session_state["read_boxes_1"] = {"edits": None, "picked": number(app, "7")}
    checked(app.run())
    assert len(app.get("plotly_chart")) == 3
    app.session_state["read_boxes_1"] = {"edits": None, "picked": 999}
    checked(app.run())
    assert not app.get("plotly_chart")


@pytest.fixture
def slow(monkeypatch):
    """Reading that waits for `release` before each page but the first."""
    gate, read = threading.Semaphore(1), Recognizer.read

    def wait_and_read(self, *args, **kwargs):
        assert gate.acquire(timeout=60)
        return read(self, *args, **kwargs)

    monkeypatch.setattr(Recognizer, "read", wait_and_read)
    return gate


def test_cancel_keeps_what_was_read_and_the_rest_can_be_read(slow):
    app = visit("read")
    for number in ("23", "47", "52"):
        app.file_uploader[0].upload(f"{number}.png", drawing.page_png(number))
    checked(app.run())
    until(lambda: desk(app).job.done == 1)
    checked(app.run())
    assert text(app) == "23"
    assert app.button(key="read_cancel")
    app.button(key="read_cancel").click().run()
    slow.release()  # the page that was begun
    checked(app.run())
    assert any("1 of 3 pages" in caption.value for caption in app.caption)
    assert [bool(scan.history) for scan in desk(app).scans] == [True, False, False]
    for _ in range(3):
        slow.release()
    app.button(key="read_rest").click()
    settle(app)
    assert [scan.history.page.text for scan in desk(app).scans] == ["23", "47", "52"]


def test_a_page_is_edited_while_others_are_read(slow):
    app = visit("read")
    for number in ("37", "42"):
        app.file_uploader[0].upload(f"{number}.png", drawing.page_png(number))
    checked(app.run())
    until(lambda: desk(app).job.done == 1)
    checked(app.run())
    tell(app, {"op": "label", "number": 2, "char": "x"})
    assert text(app) == "3x"
    slow.release()
    settle(app)
    assert [scan.history.page.text for scan in desk(app).scans] == ["3x", "42"]


def test_something_unforeseen_while_reading_is_a_sentence(monkeypatch, capsys):
    def fail(*_, **__):
        raise RuntimeError("out of order")

    app = opened(PAGE)
    monkeypatch.setattr(Recognizer, "read", fail)
    added(app, ("other.png", drawing.page_png("59")))
    assert "other" in app.error[0].value
    assert text(app) == TEXT
    assert "out of order" in capsys.readouterr().err


def until(happened) -> None:
    """Waits for something that another thread does."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)
