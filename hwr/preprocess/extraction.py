"""From a picture to its ink, 255 on 0: uneven light, polarity, noise.

Not here: decoding (picture.py), what the ink means (hwr.layout), the network's glyph (framing.py).
"""

from __future__ import annotations

import cv2
import numpy as np


def ink(picture: np.ndarray) -> np.ndarray:
    """The ink of a picture: uint8 (height, width), strokes 255 with soft edges, paper exactly 0; blank is all zero.

    `picture` is what open_picture gives: uint8 (h, w) or (h, w, 3).
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    paper = int(np.median(grey))
    contrast = cv2.absdiff(grey, np.full_like(grey, paper))
    peak = int(contrast.max(initial=0))
    if peak < 24:
        return np.zeros_like(grey)
    low, high = 0.2 * peak, 0.7 * peak
    return np.clip((contrast - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
