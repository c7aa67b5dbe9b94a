"""The Train page through AppTest, with runs in a temporary folder; the real thing is in test_browser_train.py."""

import subprocess
import sys

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ui
from hwr import runs
from tests.test_pages import ROOT, checked
from ui import training


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def visit(**address: str | list[str]) -> AppTest:
    """The Train page as a new visitor opens it, with what stands in the address."""
    st.cache_data.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(ui.PAGES["train"].file)
    for key, value in address.items():
        app.query_params[key] = value
    return checked(app.run())


def test_without_runs_the_page_says_what_to_do():
    assert any("New training" in caption.value for caption in visit().caption)


@pytest.mark.parametrize("name", training.offered())
def test_a_view_opens_by_its_address(name):
    app = visit(view=name)
    assert app.segmented_control(key="view").value == name


def test_every_view_of_the_folder_is_offered():
    files = {path.stem for path in (ROOT / "ui" / "training").glob("*.py")}
    assert set(training.offered()) == set(training.VIEWS) & files


OPEN = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60)
app.switch_page("pages/train.py")
app.run()
assert not app.exception, app.exception[0].message
assert app.header[0].value == "Train"
print("torch" in sys.modules)
"""


def test_opening_the_page_does_not_load_torch(run):
    found = subprocess.run([sys.executable, "-c", OPEN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_run_is_shown(quick, folder):
    run = runs.create(quick, folder)
    assert any(run.name in text.value for text in visit().text)
