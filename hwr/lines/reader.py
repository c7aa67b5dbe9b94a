"""LineReader: a network for lines and the way from the ink of a word or line to characters with their places in it."""

from __future__ import annotations

import contextlib
import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from hwr.checkpoint import find, load, temperature
from hwr.errors import HwrError
from hwr.lines.data import stacked
from hwr.lines.decode import Reading, alone, best_path, restrict, search
from hwr.lines.divide import divide
from hwr.lines.letters import Letters
from hwr.lines.network import pictures, steps
from hwr.lines.words import WordList
from hwr.models import fused
from hwr.preprocess.strip import strip, window

BATCH = 16
# What is read with a lesser chance is read in other ways, too, which takes twice as long: numbers gain more by it than words.
SURE, SURE_SPELLED = float(np.log(0.8)), float(np.log(0.25))
CERTAIN = float(np.log(0.98))  # what is read with a greater chance is so however it is spelled
WAYS = ((1 / 1.2, 0.0), (1.0, 0.15), (1.0, -0.15))  # how wide and how leaned
TINY = 1e-30
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Spelled:
    """A word or line as it was read: each character and how sure it is, in which ink, uint8 (h, w); `alternatives` are the
    likeliest characters there, best first, `sure` is the chance of the whole, and the network saw the last character at
    the column `last`."""

    characters: str
    confidences: tuple[float, ...]
    alternatives: tuple[tuple[tuple[str, float], ...], ...]
    ink: np.ndarray = field(repr=False, compare=False)
    sure: float = 0.0
    last: float = np.inf

    @functools.cached_property
    def columns(self) -> tuple[tuple[float, float], ...]:
        """From which column of the ink to which each character stands."""
        return divide(self.ink, self.characters)


def leaned(picture: np.ndarray, wide: float, slant: float) -> np.ndarray:
    """A strip so many times as wide, its top moved to the right by `slant` of its height: uint8 (STRIP, width)."""
    height, width = picture.shape
    room = abs(slant) * height
    away = np.array([[wide, -slant, max(slant, 0.0) * height], [0, 1, 0]], np.float32)
    return cv2.warpAffine(picture, away, (max(1, round(width * wide + room)), height))


@dataclass(frozen=True)
class _Look:
    """One reading of a strip, with the characters that might come out and their log chances at each step."""

    reading: Reading
    characters: str
    chances: np.ndarray

    @classmethod
    def of(cls, characters: str, chances: np.ndarray, words: WordList | Letters | None) -> _Look:
        reading = best_path(chances, characters)
        if isinstance(words, WordList) or (words and reading.score < CERTAIN):
            reading = search(chances, characters, words=words)[0]
        return cls(reading, characters, chances)

    def spelled(self, ink: np.ndarray, count: int) -> Spelled:
        """The reading with `count` answers for each character, and where these stand in the ink that the strip is of."""
        others = []
        for (a, b), own in zip(self.reading.spans, self.reading.text, strict=True):
            peak = np.exp(self.chances[a:b, : len(self.characters)]).max(0)
            best = sorted(np.argsort(-peak)[:count].tolist(), key=lambda place: self.characters[place] != own)
            others.append(tuple((self.characters[place], float(peak[place])) for place in best))
        sure = float(np.exp(self.reading.score))
        text, confidences = self.reading.text, self.reading.confidences
        return Spelled(text, confidences, tuple(others), ink, sure, self._last(ink))

    def _last(self, ink: np.ndarray) -> float:
        """The column of the ink in the middle of the steps of the last character; about that, where the strip is bent."""
        left, _, right, _ = window(ink)
        a, b = self.reading.spans[-1] if self.reading.spans else (0, 0)
        return left + (right - left) * (a + b) / 2 / max(1, len(self.chances))


def _folded(text: str) -> str:
    return text.replace(" ", "").casefold()


def voted(looks: Sequence[_Look]) -> _Look:
    """The reading whose text has the greatest chance, all in all."""
    chances: dict[str, float] = {}
    for each in looks:
        text = each.reading.text
        chances[text] = float(np.logaddexp(chances.get(text, -np.inf), each.reading.rank))
    return max(looks, key=lambda each: (chances[each.reading.text], each.reading.rank))


class LineReader:
    """Reads ink with a network for lines; safe to share between threads.

    What it does not read surely is shown to `others`, too, which know the characters asked for.
    """

    def __init__(self, model: nn.Module, info: dict[str, Any]):
        self.model, self.classes, self.temperature = fused(model), str(info["classes"]), temperature(info)
        self.others: tuple[LineReader, ...] = ()

    def beside(self, others: Sequence[LineReader]) -> LineReader:
        """This reader, which asks these others."""
        reader = copy.copy(self)
        reader.others = tuple(others)
        return reader

    def read(
        self,
        inks: Sequence[np.ndarray],
        charset: str | None = None,
        *,
        greys: Sequence[np.ndarray] | None = None,
        words: WordList | Letters | None = None,
        count: int = 5,
        agreed: Sequence[str] | None = None,
    ) -> list[Spelled]:
        """What stands in each piece of ink (uint8 (h, w), 255 on 0); raises HwrError for a charset that it lacks.

        With `greys`, how dark the paper is there (preprocess.darkness, each the shape of its ink), each is read from that
        too: ink is missing where it was too faint to be told from a pattern. What is not read surely is also read
        narrower and leaning otherwise, and by the `others`, and the text that is surest over all of it is kept; not where
        it has been read character by character as the same (`agreed`: what was read of each, in any case, without spaces).
        Words of a list `words`, or what is spelled as its letters are, are taken rather than others.
        """

        def look(places: Sequence[int], strips: list[np.ndarray], reader: LineReader = self) -> None:
            for place, values in zip(places, reader._logits(strips), strict=True):
                found[place].append(_Look.of(*restrict(values, reader.classes, charset), words))

        found: list[list[_Look]] = [[] for _ in inks]
        everywhere = range(len(inks))
        planes = [[strip(ink) for ink in inks]]
        if greys is not None:
            planes.append([strip(ink, grey) for ink, grey in zip(inks, greys, strict=True)])
        for strips in planes:
            look(everywhere, strips)
        sure = SURE if words is None else SURE_SPELLED
        best = [max((each.reading for each in looks), key=lambda reading: reading.score) for looks in found]
        doubtful = [
            place
            for place in everywhere
            if best[place].score < sure and not (agreed and _folded(best[place].text) == _folded(agreed[place]))
        ]
        straight = [(place, strips[place]) for strips in planes for place in doubtful]
        bent = [(place, leaned(each, *way)) for way in WAYS for place, each in straight]
        for reader, shown in ((self, bent), *((other, straight + bent) for other in self.others)):
            look([place for place, _ in shown], [each for _, each in shown], reader)
        return [voted(looks).spelled(ink, count) for looks, ink in zip(found, inks, strict=True)]

    def alone(self, inks: Sequence[np.ndarray], charset: str | None = None) -> tuple[str, np.ndarray]:
        """Which single character each piece of ink is, if it is one: the characters, and float32 (n, characters) that sum to
        1; errors as `read`."""
        characters, _ = restrict(np.zeros((0, len(self.classes) + 1), np.float32), self.classes, charset)
        kept = [place for place, char in enumerate(characters) if not char.isspace()]
        chances = np.zeros((len(inks), len(kept)), np.float32)
        for row, values in zip(chances, self._logits([strip(ink) for ink in inks]), strict=True):
            row[:] = alone(restrict(values, self.classes, charset)[1])[kept]
        return "".join(characters[place] for place in kept), chances / np.maximum(chances.sum(1, keepdims=True), TINY)

    @torch.inference_mode()
    def _logits(self, strips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The calibrated logits over time of each strip, float32 (steps, classes + 1)."""
        found: dict[int, np.ndarray] = {}
        order = np.argsort([each.shape[1] for each in strips], kind="stable")
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH].tolist()
            answers = self.model(pictures(stacked([strips[place] for place in some]), CPU)).float().numpy()
            for place, values in zip(some, answers / self.temperature, strict=True):
                found[place] = values[: steps(strips[place].shape[1])]
        return [found[place] for place in range(len(strips))]


@functools.cache
def shipped(name: str) -> LineReader | None:
    """The reader of these weights for lines; None where they are not there, or cannot be used."""
    with contextlib.suppress(HwrError):
        return LineReader(*load(find(name)))
    return None
