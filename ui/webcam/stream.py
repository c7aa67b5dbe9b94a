"""Live video: the browser's camera through streamlit-webrtc, its frames with boxes over them, how fast that goes, freezing.

The frames come and go on threads that touch nothing of Streamlit; the page looks at how it stands from time to time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from hwr.live import Live, marked
from ui.answers import plain
from ui.webcam.answer import NOTHING, PICTURE, Asked, keep, show_page

if TYPE_CHECKING:
    import av
    from streamlit.delta_generator import DeltaGenerator

TICK = 0.5  # seconds between two looks
SLOW, BRIEF = (
    8.0,
    2.0,
)  # seconds without a frame after which one picture is offered; when connecting has ended by itself
VIDEO = {
    "width": {"ideal": 640},
    "height": {"ideal": 480},
    "frameRate": {"ideal": 20},  # smooth enough, and half of two cores are left to read
    "facingMode": {"ideal": "environment"},  # of a telephone, the camera at its back
}
HINT = "Press Start and hold handwriting before the camera: it is read as it moves."
FIRST = "Reading ..."
CANNOT = (
    "No video comes through: the network may let none pass between this browser and the server, or the camera is in use. "
    "Take one picture instead."
)


def live_video(left: DeltaGenerator, right: DeltaGenerator) -> None:
    """The video with its tools, and what is read in it."""
    now = _live()
    with left:
        state = _video(now)
        _tools(now, playing=state.playing)
    with right:
        moving = (state.playing or state.signalling) and not now.still
        st.fragment(_look, run_every=TICK if moving else None)(now, state)


def listen(question: Asked | None) -> None:
    """Says how the video is read, and as which picture it is shown."""
    mirrored = st.session_state.get("webcam_mirrored", False)
    _live().ask(question.key if question else None, question.read if question else None, mirrored=mirrored)


def _live() -> Live:
    """This session's live reading."""
    return st.session_state.setdefault("webcam_live", Live())


def _video(now: Live) -> Any:
    """The component that brings the frames and shows them; gives its state. No server of others helps it to connect."""
    import av
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    def back(frame: av.VideoFrame) -> av.VideoFrame:
        return av.VideoFrame.from_ndarray(now.show(frame.to_ndarray(format="rgb24")), format="rgb24")

    return webrtc_streamer(
        key="webcam_video",
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": []},
        media_stream_constraints={"video": VIDEO, "audio": False},
        video_frame_callback=back,
        video_html_attrs={"autoPlay": True, "controls": False, "muted": True, "style": {"width": "100%"}},
        media_toggle_controls=False,
        translations={"start": "Start", "stop": "Stop", "select_device": "Choose a camera"},
    ).state


def _tools(now: Live, *, playing: bool) -> None:
    """Freeze or go on, and the mirror."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if now.still:
            st.button("Go on", icon=":material/play_arrow:", key="webcam_go_on", on_click=now.go_on)
        else:
            st.button(
                "Freeze",
                icon=":material/pause:",
                key="webcam_freeze",
                disabled=not playing,
                on_click=now.freeze,
                help="Keeps the picture, to look at, to send to Read, or as a file.",
            )
        st.toggle(
            "Mirrored",
            key="webcam_mirrored",
            persist_state="session",
            help="Shows the picture as a mirror does. It is read as the camera sees it.",
        )


def _look(now: Live, state: Any) -> None:
    """The answer as it is now, and how fast frames and readings follow each other."""
    if st.session_state.get("webcam_way") == PICTURE:  # pressed here, in a fragment
        st.rerun()
    standing = now.standing()
    running = state.playing or state.signalling
    hint = NOTHING if standing.page else FIRST
    show_page(standing.page if running or now.still else None, hint if standing.frames or now.still else HINT)
    if now.still:
        st.caption("Frozen. Go on lets the camera go on.")
        if not running:  # the video is gone
            st.image(marked(now.still.picture, now.still.page))
        keep(now.still, name="webcam")
    elif standing.frames:
        st.caption(f"{standing.frames:.0f} frames a second, {standing.reads:.1f} readings a second")
    elif _waits_for_ever(running):
        _offer_a_picture()
    elif running:
        st.caption("Connecting ...")
    if standing.frames:
        st.session_state.webcam_since = None
    if standing.problem:
        st.error(plain(standing.problem), icon=":material/error:")


def _waits_for_ever(running: bool) -> bool:
    """Whether frames should have come by now, or connecting was given up."""
    since = st.session_state.get("webcam_since")
    if running and since is None:
        st.session_state.webcam_since = since = time.monotonic()
    return since is not None and time.monotonic() - since > (SLOW if running else BRIEF)


def _offer_a_picture() -> None:
    st.warning(CANNOT, icon=":material/videocam_off:")
    st.button("Take one picture", icon=":material/photo_camera:", key="webcam_instead", on_click=_one_picture)


def _one_picture() -> None:
    st.session_state.webcam_way, st.session_state.webcam_since = PICTURE, None
