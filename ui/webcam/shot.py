"""One picture taken with the browser's own camera: where live video cannot connect, or is not wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from hwr.errors import HwrError
from hwr.live import Still, marked
from hwr.preprocess import open_picture
from ui.answers import plain
from ui.webcam.answer import NOTHING, Asked, keep, show_page

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

HINT = "Take a picture of a page: its text stands here."
EVEN = "The picture is all of one colour: see that the camera shows the page, clear the photo and take another."
SWING = 16  # levels between the darkest and the lightest pixel, below which a picture shows nothing


def one_picture(left: DeltaGenerator, right: DeltaGenerator, ask: Callable[[], Asked]) -> None:
    """The camera, and what the picture that it took was read as; `ask` says how it is read."""
    with left:
        shot = st.camera_input("Hold the page still and take a picture", key="webcam_shot")
    with right:
        still = None
        try:
            still = _read(shot.getvalue(), ask()) if shot else None
        except HwrError as error:
            st.error(plain(str(error)), icon=":material/error:")
        show_page(still.page if still else None, _hint(still))
        if still:
            st.image(marked(still.picture, still.page))
            keep(still, name="camera")


def _hint(still: Still | None) -> str:
    """What to do while there is no text: a camera that has only begun may give a black picture."""
    if still is None:
        return HINT
    return EVEN if int(still.picture.max()) - int(still.picture.min()) < SWING else NOTHING


def _read(content: bytes, question: Asked) -> Still:
    """A picture, read once for each way of reading."""
    known = (hashlib.sha256(content).hexdigest(), question.key)
    if st.session_state.get("webcam_shot_read", (None,))[0] != known:
        picture = open_picture(content)
        picture = np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture
        st.session_state.webcam_shot_read = (known, Still(picture, question.read(picture)))
    return st.session_state.webcam_shot_read[1]
