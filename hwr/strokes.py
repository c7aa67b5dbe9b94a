"""Pen strokes to pictures: a round pen of any width, anti-aliased, and light distortions of the strokes themselves.

Strokes are a list of float arrays (k, 2) of x and y, y down; a stroke of one point is a dot. Not a reader of stroke
files (`unipen`), not a font (`synthetic`), and not the framing to a glyph (`preprocess`).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from hwr.errors import HwrError

Strokes = Sequence[np.ndarray]

OVERSAMPLING = 2
MAX_SIDE = 8192
_SHIFT = 4
_SLANT, _TURN, _ASPECT, _WOBBLE = 0.12, 0.06, 0.08, 0.02


def render(
    strokes: Strokes,
    *,
    width: float,
    size: float | None = None,
    margin: int = 2,
    pressure: np.random.Generator | None = None,
) -> np.ndarray:
    """Draw strokes with a round pen, cropped to the ink: uint8 (h, w), ink 255 on 0.

    width is the pen's diameter in pixels. size is the longer side in pixels that the pen's path is scaled to; without
    it, strokes are in pixels already. At least margin blank pixels stand around the ink. With a generator as pressure,
    the width varies smoothly by up to a third along the way. No strokes give an empty picture. Raises HwrError for
    points that are not finite, a width that is not positive, or a picture over MAX_SIDE pixels.
    """
    return render_pens(strokes, widths=[width], size=size, margin=margin, pressure=pressure)[0]


def render_pens(
    strokes: Strokes,
    *,
    widths: Sequence[float],
    size: float | None = None,
    margin: int = 2,
    pressure: np.random.Generator | None = None,
) -> list[np.ndarray]:
    """Draw the same strokes with several pens, as `render` does, at little more than the cost of one.

    All pictures have the same shape, that of the widest pen. Raises HwrError as `render` does.
    """
    if not len(widths) or not all(np.isfinite(w) and w > 0 for w in widths):
        raise HwrError("A pen's width must be a positive number of pixels.")
    border = margin + 1 + max(widths) * (0.67 if pressure is not None else 0.5)
    paths = _place(_clean(strokes), size, border)
    shape = _shape(paths, border)
    distance = _distance(paths, shape)
    grain = _grain(distance.shape, pressure)
    return [_ink(distance, width, grain, shape) for width in widths]


def paint(
    page: np.ndarray, strokes: Strokes, *, width: float, pressure: np.random.Generator | None = None
) -> np.ndarray:
    """Draw strokes, given in the page's pixels, onto a uint8 page (h, w) in place; ink that is there stays.

    What falls outside the page is cut off. Returns the page.
    """
    paths = _clean(strokes)
    if not paths:
        return page
    border = int(np.ceil(width)) + 1
    corner = np.floor(np.concatenate(paths).min(axis=0)).astype(int)
    moved = [path - corner + border for path in paths]
    shape = _shape(moved, border)
    distance = _distance(moved, shape)
    picture = _ink(distance, width, _grain(distance.shape, pressure), shape)
    left, top = corner - border
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + picture.shape[1], page.shape[1]), min(top + picture.shape[0], page.shape[0])
    if x0 < x1 and y0 < y1:
        part = page[y0:y1, x0:x1]
        np.maximum(part, picture[y0 - top : y1 - top, x0 - left : x1 - left], out=part)
    return page


def distort(strokes: Strokes, rng: np.random.Generator, *, strength: float = 1.0) -> list[np.ndarray]:
    """Strokes as a slightly different hand would draw them: slant, aspect, a small rotation and a smooth wobble.

    Strokes keep their number of points, their units and their centre; strength 0 changes nothing, 1 is light.
    """
    if not strokes:
        return []
    points = np.concatenate([np.asarray(stroke, dtype=float).reshape(-1, 2) for stroke in strokes])
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    extent = max(float(np.ptp(points, axis=0).max()), 1e-9)
    warped = warp((points - centre)[None] / extent, rng, strength=strength)[0] * extent + centre
    return np.split(warped, np.cumsum([len(stroke) for stroke in strokes])[:-1])


def warp(points: np.ndarray, rng: np.random.Generator, *, strength: float = 1.0) -> np.ndarray:
    """The distortions of `distort` for a batch: points (n, k, 2) in a box of side 1 around 0, each row its own way."""
    matrix = affine(len(points), rng, strength=strength)
    return wobble(points, rng, amount=_WOBBLE * strength) @ matrix


def affine(count: int, rng: np.random.Generator, *, strength: float = 1.0) -> np.ndarray:
    """Random matrices (count, 2, 2) for row vectors (x, y): aspect, then slant, then a small rotation."""
    slant, turn, aspect = (strength * rng.normal(0, spread, count) for spread in (_SLANT, _TURN, _ASPECT))
    stretch, cosine, sine = np.exp(aspect), np.cos(turn), np.sin(turn)
    zero, one = np.zeros(count), np.ones(count)
    lean = np.stack([stretch, zero, -slant, one / stretch], axis=-1).reshape(count, 2, 2)
    return lean @ np.stack([cosine, sine, -sine, cosine], axis=-1).reshape(count, 2, 2)


def wobble(points: np.ndarray, rng: np.random.Generator, *, amount: float) -> np.ndarray:
    """Move points (n, k, 2) by a smooth random field, the same for points that touch, so that joints stay joined.

    The field is a sum of three plane waves, 0.6 to 2 boxes long; amount is its spread as a part of the box.
    """
    count, waves = len(points), 3
    frequency = 2 * np.pi / rng.uniform(0.6, 2.0, (count, 1, waves))
    angle, phase = rng.uniform(0, 2 * np.pi, (2, count, 1, waves))
    along = points[..., :1] * np.cos(angle) + points[..., 1:] * np.sin(angle)
    push = rng.normal(0, amount * np.sqrt(2 / waves), (count, waves, 2))
    return points + np.sin(frequency * along + phase) @ push


def _clean(strokes: Strokes) -> list[np.ndarray]:
    """Strokes as float arrays (k, 2) without empty ones; HwrError for a point that is not a finite number."""
    paths = [np.asarray(stroke, dtype=float).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if paths and not np.isfinite(np.concatenate(paths)).all():
        raise HwrError("A stroke has a point that is not a finite number; leave that stroke out.")
    return paths


def _place(paths: list[np.ndarray], size: float | None, border: float) -> list[np.ndarray]:
    """Paths scaled to `size` and moved so that their box begins `border` pixels from the corner."""
    if not paths:
        return []
    points = np.concatenate(paths)
    low = points.min(axis=0)
    extent = float((points.max(axis=0) - low).max())
    scale = size / extent if size is not None and extent > 0 else 1.0
    return [(path - low) * scale + border for path in paths]


def _shape(paths: list[np.ndarray], border: float) -> tuple[int, int]:
    """Height and width of the picture that holds the paths with `border` pixels on every side."""
    high = np.concatenate(paths).max(axis=0) if paths else np.zeros(2)
    width, height = np.ceil(high + border).astype(int)
    if max(width, height) > MAX_SIDE:
        raise HwrError(f"The drawing would be {width} x {height} pixels; draw it with at most {MAX_SIDE} a side.")
    return max(int(height), 1), max(int(width), 1)


def _distance(paths: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """How far each pixel of the oversampled picture is from the pen's path, in picture pixels; float32."""
    paper = np.full((shape[0] * OVERSAMPLING, shape[1] * OVERSAMPLING), 255, dtype=np.uint8)
    if not paths:
        return np.full(paper.shape, np.inf, dtype=np.float32)
    # A pixel's centre is at its index for OpenCV and half a pixel further on paper. A lone point is drawn as two.
    lines = [path if len(path) > 1 else np.repeat(path, 2, axis=0) for path in paths]
    fixed = [np.rint((line * OVERSAMPLING - 0.5) * 2**_SHIFT).astype(np.int32) for line in lines]
    cv2.polylines(paper, fixed, False, 0, 1, cv2.LINE_8, _SHIFT)
    return cv2.distanceTransform(paper, cv2.DIST_L2, 5) / np.float32(OVERSAMPLING)


def _grain(shape: tuple[int, ...], rng: np.random.Generator | None) -> np.ndarray:
    """A smooth random factor for the pen's width at each pixel, between 2/3 and 4/3; 1 without a generator."""
    if rng is None:
        return np.ones(1, dtype=np.float32)
    coarse = rng.uniform(0.67, 1.33, (3, 3)).astype(np.float32)
    return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def _ink(distance: np.ndarray, width: float, grain: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Ink where the path is nearer than half the pen's width, with an edge one fine pixel wide, in picture pixels.

    A pen thinner than a pixel leaves grey, in proportion.
    """
    edge = np.float32(1 / OVERSAMPLING)
    reach = np.float32(max(width, 1.0) / 2) * grain + edge / 2
    faint = 255 * min(width, 1.0)
    cover = np.clip((reach - distance) * np.float32(1 / edge), 0, 1) * np.float32(faint)
    return np.rint(cv2.resize(cover, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)).astype(np.uint8)
