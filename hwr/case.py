"""Capital or small where the shape does not tell (c, o, s, ...): from the height within the line and the rest of the word.

The line's height of a capital is unknown and summed over; how tall each letter is beside it is a rough norm of printed
hands. Only the case is decided here, never which letter it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hwr.results import Glyph, Words

LOW = "acemnorsuvwxz"  # small letters that reach neither up nor down
# Heights beside that of a capital; all that is not named is as tall.
HEIGHTS = dict.fromkeys(LOW, 0.62) | dict.fromkeys("gpqy", 0.92) | {"t": 0.88, "i": 0.9, "j": 1.15}
SPREAD = 0.2  # of the logarithm of a height
OUTLIER = 0.02  # least likelihood of a height, so that one odd box does not decide
# How often words are small, all capitals, a capital and small ones, or mixed at will.
PATTERNS = {"small": 0.5, "capitals": 0.25, "title": 0.2, "mixed": 0.05}
STEPS = 48


def decide(words: Words) -> list[tuple[Glyph, ...]]:
    """The glyphs of a line, word by word, with the chances of the two cases of each letter as the line makes them."""
    glyphs = [glyph for word in words for glyph in word]
    if not any(_open(glyph) for glyph in glyphs):
        return [tuple(word) for word in words]
    weights = iter(_by_height(glyphs))
    return [_by_word([_weighed(glyph, next(weights)) for glyph in word]) for word in words]


def _open(glyph: Glyph) -> bool:
    """Whether both cases of a letter are among the answers."""
    chars = {char for char, _ in glyph.alternatives}
    return any(char.isupper() and char.lower() in chars for char in chars)


def _by_height(glyphs: list[Glyph]) -> list[dict[str, float]]:
    """For each glyph how likely its height is for each of its answers, summed over the line's heights of a capital."""
    tall = np.log([max(1, glyph.box[3] - glyph.box[1]) for glyph in glyphs])
    capital = np.linspace(tall.min() - 0.3, tall.max() + 0.7, STEPS)
    likely, sums = [], np.zeros(STEPS)
    for glyph, height in zip(glyphs, tall, strict=True):
        norms = np.log([HEIGHTS.get(char, 1.0) for char, _ in glyph.alternatives])
        fit = np.exp(-(((height - capital[None] - norms[:, None]) / SPREAD) ** 2) / 2) + OUTLIER
        total = np.array([chance for _, chance in glyph.alternatives]) @ fit
        likely.append((fit, np.log(total + 1e-12)))
        sums += likely[-1][1]
    found = []
    for glyph, (fit, own) in zip(glyphs, likely, strict=True):
        rest = sums - own  # what all others say of the line
        share = np.exp(rest - rest.max())
        weights = fit @ (share / share.sum())
        found.append({char: float(weight) for (char, _), weight in zip(glyph.alternatives, weights, strict=True)})
    return found


def _weighed(glyph: Glyph, weights: dict[str, float]) -> Glyph:
    """The glyph with the chance of each letter shared anew between its two cases."""
    chances = dict(glyph.alternatives)
    new = dict(chances)
    for char, chance in chances.items():
        pair = [char, char.swapcase()]
        if char.isupper() and pair[1] in chances:
            total = chance + chances[pair[1]]
            raised = [chances[each] * weights[each] for each in pair]
            new |= {each: total * value / max(sum(raised), 1e-12) for each, value in zip(pair, raised, strict=True)}
    best = tuple(sorted(new.items(), key=lambda item: -item[1]))
    return replace(glyph, char=best[0][0], confidence=best[0][1], alternatives=best)


def _by_word(word: list[Glyph]) -> tuple[Glyph, ...]:
    """The glyphs of a word with their cases as the likeliest patterns of words make them."""
    small = np.array([_share(glyph, str.islower) for glyph in word])
    large = np.array([_share(glyph, str.isupper) for glyph in word])
    letters = np.flatnonzero(small + large > 0.5)
    if len(letters) < 2:
        return tuple(word)
    both = np.stack([small, large], 1)[letters]
    both = (both + 1e-3) / (both + 1e-3).sum(1, keepdims=True)
    chances, weights = [], []
    for name, prior in PATTERNS.items():
        wanted = np.full(both.shape, 0.5)
        if name != "mixed":
            wanted = np.tile([0.0, 1.0] if name == "capitals" else [1.0, 0.0], (len(letters), 1))
            wanted[0] = [0.0, 1.0] if name == "title" else wanted[0]
        fit = wanted * both
        weights.append(prior * fit.sum(1).prod())
        chances.append(wanted)
    pattern = np.tensordot(np.array(weights) / max(sum(weights), 1e-300), np.array(chances), 1)
    result = list(word)
    for place, (low, high) in zip(letters, pattern, strict=True):
        glyph = word[place]
        result[place] = _weighed(glyph, {char: high if char.isupper() else low for char, _ in glyph.alternatives})
    return tuple(result)


def _share(glyph: Glyph, kind: Callable[[str], bool]) -> float:
    """The chance that a glyph is a letter of a case; `kind` is str.islower or str.isupper."""
    return sum(chance for char, chance in glyph.alternatives if kind(char))
