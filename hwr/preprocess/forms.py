"""The printed lines of forms: tables, boxes in rows or apart, lines to write on, but for the strokes that cross them.

They are shorter than the rules of a sheet. Straight lines that close boxes in which something is written are a form's,
and so is a thin one that is longer than any stroke of a character. Not here: the rules of ruled and squared paper (rules.py);
boxes drawn by hand, which hwr.layout leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import cv2
import numpy as np

from hwr.preprocess.masks import parts
from hwr.preprocess.rule import SOLID, Rule, erased
from hwr.preprocess.trace import traces
from hwr.results import Box

SHORTEST, RUN = 16, 1 / 60  # pixels, and of the longer side: the least run of a line
SLOPE = 0.1  # most rows that a line falls or rises a column
BARE, STRAIGHT = 0.35, 1.0  # of its length: so much of a line is seen; pixels that it is off a straight one
SLIM = 25  # times as long as thick: a line that stands on its own
TALL = 5  # pixels: smaller parts tell nothing of how high characters are
LONG, MORE = 2.5, 1.4  # times as high as characters: no stroke of one is as long; a line where there are several is
SEVERAL, ALIKE = 3, 1.5  # and so many times as thick as they are it is at most
NEAR = 2.0  # pixels more than half its thickness: so near to a line another ends that ends on it
ROUND = 0.25  # of a box's shorter side: so far from its corners its sides may end, as they may be round
HOLDS = 0.25  # of a box's height: so high is what is written in it
LARGER = 1.2  # times as high as their boxes: characters stand on squared paper
MOST = 4000  # of such runs: more are no form


@dataclass(frozen=True)
class _Line:
    """A level run of ink: its label, where it begins and ends, its height there, and its thickness; in pixels."""

    label: int
    x0: int
    x1: int
    left: float
    right: float
    thickness: float
    box: tuple[int, int, int, int]

    @property
    def length(self) -> int:
        return self.x1 - self.x0


@dataclass(frozen=True)
class _Runs:
    """The level runs of ink, uint8 (h, w), the part of it that each is of, and the lines that they may be."""

    ink: np.ndarray
    labels: np.ndarray
    lines: list[_Line]

    def rules(self, lines: Sequence[_Line]) -> list[Rule]:
        """How these lines run."""
        found = []
        for line in lines:
            x, y, wide, tall = line.box
            window = np.s_[y : y + tall, x : x + wide]
            for rule in traces((self.labels[window] == line.label).view(np.uint8), self.ink[window]):
                found.append(replace(rule, columns=rule.columns + x, rows=rule.rows + y))
        return found


def box_mask(ink: np.ndarray) -> np.ndarray | None:
    """Where the lines of printed boxes lie and no stroke does: bool (h, w), or None when there are none.

    `ink` is uint8 (h, w), 255 on 0, with all that is darker than the noise of its paper.
    """
    level, upright, solid = _sides(ink)
    sides, walls, boxes = _boxes(level.lines, upright.lines)
    if not boxes or not _are_written(boxes, _without(solid, sides, walls)):
        return None
    left = cv2.transpose(erased(cv2.transpose(ink), upright.rules(walls)))
    left = erased(left, level.rules(sides))
    return (left == 0) & (ink > 0)


def line_mask(ink: np.ndarray) -> np.ndarray | None:
    """Where lines to write on and of tables lie and no stroke does: as `box_mask`."""
    level, upright, solid = _sides(ink)
    slim = [[line for line in runs.lines if line.length > SLIM * line.thickness] for runs in (level, upright)]
    if not any(slim):
        return None
    tall = _tall(_without(solid, *slim))
    sides, walls = ([line for line in some if line.length > LONG * tall > 0] for some in slim)
    if len(sides) >= SEVERAL:
        thickness = np.median([line.thickness for line in sides])
        sides = [line for line in slim[0] if line.length > MORE * tall and line.thickness < ALIKE * thickness]
    if not (sides or walls):
        return None
    left = cv2.transpose(erased(cv2.transpose(ink), upright.rules(walls)))
    left = erased(left, level.rules(sides))
    return (left == 0) & (ink > 0)


def _sides(ink: np.ndarray) -> tuple[_Runs, _Runs, np.ndarray]:
    """The level and the upright runs, and what is solid, uint8 (h, w), 0 and 1."""
    solid = (ink > SOLID).view(np.uint8)
    least = max(SHORTEST, round(RUN * max(ink.shape)))
    return _runs(ink, solid, least), _runs(cv2.transpose(ink), cv2.transpose(solid), least), solid


def _runs(ink: np.ndarray, solid: np.ndarray, least: int) -> _Runs:
    """The runs of ink that are nearly level and at least so long."""
    thick = cv2.dilate(solid, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, least), np.uint8)) & solid
    labels, extents = parts(runs)
    if not 0 < len(extents) < MOST:
        return _Runs(ink, labels, [])
    areas = np.bincount(labels.ravel(), minlength=len(extents) + 1)[1:]
    long = np.flatnonzero((extents[:, 2] >= least) & (areas < 0.5 * least * extents[:, 2])).tolist()
    lines = [_line(labels, place + 1, extents[place].tolist()) for place in long]
    return _Runs(ink, labels, [line for line in lines if line and line.length >= least])


def _line(labels: np.ndarray, label: int, box: list[int]) -> _Line | None:
    """The line of a run in a box (left, top, width, height), where nothing hangs on it; None if it is bent."""
    x, y, wide, tall = box
    own = labels[y : y + tall, x : x + wide] == label
    counts = own.sum(0)
    thin = float(np.percentile(counts[counts > 0], 25))
    bare = np.flatnonzero((counts > 0) & (counts <= 1.5 * thin + 1))
    middle = (np.arange(tall) @ own)[bare] / counts[bare]
    slope, rest = np.polyfit(bare, middle, 1) if bare.size > 2 else (0.0, 0.0)
    if bare.size < BARE * wide or abs(slope) > SLOPE or np.median(np.abs(middle - slope * bare - rest)) > STRAIGHT:
        return None
    first, last = int(bare[0]), int(bare[-1])
    return _Line(
        label, x + first, x + last + 1, y + slope * first + rest, y + slope * last + rest, thin, (x, y, wide, tall)
    )


def _without(solid: np.ndarray, level: Sequence[_Line], upright: Sequence[_Line]) -> np.ndarray:
    """Ink without the places of some lines: uint8 (h, w), 0 and 1."""
    bare = solid.copy()
    for line in level:
        x, y, wide, tall = line.box
        bare[max(0, y - 1) : y + tall + 1, x : x + wide] = 0
    for line in upright:
        y, x, tall, wide = line.box
        bare[y : y + tall, max(0, x - 1) : x + wide + 1] = 0
    return bare


def _tall(bare: np.ndarray) -> float:
    """How high characters are, in pixels; 0 where there are none."""
    _, extents = parts(bare)
    sizes = np.sort(extents[:, 2:].max(1, initial=0))
    sizes = sizes[sizes >= TALL]
    return float(sizes[np.searchsorted(np.cumsum(sizes), sizes.sum() / 2)]) if sizes.size else 0.0


def _boxes(level: list[_Line], upright: list[_Line]) -> tuple[list[_Line], list[_Line], list[Box]]:
    """The level and the upright lines that close boxes, side by side or apart, and these boxes."""
    if not (level and upright):
        return [], [], []
    x0, x1, left, right, thick = np.array(
        [(each.x0, each.x1, each.left, each.right, each.thickness) for each in level]
    ).T
    slope = (right - left) / np.maximum(x1 - x0, 1)
    walls: dict[tuple[int, int], list[_Line]] = {}
    corners: dict[tuple[int, int], list[_Line]] = {}
    for wall in upright:
        ends, beside = [], []
        for x, y in ((wall.left, wall.x0), (wall.right, wall.x1)):
            away, near = np.abs(left + slope * (x - x0) - y), thick / 2 + NEAR
            ends.append(np.flatnonzero((away <= near) & (x >= x0 - near) & (x <= x1 + near)).tolist())
            room = ROUND * np.minimum(x1 - x0, wall.length)
            outside = ((x <= x0 + near) & (x >= x0 - room)) | ((x >= x1 - near) & (x <= x1 + room))
            beside.append(np.flatnonzero(outside & (away <= room)).tolist())
        for found, (tops, bottoms) in ((walls, ends), (corners, beside)):
            for top, bottom in product(tops, bottoms):
                if left[bottom] - left[top] > SHORTEST:
                    found.setdefault((top, bottom), []).append(wall)
    for (top, bottom), some in corners.items():
        near = thick[top] + NEAR
        if len(some) == 2 and abs(x0[top] - x0[bottom]) <= near and abs(x1[top] - x1[bottom]) <= near:
            one, other = sorted(wall.left for wall in some)
            if one <= x0[top] + near and other >= x1[top] - near:
                walls.setdefault((top, bottom), some)
    closed = {pair: sorted(some, key=lambda wall: wall.left) for pair, some in walls.items() if len(some) > 1}
    boxes = [
        (round(one.left), one.x0, round(other.left), one.x1)
        for some in closed.values()
        for one, other in pairwise(some)
        if other.left - one.left > SHORTEST
    ]
    sides = [level[number] for pair in closed for number in pair]
    return sides, [wall for some in closed.values() for wall in some], boxes


def _are_written(boxes: Sequence[Box], bare: np.ndarray) -> bool:
    """Whether something is written in one of the boxes, and most characters are no larger than they are, unlike on squares."""
    if _tall(bare) > LARGER * float(np.median([y1 - y0 for _, y0, _, y1 in boxes])):
        return False
    for x0, y0, x1, y1 in boxes:
        inside = bare[y0:y1, x0:x1]
        if inside.size and np.count_nonzero(inside.any(1)) > HOLDS * (y1 - y0):
            return True
    return False
