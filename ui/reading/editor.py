"""The boxes over a scan, to be corrected in the browser (boxes.js); the scan itself goes there once (picture.js).

A component of our own: streamlit-drawable-canvas's labelled rectangles show their tools on hover alone, know no zoom, no
number of a box and no second guess, and draw a box wherever one meant to move one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from hwr.palette import CORRECTED, confidence_color, glyph_color
from hwr.results import Glyph
from ui.reading.desk import Scan
from ui.reading.pictures import fitted, picture_id

DOUBT = 0.8  # a character less sure than this is doubtful


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_picture = st.components.v2.component("hwr_picture", js=_file("picture.js"))
_boxes = st.components.v2.component(
    "hwr_boxes", js="\n".join(_file(name) for name in ("drawing.js", "hands.js", "boxes.js")), css=_file("boxes.css")
)
_copy = st.components.v2.component("hwr_copy", js=_file("copy.js"), css=_file("boxes.css"))


def copy(text: str, key: str) -> None:
    """A button that copies a text."""
    _copy(key=key, data=text, width="content")


def picture(scan: Scan) -> None:
    """Brings the scan to the browser; stands outside of what comes again at each edit. Raises HwrError as `fitted`."""
    _picture(key=f"read_picture_{scan.number}", data=picture_id(scan).encode() + fitted(scan), height=1)


def told(scan: Scan) -> dict[str, Any]:
    """What the browser has told of a scan's boxes: "edits", for changes.hear, and "picked", the number of one box."""
    said = st.session_state.get(_key(scan))
    return said if isinstance(said, dict) else {}


def editor(scan: Scan, *, tell: bool) -> None:
    """The boxes of a page; with `tell` the browser says at each click which one was picked."""
    if scan.history is None:
        return
    page = scan.history.page
    data = {
        "scan": str(scan.number),
        "name": scan.name,
        "picture": picture_id(scan),
        "width": page.width,
        "height": page.height,
        "boxes": [_row(glyph) for glyph in page.glyphs],
        "text": page.text,
        "free": scan.history.free,
        "applied": scan.applied,
        "undo": scan.history.can_undo,
        "redo": scan.history.can_redo,
        "doubt": DOUBT,
        "corrected": CORRECTED,
        "pending": confidence_color(0),
        "tell": tell,
    }
    _boxes(
        key=_key(scan),
        data=data,
        default={"edits": None, "picked": None},
        on_edits_change=_nothing,
        on_picked_change=_nothing,
    )


def _key(scan: Scan) -> str:
    return f"read_boxes_{scan.number}"


def _row(glyph: Glyph) -> list[Any]:
    color = glyph_color(glyph.confidence, glyph.corrected)
    others = [[char, round(chance, 4)] for char, chance in glyph.alternatives]
    return [glyph.number, list(glyph.box), glyph.char, color, round(glyph.confidence, 4), glyph.corrected, others]


def _nothing() -> None:
    return None
