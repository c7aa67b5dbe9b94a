"""The Train page through AppTest, with runs in a temporary folder; the real thing is in test_browser_train.py."""

import dataclasses
import subprocess
import sys

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ui
from hwr import checkpoint, runs
from hwr.errors import HwrError
from tests.test_pages import ROOT, checked
from ui import training


@pytest.fixture(autouse=True)
def folder(runs_folder):
    return runs_folder


def visit(*, state: dict | None = None, **address: str | list[str]) -> AppTest:
    """The Train page as a new visitor opens it, with what stands in the address, and what was chosen before."""
    st.cache_data.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(ui.PAGES["train"].file)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    for key, value in address.items():
        app.query_params[key] = value
    return checked(app.run())


def test_without_runs_the_page_says_what_to_do():
    assert any("New training" in caption.value for caption in visit().caption)


@pytest.mark.parametrize("name", training.VIEWS)
def test_a_view_opens_by_its_address(name):
    app = visit(view=name)
    assert app.segmented_control(key="view").value == name


OPEN = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=120)
app.switch_page("pages/train.py")
app.query_params["view"] = sys.argv[1]
app.run()
assert not app.exception, app.exception[0].message
assert app.segmented_control(key="view").value == sys.argv[1]
print("torch" in sys.modules)
"""


@pytest.mark.parametrize("name", training.VIEWS)
def test_opening_a_view_does_not_load_torch(name, run):
    runs.create(run.config(), run.path.parent).set_status("running")  # so that no speed is measured
    command = [sys.executable, "-c", OPEN, name]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def finished(quick, folder, weights=None, **config) -> runs.Run:
    """A run that has ended well, with weights to read with if they are given."""
    run = runs.create(dataclasses.replace(quick, **config), folder)
    progress = {
        "epoch": 2,
        "epochs": 2,
        "step": 20,
        "total": 20,
        "best_epoch": 2,
        "best_accuracy": 0.75,
        "speed": 900.0,
    }
    run.set_status("finished", progress=progress, figures={"synthetic test": {"accuracy": 0.5, "interval": [0.4, 0.6]}})
    if weights:
        (run.path / checkpoint.BEST).write_bytes(weights.read_bytes())
    return run


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def pressed(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return checked(app.run())


def test_the_table_tells_how_runs_stand_and_in_what_they_differ(quick, folder):
    finished(quick, folder, lr=0.01)
    runs.create(quick, folder)
    table = visit().dataframe[0].value
    assert list(table["state"]) == ["new", "finished"]
    assert list(table["epoch"]) == ["", "2/2"]
    assert table["progress"][1] == 100
    assert (table["best"][1], table["scored"][1], table["speed"][1]) == (75, 50, 900)
    assert list(table["lr"]) == [quick.lr, 0.01]
    assert "dropout" not in table


def test_a_filter_by_text_and_by_state(quick, folder):
    finished(quick, folder, lr=0.01).describe(notes="Wide pens")
    runs.create(quick, folder)
    app = visit()
    app.text_input(key="runs_filter").set_value("wide PENS").run()
    assert list(checked(app).dataframe[0].value["state"]) == ["finished"]
    app.text_input(key="runs_filter").set_value("").run()
    app.multiselect(key="runs_states").set_value(["new"]).run()
    assert list(checked(app).dataframe[0].value["state"]) == ["new"]
    app.text_input(key="runs_filter").set_value("nothing like it").run()
    assert any("change the filter" in caption.value for caption in checked(app).caption)


def test_a_run_is_chosen_by_the_address_named_and_noted(quick, folder):
    run = finished(quick, folder)
    app = visit(run=run.name)
    assert app.subheader[0].value == ui.plain(run.name)
    assert app.code[0].value == quick.command()
    app.text_input(key=f"run_name_{run.name}").set_value("wide pens").run()
    app.text_area(key=f"run_notes_{run.name}").set_value("stroke helps").run()
    assert checked(app).subheader[0].value == "wide pens"
    assert run.about() == {"name": "wide pens", "notes": "stroke helps", "study": "", "used": False}


def test_a_run_is_used_and_put_away_again(quick, folder, small_weights):
    run = finished(quick, folder, small_weights)
    app = pressed(visit(run=run.name), "Use in Draw and Read")
    assert run.name in [item["name"] for item in checkpoint.list_weights()]
    assert run.name in checked(app.switch_page("pages/read.py").run()).selectbox(key="read_model").options[-1]
    pressed(visit(run=run.name), "Do not use any more")
    assert run.name not in [item["name"] for item in checkpoint.list_weights()]


def test_delete_asks_first(quick, folder):
    run = finished(quick, folder)
    app = pressed(visit(run=run.name), "Delete")
    assert run.path.is_dir()
    checked(app.button(key="runs_delete_sure").click().run())
    assert not run.path.exists()


def test_what_goes_can_be_stopped_but_not_deleted_or_resumed(quick, folder):
    run = runs.create(quick, folder)
    run.set_status("queued", place=1, waits_for=["another"])
    app = visit(run=run.name)
    assert next(button for button in app.button if button.label == "Delete").disabled
    assert "Resume" not in labels(app)
    pressed(app, "Stop")
    assert run.should_stop()
    assert "Stopping" in labels(app)


@pytest.mark.parametrize("state", ["failed", "stopped", "lost"])
def test_what_ended_early_says_why_and_can_be_resumed(quick, folder, state, monkeypatch):
    run = runs.create(quick, folder)
    run.set_status(state, error="The disk is full.")
    launched = []
    monkeypatch.setattr(runs, "resume", lambda run, data_dir: launched.append(run.name))
    app = visit(run=run.name)
    assert len([error for error in app.error if "The disk is full" in error.value]) == 1
    pressed(app, "Resume")
    assert launched == [run.name]


def test_a_button_that_cannot_do_it_says_why(quick, folder, monkeypatch):
    run = runs.create(quick, folder)

    def refuse(run, data_dir):
        raise HwrError("There is no room.")

    monkeypatch.setattr(runs, "resume", refuse)
    assert "There is no room" in pressed(visit(run=run.name), "Resume").error[0].value


def test_several_runs_are_deleted_together(quick, folder):
    both = [finished(quick, folder), finished(quick, folder)]
    app = visit(run=[run.name for run in both])
    assert app.subheader[0].value == "2 runs"
    pressed(app, "Delete")
    checked(app.button(key="runs_delete_sure").click().run())
    assert runs.list_runs(folder) == []


def test_a_broken_run_is_shown_as_broken(quick, folder):
    run = finished(quick, folder)
    (run.path / "config.json").write_text("{", encoding="utf-8")
    app = visit(run=run.name)
    assert app.error
    assert list(app.dataframe[0].value["state"]) == ["broken"]
