"""What is found of a dataset: told at once when it was found before, else begun, watched and cancelled here."""

from __future__ import annotations

import streamlit as st

from hwr import readonly
from hwr.errors import HwrError
from hwr.kept import Finding
from hwr.survey import Work, done, done_apart
from ui.answers import plain
from ui.following import follow
from ui.job import Job

LEARNS = ("errors",)  # what trains networks on the way
AT_ONCE = 0.4  # seconds that the page waits before it shows how far it is
FAILED = "The pictures could not be looked at"


def finding(work: Work, label: str = "") -> Finding | None:
    """What was found; None while it is not there yet. A button of this label begins it, without one it begins by itself.

    Raises HwrError when what decides it cannot be had.
    """
    found = done(work)
    if found is not None:
        return found
    if not label and work not in _jobs() and work not in _said():
        start(work)
    if work in _jobs():
        follow(_jobs()[work], f"data_cancel_{work.kind}", collect=_collect, cancelled=_cancelled)
        return None
    kind, sentence = _said().get(work, ("", ""))
    if kind == "error":
        st.error(plain(sentence), icon=":material/error:")
    elif kind:
        st.caption(sentence)
    st.button(
        label or "Try again",
        icon=":material/play_arrow:",
        key=f"data_start_{work.kind}",
        type="primary" if label else "secondary",
        disabled=work.kind in LEARNS and readonly.active(),
        on_click=start,
        args=(work,),
    )
    return None


def start(work: Work) -> None:
    """Begins it in a process of its own."""
    _said().pop(work, None)
    job = Job(lambda watch: done_apart(work, watch), FAILED)
    _jobs()[work] = job
    job.wait(AT_ONCE)


def _jobs() -> dict[Work, Job]:
    return st.session_state.setdefault("data_jobs", {})


def _said() -> dict[Work, tuple[str, str]]:
    """What became of work that has found nothing: "error" or "cancelled", and a sentence."""
    return st.session_state.setdefault("data_said", {})


def _collect(job: Job) -> None:
    for work in [work for work, going in _jobs().items() if going is job]:
        del _jobs()[work]
        if job.problem:
            _said()[work] = ("error", job.problem)
        elif job.outcome is None:
            _said()[work] = ("cancelled", "Cancelled.")


def _cancelled(job: Job) -> None:
    for work in [work for work, going in _jobs().items() if going is job]:
        del _jobs()[work]
        _said()[work] = ("cancelled", "Cancelled. What was begun is not kept.")


def ready(work: Work) -> bool:
    """Whether it was found before."""
    try:
        return done(work) is not None
    except HwrError:
        return False
