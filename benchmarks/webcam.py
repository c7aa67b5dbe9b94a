"""Frames and readings a second of the Webcam page: python -m benchmarks.webcam --data-dir DIR

Chromium's fake camera plays a video of MNIST digits on paper, held by an unsteady hand; frames are counted in the browser,
where they are seen. All on this machine: the server shows its loopback address, which it otherwise leaves out.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from benchmarks import browser as real
from hwr import data, drawing
from hwr.dataset import Source
from hwr.preprocess import open_picture

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page

WIDTH, HEIGHT, RATE = 640, 480, 30
LEAST = 10.0  # frames a second
SPAN = 4_000  # milliseconds over which frames are counted
PAPER, INK = (238, 232, 222), (44, 48, 84)
GLYPH, PITCH, SWAY = 96, 90, 5.0  # pixels: of a character, from one to the next, of the hand
LOOPBACK = (
    "-c",
    "import aioice.ice; aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ['127.0.0.1']; "
    "from streamlit.web.cli import main; main()",
)
SPEED = re.compile(r"(\d+) frames a second, ([\d.]+) readings a second")


def camera(video: Path) -> tuple[str, ...]:
    """Chromium's options for a camera that plays a video, and for a connection that stays on this machine."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--allow-loopback-in-peer-connection",
    )


def digits(text: str, folder: Path, *, first: int = 0) -> np.ndarray:
    """Digits of MNIST's test set, the first of each from a place on, beside each other: ink, uint8 (h, w), 255 on 0."""
    part = data.load("mnist", Source(folder=folder, part="test"))
    row = np.zeros((GLYPH, PITCH * (len(text) - 1) + GLYPH), np.uint8)
    for place, char in enumerate(text):
        which = np.flatnonzero(part.labels == part.classes.index(char))
        glyph = cv2.resize(part.images[which[first + place]], (GLYPH, GLYPH), interpolation=cv2.INTER_CUBIC)
        room = row[:, place * PITCH : place * PITCH + GLYPH]
        np.maximum(room, glyph, out=room)
    return row


def drawn(text: str) -> np.ndarray:
    """The text in our own stroke font, where there are no data: ink, uint8 (h, w), 255 on 0."""
    return 255 - open_picture(drawing.page_png(text, width=PITCH * len(text) + 40, height=GLYPH + 60, pen=7))


def film(ink: np.ndarray, path: Path, *, seconds: float = 1.0) -> None:
    """A video (y4m) of the ink on paper in an unsteady hand; it can be played over and over."""
    rng = np.random.default_rng(7)
    count = round(RATE * seconds)
    x, y = (WIDTH - ink.shape[1]) / 2, (HEIGHT - ink.shape[0]) / 2
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for turn in 2 * np.pi * np.arange(count) / count:
            shift = np.array([[1, 0, x + SWAY * np.sin(turn)], [0, 1, y + SWAY * np.cos(2 * turn)]])
            share = cv2.warpAffine(ink, shift, (WIDTH, HEIGHT))[..., None] / 255
            picture = share * INK + (1 - share) * PAPER + rng.normal(0, 2, (HEIGHT, WIDTH, 1))
            planes = cv2.cvtColor(np.clip(picture, 0, 255).astype(np.uint8), cv2.COLOR_RGB2YUV_I420)
            file.write(b"FRAME\n" + planes.tobytes())


@contextmanager
def watching(video: Path, **how: Any) -> Iterator[Page]:
    """The Webcam page of a visitor whose camera plays a video, on a server of its own."""
    with real.app(LOOPBACK) as address, real.chromium(*camera(video)) as chromium:
        page = real.visit(chromium, f"{address}/webcam", **how)
        yield page
        page.context.close()


def streamer(page: Page) -> FrameLocator:
    """The component that shows the video."""
    return page.frame_locator('iframe[title="streamlit_webrtc.component.webrtc_streamer"]')


def start(page: Page) -> None:
    """Presses Start and waits until the first answer's speed stands in the page."""
    streamer(page).get_by_role("button", name="Start").click()
    page.get_by_text(SPEED).wait_for()


def frames_a_second(page: Page) -> float:
    """Frames that the browser shows, counted there."""
    return (
        streamer(page)
        .locator("video")
        .evaluate(
            """async (video, span) => {
            const count = () => video.getVideoPlaybackQuality().totalVideoFrames;
            const [before, began] = [count(), performance.now()];
            await new Promise((done) => setTimeout(done, span));
            return 1000 * (count() - before) / (performance.now() - began);
        }""",
            SPAN,
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    folder = data.data_folder(parser.parse_args().data_dir)
    with tempfile.TemporaryDirectory() as temporary:
        video = Path(temporary) / "camera.y4m"
        film(digits("31427", folder) if data.is_here("mnist", folder) else drawn("31427"), video)
        with watching(video) as page:
            start(page)
            page.get_by_role("heading", name="31427").wait_for()
            shown = frames_a_second(page)
            said = SPEED.search(page.get_by_text(SPEED).inner_text())
    print(f"{shown:.1f} frames a second (at least {LEAST:.0f}), {said[2] if said else 0} readings a second")
    return int(shown < LEAST)


if __name__ == "__main__":
    sys.exit(main())
