"""From a picture to its ink, 255 on 0, above the noise of its paper.

Not here: decoding (picture.py), what lies around the sheet (sheet.py), colour, polarity and uneven light (light.py),
ruled lines (rules.py), the meaning of ink (hwr.layout), glyphs (framing.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.preprocess.border import side_lines, without_border
from hwr.preprocess.forms import Lines, box_mask, line_mask
from hwr.preprocess.light import DARKEST_PAPER, LEAST_CONTRAST, Sheet, darken, flatten, halved, shrink
from hwr.preprocess.masks import areas, otsu, parts
from hwr.preprocess.rules import rule_mask
from hwr.preprocess.sheet import only_sheet
from hwr.preprocess.tiles import one_paper

WORK_PIXELS = 4_000_000  # larger pictures are reduced to this while their ink is sought
NOISE_MARGIN = 4.0  # a stroke stands out from its paper by this many standard deviations of its noise somewhere
FAINTEST = 8.0  # of 255: a rule that differs less from its paper is not sought
BAND = 64  # rows whose light is divided out at a time
SHARES = (255 / np.maximum(np.arange(256, dtype=np.float32), DARKEST_PAPER)).reshape(256, 1)  # of each light
SHORTEST = 0.012  # of the longer side: a picture whose longest stroke is shorter is blank
TINY = 9  # pixels: so is a picture most of whose ink is in parts that are shorter, if that is little beside it
LITTLE = 0.04  # of the longer side
DARKER = 1.6  # times as dark as the rest are strokes that hang together with the edge by a pattern
SOME = 3  # parts are writing
LEAST_DARKER = 0.001  # of the picture is as dark
BOLD = 0.2  # of the picture: so much ink would be taken for the noise of paper
TWO_KINDS = 5.0  # standard deviations of paper: so far from it is ink, where halves of one noise are 2.7 apart
ENOUGH = 50_000  # pixels tell how dark ink is
HOLLOW = 0.1  # of the shorter side: so wide and high is what looks like paper within a blot
FRINGE = 9  # pixels of a small copy: so wide it is there at least, and so much wider in all than it seems


@dataclass(frozen=True)
class Parts:
    """The parts of a picture that are labelled (h, w), and of each, bool (n,), whether it is as long as a stroke, may well be
    one, reaches from the edge far into the picture, and reaches the edge at all."""

    labels: np.ndarray
    long: np.ndarray
    strokes: np.ndarray
    rim: np.ndarray
    on_edge: np.ndarray


def ink(picture: np.ndarray) -> np.ndarray:
    """The ink of a picture: uint8 (height, width), strokes 255 with soft edges, paper exactly 0; blank is all zero.

    `picture` is what open_picture gives: uint8 (h, w) or (h, w, 3).
    """
    sheet = flatten(darken(without_border(only_sheet(one_paper(_reduce(picture))))))
    soft = _soften(sheet)
    height, width = picture.shape[:2]
    if soft.shape == (height, width):
        return soft
    enlarged = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return enlarged


def darkness(picture: np.ndarray) -> np.ndarray:
    """How much darker than its paper each pixel of a picture is: uint8 (height, width), full ink 255, nothing taken away.

    Unlike `ink` it keeps the paper's pattern and noise, for a network that has learned to look through them.
    """
    sheet = flatten(darken(picture))
    contrast, noise = _contrast(sheet.plane, sheet)
    full = _full(contrast, max(LEAST_CONTRAST, NOISE_MARGIN * noise))
    if full == 0:
        return np.zeros(contrast.shape, np.uint8)
    return np.round(np.clip(contrast * (255.0 / full), 0, 255)).astype(np.uint8)


def _reduce(picture: np.ndarray) -> np.ndarray:
    """The picture with at most WORK_PIXELS pixels."""
    height, width = picture.shape[:2]
    scale = (WORK_PIXELS / (height * width)) ** 0.5
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    while min(picture.shape[:2]) > 1 and picture.shape[0] * picture.shape[1] >= 4 * WORK_PIXELS:
        picture = halved(picture)
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)  # looks at all but a few


def _soften(sheet: Sheet) -> np.ndarray:
    """The ink of a sheet with soft edges; pixels beyond the fringe of a stroke are exactly 0."""
    contrast, noise = _contrast(sheet.plane, sheet)
    if noise > 1 and sheet.stroke > 4:
        plane = cv2.GaussianBlur(sheet.plane, (0, 0), min(2.0, 0.12 * sheet.stroke))
        contrast, noise = _contrast(plane, sheet)
    seed = max(LEAST_CONTRAST, NOISE_MARGIN * noise)
    full = _full(contrast, seed)
    if full == 0:
        return np.zeros(contrast.shape, np.uint8)
    if _take_rules(contrast, noise, full):
        full = _full(contrast, seed) or full
    darkest = _darkest(contrast, seed, full)
    if darkest > full:
        _take_rules(contrast, noise, darkest)  # which had looked as dark as the ink
    full = darkest
    threshold = max(LEAST_CONTRAST, 0.4 * full, min(seed, 0.5 * full))
    strokes = _strokes(contrast, threshold, max(seed, threshold))
    if _is_little(strokes):
        return np.zeros(contrast.shape, np.uint8)
    fringe = cv2.dilate(strokes, np.ones((3, 3), np.uint8))
    low = max(noise, 0.35 * threshold) if noise > 1 else 2.0
    contrast -= low
    contrast *= 255.0 / (full - low)
    soft: np.ndarray = cv2.convertScaleAbs(np.clip(contrast, 0, 255, out=contrast)) * fringe
    return _filled(soft, sheet)


def _take_rules(contrast: np.ndarray, noise: float, full: float) -> bool:
    """Takes rules of the paper and lines along the sides of the picture out of the contrast, in place; whether any was."""
    faint = _faint(contrast, noise, full)
    lines = Lines.of(faint)

    def is_taken(mask: np.ndarray | None) -> bool:
        if mask is not None:
            contrast[mask] = faint[mask] = 0
        return mask is not None

    boxed = is_taken(box_mask(faint, lines))  # first, as boxes in rows look like rules
    sided, ruled = is_taken(side_lines(faint)), is_taken(rule_mask(faint))
    again = ruled and is_taken(side_lines(faint))  # rules may hide a side, and a side may be taken for some
    taken = boxed or sided or ruled or again
    return is_taken(line_mask(faint, Lines.of(faint) if taken else lines)) or taken


def _filled(soft: np.ndarray, sheet: Sheet) -> np.ndarray:
    """The ink with the hollows of broad blots filled: where ink goes on further than any stroke is wide, it looks like paper.

    A hollow is as dark as the ink around it; what a ring encloses is as light as the paper outside.
    """
    ink, plane = shrink(soft), shrink(sheet.plane)
    labels, extents = parts((ink < 100).view(np.uint8))
    (left, top, wide, tall), (height, width) = extents.T, ink.shape
    outside = (left == 0) | (top == 0) | (left + wide == width) | (top + tall == height)
    enclosed = np.flatnonzero(~outside & (np.minimum(wide, tall) >= max(FRINGE, HOLLOW * min(ink.shape)))) + 1
    paper, full = np.isin(labels, np.flatnonzero(outside) + 1), ink > 200
    if not (enclosed.size and paper.any() and full.any()):
        return soft
    between = 0.5 * (float(np.median(plane[paper])) + float(np.median(plane[full])))
    hollow = np.zeros(ink.shape, np.uint8)
    for label in enclosed.tolist():
        own = labels == label
        if float(np.median(plane[own])) < between:
            hollow[cv2.dilate(own.view(np.uint8), np.ones((FRINGE, FRINGE), np.uint8)) == 1] = 1
    if not hollow.any():
        return soft
    inside = cv2.resize(hollow, soft.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.maximum(soft, 255 * inside)


def _faint(contrast: np.ndarray, noise: float, full: float) -> np.ndarray:
    """All that stands out from the noise of the paper, ink or not: uint8 (h, w), full ink 255."""
    visible = contrast > max(FAINTEST, 2.5 * noise)
    scaled = contrast * (255.0 / full)
    faint: np.ndarray = cv2.convertScaleAbs(np.clip(scaled, 0, 255, out=scaled)) * visible.view(np.uint8)
    return faint


def _contrast(plane: np.ndarray, sheet: Sheet) -> tuple[np.ndarray, float]:
    """How much darker than its paper each pixel of the sheet is, and the standard deviation of the paper.

    float32 (h, w), a share of the paper's light, 255 at most. The deviation is that of the lighter half of the paper,
    where no ink is.
    """
    contrast: np.ndarray = cv2.subtract(sheet.paper, plane, dtype=cv2.CV_32F)
    for top in range(0, len(contrast), BAND):  # the shares of all would be as large as the contrast itself
        band = contrast[top : top + BAND]
        cv2.multiply(band, cv2.LUT(sheet.paper[top : top + BAND], SHARES), dst=band)
    sample = _paper_of(_sample(contrast))
    usual = float(np.median(sample)) if sample.size else 0.0
    lighter = sample[sample <= usual]
    noise = 1.4826 * float(np.median(usual - lighter)) if lighter.size else 0.0
    contrast -= np.float32(usual)
    return contrast, noise


def _paper_of(sample: np.ndarray) -> np.ndarray:
    """Those of the contrasts that are paper's where much of the picture is ink, as where it is cut close around one."""
    if not sample.size:
        return sample
    dark = sample > otsu(sample)
    if not BOLD < dark.mean() < 1:
        return sample
    lighter, darker = sample[~dark], sample[dark]
    return lighter if float(darker.mean() - lighter.mean()) > TWO_KINDS * float(lighter.std()) else sample


def _sample(values: np.ndarray) -> np.ndarray:
    """A grid of some 100,000 of the values."""
    step = max(1, int((values.size / 100_000) ** 0.5))
    return values[::step, ::step]


def _full(contrast: np.ndarray, seed: float) -> float:
    """The contrast of full ink, judged by parts that are no rim, rule or shadow; 0 when nothing is long enough."""
    found = _long_parts(contrast, seed)
    if found is None:
        return 0.0
    level = _level(contrast, found.labels, found.strokes if found.strokes.any() else found.long)
    inside = found.strokes & ~found.on_edge
    if inside.sum() < SOME or (found.strokes == inside).all():
        return level
    own = _level(contrast, found.labels, inside)
    return own if level > DARKER * own else level  # what lies around a sheet may be far darker than its ink


def _darkest(contrast: np.ndarray, seed: float, full: float) -> float:
    """`full`, or the contrast of strokes on a pattern that makes one rim with them, if they are far darker."""
    if np.count_nonzero(contrast > DARKER * full) < LEAST_DARKER * contrast.size:
        return full
    found = _long_parts(contrast, seed)
    if found is None or not found.rim.any():
        return full
    edged = contrast * np.concatenate([[False], found.rim])[found.labels]
    for level in (otsu(edged[edged > DARKER * full]), DARKER * full):  # above all of the pattern, or above some of it
        within = _long_parts(edged, level)
        if within is None or np.count_nonzero(edged > level) < LEAST_DARKER * edged.size:
            return full
        if within.strokes.any():
            return _level(contrast, within.labels, within.strokes)
    return full


def _long_parts(contrast: np.ndarray, seed: float) -> Parts | None:
    """The parts above a contrast; None when none is as long as a stroke."""
    labels, extents = parts((contrast > seed).view(np.uint8))
    left, top, width, height = extents.T
    longest = max(contrast.shape)
    long = np.maximum(width, height) >= max(2.0, SHORTEST * longest)
    if not long.any():
        return None
    rows, columns = contrast.shape
    on_edge = (left == 0) | (top == 0) | (left + width == columns) | (top + height == rows)
    rim = on_edge & (np.maximum(width, height) > 0.3 * longest)
    rule = (width > 0.5 * columns) & (height < 0.1 * width)
    return Parts(labels, long, long & ~rim & ~rule, rim, on_edge)


def _level(contrast: np.ndarray, labels: np.ndarray, chosen: np.ndarray) -> float:
    """The usual contrast of the darker pixels of the parts that are chosen, bool (n,)."""
    strong = np.flatnonzero(labels > 0)
    strong = strong[:: max(1, strong.size // ENOUGH)]
    values = contrast.ravel()[strong[np.concatenate([[False], chosen])[labels.ravel()[strong]]]]
    return float(np.median(values[values >= min(otsu(values), values.max())]))


def _is_little(strokes: np.ndarray) -> bool:
    """Whether the strokes (1 on 0) are mostly too short for their picture to be writing: noise, or what is left of rules.

    Large pictures take longer, and have other means against specks (hwr.layout).
    """
    longest = max(strokes.shape)
    if SHORTEST * longest >= TINY:
        return False
    labels, extents = parts(strokes)
    inked = areas(labels, len(extents))
    sizes, least = extents[:, 2:].max(1, initial=0), min(TINY, LITTLE * longest)
    some, total = float(inked[sizes < least].sum()), float(inked.sum())
    return some > 0.5 * total and float(inked[sizes > 3 * least].sum()) < 0.05 * total


def _strokes(contrast: np.ndarray, threshold: float, seed: float) -> np.ndarray:
    """1 where strokes are: above the threshold and hanging together with something above the seed; uint8 (h, w)."""
    above = (contrast > threshold).view(np.uint8)
    if seed <= threshold:
        return above
    _, labels = cv2.connectedComponents(above, connectivity=8)
    seeded = np.zeros(int(labels.max()) + 1, np.uint8)
    seeded[labels[contrast > seed]] = 1
    seeded[0] = 0
    return seeded[labels]
