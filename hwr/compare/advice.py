"""Which model is better, and whether that is more than chance: McNemar's test of each pair, and a recommendation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hwr.compare.table import Row

LEVEL = 0.05  # of all pairs together
NEAR = 0.01  # of accuracy that a small device may cost


@dataclass(frozen=True)
class Pairing:
    """Two models on the same pictures: how many only the one read right, McNemar's p, and whether it is significant.

    `first` is the one with more right. `significant` holds for all pairs of a comparison together (Holm, 1979).
    """

    first: str
    second: str
    only_first: int
    only_second: int
    p: float
    significant: bool


def mcnemar(first: np.ndarray, second: np.ndarray) -> tuple[int, int, float]:
    """McNemar's exact test (1947) of what two models read right, bool (n,) each.

    Gives how many only the first and only the second read right, and the two-sided p of the binomial distribution: how
    often chance alone would part two equally good models so far.
    """
    ahead, behind = int((first & ~second).sum()), int((second & ~first).sum())
    return ahead, behind, _two_sided(min(ahead, behind), ahead + behind)


def _two_sided(least: int, count: int) -> float:
    """Twice the chance of `least` heads or fewer in `count` throws of a coin, at most 1."""
    term = math.exp(
        math.lgamma(count + 1) - math.lgamma(least + 1) - math.lgamma(count - least + 1) - count * math.log(2)
    )
    total, heads = 0.0, least
    while heads >= 0 and term > 1e-18 * total:
        total += term
        term *= heads / (count - heads + 1)
        heads -= 1
    return min(1.0, 2 * total)


def pairings(rows: Sequence[Row]) -> list[Pairing]:
    """Every two models of a comparison, the better one first."""
    found = []
    for one, other in itertools.combinations(rows, 2):
        first, second = (one, other) if one.right.sum() >= other.right.sum() else (other, one)
        found.append((first.name, second.name, *mcnemar(first.right, second.right)))
    order = sorted(range(len(found)), key=lambda place: found[place][4])
    significant, still = set(), True
    for rank, place in enumerate(order):
        still = still and found[place][4] <= LEVEL / (len(found) - rank)
        if still:
            significant.add(place)
    return [Pairing(*values, place in significant) for place, values in enumerate(found)]


def recommendation(rows: Sequence[Row], tests: Sequence[Pairing]) -> str:
    """Which model to take for accuracy and which for a small device, in a sentence made of the figures and tests.

    A model that may have seen the pictures is not recommended.
    """
    fair = [row for row in rows if not row.doubt]
    if len(rows) < 2:
        return "Choose two models or more to compare them."
    if not fair:
        return "Each of these models may have seen these pictures: choose another test set to find the better one."
    best = max(fair, key=lambda row: (row.right.sum(), -row.figures["loss"]))
    doubtful = [row.name for row in rows if row.doubt]
    first = f"Leaving out {_listed(doubtful)}, which may have seen these pictures: for" if doubtful else "For"
    return f"{first} accuracy take {best.name}, {_share(best)}{_rivals(best, fair, tests)}; {_small(best, fair)}."


def _rivals(best: Row, fair: Sequence[Row], tests: Sequence[Pairing]) -> str:
    others = [row.name for row in fair if row is not best]
    worse = {item.second for item in tests if item.significant and item.first == best.name}
    equal = [name for name in others if name not in worse]
    if not others:
        return ""
    if equal:
        return f", though not significantly more than {_listed(equal)}"
    return f", significantly more than {others[0] if len(others) == 1 else 'every other'}"


def _small(best: Row, fair: Sequence[Row]) -> str:
    near = [row for row in fair if best.figures["accuracy"] - row.figures["accuracy"] <= NEAR]
    small = min(near, key=lambda row: (row.figures["bytes"], row.figures["glyph_ms"]))
    size = f"{small.figures['bytes'] / 1e6:.1f} MB and {small.figures['glyph_ms']:.2g} ms a character"
    if small is best:
        return f"for a small device too, with {size}: no smaller one is within a point of it"
    return f"for a small device {small.name}, {_share(small)} with {size}"


def _share(row: Row) -> str:
    return f"{100 * row.figures['accuracy']:.2f} %"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
