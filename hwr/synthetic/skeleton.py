"""A character's skeleton: from the font's notation to a matrix that turns control points into smooth strokes.

Not the characters themselves (`font`), and no randomness (`hand`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

STEPS = 6  # points along the way from one control point to the next
ROUNDNESS = 1.15  # longer tangents than Catmull-Rom's: eight points on a circle give a circle


@dataclass(frozen=True)
class Skeleton:
    """One way to draw a character: control points (k, 2), and what makes them a drawing, `basis @ control` (m, 2).

    `strokes` names the stroke of each control point, `ends` marks the first and last of a stroke, `cuts` are the places
    in the drawing where a new stroke begins.
    """

    control: np.ndarray
    basis: np.ndarray
    strokes: np.ndarray
    ends: np.ndarray
    cuts: np.ndarray

    def split(self, points: np.ndarray) -> list[np.ndarray]:
        """A drawing's points (m, 2) as a list of strokes."""
        return np.split(points, self.cuts)


@lru_cache(maxsize=512)
def compile_skeleton(source: str) -> Skeleton:
    """A skeleton from its string, in the notation of this module's docstring."""
    controls, bases, ends = [], [], []
    for stroke in source.split("|"):
        words = stroke.split()
        points = np.array([[float(number) for number in word.rstrip("!").split(",")] for word in words])
        controls.append(points)
        bases.append(_stroke_basis(points, [word.endswith("!") for word in words]))
        ends.append(np.isin(np.arange(len(points)), (0, len(points) - 1)))
    basis = np.zeros((sum(len(b) for b in bases), sum(len(c) for c in controls)))
    row = column = 0
    for part in bases:
        basis[row : row + part.shape[0], column : column + part.shape[1]] = part
        row, column = row + part.shape[0], column + part.shape[1]
    strokes = np.repeat(np.arange(len(controls)), [len(c) for c in controls])
    cuts = np.cumsum([len(b) for b in bases])[:-1]
    return Skeleton(np.concatenate(controls), basis, strokes, np.concatenate(ends), cuts)


def _stroke_basis(points: np.ndarray, corners: list[bool]) -> np.ndarray:
    """The matrix (m, k) from a stroke's k control points to points along it: one smooth piece between corners."""
    if len(points) == 1:
        return np.ones((1, 1))
    identity = np.eye(len(points))
    breaks = [0, *(i for i in range(1, len(points) - 1) if corners[i]), len(points) - 1]
    pieces = [identity[:1]]
    for first, last in pairwise(breaks):
        loop = first == 0 and last == len(points) - 1 and bool((points[0] == points[-1]).all())
        pieces.append(_piece(points[first : last + 1], loop) @ identity[first : last + 1])
    return np.concatenate(pieces)


def _piece(points: np.ndarray, loop: bool) -> np.ndarray:
    """A cubic Hermite spline through points as a matrix, its first point left out, with round Catmull-Rom tangents."""
    count = len(points)
    gaps = np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)) + 1e-9
    slopes = np.diff(np.eye(count), axis=0) / gaps[:, None]
    tangents = np.concatenate([slopes[:1], np.zeros((count - 2, count)), slopes[-1:]])
    for i in range(1, count - 1):
        tangents[i] = (gaps[i] * slopes[i - 1] + gaps[i - 1] * slopes[i]) / (gaps[i - 1] + gaps[i])
    if count > 2 and loop:
        tangents[0] = tangents[-1] = (gaps[0] * slopes[-1] + gaps[-1] * slopes[0]) / (gaps[0] + gaps[-1])
    elif count > 2:
        # The end tangents of a parabola, so that a stroke goes on bending up to its end.
        tangents[0], tangents[-1] = 2 * slopes[0] - tangents[1], 2 * slopes[-1] - tangents[-2]
    if count > 2:
        tangents *= ROUNDNESS
    step = (np.arange(1, STEPS + 1) / STEPS)[:, None]
    identity = np.eye(count)
    rows = []
    for i, gap in enumerate(gaps):
        value = identity[i] * (2 * step**3 - 3 * step**2 + 1) + identity[i + 1] * (3 * step**2 - 2 * step**3)
        bend = tangents[i] * (step**3 - 2 * step**2 + step) + tangents[i + 1] * (step**3 - step**2)
        rows.append(value + gap * bend)
    return np.concatenate(rows)
