"""Parts to characters: dots and bars joined to their letters, touching characters cut.

Not here: what hangs together (parts.py), lines and words (lines.py).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import cv2
import numpy as np

from hwr.layout.parts import Part
from hwr.results import Box, union

WIDE = 1.1  # of the line height: a piece that is wider may be characters that touch
NARROW = 0.45  # of the line height: the width of a narrow character
LEAST_TURN = np.deg2rad(3.0)  # less skew than this is left in the ink
SLANTS = np.linspace(-0.6, 0.6, 13)  # of cuts: columns to the right for each row upwards


@dataclass(frozen=True)
class Piece:
    """The ink of one character: `box` in the picture and `ink` uint8, upright, parts of neighbours left out.

    `mark` is ".", "-", "=" or ":" for dots and bars too small in their line to be a letter or a digit, otherwise "".
    `room` is how many touching characters the piece may be, judged by its width in its line: 1 is no need to split.
    """

    box: Box
    ink: np.ndarray = field(repr=False, compare=False)
    mark: str = ""
    room: int = 1

    @classmethod
    def of(cls, ink: np.ndarray, parts: list[Part], *, line_height: float = 0.0, skew: float = 0.0) -> Piece:
        """The piece that some parts of the picture's ink make, with their soft edges, turned back by the skew."""
        width = max(part.x1 for part in parts) - min(part.x0 for part in parts)
        box, own = cls._own(ink, parts)
        own = _turn(own, skew) if abs(skew) > LEAST_TURN else own
        if not line_height:
            return cls(box, own)
        room = int(np.ceil(width / (NARROW * line_height))) if width > WIDE * line_height else 1
        return cls(box, own, _mark(parts, line_height), room)

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


def _turn(ink: np.ndarray, skew: float) -> np.ndarray:
    """The ink turned so that a line that falls by `skew` radians is level."""
    height, width = ink.shape
    cosine, sine = float(np.cos(skew)), float(np.sin(skew))
    across = width * cosine + height * abs(sine)
    down = height * cosine + width * abs(sine)
    matrix = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    matrix[:, 2] = np.array([across, down]) / 2 - matrix[:, :2] @ np.array([width, height]) / 2
    return cv2.warpAffine(ink, matrix, (int(np.ceil(across)), int(np.ceil(down))), flags=cv2.INTER_CUBIC)


def join(line: list[Part]) -> list[list[Part]]:
    """The characters of a line, left to right: parts that stand over each other are one.

    A dot or a bar joins the letter it overlaps, or the nearest one below it; two tall parts only when one stands almost
    wholly over the other, because slanted neighbours overlap too.
    """
    if not line:
        return []
    height = float(np.percentile([part.height for part in line], 75))
    glyphs: list[list[Part]] = []
    for part in sorted(line, key=lambda part: (-part.height, part.x0)):
        best = max(glyphs, key=lambda glyph: _belongs(part, glyph, height), default=None)
        if best is not None and _belongs(part, best, height) > 0:
            best.append(part)
        else:
            glyphs.append([part])
    return sorted(glyphs, key=lambda glyph: min(p.x0 for p in glyph) + max(p.x1 for p in glyph))


def _belongs(part: Part, glyph: list[Part], height: float) -> float:
    """Above 0 when the part is of that glyph; more for a better fit."""
    x0, x1 = min(other.x0 for other in glyph), max(other.x1 for other in glyph)
    y0 = min(other.y0 for other in glyph)
    shared = min(x1, part.x1) - max(x0, part.x0)
    overlap = shared / max(1.0, min(part.width, x1 - x0))
    if part.height > 0.55 * height:
        return overlap - (0.4 if any(_touches(part, other) for other in glyph) else 0.75)
    is_dot = part.size < 0.35 * height
    if is_dot and y0 - part.y1 >= -0.1 * height and x1 - x0 < 0.7 * height:
        near = y0 - part.y1 < 0.8 * height and -shared < 0.45 * height
        aside = abs(part.x0 + part.x1 - x0 - x1) / 2
        return 0.6 / (1 + aside / height) if near else -1.0
    if overlap <= 0.35:
        return -1.0
    return 0.3 * overlap if is_dot else overlap


def _touches(part: Part, other: Part) -> bool:
    """Whether the ink of two parts is within one and a half stroke widths of each other."""
    reach = round(1.5 * min(part.stroke, other.stroke)) + 1
    x0, y0 = max(part.box[0], other.box[0]) - reach, max(part.box[1], other.box[1]) - reach
    x1, y1 = min(part.box[2], other.box[2]) + reach, min(part.box[3], other.box[3]) + reach
    if x1 <= x0 or y1 <= y0:
        return False
    window = (x0, y0, x1, y1)
    near = cv2.dilate(_cutout(part, window), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return bool((near & _cutout(other, window)).any())


def _cutout(part: Part, window: Box) -> np.ndarray:
    """The part's ink in a window of the picture: uint8, 1 on 0."""
    x0, y0, x1, y1 = window
    left, top, right, bottom = part.box
    cut = np.zeros((y1 - y0, x1 - x0), np.uint8)
    ax, ay, bx, by = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
    if bx > ax and by > ay:
        cut[ay - y0 : by - y0, ax - x0 : bx - x0] = part.mask[ay - top : by - top, ax - left : bx - left]
    return cut


def split(piece: Piece, count: int) -> list[Piece]:
    """The piece cut into `count` pieces side by side, each along the straight cut that crosses least ink.

    For characters that touch: try it on a piece much wider than its line's others, and keep it if it reads better.
    """
    if count < 2 or piece.ink.shape[1] < 2 * count:
        return [piece]
    width = piece.ink.shape[1]
    cuts = [_cut(piece.ink, place * width / count, width / count / 2) for place in range(1, count)]
    edges = [np.zeros(len(piece.ink), int), *cuts, np.full(len(piece.ink), width)]
    columns = np.arange(width)
    pieces = []
    for left, right in itertools.pairwise(edges):
        own = (columns >= np.minimum(left, right)[:, None]) & (columns < right[:, None])
        pieces.append(_trim(piece, piece.ink * own))
    return [part for part in pieces if part is not None] or [piece]


def _trim(piece: Piece, ink: np.ndarray) -> Piece | None:
    """Some of the piece's ink as a piece of its own, cropped; None when there is none."""
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    if rows.size == 0:
        return None
    x0, x1, y0, y1 = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
    left, top = piece.box[:2]
    return Piece((left + int(x0), top + int(y0), left + int(x1), top + int(y1)), ink[y0:y1, x0:x1])


def _cut(ink: np.ndarray, centre: float, reach: float) -> np.ndarray:
    """The column of the best straight cut in each row: little ink, near `centre`, upright or slanted as writing is.

    The way from the first ink on a cut to the last counts too: it is long through a loop and short through a touch.
    """
    height, width = ink.shape
    columns = np.arange(width)
    away = np.abs(columns - centre) / max(1.0, reach)
    best, best_cost = np.full(height, round(centre)), np.inf
    for slant in SLANTS:
        shift = np.round(slant * (height / 2 - np.arange(height))).astype(int)
        paths = np.clip(columns + shift[:, None], 0, width - 1)
        along = np.take_along_axis(ink, paths, axis=1)
        crossed = (along.mean(axis=0) / 255.0 + _span(along > 127)) / 2
        cost = crossed + 0.15 * away**2 + 0.1 * abs(slant) + np.where(away > 1, 9.0, 0.0)
        if cost.min() < best_cost:
            best, best_cost = paths[:, int(cost.argmin())], float(cost.min())
    return best


def _span(solid: np.ndarray) -> np.ndarray:
    """For each column the share of its height from its first to its last ink: float (w,)."""
    first = solid.argmax(axis=0)
    last = len(solid) - solid[::-1].argmax(axis=0)
    return np.where(solid.any(axis=0), last - first, 0) / len(solid)
