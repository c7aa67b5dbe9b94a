"""Own characters on the pages: a correction on Draw, and the Train page's view "My handwriting"."""

import io
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from hwr import checkpoint, drawing, runs
from hwr.config import TrainConfig
from hwr.mine import Mine
from hwr.synthetic import draw_text
from ui import own as view

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(not checkpoint.list_weights(), reason="there are no weights to read with")


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """No dataset is here, and the runs are those of the test."""
    monkeypatch.setenv("HWR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    st.cache_data.clear()


@pytest.fixture
def own(tmp_path) -> Mine:
    return Mine.at(tmp_path)


def opened(page: str, **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    app.switch_page(f"pages/{page}.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def my_handwriting() -> AppTest:
    app = opened("train")
    return checked(app.segmented_control(key="view").set_value("mine").run())


def written(text: str) -> dict:
    return drawing.to_drawing(drawing.write(text, box=(40, 40, 280, 280), pen=20))


@pytest.fixture
def draw(monkeypatch):
    """The Draw page with `text` on its sheet."""

    def open_with(text: str, **state: object) -> AppTest:
        canvas = SimpleNamespace(st_canvas=lambda **_: SimpleNamespace(json_data=written(text)))
        monkeypatch.setitem(sys.modules, "streamlit_drawable_canvas", canvas)
        return opened("draw", **state)

    return open_with


def correct(app: AppTest, char: str) -> AppTest:
    app.text_input(key="draw_right").set_value(char)
    return checked(app.button(key="draw_keep").click().run())


def test_a_correction_is_kept_as_it_was_drawn_and_can_be_taken_back(draw, own):
    app = correct(draw("7"), "1")
    (sample,) = own.samples()
    assert sample.char == "1"
    assert (sample.source()["page"], sample.source()["read"]) == ("draw", "7")
    sheet = drawing.ink(written("7"), width=640, height=440)
    assert sample.ink().sum() == sheet.sum()
    assert "Kept as 1" in app.toast[0].value
    checked(app.button(key="draw_take_back").click().run())
    assert own.samples() == []
    assert "Taken back" in app.toast[0].value


def test_of_several_characters_the_chosen_one_is_corrected(draw, own):
    app = draw("314", draw_layout="Several")
    checked(app.get_by_key("draw_picked_3").set_value(1).run())
    correct(app, "7")
    (sample,) = own.samples()
    assert (sample.char, sample.source()["read"]) == ("7", "1")
    height, width = sample.ink().shape
    assert height > 2 * width


@pytest.mark.parametrize("char", ["", " ", "ab"])
def test_what_is_no_character_is_a_sentence(draw, own, char):
    app = correct(draw("7"), char)
    assert "one character" in app.error[0].value
    assert own.samples() == []


def test_where_nothing_can_be_kept_it_says_so(draw, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWR_MINE", str(tmp_path / "file"))
    assert "HWR\\_MINE" in correct(draw("7"), "1").error[0].value


def zipped(classes: str, count: int = 4) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for char in classes:
            for seed in range(count):
                picture = io.BytesIO()
                Image.fromarray(draw_text(char, seed=seed)).save(picture, "PNG")
                file.writestr(f"{char}/{seed}.png", picture.getvalue())
    return out.getvalue()


def test_an_empty_view_says_what_to_do(own):
    app = my_handwriting()
    assert any("Nothing here yet" in caption.value for caption in app.caption)
    assert app.button(key="mine_start").disabled


def test_a_zip_comes_in_once_and_is_shown(own):
    app = my_handwriting()
    app.file_uploader[0].upload("own.zip", zipped("37"))
    checked(app.run())
    assert own.counts() == {"3": 4, "7": 4}
    assert "8 pictures of 2 characters are in" in app.success[0].value.replace("\\", "")
    assert len(app.dataframe[0].value) == 8
    checked(app.run())
    assert not app.success
    checked(app.get_by_key("mine_char").set_value("7").run())
    assert set(app.dataframe[0].value["char"]) == {"7"}


def test_a_bad_zip_is_a_sentence(own):
    app = my_handwriting()
    app.file_uploader[0].upload("own.zip", b"no zip")
    assert "no zip" in checked(app.run()).error[0].value
    assert own.samples() == []


def test_a_broken_picture_is_counted(own):
    for char in "37":
        own.add(char, np.pad(np.full((9, 9), 255, np.uint8), 9), which=char)
    own.samples()[0].path.write_bytes(b"broken")
    app = my_handwriting()
    assert "1 pictures cannot be opened" in app.warning[0].value


def test_what_is_downloaded_can_be_brought_in_and_what_is_deleted_is_gone(own, monkeypatch):
    app = my_handwriting()
    app.file_uploader[0].upload("own.zip", zipped("37"))
    checked(app.run())
    assert len(zipfile.ZipFile(io.BytesIO(view.packed(own))).namelist()) == 8
    seven = next(sample for sample in own.samples() if sample.char == "7")
    monkeypatch.setattr(view, "table", lambda samples, parts: [seven])
    checked(app.run())
    checked(app.button(key="mine_delete").click().run())
    checked(app.button(key="mine_delete_sure").click().run())
    assert own.counts() == {"3": 4, "7": 3}


def test_start_gives_the_run_its_settings(own, monkeypatch):
    started = []
    monkeypatch.setattr(runs, "start", lambda config, *_, **__: started.append(config) or SimpleNamespace(name="x"))
    app = my_handwriting()
    app.file_uploader[0].upload("own.zip", zipped("37"))
    checked(app.run())
    app.selectbox(key="mine_weights").select("mnist")
    checked(app.button(key="mine_start").click().run())
    (config,) = started
    assert (config.dataset, config.test, config.init_from) == ("synthetic+mine", "mine", "mnist")
    assert "has started" in app.success[0].value


def scores(accuracy: float) -> dict:
    return {"images": 40, "accuracy": accuracy, "interval": [accuracy - 0.1, accuracy + 0.05], "loss": 0.1}


def test_the_figures_before_and_after_stand_there_and_the_run_can_be_opened(own, tmp_path):
    config = TrainConfig(dataset="mnist+mine", test="mine", init_from="mnist", epochs=3)
    run = runs.create(config, tmp_path / "runs")
    figures = {"mine test": scores(0.925)}
    run.set_status("finished", figures=figures, figures_before={"mine test": scores(0.7)})
    other = runs.create(TrainConfig(), tmp_path / "runs")
    other.set_status("finished", figures=figures)
    app = my_handwriting()
    assert [(metric.label, metric.value) for metric in app.metric] == [("Before", "70.00 %"), ("After", "92.50 %")]
    assert app.metric[1].delta == "+22.5 points"
    assert any("82.50 % to 97.50 %" in caption.value for caption in app.caption)
    checked(app.button(key=f"mine_open_{run.name}").click().run())
    assert app.segmented_control(key="view").value == "runs"
