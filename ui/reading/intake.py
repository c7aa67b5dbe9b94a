"""What comes on the desk: files, a camera picture, the sample; and what could not be read, told in sentences."""

from __future__ import annotations

import streamlit as st

from hwr import documents, drawing
from ui.answers import plain
from ui.reading.desk import Desk, desk

TYPES = sorted(suffix.lstrip(".") for suffix in documents.SUFFIXES)
SAMPLE = "314\n2718"
MOST_TOLD = 5  # sentences that stand open


def intake() -> None:
    """Where files are dropped, the camera, and the sample. What was taken in lies on the desk: the box is empty again."""
    drops = st.session_state.setdefault("read_drops", 0)
    st.file_uploader(
        "Photos, scans or PDFs of handwriting",
        TYPES,
        accept_multiple_files=True,
        key=f"read_files_{drops}",
        on_change=_take_files,
        help="PNG, JPEG, WebP, TIFF, BMP, GIF or PDF; several at once.",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Try a sample", icon=":material/gesture:", key="read_sample", on_click=_take_sample)
        camera = st.toggle("Camera", key="read_camera")
    if camera:
        shots = st.session_state.setdefault("read_shots", 0)
        st.camera_input("Hold the page still and take a picture", key=f"read_shot_{shots}", on_change=_take_shot)


def _take_files() -> None:
    files = st.session_state.get(f"read_files_{st.session_state.read_drops}") or []
    if not files:
        return
    now = desk()
    first = now.count + 1
    for file in files:
        now.add(file.name, file.getvalue())
    now.shown = first if now.count >= first else now.shown
    st.session_state.read_drops += 1


def _take_shot() -> None:
    shot = st.session_state.get(f"read_shot_{st.session_state.read_shots}")
    if shot is None:
        return
    st.session_state.read_shots += 1
    desk().add(f"camera-{st.session_state.read_shots}.jpg", shot.getvalue())
    st.session_state.read_camera = False


def _take_sample() -> None:
    desk().add("sample.png", drawing.page_png(SAMPLE))


def problems(now: Desk) -> None:
    """What could not be read, and a button to put it away."""
    told = now.problems + [scan.problem for scan in now.scans if scan.problem]
    if not told:
        return
    place = st.container() if len(told) <= MOST_TOLD else st.expander(f"{len(told)} could not be read")
    for sentence in told:
        place.error(plain(sentence), icon=":material/error:")
    st.button("Put these away", icon=":material/close:", key="read_forget", on_click=now.forget_problems)
