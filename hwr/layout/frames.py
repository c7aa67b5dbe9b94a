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
    held = {id(part): inside for part in parts if part.mask.mean() <= FULLEST and (inside := _inside(part, parts))}
    if not held:
        return parts
    usual = float(np.median([part.height for part in parts if _is_clear(part) and id(part) not in held]))

    def is_frame(part: Part) -> bool:
        several = part.mask.mean() <= FULL and len(held.get(id(part), [])) >= SEVERAL
        return several or (id(part) in held and part.height > LARGER * usual and _is_closed(part.mask))

    return [part for part in parts if not is_frame(part)]


def _inside(part: Part, parts: list[Part]) -> list[Part]:
    """The parts that stand free within the box of a part and are no dots."""
    x0, y0, x1, y1 = part.box
    margin = 2 * part.stroke
    return [
        other
        for other in parts
        if other.box[0] > x0 + margin
        and other.box[1] > y0 + margin
        and other.box[2] < x1 - margin
        and other.box[3] < y1 - margin
        and _is_clear(other)
    ]


def _is_clear(part: Part) -> bool:
    return part.size > 3 * part.stroke


def _is_closed(mask: np.ndarray) -> bool:
    """Whether a part goes all around its middle, or nearly, and nowhere near it."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    down, right = (2 * y + 1) / height - 1, (2 * x + 1) / width - 1
    seen = np.unique(((np.arctan2(down, right) / np.pi + 1) * SECTORS / 2).astype(int) % SECTORS)
    return seen.size >= CLOSED and float((np.hypot(down, right) > HOLLOW).mean()) >= BARE
