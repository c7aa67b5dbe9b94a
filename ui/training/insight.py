"""What a run's best epoch gets right and wrong: recall of each class, confusion, the pictures with the highest loss."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

from hwr import curve_figures, insight
from hwr.curves import History
from hwr.figures import INK, PAPER
from hwr.runs import Run
from ui.answers import plain
from ui.charts import charts

NONE_YET = "This comes with the first epoch that is validated."
SIDE, ROOM = 84, 96  # pixels of a picture, and of a picture with its margin


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
    return [_png(image.tobytes()) for image in seen.images]


@st.cache_data(max_entries=500, show_spinner=False)
def _png(pixels: bytes) -> bytes:
    """A glyph, 28 x 28, as dark ink on paper, enlarged, with a margin left and right so that none touches the next."""
    ink = Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(28, 28))
    picture = ImageOps.colorize(ink, PAPER, INK)
    shown = Image.new("RGBA", (2 * ROOM, 2 * SIDE))
    shown.paste(picture.resize((2 * SIDE, 2 * SIDE), Image.Resampling.BICUBIC), (ROOM - SIDE, 0))
    out = io.BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()
