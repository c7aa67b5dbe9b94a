"""How many pictures of how many classes a dataset has, and where they come from."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hwr.data import DATASETS, Dataset
from hwr.survey import PARTS, Subject, Work
from ui.answers import plain
from ui.surveying.working import finding


def drawn(subject: Subject) -> bool:
    """Whether its pictures are there; where they must be drawn or decoded first, that is begun, and how far it is shown."""
    if subject.ready():
        return True
    st.caption("Its pictures are drawn or decoded first; that is done once, and kept.")
    return finding(Work("show", subject)) is not None


def show(subject: Subject) -> bool:
    """The sizes; False while the pictures are not there."""
    if not drawn(subject):
        return False
    parts = {part: subject.part(part) for part in PARTS}
    train, test = parts["train"], parts["test"]
    counts = np.bincount(train.labels, minlength=len(train.classes))
    with st.container(horizontal=True, gap="large"):
        st.metric("To train on", f"{len(train):,}", width="content")
        st.metric("To test on", f"{len(test):,}", width="content")
        st.metric("Classes", f"{len(train.classes):,}", width="content")
        st.metric("In a class", _span(counts), width="content", help="Of the training part: the fewest and the most.")
    st.caption(_about(subject, train))
    return True


def _span(counts: np.ndarray) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _about(subject: Subject, train: Dataset) -> str:
    """The source, the framing, the memory, the writers: a line."""
    entry = DATASETS.get(subject.name)
    told = [entry.source] if entry else []
    told.append(f"28 x 28 pixels, framed as {train.framing.upper()}")
    if subject.name not in DATASETS or (entry and not entry.classes):
        told.append(f"classes {train.classes}")
    return plain(" · ".join(told))
