"""The Train page's form through AppTest; what this machine has, and its speed, are given, and no training is started."""

import dataclasses
from types import SimpleNamespace

import pytest

from hwr import runs
from hwr.config import TrainConfig, field_type
from hwr.data import DATASETS
from hwr.models import MODELS
from hwr.presets import PRESETS
from tests.test_pages import checked
from tests.test_pages_train import visit
from ui.training import asking

FACTS = {
    "device": "cpu",
    "devices": ["cpu"],
    "precision": "bf16",
    "cores": 2,
    "networks": {name: {"summary": entry.summary, "weights": 1} for name, entry in MODELS.items()},
}


@pytest.fixture(autouse=True)
def machine(monkeypatch, runs_folder):
    """A machine that is known, and whose speed is measured at the second look."""
    told = SimpleNamespace(speed=None)
    monkeypatch.setattr(asking, "facts", lambda: FACTS)
    monkeypatch.setattr(asking, "speeds", lambda: SimpleNamespace(get=lambda config: told.speed))
    return told


@pytest.fixture
def started(monkeypatch):
    """The configs that were started, as runs that wait."""
    configs = []

    def start(config, folder, data_dir=None):
        configs.append(config)
        run = runs.create(config, folder)
        run.set_status("queued", place=1, waits_for=["another"])
        return run

    monkeypatch.setattr(runs, "start", start)
    return configs


def widget(app, name: str):
    """The widget of a field; there is exactly one."""
    found = [
        item
        for kind in ("number_input", "text_input", "selectbox", "multiselect", "toggle")
        for item in getattr(app, kind)
        if item.key == f"new_{name}"
    ]
    assert len(found) == 1, name
    return found[0]


@pytest.mark.parametrize("item", dataclasses.fields(TrainConfig), ids=lambda item: item.name)
def test_every_field_is_there_once_with_its_default_and_its_help(item):
    app = visit(view="new")
    value = widget(app, item.name).value
    assert ("+".join(value) if isinstance(value, list) else value) == item.default
    if field_type(item.name) in (int, float):
        assert isinstance(value, field_type(item.name))
    if item.name != "model":
        assert any(caption.value.lower().startswith(item.metadata["help"].lower()) for caption in app.caption)


def test_choices_come_from_the_registries():
    app = visit(view="new")
    assert set(DATASETS) <= set(widget(app, "dataset").options)
    assert widget(app, "model").options == list(MODELS)
    assert any(MODELS["residual"].summary[5:] in caption.value for caption in app.caption)


def test_the_command_line_follows_the_form():
    app = visit(view="new")
    assert app.code[0].value == "python -m hwr train"
    widget(app, "dataset").set_value(["mnist", "unipen"])
    widget(app, "test").set_value(["unipen"])
    widget(app, "lr").set_value(0.01)
    assert checked(app.run()).code[0].value == "python -m hwr train --dataset mnist+unipen --lr 0.01 --test unipen"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_it_says_and_the_rest_to_the_defaults(name):
    app = visit(view="new")
    widget(app, "lr").set_value(0.01)
    widget(app, "name").set_value("wide pens")
    checked(app.run())
    checked(app.button(key=f"preset_{name}").click().run())
    config = TrainConfig(name="wide pens", **PRESETS[name].make(FACTS))
    assert app.code[0].value == config.command()


BAD = {
    "a rate of nothing": ("lr", 0.0, "--lr must be from"),
    "no number": ("lr", float("nan"), "--lr must be from"),
    "nothing": ("lr", None, "--lr must be a number"),
    "a million epochs": ("epochs", 1_000_000, "--epochs must be from"),
    "no dataset": ("dataset", [], "No dataset is chosen"),
    "a dataset that is not there": ("dataset", ["minst"], 'no dataset "minst"'),
    "a charset backwards": ("classes", "9-0", "runs backwards"),
    "weights that are not there": ("init_from", "none-such", "no weights"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_is_a_sentence_beside_the_form_and_nothing_is_lost(name, started):
    field, value, sentence = BAD[name]
    good = TrainConfig(name="wide pens", batch_size=64).to_dict()
    app = visit(view="new", state={"new_values": {**good, field: "+".join(value) if field == "dataset" else value}})
    assert sentence in app.error[0].value.replace("\\", "")
    assert app.button(key="new_start").disabled
    assert widget(app, "name").value == "wide pens"
    assert widget(app, "batch_size").value == 64
    widget(app, field).set_value(["mnist"] if field == "dataset" else good[field])
    checked(app.run())
    assert not app.error
    assert not app.button(key="new_start").disabled
    assert app.code[0].value == TrainConfig(**good).command()


def test_start_turns_to_the_runs_with_it_chosen(started, runs_folder):
    app = visit(view="new")
    widget(app, "name").set_value("wide pens")
    checked(app.button(key="new_start").click().run())
    assert started == [TrainConfig(name="wide pens")]
    (run,) = runs.list_runs(runs_folder)
    assert run.about()["name"] == "wide pens"
    assert app.query_params["run"] == run.name
    assert app.segmented_control(key="view").value == "runs"
    assert app.subheader[0].value == "wide pens"


def test_what_was_typed_outlives_other_views_and_pages(started):
    app = visit(view="new")
    widget(app, "epochs").set_value(3).run()
    checked(app.segmented_control(key="view").set_value("runs").run())
    checked(app.switch_page("pages/read.py").run())
    checked(app.switch_page("pages/train.py").run())
    checked(app.segmented_control(key="view").set_value("new").run())
    assert widget(app, "epochs").value == 3
    assert app.code[0].value == "python -m hwr train --epochs 3"


def test_a_start_that_fails_is_a_sentence(runs_folder):
    runs_folder.write_text("no folder")
    app = visit(view="new")
    checked(app.button(key="new_start").click().run())
    assert "Cannot make a run" in app.error[0].value
    assert widget(app, "epochs").value == TrainConfig().epochs


def test_the_time_is_measured_and_then_told(machine):
    app = visit(view="new")
    assert any("Measuring" in caption.value for caption in app.caption)
    machine.speed = 1000.0
    widget(app, "limit").set_value(6000).run()
    assert checked(app).metric[0].value == "about a minute"
    machine.speed = "No room."
    assert any("No room" in caption.value for caption in checked(app.run()).caption)


def test_who_goes_before_is_told(quick, runs_folder):
    run = runs.create(quick, runs_folder)
    run.set_status("running", progress={"speed": 100.0, "step": 50, "total": 100})
    run.describe(name="first")
    app = visit(view="new")
    assert any("waits its turn behind first" in caption.value for caption in app.caption)
    assert any("cannot be measured now" in caption.value for caption in app.caption)
