"""The Compare page through AppTest: choose, start, cancel, look; what is uploaded; what cannot be compared."""

import threading
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from hwr import checkpoint, engines, runs
from hwr.classes import DIGITS
from hwr.compare import compare, kept
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.mine import Mine
from hwr.models import build
from hwr.synthetic import draw_text
from hwr.uploads import take_in
from ui.comparing import job as jobs
from ui.comparing import progress

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(
    not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to compare"
)


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """No dataset is here, the runs are those of the test, and it is measured in this process and not timed for long."""
    monkeypatch.setenv("HWR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("hwr.compare.measure._milliseconds", lambda *_, **__: 1.5)
    monkeypatch.setattr(jobs, "compare_apart", compare)
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def pictures(tmp_path) -> str:
    """A dataset of digits that the shipped models read, three to a class."""
    for char in DIGITS:
        (tmp_path / "set" / char).mkdir(parents=True)
        for seed in range(9):
            Image.fromarray(draw_text(char, seed=seed)).save(tmp_path / "set" / char / f"{seed}.png")
    return f"folder:{tmp_path / 'set'}"


def opened(**state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    app.switch_page("pages/compare.py")
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def started(app: AppTest) -> AppTest:
    """Presses Start and waits for the end."""
    return ended(checked(app.button(key="compare_start").click().run()))


def ended(app: AppTest) -> AppTest:
    if "compare_job" in app.session_state:
        app.session_state["compare_job"].wait(100)
        checked(app.run())
    return app


def compared(pictures: str, *names: str) -> AppTest:
    return started(opened(compare_models=list(names), compare_dataset=pictures))


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "")


def tiny(path: Path, classes: str = DIGITS, **info: object) -> Path:
    """A checkpoint of an untrained network."""
    torch.manual_seed(1)
    known = {"model": "simple", "classes": classes, "framing": "mnist", "dataset": "none", "figures": {}} | info
    checkpoint.save(path, build("simple", len(classes)).state_dict(), known)
    return path


def test_an_empty_page_says_what_to_do_and_what_is_not_for_it():
    app = opened()
    assert app.multiselect(key="compare_models").value == ["mnist", "mnist-simple"]
    assert "press Start" in captions(app)
    assert "whole lines: digit-strings, lines" in captions(app)
    assert [option.split(":")[0] for option in app.selectbox(key="compare_dataset").options] == ["synthetic"]
    checked(app.multiselect(key="compare_models").set_value([]).run())
    assert app.button(key="compare_start").disabled


def test_models_stand_side_by_side_and_come_at_once_the_second_time(pictures, monkeypatch):
    app = compared(pictures, "digits", "mnist-simple", "characters")
    assert "3 models on folder:" in app.subheader[0].value.replace("\\", "")
    assert "accuracy take" in app.markdown[0].value
    table = app.dataframe[0].value
    assert list(table["Model"]) == ["digits", "mnist-simple", "characters"]
    assert table["Accuracy"][0] > 80
    assert list(table["Parameters"]) == [659_627, 421_642, 671_504]
    assert "Asked for these 10 of their classes alone: characters (47)" in captions(app)
    monkeypatch.setattr(progress, "Job", lambda *_, **__: pytest.fail("measured again"))
    again = compared(pictures, "digits", "mnist-simple", "characters")
    assert list(again.dataframe[0].value["Accuracy"]) == list(table["Accuracy"])


@pytest.mark.parametrize("tab", ["Per class", "Confusion", "Confused pairs", "Calibration", "Speed", "Significance"])
@pytest.mark.parametrize("names", [("mnist-simple",), ("mnist-simple", "digits")])
def test_every_tab(tab, names, pictures):
    app = compared(pictures, *names)
    app.session_state["compare_tab"] = tab
    checked(app.run())
    if tab in ("Confusion", "Calibration", "Speed"):
        assert len(app.get("plotly_chart")) == 1
    if tab == "Per class":
        shown = app.dataframe[1].value
        assert list(shown["Class"]) == list(DIGITS)
        assert set(names) <= set(shown.columns)


def test_the_pictures_of_a_cell_are_shown(pictures, monkeypatch):
    app = compared(pictures, "mnist-simple")
    row = app.session_state["compare_found"].rows[0]
    shown: list[str] = []
    monkeypatch.setattr(st, "image", lambda pictures, *, caption, **_: shown.extend(caption))
    chart = {"selection": {"points": [{"customdata": ["4", "4", 1, 100.0]}]}}
    monkeypatch.setattr(st, "plotly_chart", lambda *_, **__: chart)
    app.session_state["compare_tab"] = "Confusion"
    checked(app.run())
    (told,) = [item.value for item in app.markdown if "read as" in item.value]
    places = row.places("4", "4").tolist()
    assert told.startswith(f"**4** read as **4**: {len(places)} picture")
    assert len(shown) == len(places)
    assert {int(caption.split("no. ")[1]) for caption in shown} == set(places)


def test_a_cell_of_pictures_that_have_changed_is_a_sentence(pictures, monkeypatch, tmp_path):
    app = compared(pictures, "mnist-simple")
    chart = {"selection": {"points": [{"customdata": ["4", "4", 1, 100.0]}]}}
    monkeypatch.setattr(st, "plotly_chart", lambda *_, **__: chart)
    (tmp_path / "set" / "4" / "0.png").touch()
    app.session_state["compare_tab"] = "Confusion"
    assert "have changed since" in checked(app.run()).error[0].value


def test_a_run_and_an_upload_can_be_compared(pictures, tmp_path):
    run = runs.create(TrainConfig(dataset="synthetic", name="own"), tmp_path / "runs")
    tiny(run.path / checkpoint.BEST)
    app = opened(compare_dataset=pictures)
    (name,) = [name for name in app.multiselect(key="compare_models").options if "· run (10)" in name]
    name = name.removesuffix(" · run (10)")
    app.file_uploader[0].upload("my net!.safetensors", tiny(tmp_path / "any.safetensors").read_bytes())
    checked(app.run())
    assert app.multiselect(key="compare_models").value == ["mnist", "mnist-simple", "my-net"]
    checked(app.multiselect(key="compare_models").set_value(["my-net", name]).run())
    assert list(started(app).dataframe[0].value["Model"]) == ["my-net", name]


def test_an_onnx_file_stands_beside_its_checkpoint(pictures):
    app = opened(compare_dataset=pictures, compare_models=["mnist-simple"])
    content = engines.to_onnx(*checkpoint.load(checkpoint.find("mnist-simple")))
    app.file_uploader[0].upload("mnist-simple.onnx", content)
    checked(app.run())
    assert app.multiselect(key="compare_models").value == ["mnist-simple", "mnist-simple (2)"]
    table = started(app).dataframe[0].value
    for figure in ("Accuracy", "Loss"):
        assert table[figure][0] == pytest.approx(table[figure][1], abs=1e-4)
    assert list(table["Network"]) == ["simple", "simple"]
    assert list(table["Parameters"]) == [421_642, 421_642]
    assert table["File"][1] == pytest.approx(len(content) / 1e6)


def foreign(tmp_path: Path) -> dict[str, tuple[bytes, str]]:
    """Files that are none of ours, and a word of why they are not taken."""
    from safetensors.torch import save

    strip = tmp_path / "strip.safetensors"
    checkpoint.save(strip, {"x": torch.zeros(1)}, {"model": "line", "classes": "ab", "framing": "strip"})
    wide = tiny(tmp_path / "wide.safetensors")
    info = checkpoint.read_info(wide) | {"classes": "".join(map(chr, range(0x4E00, 0x6000)))}
    checkpoint.save(wide, build("simple", 10).state_dict(), info)
    odd = tiny(tmp_path / "odd.safetensors", "a\ud800")
    headless = tmp_path / "headless.safetensors"
    checkpoint.save(headless, {"x": torch.zeros(1)}, {"model": "simple", "classes": "ab", "framing": "mnist"})
    return {
        "model.pt": (b"\x80\x04K\x01.", "not opened"),
        "model.onnx": (b"onnx", "no model of hwr"),
        "broken.safetensors": (b"\x80\x04K\x01.", "not opened"),
        "other.safetensors": (save({"x": torch.zeros(1)}), "not a checkpoint of hwr"),
        "strip.safetensors": (strip.read_bytes(), "reads whole lines"),
        "wide.safetensors": (wide.read_bytes(), "last layer has 10"),
        "odd.safetensors": (odd.read_bytes(), "no characters"),
        "headless.safetensors": (headless.read_bytes(), "no last layer"),
    }


@pytest.mark.parametrize("name", ["model.pt", "model.onnx", "broken", "other", "strip", "wide", "odd", "headless"])
def test_what_is_no_model_of_ours_is_a_sentence(name, tmp_path):
    name = name if "." in name else f"{name}.safetensors"
    content, words = foreign(tmp_path)[name]
    with pytest.raises(HwrError, match=words):
        take_in(name, content, lines=False)
    app = opened()
    app.file_uploader[0].upload(name, content)
    assert words in checked(app.run()).error[0].value.replace("\\", "")
    assert app.multiselect(key="compare_models").value == ["mnist", "mnist-simple"]
    assert not list((tmp_path / "cache").rglob("*.safetensors"))
    assert not checked(app.run()).error


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        ("mnits", "no dataset"),
        ("folder:/nowhere/at/all", "no folder"),
        ("mnist", "mnist is not here yet"),
        ("mine", "no pictures"),
    ],
)
def test_a_test_set_that_cannot_be_read_is_a_sentence(dataset, words):
    app = started(opened(compare_dataset=dataset))
    assert words in app.error[0].value.replace("\\", "")


def test_models_without_a_common_class_are_a_sentence(pictures):
    app = compared(pictures, "emnist-letters")
    assert "reads none of the characters" in app.error[0].value


def test_own_pictures_are_a_test_set():
    for char in "37":
        for which in range(4):
            Mine.at(Path()).add(char, np.pad(np.full((9 + which, 9 + int(char)), 255, np.uint8), 9))
    app = opened()
    assert (
        "mine: your own characters: corrections and imported pictures" in app.selectbox(key="compare_dataset").options
    )
    checked(app.selectbox(key="compare_dataset").set_value("mine").run())
    assert "pictures of 2 classes" in started(app).subheader[0].value


def test_it_can_be_cancelled_and_gone_on_with(pictures, monkeypatch):
    going, gone = threading.Event(), threading.Event()

    def slow(models, question, watch, **_):
        while True:
            going.set()
            try:
                watch("mnist reads picture 7", 0.5)
            except jobs.Cancelled:
                gone.set()
                raise

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "compare_apart", slow)
        app = opened(compare_dataset=pictures)
        checked(app.button(key="compare_start").click().run())
        assert going.wait(60)
        checked(app.run())
        assert "compare_start" not in {button.key for button in app.button}
        checked(app.button(key="compare_cancel").click().run())
        assert gone.wait(60)
    assert "Cancelled" in captions(app)
    assert "accuracy take" in started(app).markdown[0].value


def test_what_fails_while_it_is_measured_is_a_sentence(pictures, tmp_path, monkeypatch):
    run = runs.create(TrainConfig(dataset="synthetic", name="own"), tmp_path / "runs")
    checkpoint.save(run.path / checkpoint.BEST, {"x": torch.zeros(1)}, checkpoint.read_info(checkpoint.find("mnist")))
    assert "do not fit" in compared(pictures, run.name).error[0].value.replace("\\", "")
    monkeypatch.setattr(jobs, "compare_apart", lambda *_, **__: 1 / 0)
    assert "something unforeseen" in compared(pictures, "mnist").error[0].value


def test_all_can_be_measured_again(pictures):
    app = compared(pictures, "mnist-simple")
    before = app.session_state["compare_found"]
    ended(checked(app.button(key="compare_again").click().run()))
    after = app.session_state["compare_found"]
    assert after is not before
    assert after.to_dicts() == before.to_dicts()
    assert kept([row.model for row in after.rows], after.question) is not None


def test_what_was_found_outlives_a_visit_to_another_page(pictures):
    app = compared(pictures, "mnist-simple")
    checked(app.switch_page("pages/train.py").run())
    checked(app.switch_page("pages/compare.py").run())
    assert app.multiselect(key="compare_models").value == ["mnist-simple"]
    assert "mnist-simple on folder" in app.subheader[0].value.replace("\\", "")


def test_a_job_that_nobody_asks_about_ends(monkeypatch):
    monkeypatch.setattr("ui.job.PATIENCE", 0.0)
    monkeypatch.setattr(jobs, "compare_apart", lambda models, question, watch, **_: watch("", 0.0))
    job = jobs.Job([], None)
    job.wait(60)
    assert job.outcome is None
