"""The printed boxes of a form, side by side or apart, sharp or round: which level and upright lines close them.

Not here: finding lines (segments.py), and taking them out of the ink (forms.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from hwr.preprocess.masks import stretches
from hwr.preprocess.segments import SHORTEST, Segment
from hwr.results import Box

NEAR = 2.0  # pixels more than half its thickness: so near to a line another ends that ends on it
ROUND = 0.25  # of a box's shorter side: so far from its corners its sides may end, as they may be round
INKED = 0.95  # of its length: so much of a wall is ink, whatever hangs on it
BROAD = 2.5  # times as thick as the others it is at most
MUCH = 0.4  # of the picture's height: so high is a single box
INSET, HOLDS = 0.15, 0.35  # of a box: so far within, and so high, is what is written in it
SIDE = 0.9  # times as high as characters: boxes are no smaller
SAME, SIZES = 0.06, 6  # of their size: boxes of one size differ less; so many sizes are looked for
AT_ONCE = 100  # upright lines are looked at
EVEN = 0.6  # of all boxes between two lines that end nowhere have one width
SEVERAL = 3  # boxes of one width say how wide boxes are


def closed_boxes(
    level: list[Segment], upright: list[Segment], solid: np.ndarray
) -> tuple[list[Segment], list[Segment], list[Box]]:
    """The level and the upright lines that close boxes, side by side or apart, and these boxes."""
    if not (level and upright):
        return [], [], []
    closed = _regular(
        {
            (top, bottom): walls
            for (top, bottom), some in _joined(level, upright).items()
            if _are_printed(level[top], level[bottom], walls := _all_walls(level[top], level[bottom], some, solid))
        }
    )
    sides = [level[number] for number in dict.fromkeys(number for pair in closed for number in pair)]
    walls = list(dict.fromkeys(wall for some in closed.values() for wall in some))
    return sides, walls, [box for some in closed.values() for box in _between(some)]


def _joined(level: list[Segment], upright: list[Segment]) -> dict[tuple[int, int], list[Segment]]:
    """The upright lines from one level line to another, two or more, by the numbers of these; also round corners' ones."""
    x0, x1, left, right, thick = np.array(
        [(each.x0, each.x1, each.left, each.right, each.thickness) for each in level]
    ).T
    slope = (right - left) / np.maximum(x1 - x0, 1)
    near = thick / 2 + NEAR
    sharp: dict[tuple[int, int], list[Segment]] = {}
    rounded: dict[tuple[int, int], list[Segment]] = {}
    for first in range(0, len(upright), AT_ONCE):
        some = upright[first : first + AT_ONCE]
        ends = np.array([[(wall.left, wall.x0), (wall.right, wall.x1)] for wall in some], float)
        x, y = ends[..., :1], ends[..., 1:]
        away = np.abs(left + slope * (x - x0) - y)  # of each end of a wall, and of each level line
        on = (away <= near) & (x >= x0 - near) & (x <= x1 + near)
        room = ROUND * np.minimum(x1 - x0, y[:, 1:] - y[:, :1])
        beside = ((x <= x0 + near) & (x >= x0 - room)) | ((x >= x1 - near) & (x <= x1 + room))
        for found, met in ((sharp, on), (rounded, beside & (away <= room))):
            for number in np.flatnonzero(met.any(2).all(1)).tolist():
                for top, bottom in product(*(np.flatnonzero(end).tolist() for end in met[number])):
                    if left[bottom] - left[top] > SHORTEST:
                        found.setdefault((top, bottom), []).append(some[number])
    for (top, bottom), some in rounded.items():
        reach = thick[top] + NEAR
        if len(some) == 2 and abs(x0[top] - x0[bottom]) <= reach and abs(x1[top] - x1[bottom]) <= reach:
            one, other = sorted(wall.left for wall in some)
            if one <= x0[top] + reach and other >= x1[top] - reach:
                sharp.setdefault((top, bottom), some)
    return {pair: some for pair, some in sharp.items() if len(some) > 1}


def _are_printed(top: Segment, bottom: Segment, walls: Sequence[Segment]) -> bool:
    """Whether the walls between two level lines are no letters between the rules of paper: at an end the lines end on one,
    or there are several at one pitch."""
    first, last = walls[0], walls[-1]
    ends = (top.x0 - first.left, bottom.x0 - first.right), (last.left - top.x1, last.right - bottom.x1)
    for wall, short in ((first, ends[0]), (last, ends[1])):
        near = 1.5 * wall.thickness + 2 * NEAR
        if min(short) >= -near and max(short) <= max(near, ROUND * wall.length):
            return True
    alike = _alike([x1 - x0 for x0, _, x1, _ in _between(walls)])
    return bool(alike.size and alike.max() > max(SEVERAL, EVEN * alike.size))


def _alike(sizes: Sequence[float]) -> np.ndarray:
    """How many of some sizes are as large as each of them: (n,)."""
    values = np.array(sizes, float)
    alike: np.ndarray = (np.abs(values - values[:, None]) <= SAME * values[:, None]).sum(1)
    return alike


def _between(walls: Sequence[Segment]) -> list[Box]:
    """The boxes between walls side by side."""
    return [
        (round(one.left), one.x0, round(other.left), one.x1)
        for one, other in pairwise(walls)
        if other.left - one.left > SHORTEST
    ]


def _regular(closed: dict[tuple[int, int], list[Segment]]) -> dict[tuple[int, int], list[Segment]]:
    """The walls without those that part boxes of the usual width, if most have it: they are strokes as high as a box."""
    wides = [x1 - x0 for some in closed.values() for x0, _, x1, _ in _between(some)]
    if not wides:
        return closed
    alike = _alike(wides)
    usual = wides[int(alike.argmax())]
    if alike.max() < 0.5 * len(wides) or alike.max() < SEVERAL:
        return closed

    def is_usual(one: Segment, other: Segment) -> bool:
        return bool(abs(other.left - one.left - usual) <= SAME * usual)

    return {
        pair: [
            wall
            for before, wall, after in zip([None, *some], some, [*some[1:], None], strict=False)
            if not before or not after or is_usual(before, wall) or is_usual(wall, after) or not is_usual(before, after)
        ]
        for pair, some in closed.items()
    }


def _all_walls(top: Segment, bottom: Segment, known: list[Segment], solid: np.ndarray) -> list[Segment]:
    """The upright lines from one level line to another, some of which are known; others may have strokes along them."""
    usual = sorted(known, key=lambda wall: wall.thickness)[len(known) // 2]
    lean = (usual.right - usual.left) / max(1, usual.length)
    columns = np.arange(max(top.x0, bottom.x0, 0), min(top.x1, bottom.x1, solid.shape[1]))
    rows = np.arange(usual.x0, usual.x1)
    across = np.round(columns + lean * (rows - usual.x0)[:, None]).astype(int).clip(0, solid.shape[1] - 1)
    inked = solid[rows[:, None], across].mean(0) >= INKED
    found = list(known)
    for first, last in stretches(inked):
        x = float(columns[0]) + (first + last - 1) / 2
        if last - first < BROAD * usual.thickness and all(abs(x - wall.left) > 2 * usual.thickness for wall in known):
            found.append(replace(usual, left=x, right=x + lean * usual.length, sag=0.0))
    return sorted(found, key=lambda wall: wall.left)


def further_boxes(
    lines: Sequence[Segment], boxes: Sequence[Box], solid: np.ndarray
) -> list[tuple[list[Segment], list[Segment]]]:
    """The sides of further boxes as large as some that are known, of each the level and the upright ones: one is a line,
    and the others are inked, whatever hangs on them."""
    found = []
    for wide, tall in _sizes(boxes):
        for line in lines:
            if abs(line.length - wide) > SAME * wide:
                continue
            slope = (line.right - line.left) / line.length
            for away in (tall, -tall):
                other = replace(
                    line,
                    x0=round(line.x0 - slope * away),
                    x1=round(line.x1 - slope * away),
                    left=line.left + away,
                    right=line.right + away,
                )
                top, bottom = (line, other) if away > 0 else (other, line)
                walls = [
                    Segment(round(y0), round(y1), x0, x1, 0.0, line.thickness)
                    for x0, y0, x1, y1 in (
                        (top.x0, top.left, bottom.x0, bottom.left),
                        (top.x1, top.right, bottom.x1, bottom.right),
                    )
                ]
                along, across = [_shown(other, solid)], [_shown(wall, solid.T) for wall in walls]
                if along[0] and all(across):
                    found.append(([line, along[0]], [wall for wall in across if wall]))
    return found


def _sizes(boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """The sizes (width, height) that several boxes have, or the only one; the usual first."""
    found = np.array([(x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes], float)
    alike = (np.abs(found - found[:, None]) <= SAME * found[:, None]).all(2)
    left, sizes = np.ones(len(found), bool), []
    for place in np.argsort(-alike.sum(1), kind="stable"):
        if left[place] and (alike[place].sum() > 1 or len(found) == 1):
            sizes.append((float(found[place, 0]), float(found[place, 1])))
            left &= ~alike[place]
    return sizes[:SIZES]


def _shown(line: Segment, solid: np.ndarray) -> Segment | None:
    """A level line where it is inked, near to where it should be, but for its ends; None where it is not."""
    inset = round(ROUND * line.length / 2)
    columns = np.arange(max(0, line.x0 + inset), min(line.x1 - inset, solid.shape[1]))
    reach = round(line.thickness / 2 + NEAR)
    if not columns.size:
        return None
    rows = np.round(line.heights(columns)).astype(int) + np.arange(-reach, reach + 1)[:, None]
    if rows.min() < 0 or rows.max() >= len(solid):
        return None
    inked = solid[rows, columns].mean(1)
    there = np.flatnonzero(inked >= INKED)
    if not there.size:
        return None
    off = float(there.mean()) - reach
    return replace(line, left=line.left + off, right=line.right + off)


def are_written(boxes: Sequence[Box], bare: np.ndarray, tall: float) -> bool:
    """Whether something is written in one of the boxes, and they are of one height, or one is much of the picture, and no
    smaller than most characters, `tall` pixels high."""
    if np.median([min(x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes]) < SIDE * tall:
        return False
    heights = [y1 - y0 for _, y0, _, y1 in boxes]
    if _alike(heights).max() < 2 and max(heights) < MUCH * len(bare):
        return False
    insets = [round(INSET * min(x1 - x0, y1 - y0)) for x0, y0, x1, y1 in boxes]
    return any(
        np.count_nonzero(bare[y0 + inset : y1 - inset, x0 + inset : x1 - inset].any(1)) > HOLDS * (y1 - y0)
        for inset, (x0, y0, x1, y1) in zip(insets, boxes, strict=True)
    )
