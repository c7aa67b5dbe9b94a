"""LineReader: a network for lines and the way from the ink of a word or line to characters with their places in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from hwr.checkpoint import temperature
from hwr.lines.data import stacked
from hwr.lines.decode import best_path, restrict, search
from hwr.lines.divide import divide
from hwr.lines.letters import Letters
from hwr.lines.network import pictures, steps
from hwr.lines.words import WordList
from hwr.preprocess.strip import strip

BATCH = 16
SURE = 0.8  # what is read with a lesser chance is read in other ways, too
CERTAIN = float(np.log(0.98))  # what is read with a greater chance is so however it is spelled
WAYS = ((1 / 1.2, 0.0), (1.0, 0.15), (1.0, -0.15))  # how wide and how leaned
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Spelled:
    """A word or line as it was read: each character, how sure it is, and from which column of the ink to which it stands;
    `alternatives` are the likeliest characters there, best first, `sure` is the chance of the whole, and `rank` its
    logarithm less what its words or letters cost."""

    characters: str
    confidences: tuple[float, ...]
    columns: tuple[tuple[float, float], ...]
    alternatives: tuple[tuple[tuple[str, float], ...], ...]
    sure: float = 0.0
    rank: float = 0.0


def leaned(picture: np.ndarray, wide: float, slant: float) -> np.ndarray:
    """A strip so many times as wide, its top moved to the right by `slant` of its height: uint8 (STRIP, width)."""
    height, width = picture.shape
    room = abs(slant) * height
    away = np.array([[wide, -slant, max(slant, 0.0) * height], [0, 1, 0]], np.float32)
    return cv2.warpAffine(picture, away, (max(1, round(width * wide + room)), height))


def voted(spelled: Sequence[Spelled]) -> Spelled:
    """The reading whose text has the greatest chance, all in all."""
    chances: dict[str, float] = {}
    for each in spelled:
        chances[each.characters] = float(np.logaddexp(chances.get(each.characters, -np.inf), each.rank))
    return max(spelled, key=lambda each: (chances[each.characters], each.rank))


class LineReader:
    """Reads ink with a network for lines; safe to share between threads."""

    def __init__(self, model: nn.Module, info: dict[str, Any]):
        self.model, self.classes, self.temperature = model.eval(), str(info["classes"]), temperature(info)

    def read(
        self,
        inks: Sequence[np.ndarray],
        charset: str | None = None,
        *,
        greys: Sequence[np.ndarray] | None = None,
        words: WordList | Letters | None = None,
        count: int = 5,
    ) -> list[Spelled]:
        """What stands in each piece of ink (uint8 (h, w), 255 on 0); raises HwrError for a charset that it lacks.

        With `greys`, how dark the paper is there (preprocess.darkness, each the shape of its ink), each is read from that
        too: ink is missing where it was too faint to be told from a pattern. What is not read surely is also read
        narrower and leaning otherwise; the text that is surest over all of it is kept. Words of a list `words`, or what is
        spelled as its letters are, are taken rather than others.
        """

        def spell(places: Sequence[int], strips: list[np.ndarray]) -> None:
            for place, values in zip(places, self._logits(strips), strict=True):
                spelled[place].append(self._spelled(values, inks[place], charset, words, count))

        spelled: list[list[Spelled]] = [[] for _ in inks]
        everywhere = range(len(inks))
        planes = [[strip(ink) for ink in inks]]
        if greys is not None:
            planes.append([strip(ink, grey) for ink, grey in zip(inks, greys, strict=True)])
        for strips in planes:
            spell(everywhere, strips)
        doubtful = [place for place in everywhere if max(each.sure for each in spelled[place]) < SURE]
        for wide, slant in WAYS:
            for strips in planes:
                spell(doubtful, [leaned(strips[place], wide, slant) for place in doubtful])
        return [voted(some) for some in spelled]

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

    def _spelled(
        self, values: np.ndarray, ink: np.ndarray, charset: str | None, words: WordList | Letters | None, count: int
    ) -> Spelled:
        characters, chances = restrict(values, self.classes, charset)
        reading = best_path(chances, characters)
        if isinstance(words, WordList) or (words and reading.score < CERTAIN):
            reading = search(chances, characters, words=words)[0]
        others = []
        for (a, b), own in zip(reading.spans, reading.text, strict=True):
            peak = np.exp(chances[a:b, : len(characters)]).max(0)
            best = sorted(np.argsort(-peak)[:count].tolist(), key=lambda place: characters[place] != own)
            others.append(tuple((characters[place], float(peak[place])) for place in best))
        return Spelled(
            reading.text,
            reading.confidences,
            divide(ink, reading.text),
            tuple(others),
            float(np.exp(reading.score)),
            reading.rank,
        )
