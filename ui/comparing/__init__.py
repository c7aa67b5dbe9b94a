"""The Compare page: what is compared (choice), measuring it (job, progress), what was found (result, details)."""

from __future__ import annotations

import streamlit as st

from ui.comparing.choice import choose
from ui.comparing.progress import measuring
from ui.comparing.result import show_result

EMPTY = "Choose models and a test set, and press Start: their figures stand here, side by side."


def show() -> None:
    """The choice, how far a comparison is, and what the last one has found."""
    chosen = choose()
    measuring(chosen)
    found = st.session_state.get("compare_found")
    if found is not None:
        show_result(found)
    elif "compare_job" not in st.session_state:
        st.caption(EMPTY)
