"""Piece: the ink of one character in a picture, made of parts, joined of other pieces or cut out of one.

Not here: which parts belong together (glyphs.py) and where to cut (cuts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from hwr.layout.parts import Part
from hwr.results import Box, union, within

QUARTER = np.pi / 2
LEAST_TURN = np.deg2rad(3.0)  # less skew than this is left in the ink, upright or on its side


@dataclass(frozen=True)
class Piece:
    """The ink of one character: `box` in the picture and `ink` uint8, upright, parts of neighbours left out.

    `mark` is ".", "-", "=" or ":" for dots and bars too small in their line to be a letter or a digit, otherwise "".
    `stroke` is the width of its strokes; the ink lies at `x`, `y` on the page that is levelled by `skew` radians.
    `less` is the same character without what may not be of it.
    """

    box: Box
    ink: np.ndarray = field(repr=False, compare=False)
    mark: str = ""
    stroke: float = 1.0
    x: float = field(default=0.0, compare=False)
    y: float = field(default=0.0, compare=False)
    skew: float = field(default=0.0, compare=False)
    less: Piece | None = field(default=None, repr=False, compare=False)

    @property
    def width(self) -> int:
        return int(self.ink.shape[1])

    @property
    def height(self) -> int:
        return int(self.ink.shape[0])

    @classmethod
    def of(cls, ink: np.ndarray, parts: list[Part], *, line_height: float = 0.0, skew: float = 0.0) -> Piece:
        """The piece that some parts of the picture's ink make, with their soft edges, turned back by the skew."""
        box, own = cls._own(ink, parts)
        stroke = max(part.stroke for part in parts)
        mark = _mark(parts, line_height) if line_height else ""
        quarters = round(skew / QUARTER)
        if abs(skew - quarters * QUARTER) <= LEAST_TURN:
            skew = quarters * QUARTER
        if skew == 0:
            return cls(box, own, mark, stroke, box[0], box[1])
        own, x, y = _turn(own, box, skew)
        return cls(box, own, mark, stroke, x, y, skew)

    @staticmethod
    def _own(ink: np.ndarray, parts: list[Part]) -> tuple[Box, np.ndarray]:
        """The box of some parts and their own ink in it."""
        height, width = ink.shape
        x0, y0, x1, y1 = union(part.box for part in parts)
        x0, y0, x1, y1 = max(0, x0 - 1), max(0, y0 - 1), min(width, x1 + 1), min(height, y1 + 1)
        own = np.zeros((y1 - y0, x1 - x0), np.uint8)
        for part in parts:
            left, top, right, bottom = part.box
            own[top - y0 : bottom - y0, left - x0 : right - x0] |= part.mask
        fringe = cv2.dilate(own, np.ones((3, 3), np.uint8))
        return (x0, y0, x1, y1), ink[y0:y1, x0:x1] * fringe

    @classmethod
    def joined(cls, pieces: Sequence[Piece]) -> Piece:
        """Several pieces as one."""
        if len(pieces) == 1:
            return pieces[0]
        x, y = min(piece.x for piece in pieces), min(piece.y for piece in pieces)
        places = [(round(piece.x - x), round(piece.y - y), piece.ink) for piece in pieces]
        width = max(left + ink.shape[1] for left, _, ink in places)
        height = max(top + ink.shape[0] for _, top, ink in places)
        whole = np.zeros((height, width), np.uint8)
        for left, top, ink in places:
            part = whole[top : top + ink.shape[0], left : left + ink.shape[1]]
            np.maximum(part, ink, out=part)
        box = union(piece.box for piece in pieces)
        return cls(box, whole, "", max(piece.stroke for piece in pieces), x, y, pieces[0].skew)

    def only(self, mask: np.ndarray) -> Piece | None:
        """The ink of this piece where a mask (bool, its ink's shape) allows it, cropped; None when there is none."""
        own = self.ink * mask
        rows, columns = np.flatnonzero(own.max(axis=1)), np.flatnonzero(own.max(axis=0))
        if rows.size == 0:
            return None
        x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
        crop = own[y0:y1, x0:x1]
        x, y = self.x + x0, self.y + y0
        box = within(self.box, _picture_box(crop, x, y, self.skew))  # turning ink back rounds its box outwards
        return Piece(box, crop, "", self.stroke, x, y, self.skew)


def _picture_box(ink: np.ndarray, x: float, y: float, skew: float) -> Box:
    """The box in the picture of ink that lies at x, y on the levelled page."""
    height, width = ink.shape
    if not skew:
        return int(x), int(y), int(x) + width, int(y) + height
    rows, columns = np.nonzero(ink > 0)
    right, down = columns + x + 0.5, rows + y + 0.5
    cosine, sine = np.cos(skew), np.sin(skew)
    across, along = right * cosine - down * sine, right * sine + down * cosine
    low, high = (across.min(), along.min()), (across.max(), along.max())
    return round(low[0] - 0.5), round(low[1] - 0.5), round(high[0] + 0.5), round(high[1] + 0.5)


def _mark(parts: list[Part], line_height: float) -> str:
    """The mark that the parts make in a line of such height, or ""."""
    kinds = "".join(_kind(part, line_height) for part in parts)
    if "?" in kinds:
        return ""
    return {"-": "-", ".": ".", "--": "=", "..": ":"}.get(kinds, "")


def _kind(part: Part, line_height: float) -> str:
    """Whether a part is a bar, a dot, or neither ("?"); a bar may slant."""
    if part.height < 0.3 * line_height and part.width > 2 * part.height:
        return "-"
    return "." if part.size < 0.35 * line_height else "?"


def _turn(ink: np.ndarray, box: Box, skew: float) -> tuple[np.ndarray, float, float]:
    """The ink of a box turned so that a line that falls by `skew` radians is level, and where it lies on that page."""
    quarters = round(skew / QUARTER)
    for _ in range(quarters % 4):
        box = (box[1], -box[2], box[3], -box[0])
    ink, skew = np.rot90(ink, quarters), skew - quarters * QUARTER
    if skew == 0:
        return np.ascontiguousarray(ink), float(box[0]), float(box[1])
    height, width = ink.shape
    cosine, sine = float(np.cos(skew)), float(np.sin(skew))
    across = int(np.ceil(width * cosine + height * abs(sine)))
    down = int(np.ceil(height * cosine + width * abs(sine)))
    matrix = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    middle = np.array([width, height]) / 2
    matrix[:, 2] = np.array([across, down]) / 2 - matrix[:, :2] @ middle
    turned = cv2.warpAffine(np.ascontiguousarray(ink), matrix, (across, down), flags=cv2.INTER_CUBIC)
    x, y = matrix[:, :2] @ (np.array(box[:2]) + middle) - np.array([across, down]) / 2
    left, top, width, height = cv2.boundingRect(turned)  # the corners that the turn has added are no width
    return turned[top : top + height, left : left + width], float(x) + left, float(y) + top
