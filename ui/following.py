"""How far a job is that goes on beside the page, looked at again and again, with a button to cancel it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.answers import plain
from ui.job import Job

TICK = 0.7  # seconds between two looks


def follow(job: Job, key: str, *, collect: Callable[[Any], None], cancelled: Callable[[Any], None]) -> None:
    """A bar and Cancel, whose key is given. `collect` takes what a job came to that has ended, then the page is run again."""
    st.fragment(_look, run_every=TICK)(job, key, collect, cancelled)


def _look(job: Job, key: str, collect: Callable[[Any], None], cancelled: Callable[[Any], None]) -> None:
    if not job.active:
        collect(job)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(job.share, 1.0), plain(job.what))
        st.button("Cancel", icon=":material/stop:", key=key, on_click=_cancel, args=(job, cancelled))


def _cancel(job: Job, cancelled: Callable[[Any], None]) -> None:
    job.cancel()
    cancelled(job)
