"""What to read with: cached recognizers, and the choice of model and characters that every reading page has."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from hwr import checkpoint, drawing, onnx_file, sketch
from hwr.classes import AMOUNTS
from hwr.errors import HwrError
from hwr.results import Glyph, Page
from ui import uploading
from ui.sheet import Pad

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from hwr.recognize import Recognizer

CHARSETS = {
    "Digits and letters": None,
    "Digits": "0-9",
    "Amounts and dates": AMOUNTS,
    "Capitals": "A-Z",
    "Small letters": "a-z",
    "Letters": "A-Za-z",
}
READERS = {"Automatic": "auto", "Character by character": "glyphs", "Words at once": "lines"}
SPELLED = "Spelled like words"
LIKELY = {SPELLED: "letters", "Anything": "none"}  # beside languages
AUTOMATIC = "Automatic"
AUTO = "auto"  # in place of a layout: one character or several, as it looks


@st.cache_resource(max_entries=4, show_spinner=False)
def recognizer(path: Path, modified: int) -> Recognizer:
    """A recognizer on the engine that is faster here, loaded once for all visitors, again when its file changes; warmed up
    for the first stroke."""
    from hwr.engines import FASTEST
    from hwr.recognize import Recognizer

    loaded = Recognizer.load(path, engine=FASTEST)
    loaded.predict(np.zeros((1, 28, 28), dtype=np.uint8))
    return loaded


@dataclass(frozen=True)
class Choice:
    """What a visitor chose to read with: a model's name, or None for the best one, a charset, or None for all, how words
    are read, and what is likely (hwr.lines.letters.likely); `upload` is the file of a model that was brought."""

    model: str | None = None
    charset: str | None = None
    reader: str = "auto"
    words: str = "letters"
    upload: Path | None = None

    @property
    def how(self) -> dict[str, Any]:
        """What a recognizer's `read` and `read_ink` take of this."""
        from hwr.lines.letters import likely

        return {"charset": self.charset, "reader": self.reader, "words": likely(self.words)}

    def weights(self) -> Path:
        """The file of the weights to read with; raises HwrError when there is none."""
        if self.upload is not None:
            if not self.upload.is_file():
                raise HwrError(f"{self.upload.name} is not kept any more: upload it again.")
            return self.upload
        known = {item["name"]: item["path"] for item in checkpoint.list_weights()}
        return known[self.model if self.model in known else checkpoint.best_weights(list(known), self.charset)]

    def recognizer(self) -> Recognizer:
        path = self.weights()
        return recognizer(path, path.stat().st_mtime_ns)

    def read(self, picture: Any, layout: str) -> Page:
        """What stands in a picture; raises HwrError for a bad picture, an impossible charset or missing weights."""
        return self.recognizer().read(picture, layout=layout, **self.how)

    def read_drawing(self, drawn: drawing.Drawing | None, pad: Pad, layout: str) -> Page:
        """What stands on a canvas, one character or several with AUTO; raises HwrError as `read` does."""
        self.weights()
        if drawing.is_blank(drawn):
            return Page((), pad.width, pad.height)
        ink = drawing.ink(drawn, width=pad.width, height=pad.height)
        if layout == AUTO:
            return sketch.read(self.recognizer(), ink, **self.how)
        return self.recognizer().read_ink(ink, layout=layout, **self.how)

    def warm(self) -> None:
        """Loads the model when the page already stands, so that the first stroke does not wait for it."""
        with contextlib.suppress(HwrError):  # told when there is something to read
            self.recognizer()


def choose(prefix: str, shares: tuple[int, int] = (1, 1)) -> Choice:
    """What every reading page lets choose: which characters may come out, which model reads, and how it reads words."""
    left, right = st.columns(shares, gap="medium")
    charset = left.selectbox(
        "Characters",
        list(CHARSETS),
        key=f"{prefix}_charset",
        persist_state="session",
        accept_new_options=True,
        help='Only these can be the answer. Type your own, for example "0-9" or "A-F0-9".',
    )
    known = _known()
    brought = uploading.uploads()
    if st.session_state.get(f"{prefix}_model") not in (None, AUTOMATIC, *known):
        st.session_state[f"{prefix}_model"] = AUTOMATIC  # its file is gone
    model = right.selectbox(
        "Model",
        [AUTOMATIC, *known],
        key=f"{prefix}_model",
        persist_state="session",
        format_func=lambda name: f"{name} ({len(known[name])} classes)" if name in known else name,
        help="Automatic takes the network made for the characters chosen.",
    )
    with left.popover("Upload a model", icon=":material/upload:", width="stretch", key=f"{prefix}_upload"):
        page = uploading.Page(prefix, known, lambda name: st.session_state.update({f"{prefix}_model": name}))
        uploading.offer(page)
    reader, words = _words(prefix, right)
    path = brought.get(model or AUTOMATIC)
    return Choice(None if model == AUTOMATIC else model, CHARSETS.get(charset, charset), reader, words, path)


def _known() -> dict[str, str]:
    """The classes of each model that can be chosen, by its name: those that are here, then what was brought."""
    known = {item["name"]: item["classes"] for item in checkpoint.list_weights()}
    for name, path in uploading.uploads().items():
        with contextlib.suppress(HwrError, OSError):
            known[name] = header(path, path.stat().st_mtime_ns)["classes"]
    return known


@st.cache_data(max_entries=500, show_spinner=False)
def header(path: Path, modified: int) -> dict[str, str]:
    """The framing and classes of a model; raises HwrError when its file cannot be read."""
    info = onnx_file.read_info(path)
    return {"framing": info["framing"], "classes": info["classes"]}


def _words(prefix: str, place: DeltaGenerator) -> tuple[str, str]:
    """How words are read, and what is likely."""
    from hwr.lines.words import LANGUAGES

    with place.popover("Words", icon=":material/match_word:", width="stretch", key=f"{prefix}_how"):
        reader = st.radio(
            "How words are read",
            list(READERS),
            index=0,
            key=f"{prefix}_reader",
            persist_state="session",
            help="Joined writing is read at once, by a network that sees the whole word. Automatic does both and keeps "
            "the surer reading.",
        )
        language = st.selectbox(
            "What is likely",
            [*LIKELY, *LANGUAGES],
            key=f"{prefix}_language",
            persist_state="session",
            format_func=lambda name: f"Words in {name}" if name in LANGUAGES else name,
            help="This is taken rather than what looks about the same. Names and numbers still come out.",
        )
    return READERS[reader or AUTOMATIC], LIKELY.get(language or SPELLED, language or SPELLED)


def looked(choice: Choice, glyph: Glyph | None) -> np.ndarray:
    """Where the network looked to see a glyph's character: float32 (28, 28) in [0, 1]; zeros without a glyph,
    and for a network that has no gradients."""
    if glyph is None or glyph.image is None:
        return np.zeros((28, 28), dtype=np.float32)
    from hwr.explain import saliency

    with contextlib.suppress(HwrError):  # a model from an ONNX file has no gradients
        return saliency(choice.recognizer(), glyph.image, glyph.char)
    return np.zeros((28, 28), dtype=np.float32)
