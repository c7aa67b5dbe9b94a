"""The Webcam page's parts: live video (stream), one picture in its place (shot), what is read and can be kept (answer)."""

from __future__ import annotations

import functools
import importlib.util

import streamlit as st

from hwr.errors import HwrError
from ui.answers import plain
from ui.models import choose
from ui.webcam.answer import LAYOUTS, LIVE, PICTURE, asked
from ui.webcam.shot import one_picture
from ui.webcam.stream import listen, live_video

LACKING = "Live video needs streamlit-webrtc (requirements.txt), which is not here: take a picture instead."


def show() -> None:
    """The camera on the left, what it sees on the right, and below what is read and how."""
    way = _way()
    left, right = st.columns([3, 2], gap="medium")
    with st.container():
        choice = choose("webcam", (3, 2))
    layout = LAYOUTS[st.session_state.webcam_layout]
    if way == PICTURE:
        one_picture(left, right, functools.partial(asked, choice, layout))
    else:
        live_video(left, right)
    try:
        if way == LIVE:
            listen(asked(choice, layout))  # last, as the first time takes seconds
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        listen(None)


def possible() -> bool:
    """Whether live video can be had here."""
    return importlib.util.find_spec("streamlit_webrtc") is not None


def _way() -> str:
    """Live or one picture, and how many characters it shows."""
    able = possible()
    with st.container(horizontal=True, vertical_alignment="center"):
        way = st.segmented_control(
            "Camera",
            [LIVE, PICTURE],
            default=LIVE,
            required=True,
            key="webcam_way",
            persist_state="session",
            label_visibility="collapsed",
            disabled=not able,
        )
        st.segmented_control(
            "The picture shows",
            LAYOUTS,
            default="A page",
            required=True,
            key="webcam_layout",
            persist_state="session",
            label_visibility="collapsed",
        )
    if not able:
        st.caption(LACKING)
    return way if able else PICTURE
