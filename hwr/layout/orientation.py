"""Which way up a page lies, judged by reading it: as it stands, unless it is clearly surer read on its side or over.

Not here: the angle of its lines (lines.py) and reading itself (hwr.recognize).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

import numpy as np

from hwr.layout import Row, find_lines
from hwr.results import Words

# What is looked at: pieces as they are, which is quick; words at once, which is slower; characters and words, slowest.
Look = Literal["pieces", "words", "both"]
# The glyphs of some rows, once for each network that reads them.
Glance = Callable[[list[Row], Look], list[Words]]
# How unlike words a text is spelled, 0 where it is as usual; None where it has no words to speak of.
Oddness = Callable[[str], float | None]

FEWEST = 4  # characters: with fewer a page stays as it stands
SAMPLE = 32  # characters of the longest lines are read each way
UNSURE = 0.2  # what is read less surely than this tells no more
EACH, ALL = 0.18, 2.0  # logarithms: so much surer a character, and all of a sample together, must be read another way
CERTAIN = 0.08  # the logarithm of a character read so surely as it stands that no other way is tried
NEARLY = 0.75  # of the doubt as it stands: so much must go another way, where that is less than EACH
ALIKE = 0.8  # of the characters
STEEP = np.deg2rad(30.0)
SHORTER = 3  # times as much surer where the lines of that way are shorter
LEAST = float(np.log(0.55))  # what is read less surely than this is no writing in any way
JOINED = -0.9  # so unsure are pieces each by itself where letters are joined: they tell nothing there
# What it counts that one way is spelled more like words, how much more is believed, and how unlike words neither way is any.
SPELLED, FURTHEST, NO_WORDS = 0.1, 2.0, 2.5


def find_turn(ink: np.ndarray, rows: list[Row], read: Words, glance: Glance, oddness: Oddness) -> int:
    """How many quarters a page is turned clockwise: 0 unless it is clearly surer read another way than it stands.

    `rows` are its lines as it stands and `read` what was read of them; `glance` reads the sample, `oddness` judges how it
    is spelled.
    """
    if _count(rows) < FEWEST or _is_alike(read) or (_sureness(read) >= -CERTAIN and not _is_steep(rows)):
        return 0
    ways = {turn: find_lines(ink, turn=turn) for turn in (1, 2, 3)}
    sample = _sample(rows)
    look: Look = "pieces"
    quick = _value(glance(sample, look))
    if quick < JOINED:
        look = "words"
        quick = _value(glance(sample, look))
    likely = [
        turn for turn, way in ways.items() if _count(way) >= FEWEST and _value(glance(_sample(way), look)) > quick
    ]
    if not likely:
        return 0
    standing = glance(sample, "both")
    sure, best, surest = _value(standing), 0, LEAST
    for turn in likely:
        way = ways[turn]
        gain = max(min(EACH, NEARLY * -sure), ALL / min(SAMPLE, _count(rows), _count(way)))
        if turn != 2 and _is_steep(rows):
            gain = 0.0
        elif _length(way) < _length(rows):
            gain *= SHORTER
        found = glance(_sample(way), "both")
        value = _value(found) + SPELLED * _better_spelled(found[-1], standing[-1], oddness)
        if value > max(surest, sure + gain):
            best, surest = turn, value
    return best


def _sample(rows: list[Row]) -> list[Row]:
    """The longest of the rows."""
    sample: list[Row] = []
    for row in sorted(rows, key=lambda row: -_count([row])):
        if _count(sample) >= SAMPLE:
            break
        sample.append(row)
    return sample


def _value(found: list[Words]) -> float:
    """How surely some rows are read."""
    return float(np.mean([_sureness(words) for words in found]))


def _better_spelled(words: Words, standing: Words, oddness: Oddness) -> float:
    """How much more like words the one is spelled than the other; 0 where either has none, or none is."""
    one, other = (
        oddness(" ".join("".join(glyph.char for glyph in word) for word in each)) for each in (words, standing)
    )
    if one is None or other is None or min(one, other) > NO_WORDS:
        return 0.0
    return float(np.clip(other - one, -FURTHEST, FURTHEST))


def _is_steep(rows: list[Row]) -> bool:
    """Whether the lines fall or rise so steeply that they may as well run across those of the page."""
    return abs(rows[0].pieces[0].skew) > STEEP


def _length(rows: list[Row]) -> float:
    return _count(rows) / max(1, len(rows))


def _count(rows: list[Row]) -> int:
    return sum(not piece.mark for row in rows for piece in row.pieces)


def _is_alike(words: Words) -> bool:
    """Whether nearly all that was read are two characters, as on a page of Os: that looks the same many ways."""
    counts = Counter(glyph.char.upper() for word in words for glyph in word)
    return sum(count for _, count in counts.most_common(2)) > ALIKE * counts.total()


def _sureness(words: Words) -> float:
    """The mean of the logarithms of how surely the glyphs of words were read."""
    values = [glyph.confidence * (1 - glyph.reject) for word in words for glyph in word]
    return float(np.log(np.maximum(values or [0.0], UNSURE)).mean())
