"""Recognizer: a checkpoint and the way from a picture to a Page. It reads as the algorithm; it trains and draws nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from hwr import checkpoint, engines
from hwr.case import decide
from hwr.classes import DIGITS, LETTERS, charset_matrix, fold, parse_charset
from hwr.context import settle
from hwr.doubt import is_doubted, likeliest
from hwr.errors import HwrError
from hwr.layout import Piece, Row, find_lines, is_joined, lattice
from hwr.layout.cutout import cut_out
from hwr.layout.orientation import Look, find_turn
from hwr.layout.spaces import numbers_parted
from hwr.lines.letters import SPELLING, Letters, likely
from hwr.lines.reader import LineReader, shipped
from hwr.lines.words import WordList
from hwr.models import logits, nothing, probabilities
from hwr.networks import STRIPS
from hwr.overturned import without_overturned
from hwr.preprocess import SIZE, frame_all, ink, open_picture
from hwr.preprocess.extraction import WORK_PIXELS, darkness
from hwr.preprocess.framing import check_array
from hwr.preprocess.shapes import spared
from hwr.results import Box, Glyph, Line, Page, Word, Words
from hwr.together import ALTERNATIVES, AtOnce, How, Seen

SIGNS = "/()$€£%"  # what is looked for where no charset is given, beside what the network for characters knows
GLYPHS = "characters"  # the weights that read characters beside weights for lines
LINES = (
    "digit-strings",
    "lines",
)  # those for lines beside them; marks are read better by the last, digits by the first
READERS = ("auto", "glyphs", "lines")
LAYOUTS = ("page", "line", "char")


class Recognizer:
    """A network that reads pictures; safe to share between threads."""

    def __init__(
        self,
        model: nn.Module,
        info: dict[str, Any],
        name: str = "",
        lines: LineReader | None = None,
        *,
        runner: nn.Module | None = None,
    ):
        """`lines` is what words are read with at once; without one, only what `load` gives takes the weights for lines.

        `runner` is the same network on another engine (engines.runner), to read characters with.
        """
        self.model, self.metadata, self.name = model, info, name
        self.classes: str = info["classes"]
        self.framing: str = info["framing"]
        self.temperature = checkpoint.temperature(info)
        self.threshold = checkpoint.threshold(info)
        self._lines, self._shipped, self._runner = lines, False, runner or model

    @classmethod
    def load(cls, weights: str | Path, *, engine: str | None = None) -> Recognizer:
        """The recognizer in `weights`: a name in weights/, or the path of a checkpoint or of an ONNX file of ours.

        `engine` is "torch" or "onnx"; without one a checkpoint runs on PyTorch. Networks for lines always do. Raises
        HwrError when it cannot be used.
        """
        path = checkpoint.find(weights)
        model, info = engines.load(path)
        name = checkpoint.title(path)
        if info["framing"] != STRIPS:
            recognizer = cls(model, info, name, runner=engines.runner(model, info, engine))
            recognizer._shipped = True
            return recognizer
        glyphs, about = checkpoint.load(checkpoint.find(GLYPHS))
        return cls(glyphs, about, name, LineReader(model, info), runner=engines.runner(glyphs, about, engine))

    def lines(self, charset: str | None = None) -> LineReader | None:
        """What reads words of a charset (None: of all that the model knows) at once; None where nothing knows all of it.

        Weights for lines are loaded when they are first asked for.
        """
        if self._lines and charset is None:
            return self._lines
        asked = self.classes if charset is None else parse_charset(charset)
        names = LINES if set(asked) <= set(DIGITS) else LINES[-1:]
        readers = [self._lines] if self._lines else map(shipped, names if self._shipped else ())
        knowing = [each for each in readers if each and all(fold(char, each.classes) for char in asked)]
        return knowing[0].beside(knowing[1:]) if knowing else None

    def read(
        self,
        image: Any,
        *,
        layout: str = "page",
        charset: str | None = None,
        reject: float | None = None,
        reader: str = "auto",
        words: WordList | Letters | str | None = SPELLING,
    ) -> Page:
        """The text in a picture with a box for each character.

        `image` is a path, bytes, a PIL image or a uint8 array; `layout` is "page", "line" (all of it one line) or "char"
        (all of it one character); `reader` says how words are read: "glyphs" character by character, "lines" at once by a
        network for lines, "auto" in both ways, the surer one kept, where that network is there and knows the characters.
        A letter that stands alone is looked at by both, unless by "glyphs".
        That network takes `words` rather than others: a WordList, Letters, the name of either (hwr.lines.letters.likely),
        such as "letters", what is spelled as English words are, or None. `charset` names the characters allowed, such as
        "0-9". A blank picture gives no lines.
        What is no character with a chance over `reject` is left out: 1 keeps all, None takes the network's own threshold.
        Raises HwrError for a picture that cannot be read, an unknown layout, or a charset the model lacks.
        """
        self.check(layout=layout, charset=charset, reader=reader)
        how = How(layout, charset, self._limit(reject), reader, self._likely(words, charset, reader))
        picture = open_picture(image)
        del image  # a large picture is not held while its ink is read
        inked = ink(picture)
        grey = darkness(picture) if layout == "line" and reader != "glyphs" and inked.size <= WORK_PIXELS else None
        del picture
        return self._page(inked, how, grey=grey, turned=layout == "page")

    def check(self, *, layout: str = "page", charset: str | None = None, reader: str = "glyphs") -> None:
        """Raises HwrError for a layout, charset or reader that `read` would refuse."""
        if reader not in READERS:
            raise HwrError(f'There is no reader "{reader}"; choose one of {", ".join(READERS)}.')
        if layout not in LAYOUTS:
            raise HwrError(f'There is no layout "{layout}"; choose one of {", ".join(LAYOUTS)}.')
        if charset is not None:
            charset_matrix(self.classes, charset)
        if reader == "lines" and self.lines(charset) is None:
            raise HwrError(
                "There are no weights for lines that know all these characters: train some, or read with --reader glyphs."
            )

    def read_ink(
        self,
        inked: np.ndarray,
        *,
        layout: str = "page",
        charset: str | None = None,
        reject: float | None = None,
        reader: str = "auto",
        words: WordList | Letters | str | None = SPELLING,
    ) -> Page:
        """As `read`, from ink (uint8, 255 on 0) that is already taken off its paper, as from a canvas, and stands upright."""
        check_array(inked, "Ink", (None, None))
        rather = self._likely(words, charset, reader)
        return self._page(inked, How(layout, charset, self._limit(reject), reader, rather))

    def _limit(self, reject: float | None) -> float:
        return self.threshold if reject is None else reject

    def _page(self, inked: np.ndarray, how: How, *, grey: np.ndarray | None = None, turned: bool = False) -> Page:
        """What stands in ink; words are read at once from `grey` too, and a page that is `turned` may lie in any way."""
        height, width = inked.shape
        if not inked.size:
            return Page((), width, height)
        at_once = self._at_once(how, grey)
        rows = find_lines(inked, how.layout)
        seen, turn = self._characters(rows, how.charset, at_once), 0
        if turned:
            glance = functools.partial(self._glance, charset=how.charset, at_once=at_once)
            turn = find_turn(inked, rows, seen.surest, glance, _oddness(how.words))
        if turn:
            rows = find_lines(inked, how.layout, turn)
            seen = self._characters(rows, how.charset, at_once)
        apart = iter(seen.apart)
        lines: Sequence[Words] = [
            decide([settle([each for each in next(apart) if each.reject <= how.reject]) for _ in row.words])
            for row in rows
        ]
        if at_once:
            lines = at_once.together(rows, lines, seen.early)
        if how.layout == "page":
            lines = [
                numbers_parted(words, row.pieces, row.scale.height) for words, row in zip(lines, rows, strict=True)
            ]
        found = [Line(tuple(Word(tuple(word)) for word in words if word)) for words in lines]
        found = [line for line in found if line.words]
        if turned:

            def upside_down(line: Line) -> Sequence[Line]:
                x0, y0, x1, y1 = (max(0, side) for side in line.box)
                return self._page(np.rot90(inked[y0:y1, x0:x1], turn + 2).copy(), how).lines

            found = without_overturned(found, upside_down)
        return Page(tuple(found), width, height, turn)

    def _at_once(self, how: How, grey: np.ndarray | None) -> AtOnce | None:
        """What reads words at once, and looks at a letter beside, where that is asked for and something knows all the
        characters."""
        needed = how.reader != "glyphs" and (how.layout != "char" or self._asks_letters(how.charset))
        reader = self.lines(how.charset) if needed else None
        if reader is None:
            return None
        charset = how.charset or self._usual()
        asked = parse_charset(charset) if charset else SIGNS
        beyond = "".join(char for char in asked if not char.isspace() and fold(char, self.classes) is None)
        return AtOnce(reader, replace(how, charset=charset), self.framing, grey, beyond)

    def _glance(self, rows: list[Row], look: Look, charset: str | None, at_once: AtOnce | None) -> list[Words]:
        """The glyphs of the rows, of joined words as they are read at once."""
        if look == "pieces":
            return [[list(self._read([piece for row in rows for piece in row.pieces], charset).values())]]
        if at_once is None:
            return [self._characters(rows, charset, None).apart]
        if look == "words":
            return [at_once.glanced(rows, {})]
        seen = self._characters(rows, charset, at_once, glance=True)
        return [seen.surest, at_once.glanced(rows, seen.early)]

    def _likely(
        self, words: WordList | Letters | str | None, charset: str | None, reader: str
    ) -> WordList | Letters | None:
        """What is read rather than others; nothing where no letter is asked for. Raises HwrError as `likely`."""
        if reader == "glyphs" or not self._asks_letters(charset):
            return None
        return likely(words) if isinstance(words, str) else words

    def _asks_letters(self, charset: str | None) -> bool:
        return any(map(str.isalpha, self.classes if charset is None else parse_charset(charset)))

    def _usual(self) -> str | None:
        """The charset for the network for lines where none is given: all that it knows, or what this network is for."""
        general = all(fold(char, self.classes) for char in DIGITS + LETTERS)
        return None if general else self.classes

    def _characters(
        self, rows: list[Row], charset: str | None, at_once: AtOnce | None, *, glance: bool = False
    ) -> Seen:
        """The glyphs of each word of the rows: what is doubtful is also read cut and joined, and the likeliest kept.

        Not so in a word that is read surely at once, or at a `glance` in any joined one: that is much faster.
        """
        words = [(word, row.scale) for row in rows for word in row.words]
        read = self._read([piece for word, _ in words for piece in word], charset)
        doubts = [[is_doubted(piece, read[id(piece)], scale) for piece in word] for word, scale in words]
        pieces = {
            number: [read[id(piece)] for piece in words[number][0] if not piece.mark]
            for number, doubted in enumerate(doubts)
            if any(doubted)
        }
        early = at_once.read_early(rows, pieces) if at_once else {}
        settled = {
            number
            for number, whole in early.items()
            if whole.stands(pieces[number])
            or (glance and any(is_joined(piece, words[number][1]) for piece in words[number][0]))
        }
        lattices = [
            lattice(word, [each and number not in settled for each in doubted], scale)
            for number, ((word, scale), doubted) in enumerate(zip(words, doubts, strict=True))
        ]
        read |= self._read(
            [span.piece for each in lattices for span in each.spans if id(span.piece) not in read], charset
        )
        return Seen([likeliest(each, read) for each in lattices], early, settled)

    def _read(self, pieces: list[Piece], charset: str | None) -> dict[int, Glyph]:
        """The glyph of each piece, by the piece's id."""
        images = frame_all([piece.ink for piece in pieces], self.framing)
        glyphs = self.glyphs(images, [piece.box for piece in pieces], charset)
        return {id(piece): glyph for piece, glyph in zip(pieces, glyphs, strict=True)}

    def read_boxes(
        self, inked: np.ndarray, boxes: Sequence[Box], *, skew: float = 0.0, charset: str | None = None
    ) -> list[Glyph]:
        """The characters in boxes (pixels) that a person drew on the ink of a page, each as sure as the network is of it.

        `skew` is the page's, in radians (layout.cutout.skew_of). A box without ink is a "?" of no confidence. The boxes
        stay as they are. Raises HwrError for a charset that the model lacks.
        """
        check_array(inked, "Ink", (None, None))
        images = frame_all([cut_out(inked, box, skew).ink for box in boxes], self.framing)
        found = self.glyphs(images, list(boxes), charset)
        return [
            glyph if image.any() else Glyph("?", 0.0, glyph.box) for glyph, image in zip(found, images, strict=True)
        ]

    def glyphs(self, images: np.ndarray, boxes: list, charset: str | None = None) -> list[Glyph]:
        """The characters in framed glyphs (uint8, n x 28 x 28), one forward pass for all of them."""
        characters, chances, none = self.judge(images, charset)
        best = np.argsort(-chances, axis=1, kind="stable")[:, :ALTERNATIVES]
        found = []
        for row, order, box, image, reject in zip(chances, best, boxes, images, none, strict=True):
            alternatives = tuple((characters[place], float(row[place])) for place in order)
            found.append(Glyph(*alternatives[0], box, alternatives, image, float(reject)))
        return found

    def predict(self, images: np.ndarray, charset: str | None = None) -> tuple[str, np.ndarray]:
        """Calibrated chances of framed glyphs (uint8, n x 28 x 28): the characters and float32 (n, characters).

        With a charset only its characters come out; a class whose other case is allowed counts for that.
        """
        return self.judge(images, charset)[:2]

    def judge(self, images: np.ndarray, charset: str | None = None) -> tuple[str, np.ndarray, np.ndarray]:
        """As `predict`, and the chance of each glyph that it is no character at all, float32 (n,)."""
        check_array(images, "Glyphs", (None, SIZE, SIZE))
        if not len(images):
            characters = self.classes if charset is None else charset_matrix(self.classes, charset)[0]
            return characters, np.zeros((0, len(characters)), np.float32), np.zeros(0, np.float32)
        values = logits(self._runner, images)
        characters, chances = probabilities(values / self.temperature, self.classes, charset)
        return characters, chances, spared(nothing(values, self.classes), images)


def _oddness(words: WordList | Letters | None) -> Callable[[str], float | None]:
    """How unlike words a text is spelled, where that is to count."""
    return words.oddness if isinstance(words, Letters) else lambda text: None
