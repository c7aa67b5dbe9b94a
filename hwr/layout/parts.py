"""The connected parts of the ink, without specks, rules, frames and what the edge of the picture cuts.

Not here: which parts make a character (glyphs.py) or a line (lines.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from hwr.layout.boxes import without_boxes
from hwr.layout.chains import without_chains
from hwr.layout.frames import without_frames
from hwr.layout.patterns import without_patterns
from hwr.results import Box

SOLID = 90  # ink above this hangs together
MOST_PARTS = 4000  # a page with more is noise; the largest are kept
BORDER = 0.12  # of the shorter side: what lies all within it may be of a box, a rule or a neighbour
MAIN = 0.3  # of the shorter side: so long is a character that stands within its picture


@dataclass(frozen=True, eq=False)
class Part:
    """Ink that hangs together: `box` in the picture, `mask` bool (the box's size), `stroke` its stroke width.

    x0, y0, x1, y1 are its box on the levelled page, on which lines are horizontal; without skew they are `box`.
    """

    box: Box
    mask: np.ndarray
    stroke: float
    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def of(cls, box: Box, mask: np.ndarray) -> Part:
        """The part of this mask, as it lies in the picture."""
        stroke = max(1.0, 4 * (_depth(mask) / int(mask.sum()) - 0.5))
        return cls(box, mask, stroke, *(float(value) for value in box))

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def size(self) -> float:
        return max(self.width, self.height)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def find_parts(ink: np.ndarray, *, whole: bool = False, tight: bool = False) -> list[Part]:
    """The parts of the ink that can be writing; with `whole`, all but specks, for a picture of one character.

    With `tight` the picture was cut close around a line, so that its characters may reach the edge.
    """
    parts = _components(ink)
    if not parts:
        return []
    stroke = typical([part.stroke for part in parts], [part.size for part in parts])
    largest = max(part.size for part in parts)
    least = min(0.8 * stroke, 0.5 * largest)
    seen = [part for part in without_boxes(parts) if part.size >= least]
    if whole:
        return [part for part in seen if not _is_rule(part, ink.shape)] or seen
    height, width = ink.shape
    tight = tight or _is_tight(seen, width, height, stroke)
    kept = [part for part in seen if not (_is_rule(part, ink.shape) or _is_edge(part, width, height, stroke, tight))]
    kept = without_patterns(without_frames(kept))
    return without_chains(kept, ink.shape, stroke)


def without_leftovers(parts: list[Part], shape: tuple[int, ...]) -> list[Part]:
    """The parts of a picture of one character but for what its edge cuts and what lies along it, if any other is large.

    `shape` is the picture's, (height, width).
    """
    height, width = shape[:2]
    shorter = min(height, width)

    def is_inner(part: Part) -> bool:
        x0, y0, x1, y1 = part.box
        if x0 <= 1 or y0 <= 1 or x1 >= width - 1 or y1 >= height - 1:
            return False
        y, x = np.nonzero(part.mask)
        x, y = x + x0, y + y0
        return bool(np.minimum.reduce([x, y, width - 1 - x, height - 1 - y]).max() > BORDER * shorter)

    inner = [part for part in parts if is_inner(part)]
    return inner if any(part.size > MAIN * shorter for part in inner) else parts


def typical(values: Iterable[float], weights: Iterable[float]) -> float:
    """The weighted median."""
    values, weights = np.array(list(values)), np.array(list(weights), dtype=np.float64)
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def level(parts: list[Part], skew: float) -> list[Part]:
    """The parts with their boxes turned by `skew` (radians, positive where lines fall to the right) about the origin."""
    if skew == 0:
        return parts
    cosine, sine = float(np.cos(skew)), float(np.sin(skew))
    levelled = []
    for part in parts:
        y, x = np.nonzero(part.mask)
        x, y = x + part.box[0], y + part.box[1]
        right, down = x * cosine + y * sine, y * cosine - x * sine
        corners = (float(right.min()), float(down.min()), float(right.max()) + 1, float(down.max()) + 1)
        levelled.append(replace(part, x0=corners[0], y0=corners[1], x1=corners[2], y1=corners[3]))
    return levelled


def _components(ink: np.ndarray) -> list[Part]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > SOLID).view(np.uint8), connectivity=8)
    largest = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_PARTS] + 1
    parts = []
    for label in sorted(int(label) for label in largest):
        left, top, width, height, _ = (int(value) for value in stats[label])
        box = (left, top, left + width, top + height)
        mask = labels[top : top + height, left : left + width] == label
        parts.append(Part.of(box, mask))
    return parts


def _depth(mask: np.ndarray) -> float:
    """The sum of the distances from the pixels of one part to what is not of it.

    Other parts count as that: between two parts there is always something nearer that is of neither.
    """
    rimmed = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return float(cv2.distanceTransform(rimmed, cv2.DIST_L2, 3)[1:-1, 1:-1][mask].sum())


def _is_rule(part: Part, shape: tuple[int, ...]) -> bool:
    """A ruled line: nearly as long as the picture, thin, and reaching its edge."""
    height, width = shape
    x0, y0, x1, y1 = part.box
    flat = part.width > 0.4 * width and part.height < 0.06 * part.width and (x0 <= 0.02 * width or x1 >= 0.98 * width)
    upright = (
        part.height > 0.4 * height
        and part.width < 0.06 * part.height
        and (y0 <= 0.02 * height or y1 >= 0.98 * height)
        and (x0 <= 0.02 * width or x1 >= 0.98 * width)
    )
    return flat or upright


def _is_edge(part: Part, width: int, height: int, stroke: float, tight: bool) -> bool:
    """The rim of a sheet, a table or a shadow: it lies along the edge of the picture, or is far thicker than the pen.

    Joined writing of a line cut out `tight` lies along its edges too.
    """
    x0, y0, x1, y1 = part.box
    touching = (x0 <= 1) + (y0 <= 1) + (x1 >= width - 1) + (y1 >= height - 1)
    long = part.width > 0.5 * width or part.height > 0.5 * height
    return touching > 0 and (part.stroke > 3 * stroke or (touching > 1 and long and not tight))


def _is_tight(parts: list[Part], width: int, height: int, stroke: float) -> bool:
    """Whether the picture was cut close around one line: several characters that no side cuts are nearly as high as it."""
    high = [
        part
        for part in parts
        if part.height > 0.5 * height and part.width < 1.2 * part.height and part.stroke < 1.5 * stroke
    ]
    return sum(part.box[0] > 1 and part.box[2] < width - 1 for part in high) >= 2
