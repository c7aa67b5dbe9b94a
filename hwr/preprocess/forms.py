"""The printed lines of forms: tables, boxes in rows or apart, lines to write on, but for the strokes that cross them.

They are shorter than the rules of a sheet. Straight lines that close boxes in which something is written are a form's, and so
is a thin one that is longer than any stroke of a character. Not here: the rules of ruled and squared paper (rules.py); boxes
drawn by hand, which hwr.layout leaves out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.cells import NEAR, SAME, are_written, closed_boxes, further_boxes
from hwr.preprocess.masks import parts, pen_width
from hwr.preprocess.rule import SOLID, erased
from hwr.preprocess.segments import Segment, least_run, segments, undashed

SMALLEST = 64  # pixels: a smaller picture is no form
COPY = 1400  # the longer side of the copy on which lines are sought, at most
ALL_OVER, SQUARES = 0.5, 5  # of its side: so long are the lines of squared paper, and so many are there
TOOTH = 0.8  # times as high as characters: so high is a comb's tooth at most
SLIM = 25  # times as long as thick: a line that stands on its own
TALL = 0.6  # of the least run: smaller parts tell nothing of how high characters are
LONG, MORE = 2.5, 1.4  # times as high as characters: no stroke of one is as long; a line where there are several is
FINE = 0.5  # times as wide as a pen is a line at most, or it may be the feet of joined letters
LONGER = 5.0  # times as high as characters, unless it is as long
INKED = 0.9  # of the way up from the end of a box's side to its next corner there is ink
CLEAR, TOUCHED = 2, 0.25  # pixels beside a line; so much of it strokes touch, if it is as thick as these and no longer
THIN = 0.25  # times as high as characters: so thick is a line at most, or they are none
SEVERAL, ALIKE = 3, 1.5  # and so many times as thick as they are it is at most
CORNER = 0.15  # of the height of a box drawn by hand: so near to each other its sides end
SMALLER = 0.35  # so much of all writing is in lower characters than those that boxes are measured by
SPECK = 1.6  # times as wide as a stroke: what is left of a box is no larger
BESIDE = 3.5  # times as wide as a stroke: it runs along a line for no longer where it crosses it


@dataclass(frozen=True)
class Lines:
    """The nearly level and the nearly upright lines of ink, found on a copy that is `scale` times as small, and what is solid
    there: uint8 (h, w), 0 and 1."""

    solid: np.ndarray
    scale: int
    level: list[Segment]
    upright: list[Segment]

    @classmethod
    def of(cls, ink: np.ndarray) -> Lines:
        """Those of ink, uint8 (h, w), 255 on 0, with all that is darker than the noise of its paper."""
        if min(ink.shape) < SMALLEST:
            return cls(np.zeros((1, 1), np.uint8), 1, [], [])
        scale = -(-max(ink.shape) // COPY)
        solid = (ink > SOLID).view(np.uint8)
        if scale > 1:
            around = np.ones((scale, scale), np.uint8)
            solid = np.ascontiguousarray(cv2.dilate(solid, around, anchor=(0, 0))[::scale, ::scale]).astype(np.uint8)
        solid = undashed(solid)
        return cls(solid, scale, segments(solid), segments(cv2.transpose(solid)))

    @property
    def are_squares(self) -> bool:
        """Whether several go all over the picture each way, as on squared paper."""
        sizes = zip(self.solid.shape, (self.upright, self.level), strict=True)
        return all(sum(line.length > ALL_OVER * size for line in some) >= SQUARES for size, some in sizes)


def box_mask(ink: np.ndarray, lines: Lines) -> np.ndarray | None:
    """Where the lines of printed boxes lie and no stroke does: bool (h, w), or None when there are none.

    `ink` is uint8 (h, w), 255 on 0, with all that is darker than the noise of its paper, and `lines` those of it.
    """
    solid = lines.solid
    sides, walls, boxes = closed_boxes(lines.level, lines.upright, solid)
    bare = _without(solid, sides, walls)
    if not boxes or lines.are_squares or not are_written(boxes, bare, _tall(bare, SMALLER)):
        return None
    turned = [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes]
    further = further_boxes([line for line in lines.level if line not in sides], boxes, solid)
    others = further_boxes([line for line in lines.upright if line not in walls], turned, solid.T)
    sides = [
        *sides,
        *(line for along, _ in further for line in along),
        *(line for _, across in others for line in across),
    ]
    walls = [
        *walls,
        *(line for _, across in further for line in across),
        *(line for along, _ in others for line in along),
    ]
    return _mask(ink, lines, sides, walls, specks=True)


def line_mask(ink: np.ndarray, lines: Lines) -> np.ndarray | None:
    """Where lines to write on and of tables lie and no stroke does: as `box_mask`."""
    slim = [[line for line in some if line.length > SLIM * line.thickness] for some in (lines.level, lines.upright)]
    if not any(slim):
        return None
    bare = _without(lines.solid, *slim)
    tall, pen = _tall(bare), pen_width(bare)
    sides, walls = (
        [
            line
            for line in some
            if line.thickness < THIN * tall
            and line.length > LONG * tall
            and (line.thickness < FINE * pen or line.length > LONGER * tall or _is_bare(line, solid))
        ]
        for some, solid in zip(slim, (lines.solid, lines.solid.T), strict=True)
    )
    if len(sides) >= SEVERAL:
        thickness = np.median([line.thickness for line in sides])
        sides = [line for line in slim[0] if line.length > MORE * tall and line.thickness < ALIKE * thickness]
    drawn = [line for line in sides if line.thickness >= FINE * pen]
    closing = _closing(lines.upright, drawn)
    closed = {side for pair in closing for side in pair}
    sides = [
        line
        for line in sides
        if line.thickness < FINE * pen
        or line.length > LONGER * tall
        or line in closed
        or not _has_corners(line, lines.solid, tall)
    ]
    if not sides:
        return None  # an upright stroke may be a 1 or a brace
    walls += [wall for found in closing.values() for wall in found]
    return _mask(ink, lines, sides, [*walls, *_teeth(lines.upright, sides, tall)])


def _is_bare(line: Segment, solid: np.ndarray) -> bool:
    """Whether hardly any stroke touches a level line, as one under a number: all letters touch their feet, if joined."""
    columns, half = np.arange(line.x0, line.x1), round(line.thickness / 2) + CLEAR
    rows = np.round(line.heights(columns)).astype(int)
    beside = [solid[(rows + step).clip(0, len(solid) - 1), columns] for step in (-half - 1, -half, half, half + 1)]
    return float(np.any(beside, axis=0).mean()) < TOUCHED


def _teeth(upright: Sequence[Segment], sides: Sequence[Segment], tall: float) -> list[Segment]:
    """The teeth of combs: upright lines of one length that stand on long ones, lower than characters and as thin as those."""
    found = [
        line
        for line in upright
        if line.length < TOOTH * tall
        and any(
            side.x0 - NEAR <= line.right <= side.x1 + NEAR
            and abs(float(side.heights(np.array(line.right))) - line.x1) <= side.thickness / 2 + 2 * NEAR
            and line.thickness < ALIKE * side.thickness + 1
            for side in sides
        )
    ]
    lengths = np.array([line.length for line in found], float)
    alike = np.abs(lengths - lengths[:, None]) <= 2 * SAME * lengths + NEAR
    return [line for line, some in zip(found, alike.sum(1), strict=True) if some >= SEVERAL]


def _closing(upright: Sequence[Segment], sides: Sequence[Segment]) -> dict[tuple[Segment, Segment], list[Segment]]:
    """The pairs of level lines that make a box, and the upright ones that close it: from left end to left end, and right."""
    ends = np.array([(line.left, line.x0, line.right, line.x1) for line in upright], float).reshape(-1, 4)
    found = {}
    for above, below in itertools.combinations(sides, 2):
        near = CORNER * abs(below.left - above.left) + NEAR
        if max(abs(above.x0 - below.x0), abs(above.x1 - below.x1)) > 2 * near:
            continue
        left = (above.x0, above.left, below.x0, below.left)
        right = (above.x1, above.right, below.x1, below.right)
        walls = [np.flatnonzero((np.abs(ends - wall) <= near).all(axis=1)) for wall in (left, right)]
        if all(places.size for places in walls):
            found[above, below] = [upright[place] for places in walls for place in places.tolist()]
    return found


def _has_corners(line: Segment, solid: np.ndarray, tall: float) -> bool:
    """Whether strokes go up from both ends of a level line, or down: a side of a box, of which no other was found."""
    reach, wide = round(TOOTH * tall), max(round(3 * line.thickness), round(CORNER * tall))
    for step in (-1, 1):
        ends = []
        for x, y in ((line.x0, line.left), (line.x1, line.right)):
            rows = np.clip(round(y) + step * np.arange(round(line.thickness) + CLEAR, reach), 0, len(solid) - 1)
            ends.append(solid[rows, max(0, x - wide) : x + wide].any(axis=1).mean() > INKED)
        if all(ends):
            return True
    return False


def _mask(
    ink: np.ndarray, lines: Lines, sides: Sequence[Segment], walls: Sequence[Segment], *, specks: bool = False
) -> np.ndarray:
    """Where these level and upright lines lie and no stroke does: bool (h, w); with `specks` also what is left of them."""
    pen = lines.scale * pen_width(_without(lines.solid, sides, walls))
    turned, beside = cv2.transpose(ink), round(BESIDE * pen)
    left = cv2.transpose(erased(turned, [wall.enlarged(lines.scale).rule(turned) for wall in walls], beside))
    left = erased(left, [side.enlarged(lines.scale).rule(ink) for side in sides], beside)
    gone: np.ndarray = (left == 0) & (ink > 0)
    return gone | _specks(left, gone, pen) if specks else gone


def _specks(left: np.ndarray, gone: np.ndarray, pen: float) -> np.ndarray:
    """What is left beside lines that are gone, such as of round corners, and smaller than what is written: bool (h, w)."""
    labels, extents = parts((left > 0).view(np.uint8))
    around = np.ones((2 * round(pen) + 1,) * 2, np.uint8)
    away = cv2.dilate(gone.view(np.uint8), around) == 0
    small = extents[:, 2:].max(1, initial=0) <= SPECK * pen
    small[labels[away & (labels > 0)] - 1] = False
    return np.concatenate([[False], small])[labels]


def _without(solid: np.ndarray, sides: Sequence[Segment], walls: Sequence[Segment]) -> np.ndarray:
    """Ink without the places of some level and upright lines: uint8 (h, w), 0 and 1."""
    bare = solid.copy()
    for some, lines in ((bare, sides), (bare.T, walls)):
        for line in lines:
            columns = np.arange(line.x0, line.x1)
            half = round(line.thickness / 2) + 1
            rows = np.round(line.heights(columns)).astype(int) + np.arange(-half, half + 1)[:, None]
            some[rows.clip(0, len(some) - 1), columns] = 0
    return bare


def _tall(bare: np.ndarray, share: float = 0.5) -> float:
    """How high characters are, in pixels, so that such a share of all is smaller; 0 where there are none."""
    _, extents = parts(bare)
    sizes = np.sort(extents[:, 3])  # a rule is as long as many characters
    sizes = sizes[sizes >= TALL * least_run(bare)]
    return float(sizes[np.searchsorted(np.cumsum(sizes), share * sizes.sum())]) if sizes.size else 0.0
