"""Ink with its text, to learn lines from: UNIPEN's words and texts, and strings put together of single characters.

Each hand knows how many lines it has, about how wide each is, and writes any of them, a little otherwise each time. Not
here: batches (`data`), papers (hwr.synthetic.paper), strips (hwr.preprocess).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hwr import strokes, unipen
from hwr.lines.shapes import bar, flag_nine, hooked_one, noughts, open_four, printed, reach
from hwr.lines.texts import stop
from hwr.synthetic.compose import Reach, Setting, compose, cropped

TALL = 60.0  # pixels from the top of the tallest to the bottom of the deepest character, before the strip is made
PENS = (0.02, 0.13)  # the pen's width as a part of that
BROAD = 0.2  # the widest pen for numbers that any pen may write
LEGIBLE = (
    0.24  # the widest pen as a part of the room that a character has in its line: a wider one blots out small letters
)
TIED = 0.25  # share of the numbers set of single digits in which half of the neighbours are joined by a stroke
SLANT = (0.06, 0.3)  # mean and standard deviation of what is added to a hand's own slant: most people lean to the right
HOOKED = 0.4  # share of the ones with the upstroke that most of the world writes and UNIPEN and MNIST seldom have
CROSSED = 0.4  # share of the sevens with a bar through them, likewise
OPEN = 0.15  # share of the fours with a low bar and a short stem
FLAGS = 0.1  # share of the nines with their ring on the right, where no letters are read: a P
MARKED = (0.08, 0.24)  # the pen's width for marks between glyphs, in heights of a capital
LENT = 0.12  # share of the digits that are written with a letter's shape, where no letters are read
SHAPES = {"0": "oO", "1": "Il", "2": "zZ", "5": "Ss", "6": "bG", "7": "t", "8": "B", "9": "qgP"}
OWN = 0.5  # share of the lines set of single characters that are all by one writer
FAT = 0.3  # share of the numbers that any pen may write, as cheques are scanned: blotted
ROUND = 0.35  # share of the numbers with noughts at their end that are written small or in one go
SQUEEZE = 0.16  # narrowest line that is believed, in heights a character


Pool = dict[str, list[list[np.ndarray]]]  # some ways to write each character, as strokes in a box 1 high


class Hand(Protocol):
    """Lines with their text; `aspects` is about how many times as wide as high each is, float (n,)."""

    aspects: np.ndarray

    def write(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        """One of the lines as ink, uint8 (h, w), 255 on 0, and its text."""
        ...


@dataclass
class Written:
    """UNIPEN's words or texts of one line, of some writers; see `unipen.Samples`.

    No pen is wider than `legible` of a character's room.
    """

    samples: unipen.Samples
    chosen: np.ndarray
    aspects: np.ndarray
    legible: float = LEGIBLE

    @classmethod
    def of(cls, samples: unipen.Samples, held: np.ndarray, *, alphabet: str) -> Written:
        """Those of `held` (bool) whose text is of `alphabet` and whose shape can be one line."""
        width, height = samples.sizes().T
        lengths = np.char.str_len(samples.characters)
        aspects = width / np.maximum(height, 1)
        known = np.array([set(text) <= set(alphabet) and text == text.strip() for text in samples.characters.tolist()])
        single = (aspects > SQUEEZE * lengths) & (aspects < 1.2 * lengths + 2) & (lengths <= 60) & (lengths > 0)
        chosen = np.flatnonzero(known & single & held)
        return cls(samples, chosen, aspects[chosen])

    def write(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        place = int(self.chosen[number])
        text = str(self.samples.characters[place])
        return draw(self.samples.strokes_of(place), rng, widest=self.legible / len(text)), text


@dataclass
class Joined:
    """Some of UNIPEN's words by one writer in a row, with spaces between them and some with a mark of `alphabet` behind."""

    words: Written
    rows: list[np.ndarray]
    aspects: np.ndarray
    alphabet: str

    @classmethod
    def of(cls, words: Written, count: int, *, seed: int, alphabet: str, most: int = 5) -> Joined:
        """`count` rows of one to `most` words."""
        rng = np.random.default_rng(seed)
        writers = words.samples.writers[words.chosen]
        _, starts = np.unique(writers, return_inverse=True)
        order = np.argsort(starts, kind="stable")
        bounds = np.searchsorted(starts[order], np.arange(starts.max() + 2))
        rows = []
        for first in rng.integers(0, len(order), count):
            writer = starts[order[first]]
            rows.append(order[rng.integers(bounds[writer], bounds[writer + 1], rng.integers(1, most + 1))])
        aspects = np.array([words.aspects[row].sum() + 0.5 * len(row) for row in rows])
        return cls(words, rows, aspects, alphabet)

    def write(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        x, line, texts = 0.0, [], []
        for place in self.words.chosen[self.rows[number]].tolist():
            parts = [stroke.astype(float) for stroke in self.words.samples.strokes_of(place)]
            every = np.concatenate(parts)
            low, high = every.min(0), every.max(0)
            text = str(self.words.samples.characters[place])
            top, bottom = reach(text)  # each word fills its box: letters of one size need words of unlike heights
            scale = (bottom - top) / max(high[1] - low[1], 1.0)
            line += [(part - low) * scale + [x, top] for part in parts]
            x += (high[0] - low[0]) * scale
            mark = stop(rng)
            if mark and mark in self.alphabet:
                parts = printed(mark, rng)
                x += rng.uniform(0.02, 0.25)
                shift = np.array([x - min(part[:, 0].min() for part in parts), 0.0])
                line += [part + shift for part in parts]
                x = max(part[:, 0].max() for part in line)
                text += mark
            x += rng.uniform(0.25, 0.9)
            texts.append(text)
        return draw(line, rng, widest=LEGIBLE / len(" ".join(texts))), " ".join(texts)


@dataclass
class Printed:
    """Words put together of UNIPEN's single characters, apart to touching; digits are sometimes joined by a stroke.

    What `alphabet` lacks is drawn but stands not in the text, as a comma where only digits are asked for; and where it
    has no letters, some digits look like one. Of `writers` one writes all of so many lines (`own`), as far as they wrote
    its characters; in so many numbers (`tied`) half of the neighbours are joined. No pen is wider than `broadest`.
    """

    pool: Pool
    texts: list[str]
    alphabet: str
    aspects: np.ndarray
    writers: Sequence[Pool] = ()
    own: float = OWN
    tied: float = TIED
    broadest: float = BROAD

    @classmethod
    def of(cls, pool: Pool, texts: list[str], *, alphabet: str, writers: Sequence[Pool] = ()) -> Printed:
        """`pool` is all that was written, `writers` what each of some wrote of it."""
        return cls(pool, texts, alphabet, np.array([0.55 * len(text) for text in texts]), writers)

    def write(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        text = self.texts[number]
        gap, spread = rng.uniform(-0.05, 0.35), rng.uniform(0.02, 0.08)
        ties = 0.5 if rng.random() < self.tied else 0.0
        small = len(text.rstrip("0")) if rng.random() < ROUND else len(text)  # where small noughts begin
        own = self.writers[int(rng.integers(len(self.writers)))] if self.writers and rng.random() < self.own else {}
        x, before = 0.0, ""
        line: list[np.ndarray] = []
        for place, char in enumerate(text):
            if char == " ":
                x += rng.uniform(0.4, 0.9)
            else:
                parts = self._character(char, rng, own) if place < small else noughts(rng)
                low = min(part[:, 0].min() for part in parts)
                shift = np.array([x - low, 0.0])
                parts = [part + shift for part in parts]
                if before.isdigit() and char.isdigit() and rng.random() < ties:
                    line.append(np.stack([line[-1][-1], parts[0][0]]))
                line += parts
                x = max(part[:, 0].max() for part in line) + rng.normal(gap, spread)
            before = char
        fat = len(text) < 3 or (text[0].isdigit() and rng.random() < FAT)
        broadest, widest = (self.broadest, np.inf) if fat else (PENS[1], LEGIBLE / len(text))
        return draw(line, rng, broadest=broadest, widest=widest), _of(text, self.alphabet)

    def _character(self, char: str, rng: np.random.Generator, own: Pool) -> list[np.ndarray]:
        """A character's strokes on a line at y = 0, a capital 1 high; punctuation comes from our own font."""
        if char == "1" and rng.random() < HOOKED:
            return hooked_one(rng)
        if char == "4" and rng.random() < OPEN:
            return open_four(rng)
        shape, letters = char, any(map(str.isalpha, self.alphabet))
        if char == "9" and not letters and rng.random() < FLAGS:
            return flag_nine(rng)
        if char in SHAPES and not letters and rng.random() < LENT:
            shape = str(rng.choice(list(SHAPES[char])))
        if not self.pool.get(shape):
            return printed(char, rng)
        ways = own.get(shape) or self.pool[shape]
        top, bottom = reach(char)
        size = (bottom - top) * np.exp(rng.normal(0, 0.14 if char.isdigit() else 0.07))
        lift = rng.normal(0, 0.06 if char.isdigit() else 0.03)
        parts = [part * size + [0.0, bottom - size + lift] for part in ways[int(rng.integers(len(ways)))]]
        return [*parts, bar(parts, rng)] if char == "7" and rng.random() < CROSSED else parts


@dataclass
class Set:
    """Strings and words of the glyphs of a dataset, such as MNIST's digits, from widely spaced to overlapping.

    Marks, which no such dataset has, come from our own font. What `alphabet` lacks is drawn but stands not in the text.
    """

    images: np.ndarray
    places: dict[str, np.ndarray]
    texts: list[str]
    alphabet: str
    aspects: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray, characters: np.ndarray, texts: list[str], *, alphabet: str) -> Set:
        """Glyphs uint8 (n, 28, 28) with their characters (n,)."""
        places = {char: np.flatnonzero(characters == char) for char in np.unique(characters).tolist()}
        return cls(images, places, texts, alphabet, np.array([0.75 * len(text) for text in texts]))

    def write(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        text = self.texts[number]
        pen = rng.uniform(*MARKED)
        glyphs, reaches = zip(*[self._glyph(char, pen, rng) for char in text], strict=True)
        gap = rng.choice([rng.uniform(0.15, 0.6), rng.uniform(-0.12, 0.15)])
        setting = Setting(
            height=TALL * 0.8, gap=float(gap), gap_spread=0.07, off_line=rng.uniform(0, 0.1), slant=0.2, margin=0.3
        )
        ink, _ = compose([glyphs], setting, rng, reaches=None if text.isdigit() else [reaches])
        return ink, _of(text, self.alphabet)

    def _glyph(self, char: str, pen: float, rng: np.random.Generator) -> tuple[np.ndarray, Reach | None]:
        """A character's picture, and how far it reaches beside the line; a mark's as `pen` draws it."""
        if char in self.places or char == " ":
            glyph = self.images[int(rng.choice(self.places[char])) if char != " " else 0]
            tall, wide = cropped(glyph).shape
            # digits are as large as they are where there is no mark, by their longer side
            return glyph, None if char == " " else (-tall / max(tall, wide), 0.0) if char.isdigit() else reach(char)
        parts = printed(char, rng)
        y = np.concatenate(parts)[:, 1]
        ink = strokes.render([part * TALL for part in parts], width=pen * TALL)
        return ink, (float(y.min()) - pen / 2, float(y.max()) + pen / 2)


def _of(text: str, alphabet: str) -> str:
    """What of a text the alphabet has."""
    return "".join(char for char in text if char in alphabet)


def draw(
    line: list[np.ndarray], rng: np.random.Generator, *, broadest: float = PENS[1], widest: float = np.inf
) -> np.ndarray:
    """Strokes of a line, in any unit, as another hand with another pen would draw them: slant, turn, width, wobble.

    The pen is no wider than `broadest` of the line's height and `widest` of its length, the thinnest pen apart.
    """
    points = np.concatenate(line).astype(float)
    low = points.min(0)
    tall = max(float(np.ptp(points[:, 1])), 1e-6)
    points = (points - low) / tall
    slant, turn, wide = rng.normal(*SLANT), rng.normal(0, 0.025), np.exp(rng.normal(0, 0.15))
    lean = np.array([[wide, 0.0], [-slant, 1.0]])
    cosine, sine = np.cos(turn), np.sin(turn)
    points = strokes.wobble(points[None], rng, amount=float(rng.uniform(0, 0.03)))[0] @ lean
    points = points @ np.array([[cosine, sine], [-sine, cosine]]) * TALL
    points[:, 0] = np.minimum(points[:, 0] - points[:, 0].min(), strokes.MAX_SIDE * 0.4)
    parts = np.split(points, np.cumsum([len(part) for part in line])[:-1])
    pen = PENS[0] * (broadest / PENS[0]) ** rng.random() * TALL
    pen = max(min(pen, widest * float(np.ptp(points[:, 0]))), PENS[0] * TALL)
    return strokes.render(parts, width=float(pen), pressure=rng if rng.random() < 0.4 else None)
