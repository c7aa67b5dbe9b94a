"""The frame of a page: its configuration, the navigation, the column that it is drawn in."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from hwr import drawing, readonly
from ui.sheet import sheet

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


@dataclass(frozen=True)
class Entry:
    """A page in the navigation: its file, title and icon, what a visitor does there, and a line on what it shows."""

    file: str
    title: str
    icon: str
    invitation: str = ""
    line: str = ""


PAGES = {
    "home": Entry("app.py", "Home", ":material/home:"),
    "draw": Entry(
        "pages/draw.py",
        "Draw",
        ":material/draw:",
        "Draw on a large sheet",
        "One character or several, and what the network sees of them.",
    ),
    "read": Entry(
        "pages/read.py",
        "Read",
        ":material/document_scanner:",
        "Read a picture",
        "Photos, scans or the camera to text, with a box for each character.",
    ),
    "webcam": Entry(
        "pages/webcam.py",
        "Webcam",
        ":material/videocam:",
        "Read with the camera",
        "Handwriting before the camera, read as it moves.",
    ),
    "train": Entry(
        "pages/train.py",
        "Train",
        ":material/model_training:",
        "Train a network",
        "On public data or on your own hand; watch it learn, then read with it.",
    ),
    "compare": Entry(
        "pages/compare.py",
        "Compare",
        ":material/compare_arrows:",
        "Compare models",
        "Accuracy, mistakes, size and speed, side by side on the same pictures.",
    ),
    "data": Entry(
        "pages/data.py",
        "Data",
        ":material/dataset:",
        "Look at the data",
        "Samples, ink, likely label errors, near duplicates, a map; and your own.",
    ),
}
DEMO = "A public demo: read, draw and compare as you like. Nothing is kept here; training and corrections are switched off."
WIDTH = 1120


def page(name: str) -> DeltaGenerator:
    """Every page's first line: configures it, draws the navigation, gives the column that the page is drawn in."""
    entry = PAGES[name]
    # An icon of our own ink: a Material icon would be fetched from its maker's server.
    st.set_page_config(page_title=f"{entry.title} · Handwriting", page_icon=favicon(), layout="wide")
    if st.session_state.get("page") != name:
        st.session_state.page = name
        sheet(name).restart(sheet(name).drawing)  # the browser has dropped the canvas of the last visit
    column = st.container(horizontal_alignment="center").container(width=WIDTH)
    with column.container(horizontal=True, gap="small"):
        for other in PAGES.values():
            st.page_link(other.file, label=other.title, icon=other.icon)
    if name != "home":
        column.header(entry.title, anchor=False)
    if readonly.active():
        column.caption(f":material/visibility: {DEMO}")
    return column


@st.cache_data(max_entries=1)
def favicon() -> Image.Image:
    """A handwritten "a", dark on white."""
    return Image.open(io.BytesIO(drawing.page_png("a", width=64, height=64, pen=9)))
