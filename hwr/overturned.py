"""Lines at the top or bottom of a page that stand on their head: of another sheet, or of its printed margin.

Not here: which way up a whole page lies (hwr.layout.orientation).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hwr.results import Line

LENGTH = 8  # characters: of fewer it is chance
DOUBTED = 0.9  # a line that is read more surely, on the mean, stands upright
SURER = 0.1  # so much surer, on the mean, is what stands on its head when it is turned


def without_overturned(lines: Sequence[Line], read: Callable[[Line], Sequence[Line]]) -> list[Line]:
    """The lines without the first and last that are far surer when they are `read` upside down; all if none is upright."""

    def stands(line: Line) -> bool:
        sure = _sure([line])
        return len(line.glyphs) < LENGTH or sure > DOUBTED or _sure(read(line)) < sure + SURER

    if all(_sure([line]) <= DOUBTED for line in lines):
        return list(lines)
    kept = list(lines)
    while len(kept) > 1 and not stands(kept[-1]):
        kept.pop()
    while len(kept) > 1 and not stands(kept[0]):
        kept.pop(0)
    return kept


def _sure(lines: Sequence[Line]) -> float:
    """The mean confidence of the characters of lines; 0 without any."""
    found = [glyph.confidence for line in lines for glyph in line.glyphs]
    return float(np.mean(found)) if len(found) >= LENGTH // 2 else 0.0
