"""The ink of one character in a box that a person drew: neighbours that only reach into the box are left out.

The parts of the ink are those that reading finds, and the ink comes out as reading frames it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hwr.layout.cuts import Scale, slices
from hwr.layout.lines import page_skew
from hwr.layout.parts import Part, find_parts
from hwr.layout.pieces import Piece
from hwr.results import Box

OWN = 0.5  # of a part's ink in the box: it is of the character
MAIN = 0.25  # of all ink in the box: a part that makes so much of it is of the character, however far it goes outside
OFF = 0.5  # what a cut at a piece's end costs, where one through ink as long as 2/3 of the piece's width costs 1


def skew_of(ink: np.ndarray, turn: int = 0) -> float:
    """The skew of a page's ink in radians, positive where lines fall to the right, as reading finds it.

    `turn` is how many quarters clockwise the page is turned, which the skew includes.
    """
    parts = find_parts(ink)
    return page_skew(parts, turn) if parts else 0.0


def cut_out(ink: np.ndarray, box: Box, skew: float = 0.0) -> Piece:
    """The piece of ink in a box, its parts cut at the box's edges, turned back by the skew of the page (radians).

    `ink` is the page's, uint8 (h, w), 255 on 0; the piece's box is that of its ink. Without ink in the box that is the
    box itself, and the piece is blank.
    """
    x0, y0, x1, y1 = box
    reach = max(x1 - x0, y1 - y0)
    left, top = max(0, x0 - reach), max(0, y0 - reach)
    window = ink[top : y1 + reach, left : x1 + reach]
    parts = _own(find_parts(window, whole=True), (x0 - left, y0 - top, x1 - left, y1 - top))
    if not parts:
        return Piece(box, np.zeros((y1 - y0, x1 - x0), np.uint8))
    piece = Piece.of(window, parts, skew=skew)
    a, b, c, d = piece.box
    return replace(piece, box=(a + left, b + top, c + left, d + top))


def _own(parts: list[Part], box: Box) -> list[Part]:
    """The parts that are of the character in a box, cut at its edges."""
    inside = [(part, clipped) for part in parts if (clipped := _clipped(part, box)) is not None]
    total = sum(int(clipped.mask.sum()) for _, clipped in inside)
    return [
        clipped
        for part, clipped in inside
        if clipped.mask.sum() >= OWN * part.mask.sum() or clipped.mask.sum() >= MAIN * total
    ]


def _clipped(part: Part, box: Box) -> Part | None:
    """What of a part lies in a box; None when nothing does."""
    left, top, right, bottom = part.box
    x0, y0, x1, y1 = max(left, box[0]), max(top, box[1]), min(right, box[2]), min(bottom, box[3])
    if x1 <= x0 or y1 <= y0:
        return None
    mask = part.mask[y0 - top : y1 - top, x0 - left : x1 - left]
    if not mask.any():
        return None
    return replace(part, box=(x0, y0, x1, y1), mask=mask, x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1))


def halves(piece: Piece) -> list[Box]:
    """The boxes of a piece cut in two where least ink is crossed, the nearer to its middle the better; [] for a speck."""
    edges, spans = slices(piece, Scale(max(1.0, piece.width / 1.5)))
    parts = {(span.start, span.stop): span.piece for span in spans}
    whole = len(edges) + 1
    found = []
    for place, edge in enumerate(edges, 1):
        left, right = parts.get((0, place)), parts.get((place, whole))
        if left and right:
            off = abs(left.width - right.width) / piece.width
            found.append((edge.span + OFF * off, [left.box, right.box]))
    return min(found, key=lambda item: item[0])[1] if found else []
