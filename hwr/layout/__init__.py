"""From the ink of a page to lines, words and one piece of ink a character, in reading order.

parts.py finds what hangs together and drops what is not writing, lines.py groups it to lines and words, glyphs.py joins
the parts of a character and cuts characters that touch. It finds no ink (hwr.preprocess) and reads nothing
(hwr.recognize).
"""

from __future__ import annotations

import numpy as np

from hwr.layout.glyphs import Piece, join, split
from hwr.layout.lines import find_skew, group, line_height, words
from hwr.layout.parts import Part, find_parts, level

__all__ = ["Piece", "find_lines", "split"]


def find_lines(ink: np.ndarray, layout: str = "page") -> list[list[list[Piece]]]:
    """The pieces of ink that are characters: lines from top to bottom, words and pieces from left to right.

    `ink` is uint8 (h, w), 255 on 0, as preprocess.ink gives it. `layout` "page" finds lines and words, "line" takes all
    of it as one line, "char" as one character. Blank ink has no lines.
    """
    parts = find_parts(ink, whole=layout == "char")
    if not parts:
        return []
    if layout == "char":
        return [[[Piece.of(ink, parts)]]]
    skew = find_skew(parts) if layout == "page" else 0.0
    parts = level(parts, skew)
    lines = group(parts) if layout == "page" else [sorted(parts, key=lambda part: part.x0)]
    return [_pieces(ink, line, skew) for line in lines]


def _pieces(ink: np.ndarray, line: list[Part], skew: float) -> list[list[Piece]]:
    """The words of one line of parts as pieces."""
    height = line_height(line)
    return [
        [Piece.of(ink, glyph, line_height=height, skew=skew) for glyph in word] for word in words(join(line), height)
    ]
