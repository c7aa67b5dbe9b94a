"""How much ink the pictures have and how wide their strokes are: over all, and by class."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hwr import survey_figures
from hwr.kept import Finding
from hwr.survey import PARTS, Subject, Work
from hwr.survey.summary import BINS, WIDEST
from ui.answers import CHART
from ui.surveying.pictures import NAMES
from ui.surveying.working import finding
from ui.tiles import tiles

MEASURES = {"stroke": "Stroke width, pixels", "ink": "Share of the picture that is ink, per cent"}
SHOWN = 12


@st.fragment
def show(subject: Subject) -> None:
    """Histograms of both parts, the extremes as pictures, and a row a class."""
    found = finding(Work("show", subject))
    if found is None:
        return
    for column, (name, title) in zip(st.columns(2, gap="medium"), MEASURES.items(), strict=True):
        values = {NAMES[part]: scaled(found, part, name) for part in PARTS if found.figures["sizes"][part]}
        high = WIDEST if name == "stroke" else max(float(each.max()) for each in values.values())
        figure = survey_figures.histogram(values, title, np.linspace(0, max(high, 1e-3), BINS + 1))
        column.plotly_chart(figure, key=f"data_{name}", config=CHART, alt=f"{title}: how many pictures")
        middle = ", ".join(f"{np.median(each):.1f} {part.lower()}" for part, each in values.items())
        column.caption(f"Half of the pictures lie below {middle}.")
    extremes(subject, found)
    rows(subject, found)


def scaled(found: Finding, part: str, name: str) -> np.ndarray:
    """A measure of each picture of a part as it is shown."""
    values = found.arrays[f"{part} {name}"]
    return 100 * values if name == "ink" else values


def extremes(subject: Subject, found: Finding) -> None:
    """The thinnest and the widest strokes of the training part."""
    data = subject.part("train")
    width = found.arrays["train stroke"]
    order = np.argsort(width, kind="stable")
    order = order[width[order] > 0]
    for title, places in {"Thinnest strokes": order[:SHOWN], "Widest strokes": order[::-1][:SHOWN]}.items():
        st.markdown(f"**{title}**")
        words = [f"{data.classes[data.labels[place]]} · {width[place]:.1f}" for place in places]
        tiles(data.images[places], words, f"data_{title.split()[0].lower()}", about=title)


def rows(subject: Subject, found: Finding) -> None:
    """The means of each class."""
    classes = found.figures["classes"]
    shown: list[dict[str, object]] = [{"Class": char} for char in classes]
    for part in PARTS:
        labels, counts = subject.part(part).labels, found.arrays[f"{part} counts"]
        for name, title in (("stroke", "width"), ("ink", "ink")):
            sums = np.bincount(labels, scaled(found, part, name), len(classes))
            for row, total, count in zip(shown, sums, counts, strict=True):
                row[f"{NAMES[part]}, {title}"] = float(total / count) if count else None
    config = {
        name: st.column_config.NumberColumn(format="%.2f px" if name.endswith("width") else "%.1f %%")
        for name in shown[0]
        if name != "Class"
    }
    st.dataframe(
        shown, column_config=config, hide_index=True, key="data_ink_table", alt="Ink and strokes of each class"
    )
    st.caption("A stroke's width is twice its area over the length of its edge (total variation of the grey).")
