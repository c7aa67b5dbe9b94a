"""The shared Streamlit code: the frame of a page, the sheet to draw on, cached models, and how an answer is shown.

Not here: the pages themselves, and anything that works without Streamlit (that is in hwr).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from hwr import checkpoint, drawing, figures
from hwr.classes import DIGITS, parse_charset
from hwr.errors import HwrError
from hwr.preprocess import open_picture
from hwr.results import Glyph, Page

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from hwr.recognize import Recognizer


@dataclass(frozen=True)
class Entry:
    """A page in the navigation: its file, its title, its icon, and one line on what a visitor can do there."""

    file: str
    title: str
    icon: str
    line: str


PAGES = {
    "home": Entry("app.py", "Home", ":material/home:", "Handwriting, read as you write."),
    "draw": Entry(
        "pages/draw.py",
        "Draw",
        ":material/draw:",
        "A large sheet, one character or several, and what the network sees of it.",
    ),
    "read": Entry(
        "pages/read.py",
        "Read",
        ":material/document_scanner:",
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
def recognizer(name: str) -> Recognizer:
    """A recognizer by name, loaded once for all visitors and warmed up, so that the first stroke is read at once."""
    from hwr.recognize import Recognizer

    loaded = Recognizer.load(name)
    loaded.predict(np.zeros((1, 28, 28), dtype=np.uint8))
    return loaded


def best_weights(names: list[str], charset: str | None) -> str:
    """The weights for a charset: "digits" when it holds digits only, else "characters", else the best that is there.

    Raises HwrError when there are no weights.
    """
    digits_only = charset is not None and set(parse_charset(charset)) <= set(DIGITS)
    wanted = ["digits", "mnist"] if digits_only else ["characters", "emnist-bymerge"]
    found = [name for name in (*wanted, *names) if name in names]
    if not found:
        raise HwrError("There are no weights to read with; train some: python -m hwr train --dataset mnist.")
    return found[0]


@dataclass(frozen=True)
class Choice:
    """What a visitor chose to read with: a model's name, or None for the best one, and a charset, or None for all."""

    model: str | None = None
    charset: str | None = None

    def recognizer(self) -> Recognizer:
        names = [item["name"] for item in checkpoint.list_weights()]
        chosen = self.model if self.model and self.model in names else best_weights(names, self.charset)
        return recognizer(chosen)

    def read(self, picture: Any, layout: str) -> Page:
        """What stands in a picture; raises HwrError for a bad picture, an impossible charset or missing weights."""
        return self.recognizer().read(picture, layout=layout, charset=self.charset)

    def read_drawing(self, drawn: drawing.Drawing, pad: Pad, layout: str) -> Page:
        """What stands on a canvas; raises HwrError as `read` does."""
        ink = drawing.ink(drawn, width=pad.width, height=pad.height)
        return self.recognizer().read_ink(ink, layout=layout, charset=self.charset)


def choose(prefix: str) -> Choice:
    """The two choices that every reading page has: which characters may come out, and which model reads."""
    left, right = st.columns(2)
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


@dataclass
class Sheet:
    """What is on a canvas. A new key would empty the canvas too, but the page would jump while it is put up again.

    `start` is the drawing that the canvas is given; when that changes, the canvas takes it and then says so. Until it
    has, it still tells what was on it before (`told`), which is not believed (`stale`). `room` is its width in pixels.
    """

    drawing: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] = field(default_factory=lambda: {"objects": []})
    told: list[Any] = field(default_factory=list)
    stale: list[Any] | None = None
    room: float = PHONE

    def restart(self, drawn: Mapping[str, Any]) -> None:
        """Puts another drawing on the canvas; also when it is the one that it was given before."""
        self.start = {"objects": list(drawn.get("objects", [])), "restart": self.start.get("restart", 0) + 1}
        self.drawing, self.stale = self.start, self.told

    def hear(self, told: Mapping[str, Any]) -> None:
        """Takes what the canvas says is on it."""
        self.told = list(told.get("objects", []))
        if self.told != self.stale:
            self.drawing, self.stale = dict(told), None


def sheet(prefix: str) -> Sheet:
    """This session's sheet of a page; its ink outlives a visit to another page."""
    return st.session_state.setdefault(f"{prefix}_sheet", Sheet())


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


# Pictures


@dataclass(frozen=True)
class Upload:
    """A picture that a visitor gave: its name and the bytes of its file."""

    name: str
    content: bytes

    @property
    def key(self) -> str:
        """Names the picture in widget keys: the same for the same bytes."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    def picture(self) -> np.ndarray:
        """Upright pixels; raises HwrError when the file is no picture."""
        return open_picture(self.content)


@st.cache_data(max_entries=64, show_spinner=False)
def read_picture(content: bytes, model: str | None, charset: str | None, layout: str) -> Page | str:
    """What stands in a picture, or the sentence that says why it cannot be read; nothing is read twice."""
    try:
        return Choice(model, charset).read(content, layout)
    except HwrError as error:
        return str(error)


def read_all(uploads: list[Upload], choice: Choice, layout: str) -> list[tuple[Upload, Page | str]]:
    """Reads pictures one after the other, showing how far it is; a bad one gives a sentence in place of its page."""
    bar = st.empty()
    read = []
    for place, upload in enumerate(uploads):
        bar.progress(place / len(uploads), f"Reading {plain(upload.name)}, {place + 1} of {len(uploads)}")
        read.append((upload, read_picture(upload.content, choice.model, choice.charset, layout)))
    bar.empty()
    return read
