"""Every page through AppTest, with the canvas replaced by ink of our own; the real canvas is in test_browser.py."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

import ui
from hwr import checkpoint, drawing
from hwr.errors import HwrError
from hwr.results import Glyph, Page

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(
    not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"
)


@pytest.fixture
def pen(monkeypatch):
    """The patched canvas: `pen.write(text)` puts ink on it; it takes a new start, but tells of it one run later."""
    hand = SimpleNamespace(drawn=None, started=[])

    def st_canvas(*, initial_drawing, key, width, height, **_):
        told = hand.drawn or initial_drawing
        if initial_drawing not in hand.started:
            hand.started.append(initial_drawing)
            hand.drawn = {"objects": list(initial_drawing["objects"]), "version": "7"}
        return SimpleNamespace(json_data=told)

    def write(text):
        hand.drawn = drawing.to_drawing(drawing.write(text, box=(40, 40, 280, 280), pen=20))
        return hand.drawn

    hand.write = write
    monkeypatch.setitem(sys.modules, "streamlit_drawable_canvas", SimpleNamespace(st_canvas=st_canvas))
    return hand


def visit(name: str, **state: object) -> AppTest:
    """A page as the first that a new visitor opens, or with what `state` says was chosen before."""
    st.cache_data.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    if name != "home":
        app.switch_page(ui.PAGES[name].file)
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("name", ui.PAGES)
def test_a_page_opens_first_and_links_to_every_page(name, pen):
    app = visit(name)
    assert not app.error
    linked = [link.label for link in app.get("page_link")]
    assert linked[: len(ui.PAGES)] == [entry.title for entry in ui.PAGES.values()]


def test_every_page_of_the_folder_is_in_the_navigation():
    files = {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert files == {entry.file for name, entry in ui.PAGES.items() if name != "home"}


@pytest.mark.parametrize("name", ["home", "draw"])
def test_an_empty_sheet_says_what_to_do(name, pen):
    app = visit(name)
    assert app.title[0].value == "…"
    assert any("sheet" in caption.value for caption in app.caption)


@pytest.mark.parametrize("name", ["home", "draw"])
@pytest.mark.parametrize("char", "73")
def test_ink_is_read_at_once(name, char, pen):
    app = visit(name)
    pen.write(char)
    assert checked(app.run()).title[0].value == char
    assert any("sure" in caption.value for caption in app.caption)


@pytest.mark.parametrize(("name", "words"), [("home", "looks like a character"), ("draw", "choose Several")])
def test_what_is_no_character_is_said_to_be_none(name, words, pen, monkeypatch):
    monkeypatch.setattr("ui.models.Choice.read_drawing", lambda *_: Page((), 9, 9))
    app = visit(name)
    assert any("Write on the sheet" in caption.value for caption in app.caption)
    pen.write("7")
    if name == "draw":
        app.get_by_key("draw_layout").set_value("One character")
    checked(app.run())
    assert app.title[0].value == "…"
    assert any(words in caption.value for caption in app.caption)


@pytest.mark.parametrize("name", ["home", "draw"])
def test_whether_one_or_several_were_drawn_is_told_by_itself(name, pen):
    app = visit(name)
    pen.write("314")
    assert checked(app.run()).title[0].value == "314"
    pen.write("7")
    assert checked(app.run()).title[0].value == "7"


def test_several_characters_are_read_in_order(pen):
    app = visit("draw")
    pen.write("314")
    app.get_by_key("draw_layout").set_value("Several")
    assert checked(app.run()).title[0].value == "314"
    assert len(app.get("plotly_chart")) == 3


def test_ink_outlives_a_switch_of_charset_and_model(pen):
    app = visit("draw")
    pen.write("7")
    checked(app.run())
    app.selectbox(key="draw_charset").select("Digits").run()
    app.selectbox(key="draw_model").select(checkpoint.list_weights(checkpoint.WEIGHTS)[0]["name"]).run()
    assert checked(app).title[0].value == "7"
    assert len(pen.started) == 1


def test_words_on_the_sheet_are_read_as_chosen(pen):
    app = visit("draw", draw_layout="Several", draw_sheet=drawing.Sheet(pen.write("314")))
    app.radio(key="draw_reader").set_value("Words at once")
    app.selectbox(key="draw_language").select("German")
    app.selectbox(key="draw_charset").select("Digits").run()
    assert checked(app).title[0].value == "314"


def test_ink_outlives_a_visit_to_another_page(pen):
    app = visit("draw")
    pen.write("3")
    checked(app.run())
    checked(app.switch_page("pages/read.py").run())
    checked(app.switch_page("pages/draw.py").run())
    assert app.title[0].value == "3"
    assert len(pen.started) == 2


def test_a_charset_of_ones_own_masks_the_rest(pen):
    app = visit("draw", draw_charset="0-6", draw_sheet=drawing.Sheet(pen.write("7")))
    assert app.title[0].value in "0123456"


def test_a_charset_that_cannot_be_is_a_sentence(pen):
    app = visit("draw", draw_charset="9-0", draw_sheet=drawing.Sheet(pen.write("7")))
    assert "runs backwards" in app.error[0].value
    assert app.title[0].value == "…"


def test_without_live_reading_the_button_reads(pen):
    app = visit("draw")
    app.toggle(key="draw_live").set_value(False).run()
    pen.write("3")
    assert checked(app.run()).title[0].value == "…"
    app.button(key="draw_classify").click().run()
    assert checked(app).title[0].value == "3"


def test_undo_clear_and_sample(pen):
    app = visit("draw")
    assert app.button(key="draw_undo").disabled
    assert after(app, "draw_gesture") == ["7", "7"]
    assert after(app, "draw_delete") == ["…", "…"]
    pen.write("314")
    checked(app.run())
    strokes = len(pen.drawn["objects"])
    after(app, "draw_undo")
    after(app, "draw_undo")
    assert len(pen.drawn["objects"]) == len(app.session_state["draw_sheet"].drawing["objects"]) == strokes - 2


def after(app: AppTest, button: str) -> list[str]:
    """The answer at once after a button, and again once the canvas has told what is on it."""
    first = checked(app.button(key=button).click().run()).title[0].value
    return [first, checked(app.run()).title[0].value]


def test_without_weights_a_page_says_how_to_get_some(pen, monkeypatch):
    monkeypatch.setattr(checkpoint, "list_weights", lambda: [])
    app = visit("draw")
    assert "hwr train" in app.error[0].value


def test_the_best_weights_follow_the_charset():
    names = ["characters", "digits", "mnist"]
    assert checkpoint.best_weights(names, None) == "characters"
    assert checkpoint.best_weights(names, "0-9") == "digits"
    assert checkpoint.best_weights(names, "0-9A") == "characters"
    assert checkpoint.best_weights(["mnist-simple"], "A-Z") == "mnist-simple"
    with pytest.raises(HwrError, match="hwr train"):
        checkpoint.best_weights([], None)


def test_sureness_names_the_doubtful_character():
    sure = Glyph("3", 0.99, (0, 0, 1, 1), (("3", 0.99),))
    doubtful = Glyph("1", 0.5, (0, 0, 1, 1), (("1", 0.5), ("7", 0.4)))
    assert ui.sureness((sure,)) == "99.0 % sure"
    assert ui.sureness((sure, doubtful)) == "2 characters, at least 50.0 % sure; 1 could be 7"


def test_markdown_signs_are_shown_as_they_are():
    assert ui.plain("a*b_c#1") == r"a\*b\_c\#1"
