"""Where numbers end: the gaps between digits, measured along the slant of their line.

How words of letters part is decided where they are read (hwr.lines); digits spell nothing that could tell.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from hwr.layout.parts import SOLID
from hwr.layout.pieces import Piece
from hwr.results import Box, Glyph, Words

SLANTS = np.arange(-0.3, 0.95, 0.1)  # of how far a line leans to the right, as a part of its height
UPRIGHT = 0.02  # what leaning costs, in heights a gap
# The least gap between two numbers: in heights of the line, and how much wider than its usual gap. Validated on numbers set
# of the digits of writers that the networks learned from.
WIDE, TIMES, MORE = 0.25, 1.5, 0.17
EVEN = 1.25  # times as far as of a quarter of the neighbours are the middles of two digits apart where numbers part


def numbers_parted(words: Words, pieces: Sequence[Piece], height: float) -> Words:
    """The words of a line of `pieces`, left to right, `height` pixels high, with those of digits parted at wide gaps."""
    if len(pieces) < 3 or not any(len(word) > 1 and _is_number(word) for word in words):
        return words
    apart = np.diff([piece.x + piece.width / 2 for piece in pieces])
    if apart.max() < EVEN * np.percentile(apart, 25):
        return words  # as in the boxes of a form, where a 1 has wide gaps on both sides
    wide = _wide(gaps_between(pieces) / height)
    if not wide.any():
        return words
    numbers = np.concatenate([[0], np.cumsum(wide)])  # which number of the line each piece is of
    return [part for word in words for part in (_divided(word, pieces, numbers) if _is_number(word) else [word])]


def _wide(gaps: np.ndarray) -> np.ndarray:
    """Which gaps, in heights of the line, stand out from most others, or from those that are clearly narrower: bool (n,)."""
    wide = gaps > _least(gaps)
    order = np.sort(gaps)
    steps = [at for at in range(1, len(order)) if order[at] > _least(order[:at])]
    if steps:
        wide |= gaps >= order[max(steps, key=lambda at: order[at] - order[at - 1])]
    return wide


def _least(usual: np.ndarray) -> float:
    """How wide a gap is at least that stands out from these."""
    return max(WIDE, TIMES * max(0.0, float(np.median(usual))) + MORE)


def gaps_between(pieces: Sequence[Piece]) -> np.ndarray:
    """How far each piece is from the one before, in pixels along the line, once its slant is taken away: float (n - 1,)."""
    hulls = [_hull(piece) for piece in pieces]
    tall = float(np.median([np.ptp(hull[:, 1]) for hull in hulls])) + 1
    best, most = np.zeros(len(pieces) - 1), -np.inf
    for slant in SLANTS:
        across = [hull[:, 0] + slant * hull[:, 1] for hull in hulls]
        gaps = np.array([after.min() - before.max() for before, after in itertools.pairwise(across)])
        room = float(np.maximum(gaps, 0).sum()) - UPRIGHT * abs(slant) * tall * len(gaps)
        if room > most:
            best, most = gaps, room
    return best


def _hull(piece: Piece) -> np.ndarray:
    """The corners of the ink of a piece on the levelled page, float (n, 2)."""
    solid = cv2.findNonZero((piece.ink > SOLID).astype(np.uint8))
    if solid is None:
        return np.array([[piece.x, piece.y], [piece.x + piece.width, piece.y + piece.height]])
    return cv2.convexHull(solid)[:, 0] + np.array([piece.x, piece.y]) + 0.5


def _is_number(word: Sequence[Glyph]) -> bool:
    return all(glyph.char.isdigit() for glyph in word)


def _divided(word: Sequence[Glyph], pieces: Sequence[Piece], numbers: np.ndarray) -> list[Sequence[Glyph]]:
    """A word of digits as the numbers that its pieces are of."""
    of = [numbers[max(range(len(pieces)), key=lambda at: _shared(pieces[at].box, glyph.box))] for glyph in word]
    places = np.flatnonzero(np.diff(of)) + 1
    return [word[start:end] for start, end in itertools.pairwise([0, *places.tolist(), len(word)])]


def _shared(first: Box, second: Box) -> int:
    """How many pixels two boxes share; below 0, how far they are apart."""
    across, down = (min(first[at + 2], second[at + 2]) - max(first[at], second[at]) for at in (0, 1))
    return across * down if across > 0 and down > 0 else min(across, down, 0)
