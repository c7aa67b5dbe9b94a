"""The Data page: which dataset (choice, absent), what is found of it (working), and a tab for each thing to look at."""

from __future__ import annotations

import importlib

import streamlit as st

from hwr.errors import HwrError
from hwr.survey import Subject
from ui.answers import plain
from ui.surveying import absent, choice, overview

VIEWS = {  # each a module beside this one with a function `show(subject)`, by the title of its tab
    "Pictures": "pictures",
    "Classes": "classes",
    "Ink": "ink",
    "Augmentation": "augmentation",
    "Label errors": "errors",
    "Near duplicates": "duplicates",
    "Map": "plan",
}
OWN = {"Edit": "own", **VIEWS}  # of the own dataset


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


def tabs(subject: Subject) -> None:
    """One tab a view; only the open one is made."""
    own = subject.name == "mine"
    views = OWN if own else VIEWS
    opened = st.tabs(list(views), on_change="rerun", key=f"data_tab_{'own' if own else 'any'}")
    for tab, name in zip(opened, views.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    if name == "own" or overview.drawn(subject):
                        importlib.import_module(f"ui.surveying.{name}").show(subject)
                except HwrError as error:
                    st.error(plain(str(error)), icon=":material/error:")
