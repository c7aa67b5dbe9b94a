"""The views of the Train page, in order. Each is a module beside this one with a function `show()`.

Which view is open stands in the address (`?view=new`), so that a reload and another browser show the same.
"""

from __future__ import annotations

import importlib

import streamlit as st

from hwr import readonly

VIEWS = {
    "runs": ":material/table_rows: Runs",
    "new": ":material/add: New training",
    "mine": ":material/draw: My handwriting",
    "search": ":material/tune: Search",
}
TO_LOOK_AT = ("runs", "search")  # what is left in read-only mode


def show() -> None:
    """The choice of a view, and the view; what the others need is not loaded."""
    offered = [name for name in VIEWS if name in TO_LOOK_AT or not readonly.active()]
    if st.session_state.get("view") not in offered:
        wanted = st.query_params.get("view", "")
        st.session_state.view = wanted if wanted in offered else "runs"
    name = st.segmented_control(
        "View",
        offered,
        required=True,
        format_func=lambda name: VIEWS[name],
        key="view",
        on_change=lambda: open_view(st.session_state.view),
        label_visibility="collapsed",
    )
    importlib.import_module(f"ui.training.{name or 'runs'}").show()


def open_view(name: str) -> None:
    """Turns to another view, here and in the address; for callbacks, which run before the page is drawn."""
    st.session_state.view = st.query_params["view"] = name
