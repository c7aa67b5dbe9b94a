"""LINE_DATASETS and the batches made of them: strips of about one width with their texts, drawn anew each time.

What a batch holds follows from the seed, the epoch and its number alone, so that any process can make any batch. Not here:
who writes (`hands`), sheets (hwr.synthetic.paper), the network.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from hwr import unipen
from hwr.classes import BYCLASS
from hwr.dataset import Dataset
from hwr.errors import HwrError
from hwr.lines.hands import Hand, Joined, Pool, Printed, Set, Written
from hwr.lines.texts import any_text, number, phrase
from hwr.preprocess.extraction import darkness
from hwr.preprocess.strip import STRIP, strip
from hwr.synthetic.paper import any_paper, on_paper

CUT = 0.5  # share of those that are cut at some darkness, so that little but ink is left, as `ink` does at more cost
COARSE = 0.4  # share of those that were taken with few pixels
CUTS = (0.15, 0.5)  # at which darkness, of full ink
PAPERED = 0.5  # share of the lines that are put on a sheet and taken off it again; the others are ink as on a canvas
PARTS = ("train", "valid", "test")
TESTED = 0.1  # lines composed to test on, as a share of those to learn from
NUMBERS = 24_000  # numbers composed to learn from
LONGEST = 50 * STRIP  # pixels of the longest strip that is learned from
SHUFFLE = 0.12  # how much widths are disturbed before lines of one width are put together


@dataclass(frozen=True)
class LineBatch:
    """Strips uint8 (n, STRIP, width), each blank beyond its own width (n,), and their texts."""

    strips: np.ndarray
    widths: np.ndarray
    texts: list[str]


@dataclass
class Lines:
    """The lines of one part, of one or more hands."""

    hands: list[Hand]
    classes: str
    seed: int = 0
    clean: bool = False  # ink alone, written always in the same way: to validate on
    aspects: np.ndarray = field(init=False)
    owners: np.ndarray = field(init=False)
    places: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        counts = [len(hand.aspects) for hand in self.hands]
        self.aspects = np.concatenate([hand.aspects for hand in self.hands])
        self.owners = np.repeat(np.arange(len(counts)), counts)
        self.places = np.concatenate([np.arange(count) for count in counts])

    def __len__(self) -> int:
        return len(self.aspects)

    def plan(self, size: int, epoch: int) -> list[np.ndarray]:
        """The numbers of an epoch's lines in groups of `size`, about as wide as one another, in random order.

        What is left over waits for another epoch.
        """
        random = np.random.default_rng([self.seed, 1, epoch])
        order = random.permutation(len(self))[: len(self) // size * size]
        width = np.log(self.aspects[order]) + random.normal(0, SHUFFLE, len(order))
        batches = order[np.argsort(width, kind="stable")].reshape(-1, size)
        return list(batches[random.permutation(len(batches))])

    def batches(self, numbers: np.ndarray, count: int, epoch: int) -> list[LineBatch]:
        """These lines as `count` batches of as many each, those of like strips together, in random order."""
        made = [self.line(int(number), epoch) for number in numbers]
        order = np.argsort([picture.shape[1] for picture, _ in made], kind="stable")
        parts = np.array_split(order, count)
        random = np.random.default_rng([self.seed, 8, epoch, int(numbers[0])])
        return [self._together([made[place] for place in parts[part]]) for part in random.permutation(count)]

    def batch(self, numbers: np.ndarray, epoch: int) -> LineBatch:
        """These lines as strips."""
        return self._together([self.line(int(number), epoch) for number in numbers])

    def _together(self, made: list[tuple[np.ndarray, str]]) -> LineBatch:
        widths = np.array([picture.shape[1] for picture, _ in made])
        return LineBatch(stacked([picture for picture, _ in made]), widths, [text for _, text in made])

    def some(self, limit: int) -> Lines:
        """So many of the lines at most, drawn by the seed."""
        if not limit or limit >= len(self):
            return self
        less = replace(self)
        kept = np.sort(np.random.default_rng([self.seed, 7]).permutation(len(self))[:limit])
        less.aspects, less.owners, less.places = self.aspects[kept], self.owners[kept], self.places[kept]
        return less

    def line(self, number: int, epoch: int) -> tuple[np.ndarray, str]:
        """One line's strip and text, as it looks in this epoch."""
        rng = np.random.default_rng([self.seed, 2, 0 if self.clean else epoch, number])
        ink, text = self.hands[self.owners[number]].write(int(self.places[number]), rng)
        return strip_of(ink, rng, papered=not self.clean and rng.random() < PAPERED)[:, :LONGEST], text


def roomy(width: int) -> int:
    """A width at least as large, of few: kernels are made anew for each shape that a network has not met before."""
    step = 32 * max(1, 2 ** (max(width - 1, 1).bit_length() - 9))
    return -(-width // step) * step


def stacked(strips: Sequence[np.ndarray]) -> np.ndarray:
    """Strips of any width in one array, uint8 (n, STRIP, width), each blank beyond its own."""
    page = np.zeros((len(strips), STRIP, roomy(max(each.shape[1] for each in strips))), np.uint8)
    for place, each in enumerate(strips):
        page[place, :, : each.shape[1]] = each
    return page


def strip_of(ink: np.ndarray, rng: np.random.Generator, *, papered: bool) -> np.ndarray:
    """The strip of some ink, put on a sheet before when `papered`, and cut a little too high or low."""
    edge = int(0.35 * ink.shape[0])
    ink = np.pad(ink, edge)
    if papered and rng.random() < COARSE:
        less = rng.uniform(0.35, 0.8)
        ink = cv2.resize(ink, None, fx=less, fy=less, interpolation=cv2.INTER_AREA)
    grey = darkness(on_paper(ink, any_paper(rng, pitch=1.3 * ink.shape[0]), rng)) if papered else None
    if grey is not None and rng.random() < CUT:
        low = 255 * rng.uniform(*CUTS)
        grey = cv2.convertScaleAbs(np.clip((grey - low) * (255 / (255 - low)), 0, 255))
    if grey is not None and not grey.any():  # too faint to be told from its paper
        grey = None
    return strip(ink, grey, jitter=rng if papered else None)


@dataclass(frozen=True)
class LineSource:
    """Where lines are read from: the part, the data folder, the classes wanted, the seed, how many ("limit").

    Parts are "train", "valid" and "test"; no writer and no glyph is in two of them, and `validation` is the share of those
    to learn from that "valid" has. What several datasets need of UNIPEN is read once, at first use, and shared by all that
    are loaded from one source.
    """

    part: str
    folder: Path
    classes: str
    seed: int = 0
    limit: int = 0
    validation: float = 0.05

    @property
    def strokes(self) -> Path:
        return self.folder / "ink" / "unipen"

    def holds(self, writers: np.ndarray) -> np.ndarray:
        """Which samples by these writers are of this part, bool (n,)."""
        test = unipen.writer_split(writers)
        valid = unipen.writer_split(writers, self.validation, seed=self.seed + 1)
        return test if self.part == "test" else ~test & (valid == (self.part == "valid"))

    def takes(self, count: int) -> np.ndarray:
        """Which of so many glyphs, of a dataset whose test part stands apart, are of this part: bool (count,)."""
        valid = np.random.default_rng([self.seed, 6]).random(count) < self.validation
        return np.full(count, True) if self.part == "test" else valid == (self.part == "valid")

    def count(self, whole: int) -> int:
        """How many lines are composed for this part, where training has `whole`; no more than the limit."""
        share = {"train": 1.0, "valid": self.validation, "test": TESTED}[self.part]
        return max(1, min(round(whole * share), self.limit or whole))

    def random(self, number: int) -> np.random.Generator:
        """The generator of a dataset of this number: of its own for each part."""
        return np.random.default_rng([self.seed, number, PARTS.index(self.part)])

    @functools.cached_property
    def words(self) -> unipen.Samples:
        """UNIPEN's words, of all writers."""
        return unipen.read(self.strokes, "words")

    @functools.cached_property
    def writers(self) -> list[Pool]:
        """UNIPEN's single characters of this part by each writer, in boxes 1 high with their top left corners at 0, 0."""
        writers: dict[str, Pool] = {}
        for kind in unipen.KINDS:
            samples = unipen.read(self.strokes, kind)
            for place in np.flatnonzero(unipen.plausible(samples) & self.holds(samples.writers)).tolist():
                parts = [part.astype(float) for part in samples.strokes_of(place)]
                every = np.concatenate(parts)
                low, tall = every.min(0), max(float(np.ptp(every[:, 1])), 0.3 * float(np.ptp(every[:, 0])), 1.0)
                written = [(part - low) / tall for part in parts]
                own = writers.setdefault(str(samples.writers[place]), {})
                own.setdefault(str(samples.characters[place]), []).append(written)
        return list(writers.values())

    @functools.cached_property
    def pool(self) -> Pool:
        """The same of all writers together."""
        pool: Pool = {}
        for own in self.writers:
            for char, ways in own.items():
                pool.setdefault(char, []).extend(ways)
        return pool


@dataclass(frozen=True)
class LineEntry:
    """One dataset of lines: what it is in a line, and its hand for a source."""

    summary: str
    load: Callable[[LineSource], Hand]


def _words(source: LineSource) -> Written:
    return Written.of(source.words, source.holds(source.words.writers), alphabet=source.classes)


def _texts(source: LineSource) -> Written:
    texts = unipen.read(source.strokes, "texts")
    return Written.of(texts, source.holds(texts.writers), alphabet=source.classes)


def _joined(source: LineSource) -> Hand:
    words = _words(source)
    return Joined.of(words, source.count(16_000), seed=source.seed, alphabet=source.classes)


def _vocabulary(source: LineSource) -> list[str]:
    """The words of UNIPEN's training writers, as often as they are written."""
    samples = source.words
    held = unipen.writer_split(samples.writers)
    return [text for text in samples.characters[~held].tolist() if text.isalpha() and set(text) <= set(source.classes)]


def _printed(source: LineSource) -> Hand:
    words, rng = _vocabulary(source), source.random(3)
    letters = sorted(char for char in source.pool if char.isalpha() and char in source.classes)
    texts = [any_text(words, letters, rng) for _ in range(source.count(24_000))]
    return Printed.of(source.pool, texts, alphabet=source.classes, writers=source.writers)


def _numbers(source: LineSource) -> Hand:
    rng = source.random(4)
    texts = [number(rng) for _ in range(source.count(NUMBERS))]
    return Printed.of(source.pool, texts, alphabet=source.classes, writers=source.writers)


def _glyphs(source: LineSource, name: str, classes: str) -> Dataset:
    """The glyphs of a dataset that lines of this part are set of."""
    from hwr.data import Source, load

    data = load(name, Source("test" if source.part == "test" else "train", source.folder, classes=classes))
    return data.take(source.takes(len(data)))


def _string(rng: np.random.Generator) -> str:
    return "".join(map(str, rng.integers(0, 10, rng.integers(1, 11))))


def _digits(name: str, text: Callable[[np.random.Generator], str] = _string) -> Callable[[LineSource], Hand]:
    def load_digits(source: LineSource) -> Hand:
        from hwr.classes import DIGITS

        data = _glyphs(source, name, DIGITS)
        rng = source.random(5)
        texts = [text(rng) for _ in range(source.count(12_000))]
        return Set.of(data.images, np.array(list(DIGITS))[data.labels], texts, alphabet=source.classes)

    return load_digits


def _letters(source: LineSource) -> Hand:
    known = "".join(char for char in source.classes if char in BYCLASS and char.isalpha())
    if not known:
        raise HwrError(f'EMNIST has no letters of "{source.classes}": give it letters.')
    data = _glyphs(source, "emnist-byclass", known)
    there = np.bincount(data.labels, minlength=len(known)) > 0
    letters = [char for char, has in zip(known, there.tolist(), strict=True) if has]
    words, rng = _vocabulary(source), source.random(12)
    texts = [phrase(words, letters, rng) for _ in range(source.count(24_000))]
    texts = [text for text in texts if set(text) <= {*letters, " "}]
    return Set.of(data.images, np.array(list(known))[data.labels], texts, alphabet=source.classes)


def _synthetic(source: LineSource) -> Hand:
    rng = source.random(9)
    known = np.array([char for char in source.classes if char in BYCLASS])
    if not len(known):
        raise HwrError(f'Our own stroke font has none of "{source.classes}": give it letters or digits.')
    texts = ["".join(rng.choice(known, rng.integers(1, 7))) for _ in range(source.count(12_000))]
    return Printed.of({}, texts, alphabet=source.classes)


LINE_DATASETS = {
    "unipen-words": LineEntry("pen strokes: words, printed and cursive", _words),
    "unipen-texts": LineEntry("pen strokes: short texts of one line", _texts),
    "unipen-joined": LineEntry("pen strokes: several words of one writer in a row", _joined),
    "unipen-printed": LineEntry("words and numbers set of UNIPEN's single characters", _printed),
    "unipen-numbers": LineEntry("numbers set of UNIPEN's single characters", _numbers),
    "mnist-strings": LineEntry("strings of MNIST's digits, apart to overlapping", _digits("mnist")),
    "mnist-numbers": LineEntry(
        "numbers of MNIST's digits, with marks, from our own stroke font", _digits("mnist", number)
    ),
    "synthetic-lines": LineEntry(
        "strings drawn on the fly from our own stroke font, for a try without data", _synthetic
    ),
    "emnist-words": LineEntry("words of EMNIST's letters, apart to overlapping", _letters),
    "emnist-strings": LineEntry("strings of EMNIST's digits, apart to overlapping", _digits("emnist-digits")),
}


def load_lines(names: str, source: LineSource) -> Lines:
    """One part of the datasets of lines `names` (joined with +); raises HwrError for an unknown name or missing files."""
    check_lines(names)
    return Lines([LINE_DATASETS[name].load(source) for name in names.split("+")], source.classes, source.seed)


def check_lines(names: str) -> None:
    """Raises HwrError for a name (several are joined with +) that is no dataset of lines."""
    for name in names.split("+"):
        if name not in LINE_DATASETS:
            known = ", ".join(LINE_DATASETS)
            raise HwrError(
                f'There is no dataset of lines "{name}"; choose one of {known}, or a network for characters.'
            )
