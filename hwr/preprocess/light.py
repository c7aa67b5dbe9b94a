"""One plane of a picture as dark ink on evenly lit paper: colour, polarity, light.

Not here: which pixels are ink (extraction.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.masks import parts

SMALL_SIDE = 360  # the longer side of the copy on which light and polarity are judged
HALVED = 6  # times as large: a picture is halved first, which is far faster and loses a row at most
LEAST_CONTRAST = 18  # of 255: ink that differs less from its paper than this is not seen
DARKEST_PAPER = 32  # darker paper is treated as this dark, or its noise would become ink
WIDEST_STROKE = 0.3  # of the shorter side
SCALES = (1, 2, 4, 8, 16)  # pixels of that copy: what stands out from as much around it is detail
RARE = 4.0  # standard deviations: detail beyond that stands here and there
BOLDER = 2.0  # times as broad: strokes that are not the lines of their paper
COLOUR = 0.7  # a colour is as good as grey where it is so much clearer: its noise is stronger
SHOWN = 0.85  # of the strokes of grey: a colour that shows fewer loses a pen
CLEAR = 0.5  # of the darkest strokes
STROKE = 3.0  # times as long as wide, at least
RIM = 3  # pixels of that copy
UNDECIDED = 0.1  # a balance below this is chance, and most ink is dark
LEAST_MIDDLE = 5  # pixels: fewer say nothing of a width
EDGE_BAND = 0.1  # of the shorter side
EDGE = 2.0  # weight of what is light at the edge, beside the skew at one scale
EVEN = 2.5  # weight of how even in width the strokes are


@dataclass(frozen=True)
class Sheet:
    """One plane of a picture as dark ink on light paper: `plane` uint8 at working size, `paper` its estimated light.

    `stroke` is the estimated stroke width in pixels of the working size.
    """

    plane: np.ndarray
    paper: np.ndarray
    stroke: float


def shrink(plane: np.ndarray, side: int = SMALL_SIDE) -> np.ndarray:
    """A copy whose longer side is at most so many pixels."""
    scale = side / max(plane.shape[:2])
    if scale >= 1:
        return plane
    size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
    while min(plane.shape[:2]) > 1 and max(plane.shape[:2]) >= HALVED * side:
        plane = halved(plane)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def halved(plane: np.ndarray) -> np.ndarray:
    """A copy of half the size, without the last row and column where these are odd: far faster than to any other size."""
    height, width = (size // 2 for size in plane.shape[:2])
    return cv2.resize(plane[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)


def darken(picture: np.ndarray) -> np.ndarray:
    """The plane of the picture (grey, or a colour) in which the ink stands out most, as dark ink on light paper.

    A colour is taken where it is much clearer than grey and loses none of the pens that grey shows.
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = [shrink(grey)]
    if picture.ndim == 3:
        small += cv2.split(shrink(picture))
    swings = [np.abs(_detail(plane, 6.0)) for plane in small]
    strokes = swings[0] > 0.5 * float(np.percentile(swings[0], 99))
    colours = [COLOUR * _clarity(swing) if _shows(swing, strokes) else 0.0 for swing in swings[1:]]
    chosen = int(np.argmax([_clarity(swings[0]), *colours]))
    best = grey if chosen == 0 else cv2.extractChannel(picture, chosen - 1)
    return cv2.bitwise_not(best) if is_light_on_dark(small[chosen]) else best


def _clarity(swing: np.ndarray) -> float:
    """How far the strokes of a plane, of which this is the detail, stand out from its noise."""
    return float(np.percentile(swing, 99)) / (2.0 + float(np.percentile(swing, 50)))


def _shows(swing: np.ndarray, strokes: np.ndarray) -> bool:
    """Whether a plane of this detail shows nearly all of the strokes (bool) that stand out in another."""
    seen = swing[strokes] > 0.25 * float(np.percentile(swing, 99))
    return not seen.size or float(seen.mean()) > SHOWN


def _detail(small: np.ndarray, sigma: float) -> np.ndarray:
    """What is lighter (positive) or darker (negative) than its surroundings: float32."""
    light = small.astype(np.float32)
    box = (_odd(2.45 * sigma),) * 2  # two boxes are near enough to a Gaussian and far faster
    return light - cv2.blur(cv2.blur(light, box), box)


def is_light_on_dark(small: np.ndarray) -> bool:
    """Whether the strokes are the light part of a plane.

    Strokes take less room than their paper, so at every scale the detail is skewed towards the ink; lights and other
    outliers are clipped. Only what is near strokes counts, or on a large sheet a few of them would be the outliers; and
    not the rim, where a margin of a pixel would be a light stroke. The edge of the picture, more often paper than not, has
    a vote as well; and so has the evenness of the strokes: a pen is as wide all along, what it leaves between is not.
    """
    low, high = (float(value) for value in np.percentile(small, (1, 99)))
    if high - low < LEAST_CONTRAST:
        low, high = float(small.min()), float(small.max())
    edge = (float(np.median(_edge(small))) - low) / max(1.0, high - low)
    balance = EDGE * (1.0 - 2.0 * min(1.0, max(0.0, edge)))
    details = [_detail(small, sigma) for sigma in SCALES]
    near = _near_strokes(details[-1])
    for sigma, detail in zip(SCALES, (_without_rim(each)[near] for each in details), strict=True):
        deviation = float(detail.std())
        if deviation == 0 or sigma > 0.3 * min(small.shape):
            break
        detail = np.clip(detail, -5 * deviation, 5 * deviation)
        square = detail * detail
        balance += float((square * detail).mean()) / float(square.mean()) ** 1.5
    balance += EVEN * (_unevenness(small) - _unevenness(cv2.bitwise_not(small)))
    return balance > UNDECIDED


def _edge(small: np.ndarray) -> np.ndarray:
    """The pixels around the middle of a plane, (n,): more of them than the line of a box takes."""
    high, wide = small.shape
    deep = max(1, round(EDGE_BAND * min(high, wide)))
    inner = np.zeros(small.shape, bool)
    inner[deep : high - deep, deep : wide - deep] = True
    return small[~inner]


def _unevenness(small: np.ndarray) -> float:
    """How much the dark parts of a plane differ in width along their middle, standard deviation over mean; 1 without any."""
    contrast = cv2.subtract(_closed(small, _widest(small)), small)
    mask = cv2.threshold(contrast, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    middle = depth[(depth > 1) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    if middle.size < LEAST_MIDDLE:
        return 1.0
    mean = float((middle * middle).sum() / middle.sum())  # each pixel of the middle weighs as much as it is wide
    return float((middle * (middle - mean) ** 2).sum() / middle.sum()) ** 0.5 / mean


def _widest(small: np.ndarray) -> int:
    """The side of a closing that takes away the boldest single character."""
    return _odd(min(small.shape) * WIDEST_STROKE * 1.4)


def _near_strokes(detail: np.ndarray) -> np.ndarray:
    """Where a plane of this detail has strokes or is near them, bool (h, w); everywhere if strokes are all over it.

    Near is as far from a part as it is long: bold strokes take more than half of what is close around them.
    """
    swing = np.abs(detail)
    rare = (swing > RARE * swing.std()).astype(np.uint8)
    if not rare.any():
        return np.ones(detail.shape, bool)
    side = 2 * SCALES[-1] + 1
    near = np.zeros(detail.shape, bool)
    _, extents = parts(cv2.dilate(rare, np.ones((side, side), np.uint8)))
    for left, top, width, height in extents.tolist():
        far = max(width, height)
        near[max(0, top - far) : top + height + far, max(0, left - far) : left + width + far] = True
    return near


def _without_rim(detail: np.ndarray) -> np.ndarray:
    """The detail of a plane, none in the rim of the picture, unless it is small."""
    if min(detail.shape) <= 6 * RIM:
        return detail
    inner = np.zeros_like(detail)
    inner[RIM:-RIM, RIM:-RIM] = detail[RIM:-RIM, RIM:-RIM]
    return inner


def flatten(plane: np.ndarray) -> Sheet:
    """The sheet of a dark-on-light plane, its paper estimated by closing the strokes and smoothing.

    The first closing is wide enough for the boldest single character; the second only for the strokes that the first
    found, so that shadows, folds and the edge of the table count as paper.
    """
    small = shrink(plane)
    widest = _widest(small)
    first = _closed(small, widest)
    stroke = _typical_stroke(cv2.subtract(first, small))
    side = min(widest, _odd(max(4.0 * stroke, 0.03 * max(small.shape))))
    paper = _closed(small, side)
    paper = cv2.medianBlur(paper, min(255, side))
    size = plane.shape[::-1]
    paper = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR)
    return Sheet(plane, paper, stroke * max(plane.shape) / max(small.shape))


def _closed(small: np.ndarray, side: int) -> np.ndarray:
    """The plane without dark structures narrower than `side`; continued beyond its border as it slopes there."""
    margin = min(side, min(small.shape) - 1)
    if margin < 1:
        return small
    wide = np.pad(small.astype(np.int16), margin, mode="reflect", reflect_type="odd")
    wide = np.clip(wide, 0, 255).astype(np.uint8)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    return np.ascontiguousarray(closed[margin:-margin, margin:-margin])


def _typical_stroke(contrast: np.ndarray) -> float:
    """The stroke width of what stands out; 1 when nothing does.

    Of all of it, or of what is bold in it or in its darker part where that is far broader: on squared paper, in a box.
    """
    level, mask = cv2.threshold(contrast, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if level < LEAST_CONTRAST / 2 and cv2.mean(contrast, mask)[0] < 2 * LEAST_CONTRAST:  # a clean drawing has level 0
        return 1.0
    values = contrast[mask == 1].reshape(-1, 1)
    darker, _ = cv2.threshold(values, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    clear = max(level, CLEAR * float(np.percentile(values, 99)))  # the folds of paper are fainter
    usual = _width(mask)
    bold = max(_width((contrast > least).view(np.uint8), bold=True) for least in (clear, darker))
    return bold if bold > BOLDER * usual else usual


def _width(mask: np.ndarray, *, bold: bool = False) -> float:
    """The stroke width of the parts of a mask, each part weighing as much as its strokes are long; 1 when there are none.

    Long parts at the edge of the picture count only where there is nothing else. With `bold` a part weighs as much as
    there is of it, and only strokes count that are nowhere at the edge.
    """
    mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height, areas = stats[1:].T
    depths = np.bincount(labels.ravel(), weights=depth.ravel(), minlength=count)[1:]
    widths = np.maximum(1.0, 4 * (depths / areas - 0.5))
    on_edge = (left == 1) | (top == 1) | (left + width == mask.shape[1] - 1) | (top + height == mask.shape[0] - 1)
    lengths = areas / widths
    long = np.maximum(width, height) > 0.3 * max(mask.shape)
    rim = on_edge | (lengths < STROKE * widths) if bold else on_edge & long
    if bold or ((~rim).any() and np.maximum(width, height)[~rim].max() > 0.03 * max(mask.shape)):
        widths, lengths = widths[~rim], lengths[~rim]
    if not widths.size:
        return 1.0
    order = np.argsort(widths)
    lengths = np.cumsum((lengths * widths if bold else lengths)[order])
    return float(widths[order][np.searchsorted(lengths, lengths[-1] / 2)])


def _odd(size: float) -> int:
    """The nearest odd number of pixels, at least 3."""
    return max(3, 2 * round((size - 1) / 2) + 1)
