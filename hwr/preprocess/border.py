"""Lines along the sides of a picture, as when the cell of a form is cut out along its box.

One along all four is painted over before light and ink are judged; one along some of them is taken out of the ink.

Not here: the table around a sheet (sheet.py), rules and boxes with paper around them (rules.py, hwr.layout).
"""

from __future__ import annotations

import cv2
import numpy as np

from hwr.preprocess.light import LEAST_CONTRAST, shrink
from hwr.preprocess.masks import stretches

SMALLEST = 24  # pixels: shorter pictures are taken as they are
DEEPEST = 0.1  # of the shorter side: so far in a line may lie
ALONG, LEFT = 0.75, 0.1  # of a row of pixels: so much of it is line where there is one; so much is none any more
CLEAR = 0.3  # of all the contrast: so far a line stands out
SQUARES = 2  # lines further in, each way: those of squared paper
ENDS = 0.95  # of a side: so long is a line from one end to the other
GAP = 0.06  # of the shorter side: so far from it, and
AWAY = 0.03  # of its length: so far from the ends of the picture lies what is written beside it
SOLID, FAINT = 128, 60  # of 255: ink; a line, without its soft edge
SOFT = 1  # pixel more, for the soft edge of a line


def without_border(picture: np.ndarray) -> np.ndarray:
    """The picture (uint8, grey or RGB) with a line along all of its four sides painted over; as it is without one.

    A line along three sides may be a letter that is cut close, and a line with nothing inside it is one; where more lines lie
    further in both ways they are those of squared paper.
    """
    grey = shrink(picture)
    if min(grey.shape[:2]) < SMALLEST:
        return picture
    grey = grey if grey.ndim == 2 else cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY)
    low, high = (float(value) for value in np.percentile(grey, (1, 99)))
    clear = max(2.0 * LEAST_CONTRAST, CLEAR * (high - low))
    sides = [_depth(np.rot90(grey, turn), clear) for turn in range(4)]  # top, right, bottom, left
    if min(sides) == 0 or min(_further_in(grey, clear), _further_in(grey.T, clear)) >= SQUARES:
        return picture
    scale = max(picture.shape[:2]) / max(grey.shape)
    inner = grey[sides[0] : len(grey) - sides[2], sides[3] : grey.shape[1] - sides[1]]
    low, high = (float(value) for value in np.percentile(inner, (0.5, 99.5)))
    if high - low < 0.5 * clear:
        return picture
    top, right, bottom, left = (int(np.ceil(side * scale)) for side in sides)
    kept = picture[top : len(picture) - bottom, left : picture.shape[1] - right]
    return cv2.copyMakeBorder(kept, top, bottom, left, right, cv2.BORDER_REPLICATE)


def side_lines(ink: np.ndarray) -> np.ndarray | None:
    """Where lines go along sides of the picture from one end to the other: bool (h, w), or None; `ink` is uint8, 255 on 0.

    The stem of a letter that is cut close is none: the rest of it is joined to that, close to it, or as high.
    """
    if min(ink.shape) < SMALLEST:
        return None
    found = [_line_along(np.rot90(ink, turn)) for turn in range(4)]
    if all(line is None for line in found):
        return None
    lines = np.zeros(ink.shape, bool)
    for turn, line in enumerate(found):
        if line is not None:
            np.rot90(lines, turn)[: len(line)] |= line  # a view
    inked = np.argwhere((ink > SOLID) & ~lines)
    if not inked.size:
        return None
    top, left = inked.min(axis=0).tolist()
    bottom, right = (inked.max(axis=0) + 1).tolist()
    high, wide = ink.shape
    away = [top / high, 1 - right / wide, 1 - bottom / high, left / wide]  # in the order of the turns
    near = min(ink.shape) / np.array([high, wide, high, wide]) * (DEEPEST + GAP)
    for turn, line in enumerate(found):
        if line is not None and (away[turn] < near[turn] or min(away[turn - 1], away[turn - 3]) < AWAY):
            return None
    return lines


def _line_along(side: np.ndarray) -> np.ndarray | None:
    """Where a line along the top of an ink lies, bool (rows, w), the first rows; None without one.

    By itself, but for the ends, where a line along another side may meet it.
    """
    deep = max(3, round(DEEPEST * min(side.shape)))
    band = (side[: 2 * deep] > FAINT).astype(np.uint8)
    if float(band[:deep].any(axis=0).mean()) < ENDS:
        return None
    _, labels = cv2.connectedComponents(band, connectivity=8)
    counts = np.bincount(labels[:deep].ravel())
    own = labels == int(counts[1:].argmax()) + 1
    if float(own[:deep].any(axis=0).mean()) < ENDS or own[deep:, deep:-deep].any():
        return None
    fringe = np.ones((2 * SOFT + 3, 2 * SOFT + 3), np.uint8)
    return np.asarray(cv2.dilate(own[:deep].astype(np.uint8), fringe) == 1)


def _further_in(grey: np.ndarray, clear: float) -> int:
    """How many lines go from side to side of a grey picture, but for those along its top and bottom."""
    deep = max(3, round(DEEPEST * min(grey.shape)))
    inner = grey[deep:-deep].astype(np.float32)
    unlike = np.abs(inner - np.median(inner, axis=0)) > clear
    return len(stretches(unlike.mean(axis=1) >= ALONG))


def _depth(grey: np.ndarray, clear: float) -> int:
    """The rows that a line along the top of a grey picture takes with all outside it; 0 without one."""
    deep = max(3, round(DEEPEST * min(grey.shape)))
    inside = np.median(grey[deep : 2 * deep].astype(np.float32), axis=0)
    unlike = grey[:deep].astype(np.float32) - inside
    for sign in (-1, 1):
        share = (sign * unlike > clear).mean(axis=1)
        if share.max() >= ALONG:
            line = int(np.flatnonzero(share >= ALONG)[-1])
            beyond = np.flatnonzero(share[line:] <= LEFT)  # what follows further in is written
            return line + int(beyond[0] if beyond.size else deep - line) + SOFT
    return 0
