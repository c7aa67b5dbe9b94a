"""The details of a comparison, a tab each; only the open one is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from hwr.compare import Comparison, Question, Row, charts
from hwr.compare.report import counted
from hwr.errors import HwrError
from hwr.figures import percent
from ui import explaining
from ui.answers import CHART, PERCENT, plain
from ui.glyphs import ROOM, glyph_png

CELL = 36  # pictures shown of a cell
OF_PAIR = 5  # and of a confused pair
FIGURES = {"F1": "f1", "Precision": "precision", "Recall": "recall"}
COUNTS, SHARES = "Counts", "Per cent"


def show_details(found: Comparison) -> None:
    """One tab a view."""
    from ui.comparing.result import show_significance

    views: dict[str, Callable[[Comparison], None]] = {
        "Per class": per_class,
        "Confusion": confusion,
        "Confused pairs": confused,
        "Calibration": calibration,
        "Speed": speed,
        "Significance": show_significance,
    }
    tabs = st.tabs(list(views), on_change="rerun", key="compare_tab")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                show(found)


def per_class(found: Comparison) -> None:
    """A figure of each class for each model beside each other."""
    name = st.segmented_control("Figure", FIGURES, default="F1", required=True, key="compare_figure")
    figures = [row.per_class() for row in found.rows]
    names = [row.name for row in found.rows]
    lines = []
    for char, first in figures[0].items():
        shares = [100 * each[char][FIGURES[name or "F1"]] for each in figures]
        line: dict[str, object] = {"Class": char, "Pictures": first["images"], **dict(zip(names, shares, strict=True))}
        if len(shares) > 1:
            line["Difference"] = max(shares) - min(shares)
        lines.append(line)
    config = {key: st.column_config.NumberColumn(format=PERCENT) for key in names}
    config["Pictures"] = st.column_config.NumberColumn(format="localized")
    config["Difference"] = st.column_config.NumberColumn(format="%.2f", help="Of the best and the worst, in points.")
    st.dataframe(
        lines, column_config=config, hide_index=True, key="compare_classes", alt=f"{name} of each class and model"
    )


def one(rows: Sequence[Row], key: str) -> Row:
    """The model that a view shows."""
    if len(rows) == 1:
        return rows[0]
    names = [row.name for row in rows]
    name = st.segmented_control(
        "Model", names, default=names[0], required=True, key=f"{key}_{st.session_state.compare_number}"
    )
    return rows[names.index(name or names[0])]


@st.fragment
def confusion(found: Comparison) -> None:
    """The confusion matrix of a model; a click on a cell shows its pictures."""
    with st.container(horizontal=True, gap="medium"):
        row = one(found.rows, "compare_confusion_of")
        unit = st.segmented_control("Cells", [COUNTS, SHARES], default=COUNTS, required=True, key="compare_unit")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        event = st.plotly_chart(
            charts.confusion(row, percent=unit == SHARES),
            key=f"compare_cells_{st.session_state.compare_number}_{row.name}",
            on_select="rerun",
            selection_mode="points",
            config=CHART,
            alt=f"Confusion matrix of {row.name}",
        )
    with right:
        points = event["selection"]["points"]
        if points:
            true, read = points[0]["customdata"][:2]
            cell(found, row, true, read)
        else:
            st.caption("Click a cell to see its pictures; on a touch screen, tap it twice.")


def cell(found: Comparison, row: Row, true: str, read: str) -> None:
    """The pictures of one class that were read as another, or as itself."""
    places = row.places(true, read).tolist()
    order = "the surest first"
    if true == read:
        places, order = places[::-1], "the least sure first"
    shown = f", {order}, {CELL} of them" if len(places) > CELL else f", {order}" if len(places) > 1 else ""
    st.markdown(f"**{plain(true)}** read as **{plain(read)}**: {counted(len(places), 'picture')}{shown}.")
    pictures = gallery(found, row, places[:CELL])
    if pictures:
        _explain(row, pictures, read)


def _explain(row: Row, pictures: dict[int, np.ndarray], read: str) -> None:
    """Why a picture of the cell that a person chooses was read so."""
    key = f"compare_look_at_{st.session_state.compare_number}_{row.name}_{read}"
    place: int | None = None
    if len(pictures) > 1 and explaining.is_open("compare"):
        place = st.selectbox("Explain picture", list(pictures), key=key, format_func=lambda place: f"no. {place:,}")
    chosen = next(iter(pictures)) if place is None else place
    subject = explaining.Subject(row.model.path, pictures[chosen], row.classes, read)
    explaining.explain("compare", subject, "")


def gallery(found: Comparison, row: Row, places: list[int]) -> dict[int, np.ndarray]:
    """Pictures of the test set in a row, each with the confidence of its answer and its place; gives what was shown."""
    if not places:
        return {}
    try:
        pictures = row.pictures(places)
        if len(pictures) < len(places):
            images = _images(found, found.question, row.model.info["framing"], found.mark)
            pictures = {place: images[place] for place in places}
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return {}
    sure = row.measured.confidences
    captions = [f"{percent(float(sure[place]))}  \nno. {place:,}" for place in places]
    st.image([glyph_png(pictures[place].tobytes()) for place in places], caption=captions, width=ROOM)
    return {place: pictures[place] for place in places}


@st.cache_resource(max_entries=2, show_spinner="Loading the pictures")
def _images(_found: Comparison, question: Question, framing: str, mark: str) -> np.ndarray:
    """All pictures of a question as they were when it was compared."""
    return _found.images(framing)


@st.fragment
def confused(found: Comparison) -> None:
    """The pairs of classes that a model confuses most, with their pictures."""
    row = one(found.rows, "compare_confused_of")
    pairs = row.confused()
    if not pairs:
        st.caption("No mistakes.")
    for start in range(0, len(pairs), 2):
        for column, pair in zip(st.columns(2, gap="medium"), pairs[start : start + 2], strict=False):
            with column:
                count = counted(pair.count, "time")
                st.markdown(f"**{plain(pair.true)}** read as **{plain(pair.read)}**, {count}")
                gallery(found, row, list(pair.places[:OF_PAIR]))


def calibration(found: Comparison) -> None:
    """The calibration curve of each model."""
    st.plotly_chart(
        charts.calibration(found.rows), key="compare_calibration", config=CHART, alt="Accuracy by confidence"
    )
    st.caption(
        "On the dotted line a model that is 90 % sure is right nine times in ten; below it boasts. "
        f"The larger a point, the more answers are that sure; bins of fewer than {charts.LEAST} are left out."
    )


def speed(found: Comparison) -> None:
    """Accuracy against the time for one character."""
    st.plotly_chart(charts.tradeoff(found.rows), key="compare_speed", config=CHART, alt="Accuracy by time")
    figures = found.rows[0].figures
    st.caption(
        f"Medians on {plain(figures['processor'])} with {counted(figures['threads'], 'thread')}; other work on it makes them "
        "longer. The bars are 95 % intervals; the larger a point, the larger the file."
    )
