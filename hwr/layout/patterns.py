"""What is printed over and over at even steps is no writing: dots of dotted paper, holes along a binding, teeth of a comb.

No hand makes twelve parts in a row so alike and so evenly apart. Not here: lines in pieces (chains.py), boxes (boxes.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from hwr.layout.parts import Part

FEWEST = 12  # parts in a row
SIZE, PIXELS = 0.2, 2.0  # how much alike parts differ in width and height: as a share, and in pixels
STEP, SHIFT = 0.03, 0.75  # how much a step differs from the one before: of it, and in pixels
NEAR = 0.12  # of a step: so near to its place is a part with others between it and its row
STEEP = 0.27  # rows a column: how far from level a row runs
ALIKE = 0.7  # intersection over union of the masks of two neighbours, on the mean
SIDE = 12  # of the copy of a mask that is compared
BLOCK = 500  # parts that are compared with all others at once


def without_patterns(parts: list[Part]) -> list[Part]:
    """The parts without those that stand in long rows, level or upright, at even steps and look alike."""
    if len(parts) < FEWEST:
        return parts
    boxes = np.array([part.box for part in parts], np.float64)
    places, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    gone = np.zeros(len(parts), bool)
    steps = []
    for axis in (0, 1):
        found, step = _in_rows(parts, places, sizes, axis)
        gone |= found
        steps += [] if step is None else [step]
    if gone.any():
        gone |= _beside(places, sizes, gone, steps)
    return [part for part, out in zip(parts, gone, strict=True) if not out] if gone.any() else parts


def _in_rows(
    parts: list[Part], places: np.ndarray, sizes: np.ndarray, axis: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Which parts are of long even rows along an axis, 0 level and 1 upright, bool (n,), and their usual step (x, y)."""
    after = _neighbours(places, sizes, axis)
    steps = np.where(after[:, None] >= 0, places[after] - places, np.nan)
    change = np.linalg.norm(steps[after] - steps, axis=1)
    goes_on = (after >= 0) & (change <= STEP * np.linalg.norm(steps, axis=1) + SHIFT)  # False where there is no step
    gone, seen = np.zeros(len(parts), bool), np.zeros(len(parts), bool)
    for first in np.argsort(places[:, axis]).tolist():
        row, last = [first], first
        while goes_on[last] and not seen[last]:
            seen[last] = True
            last = int(after[last])
            row.append(last)
        if after[last] >= 0 and len(row) > 1:
            row.append(int(after[last]))
        if len(row) >= FEWEST and _are_alike([parts[place] for place in row]):
            gone[row] = True
    return gone, np.median(steps[gone & goes_on], axis=0) if gone.any() else None


def _beside(places: np.ndarray, sizes: np.ndarray, gone: np.ndarray, steps: list[np.ndarray]) -> np.ndarray:
    """Which of the other parts are as large as those gone, and some steps from one: where writing stands between them."""
    usual = np.median(sizes[gone], axis=0)
    left = np.flatnonzero(~gone & (np.abs(sizes - usual) <= np.maximum(SIZE * usual, PIXELS)).all(axis=1))
    found = np.zeros(len(places), bool)
    for step in steps:
        for times in (-3, -2, -1, 1, 2, 3):
            off = places[left, None] + times * step - places[None, gone]
            found[left[(np.linalg.norm(off, axis=2) <= NEAR * np.linalg.norm(step)).any(axis=1)]] = True
    return found


def _neighbours(places: np.ndarray, sizes: np.ndarray, axis: int) -> np.ndarray:
    """The nearest part of like size further along an axis, for each part; -1 for none: int (n,)."""
    found = np.full(len(places), -1)
    for start in range(0, len(places), BLOCK):
        block = slice(start, start + BLOCK)
        along = places[None, :, axis] - places[block, None, axis]
        aside = np.abs(places[None, :, 1 - axis] - places[block, None, 1 - axis])
        alike = (np.abs(sizes[None] - sizes[block, None]) <= np.maximum(SIZE * sizes[block, None], PIXELS)).all(axis=2)
        far = np.where((along > 0) & (aside <= STEEP * along) & alike, along, np.inf)
        nearest = far.argmin(axis=1)
        found[block] = np.where(np.isfinite(far.min(axis=1)), nearest, -1)
    return found


def _are_alike(row: list[Part]) -> bool:
    """Whether parts have the same shape."""
    masks = np.stack(
        [cv2.resize(part.mask.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for part in row]
    )
    shared, joint = np.minimum(masks[1:], masks[:-1]).sum((1, 2)), np.maximum(masks[1:], masks[:-1]).sum((1, 2))
    return float((shared / joint).mean()) > ALIKE
