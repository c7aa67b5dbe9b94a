"""Recognizer: a checkpoint and the way from a picture to a Page. It reads as the algorithm; it trains and draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hwr import checkpoint
from hwr.case import decide
from hwr.classes import charset_matrix
from hwr.context import settle
from hwr.errors import HwrError
from hwr.layout import Piece, find_lines, split
from hwr.layout.cutout import cut_out
from hwr.layout.glyphs import NARROW
from hwr.models import Classifier, logits, nothing, probabilities
from hwr.preprocess import SIZE, frame_all, ink, open_picture
from hwr.results import Box, Glyph, Line, Page, Word

LAYOUTS = ("page", "line", "char")
ALTERNATIVES = 5
MOST_TOUCHING = 8  # characters that a piece is cut into at the most
# Width of a character as a share of its line's height: of the narrowest that layout counts on, the usual one, and its spread.
NARROWEST, USUAL_ASPECT, ASPECT_SPREAD = NARROW, 0.75, 0.5


class Recognizer:
    """A network that reads pictures; safe to share between threads."""

    def __init__(self, model: Classifier, info: dict[str, Any], name: str = ""):
        self.model, self.metadata, self.name = model, info, name
        self.classes: str = info["classes"]
        self.framing: str = info["framing"]
        self.temperature = checkpoint.temperature(info)
        self.threshold = checkpoint.threshold(info)

    @classmethod
    def load(cls, weights: str | Path) -> Recognizer:
        """The recognizer in `weights`: a name in weights/ or a path. Raises HwrError when it cannot be used."""
        path = checkpoint.find(weights)
        model, info = checkpoint.load(path)
        return cls(model, info, checkpoint.title(path))

    def read(
        self, image: Any, *, layout: str = "page", charset: str | None = None, reject: float | None = None
    ) -> Page:
        """The text in a picture with a box for each character.

        `image` is a path, bytes, a PIL image or a uint8 array; `layout` is "page", "line" (all of it one line) or "char"
        (all of it one character); `charset` names the characters allowed, such as "0-9". A blank picture gives no lines.
        What is no character with a chance over `reject` is left out: 1 keeps all, None takes the network's own threshold.
        Raises HwrError for a picture that cannot be read, an unknown layout, or a charset the model lacks.
        """
        self.check(layout=layout, charset=charset)
        inked = ink(open_picture(image))
        del image  # a large picture is not held while its ink is read
        return self.read_ink(inked, layout=layout, charset=charset, reject=reject)

    def check(self, *, layout: str = "page", charset: str | None = None) -> None:
        """Raises HwrError for a layout or charset that `read` would refuse."""
        if layout not in LAYOUTS:
            raise HwrError(f'There is no layout "{layout}"; choose one of {", ".join(LAYOUTS)}.')
        if charset is not None:
            charset_matrix(self.classes, charset)

    def read_ink(
        self, inked: np.ndarray, *, layout: str = "page", charset: str | None = None, reject: float | None = None
    ) -> Page:
        """As `read`, from ink (uint8, 255 on 0) that is already taken off its paper, as from a canvas."""
        check_array(inked, "Ink", (None, None))
        height, width = inked.shape
        if not inked.size:
            return Page((), width, height)
        lines = [[[cuts(p) for p in word if not p.mark] for word in line] for line in find_lines(inked, layout)]
        pieces = [piece for line in lines for word in line for choice in word for cut in choice for piece in cut]
        images = frame_all([piece.ink for piece in pieces], self.framing)
        glyphs = iter(self.glyphs(images, [piece.box for piece in pieces], charset))
        limit = self.threshold if reject is None else reject
        read = [decide([_word(choices, glyphs, limit) for choices in line]) for line in lines]
        found = [Line(tuple(Word(word) for word in line if word)) for line in read]
        return Page(tuple(line for line in found if line.words), width, height)

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
        values = logits(self.model, images)
        characters, chances = probabilities(values / self.temperature, self.classes, charset)
        return characters, chances, nothing(values, self.classes)


def check_array(array: np.ndarray, what: str, shape: tuple[int | None, ...]) -> None:
    """Raises HwrError unless an array is uint8 of this shape, in which None stands for any size."""
    right = isinstance(array, np.ndarray) and array.dtype == np.uint8 and array.ndim == len(shape)
    if not right or any(size not in (None, given) for size, given in zip(shape, array.shape, strict=True)):
        sizes = ", ".join("any" if size is None else str(size) for size in shape)
        raise HwrError(f"{what} must be a uint8 array of shape ({sizes}), ink 255 on 0, as hwr.preprocess makes them.")


def cuts(piece: Piece) -> list[list[Piece]]:
    """The ways to read a piece: whole, and cut into two and more where it may be characters that touch."""
    return [[piece], *(split(piece, count) for count in range(2, min(piece.room, MOST_TOUCHING) + 1))]


def likeliest(ways: list[list[Glyph]]) -> list[Glyph]:
    """The way to read a piece whose characters are the surest, and as wide as characters are.

    The last way has the most cuts: it fixes how wide the piece is for its line (see layout.Piece.room).
    """

    def score(way: list[Glyph]) -> float:
        sure = np.sum([np.log(max(glyph.confidence * (1 - glyph.reject), 1e-6)) for glyph in way])
        aspect = NARROWEST * len(ways) / len(way)
        return float(sure - (np.log(aspect / USUAL_ASPECT) / ASPECT_SPREAD) ** 2 / 2)

    return ways[0] if len(ways) == 1 else max(ways, key=score)


def _word(choices: list[list[list[Piece]]], glyphs: Iterator[Glyph], limit: float) -> tuple[Glyph, ...]:
    """The next word: for each of its pieces the likeliest way, each way's glyphs taken from `glyphs` in order.

    What is no character with a chance over `limit` is left out.
    """
    ways = [[[next(glyphs) for _ in cut] for cut in choice] for choice in choices]
    kept = [glyph for way in ways for glyph in likeliest(way) if glyph.reject <= limit]
    return settle(kept)
