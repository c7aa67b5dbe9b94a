"""Plotly figures of a study from plain rows: how the search went, which settings go with a low loss, what mattered."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from hwr.config import Span
from hwr.palette import confidence_color
from hwr.tune.space import METRIC, setting_texts

Row = dict[str, Any]
GOOD, BAD = confidence_color(1.0), confidence_color(0.0)
SCALE = [[0, GOOD], [0.5, confidence_color(0.8)], [1, BAD]]  # the least loss is as green as what is sure
FEW = 2  # lines between which one can compare


def history(rows: list[Row]) -> go.Figure:
    """Each trial's loss in the order of the trials, and the least so far; pruned ones stand where they were left."""
    done = [row for row in rows if row["state"] == "finished"]
    left = [row for row in rows if row["state"] == "pruned" and row["loss"] is not None]
    figure = go.Figure()
    best = [min(row["loss"] for row in done[: place + 1]) for place in range(len(done))]
    line = {"shape": "hv", "color": GOOD, "width": 2}
    figure.add_scatter(x=_numbers(done), y=best, mode="lines", line=line, name="least so far", hoverinfo="skip")
    for name, some, marker in (
        ("pruned", left, {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": BAD}}),
        ("finished", done, {"size": 9, "color": GOOD}),
    ):
        figure.add_scatter(
            x=_numbers(some),
            y=[row["loss"] for row in some],
            text=[_about(row) for row in some],
            mode="markers",
            marker=marker,
            name=name,
            hovertemplate="%{text}<extra></extra>",
        )
    losses = [row["loss"] for row in done + left]
    wide = bool(losses) and min(losses) > 0 and max(losses) > 20 * min(losses)
    figure.update_yaxes(title=METRIC, type="log" if wide else "linear")
    last = max(_numbers(done + left), default=1)
    figure.update_xaxes(title="trial", tickformat="d", dtick=1 if last <= 20 else None, range=[0.5, last + 0.5])
    return _framed(figure, 300).update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})


def parallel(rows: list[Row], space: dict[str, Span]) -> go.Figure | None:
    """A line for each finished trial through the values of its settings to its loss; None with too few of them.

    Colour goes by rank, so that one trial that went wrong does not make all others look alike.
    """
    done = sorted((row for row in rows if row["state"] == "finished"), key=lambda row: -row["loss"])  # the best on top
    if len(done) < FEW:
        return None
    axes = [_axis(name, span, [row["settings"].get(name) for row in done]) for name, span in space.items()]
    axes.append({"label": METRIC, "values": [row["loss"] for row in done], "tickformat": ".3~g"})
    ranks = list(range(len(done)))[::-1]
    line = {"color": ranks, "colorscale": SCALE, "cmin": 0, "cmax": ranks[0]}
    figure = go.Figure(go.Parcoords(dimensions=axes, line=line, labelangle=-20, rangefont_size=1))
    figure.update_traces(unselected_line_opacity=0.08, rangefont_color="rgba(0,0,0,0)")
    return figure.update_layout(height=340, margin={"l": 56, "r": 40, "t": 64, "b": 16}, uirevision="keep")


def _axis(name: str, span: Span, values: list[Any]) -> dict[str, Any]:
    """An axis of `parallel`: names stand at whole numbers, what is searched by its logarithm stands so."""
    label = name.replace("_", " ")
    if span.choices:
        places = [span.choices.index(value) for value in values]
        ticks = {"tickvals": list(range(len(span.choices))), "ticktext": [str(choice) for choice in span.choices]}
        return {"label": label, "values": places, "range": [-0.2, len(span.choices) - 0.8], **ticks}
    if not span.log:
        return {"label": label, "values": values, "range": [span.low, span.high], "tickformat": ".3~g"}
    low, high = math.log10(span.low), math.log10(span.high)
    inner = [float(place) for place in range(math.ceil(low), math.floor(high) + 1)]
    marks = [low, *(place for place in inner if low + 0.15 < place < high - 0.15), high]
    texts = [f"{10**place:.2g}" for place in marks]
    logs = [math.log10(value) for value in values]
    return {"label": label, "values": logs, "range": [low, high], "tickvals": marks, "ticktext": texts}


def importance(shares: dict[str, float]) -> go.Figure:
    """Bars of how much each setting explains of the loss's spread, the most on top."""
    names = sorted(shares, key=lambda name: shares[name])
    bars = go.Bar(
        x=[shares[name] for name in names],
        y=[name.replace("_", " ") for name in names],
        text=[f"{shares[name]:.0%}" for name in names],
        orientation="h",
        textposition="outside",
        cliponaxis=False,
        marker_color=GOOD,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.update_xaxes(visible=False, range=[0, 1.15 * max(shares.values(), default=1)], fixedrange=True)
    figure.update_yaxes(fixedrange=True, showgrid=False)
    return _framed(figure, 40 + 34 * len(names)).update_layout(showlegend=False, bargap=0.35)


def _numbers(rows: list[Row]) -> list[int]:
    return [row["trial"] for row in rows]


def _about(row: Row) -> str:
    return "<br>".join([f"<b>trial {row['trial']}</b> {METRIC} {row['loss']:.4f}", *setting_texts(row["settings"])])


def _framed(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0}, uirevision="keep")
