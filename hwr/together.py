"""Words and lines that are read at once beside their characters one by one, and which of the two readings stands.

Not here: reading characters (hwr.recognize), the network for lines (hwr.lines), which is the surer (hwr.lines.choice).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwr.classes import LETTERS
from hwr.doubt import SURE, sureness
from hwr.layout import Piece, Row
from hwr.lines.choice import both, gaps, is_beyond, surer
from hwr.lines.letters import Letters
from hwr.lines.reader import LineReader, Spelled
from hwr.lines.words import WordList
from hwr.preprocess import frame_all
from hwr.results import Box, Glyph, Words
from hwr.stops import before, is_stop, stopped

ALTERNATIVES = 5
# Times as wide as high: a piece may be a short word that looks like one character, as a joined "to", or joined digits that
# look like one, which is seldom as wide.
SHORT_WORD, SHORT_NUMBER = 1.1, 0.85
# Of their height: digits that stand so far apart, each read surely, are not read at once where letters are known, too.
CLEAR = 0.1
# Digits that stand clear in a picture: if there are more, only what is doubtful is read at once, as all would take too long.
MANY = 100


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
        if len(glyphs) > 1:
            return all(glyph.char.isdigit() for glyph in glyphs) and min(gaps(glyphs)) > CLEAR
        x0, y0, x1, y1 = self.pieces[0].box
        return x1 - x0 < (SHORT_NUMBER if glyphs[0].char.isdigit() else SHORT_WORD) * (y1 - y0)


@dataclass(frozen=True)
class Whole:
    """What is read at once, and what was read in it."""

    piece: Piece
    spelled: Spelled

    @property
    def words(self) -> list[list[Glyph]]:
        """Its characters, parted at spaces; none has a place of its own yet."""
        words: list[list[Glyph]] = [[]]
        spelled = self.spelled
        for char, sure, others in zip(spelled.characters, spelled.confidences, spelled.alternatives, strict=True):
            if char.isspace():
                words.append([])
            else:
                words[-1].append(Glyph(char, sure, self.piece.box, others))
        return [word for word in words if word]

    def stands(self, apart: Sequence[Glyph]) -> bool:
        """Whether this is kept however surely characters are found in its pieces, which are read as `apart`."""
        return is_beyond([glyph for word in self.words for glyph in word], apart)


@dataclass(frozen=True)
class Seen:
    """What was read of words: of each the glyphs of its characters, and some at once, by the word's number, of which those
    that are `settled` stand whatever their characters are."""

    apart: list[list[Glyph]]
    early: dict[int, Whole]
    settled: set[int]

    @property
    def surest(self) -> list[list[Glyph]]:
        """Each word as it was read more surely, as far as that is known."""
        kept = [
            self.early[number].words if number in self.settled else [word] for number, word in enumerate(self.apart)
        ]
        return [word for words in kept for word in words]


@dataclass(frozen=True)
class AtOnce:
    """Reads words and lines at once, and keeps that or what was read of them character by character.

    With `grey`, how dark the paper is, they are also read from that. Characters that are cut out of a word are framed.
    Those `beyond` what the network for single characters knows, such as the / of a date, are only read at once: all is then,
    where a charset asks for them.
    """

    reader: LineReader
    how: How
    framing: str
    grey: np.ndarray | None = None
    beyond: str = ""

    @property
    def all_at_once(self) -> bool:
        """Whether what is surely read character by character is read at once, too."""
        return self.how.reader == "lines" or bool(self.how.charset and self.beyond)

    @property
    def knows_letters(self) -> bool:
        """Whether letters are read at once, and not only numbers."""
        return any(map(str.isalpha, self.reader.classes))

    def read_early(self, rows: Sequence[Row], apart: Mapping[int, Sequence[Glyph]]) -> dict[int, Whole]:
        """These words, by their number, read before their characters are looked for; `apart` is what their pieces are
        read as. None where no letter is read, as numbers are best looked at closely."""
        if not self.knows_letters or self.how.layout == "char":
            return {}
        words = [word for row in rows for word in row.words]
        agreed = ["".join(glyph.char for glyph in glyphs) for glyphs in apart.values()]
        return dict(zip(apart, self._read([words[number] for number in apart], agreed), strict=True))

    def glanced(self, rows: Sequence[Row], early: Mapping[int, Whole]) -> Words:
        """All words read at once; some of them have been."""
        words = [word for row in rows for word in row.words]
        others = [number for number in range(len(words)) if number not in early]
        found = {**early, **dict(zip(others, self._read([words[number] for number in others]), strict=True))}
        return [word for number in range(len(words)) for word in found[number].words]

    def together(
        self, rows: Sequence[Row], apart: Sequence[Words], early: Mapping[int, Whole] | None = None
    ) -> list[Words]:
        """The words of each row, of which `apart` is what was read character by character; some have been read at once."""
        units = [self._units(row, words) for row, words in zip(rows, apart, strict=True)]
        every = [unit for some in units for unit in some]
        read = dict(early or {})
        asked = [number for number in self._asked(every) if number not in read]
        agreed = ["".join(glyph.char for glyph in every[number].glyphs) for number in asked]
        read |= zip(asked, self._read([every[number].pieces for number in asked], agreed), strict=True)
        found = [self._kept(unit, read[number]) if number in read else unit.apart for number, unit in enumerate(every)]
        kept = iter(self._looked_at_by_both(every, found))
        return [[word for _ in some for word in next(kept)] for some in units]

    def _asked(self, units: Sequence[_Unit]) -> list[int]:
        """Which of these, by number, are read at once. Numbers are where no letters are known, however sure each digit is
        of itself, as its neighbours show how this hand writes."""
        if self.how.layout == "char":
            return []
        few = not self.knows_letters and sum(len(unit.pieces) for unit in units) <= MANY
        return [
            number
            for number, unit in enumerate(units)
            if self.all_at_once or not unit.is_clear or (few and len(unit.pieces) > 1)
        ]

    def _looked_at_by_both(self, units: Sequence[_Unit], found: list[Words]) -> list[Words]:
        """What was found in each unit, but letters that stand alone and are not sure as both networks see them."""
        if not (self.knows_letters and any(map(str.isalpha, self.how.charset or LETTERS))):
            return found
        sure = 1.0 if self.how.layout == "char" else SURE
        alone = {
            number: unit
            for number, unit in enumerate(units)
            if found[number] is unit.apart and len(unit.glyphs) == 1 and unit.glyphs[0].confidence < sure
        }
        characters, chances = self.reader.alone(
            [Piece.joined(unit.pieces).ink for unit in alone.values()], self.how.charset
        )
        for (number, unit), row in zip(alone.items(), chances, strict=True):
            found[number] = [[both(unit.glyphs[0], dict(zip(characters, row.tolist(), strict=True)))]]
        return found

    def _units(self, row: Row, words: Words) -> list[_Unit]:
        """What of a row is read at once: each word, or all of a line of digits, whose gaps mean nothing."""
        if self.how.layout == "line" and " " not in self.reader.classes:
            return [_Unit(row.pieces, [[glyph for word in words for glyph in word]])]
        return [_Unit(word, [own]) for word, own in zip(row.words, words, strict=True)]

    def _read(self, units: Sequence[Sequence[Piece]], agreed: Sequence[str] | None = None) -> list[Whole]:
        """What stands in each of these; `agreed` as LineReader.read."""
        pieces = [Piece.joined(unit) for unit in units]
        boxes = [piece.box for piece in pieces]
        greys = None if self.grey is None else [self.grey[y0:y1, x0:x1] for x0, y0, x1, y1 in boxes]
        how, inks = self.how, [piece.ink for piece in pieces]
        found = self.reader.read(inks, how.charset, greys=greys, words=how.words, count=ALTERNATIVES, agreed=agreed)
        return [Whole(piece, spelled) for piece, spelled in zip(pieces, found, strict=True)]

    def _kept(self, unit: _Unit, whole: Whole) -> Words:
        at_once, listed = whole.words, isinstance(self.how.words, WordList)
        how, covered = self.how, unit.covered
        kept = surer(unit.apart, at_once, reader=how.reader, listed=listed, covered=covered, beyond=self.beyond)
        if kept is at_once:
            words = _placed(whole, at_once, self.framing)
            glyphs = [glyph for word in words for glyph in word]
            if min(len(glyphs), len(unit.pieces)) < 2 or not is_stop(glyphs, unit.pieces[-1]):
                return words
            if whole.spelled.last > before(unit.pieces) - whole.piece.x:
                return stopped(words, self.how.charset)
            rest = Piece.joined(unit.pieces[:-1])  # a stop that was not read, as none is allowed
            return _placed(Whole(rest, replace(whole.spelled, ink=rest.ink)), at_once, self.framing)
        if kept and _text(at_once) == _text(kept) + ".":  # both agree, and characters apart know no stop
            return [*kept[:-1], [*kept[-1], _placed(whole, at_once, self.framing)[-1][-1]]]
        return kept


def _text(words: Words) -> str:
    return "".join(glyph.char for word in words for glyph in word).casefold()


def _placed(whole: Whole, words: Words, framing: str) -> Words:
    """These words of what was read at once, each character with the ink that stands where it was read."""
    piece, spelled = whole.piece, whole.spelled
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
