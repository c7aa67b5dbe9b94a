"""A dataset that is not here yet: downloaded at a press, with how far that is, and cancelled."""

from __future__ import annotations

import streamlit as st

from hwr import readonly
from hwr.apart import Watch, run_apart
from hwr.data import DATASETS, is_here
from hwr.survey import Subject
from ui.answers import plain
from ui.following import follow
from ui.job import Job

FAILED = "The dataset could not be downloaded"
ENDED = "The download was ended from outside: Download begins it again."
PLACES = {"unipen": "ink/unipen/", "unipen-digits": "ink/unipen/"}


def missing(subject: Subject) -> str:
    """The name of a dataset that is not in the data folder; "" when all are."""
    names = subject.name.split("+")
    return next((name for name in names if name in DATASETS and not is_here(name, subject.folder)), "")


def show(subject: Subject) -> None:
    """What is missing, and a button that fetches it."""
    name = missing(subject)
    entry = DATASETS[name]
    st.markdown(f"**{plain(name)}** is not in {plain(str(subject.folder))} yet. {plain(entry.summary.capitalize())}.")
    if not entry.download:
        st.caption(
            f"It is read from {plain(PLACES.get(name, entry.file))} in the data folder ({plain(entry.source)}): put it "
            "there, or set HWR_DATA to a folder that has it."
        )
        return
    job = st.session_state.get("data_download")
    if job is not None:
        follow(job, "data_download_cancel", collect=_collect, cancelled=_cancelled)
        return
    if said := st.session_state.pop("data_download_said", ""):
        st.error(plain(said), icon=":material/error:")
    size = entry.download / 1e6
    others = " All six EMNIST datasets come with it." if name.startswith("emnist-") else ""
    st.button(
        f"Download {size:,.0f} MB",
        icon=":material/download:",
        key="data_download_start",
        type="primary",
        disabled=readonly.active(),
        on_click=_start,
        args=(subject, name),
    )
    st.caption(f"From its makers' server, whole or not at all.{others}")


def fetch_apart(subject: Subject, name: str, watch: Watch) -> bool:
    """Downloads a dataset in a process of its own, which removes what it has begun when `watch` raises."""
    run_apart(["data", "fetch", name, "--data-dir", str(subject.folder)], watch, ended=ENDED, tidy=True)
    return True


def _start(subject: Subject, name: str) -> None:
    st.session_state.data_download = Job(lambda watch: fetch_apart(subject, name, watch), FAILED)


def _collect(job: Job) -> None:
    st.session_state.pop("data_download", None)
    if job.problem:
        st.session_state.data_download_said = job.problem


def _cancelled(job: Job) -> None:
    st.session_state.pop("data_download", None)
