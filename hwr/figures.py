"""Plotly figures from plain data: scores, glyphs, where the network looked, boxes over a picture.

Not here: anything of Streamlit, and any reading. Colours of the page itself come from the app's theme; the paper, the
ink and the scale of confidence are defined here once, so that they mean the same everywhere.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from hwr.palette import INK, PAPER, confidence_color
from hwr.results import Glyph

# A figure that does not fill its room stands left and on top.
LEFT = {"constrain": "domain", "constraintoward": "left"}
TOP = {"constrain": "domain", "constraintoward": "top"}
VALUE = "row %{y}, column %{x}: %{z:.2f}<extra></extra>"
FOR, AGAINST = "168, 56, 31", "47, 93, 125"  # rust and blue, over a glyph
MAX_LABELS = 200
MAX_SHOWN_SIDE = 1600
MAX_HEIGHT = 720


def percent(confidence: float) -> str:
    """A confidence for reading: "99.8 %"; only what is certain reads "100 %" or "0 %"."""
    if confidence in (0, 1):
        return f"{confidence * 100:.0f} %"
    if confidence < 0.0005:
        return "<0.1 %"
    return f"{min(confidence, 0.999) * 100:.1f} %"


def bars(scores: Sequence[tuple[str, float]], *, count: int = 5) -> go.Figure:
    """Horizontal bars of the best `count` (character, confidence) pairs, best on top; no scores give empty axes."""
    best = list(scores)[:count]
    figure = go.Figure(
        go.Bar(
            x=[score for _, score in best],
            y=[html.escape(char) for char, _ in best],
            text=[html.escape(percent(score)) for _, score in best],
            marker_color=[confidence_color(score) for _, score in best],
            orientation="h",
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(range=[0, 1.25], visible=False, fixedrange=True)
    figure.update_yaxes(type="category", range=[count - 0.5, -0.5], fixedrange=True, showgrid=False, tickfont_size=18)
    return _plain(figure, height=29 * count + 6).update_layout(bargap=0.35)


def glyph(image: np.ndarray) -> go.Figure:
    """The 28 x 28 uint8 that the network sees, ink on paper, each pixel's value on hover."""
    pixels = go.Heatmap(
        z=image,
        zmin=0,
        zmax=255,
        colorscale=[[0, PAPER], [1, INK]],
        showscale=False,
        hovertemplate="row %{y}, column %{x}: %{z}<extra></extra>",
    )
    return _square(go.Figure(pixels), image.shape)


def saliency(image: np.ndarray, weights: np.ndarray) -> go.Figure:
    """Where the network looked: `weights` (28, 28) in [0, 1] in the accent colour over the glyph (28, 28) uint8."""
    figure = _pale(image)
    _lay(figure, np.round(weights, 3), (0, 1), [f"{FOR}, 0", f"{FOR}, 0.9"], hover=VALUE)
    return figure


def for_and_against(image: np.ndarray, values: np.ndarray) -> go.Figure:
    """What each pixel speaks for (over 0) and against (under 0): `values` (28, 28) of any size over the glyph, uint8."""
    most = max(float(np.abs(values).max()), 1e-12)
    figure = _pale(image)
    _lay(figure, np.round(values / most, 3), (-1, 1), [f"{AGAINST}, 0.9", f"{FOR}, 0", f"{FOR}, 0.9"], hover=VALUE)
    return figure


def changed(before: np.ndarray, added: np.ndarray, erased: np.ndarray) -> go.Figure:
    """A glyph with the ink that is added to it and rubbed out of it, each uint8 (28, 28)."""
    figure = _pale(before)
    for part, color in ((erased, FOR), (added, AGAINST)):
        _lay(figure, part, (0, 255), [f"{color}, 0", f"{color}, 1"])
    return figure


def _lay(
    figure: go.Figure, values: np.ndarray, span: tuple[float, float], colors: Sequence[str], *, hover: str | None = None
) -> None:
    """Values of each pixel as colours ("r, g, b, opacity", for the lowest to the highest) over a glyph."""
    stops = [[place / (len(colors) - 1), f"rgba({color})"] for place, color in enumerate(colors)]
    how = {"hovertemplate": hover} if hover else {"hoverinfo": "skip"}
    figure.add_heatmap(z=values, zmin=span[0], zmax=span[1], colorscale=stops, showscale=False, **how)


def _pale(image: np.ndarray) -> go.Figure:
    """A glyph in grey, to lay colours over."""
    figure = glyph(image)
    figure.data[0].update(colorscale=[[0, PAPER], [1, "#9b968f"]], hoverinfo="skip", hovertemplate=None)
    return figure


def boxes(picture: np.ndarray, glyphs: Sequence[Glyph], *, room: int = 640) -> go.Figure:
    """A uint8 picture (h, w) or (h, w, 3) with a box around each glyph, coloured by its confidence.

    Hovering a box shows the character, its confidence and the alternatives. Up to MAX_LABELS characters stand above
    their boxes; with more, the labels would hide the writing. `room` is the width that the figure will have, in pixels.
    """
    height, width = picture.shape[:2]
    figure = go.Figure(_hover_points(glyphs))
    figure.add_layout_image(
        source=_data_url(picture),
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        xref="x",
        yref="y",
        sizing="stretch",
        layer="below",
    )
    figure.update_layout(shapes=[_rectangle(item) for item in glyphs])
    if len(glyphs) <= MAX_LABELS:
        figure.update_layout(annotations=[_label(item) for item in glyphs])
    figure.update_xaxes(range=[0, width], visible=False, **LEFT)
    figure.update_yaxes(range=[height, 0], visible=False, scaleanchor="x", **TOP)
    return _plain(figure, height=int(np.clip(room * height / width, 60, MAX_HEIGHT))).update_layout(dragmode="pan")


def _hover_points(glyphs: Sequence[Glyph]) -> go.Scatter:
    return go.Scatter(
        x=[(item.box[0] + item.box[2]) / 2 for item in glyphs],
        y=[(item.box[1] + item.box[3]) / 2 for item in glyphs],
        text=[_hover_text(item) for item in glyphs],
        mode="markers",
        marker={"size": 24, "opacity": 0},
        hovertemplate="%{text}<extra></extra>",
    )


def _hover_text(item: Glyph) -> str:
    others = [html.escape(f"{char} {percent(score)}") for char, score in item.alternatives if char != item.char]
    return "<br>".join([f"<b>{html.escape(item.char)}</b> {html.escape(percent(item.confidence))}", *others[:3]])


def _rectangle(item: Glyph) -> dict[str, object]:
    x0, y0, x1, y1 = item.box
    line = {"color": confidence_color(item.confidence), "width": 2}
    return {"type": "rect", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": line}


def _label(item: Glyph) -> dict[str, object]:
    return {
        "x": item.box[0],
        "y": item.box[1],
        "text": html.escape(item.char),
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"color": "#ffffff", "size": 12},
        "bgcolor": confidence_color(item.confidence),
        "borderpad": 1,
    }


def _data_url(picture: np.ndarray) -> str:
    """The picture as a data URL, made smaller when its longer side passes MAX_SHOWN_SIDE."""
    shown = Image.fromarray(picture)
    shown.thumbnail((MAX_SHOWN_SIDE, MAX_SHOWN_SIDE))
    out = io.BytesIO()
    shown.save(out, format="JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def _square(figure: go.Figure, shape: tuple[int, ...]) -> go.Figure:
    rows, columns = shape
    figure.update_xaxes(range=[-0.5, columns - 0.5], visible=False, fixedrange=True, **LEFT)
    figure.update_yaxes(range=[rows - 0.5, -0.5], visible=False, fixedrange=True, scaleanchor="x", **TOP)
    return _plain(figure, height=184)


def _plain(figure: go.Figure, *, height: int) -> go.Figure:
    """No margins, no legend; `uirevision` keeps a person's zoom when the data change."""
    return figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, uirevision="keep", bargap=0.3
    )
