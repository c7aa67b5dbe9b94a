"""The watching of runs on the Train page, through AppTest; live updates are tested in Chromium."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from PIL import Image, ImageColor

from hwr import figures, insight, runs, tensorboard
from hwr.data import Dataset
from tests.test_pages_train import folder, visit
from ui.glyphs import ROOM, SIDE, glyph_png
from ui.training import downloads, watch

__all__ = ["folder"]
PROGRESS = {"epoch": 2, "epochs": 4, "step": 1500, "total": 3000, "seconds": 75.0, "speed": 5120.4, "left": 75.2}
BEST = {"best_epoch": 1, "best_accuracy": 0.875, "device": "cpu, 2 threads, bf16", "cpu": 1.91, "memory": 512e6}


@pytest.fixture
def made(quick, folder):
    """Runs with points, by name."""

    def make(name: str, state: str = "finished", **values) -> runs.Run:
        run = runs.create(replace(quick, name=name), folder)
        for step in range(1, 40):
            run.log(kind="step", step=step * 10, epoch=1, loss=3 / step, accuracy=0.5, lr=0.1, speed=9e3, seconds=step)
        row = {"valid_loss": 0.3, "valid_accuracy": 0.875, "recall": {"0": 1.0, "1": 0.5, "2": 0.25}}
        run.log(kind="epoch", step=390, epoch=1, loss=0.5, accuracy=0.5, seconds=39, **row)
        run.set_status(state, progress=PROGRESS | BEST, **values)
        return run

    return make


def live(app):
    """What goes to the browser to be drawn: bars, charts and a hint."""
    return [json.loads(item.proto.bytes) for item in app.get("bidi_component") if item.proto.bytes]


def charts(app):
    """The charts of the page by their titles, as they go to the browser."""
    figures = [json.loads(chart["figure"]) for told in live(app) for chart in told["charts"]]
    return {figure["layout"]["title"]["text"]: figure for figure in figures}


def progress_texts(app):
    return [" · ".join(filter(None, (bar["name"], bar["text"]))) for told in live(app) for bar in told["bars"]]


def words(app):
    small = [told["hint"] for told in live(app)] + [bar["about"] for told in live(app) for bar in told["bars"]]
    return " ".join([*small, *(item.value for item in [*app.caption, *app.error])])


@pytest.fixture
def pulses(monkeypatch):
    """How often each fragment of the page comes again, as it was told to Streamlit."""
    told, real = {}, st.fragment

    def fragment(function=None, *, run_every=None, **more):
        if function is not None:
            told[function.__name__] = run_every
        return real(function, run_every=run_every, **more)

    monkeypatch.setattr(st, "fragment", fragment)
    return told


def test_a_finished_run_has_four_charts_and_is_silent(made, pulses):
    app = visit(run=made("one").name)
    assert list(charts(app)) == ["Loss", "Accuracy", "Learning rate", "Images a second"]
    assert progress_texts(app) == ["Finished · epoch 2 of 4 · step 1,500 of 3,000 · 1:15 of training"]
    assert pulses["_live"] is None


@pytest.mark.parametrize("state", ["running", "queued"])
def test_an_active_run_is_live(made, pulses, state):
    visit(run=made("one", state, phase="training").name)
    assert 0 < pulses["_live"] <= 1


def test_a_running_one_tells_time_left_speed_and_what_it_uses(made):
    app = visit(run=made("one", "running", phase="training").name)
    assert progress_texts(app) == ["Epoch 2 of 4 · step 1,500 of 3,000 · 5,120 images/s · 1:15 left"]
    for word in ("Best epoch 1: 87.50 %", "cpu, 2 threads, bf16", "1.9 cores", "512 MB"):
        assert word in words(app).replace("\\", "")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"state": "new"}, "Not started"),
        ({"state": "new", "heartbeat": 1}, "Starting"),
        ({"state": "queued", "place": 2, "waits_for": ["a", "b"]}, "Place 2 in the queue: waits for a, b"),
        ({"state": "running", "phase": "loading"}, "Loading the data"),
        ({"state": "running", "phase": "scoring", "progress": PROGRESS}, "scoring the test part"),
        ({"state": "lost", "progress": PROGRESS}, "Lost · epoch 2 of 4"),
        ({"state": "broken"}, "Broken"),
    ],
)
def test_every_state_has_its_words(status, text):
    assert text in watch.standing(status)
    assert watch.using({"progress": {}, **status}) == ""


def test_why_a_run_has_failed_is_told(made):
    app = visit(run=made("one", "failed", error="The disk is full.").name)
    assert "disk is full" in words(app)


def test_several_runs_lie_over_each_other_in_colours_of_their_own(made):
    names = [made(name).name for name in ("one", "two", "three")]
    loss = charts(visit(run=names))["Loss"]
    shown = [trace for trace in loss["data"] if trace.get("showlegend")]
    assert [trace["name"] for trace in shown] == ["one", "two", "three"]
    assert len({trace["line"]["color"] for trace in shown}) == 3


def test_a_run_keeps_its_colour_while_others_come_and_go(monkeypatch):
    monkeypatch.setattr(st, "session_state", SimpleState())
    before = watch._colors(["a", "b", "c"])
    after = watch._colors(["c", "d"])
    assert after["c"] == before["c"]
    assert len(set(after.values())) == 2
    assert len(set(watch._colors([str(n) for n in range(12)]).values())) == 12


class SimpleState(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def test_runs_of_one_name_are_told_apart():
    folders = ["20261121-060155-one", "20261121-060158-one", "20261121-060159-two"]
    assert watch._titles([(name, name) for name in folders]) == [*folders[:2], "two"]
    assert watch._titles([(folders[0], "mine"), (folders[1], "mine")]) == [
        "mine (20261121-060155)",
        "mine (20261121-060158)",
    ]


@pytest.mark.parametrize("names", [["no-such-run"], []])
def test_without_a_run_it_says_what_to_do(folder, made, names):
    made("one")
    assert "Choose a run" in words(visit(run=names))


def test_a_broken_run_among_others_is_told_and_shown_without_points(made):
    good, bad = made("good"), made("bad")
    (bad.path / "status.json").write_text("{")
    assert set(charts(visit(run=[good.name, bad.name]))) == {"Loss", "Accuracy", "Learning rate", "Images a second"}


def test_classes_show_recall_and_confusion(made):
    run = made("one")
    assert list(charts(visit(run=run.name, part="Classes"))) == ["Recall of each class"]
    look_into(run)
    app = visit(run=run.name, part="Classes")
    assert list(charts(app)) == ["Recall of each class", "Confusion at the best epoch, true by read"]
    assert "2 as 0 (1)" in words(app).replace("\\", "")


def look_into(run):
    """Gives a run an insight: a 2 that is surely read as 0."""
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    data = Dataset("three", images, np.array([0, 1, 2]), "012", "mnist")
    chances = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.999, 0.001, 0]], np.float32)
    insight.save(run.path, insight.measure(chances, data, 1))


def test_mistakes_show_the_worst_pictures_with_label_and_answer(made):
    run = made("one")
    assert "older hwr" in words(visit(run=run.name, part="Mistakes"))
    look_into(run)
    app = visit(run=run.name, part="Mistakes")
    assert len(app.image[0].value) == 3
    assert app.image[0].captions[0].startswith("2, read 0")


@pytest.mark.parametrize(("value", "color"), [(0, figures.PAPER), (255, figures.INK)])
def test_a_mistake_has_the_colours_of_paper_and_ink(value, color):
    shown = Image.open(io.BytesIO(glyph_png(bytes([value]) * 784)))
    assert shown.size == (2 * ROOM, 2 * SIDE)
    assert shown.getpixel((ROOM, SIDE)) == (*ImageColor.getrgb(color), 255)
    assert shown.getpixel((0, SIDE))[3] == 0


def test_a_damaged_insight_is_a_sentence(made):
    run = made("one")
    (run.path / insight.NAME).write_bytes(b"odd")
    assert "damaged" in words(visit(run=run.name, part="Mistakes"))


def test_the_log_is_shown_and_one_of_several_can_be_chosen(made):
    one, two = made("one"), made("two")
    one.note("from the first")
    two.note("from the second")
    app = visit(run=[one.name, two.name], part="Log")
    assert "from the first" in app.code[0].value
    app.selectbox(key="watch_one").select(two.name).run()
    assert "from the second" in app.code[0].value


def test_smoothing_axis_and_scale_change_the_charts(made):
    app = visit(run=made("one").name)
    app.slider(key="watch_smoothing").set_value(0.0)
    app.segmented_control(key="watch_axis").set_value("time")
    app.toggle(key="watch_log").set_value(True).run()
    loss = charts(app)["Loss"]
    assert loss["layout"]["xaxis"]["title"]["text"] == "minutes of training"
    assert loss["layout"]["yaxis"]["type"] == "log"
    assert loss["data"][0]["visible"] is False


def test_downloads_hold_every_point_and_every_chart(made):
    run = made("one")
    assert len(visit(run=run.name).get("download_button")) >= 2
    assert len(downloads._csv({run.name: run.path}).splitlines()) == 1 + 39 + 1
    packed = zipfile.ZipFile(io.BytesIO(downloads._event_files(watch._look([run.name]))))
    (name,) = packed.namelist()
    assert name == f"{run.name}/{tensorboard.NAME}"
    assert len(packed.read(name)) > 1000
    page = downloads._web_page(watch._look([run.name]), watch.View())
    assert all(title in page for title in ("Loss", "Accuracy", "Learning rate", "Images a second"))
