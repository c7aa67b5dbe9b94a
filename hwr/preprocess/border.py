"""A line around the whole picture, as when the cell of a form is cut out along its box: painted over as it is inside.

Not here: the table around a sheet (sheet.py), rules and boxes with paper around them (rules.py, hwr.layout).
"""

from __future__ import annotations

import cv2
import numpy as np

from hwr.preprocess.light import LEAST_CONTRAST, shrink

SMALLEST = 24  # pixels: shorter pictures are taken as they are
DEEPEST = 0.08  # of the shorter side: so far in a line may lie
ALONG, LEFT = 0.75, 0.1  # of a row of pixels: so much of it is line where there is one; so much is none any more
CLEAR = 0.3  # of all the contrast: so far a line stands out
SOFT = 1  # pixel more, for the soft edge of a line


def without_border(picture: np.ndarray) -> np.ndarray:
    """The picture (uint8, grey or RGB) with a line along all of its four sides painted over; as it is without one.

    A line along three sides may be a letter that is cut close, and a line with nothing inside it is one.
    """
    grey = shrink(picture)
    if min(grey.shape[:2]) < SMALLEST:
        return picture
    grey = grey if grey.ndim == 2 else cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY)
    low, high = (float(value) for value in np.percentile(grey, (1, 99)))
    clear = max(2.0 * LEAST_CONTRAST, CLEAR * (high - low))
    sides = [_depth(np.rot90(grey, turn), clear) for turn in range(4)]  # top, right, bottom, left
    if min(sides) == 0:
        return picture
    scale = max(picture.shape[:2]) / max(grey.shape)
    inner = grey[sides[0] : len(grey) - sides[2], sides[3] : grey.shape[1] - sides[1]]
    low, high = (float(value) for value in np.percentile(inner, (0.5, 99.5)))
    if high - low < 0.5 * clear:
        return picture
    top, right, bottom, left = (int(np.ceil(side * scale)) for side in sides)
    kept = picture[top : len(picture) - bottom, left : picture.shape[1] - right]
    return cv2.copyMakeBorder(kept, top, bottom, left, right, cv2.BORDER_REPLICATE)


def _depth(grey: np.ndarray, clear: float) -> int:
    """The rows that a line along the top of a grey picture takes with all outside it; 0 without one."""
    deep = max(3, round(DEEPEST * min(grey.shape)))
    inside = np.median(grey[deep : 2 * deep].astype(np.float32), axis=0)
    unlike = grey[:deep].astype(np.float32) - inside
    for sign in (-1, 1):
        share = (sign * unlike > clear).mean(axis=1)
        if share.max() >= ALONG:
            return int(np.flatnonzero(share > LEFT)[-1]) + 1 + SOFT
    return 0
