"""Runs: the table of all trainings."""

from __future__ import annotations

import streamlit as st

from hwr import runs


def show() -> None:
    """The table of runs, or what to do when there is none."""
    rows = [runs.overview(run) for run in runs.list_runs(runs.runs_folder())]
    if not rows:
        st.caption("No training yet: choose New training, or start one with `python -m hwr train`.")
        return
    for row in rows:
        st.text(runs.table_line(row))
