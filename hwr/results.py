"""What reading a picture gives: Glyph < Word < Line < Page, with text, boxes, confidence and alternatives.

Plain data and its plain-dict form; how it is written to a file is in formats.py. Boxes are (x0, y0, x1, y1) in pixels of
the upright picture, x1 and y1 exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Box = tuple[int, int, int, int]


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all `boxes`; (0, 0, 0, 0) when there are none."""
    corners = list(zip(*boxes, strict=True))
    if not corners:
        return (0, 0, 0, 0)
    x0, y0, x1, y1 = corners
    return (min(x0), min(y0), max(x1), max(y1))


def within(outer: Box, box: Sequence[float]) -> Box:
    """A box (x0, y0, x1, y1) as whole pixels of another, at least one wide and high, moved into it where it lies outside."""
    x0, y0 = (int(np.clip(round(box[at]), outer[at], outer[at + 2] - 1)) for at in (0, 1))
    return x0, y0, int(np.clip(round(box[2]), x0 + 1, outer[2])), int(np.clip(round(box[3]), y0 + 1, outer[3]))


@dataclass(frozen=True)
class Glyph:
    """One character that was read: `confidence` in [0, 1], `alternatives` the best characters with theirs, best first.

    `corrected` says that a person has said which character it is; its alternatives stay those of the network.
    `image` is the 28 x 28 uint8 that the network saw (ink 255 on 0), `reject` the chance that it is no character at all,
    `number` which glyph of its page it is while that is corrected (hwr.edit), 0 where nobody counts; these are not part
    of the plain-dict form.
    """

    char: str
    confidence: float
    box: Box
    alternatives: tuple[tuple[str, float], ...] = ()
    image: np.ndarray | None = field(default=None, repr=False, compare=False)
    reject: float = field(default=0.0, compare=False)
    corrected: bool = False
    number: int = field(default=0, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; `corrected` stands there only where it is true."""
        values: dict[str, Any] = {
            "char": self.char,
            "confidence": round(self.confidence, 4),
            "box": list(self.box),
            "alternatives": [[char, round(score, 4)] for char, score in self.alternatives],
        }
        return {**values, "corrected": True} if self.corrected else values


Words = Sequence[Sequence[Glyph]]  # the glyphs of some words, while they are being read


@dataclass(frozen=True)
class Word:
    """Glyphs from left to right with no space between them."""

    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        return "".join(glyph.char for glyph in self.glyphs)

    @property
    def box(self) -> Box:
        return union(glyph.box for glyph in self.glyphs)


@dataclass(frozen=True)
class Line:
    """Words from left to right; its text joins them with one space."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        return tuple(glyph for word in self.words for glyph in word.glyphs)

    @property
    def box(self) -> Box:
        return union(word.box for word in self.words)

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "box": list(self.box), "glyphs": [glyph.to_dict() for glyph in self.glyphs]}


@dataclass(frozen=True)
class Page:
    """Lines from top to bottom on an upright picture of `width` x `height` pixels; no lines is a blank page.

    `turn` says how many quarters clockwise the writing in the picture is turned; it is not part of the plain-dict form.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    turn: int = field(default=0, repr=False, compare=False)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        return tuple(glyph for line in self.lines for glyph in line.glyphs)

    def to_dict(self) -> dict[str, Any]:
        lines = [line.to_dict() for line in self.lines]
        return {"text": self.text, "width": self.width, "height": self.height, "lines": lines}
