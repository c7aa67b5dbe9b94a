"""Why this answer? on Draw, Read and Compare through AppTest: nothing before it is opened, then the view chosen alone."""

import numpy as np
import pytest
import streamlit as st

import hwr.explain
from hwr import checkpoint, drawing, explain
from hwr.explain import neighbours
from tests.test_pages import checked, pen, visit  # noqa: F401  (a fixture)
from tests.test_pages_compare import compared, pictures, places  # noqa: F401  (fixtures)
from tests.test_pages_read import desk, opened, shown
from ui.explaining import VIEWS

pytestmark = pytest.mark.skipif(
    not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"
)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path, monkeypatch):
    """No dataset is here, and few pictures are enough."""
    monkeypatch.setenv("HWR_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(neighbours, "PICTURES", 60)
    monkeypatch.setattr(hwr.explain, "index", lambda *given: explain_index(*given, count=60))
    monkeypatch.setattr(hwr.explain, "kept_index", lambda *given: explain_kept(*given, count=60))


explain_index, explain_kept = explain.index, explain.kept_index


def drawn(pen, text: str = "7", view: str = "", model: str = "digits"):  # noqa: F811
    """Draw with one character and the explanation opened."""
    app = visit("draw", draw_why=True, draw_model=model, draw_layout="One character")
    if view:
        app.session_state["draw_why_view"] = view
    pen.write(text)
    return checked(app.run())


def captions(app) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "")


def test_nothing_is_made_before_it_is_opened(pen, monkeypatch):  # noqa: F811
    for name in ("attributions", "grad_cam", "feature_maps", "what_would_change", "kept_index"):
        monkeypatch.setattr(hwr.explain, name, lambda *_, **__: pytest.fail("made although closed"))
    app = visit("draw")
    pen.write("7")
    checked(app.run())
    assert "draw_why_view" not in app.session_state


def test_where_it_looked_in_both_ways(pen):  # noqa: F811
    app = drawn(pen)
    assert "Rust speaks for “7”" in captions(app)
    charts = len(app.get("plotly_chart"))
    app.session_state["draw_why_way"] = "Grad-CAM"
    checked(app.run())
    assert "Where this layer found" in captions(app)
    assert len(app.get("plotly_chart")) == charts
    layer = next(box for box in app.selectbox if box.label == "Layer")
    assert "residual block, 160 maps of 7 x 7" in layer.value or layer.value.startswith("features.")
    checked(layer.select_index(0).run())
    assert not app.error


def test_an_empty_sheet_says_what_to_do(pen):  # noqa: F811
    app = visit("draw", draw_why=True)
    assert "Write a character first" in captions(app)


def test_the_maps_of_a_layer(pen, monkeypatch):  # noqa: F811
    shown: list = []
    monkeypatch.setattr(st, "image", lambda picture, **_: shown.append(picture))
    app = drawn(pen, view="Layers")
    assert "The 24 most active of 160 maps" in captions(app)
    assert len(shown) == 1


def test_training_pictures_like_it(pen, monkeypatch):  # noqa: F811
    shown: list[str] = []
    monkeypatch.setattr(st, "image", lambda given, *, caption, **_: shown.extend(caption))
    app = drawn(pen, view="Training pictures")
    assert next(box for box in app.selectbox if box.label == "Look among").options == ["synthetic"]
    assert not shown
    checked(app.button(key="draw_why_look").click().run())
    if "draw_why_job" in app.session_state:
        app.session_state["draw_why_job"].wait(100)
    checked(app.run())
    assert "nearest of 60 training pictures" in captions(app)
    assert len(shown) >= 10
    assert shown[0].startswith("**7**")
    distances = [float(caption.split("\n")[1]) for caption in shown[:10]]
    assert distances == sorted(distances)


def test_looking_through_that_fails_is_a_sentence(pen, monkeypatch):  # noqa: F811
    from hwr.errors import HwrError

    def broken(*_: object) -> None:
        raise HwrError("The pictures are gone.")

    app = drawn(pen, view="Training pictures")
    monkeypatch.setattr(hwr.explain, "index", broken)
    checked(app.button(key="draw_why_look").click().run())
    if "draw_why_job" in app.session_state:
        app.session_state["draw_why_job"].wait(100)
        checked(app.run())
    assert "pictures are gone" in app.error[0].value


def test_what_would_change_the_answer(pen):  # noqa: F811
    app = drawn(pen, "7", "What would change it")
    target = next(box for box in app.selectbox if box.label == "What would make it")
    assert "7" not in target.options
    assert "until the network answers otherwise" in captions(app)
    checked(app.button(key="draw_why_find").click().run())
    (told,) = [item.value for item in app.markdown if "becomes" in item.value]
    assert "“7”" not in told.split("becomes")[1], "any other character"
    checked(target.select("1").run())
    checked(app.button(key="draw_why_find").click().run())
    (told,) = [item.value for item in app.markdown if "becomes" in item.value]
    assert "becomes **“1”**" in told
    charts = len(app.get("plotly_chart"))
    pen.write("4")
    checked(app.run())
    assert not [item for item in app.markdown if "becomes" in item.value], "another glyph, another answer"
    assert len(app.get("plotly_chart")) < charts


@pytest.mark.parametrize("view", VIEWS)
def test_a_glyph_of_a_word_is_explained_by_the_network_beside(view, pen):  # noqa: F811
    app = drawn(pen, "7", view, model="lines")
    assert not app.error


def test_the_picked_box_on_read(monkeypatch):
    app = opened(("a.png", drawing.page_png("314")))
    app.session_state["read_why"] = True
    checked(app.run())
    assert "Pick a box above" in captions(app)
    scan = shown(app)
    number = scan.history.page.glyphs[0].number
    app.session_state[f"read_boxes_{scan.number}"] = {"edits": None, "picked": number}
    checked(app.run())
    assert "Rust speaks for “3”" in captions(app)
    assert desk(app).scans


def test_a_picture_of_a_cell_on_compare(pictures, monkeypatch):  # noqa: F811
    app = compared(pictures, "mnist-simple")
    chart = {"selection": {"points": [{"customdata": ["4", "4", 1, 100.0]}]}}
    charts: list = []
    monkeypatch.setattr(st, "plotly_chart", lambda figure, **_: charts.append(figure) or chart)
    app.session_state["compare_tab"] = "Confusion"
    app.session_state["compare_why"] = True
    checked(app.run())
    assert "Rust speaks for “4”" in captions(app)
    row = app.session_state["compare_found"].rows[0]
    options = next(box for box in app.selectbox if box.label == "Explain picture").options
    assert options == [f"no. {place:,}" for place in row.places("4", "4")[::-1]]
    before = np.array(charts[-1].data[0].z)
    checked(next(box for box in app.selectbox if box.label == "Explain picture").select_index(1).run())
    assert not np.array_equal(before, np.array(charts[-1].data[0].z))
