"""The Data page: which dataset (choice, absent), what is found of it (working), and a tab for each thing to look at."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from hwr.errors import HwrError
from hwr.survey import Subject
from ui.answers import plain
from ui.surveying import absent, choice, overview


def show() -> None:
    """The choice of a dataset, its figures, and a tab for each view; what the closed ones need is not loaded."""
    chosen = choice.choose()
    if chosen is None:
        return
    if absent.missing(chosen):
        absent.show(chosen)
        return
    try:
        chosen.check()
        shown = chosen.name == "mine" or overview.show(chosen)
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        choice.where_to_begin(chosen)
        return
    if shown:
        tabs(chosen)


def views(subject: Subject) -> dict[str, Callable[[Subject], None]]:
    """The tabs of a dataset."""
    from ui.surveying import augmentation, classes, duplicates, errors, ink, own, pictures, plan

    shown: dict[str, Callable[[Subject], None]] = {
        "Pictures": pictures.show,
        "Classes": classes.show,
        "Ink": ink.show,
        "Augmentation": augmentation.show,
        "Label errors": errors.show,
        "Near duplicates": duplicates.show,
        "Map": plan.show,
    }
    return {"Edit": own.show, **shown} if subject.name == "mine" else shown


def tabs(subject: Subject) -> None:
    """One tab a view; only the open one is made."""
    shown = views(subject)
    from ui.surveying import own

    kind = "own" if subject.name == "mine" else "any"
    for tab, view in zip(st.tabs(list(shown), on_change="rerun", key=f"data_tab_{kind}"), shown.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    if kind == "any" or subject.ready() or view is own.show or overview.drawn(subject):
                        view(subject)
                except HwrError as error:
                    st.error(plain(str(error)), icon=":material/error:")
