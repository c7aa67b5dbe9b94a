"""The shared Streamlit code: the frame of a page, the sheet to draw on, cached models, and how an answer is shown.

Not here: the pages themselves, and anything that works without Streamlit (that is in hwr).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from hwr import checkpoint, drawing, figures
from hwr.errors import HwrError
from hwr.results import Glyph, Page

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from hwr.recognize import Recognizer


@dataclass(frozen=True)
class Entry:
    """A page in the navigation: its file, title and icon, what a visitor does there, and a line on what it shows."""

    file: str
    title: str
    icon: str
    invitation: str = ""
    line: str = ""


PAGES = {
    "home": Entry("app.py", "Home", ":material/home:"),
    "draw": Entry(
        "pages/draw.py",
        "Draw",
        ":material/draw:",
        "Draw on a large sheet",
        "One character or several, and what the network sees of them.",
    ),
    "read": Entry(
        "pages/read.py",
        "Read",
        ":material/document_scanner:",
        "Read a picture",
        "Photos, scans or the camera to text, with a box for each character.",
    ),
}
CHARSETS = {
    "Digits and letters": None,
    "Digits": "0-9",
    "Capitals": "A-Z",
    "Small letters": "a-z",
    "Letters": "A-Za-z",
}
AUTOMATIC = "Automatic"
WIDTH = 1120
PHONE = 320
CHART = {"displayModeBar": False}
# Tells how wide a canvas can be and hurries it; see the file.
_companion = st.components.v2.component(
    "hwr_canvas", html="<div></div>", js=Path(__file__).with_name("canvas.js").read_text(encoding="utf-8")
)


def page(name: str) -> DeltaGenerator:
    """Every page's first line: configures it, draws the navigation, gives the column that the page is drawn in."""
    entry = PAGES[name]
    # An icon of our own ink: a Material icon would be fetched from its maker's server.
    st.set_page_config(page_title=f"{entry.title} · Handwriting", page_icon=favicon(), layout="wide")
    if st.session_state.get("page") != name:
        st.session_state.page = name
        sheet(name).restart(sheet(name).drawing)  # the browser has dropped the canvas of the last visit
    column = st.container(horizontal_alignment="center").container(width=WIDTH)
    with column.container(horizontal=True, gap="small"):
        for other in PAGES.values():
            st.page_link(other.file, label=other.title, icon=other.icon)
    if name != "home":
        column.header(entry.title, anchor=False)
    return column


@st.cache_data(max_entries=1)
def favicon() -> Image.Image:
    """A handwritten "a", dark on white."""
    return Image.open(io.BytesIO(drawing.page_png("a", width=64, height=64, pen=9)))


# Models


@st.cache_resource(max_entries=4, show_spinner=False)
def recognizer(path: Path, modified: int) -> Recognizer:
    """A recognizer, loaded once for all visitors, again when its file changes; warmed up for the first stroke."""
    from hwr.recognize import Recognizer

    loaded = Recognizer.load(path)
    loaded.predict(np.zeros((1, 28, 28), dtype=np.uint8))
    return loaded


@dataclass(frozen=True)
class Choice:
    """What a visitor chose to read with: a model's name, or None for the best one, and a charset, or None for all."""

    model: str | None = None
    charset: str | None = None

    def weights(self) -> Path:
        """The file of the weights to read with; raises HwrError when there is none."""
        known = {item["name"]: item["path"] for item in checkpoint.list_weights()}
        return known[self.model if self.model in known else checkpoint.best_weights(list(known), self.charset)]

    def recognizer(self) -> Recognizer:
        path = self.weights()
        return recognizer(path, path.stat().st_mtime_ns)

    def read(self, picture: Any, layout: str) -> Page:
        """What stands in a picture; raises HwrError for a bad picture, an impossible charset or missing weights."""
        return self.recognizer().read(picture, layout=layout, charset=self.charset)

    def read_drawing(self, drawn: drawing.Drawing | None, pad: Pad, layout: str) -> Page:
        """What stands on a canvas; raises HwrError as `read` does. A blank one needs no model."""
        self.weights()
        if drawing.is_blank(drawn):
            return Page((), pad.width, pad.height)
        ink = drawing.ink(drawn, width=pad.width, height=pad.height)
        return self.recognizer().read_ink(ink, layout=layout, charset=self.charset)

    def warm(self) -> None:
        """Loads the model when the page already stands, so that the first stroke does not wait for it."""
        with contextlib.suppress(HwrError):  # told when there is something to read
            self.recognizer()


def choose(prefix: str, shares: tuple[int, int] = (1, 1)) -> Choice:
    """The two choices that every reading page has, side by side: which characters may come out, which model reads."""
    left, right = st.columns(shares, gap="medium")
    charset = left.selectbox(
        "Characters",
        list(CHARSETS),
        key=f"{prefix}_charset",
        persist_state="session",
        accept_new_options=True,
        help='Only these can be the answer. Type your own, for example "0-9" or "A-F0-9".',
    )
    known = {item["name"]: item for item in checkpoint.list_weights()}
    model = right.selectbox(
        "Model",
        [AUTOMATIC, *known],
        key=f"{prefix}_model",
        persist_state="session",
        format_func=lambda name: f"{name} ({len(known[name]['classes'])} classes)" if name in known else name,
        help="Automatic takes the network made for the characters chosen.",
    )
    return Choice(None if model == AUTOMATIC else model, CHARSETS.get(charset, charset))


# The sheet


def sheet(prefix: str) -> drawing.Sheet:
    """This session's sheet of a page; its ink outlives a visit to another page."""
    return st.session_state.setdefault(f"{prefix}_sheet", drawing.Sheet(room=PHONE))


@dataclass(frozen=True)
class Pad:
    """The size of a canvas in pixels and the diameter of its pen."""

    width: int
    height: int
    pen: int

    def sample(self, text: str) -> dict[str, Any]:
        """Our own handwriting that fills the pad."""
        side = min(self.width, self.height)
        margin = side * 0.14
        box = (margin, margin, self.width - margin, self.height - margin)
        return drawing.to_drawing(drawing.write(text, box=box, pen=self.pen))


def canvas(prefix: str, pad: Pad) -> dict[str, Any]:
    """The sheet to draw on; gives the drawing as it is now, also kept in `sheet(prefix)`.

    On the run after a stroke, undo or clear it is already the new one.
    """
    from streamlit_drawable_canvas import st_canvas

    now = sheet(prefix)
    result = st_canvas(
        stroke_width=pad.pen,
        stroke_color=drawing.INK_COLOR,
        background_color=figures.PAPER,
        width=pad.width,
        height=pad.height,
        initial_drawing=now.start,
        key=f"{prefix}_canvas",
    )
    now.hear(result.json_data or {"objects": []})
    return now.drawing


def canvas_width(prefix: str, most: int) -> int:
    """How wide a canvas can be here, at most `most` pixels; a phone's width until the browser has told `measure`."""
    now = sheet(prefix)
    now.room = st.session_state.get(f"{prefix}_room", {}).get("width") or now.room
    return int(min(now.room, most))


def measure(prefix: str) -> None:
    """Invisible, under the canvas: tells `canvas_width` the room there is, and hurries the canvas (see canvas.js)."""
    _companion(key=f"{prefix}_room", default={"width": None}, on_width_change=_nothing, height=1)


def _nothing() -> None:
    return None


def tools(prefix: str, pad: Pad, sample: str) -> None:
    """Undo, clear and a sample, in one row."""
    now = sheet(prefix)
    blank = drawing.is_blank(now.drawing)

    def button(label: str, icon: str, act: Callable[[], None], disabled: bool = False) -> None:
        st.button(label, icon=f":material/{icon}:", key=f"{prefix}_{icon}", on_click=act, disabled=disabled)

    button("Undo", "undo", lambda: now.restart(drawing.without_last(now.drawing)), blank)
    button("Clear", "delete", lambda: now.restart({"objects": []}), blank)
    button("Sample", "gesture", lambda: now.restart(pad.sample(sample)))


# Answers


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~$:^=&" else char for char in text)


def show_answer(glyphs: tuple[Glyph, ...], hint: str, text: str = "") -> None:
    """What was read, large (long texts smaller), and how sure that is; `hint` stands there while it is nothing."""
    text = text or "".join(glyph.char for glyph in glyphs)
    shown = "  \n".join(plain(line) for line in text.split("\n")) or "…"
    (st.title if len(text) <= 8 else st.header)(shown, anchor=False)
    st.caption(sureness(glyphs) if glyphs else hint)


def sureness(glyphs: tuple[Glyph, ...]) -> str:
    """How sure an answer is, in words: its least sure character, and what it could be instead when that is in doubt."""
    least = min(glyphs, key=lambda glyph: glyph.confidence)
    sure = f"{figures.percent(least.confidence)} sure"
    if len(glyphs) > 1:
        sure = f"{len(glyphs)} characters, at least {sure}"
    others = [char for char, _ in least.alternatives if char != least.char]
    doubt = f"; {least.char} could be {others[0]}" if least.confidence < 0.6 and others else ""
    return sure + doubt


def show_bars(glyph: Glyph | None, key: str) -> None:
    """The best five characters for a glyph; empty axes of the same height without one."""
    chart = figures.bars(glyph.alternatives if glyph else [])
    st.plotly_chart(chart, key=key, config=CHART, alt="The five most likely characters")


def looked(choice: Choice, glyph: Glyph | None) -> np.ndarray:
    """Where the network looked to see a glyph's character: float32 (28, 28) in [0, 1]; zeros without a glyph."""
    if glyph is None or glyph.image is None:
        return np.zeros((28, 28), dtype=np.float32)
    from hwr.explain import saliency

    return saliency(choice.recognizer(), glyph.image, glyph.char)
