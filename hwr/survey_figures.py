"""Plotly figures of a dataset: how many pictures of each class, how a measure is spread. They stand on the page's ground."""

from __future__ import annotations

import html

import numpy as np
import plotly.graph_objects as go

from hwr.curve_figures import COLORS

HEIGHT = 280


def counts(classes: str, numbers: dict[str, np.ndarray]) -> go.Figure:
    """Bars of how many pictures (classes,) each class has, one colour a part."""
    figure = go.Figure()
    names = [html.escape(char) for char in classes]
    for color, (part, array) in zip(COLORS, numbers.items(), strict=False):
        figure.add_bar(
            x=names,
            y=array,
            name=part,
            marker_color=color,
            hovertemplate=f"%{{x}}: %{{y:,}} {part.lower()}<extra></extra>",
        )
    figure.update_xaxes(type="category", fixedrange=True, tickmode="linear" if len(classes) <= 62 else "auto")
    figure.update_yaxes(title="pictures", fixedrange=True)
    return _bare(figure).update_layout(bargap=0.25, barmode="group")


def histogram(values: dict[str, np.ndarray], title: str, edges: np.ndarray) -> go.Figure:
    """How a measure (n,) is spread in each part, as shares, over bins with these edges; larger ones stand in the last."""
    figure = go.Figure()
    middles = (edges[:-1] + edges[1:]) / 2
    for color, (part, array) in zip(COLORS, values.items(), strict=False):
        share = np.histogram(np.clip(array, edges[0], edges[-1]), edges)[0] / max(1, len(array))
        figure.add_scatter(
            x=middles,
            y=100 * share,
            name=part,
            mode="lines",
            fill="tozeroy",
            line={"color": color, "width": 1.5, "shape": "hvh"},
            hovertemplate=f"%{{x:.2f}}: %{{y:.1f}} % {part.lower()}<extra></extra>",
        )
    figure.update_xaxes(title=title, fixedrange=True)
    figure.update_yaxes(title="% of the pictures", fixedrange=True, rangemode="tozero")
    return _bare(figure)


def likeness(numbers: list[int], edges: np.ndarray) -> go.Figure:
    """How like its nearest training picture each test picture is: counts over bins with these edges."""
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=numbers,
            marker_color=COLORS[0],
            hovertemplate="%{x:.3f}: %{y:,} test pictures<extra></extra>",
        )
    )
    figure.update_xaxes(title="likeness to the nearest training picture", fixedrange=True)
    figure.update_yaxes(title="test pictures", fixedrange=True)
    return _bare(figure).update_layout(bargap=0.05)


def _bare(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
