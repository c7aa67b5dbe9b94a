"""The Webcam page in headless Chromium, whose camera plays a video of handwriting made here; the connection is loopback."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import browser as real
from benchmarks import webcam as bench
from hwr import checkpoint, data
from tests.test_browser import TEXT as READ
from tests.test_browser import press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
    pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights to read with"),
]
TEXT = "31427"
# The first picture that it gives may be black.
CAMERA = """document.querySelector('[data-testid="stCameraInput"] video')"""
LATEST = 100  # looks at the video, half a second apart: on a busy machine it comes long after what was read in it
TRIES = 5  # spans over which frames are counted: the machine may be busy with something else for a while


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A video of five digits of MNIST's test set on paper; of our own stroke font where there are no data."""
    folder = Path(os.environ.get("HWR_DATA") or "data")
    ink = bench.digits(TEXT, folder) if data.is_here("mnist", folder) else bench.drawn(TEXT)
    video = tmp_path_factory.mktemp("camera") / "camera.y4m"
    bench.film(ink, video)
    return video


@pytest.fixture(scope="module")
def address():
    with real.app(bench.LOOPBACK) as address:
        yield address


@pytest.fixture(scope="module")
def browser(film):
    with real.chromium(*bench.camera(film)) as browser:
        yield browser


@pytest.fixture
def page(address, browser):
    page = real.visit(browser, f"{address}/webcam")
    yield page
    page.context.close()


def colours(page) -> int:
    """How many pixels of the video are as green as a sure box."""
    return (
        bench.streamer(page)
        .locator("video")
        .evaluate(
            """video => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
            const context = canvas.getContext("2d");
            context.drawImage(video, 0, 0);
            const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
            let green = 0;
            for (let i = 0; i < pixels.length; i += 4)
                if (pixels[i + 1] > pixels[i] + 40 && pixels[i + 1] > pixels[i + 2]) green += 1;
            return green;
        }"""
        )
    )


def test_handwriting_is_read_live_frozen_and_sent_to_read(page, tmp_path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    bench.start(page)
    page.get_by_role("heading", level=1, name=TEXT, exact=True).wait_for()
    green = [colours(page)]
    while green[-1] <= 200 and len(green) < LATEST:  # the answer may come before the frame that it is drawn on
        page.wait_for_timeout(500)
        green.append(colours(page))
    assert green[-1] > 200, green
    rates = []
    while not rates or (rates[-1] < bench.LEAST and len(rates) < TRIES):
        rates.append(bench.frames_a_second(page))
    assert rates[-1] >= bench.LEAST, rates

    press(page, "Freeze")
    page.get_by_text("Frozen").wait_for()
    with page.expect_download() as download:
        press(page, "Picture")
    picture = np.asarray(Image.open(download.value.path()))
    assert picture.shape == (bench.HEIGHT, bench.WIDTH, 3)
    assert abs(picture.mean(axis=(0, 1)) - bench.PAPER).max() < 25
    press(page, "Go on")
    page.get_by_text(bench.SPEED).wait_for()
    press(page, "Freeze")
    press(page, "Send to Read")
    page.get_by_role("heading", name="Read", exact=True).wait_for()
    page.wait_for_function(f"{READ} === '{TEXT}'")
    page.get_by_text("webcam.png").wait_for()
    page.get_by_test_id("stPageLink").filter(has_text="Webcam").click()
    bench.streamer(page).get_by_role("button", name="Start").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []


def test_one_picture_is_read_where_live_video_cannot_be(page):
    page.get_by_text("One picture", exact=True).click()
    page.wait_for_function(f"{CAMERA} && {CAMERA}.readyState === 4 && {CAMERA}.currentTime > 0")
    page.get_by_role("button", name=re.compile("Take Photo", re.I)).click()
    page.get_by_role("heading", level=1, name=TEXT, exact=True).wait_for()
    press(page, "Send to Read")
    page.wait_for_function(f"{READ} === '{TEXT}'")


def test_where_nothing_comes_through_one_picture_is_offered(address, browser):
    page = real.visit(browser, address)
    page.add_init_script("RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {})")
    page.goto(f"{address}/webcam")
    bench.streamer(page).get_by_role("button", name="Start").click()
    page.get_by_text("No video comes through").wait_for()
    press(page, "Take one picture")
    page.get_by_test_id("stCameraInput").wait_for()
    page.context.close()
