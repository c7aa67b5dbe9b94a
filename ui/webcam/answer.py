"""What a camera's picture is read with, the answer beside it, and a picture that is kept: to Read, or as a file."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from hwr.live import Still, marked, read_frame
from hwr.results import Page
from ui.answers import show_answer, sureness
from ui.models import Choice
from ui.reading.desk import desk

LIVE, PICTURE = "Live video", "One picture"
LAYOUTS = {"A page": "page", "One line": "line", "One character": "char"}
TAKEN_ALONG = ("charset", "model", "reader", "language")  # what Read asks for too
NOTHING = "No writing found. Hold the page closer, and still."
LONG = 24  # characters above which an answer is shown as plain text


@dataclass(frozen=True)
class Asked:
    """How frames are read: `key` tells one way from another, `read` does it."""

    key: object
    read: Callable[[np.ndarray], Page]


def asked(choice: Choice, layout: str) -> Asked:
    """How frames are read with what is chosen. Raises HwrError when there are no weights, or these cannot read so."""
    path = choice.weights()
    recognizer = choice.recognizer()
    recognizer.check(layout=layout, charset=choice.charset, reader=choice.reader)
    read = functools.partial(read_frame, recognizer, layout=layout, **choice.how)
    return Asked((choice, layout, path, path.stat().st_mtime_ns), read)


def show_page(page: Page | None, hint: str) -> None:
    """What was read; `hint` stands there while it is nothing."""
    if page and len(page.text) > LONG:
        st.code(page.text, language=None, wrap_lines=True)
        st.caption(sureness(page.glyphs))
    else:
        show_answer(page.glyphs if page else (), hint, page.text if page else "")


def keep(still: Still, *, name: str) -> None:
    """What can be done with a picture: to Read, and as a file with and without its boxes."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Send to Read", icon=":material/document_scanner:", key="webcam_send", type="primary"):
            _send(still, name)
        for label, boxes in (("Picture", False), ("With boxes", True)):
            st.download_button(
                label,
                functools.partial(_png, still, boxes),
                file_name=f"{name}{'-boxes' if boxes else ''}.png",
                mime="image/png",
                icon=":material/download:",
                key=f"webcam_download_{boxes}",
                on_click="ignore",
            )


def _send(still: Still, name: str) -> None:
    """Lays the picture on the Read page's desk, to be read as it was read here, and goes there."""
    for what in TAKEN_ALONG:
        if f"webcam_{what}" in st.session_state:
            st.session_state[f"read_{what}"] = st.session_state[f"webcam_{what}"]
    desk().add(f"{name}.png", _png(still, False))
    if "webcam_live" in st.session_state:
        st.session_state.webcam_live.go_on()  # who comes back finds no frozen picture
    st.switch_page("pages/read.py")


def _png(still: Still, boxes: bool) -> bytes:
    out = io.BytesIO()
    Image.fromarray(marked(still.picture, still.page) if boxes else still.picture).save(out, "PNG", compress_level=3)
    return out.getvalue()
