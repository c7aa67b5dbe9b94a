"""The Webcam page through AppTest, with streamlit-webrtc replaced by frames of our own; the real one is in
test_browser_webcam.py."""

import io
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from hwr import checkpoint, drawing
from hwr.live import Live
from hwr.preprocess import open_picture
from tests.test_pages import checked, visit
from ui.webcam import stream

pytestmark = pytest.mark.skipif(
    not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"
)


class Frame:
    """A frame as streamlit-webrtc gives and takes it."""

    def __init__(self, pixels: np.ndarray):
        self.pixels = pixels

    def to_ndarray(self, format: str) -> np.ndarray:
        assert format == "rgb24"
        return self.pixels

    @staticmethod
    def from_ndarray(pixels: np.ndarray, format: str) -> "Frame":
        assert format == "rgb24"
        return Frame(pixels)


@pytest.fixture
def camera(monkeypatch):
    """A camera that plays when it is told to; `camera.film(app, text)` plays until there is an answer."""
    state = SimpleNamespace(playing=False, signalling=False)
    asked = {}

    def streamer(**given):
        asked.update(given)
        return SimpleNamespace(state=state)

    def film(app: AppTest, text: str) -> np.ndarray:
        state.playing = True
        checked(app.run())
        end, shown = time.monotonic() + 30, picture(text)
        while live(app).standing().page is None or (shown == picture(text)).all():
            assert time.monotonic() < end
            shown = asked["video_frame_callback"](Frame(picture(text))).pixels
            time.sleep(0.01)
        checked(app.run())
        return shown

    modes = SimpleNamespace(SENDRECV="both")
    monkeypatch.setitem(sys.modules, "streamlit_webrtc", SimpleNamespace(webrtc_streamer=streamer, WebRtcMode=modes))
    monkeypatch.setitem(sys.modules, "av", SimpleNamespace(VideoFrame=Frame))
    monkeypatch.setattr("ui.webcam.possible", lambda: True)
    return SimpleNamespace(state=state, asked=asked, film=film)


def live(app: AppTest) -> Live:
    return app.session_state["webcam_live"]


def picture(text: str) -> np.ndarray:
    """Our own handwriting as a camera sees it."""
    grey = open_picture(drawing.page_png(text, width=640, height=480))
    return np.repeat(grey[..., None], 3, axis=2)


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_it_asks_no_server_of_others_and_says_what_to_do(camera):
    app = visit("webcam")
    assert camera.asked["rtc_configuration"] == {"iceServers": []}
    assert camera.asked["media_stream_constraints"]["audio"] is False
    assert "Press Start" in captions(app)
    assert app.button(key="webcam_freeze").disabled


def test_what_the_camera_sees_is_read_with_what_is_chosen(camera):
    app = visit("webcam", webcam_charset="Digits")
    camera.film(app, "314")
    assert app.title[0].value == "314"
    assert "frames a second" in captions(app)
    assert "readings a second" in captions(app)
    app.selectbox(key="webcam_charset").select("Small letters").run()
    camera.film(app, "314")
    assert app.title[0].value.replace("…", "").islower()


def test_a_charset_that_cannot_be_is_a_sentence(camera):
    app = visit("webcam", webcam_charset="9-0")
    assert "runs backwards" in app.error[0].value


def test_a_frozen_picture_goes_to_read_with_its_settings(camera):
    app = visit("webcam", webcam_charset="Digits")
    camera.film(app, "314")
    checked(app.button(key="webcam_freeze").click().run())
    assert "Frozen" in captions(app)
    assert app.title[0].value == "314"
    assert len(app.get("download_button")) == 2
    checked(app.button(key="webcam_send").click().run())
    assert app.header[0].value == "Read"
    assert live(app).still is None
    desk = app.session_state["read_desk"]
    app.switch_page("pages/read.py")  # AppTest itself stays where it was
    while desk.job:
        desk.job.wait(60)
        checked(app.run())
    assert [scan.file for scan in desk.scans] == ["webcam.png"]
    assert (desk.scans[0].source.picture() == picture("314")).all()
    assert app.text_area[0].value == "314"
    assert app.selectbox(key="read_charset").value == "Digits"


def test_going_on_lets_the_picture_go(camera):
    app = visit("webcam")
    camera.film(app, "314")
    checked(app.button(key="webcam_freeze").click().run())
    assert live(app).still
    assert not app.get("image")
    camera.state.playing = False
    assert checked(app.run()).get("image")
    checked(app.button(key="webcam_go_on").click().run())
    assert live(app).still is None
    assert not app.get("download_button")


def test_where_no_video_comes_one_picture_is_offered(camera, monkeypatch):
    app = visit("webcam")
    camera.state.signalling = True
    checked(app.run())
    assert not app.warning
    monkeypatch.setattr(stream, "SLOW", -1.0)
    checked(app.run())
    assert "No video comes through" in app.warning[0].value
    checked(app.button(key="webcam_instead").click().run())
    checked(app.run())
    assert app.session_state["webcam_way"] == "One picture"
    assert app.get("camera_input")


def test_connecting_that_was_given_up_is_told_and_a_press_of_stop_is_not(camera, monkeypatch):
    app = visit("webcam")
    camera.state.signalling = True
    checked(app.run())
    camera.state.signalling = False
    assert not checked(app.run()).warning
    monkeypatch.setattr(stream, "BRIEF", -1.0)
    assert checked(app.run()).warning


def test_one_picture_is_read_once_and_can_be_sent(camera, monkeypatch):
    app = visit("webcam", webcam_way="One picture", webcam_charset="Digits")
    out = io.BytesIO()
    Image.fromarray(picture("27")).save(out, "JPEG")
    shot = SimpleNamespace(getvalue=out.getvalue)
    monkeypatch.setattr("streamlit.camera_input", lambda *_, **__: shot)
    checked(app.run())
    assert app.title[0].value == "27"
    kept = app.session_state["webcam_shot_read"][1]
    checked(app.run())
    assert app.session_state["webcam_shot_read"][1] is kept
    checked(app.button(key="webcam_send").click().run())
    assert app.session_state["read_desk"].scans[0].file == "camera.png"


def test_a_picture_of_one_colour_says_what_to_do(camera, monkeypatch):
    out = io.BytesIO()
    Image.new("RGB", (640, 480)).save(out, "JPEG")
    monkeypatch.setattr("streamlit.camera_input", lambda *_, **__: SimpleNamespace(getvalue=out.getvalue))
    assert "all of one colour" in captions(visit("webcam", webcam_way="One picture"))


def test_a_picture_that_is_none_is_a_sentence(camera, monkeypatch):
    monkeypatch.setattr("streamlit.camera_input", lambda *_, **__: SimpleNamespace(getvalue=lambda: b"no picture"))
    app = visit("webcam", webcam_way="One picture")
    assert "text" in app.error[0].value


def test_without_streamlit_webrtc_one_picture_is_left(monkeypatch):
    monkeypatch.setattr("ui.webcam.possible", lambda: False)
    app = visit("webcam")
    assert "streamlit-webrtc" in captions(app)
    assert app.get("camera_input")
