"""What watched runs can be taken away as: every point as CSV, the charts as one web page, TensorBoard's event files."""

from __future__ import annotations

import io
import zipfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import streamlit as st

from hwr import curve_figures, tensorboard
from hwr.curve_figures import PANELS, View
from hwr.curves import to_csv
from ui.training.watched import Watched, histories, shelf

STYLES = "Thin: training. Bold: validation, once an epoch. Star: the best epoch, which is kept."


def downloads(chosen: list[Watched], view: View) -> None:
    """The files are made when they are asked for, as the runs are then; the buttons stand still while charts change."""
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            partial(_csv, {item.run.name: item.run.path for item in chosen}),
            "metrics.csv",
            "text/csv",
            key="watch_csv",
            icon=":material/download:",
            on_click="ignore",
            help="Every point that was logged.",
        )
        st.download_button(
            "HTML",
            partial(_web_page, chosen, view),
            "curves.html",
            "text/html",
            key="watch_html",
            icon=":material/download:",
            on_click="ignore",
            help="The four charts in one file of 5 MB, to open without a network.",
        )
        if find_spec("tensorboard"):
            st.download_button(
                "TensorBoard",
                partial(_event_files, chosen),
                "tensorboard.zip",
                "application/zip",
                key="watch_tensorboard",
                icon=":material/download:",
                on_click="ignore",
                help="Event files, a folder a run: unpack them and give the folder to tensorboard --logdir.",
            )


def _csv(folders: dict[str, Path]) -> str:
    return to_csv(dict(zip(folders, shelf().get(folders.values()), strict=True)))


def _web_page(chosen: list[Watched], view: View) -> str:
    lines = [item.line(history) for item, history in zip(chosen, histories(chosen), strict=True)]
    figures = [curve_figures.curves(lines, panel, view) for panel in PANELS.values()]
    return curve_figures.web_page(figures, "Training: " + ", ".join(item.name for item in chosen), STYLES)


def _event_files(chosen: list[Watched]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for item in chosen:
            file.writestr(f"{item.run.name}/{tensorboard.NAME}", tensorboard.events(item.run))
    return packed.getvalue()
