"""Near duplicates between train and test: pairs of a test picture and the training picture most like it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hwr import survey_figures
from hwr.kept import Finding
from hwr.survey import Subject, Work
from hwr.survey.duplicates import BINS
from ui.answers import CHART
from ui.surveying.pictures import choose_class, paged
from ui.surveying.working import finding
from ui.tiles import tiles

PAGE = 40
KINDS = ("All", "Of two labels", "The same, pixel by pixel")
WHAT = (
    "Every test picture is compared with every training picture. A figure on a test part that was learned, or nearly, is "
    "too good; equal pictures are left out of every training here."
)


@st.fragment
def show(subject: Subject) -> None:
    """The pairs, the most alike first."""
    found = finding(Work("duplicates", subject), "Find near duplicates")
    if found is None:
        st.caption(WHAT)
        return
    figures = found.figures
    same = figures["same"]
    st.markdown(
        f"**{same:,}** of {figures['test']:,} test pictures are in the training part too, pixel by pixel. The "
        f"{len(found.arrays['test']):,} pairs most alike stand here, 200 of each class."
    )
    pairs(subject, found)
    chart = survey_figures.likeness(figures["histogram"], BINS)
    st.plotly_chart(chart, key="data_likeness", config=CHART, alt="How like its nearest each test picture is")
    st.caption("Likeness is the cosine of the two pictures' pixels, slightly blurred: 1 is the same shape and shade.")


def pairs(subject: Subject, found: Finding) -> None:
    """A tile a pair: left of the test part, right of the training part."""
    kind = st.segmented_control(
        "Which", KINDS, default=KINDS[0], required=True, key="data_pairs_kind", label_visibility="collapsed"
    )
    char = choose_class(subject.part("test"), "data_pairs_class")
    arrays, classes = found.arrays, found.figures["classes"]
    test, train = (subject.part(part).take(arrays[part]) for part in ("test", "train"))
    chosen = {
        KINDS[0]: np.arange(len(arrays["test"])),
        KINDS[1]: np.flatnonzero(test.labels != train.labels),
        KINDS[2]: np.flatnonzero(arrays["same"]),
    }[kind]
    chosen = chosen[test.labels[chosen] == classes.index(char)] if char else chosen
    if not len(chosen):
        st.caption("There is no such pair.")
        return
    rows = chosen[paged(len(chosen), f"data_pairs_page_{kind}_{char}", PAGE)]
    words = [f"{classes[test.labels[row]]} | {classes[train.labels[row]]} · {arrays['alike'][row]:.3f}" for row in rows]
    pictures = np.stack([test.images[rows], train.images[rows]], 1)
    tiles(pictures, words, "data_pairs", size=72, about="Pairs of a test and a training picture")
    st.caption("Left of the test part, right of the training part; under each their labels and how alike they are.")
