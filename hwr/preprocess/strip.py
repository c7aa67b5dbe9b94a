"""From the ink of one line or word to the strip that a sequence network reads: grey, of one height, as wide as it is.

The height of the strip is set by how the ink lies in it rather than by its box, so that one long descender does not make
every letter small. Not here: finding lines (hwr.layout), the network (hwr.lines).
"""

from __future__ import annotations

import cv2
import numpy as np

STRIP = 48  # height of a strip in pixels
SPREADS = 4.6  # standard deviations of the ink's rows that a strip is high
TIGHTEST, LOOSEST = 1.06, 1.5  # least and greatest height of a strip, in heights of the ink's box
WIDE = 1.25  # times that a strip is wider than its ink: small joined letters stand closer than a network's steps tell apart
SIDES = 0.35  # blank before and after the ink, in heights of the strip
WIDEST = 200  # times its height that a strip may be wide: longer lines are squeezed


def strip(ink: np.ndarray, grey: np.ndarray | None = None, *, jitter: np.random.Generator | None = None) -> np.ndarray:
    """The strip of the ink (uint8 (h, w), 255 on 0) of one line: uint8 (STRIP, width), ink bright.

    With `grey`, how much darker than its paper each pixel is (uint8, the shape of `ink`), that is what the strip shows;
    the ink only says where to look. With `jitter`, it is cut a little off, as where the ink was not found well. No ink
    gives a strip of width 1.
    """
    left, top, right, bottom = window(ink, jitter)
    if right <= left:
        return np.zeros((STRIP, 1), np.uint8)
    width = max(1, min(round((right - left) * STRIP * WIDE / (bottom - top)), WIDEST * STRIP))
    return _cut(ink if grey is None else grey, (left, top, right, bottom), width)


def window(ink: np.ndarray, jitter: np.random.Generator | None = None) -> tuple[float, float, float, float]:
    """The part of the picture that the strip of some ink shows: x0, y0, x1, y1 in pixels; of no width without ink."""
    used = np.flatnonzero(ink.max(0, initial=0))
    if not len(used):
        return 0.0, 0.0, 0.0, 1.0
    top, bottom = extent(ink)
    if jitter is not None:
        off = jitter.normal(0, 0.05, 2) * (bottom - top)
        top, bottom = top + off[0], bottom + off[1]
    side = SIDES * (bottom - top)
    return float(used[0] - side), top, float(used[-1] + 1 + side), bottom


def extent(ink: np.ndarray) -> tuple[float, float]:
    """The first and last row, in pixels, of the strip of some ink; they may lie outside the picture."""
    mass = ink.sum(1, dtype=np.float64)
    rows = np.flatnonzero(mass)
    low, high = float(rows[0]), float(rows[-1] + 1)
    centres = np.arange(len(mass)) + 0.5
    middle = float(mass @ centres / mass.sum())
    spread = float(np.sqrt(mass @ (centres - middle) ** 2 / mass.sum()))
    box = high - low
    tall = float(np.clip(SPREADS * spread, TIGHTEST * box, LOOSEST * box))
    rim = (TIGHTEST - 1) / 2 * box
    top = np.clip(middle - tall / 2, high + rim - tall, low - rim)  # all of the ink is inside
    return float(top), float(top) + max(tall, 1.0)


def _cut(plane: np.ndarray, box: tuple[float, float, float, float], width: int) -> np.ndarray:
    """The part of a plane in a box, blank beyond the plane, at the strip's height and `width`."""
    left, top, right, bottom = box
    x0, y0, x1, y1 = int(np.floor(left)), int(np.floor(top)), int(np.ceil(right)), int(np.ceil(bottom))
    tall, wide = plane.shape
    inner = plane[max(0, y0) : max(0, min(tall, y1)), max(0, x0) : max(0, min(wide, x1))]
    margins = (max(0, -y0), max(0, y1 - tall), max(0, -x0), max(0, x1 - wide))
    whole = cv2.copyMakeBorder(inner, *margins, cv2.BORDER_CONSTANT, value=0)
    method = cv2.INTER_AREA if whole.shape[0] > STRIP else cv2.INTER_LINEAR
    return cv2.resize(whole, (width, STRIP), interpolation=method)
