"""One rule of ruled or squared paper, and ink without it. Which lines are rules is said in rules.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwr.preprocess.masks import stretches

SOLID = 60  # ink above this counts as part of a rule
DARKER = 0.3  # of what is left to full ink: a stroke that runs on a rule is so much darker
UNEVEN = 3.0  # times the spread of its blackness: so much darker is a rule itself here and there


@dataclass(frozen=True)
class Rule:
    """A nearly level line: its height `rows` in each of `columns`, its thickness, and how black it is (0 to 255): in all, in
    each column (`shade`), and about how far from that (`spread`)."""

    columns: np.ndarray
    rows: np.ndarray
    thickness: float
    blackness: float
    shade: np.ndarray
    spread: float

    def is_of(self, other: Rule) -> bool:
        """Whether the two are of one line of the paper."""
        places = np.arange(max(self.columns[0], other.columns[0]), min(self.columns[-1], other.columns[-1]) + 1)
        if not places.size:
            return False
        near = self.thickness + other.thickness
        if self.rows.min() - other.rows.max() >= near or other.rows.min() - self.rows.max() >= near:
            return False
        apart = self.rows[places - self.columns[0]] - other.rows[places - other.columns[0]]
        return bool(np.median(np.abs(apart)) < near)


def erased(ink: np.ndarray, rules: list[Rule], beside: int | None = None) -> np.ndarray:
    """The ink without some rules. A stroke along a rule's side for more than `beside` columns does not go on into it."""
    mended = ink.copy()
    for rule in rules:
        _erase(mended, ink, rule, beside)
    return mended


def _erase(mended: np.ndarray, ink: np.ndarray, rule: Rule, beside: int | None) -> None:
    """Take a rule out of `mended` in place, but for what is darker than the rule and where a stroke goes on beyond it."""
    half = round(rule.thickness / 2) + 1
    bottom = len(ink) - 1
    steps = np.arange(-half - 2, half + 3)
    rows = (rule.rows + steps[:, None]).clip(0, bottom)
    band = ink[rows, rule.columns]
    above, below = (band[:2] > SOLID).all(axis=0), (band[-2:] > SOLID).all(axis=0)
    through = above & below
    if beside is not None:
        above, below = (side & ~_long(side, beside) for side in (above, below))
    kept = through | above | below | _between(above, below, 2 * half + 2) | _between(below, above, 2 * half + 2)
    darker = band > rule.shade + np.maximum(DARKER * (255 - rule.shade) + 12, UNEVEN * rule.spread)
    gone = ~(darker | kept)
    gone[:2] = gone[-2:] = False
    mended[rows[gone], np.broadcast_to(rule.columns, rows.shape)[gone]] = 0


def _long(mask: np.ndarray, length: int) -> np.ndarray:
    """Where more than so many columns in a row are true."""
    long = np.zeros(mask.size, bool)
    for first, last in stretches(mask):
        long[first:last] = last - first > length
    return long


def _between(first: np.ndarray, second: np.ndarray, reach: int) -> np.ndarray:
    """The columns between one where `first` is true and one to its right, at most `reach` away, where `second` is."""
    places = np.arange(first.size)
    before = np.maximum.accumulate(np.where(first, places, -reach - 1))
    after = np.minimum.accumulate(np.where(second, places, first.size + reach + 1)[::-1])[::-1]
    between: np.ndarray = after - before <= reach
    return between
