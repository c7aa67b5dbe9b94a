"""From the ink of a page to lines, words and one piece of ink a character, in reading order.

parts.py finds what hangs together and drops what is not writing, boxes.py the boxes of forms, lines.py groups it to lines and
words, glyphs.py joins the parts of a character, cuts.py says what else a word may be made of where characters touch or are
broken, and paths.py which of that is likeliest once it is read. It finds no ink (hwr.preprocess) and reads nothing
(hwr.recognize).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from hwr.layout.cuts import Lattice, Scale, is_joined, is_wide, lattice
from hwr.layout.glyphs import join
from hwr.layout.lines import group, letter_height, line_height, not_cut_off, page_skew, without_remains, words
from hwr.layout.parts import Part, find_parts, level, without_leftovers
from hwr.layout.paths import best_path
from hwr.layout.pieces import Piece
from hwr.layout.underlines import without_underlines

__all__ = ["Lattice", "Piece", "Row", "Scale", "best_path", "find_lines", "is_joined", "is_wide", "lattice"]
USUAL_GAP = 0.1
ALONE = Scale(1e9)  # of a picture that is one character: nothing in it is wide
PRIOR = 3  # gaps that the usual one counts for beside those of the page


@dataclass(frozen=True)
class Row:
    """One line: its words, each its pieces from left to right, and how it is written."""

    words: list[list[Piece]]
    scale: Scale

    @property
    def pieces(self) -> list[Piece]:
        return [piece for word in self.words for piece in word]


def find_lines(ink: np.ndarray, layout: str = "page", turn: int = 0) -> list[Row]:
    """The pieces of ink that are characters: lines from top to bottom, words and pieces from left to right.

    `ink` is uint8 (h, w), 255 on 0, as preprocess.ink gives it. `layout` "page" finds lines and words, "line" takes all
    of it as one line, "char" as one character. `turn` is how many quarters a page is turned clockwise, and read upright.
    Blank ink has no lines.
    """
    parts = find_parts(ink, whole=layout == "char", tight=layout == "line")
    if not parts:
        return []
    if layout == "char":
        return [Row([[_alone(ink, parts)]], ALONE)]
    skew = page_skew(parts, turn) if layout == "page" else 0.0
    parts = level(parts, skew)
    parts = without_underlines(parts, letter_height(parts))
    if layout == "page":
        parts = without_remains(parts, ink.shape[turn % 2], turn)
        lines = not_cut_off(group(parts), ink.shape[1 - turn % 2], turn)
    else:
        lines = [sorted(parts, key=lambda part: part.x0)]
    found = [_pieces(ink, line, skew) for line in lines]
    gap = _usual_gap(found)
    return [Row(line, Scale(height, gap)) for line, height in found]


def _alone(ink: np.ndarray, parts: list[Part]) -> Piece:
    """All parts as one character, which may also be `less`: without what the edge of the picture left in it."""
    piece, own = Piece.of(ink, parts), without_leftovers(parts, ink.shape)
    return replace(piece, less=Piece.of(ink, own)) if len(own) < len(parts) else piece


def _pieces(ink: np.ndarray, line: list[Part], skew: float) -> tuple[list[list[Piece]], float]:
    """The words of one line of parts as pieces, and the line's height."""
    height = line_height(line)
    divided = words(join(line), height)
    return [[Piece.of(ink, glyph, line_height=height, skew=skew) for glyph in word] for word in divided], height


def _usual_gap(lines: list[tuple[list[list[Piece]], float]]) -> float:
    """The usual gap between the characters of a page, in heights of their lines; of few characters little is believed."""
    gaps = [USUAL_GAP] * PRIOR
    for found, height in lines:
        pieces = [piece for word in found for piece in word if not piece.mark]
        ways = [(after.x - before.x - before.width) / height for before, after in pairwise(pieces)]
        gaps += [float(np.clip(way, -0.2, 0.8)) for way in ways]
    return float(np.mean(gaps))
