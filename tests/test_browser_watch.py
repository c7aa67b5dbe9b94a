"""Watching a run in headless Chromium: this process stands for the trainer and writes what one would."""

import csv
import io
import re

import pytest
from PIL import Image

from benchmarks import browser as real
from hwr import runs
from hwr.config import TrainConfig

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
]
POINTS = "document.querySelector('.js-plotly-plot').calcdata?.[1]?.filter(point => point.x !== undefined).length ?? 0"
CHARTS = ".js-plotly-plot .draglayer"


class Trainer:
    """Writes the status and the points of a run, as a trainer would."""

    def __init__(self, run: runs.Run):
        self.run, self.count = run, 0

    def tell(self, state="running", **values):
        progress = {"epoch": 1, "epochs": 2, "step": self.count, "total": 4000, "speed": 900.0, "left": 61.0}
        self.run.set_status(state, phase="training", progress=progress, **values)

    def steps(self, count):
        for _ in range(count):
            self.count += 1
            values = {"loss": 9 / self.count, "accuracy": 0.5, "lr": 0.1, "speed": 900.0, "seconds": self.count}
            self.run.log(kind="step", step=self.count, epoch=1, **values)
        self.tell()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def address(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HWR_RUNS", str(folder))
        with real.app() as address:
            yield address


@pytest.fixture
def trainer(folder):
    made = Trainer(runs.create(TrainConfig(dataset="synthetic", model="simple", name="watched"), folder))
    yield made
    made.tell("finished")


@pytest.fixture
def page(chromium, address, trainer):
    trainer.steps(20)
    page = real.visit(chromium, f"{address}/train?run={trainer.run.name}")
    page.locator(CHARTS).nth(3).wait_for(state="attached")
    yield page
    page.context.close()


def points(page, least):
    page.wait_for_function(f"({POINTS}) >= {least}")


def test_points_come_live_into_the_same_chart_and_a_zoom_stays(page, trainer):
    points(page, 20)
    page.evaluate("document.querySelector('.js-plotly-plot').mark = 'the same'")
    for step in (40, 60, 80):
        trainer.steps(20)
        points(page, step)
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] - 20, steps=5)
    page.mouse.up()
    chosen = "document.querySelector('.js-plotly-plot').layout.xaxis.range.map(Math.round)"
    page.wait_for_function(f"{chosen}[1] < 70")
    before = page.evaluate(chosen)
    trainer.steps(100)
    points(page, 180)
    assert page.evaluate(chosen) == before
    assert page.evaluate("document.querySelector('.js-plotly-plot').mark") == "the same"
    page.get_by_text("step 180 of 4,000").wait_for()


def test_points_that_come_are_drawn_as_if_the_chart_were_made_anew(page, trainer):
    points(page, 20)
    page.get_by_text("Log scale").click()
    page.wait_for_function("document.querySelector('.js-plotly-plot').layout.yaxis.type === 'log'")
    seen = """() => { const node = document.querySelector(".js-plotly-plot");
        return { range: ["x", "y"].map((axis) => node.layout[`${axis}axis`].range),
            paths: [...node.querySelectorAll(".js-line")].map((path) => path.getAttribute("d")) }; }"""
    page.evaluate("void (Plotly.react = () => { throw new Error('drawn anew'); })")
    trainer.steps(30)
    points(page, 50)
    page.wait_for_timeout(300)
    live = page.evaluate(seen)
    page.evaluate("Plotly.redraw(document.querySelector('.js-plotly-plot'))")
    again = page.evaluate(seen)
    assert live == again
    assert len(live["paths"]) == 2
    assert live["range"][0][1] == 50


def test_it_is_silent_when_nothing_runs(page, trainer):
    page.get_by_text("1:01 left").wait_for()
    heard = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(len(frame))))
    trainer.tell("finished")
    page.get_by_text(re.compile("^Finished")).first.wait_for()
    page.reload()
    page.locator(CHARTS).nth(3).wait_for(state="attached")
    real.settled(page)
    page.wait_for_timeout(1000)
    assert heard
    heard.clear()
    page.wait_for_timeout(4000)  # four times as long as between two updates of a running one
    assert heard == []


def test_charts_and_points_can_be_taken_away(page, tmp_path):
    page.locator(".js-plotly-plot").first.hover()
    with page.expect_download() as download:
        page.locator('.js-plotly-plot [data-title*="png" i]').first.click()
    assert download.value.suggested_filename == "hwr-loss.png"
    picture = Image.open(download.value.path())
    assert picture.format == "PNG"
    assert len(picture.convert("RGB").getcolors(1_000_000)) > 10
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert [int(row["step"]) for row in rows] == list(range(1, 21))
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML", exact=True).click()
    download.value.save_as(tmp_path / "curves.html")
    page.goto((tmp_path / "curves.html").as_uri())
    page.locator(CHARTS).nth(3).wait_for(state="attached")
