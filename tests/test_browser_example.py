"""examples/browser in headless Chromium: its framing is ours, and it reads a digit drawn with the mouse."""

import base64
import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from benchmarks import browser as real
from hwr import checkpoint, engines
from hwr.drawing import page_png
from hwr.preprocess import FRAMINGS, frame, ink, open_picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(real.missing()), reason=f"no browser: {real.missing()}"),
]

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "browser"
RUNTIME = Path(os.environ.get("HWR_ONNXRUNTIME_WEB") or EXAMPLE / "onnxruntime-web")  # the folder dist of npm's package
FRAME = """async ([data, width, height, framing]) => {
    const { frame } = await import("/framing.js");
    const bytes = Float64Array.from(atob(data), (char) => char.charCodeAt(0));
    return Array.from(frame({ data: bytes, width, height }, framing));
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A plain host for files that says nothing."""

    def log_message(self, *args) -> None: ...


@pytest.fixture(scope="module")
def digits() -> bytes:
    return engines.to_onnx(*checkpoint.load(checkpoint.find("digits")))


@pytest.fixture(scope="module")
def site(tmp_path_factory, digits) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for file in EXAMPLE.glob("*.*"):
        shutil.copy(file, folder)
    (folder / "model.onnx").write_bytes(digits)
    if RUNTIME.is_dir():
        (folder / "onnxruntime-web").symlink_to(RUNTIME.resolve())
    return folder


@pytest.fixture(scope="module")
def page(site, chromium):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = chromium.new_page()
    page.set_default_timeout(real.PATIENCE)
    page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
    yield page
    page.close()
    server.shutdown()
    server.server_close()


def framed_there(page, inked: np.ndarray, framing: str) -> np.ndarray:
    """The glyph of ink as the page frames it."""
    asked = [base64.b64encode(inked.tobytes()).decode(), inked.shape[1], inked.shape[0], framing]
    return np.array(page.evaluate(FRAME, asked)).reshape(28, 28)


def drawn(text: str, pen: int, size: int) -> np.ndarray:
    return ink(open_picture(page_png(text, width=size, height=size, pen=pen)))


@pytest.mark.parametrize(("pen", "size"), [(24, 336), (6, 336), (60, 336), (8, 100), (40, 640)])
@pytest.mark.parametrize("char", "0123456789")
@pytest.mark.parametrize("framing", FRAMINGS)
def test_its_framing_is_ours(page, framing, char, pen, size):
    inked = drawn(char, pen, size)
    difference = np.abs(framed_there(page, inked, framing) - frame(inked, framing).astype(int))
    assert difference.mean() < 0.5
    assert difference.max() <= 8


@pytest.mark.parametrize("framing", FRAMINGS)
def test_empty_sheets_dots_and_faint_ink(page, framing):
    faint = drawn("4", 20, 200) // 2
    dot = np.zeros((200, 200), np.uint8)
    dot[90:104, 90:104] = 255
    for inked in (np.zeros((50, 60), np.uint8), dot, faint):
        assert np.abs(framed_there(page, inked, framing) - frame(inked, framing).astype(int)).max() <= 8


def test_it_knows_what_the_model_says_of_itself(page):
    said = page.evaluate(
        """async () => {
            const { metadata } = await import("/model.js");
            return metadata(new Uint8Array(await (await fetch("/model.onnx")).arrayBuffer()));
        }"""
    )
    assert said["classes"] == "0123456789"
    assert said["framing"] == "emnist"
    assert 0.1 < float(said["temperature"]) < 2


def test_it_says_what_it_needs(page):
    if RUNTIME.is_dir():
        page.locator("#said").filter(has_text="Ready: 0123456789").wait_for()
    else:
        page.locator("#said").filter(has_text="Put the folder dist of npm's onnxruntime-web").wait_for()


@pytest.mark.skipif(not RUNTIME.is_dir(), reason="no onnxruntime-web: HWR_ONNXRUNTIME_WEB names no folder")
@pytest.mark.parametrize("char", "147")
def test_it_reads_a_drawn_digit(page, char):
    page.get_by_role("button", name="Clear").click()
    page.locator("#answer").filter(has_text="…").wait_for()
    box = page.locator("#sheet").bounding_box()
    strokes = {"1": [[(0.5, 0.2), (0.5, 0.8)]], "7": [[(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]]}
    strokes["4"] = [[(0.4, 0.2), (0.3, 0.55), (0.7, 0.55)], [(0.6, 0.3), (0.6, 0.85)]]
    for stroke in strokes[char]:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=8)
        page.mouse.up()
    page.locator("#answer").filter(has_text=char).wait_for()
