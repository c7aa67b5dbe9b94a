"""Parts to characters: dots and bars joined to their letters.

Not here: what hangs together (parts.py), lines and words (lines.py), characters that touch or are broken (cuts.py).
"""

from __future__ import annotations

import cv2
import numpy as np

from hwr.layout.parts import Part
from hwr.results import Box


def join(line: list[Part]) -> list[list[Part]]:
    """The characters of a line, left to right: parts that stand over each other are one.

    A dot or a bar joins the letter it overlaps, or the nearest one below it; two tall parts only when one stands almost
    wholly over the other, because slanted neighbours overlap too.
    """
    if not line:
        return []
    height = float(np.percentile([part.height for part in line], 75))
    glyphs: list[list[Part]] = []
    for part in sorted(line, key=lambda part: (-part.height, part.x0)):
        best = max(glyphs, key=lambda glyph: _belongs(part, glyph, height), default=None)
        if best is not None and _belongs(part, best, height) > 0:
            best.append(part)
        else:
            glyphs.append([part])
    return sorted(glyphs, key=lambda glyph: min(p.x0 for p in glyph) + max(p.x1 for p in glyph))


def _belongs(part: Part, glyph: list[Part], height: float) -> float:
    """Above 0 when the part is of that glyph; more for a better fit."""
    x0, x1 = min(other.x0 for other in glyph), max(other.x1 for other in glyph)
    y0 = min(other.y0 for other in glyph)
    shared = min(x1, part.x1) - max(x0, part.x0)
    overlap = shared / max(1.0, min(part.width, x1 - x0))
    if part.height > 0.55 * height:
        return overlap - (0.4 if any(_touches(part, other) for other in glyph) else 0.75)
    is_dot = part.size < 0.35 * height
    if is_dot and y0 - part.y1 >= -0.1 * height and x1 - x0 < 0.7 * height:
        near = y0 - part.y1 < 0.8 * height and -shared < 0.45 * height
        aside = abs(part.x0 + part.x1 - x0 - x1) / 2
        return 0.6 / (1 + aside / height) if near else -1.0
    if overlap <= 0.35:
        return -1.0
    return 0.3 * overlap if is_dot else overlap


def _touches(part: Part, other: Part) -> bool:
    """Whether the ink of two parts is within one and a half stroke widths of each other."""
    reach = round(1.5 * min(part.stroke, other.stroke)) + 1
    x0, y0 = max(part.box[0], other.box[0]) - reach, max(part.box[1], other.box[1]) - reach
    x1, y1 = min(part.box[2], other.box[2]) + reach, min(part.box[3], other.box[3]) + reach
    if x1 <= x0 or y1 <= y0:
        return False
    window = (x0, y0, x1, y1)
    near = cv2.dilate(_cutout(part, window), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return bool((near & _cutout(other, window)).any())


def _cutout(part: Part, window: Box) -> np.ndarray:
    """The part's ink in a window of the picture: uint8, 1 on 0."""
    x0, y0, x1, y1 = window
    left, top, right, bottom = part.box
    cut = np.zeros((y1 - y0, x1 - x0), np.uint8)
    ax, ay, bx, by = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
    if bx > ax and by > ay:
        cut[ay - y0 : by - y0, ax - x0 : bx - x0] = part.mask[ay - top : by - top, ax - left : bx - left]
    return cut
