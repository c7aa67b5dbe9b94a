"""The sheet to draw on: the canvas, its tools, and its companion in the browser (canvas.js)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from hwr import drawing, figures

PHONE = 320
# Tells how wide a canvas can be and hurries it; see the file.
_companion = st.components.v2.component(
    "hwr_canvas", html="<div></div>", js=Path(__file__).with_name("canvas.js").read_text(encoding="utf-8")
)


def sheet(prefix: str) -> drawing.Sheet:
    """This session's sheet of a page; its ink outlives a visit to another page."""
    return st.session_state.setdefault(f"{prefix}_sheet", drawing.Sheet(room=PHONE))


@dataclass(frozen=True)
class Pad:
    """The size of a canvas in pixels and the diameter of its pen."""

    width: int
    height: int
    pen: int

    def sample(self, text: str) -> dict[str, Any]:
        """Our own handwriting that fills the pad."""
        side = min(self.width, self.height)
        margin = side * 0.14
        box = (margin, margin, self.width - margin, self.height - margin)
        return drawing.to_drawing(drawing.write(text, box=box, pen=self.pen))


def canvas(prefix: str, pad: Pad) -> dict[str, Any]:
    """The sheet to draw on; gives the drawing as it is now, also kept in `sheet(prefix)`.

    On the run after a stroke, undo or clear it is already the new one.
    """
    from streamlit_drawable_canvas import st_canvas

    now = sheet(prefix)
    result = st_canvas(
        stroke_width=pad.pen,
        stroke_color=drawing.INK_COLOR,
        background_color=figures.PAPER,
        width=pad.width,
        height=pad.height,
        initial_drawing=now.start,
        key=f"{prefix}_canvas",
    )
    now.hear(result.json_data or {"objects": []})
    return now.drawing


def canvas_width(prefix: str, most: int) -> int:
    """How wide a canvas can be here, at most `most` pixels; a phone's width until the browser has told `measure`."""
    now = sheet(prefix)
    now.room = st.session_state.get(f"{prefix}_room", {}).get("width") or now.room
    return int(min(now.room, most))


def measure(prefix: str) -> None:
    """Invisible, under the canvas: tells `canvas_width` the room there is, and hurries the canvas (see canvas.js)."""
    _companion(key=f"{prefix}_room", default={"width": None}, on_width_change=_nothing, height=1)


def _nothing() -> None:
    return None


def tools(prefix: str, pad: Pad, sample: str) -> None:
    """Undo, clear and a sample, in one row."""
    now = sheet(prefix)
    blank = drawing.is_blank(now.drawing)

    def button(label: str, icon: str, act: Callable[[], None], disabled: bool = False) -> None:
        st.button(label, icon=f":material/{icon}:", key=f"{prefix}_{icon}", on_click=act, disabled=disabled)

    button("Undo", "undo", lambda: now.restart(drawing.without_last(now.drawing)), blank)
    button("Clear", "delete", lambda: now.restart({"objects": []}), blank)
    button("Sample", "gesture", lambda: now.restart(pad.sample(sample)))
