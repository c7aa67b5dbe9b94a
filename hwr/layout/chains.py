"""What is left of a long thin line, as a margin's or a table's, that removing the rules has cut to pieces.

Its fragments follow one curve closely over much of the page, with short gaps: a column of 1s has gaps between its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hwr.layout.parts import Part

FEWEST = 3  # fragments
LAST = 6  # fragments that say where the next one is
SPAN = 0.3  # of the page: so long is such a line
COVERED = 0.85  # of its length: so much of it is inked, or less where its fragments are of all sizes
UNEVEN, UNEVEN_COVERED = 2.0, 0.6
THICK = 1.3  # strokes: no fragment is thicker
STEEP = 0.27  # columns a row: how far from upright it runs
OFF, BENT = 1.5, 0.003  # strokes, and of its length: so near to its curve lie all its fragments


def without_chains(parts: list[Part], shape: tuple[int, ...], stroke: float) -> list[Part]:
    """The parts without the fragments of long thin lines, upright or level; `stroke` is the pen's width."""
    for flat in (False, True):
        gone = _chained(parts, shape[1 if flat else 0], stroke, flat)
        parts = [part for part, out in zip(parts, gone, strict=True) if not out]
    return parts


def _chained(parts: list[Part], length: int, stroke: float, flat: bool) -> np.ndarray:
    """Which of the parts are of a line down a page of such length, or across it with `flat`: bool (n,)."""
    gone = np.zeros(len(parts), bool)
    thin = [place for place, part in enumerate(parts) if _is_thin(part, stroke, flat)]
    if len(thin) < FEWEST or sum(max(parts[place].mask.shape) for place in thin) < UNEVEN_COVERED * SPAN * length:
        return gone
    ends = np.array([_ends(parts[place], flat) for place in thin])
    ends, thin = ends[order := np.argsort(ends[:, 0], kind="stable")], [thin[place] for place in order]
    used: set[int] = set()
    for first in range(len(thin)):
        chain = _chain(ends, first, stroke) if first not in used else []
        if _is_line(ends[chain], length, stroke):
            used |= set(chain)
            gone[[thin[place] for place in [*chain, *_along(ends, ends[chain], stroke)]]] = True
    return gone


def _is_thin(part: Part, stroke: float, flat: bool) -> bool:
    """Whether a part is a bare stroke that runs down, or across with `flat`."""
    across, down = part.mask.shape if flat else part.mask.shape[::-1]
    return down >= 2 * (across - 1) and part.mask.sum() <= THICK * stroke * down and across <= 2 * stroke + STEEP * down


def _ends(part: Part, flat: bool) -> tuple[float, float, float, float]:
    """Where a part begins and ends, going down: row, column, row, column; with `flat` columns are rows."""
    mask = part.mask.T if flat else part.mask
    left, top = part.box[1::-1] if flat else part.box[:2]
    first, last = np.flatnonzero(mask[0]).mean(), np.flatnonzero(mask[-1]).mean()
    return top, left + float(first), top + len(mask), left + float(last)


def _chain(ends: np.ndarray, first: int, stroke: float) -> list[int]:
    """The fragments that go on one below the other from a first one, each where the last of them point to."""
    chain = [first]
    while True:
        top, left, bottom, right = ends[chain[max(0, len(chain) - LAST)]][:2].tolist() + ends[chain[-1]][2:].tolist()
        long = max(1.0, bottom - top)
        slope = float(np.clip((right - left) / long, -STEEP, STEEP))
        down = ends[:, 0] - bottom
        aside = np.abs(ends[:, 1] - right - slope * down)
        gap = max(4 * stroke, 0.6 * long, 0.15 * (bottom - ends[first, 0]))
        near = (down > -stroke) & (down < gap) & (aside < stroke + 0.15 * np.maximum(down, 0))
        near[chain] = False
        if not near.any():
            return chain
        chain.append(int(np.argmin(np.where(near, down, np.inf))))


def _is_line(ends: np.ndarray, length: int, stroke: float) -> bool:
    """Whether fragments (n, 4) make a line: many, long, with short gaps, and all on one curve."""
    if len(ends) < FEWEST or ends[-1, 2] - ends[0, 0] < SPAN * length:
        return False
    sizes = ends[:, 2] - ends[:, 0]
    covered = float(sizes.sum()) / float(ends[-1, 2] - ends[0, 0])
    uneven = sizes.max() > UNEVEN * np.median(sizes)
    return covered >= (UNEVEN_COVERED if uneven else COVERED) and bool(_on(ends, ends, stroke).all())


def _along(ends: np.ndarray, chain: np.ndarray, stroke: float) -> Sequence[int]:
    """The fragments that lie on the curve of a chain, a third of its length beyond its ends at most."""
    reach = (chain[-1, 2] - chain[0, 0]) / 3
    near = (ends[:, 2] > chain[0, 0] - reach) & (ends[:, 0] < chain[-1, 2] + reach)
    found: list[int] = np.flatnonzero(near & _on(ends, chain, stroke)).tolist()
    return found


def _on(ends: np.ndarray, chain: np.ndarray, stroke: float) -> np.ndarray:
    """Which of the fragments lie on the curve through a chain: bool (n,)."""
    rows, columns = chain[:, ::2].ravel(), chain[:, 1::2].ravel()
    middle, scale = rows.mean(), max(1.0, np.ptp(rows))
    curve = np.polyfit((rows - middle) / scale, columns, 3)
    off: np.ndarray = np.abs(ends[:, 1::2] - np.polyval(curve, (ends[:, ::2] - middle) / scale)).max(axis=1)
    near: np.ndarray = off < OFF * stroke + BENT * scale
    return near
