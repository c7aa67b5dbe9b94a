"""Samples of a dataset by class, page by page, in the order of the files or by their ink."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hwr.data import Dataset
from hwr.survey import PARTS, Subject, Work, done
from ui.answers import plain
from ui.surveying.working import ready
from ui.tiles import tiles

PAGE = 120  # pictures at a time
NAMES = {"train": "To train on", "test": "To test on"}
ORDERS = {
    "As they come": "",
    "At random": "random",
    "Thin strokes first": "stroke",
    "Thick strokes first": "-stroke",
    "Little ink first": "ink",
    "Much ink first": "-ink",
}


@st.fragment
def show(subject: Subject) -> None:
    """A page of pictures."""
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        part = choose_part("data_pictures_part")
    with right:
        known = ready(Work("show", subject))
        orders = list(ORDERS) if known else list(ORDERS)[:2]
        order = st.selectbox("Order", orders, key=f"data_order_{known}", label_visibility="collapsed")
    data = subject.part(part)
    char = choose_class(data, "data_pictures_class")
    places = np.flatnonzero(data.labels == data.classes.index(char)) if char else np.arange(len(data))
    if not len(places):
        st.caption("There is no such picture in this part.")
        return
    places = places[_order(subject, part, ORDERS[str(order)], places)]
    page = paged(len(places), f"data_page_{subject.name}_{part}_{char}_{order}")
    shown = places[page]
    words = [data.classes[label] for label in data.labels[shown]] if not char else [""] * len(shown)
    tiles(data.images[shown], words, "data_pictures", about=f"Pictures of {char or 'all classes'}")
    which = f" of {char}" if char else ""
    st.caption(f"{page.start + 1:,} to {page.start + len(shown):,} of {len(places):,} pictures{plain(which)}.")


def choose_part(key: str) -> str:
    """Which part is looked at."""
    chosen = st.segmented_control(
        "Part",
        list(PARTS),
        default="train",
        required=True,
        format_func=lambda part: NAMES[part],
        key=key,
        label_visibility="collapsed",
    )
    return str(chosen)


def choose_class(data: Dataset, key: str) -> str | None:
    """One of the classes, or None for all."""
    counts = np.bincount(data.labels, minlength=len(data.classes))

    def label(char: str) -> str:
        count = "" if len(data.classes) > 12 else f" · {counts[data.classes.index(char)]:,}"
        return plain(char) + count

    return st.pills(
        "Class",
        list(data.classes),
        format_func=label,
        key=f"{key}_{data.classes}",
        wrap=True,
        label_visibility="collapsed",
    )


def paged(count: int, key: str, size: int = PAGE) -> slice:
    """The part of a list that is shown, with a way to the other pages when there are any."""
    pages = -(-count // size)
    number = st.pagination(pages, key=key) if pages > 1 else 1
    return slice((number - 1) * size, min(number * size, count))


def _order(subject: Subject, part: str, order: str, places: np.ndarray) -> np.ndarray:
    """The order in which the pictures at these places are shown."""
    if order == "random":
        return np.random.default_rng(0).permutation(len(places))
    found = done(Work("show", subject)) if order else None
    if found is None:
        return np.arange(len(places))
    values = found.arrays[f"{part} {order.lstrip('-')}"][places]
    return np.argsort(-values if order[0] == "-" else values, kind="stable")
