"""The paper, the ink, and the one scale of colours for confidence, so that they mean the same in figures and pictures.

Not here: the colours of the app's pages, which come from its theme.
"""

from __future__ import annotations

import numpy as np

PAPER = "#fdfaf3"
INK = "#23222b"
CORRECTED = "#2f5d7d"  # what a person has said
# Doubtful, likely, sure. Most answers lie above 0.9, so the upper half of the scale has most of the change.
CONFIDENCE_STOPS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (0.0, (196, 83, 47)),
    (0.5, (196, 83, 47)),
    (0.8, (201, 151, 43)),
    (0.97, (63, 143, 120)),
    (1.0, (63, 143, 120)),
)


def confidence_color(confidence: float) -> str:
    """The colour "#rrggbb" of a confidence in [0, 1]: rust for doubtful, ochre for likely, green for sure."""
    places, colors = zip(*CONFIDENCE_STOPS, strict=True)
    red, green, blue = (round(float(np.interp(confidence, places, channel))) for channel in zip(*colors, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def glyph_color(confidence: float, corrected: bool) -> str:
    """The colour of a glyph's box: blue for what a person has said, else that of its confidence."""
    return CORRECTED if corrected else confidence_color(confidence)
