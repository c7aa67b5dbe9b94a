"""The Train page in headless Chromium: a training from the form to a drawn character read with it; it outlives the server."""

import re

import pytest

from benchmarks import browser as real
from hwr import runs
from hwr.config import TrainConfig
from tests.test_browser import press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
]
LONG = 300_000  # milliseconds for a training to end, on a machine that has other work
POINTS = """() => [...document.querySelectorAll(".js-plotly-plot")].reduce(
    (count, plot) => count + (plot.calcdata || []).reduce((points, trace) => points + trace.length, 0), 0)"""


@pytest.fixture
def visit(chromium):
    """Opens an address as a new visitor and closes it after the test."""
    pages = []

    def open_page(address: str):
        pages.append(real.visit(chromium, address))
        return pages[-1]

    yield open_page
    for page in pages:
        page.context.close()


@pytest.fixture
def trainings(runs_folder, monkeypatch):
    """Where the trainings of a test are; those that still go are asked to stop at its end."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield runs_folder
    for run in runs.list_runs(runs_folder):
        if run.status()["state"] in runs.ACTIVE:
            run.ask_to_stop()


def fill(page, name: str, value: str) -> None:
    """Types a number or a text and leaves the field."""
    field = page.get_by_label(name, exact=True)
    field.fill(value)
    field.press("Enter")


def choose(page, name: str, value: str) -> None:
    """Types into a field of choices and takes the option of that name (not one that only begins with it)."""
    page.get_by_role("combobox", name=name).fill(value)
    page.get_by_role("option", name=re.compile(rf"^{re.escape(value)}(?![\w-])")).first.click()


def expect_state(page, state: str, *, patience: int = real.PATIENCE) -> None:
    """Waits until the chosen run is said to be in this state."""
    badge = page.locator('[data-testid="stMarkdownBadge"], .stMarkdownBadge').filter(has_text=re.compile(f"^{state}$"))
    badge.first.wait_for(timeout=patience)


def expect_command(page, *words: str) -> None:
    """Waits until the command line beside the form says these words."""
    for word in words:
        page.get_by_test_id("stCode").filter(has_text=word).wait_for()


def expect_points(page, more: int) -> None:
    """Waits until so many new points have come into the curves, one after the other, without a reload."""
    page.wait_for_function(f"() => ({POINTS})() > 0")
    page.evaluate("() => { window.stayed = true; }")
    for _ in range(more):
        before = page.evaluate(POINTS)
        page.wait_for_function(f"before => ({POINTS})() > before", arg=before)
    assert page.evaluate("window.stayed")


def test_from_the_form_to_a_drawn_character(trainings, visit):
    with real.app() as address:
        page = visit(f"{address}/train?view=new")
        fill_the_form(page)
        press(page, "Start")
        expect_state(page, "running")
        expect_points(page, 2)
        page.reload()
        expect_state(page, "running")
        expect_points(page, 1)
        press(page, "Stop")
        expect_state(page, "stopped")
        press(page, "Resume")
        expect_state(page, "finished", patience=LONG)
        press(page, "Use in Draw and Read")
        page.get_by_test_id("stPageLink").filter(has_text="draw with it").click()
        page.get_by_role("heading", name="Draw").wait_for()
        choose(page, "Model", "wide pens")
        page.wait_for_function(
            "() => [...document.querySelectorAll('input')].some(i => i.value.startsWith('wide pens ('))"
        )
        real.settled(page)
        real.draw(page, "7")
        page.get_by_role("heading", level=1).filter(has_text=re.compile("^7$")).wait_for()
    (run,) = runs.list_runs(trainings)
    assert run.about() == {"name": "wide pens", "notes": "", "study": "", "used": True}
    assert run.status()["progress"]["epoch"] == 60


def fill_the_form(page) -> None:
    """A training on drawn digits that is several times as long as it takes to come to Stop."""
    page.get_by_role("button", name="Start", exact=True).wait_for()
    dataset = page.get_by_role("combobox", name="Dataset")
    dataset.press("Backspace")
    page.get_by_text("No dataset is chosen").wait_for()
    choose(page, "Dataset", "synthetic")
    dataset.press("Escape")
    choose(page, "Model", "simple")
    fill(page, "Name", "wide pens")
    fill(page, "Epochs", "60")
    for group in ("Data", "Learning", "Machine"):
        page.get_by_text(group, exact=True).last.click()  # the first is a page of the navigation
    classes = page.get_by_role("combobox", name="Classes")
    classes.fill("0-9")
    classes.press("Enter")
    fill(page, "Limit", "1000")
    fill(page, "Batch size", "32")
    fill(page, "Threads", "1")
    words = ("--dataset synthetic", "--model simple", "--epochs 60", "--classes 0-9", "--limit 1000", "--batch-size 32")
    expect_command(page, *words, "--name 'wide pens'", "--threads 1")


def test_two_browsers_see_a_run_that_outlives_the_server(trainings, visit):
    config = TrainConfig(
        "synthetic", "simple", "long", classes="0-3", epochs=5000, limit=400, batch_size=32, clean_epochs=0, threads=1
    )
    run = runs.start(config, trainings)
    port = real.free_port()
    address = f"http://127.0.0.1:{port}/train?run={run.name}"
    server = real.serve(port)
    try:
        first, second = visit(address), visit(address)
        for page in (first, second):
            expect_state(page, "running")
            expect_points(page, 1)
        server.kill()
        server.wait()
        learned = run.status()["progress"]["step"]
        server = real.serve(port)
        for page in (first, second):
            page.goto(address)
            expect_state(page, "running")
            expect_points(page, 1)
        assert run.status()["progress"]["step"] > learned
        press(first, "Stop")
        for page in (first, second):
            expect_state(page, "stopped")
    finally:
        server.kill()
        server.wait()


def tick(page, row: int) -> None:
    """Presses the box on the left of a row of the table, counted from above."""
    page.get_by_test_id("stDataFrame").click(position={"x": 17, "y": 35 * (row + 1) + 17})


def test_runs_are_chosen_in_the_table_while_one_of_them_trains(trainings, visit):
    names = []
    for name in ("first", "second"):
        run = runs.create(TrainConfig("synthetic", "simple", name), trainings)
        run.describe(name=name)
        run.set_status("finished", progress={"step": 10, "total": 10, "epoch": 1, "epochs": 1})
        names.append(run.name)
    going = runs.create(TrainConfig("synthetic", "simple", "third"), trainings)
    going.set_status("running", phase="training", progress={"step": 1, "total": 10, "epoch": 1, "epochs": 1})
    with real.app() as address:
        page = visit(f"{address}/train")
        page.get_by_text("Choose a run by the box on its left").wait_for()
        page.locator("canvas td").filter(has_text="running").wait_for(state="attached")
        tick(page, 2)
        page.get_by_role("heading", name="first").wait_for()
        tick(page, 1)
        page.get_by_role("heading", name="2 runs").wait_for()
        page.wait_for_url(lambda url: all(name in url for name in names))
        tick(page, 2)
        page.get_by_role("heading", name="second").wait_for()
        page.reload()
        page.get_by_role("heading", name="second").wait_for()
        going.set_status("finished", progress={"step": 10, "total": 10, "epoch": 1, "epochs": 1})
        page.locator("canvas td").filter(has_text="running").wait_for(state="detached")
        tick(page, 0)
        page.get_by_role("heading", name="2 runs").wait_for()
