"""Reading what waits on the desk: begun by itself, shown as it goes on, cancelled with what was read kept."""

from __future__ import annotations

import time

import streamlit as st

from ui.answers import plain
from ui.models import Choice
from ui.reading.desk import Desk, Settings, desk
from ui.reading.job import Job

AT_ONCE = 0.7  # seconds that the page waits for a reading before it shows how far it is
TICK = 1.0  # seconds between two looks
SHOWN = 2.0  # seconds between two times that pages just read are shown


def settings_for(choice: Choice, layout: str) -> Settings:
    """The settings as they are now. Raises HwrError when there are no weights, or these cannot read so."""
    path = choice.weights()
    choice.recognizer().check(layout=layout, charset=choice.charset, reader=choice.reader)
    return Settings(choice, layout, path, path.stat().st_mtime_ns)


def reading(now: Desk, settings: Settings) -> None:
    """Reads what is to be read, and shows how far that is."""
    now.collect()
    if now.job and now.job.settings != settings:
        now.job.cancel()
        now.job = None
    waiting = now.waiting(settings)
    if waiting and now.job is None and now.halted != settings:
        now.job = Job(waiting, settings, settings.choice.recognizer())
        now.job.wait(AT_ONCE)
        now.collect()
    now.stale = False
    st.session_state.read_shown_at = time.monotonic()
    st.fragment(_progress, run_every=TICK if now.job else None)(settings)


def _progress(settings: Settings) -> None:
    now = desk()
    live = now.job is not None
    taken = now.collect()
    late = time.monotonic() - st.session_state.get("read_shown_at", 0) > SHOWN
    first = taken and len(now.read) == taken
    if now.stale or (live and now.job is None) or (taken and (late or first)):
        st.rerun()
    waiting = now.waiting(settings)
    if now.job:
        _bar(now, now.job)
    elif waiting and now.halted == settings:
        count = len(now.good)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Cancelled: {count - len(waiting)} of {count} pages are read.", width="content")
            st.button("Read the rest", icon=":material/play_arrow:", key="read_rest", on_click=_go_on, args=(now,))


def _bar(now: Desk, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        done = min(job.done, job.total - 1)
        text = f"Reading {plain(job.what)}" + (f", {done + 1} of {job.total}" if job.total > 1 else "")
        st.progress(done / job.total, text)
        st.button("Cancel", icon=":material/stop:", key="read_cancel", on_click=_cancel, args=(now, job))


def _cancel(now: Desk, job: Job) -> None:
    job.cancel()
    now.collect()
    now.job, now.halted, now.stale = None, job.settings, True


def _go_on(now: Desk) -> None:
    now.halted, now.stale = None, True
