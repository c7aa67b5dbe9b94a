"""Boxes printed around single characters, as forms have them: taken away, and what crosses them out of them.

Not here: long lines of a form (hwr.preprocess.rules), frames drawn by hand (frames.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from hwr.layout.parts import Part

SMALLEST = 12  # pixels
NARROWEST = 0.4  # of the longer side
STEEPEST = 15.0  # degrees
RECTANGLE = 0.85  # of the smallest rectangle around it lies within its outline
COVERED = 0.95  # of each side is inked
NEAR, STRAIGHT = 0.1, 0.03  # of the shorter side: so near lies the line of a box drawn by hand, and of a printed one
THICKEST = 0.09  # of the shorter side
EMPTY = 0.1  # of its ink: so much a box has beyond its sides
FULL = 0.25  # of its height: so high is what is written in it
ALIKE = 0.15  # of their sides: boxes of one row differ less


@dataclass(frozen=True, eq=False)
class _Box:
    """A part that may be a box: its ink beyond its sides, bool (the part's size), and whether its sides are straight."""

    part: Part
    inner: np.ndarray
    straight: bool

    @property
    def is_bare(self) -> bool:
        return float(self.inner.sum()) <= EMPTY * float(self.part.mask.sum())

    def content(self) -> list[Part]:
        """What hangs together with the box, without it; nothing where it is bare."""
        if self.is_bare:
            return []
        _, labels, stats, _ = cv2.connectedComponentsWithStats(self.inner.view(np.uint8), connectivity=8)
        found = []
        for label, (x, y, wide, tall, _) in enumerate(stats[1:].tolist(), 1):
            left, top = self.part.box[0] + x, self.part.box[1] + y
            mask = labels[y : y + tall, x : x + wide] == label
            found.append(self.part.of((left, top, left + wide, top + tall), mask))
        return found

    def holds(self, parts: list[Part]) -> bool:
        """Whether something that is high enough stands free in the box, or crosses its straight sides."""
        left, top, right, bottom = self.part.box
        within = [
            part
            for part in parts
            if left < part.box[0] and top < part.box[1] and part.box[2] < right and part.box[3] < bottom
        ]
        inside = within if self.is_bare else self.content() if self.straight else []
        return any(part.height > FULL * self.part.height for part in inside)

    def is_alike(self, other: _Box) -> bool:
        sides = zip(self.part.mask.shape, other.part.mask.shape, strict=True)
        return all(abs(first - second) <= ALIKE * second for first, second in sides)


def without_boxes(parts: list[Part]) -> list[Part]:
    """The parts without boxes around single characters, and without empty ones like these; what crosses a box is kept."""
    boxes = [box for box in map(_box_of, parts) if box]
    holding = [box for box in boxes if box.holds(parts)]
    if not holding:
        return parts
    gone = {id(box.part): box for box in boxes if any(box.is_alike(other) for other in holding)}
    return [other for part in parts for other in (gone[id(part)].content() if id(part) in gone else [part])]


def _box_of(part: Part) -> _Box | None:
    """The box that a part may be: a thin line along each side of a rectangle."""
    shorter, longer = sorted(part.mask.shape)
    if shorter < max(SMALLEST, NARROWEST * longer):
        return None
    outlines, _ = cv2.findContours(part.mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    middle, size, angle = cv2.minAreaRect(outlines[0])
    if cv2.contourArea(outlines[0]) < RECTANGLE * size[0] * size[1]:
        return None
    angle = (angle + 45) % 90 - 45
    if abs(angle) > STEEPEST:
        return None
    down, along = np.nonzero(part.mask)
    cosine, sine = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    x, y = along - middle[0], down - middle[1]
    x, y = x * cosine + y * sine, y * cosine - x * sine
    x, y = x - x.min(), y - y.min()
    width, height = float(x.max()), float(y.max())
    shorter = min(width, height)
    sides = ((x, y), (width - x, y), (y, x), (height - y, x))
    nearest = np.min([depth for depth, _ in sides], axis=0)
    thickness = np.count_nonzero(nearest <= NEAR * shorter) / (2 * (width + height))
    if thickness > THICKEST * shorter:
        return None
    lines = [_line(depth, place) for depth, place in sides]
    if any(float((line <= NEAR * shorter).mean()) < COVERED for line in lines):
        return None
    straight = all(float((line <= max(2.0, STRAIGHT * shorter)).mean()) >= COVERED for line in lines)
    inner = part.mask.copy()
    beyond = 1.5 * thickness + 1 if straight else NEAR * shorter
    inner[down[nearest <= beyond], along[nearest <= beyond]] = False
    return _Box(part, inner, straight)


def _line(depth: np.ndarray, along: np.ndarray) -> np.ndarray:
    """How far from a side, of all ink in each two pixels along it, the nearest lies: (n,), infinite where there is none."""
    places = (along / 2).astype(int)
    nearest = np.full(int(places.max()) + 1, np.inf)
    np.minimum.at(nearest, places, depth)
    return nearest
