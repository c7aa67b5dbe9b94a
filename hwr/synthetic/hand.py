"""A hand that draws the stroke font: random ways of drawing, slants, proportions, wobble and pens; single glyphs.

Not whole texts (`page`). Everything follows from the seed.
"""

from __future__ import annotations

import numpy as np

from hwr import preprocess, strokes
from hwr.errors import HwrError
from hwr.synthetic.font import BASELINE, skeletons
from hwr.synthetic.skeleton import Skeleton

PENS = (0.035, 0.22)  # the pen's width as a part of a capital's height; a little less for small letters
_JITTER, _SHIFT, _WOBBLE, _PROPORTION = 0.018, 0.012, 0.022, 0.16
_PIXELS = 44


def glyphs(classes: str, count: int, *, seed: int, framing: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` characters of `classes`, as many of each (give or take one), in random order.

    Returns glyphs uint8 (count, 28, 28) and labels int64 (count,), positions in `classes`. The same arguments give the
    same glyphs. Raises HwrError when the font lacks a class.
    """
    if not classes or count < 0:
        raise HwrError("Name at least one character to draw, and a count that is not negative.")
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(classes)).astype(np.int64)
    if not count:
        return np.zeros((0, 28, 28), dtype=np.uint8), labels
    pictures = [np.zeros((1, 1), dtype=np.uint8)] * count
    for label, char in enumerate(classes):
        ways = skeletons(char)
        places = np.flatnonzero(labels == label)
        for way, part in enumerate(np.array_split(rng.permutation(places), len(ways))):
            for place, picture in zip(part, _pictures(ways[way], len(part), rng), strict=True):
                pictures[place] = picture
    return preprocess.frame_all(pictures, framing), labels


def draw(skeleton: Skeleton, count: int, rng: np.random.Generator, *, care: float | None = None) -> np.ndarray:
    """Draw a skeleton `count` times: points (count, m, 2) in font units, for `skeleton.split`.

    Control points jitter, ends of strokes most; whole strokes shift a little; a smooth wobble bends it all. care from 0
    (as printed) to about 1 (careless) sets how much; each drawing has its own when it is not given.
    """
    loose = rng.uniform(0.3, 1.2, (count, 1, 1)) if care is None else np.full((count, 1, 1), care)
    control = np.repeat(skeleton.control[None], count, axis=0) / BASELINE - 0.5
    spread = _JITTER * np.where(skeleton.ends, 1.6, 1.0)[:, None]
    control += loose * spread * rng.normal(size=control.shape)
    shifts = rng.normal(0, _SHIFT, (count, int(skeleton.strokes[-1]) + 1, 2))
    control += loose * shifts[:, skeleton.strokes]
    bent = strokes.wobble(control, rng, amount=_WOBBLE)
    control += loose * (bent - control)
    return (skeleton.basis @ control + 0.5) * BASELINE


def _pictures(skeleton: Skeleton, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Pictures of one skeleton, each by another hand with another pen."""
    if not count:
        return []
    points = draw(skeleton, count, rng) / BASELINE
    points[..., 0] *= np.exp(rng.normal(0, _PROPORTION, (count, 1)))
    points = (points @ strokes.affine(count, rng, strength=1.3)) * _PIXELS
    size = np.sqrt(np.ptp(skeleton.control, axis=0).max() / BASELINE)
    pens = PENS[0] * (PENS[1] / PENS[0]) ** rng.random(count) * _PIXELS * size
    uneven = rng.random(count) < 0.3
    return [
        strokes.render(skeleton.split(each), width=pen, pressure=rng if varied else None)
        for each, pen, varied in zip(points, pens, uneven, strict=True)
    ]
