"""curve_figures.py: what stands in the charts of trainings, not how Plotly draws them."""

import numpy as np
import pytest

from hwr import curve_figures
from hwr.curve_figures import PANELS, Line, View, curves
from hwr.curves import History


def history(points=1000, epochs=5) -> History:
    """A loss that falls with noise on it; the last but one epoch is the best."""
    found, random = History(), np.random.default_rng(0)
    for step in range(1, points + 1):
        loss = 2 / step + random.random()
        values = {
            "step": step,
            "loss": loss,
            "accuracy": 1 - loss / 3,
            "lr": 0.1 / step,
            "speed": 1e4,
            "seconds": 60 * step,
        }
        found.add({"kind": "step", "epoch": 1, **values})
    for epoch in range(1, epochs + 1):
        valid = {"valid_loss": abs(epoch - epochs + 1), "valid_accuracy": epoch / 10, "recall": {"a": 0.5, "b": 1.0}}
        found.add({"kind": "epoch", "epoch": epoch, "step": epoch * points // epochs, "seconds": epoch, **valid})
    return found


def line(name="one", **made) -> Line:
    return Line(name, "#3a7ca5", history(**made), 200.0)


def traces(figure):
    return {trace.uid.split("-")[0]: trace for trace in figure.data}


def test_training_is_thin_over_its_raw_curve_and_validation_bold():
    found = traces(curves([line()], PANELS["loss"], View(smoothing=0.9)))
    assert list(found) == ["raw", "training", "validation", "star"]
    assert found["raw"].opacity < 0.5
    assert np.std(np.diff(found["training"].y)) < 0.3 * np.std(np.diff(found["raw"].y))
    assert found["validation"].line.width > 2 * found["training"].line.width
    assert len({trace.line.color for trace in found.values()}) == 1


def test_the_star_stands_at_the_best_epoch():
    for name in ("loss", "accuracy"):
        star = traces(curves([line()], PANELS[name], View()))["star"]
        assert star.x.tolist() == [800]
        assert "best epoch 4" in star.hovertemplate
    assert traces(curves([line()], PANELS["accuracy"], View()))["star"].y.tolist() == [pytest.approx(0.4)]


def test_without_smoothing_there_is_one_curve_and_the_learning_rate_is_never_smoothed():
    found = traces(curves([line()], PANELS["loss"], View(smoothing=0)))
    assert not found["raw"].visible
    assert np.allclose(found["training"].y, history().steps["loss"])
    rate = traces(curves([line()], PANELS["lr"], View(smoothing=0.99)))
    assert np.allclose(rate["training"].y, history().steps["lr"])
    assert list(rate) == ["raw", "training"]


@pytest.mark.parametrize(("axis", "last"), [("step", 1000), ("epoch", 5), ("time", 1000)])
def test_axes(axis, last):
    figure = curves([line()], PANELS["loss"], View(axis=axis))
    assert traces(figure)["training"].x[-1] == last
    assert figure.layout.xaxis.title.text == curve_figures.AXES[axis]


def test_zoom_is_kept_between_updates_and_given_up_with_the_axis():
    early, late = (curves([line(points=n)], PANELS["loss"], View()) for n in (500, 1000))
    assert early.layout.uirevision == late.layout.uirevision
    assert early.layout.xaxis.uirevision == late.layout.xaxis.uirevision
    assert [trace.uid for trace in early.data] == [trace.uid for trace in late.data]
    assert curves([line()], PANELS["loss"], View(axis="time")).layout.xaxis.uirevision != late.layout.xaxis.uirevision
    assert curves([line()], PANELS["loss"], View(log=True)).layout.yaxis.uirevision != late.layout.yaxis.uirevision


def test_log_scale_is_for_all_but_the_accuracy():
    kinds = {name: curves([line()], panel, View(log=True)).layout.yaxis.type for name, panel in PANELS.items()}
    assert kinds == {"loss": "log", "accuracy": "linear", "lr": "log", "speed": "log"}


def test_a_legend_names_several_runs_once_each():
    assert not any(trace.showlegend for trace in curves([line()], PANELS["loss"], View()).data)
    figure = curves([line("one"), line("<b>two")], PANELS["loss"], View())
    assert [trace.name for trace in figure.data if trace.showlegend] == ["one", "&lt;b&gt;two"]


def test_a_run_before_its_first_validation_is_in_the_legend():
    figure = curves([line("one"), line("new", epochs=0)], PANELS["loss"], View())
    named = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in named] == ["one", "new"]
    assert all(len(trace.x) for trace in named)


@pytest.mark.parametrize("count", [1, 12, 100])
def test_charts_stay_light(count):
    lines = [Line(f"run {n}", "#3a7ca5", history(points=3000), 1) for n in range(count)]
    found = curves(lines, PANELS["loss"], View())
    assert max(len(trace.x) for trace in found.data) <= 1000
    assert sum(len(trace.x) for trace in found.data) <= max(2 * curve_figures.ALL_POINTS, 500 * count)


@pytest.mark.parametrize("name", PANELS)
def test_a_run_without_points_is_an_empty_chart_of_the_same_height(name):
    empty = curves([Line("one", "#3a7ca5", History())], PANELS[name], View())
    assert all(len(trace.x) == 0 for trace in empty.data)
    assert empty.layout.height == curves([line()], PANELS[name], View()).layout.height


def test_recall_has_a_row_a_class_and_at_most_so_many_epochs():
    figure = curve_figures.recall(*history(epochs=3).recall())
    assert figure.data[0].z.tolist() == [[0.5] * 3, [1.0] * 3]
    assert list(figure.data[0].y) == ["a", "b"]
    many = curve_figures.recall(*history(points=1, epochs=1000).recall()).data[0]
    assert many.z.shape == (2, curve_figures.MAX_EPOCHS)
    assert many.x[-1] == 1000


def test_confusion_tells_counts_and_shares():
    table = curve_figures.confusion(np.array([[9, 1], [0, 0]]), "a<").data[0]
    assert list(table.x) == ["a", "&lt;"]
    assert table.customdata[0].tolist() == [[9, 90], [1, 10]]
    assert table.z[0, 1] == pytest.approx(0.1**0.5)
    assert np.isfinite(table.z).all()


def test_the_web_page_stands_alone():
    text = curve_figures.web_page([curves([line()], panel, View()) for panel in PANELS.values()], "a < b", "note")
    assert text.count("Plotly.newPlot") >= 4
    assert "a &lt; b" in text
    assert "<script src=" not in text
    assert len(text) < 8_000_000
