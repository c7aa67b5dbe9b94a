"""Segments: thin lines of ink that are nearly level and straight, or a little bent, of any length.

Not here: which of them are printed (forms.py), and the rules of whole sheets, which bend more (rules.py, trace.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.masks import areas, parts
from hwr.preprocess.rule import Rule

SHORTEST, RUN = 16, 1 / 60  # pixels, and of the longer side: the least run of a segment
SLOPE = 0.1  # most rows that it falls or rises a column
BARE, STRAIGHT = 0.35, 1.0  # of its length: so much of it is seen; pixels that it is off its curve
LONG = 60  # times as long as thick: it may bend
THICKEST = 0.5  # of the least run: so thick is a segment at most
HEAVIEST = 2.0  # the same of what hangs together with it, on the mean
USUAL = 75  # per cent of its columns are no blacker: a dashed line has gaps
SOFT = 0.4  # of its blackness: so black it is where it ends
MOST = 4000  # runs: more are no lines
# Of the least run: so long are dashes at most, which meet in corners, so thick on the mean, so far apart; so many are lines.
CORNER, DASH, DASHED, DASHES = 1.2, 0.4, 0.6, 12
OBLONG = 1.5  # times as long as broad: a dash


@dataclass(frozen=True)
class Segment:
    """A nearly level line from column `x0` to `x1`, its height `left` and `right` at these and `sag` below the straight line
    between them in its middle, and its thickness; in pixels."""

    x0: int
    x1: int
    left: float
    right: float
    sag: float
    thickness: float

    @property
    def length(self) -> int:
        return self.x1 - self.x0

    def heights(self, columns: np.ndarray) -> np.ndarray:
        """How high it is in these columns."""
        share = (columns - self.x0) / max(1, self.length)
        return self.left + (self.right - self.left) * share + 4 * self.sag * share * (1 - share)

    def enlarged(self, scale: int) -> Segment:
        """It in a picture so many times as large."""
        left, right = (scale * height + (scale - 1) / 2 for height in (self.left, self.right))
        return Segment(scale * self.x0, scale * self.x1, left, right, scale * self.sag, scale * self.thickness)

    def rule(self, ink: np.ndarray) -> Rule:
        """It as a rule of the paper, to be erased: at the height where it is seen, and as thick as there."""
        columns = np.arange(self.x0, min(self.x1, ink.shape[1]))
        reach = round(self.thickness) + 1
        steps = np.arange(-reach, reach + 1)
        rows = np.round(self.heights(columns)).astype(int)
        band = ink[(rows + steps[:, None]).clip(0, len(ink) - 1), columns]
        usual = np.median(band, axis=1)
        faint = np.concatenate([[True], usual <= SOFT * usual[abs(steps) <= 1 + self.thickness / 2].max(), [True]])
        peak = int((usual - abs(steps)).argmax())  # the nearest of the darkest: another line may lie beside it
        first, last = (
            int(np.flatnonzero(part)[which]) for part, which in ((faint[: peak + 1], -1), (faint[peak + 2 :], 0))
        )
        there = steps[first : peak + last + 1]
        off = round(float(there.mean())) if there.size else 0
        black = float(np.percentile(band[reach + off], USUAL))
        rows = (rows + off).clip(0, len(ink) - 1)
        return Rule(columns, rows, max(there.size, self.thickness), black, np.full(columns.size, black), 0.0)


def least_run(solid: np.ndarray) -> int:
    """How long the shortest segments of such a picture are, in pixels."""
    return max(SHORTEST, round(RUN * max(solid.shape)))


def undashed(solid: np.ndarray) -> np.ndarray:
    """Ink (uint8, 0 and 1) with dashes in a row joined."""
    least = least_run(solid)
    labels, extents = parts(solid)
    inked = areas(labels, len(extents))
    size, least_side = extents[:, 2:].max(1, initial=0), extents[:, 2:].min(1, initial=0)
    dashes = (size < CORNER * least) & (inked <= DASH * least * size)
    dashes &= (size >= OBLONG * least_side) | (inked < 0.7 * size * least_side)  # or a corner, and no dot
    if dashes.sum() < DASHES:
        return solid
    alone = np.concatenate([[0], dashes]).astype(np.uint8)[labels]
    gap, joined = round(DASHED * least), solid.copy()
    for one, other in ((0, gap), (gap, 0)):
        beside = cv2.dilate(alone, np.ones((2 * one + 1, 2 * other + 1), np.uint8))
        closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((one + 1, other + 1), np.uint8))
        joined = cv2.bitwise_or(joined, cv2.bitwise_and(closed, beside))
    return joined


def segments(solid: np.ndarray) -> list[Segment]:
    """The segments of ink (uint8, 0 and 1) that are nearly level."""
    least = least_run(solid)
    thick = cv2.dilate(solid, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, least), np.uint8)) & solid
    labels, extents = parts(runs)
    if not 0 < len(extents) < MOST:
        return []
    long = _long(labels, extents[:, 2], least)
    if not long.any():
        return []
    fits, number = _fitted(labels, long, least), np.flatnonzero(long)
    bent = np.flatnonzero(fits.wide >= LONG * fits.thin)
    found = [fits.segment(place) for place in np.flatnonzero(fits.good & (fits.wide < LONG * fits.thin)).tolist()]
    found += [
        each
        for place in bent.tolist()
        if (each := _curved(labels, int(number[place]) + 1, extents[number[place]].tolist()))
    ]
    return sorted(found, key=lambda each: each.left)


def _long(labels: np.ndarray, wide: np.ndarray, least: int) -> np.ndarray:
    """Which runs are long enough and not too heavy, bool (n,)."""
    long: np.ndarray = (wide >= least) & (areas(labels, wide.size) < HEAVIEST * least * wide)
    return long


@dataclass(frozen=True)
class _Fits:
    """Straight lines through runs, where nothing hangs on them: from where to where, their heights there, how thick, how long
    the run is, and whether they are such; each (n,)."""

    x0: np.ndarray
    x1: np.ndarray
    left: np.ndarray
    right: np.ndarray
    thin: np.ndarray
    wide: np.ndarray
    good: np.ndarray

    def segment(self, place: int) -> Segment:
        left, right, thin = (float(each[place]) for each in (self.left, self.right, self.thin))
        return Segment(int(self.x0[place]), int(self.x1[place]), left, right, 0.0, thin)


def _fitted(labels: np.ndarray, chosen: np.ndarray, least: int) -> _Fits:
    """Straight lines through the chosen runs, all at once."""
    count, width = int(chosen.sum()), labels.shape[1]
    numbers = np.zeros(chosen.size + 1, np.int64)
    numbers[1:][chosen] = np.arange(1, count + 1)
    flat = np.flatnonzero(labels > 0)
    own = numbers[labels.ravel()[flat]]
    rows, columns = np.divmod(flat[own > 0], width)
    keys, place, counts = np.unique((own[own > 0] - 1) * width + columns, return_inverse=True, return_counts=True)
    run, x = keys // width, keys % width
    y = np.bincount(place, rows) / counts
    wide = np.bincount(run, minlength=count)
    starts = np.concatenate([[0], np.cumsum(wide)[:-1]])
    thin = counts[np.lexsort((counts, run))][starts + wide // 4].astype(float)
    bare = counts <= 1.5 * thin[run] + 1
    run, x, y = run[bare], x[bare].astype(float), y[bare]
    seen = np.bincount(run, minlength=count)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(run, values, count) / np.maximum(seen, 1)

    middle_x, middle_y = mean(x), mean(y)
    away = x - middle_x[run]
    slope = mean(away * (y - middle_y[run])) / np.maximum(mean(away**2), 1e-6)
    near = np.abs(y - middle_y[run] - slope[run] * away) <= STRAIGHT
    first, last = np.full(count, width), np.zeros(count, int)
    np.minimum.at(first, run, x.astype(int))
    np.maximum.at(last, run, x.astype(int) + 1)
    left, right = (middle_y + slope * (end - middle_x) for end in (first, last))
    good = (seen >= np.maximum(4, BARE * wide)) & (mean(near) >= 0.5) & (np.abs(right - left) <= SLOPE * wide + 2)
    good &= (last - first >= least) & (thin < THICKEST * least)
    return _Fits(first, last, left, right, thin, wide, good)


def _curved(labels: np.ndarray, label: int, extent: list[int]) -> Segment | None:
    """The segment in a run at (left, top, width, height), a little bent; None if it is not smooth."""
    x, y, wide, tall = extent
    own = labels[y : y + tall, x : x + wide] == label
    counts = own.sum(0)
    inked = np.sort(counts[counts > 0])
    thin = float(inked[inked.size // 4])
    bare = np.flatnonzero((counts > 0) & (counts <= 1.5 * thin + 1))
    if bare.size < BARE * wide:
        return None
    rows = (np.arange(tall) @ own)[bare] / counts[bare]
    curve = np.polynomial.Polynomial.fit(bare, rows, 2)
    first, last = int(bare[0]), int(bare[-1]) + 1
    left, middle, right = curve(np.array([first, (first + last) / 2, last])).tolist()
    sag = middle - (left + right) / 2
    if abs(right - left) + 8 * abs(sag) > SLOPE * wide + 2 or np.median(np.abs(rows - curve(bare))) > STRAIGHT:
        return None
    return Segment(x + first, x + last, y + left, y + right, sag, thin)
