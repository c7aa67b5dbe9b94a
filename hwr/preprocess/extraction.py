"""From a picture to its ink, 255 on 0: colour plane, uneven light, polarity, noise.

Not here: decoding (picture.py), ruled lines (rules.py), the meaning of ink (hwr.layout), glyphs (framing.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WORK_PIXELS = 4_000_000  # larger pictures are reduced to this while their ink is sought
SMALL_SIDE = 360  # the longer side of the copy on which light and polarity are judged
LEAST_CONTRAST = 18  # of 255: ink that differs less from its paper than this is not seen
DARKEST_PAPER = 32  # darker paper is treated as this dark, or its noise would become ink
NOISE_MARGIN = 4.0  # ink must stand out from the paper by this many standard deviations of its noise
WIDEST_STROKE = 0.3  # of the shorter side


@dataclass(frozen=True)
class Sheet:
    """One plane of a picture as dark ink on light paper: `plane` uint8 at working size, `paper` its estimated light.

    `stroke` is the estimated stroke width in pixels of the working size.
    """

    plane: np.ndarray
    paper: np.ndarray
    stroke: float


def ink(picture: np.ndarray) -> np.ndarray:
    """The ink of a picture: uint8 (height, width), strokes 255 with soft edges, paper exactly 0; blank is all zero.

    `picture` is what open_picture gives: uint8 (h, w) or (h, w, 3).
    """
    work = _reduce(picture)
    sheet = flatten(darken(work))
    soft = _soften(sheet)
    height, width = picture.shape[:2]
    if soft.shape == (height, width):
        return soft
    enlarged = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return enlarged


def _reduce(picture: np.ndarray) -> np.ndarray:
    """The picture with at most WORK_PIXELS pixels."""
    height, width = picture.shape[:2]
    scale = (WORK_PIXELS / (height * width)) ** 0.5
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _small(plane: np.ndarray) -> np.ndarray:
    """A copy whose longer side is at most SMALL_SIDE."""
    scale = SMALL_SIDE / max(plane.shape[:2])
    if scale >= 1:
        return plane
    size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def darken(picture: np.ndarray) -> np.ndarray:
    """The plane of the picture (grey, or a colour) in which the ink stands out most, as dark ink on light paper."""
    planes = [picture] if picture.ndim == 2 else [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), *cv2.split(picture)]
    best, best_score = planes[0], 0.0
    for number, plane in enumerate(planes):
        score = _clarity(_small(plane)) * (1.0 if number == 0 else 0.7)  # grey, unless a colour is much clearer
        if score > best_score:
            best, best_score = plane, score
    return 255 - best if is_light_on_dark(_small(best)) else best


def _clarity(small: np.ndarray) -> float:
    """How far the strokes of a plane stand out from its noise."""
    swing = np.abs(_detail(small, 6.0))
    return float(np.percentile(swing, 99)) / (2.0 + float(np.percentile(swing, 50)))


def _detail(small: np.ndarray, sigma: float) -> np.ndarray:
    """What is lighter (positive) or darker (negative) than its surroundings: float32."""
    light = small.astype(np.float32)
    return light - cv2.GaussianBlur(light, (0, 0), sigma)


def is_light_on_dark(small: np.ndarray) -> bool:
    """Whether the strokes are the light part of a plane.

    Strokes take less room than their paper, so at every scale the detail is skewed towards the ink; lights and other
    outliers are clipped. The edge of the picture, more often paper than not, has a vote as well.
    """
    low, high = (float(value) for value in np.percentile(small, (1, 99)))
    edge = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    balance = 1.0 - 2.0 * min(1.0, max(0.0, (float(np.median(edge)) - low) / max(1.0, high - low)))
    for sigma in (1, 2, 4, 8, 16):
        detail = _detail(small, sigma)
        deviation = float(detail.std())
        if deviation == 0 or sigma > 0.3 * min(small.shape):
            break
        detail = np.clip(detail, -5 * deviation, 5 * deviation)
        balance += float((detail**3).mean()) / float((detail**2).mean()) ** 1.5
    return balance > 0


def flatten(plane: np.ndarray) -> Sheet:
    """The sheet of a dark-on-light plane, its paper estimated by closing the strokes and smoothing.

    The first closing is wide enough for the boldest single character; the second only for the strokes that the first
    found, so that shadows, folds and the edge of the table count as paper.
    """
    small = _small(plane)
    widest = _odd(min(small.shape) * WIDEST_STROKE * 1.4)
    first = _closed(small, widest)
    stroke = _typical_stroke(cv2.subtract(first, small))
    side = min(widest, _odd(max(4.0 * stroke, 0.03 * max(small.shape))))
    paper = _closed(small, side)
    paper = cv2.medianBlur(paper, min(255, side))
    paper = cv2.resize(paper, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return Sheet(plane, paper, stroke * max(plane.shape) / max(small.shape))


def _closed(small: np.ndarray, side: int) -> np.ndarray:
    return cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))


def _typical_stroke(contrast: np.ndarray) -> float:
    """The stroke width of the parts that stand out, each part weighing as much as its strokes are long; 1 when none."""
    level, mask = cv2.threshold(contrast, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if level < LEAST_CONTRAST / 2:
        return 1.0
    mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    areas = np.bincount(labels.ravel(), minlength=count)[1:].astype(np.float64)
    depths = np.bincount(labels.ravel(), weights=depth.ravel(), minlength=count)[1:]
    widths = np.maximum(1.0, 4 * (depths / areas - 0.5))
    order = np.argsort(widths)
    lengths = np.cumsum((areas / widths)[order])
    return float(widths[order][np.searchsorted(lengths, lengths[-1] / 2)])


def _soften(sheet: Sheet) -> np.ndarray:
    """The ink of a sheet with soft edges; pixels beyond the fringe of a stroke are exactly 0."""
    contrast = _contrast(sheet.plane, sheet.paper)
    noise = _noise(contrast)
    if noise > 1 and sheet.stroke > 4:
        plane = cv2.GaussianBlur(sheet.plane, (0, 0), min(2.0, 0.12 * sheet.stroke))
        contrast = _contrast(plane, sheet.paper)
        noise = _noise(contrast)
    threshold, full = _levels(contrast, noise)
    if full == 0:
        return np.zeros(contrast.shape, np.uint8)
    fringe = cv2.dilate((contrast > threshold).astype(np.uint8), np.ones((3, 3), np.uint8))
    low = max(noise, 0.35 * threshold) if noise > 1 else 2.0
    soft = np.clip((contrast - low) * (255.0 / (full - low)), 0, 255)
    return np.round(soft * fringe).astype(np.uint8)


def _contrast(plane: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """How much darker than its paper each pixel is, as a share of the paper's light: float32 (h, w), up to 255."""
    light = np.maximum(paper, DARKEST_PAPER).astype(np.float32)
    contrast = (light - plane) * (255 / light)
    return contrast - float(np.median(_sample(contrast)))


def _noise(contrast: np.ndarray) -> float:
    """The standard deviation of the paper, taken on its lighter side, where no ink is."""
    sample = _sample(contrast)
    lighter = sample[sample <= 0]
    return 1.4826 * float(np.median(-lighter))


def _sample(values: np.ndarray) -> np.ndarray:
    """A grid of some 100,000 of the values."""
    step = max(1, int((values.size / 100_000) ** 0.5))
    return values[::step, ::step]


def _levels(contrast: np.ndarray, noise: float) -> tuple[float, float]:
    """The contrast that divides ink from paper, and that of full ink; (0, 0) when there is no ink."""
    floor = max(LEAST_CONTRAST, NOISE_MARGIN * noise)
    strong = contrast[contrast > floor]
    if strong.size == 0:
        return 0.0, 0.0
    level, _ = cv2.threshold(strong.astype(np.uint8).reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    full = float(np.percentile(strong[strong >= min(level, strong.max())], 50))
    return max(floor, 0.4 * full), full


def _odd(size: float) -> int:
    """The nearest odd number of pixels, at least 3."""
    return max(3, 2 * round((size - 1) / 2) + 1)
