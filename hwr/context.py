"""What the neighbours in a word say of a character: an O among letters, a 0 among digits.

A word is a chain of two kinds, digits and letters, that seldom switches; what each glyph alone says of its kind is weighed
with what all others say (forward-backward on a hidden Markov chain, Rabiner, 1989). No dictionary, no language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hwr.results import Glyph

SWITCH = 0.1  # how often a digit stands beside a letter within a word
FLOOR = 1e-4  # least chance of a kind: the network is sometimes sure and wrong


def settle(word: Sequence[Glyph]) -> tuple[Glyph, ...]:
    """The glyphs of a word with confidence and alternatives as the word's other glyphs make them; boxes stay."""
    if len(word) < 2:
        return tuple(word)
    alone = np.array([_kinds(glyph) for glyph in word])
    together = _posterior(alone)
    return tuple(_weighed(glyph, *rows) for glyph, *rows in zip(word, alone, together, strict=True))


def _kinds(glyph: Glyph) -> tuple[float, float]:
    """The chances that a glyph alone is a digit and that it is not."""
    digit = sum(chance for char, chance in glyph.alternatives if char.isdigit())
    other = sum(chance for char, chance in glyph.alternatives if not char.isdigit())
    return max(digit, FLOOR), max(other, FLOOR)


def _posterior(alone: np.ndarray) -> np.ndarray:
    """The chances of the two kinds, (n, 2), given all glyphs of the word."""
    step = np.array([[1 - SWITCH, SWITCH], [SWITCH, 1 - SWITCH]])
    forward, backward = np.array(alone), np.ones_like(alone)
    for place in range(1, len(alone)):
        forward[place] = alone[place] * (forward[place - 1] / forward[place - 1].sum() @ step)
    for place in range(len(alone) - 2, -1, -1):
        backward[place] = step @ (alone[place + 1] * backward[place + 1])
        backward[place] /= backward[place].sum()
    both = forward * backward
    return both / both.sum(1, keepdims=True)


def _weighed(glyph: Glyph, alone: np.ndarray, together: np.ndarray) -> Glyph:
    """The glyph with each alternative's chance multiplied by what the word does to its kind."""
    change = together / alone
    total = sum(chance for _, chance in glyph.alternatives)
    raised = [(char, chance * float(change[0 if char.isdigit() else 1])) for char, chance in glyph.alternatives]
    scale = total / max(sum(chance for _, chance in raised), 1e-12)
    best = tuple(sorted(((char, chance * scale) for char, chance in raised), key=lambda pair: -pair[1]))
    return replace(glyph, char=best[0][0], confidence=best[0][1], alternatives=best)
