"""Start, and how far the comparison is that goes on; Cancel keeps what is measured."""

from __future__ import annotations

import streamlit as st

from hwr.compare import Comparison, kept
from hwr.errors import HwrError
from ui.answers import plain
from ui.comparing.choice import Chosen
from ui.comparing.job import Job
from ui.following import follow

CANCELLED = "Cancelled. What is measured already is kept: Start goes on with the rest."


def measuring(chosen: Chosen) -> None:
    """The button to start, or how far it is."""
    job: Job | None = st.session_state.get("compare_job")
    if job is None:
        st.button(
            "Start",
            icon=":material/play_arrow:",
            key="compare_start",
            type="primary",
            disabled=not chosen.models,
            on_click=start,
            args=(chosen,),
        )
    else:
        follow(job, "compare_cancel", collect=_collect, cancelled=_cancel)
    if sentence := st.session_state.pop("compare_error", ""):
        st.error(plain(sentence), icon=":material/error:")
    if st.session_state.pop("compare_cancelled", False):
        st.caption(CANCELLED)


def start(chosen: Chosen, *, fresh: bool = False) -> None:
    """Begins a comparison; one that was measured before is there at once."""
    try:
        models, question = chosen.asked()
        found = None if fresh else kept(models, question)
        if found is None:
            st.session_state.compare_job = Job(models, question, fresh=fresh)
        else:
            _found(found)
    except HwrError as error:
        st.session_state.compare_error = str(error)


def _found(comparison: Comparison) -> None:
    st.session_state.compare_found = comparison
    st.session_state.compare_number = st.session_state.get("compare_number", 0) + 1


def _collect(job: Job) -> None:
    """Takes what a job that has ended came to."""
    st.session_state.pop("compare_job", None)
    if job.outcome is not None:
        _found(job.outcome)
    elif job.problem:
        st.session_state.compare_error = job.problem
    else:
        st.session_state.compare_cancelled = True


def _cancel(job: Job) -> None:
    st.session_state.pop("compare_job", None)
    st.session_state.compare_cancelled = True
