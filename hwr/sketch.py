"""What stands on a canvas where nobody has said whether it is one character or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hwr.results import Page

if TYPE_CHECKING:
    from hwr.recognize import Recognizer

WIDEST = 1.3  # width of one character as a share of its height: what is wider and in parts is several


def read(recognizer: Recognizer, ink: np.ndarray, charset: str | None = None, **how: Any) -> Page:
    """Ink of a canvas (uint8 (h, w), 255 on 0) read as one character, or as lines of them where it looks like these.

    Parts beside each other are several when they are wider together than a character is, or one below the other; the
    strokes of one character may stand apart. `how` is what `Recognizer.read_ink` takes besides. Raises HwrError for a
    charset that the network lacks.
    """
    page = recognizer.read_ink(ink, layout="page", charset=charset, **how)
    if len(page.lines) > 1 or (len(page.glyphs) > 1 and aspect(page) > WIDEST):
        return page
    one = recognizer.read_ink(ink, layout="char", charset=charset)
    return one if one.glyphs or len(page.glyphs) < 2 else page


def aspect(page: Page) -> float:
    """Width by height of all that is written on a page."""
    x0, y0, x1, y1 = np.array([glyph.box for glyph in page.glyphs]).T
    return float((x1.max() - x0.min()) / max(1, y1.max() - y0.min()))
