"""Read-only mode: every place that writes for a person refuses, the pages stay whole, and nothing in the folder changes."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import ui
from benchmarks import browser as real
from hwr import checkpoint, download, drawing, kept, readonly, runs, tensorboard, tune, uploads
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.mine import Mine, bring_in
from hwr.runs import control
from hwr.tune import storage
from tests.test_pages import (
    ROOT,
    checked,
    pen,  # noqa: F401 (a fixture)
)
from tests.test_pages import visit as open_page

INK = np.full((40, 30), 255, np.uint8)
CONFIG = TrainConfig(dataset="synthetic", model="simple", epochs=1, limit=100)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a run and an own picture, and then read-only mode."""
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("HWR_DATA", str(tmp_path / "data"))
    run = runs.create(CONFIG, tmp_path / "runs")
    run.set_status("running")
    Mine(tmp_path / "mine").add("7", INK)
    monkeypatch.setenv("HWR_READONLY", "1")
    monkeypatch.setenv("HWR_SCRATCH", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    return tmp_path


def the_run(place: Path) -> runs.Run:
    return runs.list_runs(place / "runs")[0]


def mine(place: Path) -> Mine:
    return Mine(place / "mine")


def own_zip() -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for char in "38":
            archive.writestr(f"{char}/a.png", drawing.page_png(char, width=60, height=60))
    return file


def study(place: Path) -> tune.Place:
    return tune.place("pens", place / "runs")


WRITERS = {
    "start": lambda place: runs.start(CONFIG, place / "runs"),
    "create": lambda place: runs.create(CONFIG, place / "runs"),
    "resume": lambda place: control.launch(the_run(place)),
    "spawn": lambda place: control.spawn(["true"], place / "log.txt"),
    "stop": lambda place: runs.stop(the_run(place)),
    "clear stop": lambda place: the_run(place).clear_stop(),
    "delete": lambda place: runs.delete(the_run(place)),
    "name": lambda place: the_run(place).describe(name="wide pens"),
    "note": lambda place: the_run(place).note("it helps"),
    "log": lambda place: the_run(place).log(kind="step"),
    "status": lambda place: the_run(place).set_status("stopped"),
    "train": lambda place: runs.attend(the_run(place)).__enter__(),
    "keep": lambda place: mine(place).add("3", INK[:20]),
    "room": lambda place: mine(place).room(),
    "adopt": lambda place: mine(place).adopt("3", mine(place).samples()[0].path, known=True),
    "relabel": lambda place: mine(place).relabel(mine(place).samples()[0], "1"),
    "restore": lambda place: mine(place).restore(mine(place).samples()[0], b"a"),
    "remove": lambda place: mine(place).remove(mine(place).samples()),
    "import": lambda place: bring_in(mine(place), own_zip()),
    "download": lambda place: download.fetched(_absent, "mnist", place / "data"),
    "checkpoint": lambda place: checkpoint.save(place / "a.safetensors", {}, {}),
    "file": lambda place: checkpoint.write_whole(place / "a.txt", b"a"),
    "output": lambda place: checkpoint.check_output(place / "a.txt"),
    "tensorboard": lambda place: tensorboard.export(the_run(place)),
    "study": lambda place: storage.open_storage(study(place), new=True),
    "study's start": lambda place: tune.start(None, 2),
    "study's stop": lambda place: study(place).ask_to_stop(),
    "study's worker": lambda place: storage.signed(study(place)).__enter__(),
    "study's end": lambda place: tune.delete(study(place)),
}


def _absent(folder: Path, fetch: bool) -> None:
    assert not fetch, "it was downloaded"
    raise RuntimeError("Dataset not found.")


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its time and size, and every folder; but for what git and the tools of the tests keep there."""
    apart = {".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__"}
    found = {}
    for above, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in apart]
        places = [Path(above) / name for name in files]
        found |= {
            path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_size) for path in places
        }
        found |= {(Path(above) / name).relative_to(folder).as_posix(): (0, 0) for name in folders}
    return found


@pytest.mark.parametrize("name", WRITERS)
def test_what_writes_refuses_with_a_sentence_and_nothing_changes(name, place):
    if "study" in name:
        pytest.importorskip("optuna")
    before = snapshot(place)
    with pytest.raises(HwrError, match=r"switched off here \(HWR_READONLY=1\)"):
        WRITERS[name](place)
    assert snapshot(place) == before


@pytest.mark.parametrize(("value", "on"), [("1", True), ("yes", True), ("0", False), ("", False), ("false", False)])
def test_the_switch(value, on, monkeypatch):
    monkeypatch.setenv("HWR_READONLY", value)
    assert readonly.active() is on
    if not on:
        readonly.refuse("Anything")


def test_the_scratch_folder_is_shared_and_goes_with_the_process_that_made_it(tmp_path):
    code = (
        "import subprocess, sys; from hwr import readonly; a = readonly.scratch(); "
        "b = subprocess.run([sys.executable, '-c', 'from hwr import readonly; print(readonly.scratch())'], "
        "capture_output=True, text=True, check=False).stdout.strip(); assert a.is_dir() and str(a) == b, b; print(a)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "HWR_SCRATCH"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).exists()


def test_what_is_measured_and_uploaded_goes_to_the_scratch_folder(place, small_weights):
    assert kept.cache_folder() == place / "scratch"
    taken = uploads.take_in("mine.safetensors", small_weights.read_bytes())
    assert taken.is_relative_to(place / "scratch")
    assert not (place / "cache").exists()


def own_digits(place: Path) -> None:
    """Four threes and four sevens of one's own."""
    for char in "37":
        for width in (10, 14, 18, 22):
            written = drawing.to_drawing(drawing.write(char, box=(30, 30, 170, 170), pen=width))
            mine(place).add(char, drawing.ink(written, width=200, height=200))


def test_a_comparison_in_a_process_of_its_own_is_kept_for_the_server_alone(place, small_weights, monkeypatch):
    from hwr.compare import Model, ask, compare_apart

    monkeypatch.delenv("HWR_READONLY")
    own_digits(place)
    monkeypatch.setenv("HWR_READONLY", "1")
    before = snapshot(place)
    models = [Model.at(small_weights)]
    found = compare_apart(models, ask(models, "mine", folder=place / "data"), lambda what, share: None)
    assert len(found.rows) == 1
    assert {name for name in snapshot(place) if name not in before} > {"scratch/compare"}
    assert all(name.startswith("scratch") for name in snapshot(place) if name not in before)


def test_what_was_measured_before_is_still_known(place, small_weights, monkeypatch):
    from hwr.compare import Model, ask, compare
    from hwr.compare import kept as known

    monkeypatch.delenv("HWR_READONLY")
    own_digits(place)
    models = [Model.at(small_weights)]
    question = ask(models, "mine", folder=place / "data")
    compare(models, question)
    before = snapshot(place / "cache")
    assert before
    monkeypatch.setenv("HWR_READONLY", "1")
    assert known(models, question) is not None
    assert snapshot(place / "cache") == before


def test_a_command_that_only_tells_still_works(place):
    picture = place / "seven.png"
    picture.write_bytes(drawing.page_png("7", width=200, height=200))
    command = [sys.executable, "-m", "hwr", "read", str(picture), "--layout", "char", "--charset", "0-9"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.stdout == "7\n", done.stderr
    done = subprocess.run(
        [*command, "--output", str(place / "a.txt")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "switched off" in done.stderr
    assert "Traceback" not in done.stderr


def buttons(app: AppTest) -> dict[str, bool]:
    """Which buttons there are, and whether they can be pressed."""
    return {button.key: not button.disabled for button in app.button}


@pytest.mark.parametrize("name", ui.PAGES)
def test_every_page_says_once_that_nothing_is_kept(name, place, pen):  # noqa: F811
    app = open_page(name)
    assert not app.error
    assert sum("public demo" in caption.value for caption in app.caption) == 1


def test_drawing_and_reading_work_without_corrections(place, pen):  # noqa: F811
    pen.write("7")
    app = open_page("draw")
    assert app.title[0].value == "7"
    assert "draw_keep" not in buttons(app)
    app = open_page("read")
    app.file_uploader[0].upload("numbers.png", drawing.page_png("314"))
    checked(app.run())
    while app.session_state["read_desk"].job:
        app.session_state["read_desk"].job.wait(60)
        checked(app.run())
    assert app.text_area[0].value == "314"
    assert "read_keep" not in buttons(app)
    assert app.get("download_button")


def test_runs_can_be_looked_at_and_not_touched(place):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(ui.PAGES["train"].file)
    app.query_params["view"] = "new"
    app.query_params["run"] = the_run(place).name
    checked(app.run())
    view = app.segmented_control(key="view")
    assert view.value == "runs"
    assert len(view.options) == 2
    touching = {key: on for key, on in buttons(app).items() if key and key.startswith(("runs_stop", "runs_delete"))}
    assert touching
    assert not any(touching.values())
    assert all(area.disabled for area in app.text_area)
    app.segmented_control(key="view").set_value("search")
    checked(app.run())
    assert not any(on for key, on in buttons(app).items() if key == "search_new")


def data_page(dataset: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["data_dataset"] = dataset
    app.switch_page(ui.PAGES["data"].file)
    return checked(app.run())


def test_data_can_be_looked_at_and_neither_fetched_nor_changed(place):
    assert buttons(data_page("mnist"))["data_download_start"] is False
    app = data_page("mine")
    assert buttons(app)["mine_delete"] is False
    assert "Bring in more" not in " ".join(link.label for link in app.get("page_link"))


@pytest.mark.browser
@pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}")
@pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with")
def test_a_visit_to_every_page_writes_nothing(tmp_path, chromium, monkeypatch):
    from tests.test_browser import TEXT, expect_answer, upload

    for name in ("DATA", "RUNS", "MINE", "CACHE"):
        monkeypatch.delenv(f"HWR_{name}", raising=False)  # as it is where nobody has said anything
    monkeypatch.setenv("HWR_READONLY", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    before = snapshot(ROOT)
    with real.app() as address:
        page = real.visit(chromium, address)
        real.draw(page, "7")
        expect_answer(page, "7")
        for name, entry in ui.PAGES.items():
            page.goto(f"{address}/{'' if name == 'home' else Path(entry.file).stem}")
            page.get_by_text("public demo").wait_for()
            real.settled(page)
            assert page.get_by_test_id("stException").count() == 0
        page.goto(f"{address}/read")
        upload(page, ("numbers.png", drawing.page_png("314")))
        page.wait_for_function(f"{TEXT} === '314'")
        page.context.close()
    assert snapshot(ROOT) == before
