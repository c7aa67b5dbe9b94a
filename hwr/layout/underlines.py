"""Underlines: strokes drawn by hand under a number or a word, and the bars of sums and fractions, which are no characters.

Not here: rules and lines to write on (hwr.preprocess), underlines that characters hang together with (hwr.preprocess.forms).
"""

from __future__ import annotations

import numpy as np

from hwr.layout.parts import Part

WIDEST, LETTER = 1.4, 0.45  # of the letter height: so wide is no dash; so high is a letter
FLAT = 0.2  # of its width: so high is what is nearly level
STRAIGHT, TWICE = 1.25, 2.5  # times as long as the way from end to end: a stroke without turns, and two that meet
UNDER = (-0.3, 0.9)  # of the letter height: so far below a letter's foot
BAR = 0.25  # of the letter height: nearer to a letter, unless one above is nearer still, it is a bar of it
COVERED = 0.4  # of its width: so much has letters above it


def without_underlines(parts: list[Part], height: float) -> list[Part]:
    """The levelled parts without lines under letters; `height` is the usual height of letters, in pixels."""
    letters = [part for part in parts if part.height > LETTER * height]
    if not letters:
        return parts
    boxes = np.array([(part.x0, part.y0, part.x1, part.y1) for part in letters])
    return [part for part in parts if not (_is_stroke(part, height) and _is_under(part, boxes, height))]


def _is_stroke(part: Part, height: float) -> bool:
    """Whether a part is one nearly level stroke that is too wide for a dash, or two that are lower than letters."""
    flat = part.width > WIDEST * height and part.height - part.stroke < FLAT * part.width
    most = TWICE if part.height < LETTER * height else STRAIGHT
    return flat and float(part.mask.sum()) / part.stroke < most * float(np.hypot(part.width, part.height))


def _is_under(part: Part, boxes: np.ndarray, height: float) -> bool:
    """Whether letters (boxes, n x 4) stand on a part, and it is no bar of one below."""
    left, top, right, bottom = boxes.T
    beside = np.minimum(right, part.x1) - np.maximum(left, part.x0)
    down = (part.middle - bottom) / height
    above = (beside > 0) & (down > UNDER[0]) & (down < UNDER[1])
    if not above.any() or beside[above].sum() < COVERED * part.width:
        return False
    below = (beside > 0) & (top > part.middle - 0.1 * height)
    nearest = float((top[below] - part.middle).min()) if below.any() else np.inf
    return nearest > min(BAR * height, float((part.middle - bottom[above]).min()))
