"""From the ink of one character to the network's 28 x 28 glyph, framed as the dataset that the network learned from.

Not here: finding the ink of a picture (extraction.py) and the characters of a page (hwr.layout).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

import cv2
import numpy as np

from hwr.errors import HwrError

SIZE = 28
WORK_SIDES = (144, 480)  # the longer side of the ink while its strokes are measured and mended, in pixels
EDGE = 72  # ink below this is the outermost fringe of a stroke: it does not count for the bounding box
SOLID = 100  # ink above this is stroke when widths are measured
BLOB = 1.7  # ink whose longer side is less than this many stroke widths is a dot, not a character
DOT_SIDE = 7.0  # the side to which a dot is scaled, in pixels of the glyph
# Stroke widths in pixels of the glyph: thinner than any pen of the dataset, its typical thin pen, thicker than any.
MNIST_PENS = (1.5, 2.2, 5.0)
EMNIST_PENS = (1.8, 2.7, 5.5)
EMNIST_BOX = 23.0  # the longer side of EMNIST's ink without the fringe that its blur adds
EMNIST_BLUR = 0.3  # sigma of its blur


def frame(ink: np.ndarray, framing: str) -> np.ndarray:
    """The ink of one character, of any crop and size, as a glyph: uint8 (28, 28), ink 255 on 0.

    Strokes thinner than the dataset's are thickened to its thinner pens and far thicker ones thinned; a lone dot stays
    small. Ink that is all zero gives a glyph that is all zero. Raises HwrError for a framing that does not exist.
    """
    if framing not in FRAMINGS:
        raise HwrError(f'There is no framing "{framing}"; choose one of: {", ".join(FRAMINGS)}.')
    if ink.ndim != 2 or ink.dtype != np.uint8:
        raise HwrError(f"Ink must be a uint8 array (height, width), not {ink.dtype} {ink.shape}; make it with ink().")
    crop = _crop(ink)
    if crop is None:
        return np.zeros((SIZE, SIZE), np.uint8)
    return FRAMINGS[framing](crop)


def frame_all(inks: Iterable[np.ndarray], framing: str) -> np.ndarray:
    """Frame many inks at once: uint8 (n, 28, 28)."""
    glyphs = [frame(ink, framing) for ink in inks]
    return np.stack(glyphs) if glyphs else np.zeros((0, SIZE, SIZE), np.uint8)


def mnist(crop: np.ndarray) -> np.ndarray:
    """MNIST's framing: scaled into 20 x 20, anti-aliased, centre of mass at the centre (LeCun, Cortes, Burges)."""
    work, side = _mend(crop, box=20.0, pens=MNIST_PENS)
    height, width = (max(1, round(extent * side / max(work.shape))) for extent in work.shape)
    small = cv2.resize(work, (width, height), interpolation=cv2.INTER_AREA)
    mass = small.sum(dtype=np.float64)
    x = (small.sum(axis=0, dtype=np.float64) @ np.arange(width)) / mass
    y = (small.sum(axis=1, dtype=np.float64) @ np.arange(height)) / mass
    left = int(np.clip(round(SIZE / 2 - x), 0, SIZE - width))
    top = int(np.clip(round(SIZE / 2 - y), 0, SIZE - height))
    glyph = np.zeros((SIZE, SIZE), np.uint8)
    glyph[top : top + height, left : left + width] = small
    return glyph


def emnist(crop: np.ndarray) -> np.ndarray:
    """EMNIST's framing: blurred, cropped, padded to a square with a border of 2 pixels, bicubic to 28 x 28.

    Cohen, Afshar, Tapson, van Schaik (2017), arXiv:1702.05373. Their blur has a sigma of 1 on a 128 x 128
    page, on which a character is some 60 pixels high: the same share of the character is taken here.
    """
    work, side = _mend(crop, box=EMNIST_BOX, pens=EMNIST_PENS)
    height, width = work.shape
    canvas = round(SIZE * max(work.shape) / side)
    top, left = (canvas - height) // 2, (canvas - width) // 2
    shrink = _blurred_bicubic(canvas)
    glyph = shrink[:, top : top + height] @ work.astype(np.float32) @ shrink[:, left : left + width].T
    return np.clip(np.rint(glyph), 0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=600)
def _blurred_bicubic(side: int) -> np.ndarray:
    """What blurs a row of `side` pixels as EMNIST does and shrinks it by bicubic interpolation: float32 (SIZE, side).

    In one step for both directions, as both are linear: a fifth of the time of one after the other.
    """
    scale = side / SIZE
    at = np.arange(side) + 0.5
    away = np.abs(at - (np.arange(SIZE) + 0.5)[:, None] * scale) / scale
    near, far = (1.5 * away - 2.5) * away**2 + 1, ((-0.5 * away + 2.5) * away - 4) * away + 2
    shrink = np.where(away < 1, near, np.where(away < 2, far, 0.0))
    blur = np.exp(-(((at[:, None] - at) / (EMNIST_BLUR * scale)) ** 2) / 2)
    both = (shrink / shrink.sum(1, keepdims=True)) @ (blur / blur.sum(1, keepdims=True))
    return both.astype(np.float32)


FRAMINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"mnist": mnist, "emnist": emnist}


def _crop(ink: np.ndarray) -> np.ndarray | None:
    """The ink inside its bounding box, stretched to reach 255; None when there is none."""
    peak = int(ink.max(initial=0))
    if peak == 0:
        return None
    rows = np.flatnonzero(ink.max(axis=1) > EDGE * peak / 255)
    columns = np.flatnonzero(ink.max(axis=0) > EDGE * peak / 255)
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return crop if peak == 255 else np.round(crop * (255.0 / peak)).astype(np.uint8)


def _mend(crop: np.ndarray, *, box: float, pens: tuple[float, float, float]) -> tuple[np.ndarray, float]:
    """The crop at working size with strokes as wide as `pens` allow, and the side to scale it to in the glyph."""
    work = _resize(crop)
    width = _stroke_width(work)
    if max(work.shape) < BLOB * width:
        return work, DOT_SIDE
    thinnest, thin, thickest = (pen * max(work.shape) / box for pen in pens)
    # A wider stroke makes the box larger and with it the scale smaller: the divisor allows for that.
    if width < thinnest:
        work = _thicken(work, (thin - width) / (1 - pens[1] / box) / 2)
    elif width > thickest:
        work = _thin(work, (width - thickest) / (1 - pens[2] / box) / 2)
    return work, box


def _resize(crop: np.ndarray) -> np.ndarray:
    """The crop with its longer side between the WORK_SIDES."""
    side = max(crop.shape)
    smallest, largest = WORK_SIDES
    scale = min(max(1.0, smallest / side), largest / side) if side > largest else max(1.0, smallest / side)
    if scale == 1.0:
        return crop
    height, width = (max(1, round(extent * scale)) for extent in crop.shape)
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return cv2.resize(crop, (width, height), interpolation=method)


def _stroke_width(work: np.ndarray) -> float:
    """The mean stroke width in pixels: points of a stroke of width w lie w / 4 from its edge on average."""
    solid = cv2.copyMakeBorder((work > SOLID).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    area = int(solid.sum())
    return 4 * (float(depth.sum()) / area - 0.5) if area else 1.0


def _thicken(work: np.ndarray, reach: float) -> np.ndarray:
    """The strokes grown by `reach` pixels on each side, with soft edges; the picture grows with them."""
    margin = int(np.ceil(reach)) + 1
    padded = cv2.copyMakeBorder(work, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform((padded <= SOLID).astype(np.uint8), cv2.DIST_L2, 5)
    grown = np.clip((reach + 1 - distance) * 255, 0, 255).astype(np.uint8)
    crop = _crop(np.maximum(grown, padded))
    return padded if crop is None else crop


def _thin(work: np.ndarray, reach: float) -> np.ndarray:
    """The strokes shrunk by `reach` pixels on each side, with soft edges; unchanged where nothing would be left."""
    solid = cv2.copyMakeBorder((work > SOLID).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    crop = _crop(np.clip((depth - reach) * 255, 0, 255).astype(np.uint8))
    return work if crop is None else crop


def check_array(array: np.ndarray, what: str, shape: tuple[int | None, ...]) -> None:
    """Raises HwrError unless an array is uint8 of this shape, in which None stands for any size."""
    right = isinstance(array, np.ndarray) and array.dtype == np.uint8 and array.ndim == len(shape)
    if not right or any(size not in (None, given) for size, given in zip(shape, array.shape, strict=True)):
        sizes = ", ".join("any" if size is None else str(size) for size in shape)
        raise HwrError(f"{what} must be a uint8 array of shape ({sizes}), ink 255 on 0, as hwr.preprocess makes them.")
