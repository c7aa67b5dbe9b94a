"""Likely label errors: what is labelled as one thing and looks like another, the likeliest first."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hwr.figures import percent
from hwr.kept import Finding
from hwr.survey import Subject, Work
from hwr.survey.report import sheet_of
from ui.answers import plain, share
from ui.surveying.pictures import choose_part, paged
from ui.surveying.working import finding
from ui.tiles import tiles

PAGE = 60
SHEET = 50  # pictures on the sheet to download
WHAT = (
    "Small networks learn the pictures in five parts, each without a fifth, and judge that fifth: a label that they find "
    "unlikely often is wrong, or the picture is doubtful. This takes minutes, and is kept."
)


@st.fragment
def show(subject: Subject) -> None:
    """The pictures in doubt, which a person then looks at."""
    part = choose_part("data_errors_part")
    work = Work("errors", subject, part)
    found = finding(work, "Find label errors")
    if found is None:
        st.caption(WHAT)
        return
    figures, classes = found.figures, found.figures["classes"]
    st.markdown(
        f"Of {figures['pictures']:,} labels **{figures['issues']:,}** are likely wrong, and {figures['doubts']:,} in doubt. "
        "The likeliest errors come first."
    )
    if not figures["doubts"]:
        return
    chosen = narrowed(found)
    page = paged(len(chosen), f"data_errors_page_{part}_{len(chosen)}", PAGE)
    rows = chosen[page]
    arrays = found.arrays
    data = subject.part(part).take(arrays["places"][rows])
    words = [
        f"{classes[label]} → {classes[guess]}? {percent(float(sure))}"
        for label, guess, sure in zip(data.labels, arrays["guesses"][rows], arrays["guessed"][rows], strict=True)
    ]
    tiles(data.images, words, "data_errors", size=84, about="Pictures whose label is in doubt")
    st.caption(
        "Under each: its label, what it looks like rather, and how sure of that networks are which had not learned it. "
        f"They read {share(figures['accuracy'])} of the pictures as these are labelled."
    )
    downloads(work, found)


def narrowed(found: Finding) -> np.ndarray:
    """The rows of the pictures in doubt that are shown: all, or those of one label and guess."""
    classes, arrays = found.figures["classes"], found.arrays
    codes = arrays["labels"] * len(classes) + arrays["guesses"]
    pairs, counts = np.unique(codes, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:12]
    names = {f"{classes[pairs[n] // len(classes)]} → {classes[pairs[n] % len(classes)]}": n for n in order}
    chosen = st.pills(
        "Label and guess",
        list(names),
        format_func=lambda name: f"{plain(name)} · {counts[names[name]]:,}",
        key=f"data_errors_pair_{len(codes)}",
        label_visibility="collapsed",
        wrap=True,
    )
    return np.flatnonzero(codes == pairs[names[chosen]]) if chosen else np.arange(len(codes))


def downloads(work: Work, found: Finding) -> None:
    """The list as CSV, and the first of it as a picture."""
    stem = f"label-errors-{work.subject.name}-{work.part}".replace(":", "-").replace("/", "-")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "CSV",
            lambda: to_csv(found),
            f"{stem}.csv",
            "text/csv",
            key="data_errors_csv",
            icon=":material/download:",
            on_click="ignore",
            help="The place of each picture in its part from 0 on, its label, the guess, and the chance of each.",
        )
        st.download_button(
            "Sheet",
            lambda: sheet_of(work, found, SHEET),
            f"{stem}.png",
            "image/png",
            key="data_errors_sheet",
            icon=":material/image:",
            on_click="ignore",
            help=f"The first {SHEET} as one picture.",
        )


def to_csv(found: Finding) -> str:
    """The list of pictures in doubt, a row each."""
    import csv
    import io

    classes, arrays = found.figures["classes"], found.arrays
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["picture", "label", "guess", "chance_of_label", "chance_of_guess"])
    for row, place in enumerate(arrays["places"]):
        label, guess = classes[arrays["labels"][row]], classes[arrays["guesses"][row]]
        table.writerow([place, label, guess, f"{arrays['given'][row]:.4f}", f"{arrays['guessed'][row]:.4f}"])
    return out.getvalue()
