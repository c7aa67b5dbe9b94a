"""Plotly figures of trainings: curves of several runs over each other, recall of each class, confusion, worst pictures.

They stand on the page's own background, light or dark. Not here: reading of metrics (curves), anything of Streamlit.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from hwr.curves import History, smooth, thin, x_values
from hwr.palette import CONFIDENCE_STOPS, INK, PAPER

# One colour a run: muted, told apart on paper and on dark, by most colour-blind people too; then they come again.
COLORS = (
    "#3a7ca5",
    "#c4532f",
    "#3f8f78",
    "#c9972b",
    "#8465a5",
    "#b8567f",
    "#5aa2b8",
    "#8b8b3a",
    "#96694c",
    "#6f7f9f",
    "#d08763",
    "#6aa84f",
)
MAX_POINTS = 1000  # a trace, of few runs; all traces of a chart together have at most ALL_POINTS or FEW_POINTS each
ALL_POINTS = 6000
FEW_POINTS = 200
MAX_EPOCHS = 200  # columns of the recall table
AXES = {"step": "step", "epoch": "epoch", "time": "minutes of training"}
HEIGHT = 260
FEW = 20  # classes whose cells have room
MARGIN = {"l": 58, "r": 16, "t": 34, "b": 44}  # fixed: to measure the labels takes half the time of drawing a curve


@dataclass(frozen=True)
class Panel:
    """One chart: its title, the column of the training part, that of validation ("" for none), how numbers read.

    `log`: whether a logarithmic scale helps; `noisy`: whether it is smoothed.
    """

    title: str
    training: str
    validation: str = ""
    format: str = ""
    log: bool = True
    noisy: bool = True


PANELS = {
    "loss": Panel("Loss", "loss", "valid_loss", ".4~g"),
    "accuracy": Panel("Accuracy", "accuracy", "valid_accuracy", ".2~%", log=False),
    "lr": Panel("Learning rate", "lr", "", ".2~e", noisy=False),
    "speed": Panel("Images a second", "speed", "", ",.0f"),
}


@dataclass(frozen=True)
class Line:
    """A run in a chart."""

    name: str
    color: str
    history: History
    steps_per_epoch: float = 0.0


@dataclass(frozen=True)
class View:
    """How curves are drawn: the axis (one of AXES), the weight of the past in smoothing, whether on a logarithmic scale."""

    axis: str = "step"
    smoothing: float = 0.6
    log: bool = False


def curves(lines: Sequence[Line], panel: Panel, view: View) -> go.Figure:
    """One chart of several runs: training thin over its raw curve, validation bold with a star at the best epoch."""
    return go.Figure(curves_data(lines, panel, view))


def curves_data(lines: Sequence[Line], panel: Panel, view: View) -> dict:
    """The chart as plain data, with float32 arrays: a go.Figure of it takes ten times as long, and one is made each second.

    A person's zoom and what was switched off in the legend are kept while points come, until the axis changes.
    """
    limit = int(np.clip(ALL_POINTS // (2 * max(1, len(lines))), FEW_POINTS, MAX_POINTS))
    traces = []
    for line in lines:
        found = _training(line, panel, view, limit) + (
            _validation(line, panel, view, limit) if panel.validation else []
        )
        if panel.validation:
            found[2 if len(line.history.epochs) else 1]["showlegend"] = len(lines) > 1  # an empty one is left out
        found[0]["opacity"] = 0.28 if len(lines) <= 4 else 0.12
        traces += found
    layout = _layout(panel, view, len(lines))
    if not any(len(trace["x"]) for trace in traces):
        for axis in ("xaxis", "yaxis"):
            layout[axis] |= {"showticklabels": False, "zeroline": False}
    return {"data": traces, "layout": layout}


def _layout(panel: Panel, view: View, runs: int) -> dict:
    """One dict for all of it: each update of a finished figure takes as long as making it."""
    log = view.log and panel.log
    x_axis: dict = {"title": {"text": AXES[view.axis], "standoff": 4}, "uirevision": view.axis}
    x_axis |= {"hoverformat": ",.6~g", "showgrid": False, "automargin": False}
    y_axis = {
        "automargin": False,
        "type": "log" if log else "linear",
        "uirevision": str(log),
        "tickformat": panel.format,
        "nticks": 7,
    }
    return _frame(panel.title, HEIGHT + (24 * (1 + runs // 4) if runs > 1 and panel.validation else 0)) | {
        "margin": MARGIN,
        "xaxis": x_axis,
        "yaxis": y_axis,
        "legend": {"orientation": "h", "x": 0, "y": -0.28, "yanchor": "top", "font": {"size": 11}},
        "hovermode": "closest",
    }


def _frame(title: str, height: int) -> dict:
    """What all these figures share: the title on top at the left, narrow margins; zoom is kept when data change."""
    heading = {"text": title, "x": 0, "y": 1, "yref": "container", "yanchor": "top", "font": {"size": 15}}
    return {"title": heading, "height": height, "margin": {"l": 8, "r": 8, "t": 34, "b": 8}, "uirevision": "keep"}


def _training(line: Line, panel: Panel, view: View, limit: int) -> list[dict]:
    """The raw curve, faint, and the smoothed one over it."""
    table = line.history.training()
    x, raw = x_values(table, view.axis, line.steps_per_epoch), table[panel.training]
    weight = view.smoothing if panel.noisy else 0.0
    soft = smooth(raw, weight)
    faint = _curve(line, "raw", panel, *_thinned(x, raw, limit)) | {"hoverinfo": "skip"}
    faint |= {"hovertemplate": None, "visible": weight > 0}
    return [faint, _curve(line, "training", panel, *_thinned(x, soft, limit))]


def _validation(line: Line, panel: Panel, view: View, limit: int) -> list[dict]:
    """The figure of each epoch, bold, and a star at the epoch that is kept."""
    epochs = line.history.epochs
    x, y = x_values(epochs, view.axis, line.steps_per_epoch), epochs[panel.validation]
    curve = _curve(line, "validation", panel, *_thinned(x, y, limit))
    curve["mode"] = "lines+markers" if len(y) <= 30 else "lines"
    curve["line"]["width"] = 2.8
    place = line.history.best()
    here = slice(0, 0) if place is None else slice(place, place + 1)
    number = "" if place is None else f" {epochs['epoch'][place]:.0f}"
    star = _curve(line, f"best epoch{number}", panel, x[here], y[here])
    star |= {"mode": "markers", "uid": _uid(line, "star")}
    star["marker"] = {"symbol": "star", "size": 15, "color": line.color, "line": {"color": PAPER, "width": 1.2}}
    return [curve, star]


def _curve(line: Line, kind: str, panel: Panel, x: np.ndarray, y: np.ndarray) -> dict:
    """A trace; all of one run go on and off together in the legend."""
    name = html.escape(line.name)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "name": name,
        "uid": _uid(line, kind),
        "legendgroup": line.name,
        "showlegend": False,
        "line": {"color": line.color, "width": 1.3 if panel.validation else 1.8},
        "marker": {"color": line.color, "size": 6},
        "hovertemplate": f"{name}<br>{kind} %{{y:{panel.format}}}<br>%{{x}}<extra></extra>",
    }


def _uid(line: Line, kind: str) -> str:
    """What Plotly knows a trace by; it is part of a CSS class there, so a run's name cannot stand in it as it is."""
    return f"{kind.replace(' ', '-')}-{line.name.encode().hex()}"


def _thinned(x: np.ndarray, y: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """What is drawn of a curve, as float32: half of what the browser must be sent."""
    places = thin(y, limit)
    return x[places].astype(np.float32), y[places].astype(np.float32)


def recall(classes: str, epochs: np.ndarray, shares: np.ndarray) -> go.Figure:
    """The share of each class (row) read right at each epoch (column): float (classes, epochs), NaN where not known."""
    kept = np.unique(np.linspace(0, max(0, len(epochs) - 1), min(len(epochs), MAX_EPOCHS)).astype(int))
    table = go.Heatmap(
        z=shares[:, kept].astype(np.float32),
        x=epochs[kept],
        y=[html.escape(char) for char in classes],
        zmin=0,
        zmax=1,
        colorscale=[[place, f"rgb{color}"] for place, color in CONFIDENCE_STOPS],
        colorbar={"tickformat": ".0%", "tickvals": [0, 0.5, 0.8, 1], "thickness": 8, "outlinewidth": 0},
        hovertemplate="%{y}, epoch %{x}: %{z:.1%}<extra></extra>",
        hoverongaps=False,
        xgap=1 if len(kept) <= 60 else 0,
        ygap=1 if len(classes) <= 20 else 0,
    )
    figure = go.Figure(table)
    figure.update_xaxes(title="epoch", title_standoff=4, showgrid=False, tickformat="d", nticks=12)
    return _labelled(figure, len(classes), "Recall of each class")


def confusion(matrix: np.ndarray, classes: str) -> go.Figure:
    """How often each class (row) was read as each class (column): counts (classes, classes), coloured by share of the row.

    The colour is the root of the share, so that a few mistakes among many right answers are seen.
    """
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    cells = square_cells(shares, classes).update(
        customdata=np.dstack([matrix, 100 * shares]).round(1),
        hovertemplate="%{y} read as %{x}: %{customdata[0]:,d} times, %{customdata[1]} %<extra></extra>",
    )
    figure = go.Figure(cells)
    figure.update_xaxes(type="category", title="read as", title_standoff=4, tickmode="linear", showgrid=False)
    figure.update_xaxes(tickfont_size=9 if len(classes) > FEW else 12, tickangle=0)
    return _labelled(figure, len(classes), "Confusion at the best epoch, true by read")


def square_cells(shares: np.ndarray, classes: str) -> go.Heatmap:
    """A cell for each two classes, by the root of its share in [0, 1] (classes, classes) between paper and ink; apart where
    they are few."""
    labels, gap = [html.escape(char) for char in classes], 1 if len(classes) <= FEW else 0
    return go.Heatmap(
        z=np.sqrt(shares).astype(np.float32),
        x=labels,
        y=labels,
        zmin=0,
        zmax=1,
        colorscale=[[0, PAPER], [1, INK]],
        showscale=False,
        xgap=gap,
        ygap=gap,
    )


def _labelled(figure: go.Figure, count: int, title: str) -> go.Figure:
    """A table with a row a class, the first on top."""
    figure.update_yaxes(type="category", autorange="reversed", tickmode="linear", showgrid=False)
    figure.update_yaxes(tickfont_size=9 if count > FEW else 12)
    return figure.update_layout(_frame(title, int(np.clip(9.5 * count + 90, 280, 700))))


def web_page(figures: Sequence[go.Figure], title: str, note: str, *, before: str = "") -> str:
    """Charts as one HTML file that needs nothing else: Plotly's own code is in it (5 MB). `before` is HTML above them."""
    parts = []
    for place, figure in enumerate(figures):
        shown = go.Figure(figure).update_layout(template="plotly_white", paper_bgcolor=PAPER, plot_bgcolor=PAPER)
        shown.update_layout(font={"family": "Georgia, serif", "color": INK})
        parts.append(
            shown.to_html(
                full_html=False,
                include_plotlyjs=place == 0,
                config={"displaylogo": False, "modeBarButtonsToRemove": ["sendChartToCloud"]},
            )
        )
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    style = (
        f"<style>body{{background:{PAPER};color:{INK};font-family:Georgia,serif;max-width:60rem;margin:auto}}</style>"
    )
    heading = f"<h1>{html.escape(title)}</h1><p>{html.escape(note)}</p>{before}"
    return f'<!doctype html><html lang="en"><head>{head}{style}</head><body>{heading}{"".join(parts)}</body></html>'
