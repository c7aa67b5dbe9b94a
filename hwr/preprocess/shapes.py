"""Shapes as plain as a character can be: a ring, which is an O or a nought, and an upright bar, which is an I, a 1 or an l.

Such ink is a character or nothing else, whatever its network has seen of marks. Not here: which marks are shown (reject.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

RING, FULL = 0.9, 0.75  # share of its convex hull that a ring covers with its hole, and a bar
HOLE = 0.03  # least share of a ring that its hole is
BAR = 0.4  # greatest width of a bar by its height
SPARED = 20.0  # times as much must speak against a ring or bar; trial characters of other people's are lost less by it


def spared(nothing: np.ndarray, images: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    """The chances (n,) that glyphs (uint8, 28 x 28) are no character, lower where they are rings or bars: float32 (n,)."""
    odds = nothing / np.maximum(1 - nothing, 1e-7)
    for place in np.flatnonzero(odds > 0.1).tolist():
        if is_ring_or_bar(images[place]):
            odds[place] /= SPARED
    return (odds / (1 + odds)).astype(np.float32)


def is_ring_or_bar(ink: np.ndarray) -> bool:
    """Whether ink (uint8, 255 on 0) is all one ring, such as an O, or one upright bar, such as a 1."""
    x, y, wide, tall = cv2.boundingRect(ink)
    size = 48 / max(wide, tall, 1)
    shape = max(1, round(size * wide)), max(1, round(size * tall))
    small = cv2.resize(ink[y : y + max(tall, 1), x : x + max(wide, 1)], shape, interpolation=cv2.INTER_AREA)
    bare = np.pad((small > 100).astype(np.uint8), 1)
    outlines, order = cv2.findContours(bare, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return False
    outer = [outline for outline, (_, _, _, parent) in zip(outlines, order[0], strict=True) if parent < 0]
    holes = [cv2.contourArea(outline) for outline, (*_, parent) in zip(outlines, order[0], strict=True) if parent >= 0]
    if len(outer) != 1:
        return False
    area = cv2.contourArea(outer[0])
    full = area / max(cv2.contourArea(cv2.convexHull(outer[0])), 1.0)
    if len(holes) == 1:
        return bool(full > RING and holes[0] > HOLE * area)
    return bool(not holes and full > FULL and wide < BAR * tall)
