"""Plotly figures of a comparison: a confusion matrix whose cells can be clicked, calibration, accuracy against time."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from hwr.compare.table import Row
from hwr.curve_figures import COLORS, FEW, square_cells

ACCENT = COLORS[1]
GREY = "#8d8477"  # seen on paper and on dark
MARGIN = {"l": 58, "r": 16, "t": 8, "b": 48}
LEAST = 10  # pictures in a bin of the calibration curve


def confusion(row: Row, *, percent: bool = False) -> go.Figure:
    """How often each class was read as each class: counts, or per cent of the class; the darker, the more.

    Over the cells lie points that cannot be seen: Plotly selects points by a click, and not cells. Each has (true, read) in
    its customdata; the chosen one is coloured.
    """
    matrix, count = row.confusion, len(row.classes)
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    few = count <= FEW
    cells = square_cells(shares if percent else matrix / max(1, matrix.max()), row.classes).update(hoverinfo="skip")
    if few:
        cells.update(text=_numbers(matrix, shares, percent=percent), texttemplate="%{text}")
    figure = go.Figure([cells, _points(matrix, shares, row.classes)])
    size = 12 if few else 8
    figure.update_xaxes(type="category", title="read as", title_standoff=10, tickmode="linear", showgrid=False)
    figure.update_xaxes(tickfont_size=size, tickangle=0, range=[-0.5, count - 0.5])
    figure.update_yaxes(type="category", title="true", title_standoff=2, tickmode="linear", showgrid=False)
    figure.update_yaxes(tickfont_size=size, range=[count - 0.5, -0.5])
    height = int(np.clip(9.5 * count + 90, 440, 700))
    figure.update_layout(height=height, margin=MARGIN | {"l": 44, "b": 60}, showlegend=False, uirevision="keep")
    return figure.update_layout(hovermode="closest", hoverdistance=60, clickmode="event+select", dragmode=False)


def _numbers(matrix: np.ndarray, shares: np.ndarray, *, percent: bool) -> list[list[str]]:
    """What stands in each cell; nothing where nothing was read so."""
    shown = (
        [[f"{100 * share:.1f}" for share in line] for line in shares]
        if percent
        else [[f"{count:,}" for count in line] for line in matrix]
    )
    return [
        [text if count else "" for text, count in zip(*line, strict=True)] for line in zip(shown, matrix, strict=True)
    ]


def _points(matrix: np.ndarray, shares: np.ndarray, classes: str) -> go.Scatter:
    size = len(classes)
    true, read = np.divmod(np.arange(size * size), size)
    labels = [html.escape(char) for char in classes]
    return go.Scatter(
        x=[labels[place] for place in read],
        y=[labels[place] for place in true],
        customdata=[
            [classes[t], classes[r], int(matrix[t, r]), round(100 * float(shares[t, r]), 2)]
            for t, r in zip(true, read, strict=True)
        ],
        mode="markers",
        marker={"size": max(8.0, 360 / size), "symbol": "square", "color": ACCENT, "opacity": 0},
        selected={"marker": {"opacity": 0.45, "color": ACCENT}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{y} read as %{x}: %{customdata[2]:,d} times, %{customdata[3]} %<extra></extra>",
    )


def calibration(rows: Sequence[Row]) -> go.Figure:
    """Accuracy against mean confidence in bins of confidence, a curve a model; the dotted line is perfect calibration.

    Bins of fewer than LEAST pictures, which would say nothing, are left out where there are others.
    """
    figure = go.Figure(
        go.Scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dot", "width": 1.5}, hoverinfo="skip"
        )
    )
    figure.data[0].update(showlegend=False)
    for place, row in enumerate(rows):
        bins = row.calibration()
        count, confidence, accuracy = zip(*([one for one in bins if one[0] >= LEAST] or bins), strict=True)
        figure.add_scatter(
            x=confidence,
            y=accuracy,
            customdata=count,
            name=html.escape(row.name),
            mode="lines+markers",
            cliponaxis=False,
            line={"color": _color(place), "width": 2},
            marker={"size": 5 + 9 * np.sqrt(np.array(count) / max(count))},
            hovertemplate=f"{html.escape(row.name)}<br>confidence %{{x:.1%}}<br>right %{{y:.1%}} of %{{customdata:,d}}"
            "<extra></extra>",
        )
    figure.update_xaxes(title="mean confidence", title_standoff=4, tickformat=".0%", range=[-0.02, 1.02])
    figure.update_yaxes(title="accuracy", title_standoff=4, tickformat=".0%", range=[-0.02, 1.02])
    return _framed(figure, len(rows))


def tradeoff(rows: Sequence[Row]) -> go.Figure:
    """Accuracy with its 95 % interval against the time for one character, a point a model as large as its file."""
    figure, largest = go.Figure(), max(row.figures["bytes"] for row in rows)
    for place, row in enumerate(rows):
        figures, name = row.figures, html.escape(row.name)
        low, high = figures["interval"]
        figure.add_scatter(
            x=[figures["glyph_ms"]],
            y=[figures["accuracy"]],
            error_y={
                "array": [high - figures["accuracy"]],
                "arrayminus": [figures["accuracy"] - low],
                "thickness": 1.5,
                "width": 5,
            },
            name=name,
            mode="markers",
            marker={"color": _color(place), "size": 8 + 16 * (figures["bytes"] / largest) ** 0.5, "opacity": 0.9},
            hovertemplate=f"{name}<br>%{{y:.2%}} ({low:.2%} to {high:.2%})<br>%{{x:.2f}} ms a character"
            f"<br>{figures['bytes'] / 1e6:.1f} MB<extra></extra>",
        )
    figure.update_xaxes(title="ms for one character", title_standoff=4, rangemode="tozero")
    figure.update_yaxes(title="accuracy", title_standoff=4, tickformat=".2~%")
    return _framed(figure, len(rows))


def _color(place: int) -> str:
    return COLORS[place % len(COLORS)]


def _framed(figure: go.Figure, rows: int) -> go.Figure:
    legend = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"}
    height = 380 + 24 * (rows // 4)
    return figure.update_layout(height=height, margin=MARGIN | {"b": 80}, legend=legend, uirevision="keep")
