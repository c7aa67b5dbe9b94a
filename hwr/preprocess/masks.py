"""Masks of large pictures, fast: morphology only where it matters, extents of parts from the ends of their runs; levels.

What OpenCV has functions for, too, is exactly as these give it, which look at every pixel.
"""

from __future__ import annotations

import cv2
import numpy as np


def morphed(mask: np.ndarray, operation: int, size: tuple[int, int]) -> np.ndarray:
    """What cv2.morphologyEx makes of a mask (uint8, 0 and 1) with ones of `size` (rows, columns).

    For operations that keep empty rows empty but for `size[0] // 2` next to others: MORPH_DILATE, MORPH_CLOSE.
    """
    rows = used_rows(mask, size[0] - 1)
    whole = np.zeros_like(mask)
    if rows.size:
        whole[rows] = cv2.morphologyEx(mask[rows], operation, np.ones(size, np.uint8))
    return whole


def used_rows(mask: np.ndarray, reach: int = 1) -> np.ndarray:
    """The numbers of the rows that hold something, with `reach` more on each side, so that what is apart stays apart."""
    used = np.any(mask, axis=1).astype(np.uint8)[:, None]
    return np.flatnonzero(cv2.dilate(used, np.ones((2 * reach + 1, 1), np.uint8)))


def parts(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a mask that hang together, 8 ways: labels (int32, 0 the ground) and (n, 4) left, top, width, height.

    As cv2.connectedComponentsWithStats, whose statistics take four times as long as the labels themselves.
    """
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    columns = mask.shape[1]
    begins, ends = mask.copy(), mask.copy()
    begins[:, 1:] &= mask[:, :-1] ^ 1
    ends[:, :-1] &= mask[:, 1:] ^ 1
    first, last = np.flatnonzero(begins.view(bool)), np.flatnonzero(ends.view(bool))
    part: np.ndarray = labels.ravel()[first]
    row = first // columns
    left, right = np.full(count, columns), np.zeros(count, int)
    np.minimum.at(left, part, first - row * columns)
    np.maximum.at(right, part, last - row * columns)
    top, bottom = np.zeros(count, int), np.zeros(count, int)
    top[part[::-1]], bottom[part] = row[::-1], row  # the last that is written stays
    return labels, np.stack([left, top, right - left + 1, bottom - top + 1], axis=1)[1:]


def areas(labels: np.ndarray, count: int) -> np.ndarray:
    """How many pixels each of `count` parts has, by what `parts` gives: (n,)."""
    flat = labels.ravel()
    return np.bincount(flat[np.flatnonzero(flat > 0)], minlength=count + 1)[1:]


def pen_width(mask: np.ndarray) -> float:
    """How wide the strokes of a mask (uint8, 0 and 1) are on the mean, in pixels."""
    depth = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3)
    return 4 * (float(depth.sum()) / max(1, int(mask.sum())) - 0.5)


def otsu(values: np.ndarray) -> float:
    """The level between two kinds of values of 0 to 255, of any shape, by Otsu's method (1979); 0 when there are none."""
    if not values.size:
        return 0.0
    whole = np.clip(values, 0, 255).astype(np.uint8).reshape(-1, 1)
    return float(cv2.threshold(whole, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0])


def stretches(mask: np.ndarray) -> list[tuple[int, int]]:
    """Where a row of bools (n,) is true without a break: first and last, the last exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
