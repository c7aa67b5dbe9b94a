"""Frames: rings and boxes drawn by hand around a character or several, as around a result, which are no writing.

Not here: printed boxes around single characters, and what crosses them (boxes.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hwr.layout.parts import Part

FULL, FULLEST = 0.15, 0.25  # of its box: so much of it a frame inks at most, one around several and one around fewer
SEVERAL = 3  # parts, where they stand in one, make a frame of it whatever its shape
LARGER = 1.4  # times as high as characters is one around fewer
HOLLOW, BARE = 0.6, 0.97  # of its radius: beyond that is so much of its ink
SECTORS, CLOSED = 36, 33  # of a circle; it is seen in so many of them


def without_frames(parts: list[Part]) -> list[Part]:
    """The parts without those that are drawn around others."""
    boxes = np.array([part.box for part in parts]).reshape(-1, 4)
    clear = np.array([part.size > 3 * part.stroke for part in parts], bool)  # and no dots
    held = {id(part): _held(part, boxes[clear]) for part in parts if part.mask.mean() <= FULLEST}
    if not any(held.values()):
        return parts
    usual = float(
        np.median([part.height for part, own in zip(parts, clear, strict=True) if own and not held.get(id(part))])
    )

    def is_frame(part: Part) -> bool:
        count = held.get(id(part), 0)
        several = count >= SEVERAL and part.mask.mean() <= FULL
        return several or (count > 0 and part.height > LARGER * usual and _is_closed(part.mask))

    return [part for part in parts if not is_frame(part)]


def _held(part: Part, boxes: np.ndarray) -> int:
    """How many of some boxes (n, 4) stand free within that of a part."""
    x0, y0, x1, y1 = part.box
    left, top, right, bottom = boxes.T
    margin = 2 * part.stroke
    inside = (left > x0 + margin) & (top > y0 + margin) & (right < x1 - margin) & (bottom < y1 - margin)
    return int(np.count_nonzero(inside))


def _is_closed(mask: np.ndarray) -> bool:
    """Whether a part goes all around its middle, or nearly, and nowhere near it."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    down, right = (2 * y + 1) / height - 1, (2 * x + 1) / width - 1
    seen = np.unique(((np.arctan2(down, right) / np.pi + 1) * SECTORS / 2).astype(int) % SECTORS)
    return seen.size >= CLOSED and float((np.hypot(down, right) > HOLLOW).mean()) >= BARE
