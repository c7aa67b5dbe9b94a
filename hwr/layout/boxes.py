"""Boxes printed around single characters, as forms have them: taken away, and what crosses them out of them.

Not here: long lines of a form (hwr.preprocess.rules), a frame around several characters (parts.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from hwr.layout.parts import Part

BAND = 0.1  # of the shorter side: so near its sides lies all the ink of a box, which may be a little askew
COVERED = 0.95  # of each side is inked
THIN = 0.5  # of the band is as thick as a line of a box
EMPTY = 0.1  # of its ink: so much a box has beyond its sides
FULL = 0.25  # of its height: so high is what is written in it
ALIKE = 0.15  # of their sides: boxes of one row differ less
SMALLEST = 12  # pixels
NARROWEST = 0.4  # of the longer side


def without_boxes(parts: list[Part]) -> list[Part]:
    """The parts without boxes around single characters, where at least one of those that are alike has one that stands free
    in it; of the others of these, what is in them is kept."""
    boxes = [part for part in parts if _is_box(part)]
    holding = [box for box in boxes if _is_bare(box) and any(_is_in(part, box) for part in parts)]
    if not holding:
        return parts
    drop = [box for box in boxes if any(_is_alike(box, other) for other in holding)]
    return [other for part in parts for other in (_content(part) if part in drop else [part])]


def _band(part: Part) -> int:
    return max(2, round(BAND * min(part.mask.shape)))


def _is_box(part: Part) -> bool:
    """Whether each side of a part is a thin straight line from corner to corner."""
    mask, band = part.mask, _band(part)
    shorter, longer = sorted(mask.shape)
    if shorter < max(SMALLEST, NARROWEST * longer):
        return False
    sides = (mask[:band], mask[-band:], mask[:, :band].T, mask[:, -band:].T)
    if any(float(side.any(axis=0).mean()) < COVERED for side in sides):
        return False
    thickness = sum(float(side.sum()) for side in sides) / (2 * sum(mask.shape))
    return thickness < max(THIN * band, 1.5)


def _inner(part: Part) -> np.ndarray:
    """The mask of a part without what lies along its sides."""
    band = _band(part)
    inner = np.zeros_like(part.mask)
    inner[band:-band, band:-band] = part.mask[band:-band, band:-band]
    return inner


def _is_bare(box: Part) -> bool:
    return float(_inner(box).sum()) <= EMPTY * float(box.mask.sum())


def _is_in(part: Part, box: Part) -> bool:
    """Whether a part lies in a box and is high enough to be what is written there."""
    (x0, y0, x1, y1), (left, top, right, bottom) = part.box, box.box
    return left < x0 and top < y0 and x1 < right and y1 < bottom and part.height > FULL * box.height


def _is_alike(box: Part, other: Part) -> bool:
    return all(
        abs(first - second) <= ALIKE * second for first, second in zip(box.mask.shape, other.mask.shape, strict=True)
    )


def _content(box: Part) -> list[Part]:
    """What hangs together with a box, without it; nothing where it is bare."""
    if _is_bare(box):
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_inner(box).view(np.uint8), connectivity=8)
    found = []
    for label, (x, y, wide, tall, _) in enumerate(stats[1:].tolist(), 1):
        left, top = box.box[0] + x, box.box[1] + y
        mask = labels[y : y + tall, x : x + wide] == label
        found.append(box.of((left, top, left + wide, top + tall), mask))
    return found
