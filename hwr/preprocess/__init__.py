"""The one way from any picture to ink, and from ink to the network's 28 x 28 glyph.

Training, canvas, upload, webcam, command line and tests all come through here, so that what is read looks like what was
learned. picture.py opens, extraction.py finds the ink, framing.py frames it. It does not find the characters of a page:
that is hwr.layout.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hwr.preprocess.extraction import ink
from hwr.preprocess.framing import FRAMINGS, SIZE, frame, frame_all
from hwr.preprocess.picture import MAX_PIXELS, PICTURE_SUFFIXES, open_picture, open_source

__all__ = [
    "FRAMINGS",
    "MAX_PIXELS",
    "PICTURE_SUFFIXES",
    "SIZE",
    "frame",
    "frame_all",
    "ink",
    "load_glyph",
    "open_picture",
    "open_source",
]


def load_glyph(source: Any, framing: str) -> np.ndarray:
    """A whole picture as one character's glyph: uint8 (28, 28). Raises HwrError as open_picture and frame do."""
    return frame(ink(open_picture(source)), framing)
