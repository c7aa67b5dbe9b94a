"""The app in a real browser: for the browser tests, the latency figures and the README's picture.

Starts the app in a process of its own and drives it with Debian's Chromium through Playwright, with real mouse events.
Not a test by itself.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hwr import drawing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000  # milliseconds for anything to appear: the machine may be busy


def missing() -> str:
    """Why there is no browser here, or "" when there is one."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed (requirements-dev.txt)"
    return "" if CHROMIUM.exists() else f"there is no {CHROMIUM} (Debian's package chromium)"


STREAMLIT = ("-m", "streamlit")


@contextmanager
def app(starter: Sequence[str] = STREAMLIT) -> Iterator[str]:
    """The app, served from a process of its own on a free port; gives its address. Raises RuntimeError if it dies.

    `starter` are the arguments with which Python starts Streamlit.
    """
    port = free_port()
    server = serve(port, starter)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(port: int, starter: Sequence[str] = STREAMLIT) -> subprocess.Popen:
    """The app as a process that answers on this port; raises RuntimeError if it dies before."""
    command = [sys.executable, *starter, "run", "app.py"]
    options = [f"--server.port={port}", "--server.fileWatcherType=none"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([*command, *options], cwd=ROOT, env=os.environ, stdout=quiet, stderr=quiet)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
    except RuntimeError:
        server.kill()
        raise
    return server


def _wait_for(address: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("The app did not start; try: python -m streamlit run app.py")


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Headless Chromium, with further options of its command line. Raises RuntimeError where there is none."""
    if missing():
        raise RuntimeError(f"No browser: {missing()}.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*OPTIONS, *options])
        try:
            yield browser
        finally:
            browser.close()


def visit(browser: Browser, address: str, *, width: int = 1280, height: int = 860, dark: bool = False) -> Page:
    """A page of the app for a new visitor, drawn to the end."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", has_touch=width < 500
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    page.get_by_test_id("stPageLink").first.wait_for()
    settled(page)
    return page


def settled(page: Page) -> None:
    """Waits until the app's script has finished its run."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def sheet_box(page: Page) -> tuple[float, float, float, float]:
    """Where the sheet is in the window: left, top, width, height."""
    sheet = page.locator("canvas.upper-canvas")
    sheet.wait_for()
    box = sheet.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def strokes(text: str, width: float, height: float, *, margin: float = 0.16) -> list[np.ndarray]:
    """`text` in our own handwriting on a sheet of this size, as strokes in its pixels."""
    edge = margin * min(width, height)
    return [stroke.points for stroke in drawing.write(text, box=(edge, edge, width - edge, height - edge), pen=1)]


def draw(page: Page, text: str) -> None:
    """Writes on the sheet with real mouse events, stroke by stroke."""
    left, top, width, height = sheet_box(page)
    for stroke in strokes(text, width, height):
        (x, y), *rest = stroke + np.array([left, top])
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y)
        page.mouse.up()
