"""How many pictures each class has in both parts, and what its pictures are on average and where they differ."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hwr import survey_figures
from hwr.kept import Finding
from hwr.survey import PARTS, Subject, Work
from ui.answers import CHART, plain
from ui.surveying.pictures import NAMES, choose_part
from ui.surveying.working import finding
from ui.tiles import tiles


@st.fragment
def show(subject: Subject) -> None:
    """Counts as bars and as a table; the mean and the spread of each class."""
    parts = {part: subject.part(part) for part in PARTS}
    classes = parts["train"].classes
    counts = {NAMES[part]: np.bincount(data.labels, minlength=len(classes)) for part, data in parts.items()}
    st.plotly_chart(
        survey_figures.counts(classes, counts), key="data_counts", config=CHART, alt="How many pictures each class has"
    )
    found = finding(Work("show", subject))
    if found is not None:
        means(found)
    table(classes, counts)


def means(found: Finding) -> None:
    """The mean of each class beside its spread."""
    st.subheader("Mean and spread", anchor=False)
    part = choose_part("data_classes_part")
    mean, spread = found.arrays[f"{part} mean"], found.arrays[f"{part} spread"]
    there = np.flatnonzero(found.arrays[f"{part} counts"])
    pictures = np.stack([mean[there], spread[there] * (255 / max(float(spread.max()), 1e-9))], 1)
    tiles(
        np.clip(np.round(pictures), 0, 255).astype(np.uint8),
        [found.figures["classes"][place] for place in there],
        "data_means",
        about="The mean and the spread of each class",
    )
    st.caption(
        "Left the mean of a class; right how far its pictures differ from it, the standard deviation of each pixel: pale "
        f"where all agree, dark up to {spread.max():.0f} of 255 grey levels."
    )


def table(classes: str, counts: dict[str, np.ndarray]) -> None:
    """The counts as a table, folded away."""
    with st.expander("As a table", icon=":material/table_rows:"):
        totals = {name: max(1, int(array.sum())) for name, array in counts.items()}
        rows = [
            {"Class": char}
            | {name: int(array[place]) for name, array in counts.items()}
            | {f"{name}, share": 100 * array[place] / totals[name] for name, array in counts.items()}
            for place, char in enumerate(classes)
        ]
        config = {name: st.column_config.NumberColumn(format="localized") for name in counts}
        config |= {f"{name}, share": st.column_config.NumberColumn(format="%.2f %%") for name in counts}
        st.dataframe(rows, column_config=config, hide_index=True, key="data_counts_table", alt="Pictures of each class")
        few = [char for place, char in enumerate(classes) if not counts[NAMES["train"]][place]]
        if few:
            st.caption(f"Without a picture to train on: {plain(''.join(few))}.")
