"""Words and lines that are read at once beside their characters one by one, and which of the two readings stands.

Not here: reading characters (hwr.recognize), the network for lines (hwr.lines), which is the surer (hwr.lines.choice).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwr.case import LOW
from hwr.classes import parse_charset
from hwr.doubt import SURE, sureness
from hwr.layout import Piece, Row
from hwr.lines.choice import gaps, surer
from hwr.lines.letters import Letters
from hwr.lines.reader import LineReader, Spelled
from hwr.lines.words import WordList
from hwr.preprocess import frame_all
from hwr.results import Box, Glyph, Words

ALTERNATIVES = 5
DOT = 0.6  # of the height of the lowest small letter before it: a dot behind a word
FILLED, SOLID = 0.6, 100  # of its box it fills so much, with ink above that
# Times as wide as high: a piece may be a short word that looks like one character, as a joined "to", or joined digits that
# look like one, which is seldom as wide.
SHORT_WORD, SHORT_NUMBER = 1.1, 0.85
CLEAR = 0.1  # of their height: digits that stand so far apart, each read surely, are not read at once as well


@dataclass(frozen=True)
class How:
    """How a picture is read; see `Recognizer.read`. `charset` None: all that a network knows."""

    layout: str = "page"
    charset: str | None = None
    reject: float = 1.0
    reader: str = "auto"
    words: WordList | Letters | None = None


@dataclass(frozen=True)
class _Unit:
    """What is read at once, a word or a line: its pieces, and its words as they were read character by character."""

    pieces: Sequence[Piece]
    apart: Words

    @property
    def glyphs(self) -> list[Glyph]:
        return [glyph for word in self.apart for glyph in word]

    @property
    def covered(self) -> float:
        """The share of the columns of its ink in which characters were read."""
        boxes = [piece.box for piece in self.pieces]
        inked, read = np.zeros((2, max(box[2] for box in boxes)), bool)
        for x0, _, x1, _ in boxes:
            inked[x0:x1] = True
        for glyph in self.glyphs:
            read[glyph.box[0] : glyph.box[2]] = True
        return float((inked & read).sum() / max(1, inked.sum()))

    @property
    def is_clear(self) -> bool:
        """Whether each piece is surely a character, and is alone and no joined word, or a digit well apart from others."""
        glyphs = self.glyphs
        if len(glyphs) != len(self.pieces) or not all(sureness(glyph) > SURE for glyph in glyphs):
            return False
        if len(glyphs) == 1:
            x0, y0, x1, y1 = self.pieces[0].box
            return x1 - x0 < (SHORT_NUMBER if glyphs[0].char.isdigit() else SHORT_WORD) * (y1 - y0)
        return all(glyph.char.isdigit() for glyph in glyphs) and min(gaps(glyphs)) > CLEAR


def together(
    rows: Sequence[Row],
    apart: Sequence[Words],
    reader: LineReader | None,
    how: How,
    *,
    grey: np.ndarray | None = None,
    framing: str,
) -> list[Words]:
    """The words of each row, of which `apart` is what was read character by character; with `grey`, how dark the paper
    is, also read from that. Characters that are cut out of a word read at once are framed."""
    if reader is None:
        return list(apart)
    units = [_units(row, words, how.layout, reader) for row, words in zip(rows, apart, strict=True)]
    every = list(itertools.chain.from_iterable(units))
    asked = [how.reader == "lines" or not unit.is_clear for unit in every]
    pieces = [Piece.joined(unit.pieces) for unit in itertools.compress(every, asked)]
    agreed = ["".join(glyph.char for glyph in unit.glyphs) for unit in itertools.compress(every, asked)]
    spelled = zip(pieces, _spelled(pieces, reader, how, agreed=agreed, grey=grey), strict=True)
    kept = iter(
        [
            _kept(unit, *next(spelled), how, framing) if ask else unit.apart
            for unit, ask in zip(every, asked, strict=True)
        ]
    )
    return [[word for _ in some for word in next(kept)] for some in units]


def glanced(rows: Sequence[Row], reader: LineReader, how: How) -> Words:
    """The words of rows, read at once alone."""
    pieces = [Piece.joined(unit.pieces) for row in rows for unit in _units(row, (), how.layout, reader)]
    found = _spelled(pieces, reader, how)
    return [word for piece, each in zip(pieces, found, strict=True) for word in _bare(piece, each)]


def _units(row: Row, words: Words, layout: str, reader: LineReader) -> list[_Unit]:
    """What of a row is read at once: each word, or all of a line of digits, whose gaps mean nothing."""
    if layout == "line" and " " not in reader.classes:
        return [_Unit(row.pieces, [[glyph for word in words for glyph in word]])]
    apart: list[Words] = [[word] for word in words] or [[]] * len(row.words)
    return [_Unit(word, own) for word, own in zip(row.words, apart, strict=True)]


def _spelled(
    pieces: Sequence[Piece],
    reader: LineReader,
    how: How,
    *,
    agreed: Sequence[str] | None = None,
    grey: np.ndarray | None = None,
) -> list[Spelled]:
    """What a network for lines reads in each piece."""
    boxes = [piece.box for piece in pieces]
    greys = None if grey is None else [grey[y0:y1, x0:x1] for x0, y0, x1, y1 in boxes]
    inks = [piece.ink for piece in pieces]
    return reader.read(inks, how.charset, greys=greys, words=how.words, count=ALTERNATIVES, agreed=agreed)


def _kept(unit: _Unit, piece: Piece, spelled: Spelled, how: How, framing: str) -> Words:
    at_once = _bare(piece, spelled)
    listed = isinstance(how.words, WordList)
    kept = surer(unit.apart, at_once, reader=how.reader, listed=listed, covered=unit.covered)
    if kept is at_once:
        words = _placed(piece, spelled, at_once, framing)
        glyphs = [glyph for word in words for glyph in word]
        if min(len(glyphs), len(unit.pieces)) < 2 or not _is_stop(glyphs, unit.pieces[-1]):
            return words
        if spelled.last > _before(unit.pieces) - piece.x:
            return _stopped(words, how.charset)
        rest = Piece.joined(unit.pieces[:-1])  # a stop that was not read, as none is allowed
        return _placed(rest, replace(spelled, ink=rest.ink), at_once, framing)
    if kept and _text(at_once) == _text(kept) + ".":  # both agree, and characters apart know no stop
        return [*kept[:-1], [*kept[-1], _placed(piece, spelled, at_once, framing)[-1][-1]]]
    return kept


def _text(words: Words) -> str:
    return "".join(glyph.char for word in words for glyph in word).casefold()


def _bare(piece: Piece, spelled: Spelled) -> list[list[Glyph]]:
    """The characters of a piece that was read at once, parted at spaces; none has a place of its own yet."""
    words: list[list[Glyph]] = [[]]
    for char, sure, others in zip(spelled.characters, spelled.confidences, spelled.alternatives, strict=True):
        if char.isspace():
            words.append([])
        else:
            words[-1].append(Glyph(char, sure, piece.box, others))
    return [word for word in words if word]


def _placed(piece: Piece, spelled: Spelled, words: Words, framing: str) -> Words:
    """These words of a piece, each character with the ink that stands where it was read."""
    across = np.arange(piece.width) + 0.5
    columns = [at for at, char in zip(spelled.columns, spelled.characters, strict=True) if not char.isspace()]
    cuts = [piece.only((across >= a) & (across < b)) for a, b in columns]
    images = frame_all([np.zeros((1, 1), np.uint8) if cut is None else cut.ink for cut in cuts], framing)
    boxes = [_between(piece, *at) if cut is None else cut.box for cut, at in zip(cuts, columns, strict=True)]
    placed = zip(boxes, images, strict=True)
    return [
        [replace(glyph, box=box, image=image) for glyph, (box, image) in zip(word, placed, strict=False)]
        for word in words
    ]


def _between(piece: Piece, a: float, b: float) -> Box:
    """The box of columns of a piece in which no ink stands."""
    x0, y0, x1, y1 = piece.box
    left, right = max(0.0, a) / piece.width, min(float(piece.width), b) / piece.width
    start = min(x0 + int(left * (x1 - x0)), x1 - 1)
    return start, y0, max(start + 1, min(x1, x0 + round(right * (x1 - x0)))), y1


def _before(pieces: Sequence[Piece]) -> float:
    """The middle between the last piece and what stands before it, on the levelled page."""
    *others, last = pieces
    return (max(piece.x + piece.width for piece in others) + last.x) / 2


def _stopped(words: Words, charset: str | None) -> Words:
    """These words with a full stop at their end, where a letter was read from a dot; without it, if none is allowed.

    The network sees a strip as high as its ink, on which the dot behind an "on" is nearly as large as the o.
    """
    last = words[-1][-1]
    others = tuple(other for other in last.alternatives if other[0] != ".")
    stop = replace(last, char=".", alternatives=((".", last.confidence), *others[: ALTERNATIVES - 1]))
    kept = [stop] if charset is None or "." in parse_charset(charset) else []
    ended = [*words[:-1], [*words[-1][:-1], *kept]]
    return [word for word in ended if word]


def _is_stop(glyphs: Sequence[Glyph], piece: Piece) -> bool:
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
