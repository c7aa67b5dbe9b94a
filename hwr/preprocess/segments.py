"""Segments: thin lines of ink that are nearly level and straight, or a little bent, of any length.

Not here: which of them are printed (forms.py), and the rules of whole sheets, which bend more (rules.py, trace.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.masks import parts
from hwr.preprocess.rule import Rule

SHORTEST, RUN = 16, 1 / 60  # pixels, and of the longer side: the least run of a segment
SLOPE = 0.1  # most rows that it falls or rises a column
BARE, STRAIGHT = 0.35, 1.0  # of its length: so much of it is seen; pixels that it is off its curve
LONG = 60  # times as long as thick: it may bend
THICKEST = 0.5  # of the least run: so thick is a segment at most
HEAVIEST = 2.0  # the same of what hangs together with it, on the mean
MOST = 4000  # runs: more are no lines


@dataclass(frozen=True)
class Segment:
    """A nearly level line from column `x0` to `x1`, its height `left` and `right` at these and `sag` below the straight line
    between them in its middle, its thickness, and its place with what hangs on it (left, top, right, bottom); in pixels."""

    x0: int
    x1: int
    left: float
    right: float
    sag: float
    thickness: float
    box: tuple[int, int, int, int]

    @property
    def length(self) -> int:
        return self.x1 - self.x0

    def heights(self, columns: np.ndarray) -> np.ndarray:
        """How high it is in these columns."""
        share = (columns - self.x0) / max(1, self.length)
        return self.left + (self.right - self.left) * share + 4 * self.sag * share * (1 - share)

    def rule(self, ink: np.ndarray) -> Rule:
        """It as a rule of the paper, to be erased."""
        columns = np.arange(self.x0, self.x1)
        rows = np.round(self.heights(columns)).astype(int).clip(0, len(ink) - 1)
        blackness = float(np.median(ink[rows, columns]))
        return Rule(columns, rows, self.thickness, blackness, np.full(columns.size, blackness), 0.0)


def segments(solid: np.ndarray) -> list[Segment]:
    """The segments of ink (uint8, 0 and 1) that are nearly level."""
    least = max(SHORTEST, round(RUN * max(solid.shape)))
    thick = cv2.dilate(solid, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, least), np.uint8)) & solid
    labels, extents = parts(runs)
    if not 0 < len(extents) < MOST:
        return []
    areas = np.bincount(labels.ravel(), minlength=len(extents) + 1)[1:]
    long = np.flatnonzero((extents[:, 2] >= least) & (areas < HEAVIEST * least * extents[:, 2])).tolist()
    found = [_segment(labels, place + 1, extents[place].tolist()) for place in long]
    return [each for each in found if each and each.length >= least and each.thickness < THICKEST * least]


def _segment(labels: np.ndarray, label: int, extent: list[int]) -> Segment | None:
    """The segment in a run at (left, top, width, height), as it is where nothing hangs on it; None if it is not smooth."""
    x, y, wide, tall = extent
    own = labels[y : y + tall, x : x + wide] == label
    counts = own.sum(0)
    thin = float(np.percentile(counts[counts > 0], 25))
    bare = np.flatnonzero((counts > 0) & (counts <= 1.5 * thin + 1))
    if bare.size < max(4, BARE * wide):
        return None
    rows = (np.arange(tall) @ own)[bare] / counts[bare]
    curve = np.polynomial.Polynomial.fit(bare, rows, 1 if wide < LONG * thin else 2)
    first, last = int(bare[0]), int(bare[-1]) + 1
    left, middle, right = curve(np.array([first, (first + last) / 2, last]))
    sag = middle - (left + right) / 2
    if abs(right - left) + 8 * abs(sag) > SLOPE * wide + 2 or np.median(np.abs(rows - curve(bare))) > STRAIGHT:
        return None
    return Segment(x + first, x + last, y + left, y + right, sag, thin, (x, y, x + wide, y + tall))
