"""The views of the Train page, in order. Each is a module beside this one with a function `show()`.

Which view is open stands in the address (`?view=new`), so that a reload and another browser show the same.
"""

from __future__ import annotations

import importlib
import importlib.util

import streamlit as st

from ui.frame import Entry

VIEWS = {
    "runs": Entry("runs", "Runs", ":material/table_rows:"),
    "new": Entry("new", "New training", ":material/add:"),
    "mine": Entry("mine", "My handwriting", ":material/draw:"),
    "search": Entry("search", "Search", ":material/tune:"),
}


def offered() -> dict[str, Entry]:
    """The views that are here."""
    return {name: view for name, view in VIEWS.items() if importlib.util.find_spec(f"ui.training.{view.file}")}


def show() -> None:
    """The choice of a view, and the view."""
    views = offered()
    if "view" not in st.session_state:
        wanted = st.query_params.get("view", "")
        st.session_state.view = wanted if wanted in views else "runs"
    name = st.segmented_control(
        "View",
        views,
        required=True,
        format_func=lambda name: f"{views[name].icon} {views[name].title}",
        key="view",
        on_change=lambda: open_view(st.session_state.view),
        label_visibility="collapsed",
    )
    importlib.import_module(f"ui.training.{name or 'runs'}").show()


def open_view(name: str) -> None:
    """Turns to another view, here and in the address; for callbacks, which run before the page is drawn."""
    st.session_state.view = st.query_params["view"] = name
