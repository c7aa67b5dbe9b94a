"""PageOut: one page that was read, as the formats take it, and what of its text may be written.

Not here: how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hwr.errors import HwrError
from hwr.results import Page, Word

TRUE_DPI = (100.0, 2400.0)  # of scanners; cameras and screens tell 72 or 96, whatever the sheet's size
SHEET, SCREEN = 11.7, 96.0  # inches of a sheet's longer side, and pixels to the inch of a small picture
MOST_INCHES = 200.0  # of the longer side of a PDF's page
# Control characters, halves of surrogate pairs and what is no character: XML may not hold them, and none can be seen.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class PageOut:
    """A page to be written: its file's name, what was read, and its number (from 1 on) in a document of several pages.

    `picture` gives the upright pixels that it was read from, uint8 (h, w) or (h, w, 3), made when a format needs them;
    `dpi` is their number to the inch, None where nobody knows.
    """

    name: str
    page: Page
    number: int | None = None
    picture: Callable[[], np.ndarray] | None = field(default=None, repr=False, compare=False)
    dpi: float | None = None

    @property
    def title(self) -> str:
        """The name with the number, as a person would say it: "scan.pdf, page 2"."""
        return self.name if self.number is None else f"{self.name}, page {self.number}"

    def where(self) -> dict[str, Any]:
        """The file, and the page's number where there are several."""
        return {"file": self.name} if self.number is None else {"file": self.name, "page": self.number}

    def pixels(self) -> np.ndarray:
        """The picture: uint8 (h, w) or (h, w, 3). Raises HwrError where none was given."""
        if self.picture is None:
            raise HwrError(f"This format shows the picture, and that of {self.title} was not given.")
        return self.picture()

    def resolution(self) -> float:
        """Pixels to the inch: as told where it can be true, else so that the picture fits a sheet of A4."""
        side = max(self.page.width, self.page.height)
        low, high = TRUE_DPI
        guess = self.dpi if self.dpi is not None and low <= self.dpi <= high else max(SCREEN, side / SHEET)
        return max(guess, side / MOST_INCHES)


def seen(text: str) -> str:
    """The text without control characters, lone surrogates and noncharacters, which are in no script."""
    return _UNSEEN.sub("", text)


def file_name(name: str) -> str:
    """A file's name as text; bytes of it that are no UTF-8 are written as in JSON, \\udcff."""
    return seen(name.encode("utf-8", "backslashreplace").decode("utf-8"))


def confidence(word: Word) -> float:
    """Of a word: that of its least sure character, in [0, 1]."""
    return min((glyph.confidence for glyph in word.glyphs), default=0.0)


def seen_words(page: Page) -> list[list[Word]]:
    """The words of each line with the characters that can be seen; no word and no line is empty."""
    lines = []
    for line in page.lines:
        words = [Word(tuple(glyph for glyph in word.glyphs if seen(glyph.char))) for word in line.words]
        lines.append([word for word in words if word.glyphs])
    return [line for line in lines if line]
