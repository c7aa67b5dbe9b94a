"""What a run's best epoch gets right and wrong: recall of each class, confusion, the pictures with the highest loss."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from hwr import curve_figures, insight
from hwr.curves import History
from hwr.runs import Run
from ui.answers import plain
from ui.charts import charts
from ui.glyphs import ROOM, glyph_png

NONE_YET = "This comes with the first epoch that is validated."


@st.cache_data(max_entries=16, show_spinner=False)
def _read(path: Path, modified: int) -> insight.Insight | None:
    return insight.read(path)


def found(run: Run) -> insight.Insight | None:
    """The insight of a run, read again when its file changes; raises HwrError when it is damaged."""
    path = run.path / insight.NAME
    try:
        return _read(run.path, path.stat().st_mtime_ns)
    except OSError:
        return None


def show_classes(run: Run, history: History) -> None:
    """Recall of each class by epoch, beside the confusion matrix of the best epoch."""
    seen = found(run)
    classes, epochs, shares = history.recall()
    if not classes:
        st.caption(NONE_YET)
        return
    figures = {"recall": curve_figures.recall(classes, epochs, shares)}
    if seen is None:
        charts(figures, "watch_classes")
        st.caption("This run was trained by an older hwr, which kept no confusion matrix.")
        return
    charts(figures | {"confusion": curve_figures.confusion(seen.confusion, seen.classes)}, "watch_classes")
    pairs = [
        f"{true} as {read} ({times})" for true, read, times in insight.most_confused(seen.confusion, seen.classes, 8)
    ]
    st.caption(f"Most confused at epoch {seen.epoch}: {plain(', '.join(pairs)) or 'nothing'}.")


def show_mistakes(run: Run) -> None:
    """The validation pictures with the highest loss at the best epoch, the worst first."""
    seen = found(run)
    if seen is None:
        st.caption(NONE_YET if not run.metrics() else "This run has kept no pictures yet, or an older hwr trained it.")
        return
    st.caption(
        f"The validation pictures with the highest loss at epoch {seen.epoch}, the best. "
        "A label that looks wrong here often is: mend it in the data."
    )
    captions = [
        f"{plain(seen.classes[label])}, read {plain(seen.classes[answer])} · {loss:.1f}"
        for label, answer, loss in zip(seen.labels, seen.answers, seen.losses, strict=True)
    ]
    st.image(_pictures(seen), caption=captions, width=ROOM)
    st.caption("Under each: its label, how it was read, and the loss.")


def _pictures(seen: insight.Insight) -> list[bytes]:
    return [glyph_png(image.tobytes()) for image in seen.images]
