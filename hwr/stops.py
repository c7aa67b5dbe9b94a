"""A full stop behind a word that is read at once: the network may take the dot for a letter, or read none.

It sees a strip as high as its ink, on which the dot behind an "on" is nearly as large as the o.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hwr.case import LOW
from hwr.classes import parse_charset
from hwr.layout import Piece
from hwr.results import Glyph, Words

DOT = 0.6  # of the height of the lowest small letter before it: a dot behind a word
FILLED, SOLID = 0.6, 100  # of its box it fills so much, with ink above that


def before(pieces: Sequence[Piece]) -> float:
    """The middle between the last piece and what stands before it, on the levelled page."""
    *others, last = pieces
    return (max(piece.x + piece.width for piece in others) + last.x) / 2


def stopped(words: Words, charset: str | None) -> Words:
    """These words with a full stop at their end, where a letter was read from a dot; without it, if none is allowed.

    The network sees a strip as high as its ink, on which the dot behind an "on" is nearly as large as the o.
    """
    last = words[-1][-1]
    others = tuple(other for other in last.alternatives if other[0] != ".")
    stop = replace(last, char=".", alternatives=((".", last.confidence), *others[: len(last.alternatives) - 1]))
    kept = [stop] if charset is None or "." in parse_charset(charset) else []
    ended = [*words[:-1], [*words[-1][:-1], *kept]]
    return [word for word in ended if word]


def is_stop(glyphs: Sequence[Glyph], piece: Piece) -> bool:
    """Whether the last of these characters is a letter made of a piece of its own that is a dot beside the others."""
    *others, last = glyphs
    (x0, _, x1, _), (left, _, right, _) = piece.box, last.box
    if not last.char.isalpha() or not (x0 <= (left + right) / 2 <= x1 and right - left <= 1.5 * (x1 - x0)):
        return False
    low = [glyph.box[3] - glyph.box[1] for glyph in others if glyph.char in LOW]
    solid = piece.ink > SOLID
    tall, wide = int(solid.any(1).sum()), int(solid.any(0).sum())
    small = bool(low) and max(tall, wide) < DOT * min(low)
    return piece.mark == "." or (small and int(solid.sum()) > FILLED * tall * wide)
