"""A flat map of the pictures, by what a network makes of them: like lies by like (map.js)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from hwr import checkpoint
from hwr.config import FRAMINGS
from hwr.curve_figures import COLORS
from hwr.kept import Finding
from hwr.palette import INK, PAPER
from hwr.survey import Subject, Work
from ui.answers import plain
from ui.surveying.pictures import choose_part
from ui.surveying.working import finding
from ui.tiles import block

LAYOUTS = {"t-SNE": "tsne", "Two main axes (PCA)": "pca"}
BEST = "characters"
WHAT = (
    "Up to 2,500 pictures are laid out by what a network makes of them before its last layer, so that like lies by like. "
    "This takes about a minute, and is kept."
)
_map = st.components.v2.component("hwr_map", js=Path(__file__).with_name("map.js").read_text(encoding="utf-8"))


@st.fragment
def show(subject: Subject) -> None:
    """The choice of a part and of weights, and the map."""
    known = [item["name"] for item in checkpoint.list_weights() if item["framing"] in FRAMINGS]
    if not known:
        st.caption("There are no weights yet whose features could be laid out: train some first.")
        return
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        part = choose_part("data_map_part")
    with right:
        weights = st.selectbox(
            "By the features of",
            known,
            index=known.index(BEST) if BEST in known else 0,
            key="data_map_weights",
            help="The network whose view of the pictures is laid out; it need not have learned them.",
        )
    found = finding(Work("map", subject, part, weights), "Lay out a map")
    if found is None:
        st.caption(WHAT)
        return
    layout = st.segmented_control(
        "Laid out by", LAYOUTS, default="t-SNE", required=True, key="data_map_layout", label_visibility="collapsed"
    )
    data = subject.part(part).take(found.arrays["places"])
    _map(key=f"data_map_{part}_{weights}", data=packed(found, data.images, LAYOUTS[layout]))
    wrong = _wrong(found)
    st.caption(
        f"{len(data):,} of {found.figures['pictures']:,} pictures, coloured by label. Point at one to see it; the wheel "
        "zooms, a drag moves, a press on a class shows it alone. "
        f"{plain(weights)} reads {wrong:,} of them otherwise than they are labelled: they have a ring."
    )


def packed(found: Finding, images: np.ndarray, layout: str) -> bytes:
    """What the browser is sent: see `block`; the arrays are the places, float32, and the pixels."""
    arrays, figures = found.arrays, found.figures
    labels = arrays["labels"]
    used = np.unique(labels).tolist()
    head = {
        "count": len(labels),
        "classes": [figures["classes"][place] for place in used],
        "colors": [COLORS[number % len(COLORS)] for number in range(len(used))],
        "labels": np.searchsorted(used, labels).tolist(),
        "answers": [figures["known"][answer] for answer in arrays["answers"]],
        "sure": np.round(arrays["sure"], 3).tolist(),
        "wrong": np.flatnonzero(_differs(found)).tolist(),
        "places": arrays["places"].tolist(),
        "ink": INK,
        "paper": PAPER,
    }
    return block(head, arrays[layout].astype("<f4"), images)


def _differs(found: Finding) -> np.ndarray:
    """Which pictures are read as another character than their label, whatever its case; bool (n,)."""
    figures, arrays = found.figures, found.arrays
    known = [figures["classes"][label].lower() for label in arrays["labels"]]
    read = [figures["known"][answer].lower() for answer in arrays["answers"]]
    return np.array([one != other for one, other in zip(known, read, strict=True)], dtype=bool)


def _wrong(found: Finding) -> int:
    return int(_differs(found).sum())
