"""LineReader: a network for lines and the way from the ink of a word or line to characters with their places in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from hwr.checkpoint import temperature
from hwr.lines.data import stacked
from hwr.lines.decode import best_path, restrict, search
from hwr.lines.divide import divide
from hwr.lines.network import pictures, steps
from hwr.lines.words import WordList
from hwr.preprocess.strip import strip

BATCH = 16
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Spelled:
    """A word or line as it was read: each character, how sure it is, and from which column of the ink to which it stands;
    `alternatives` are the likeliest characters there, best first, and `sure` is the chance of the whole."""

    characters: str
    confidences: tuple[float, ...]
    columns: tuple[tuple[float, float], ...]
    alternatives: tuple[tuple[tuple[str, float], ...], ...]
    sure: float = 0.0


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
        words: WordList | None = None,
        count: int = 5,
    ) -> list[Spelled]:
        """What stands in each piece of ink (uint8 (h, w), 255 on 0); raises HwrError for a charset that it lacks.

        With `greys`, how dark the paper is there (preprocess.darkness, each the shape of its ink), each is read from that
        too, and what is surer is kept: ink is missing where it was too faint to be told from a pattern. Words of a list
        `words` are taken rather than others.
        """

        def spell(strips: list[np.ndarray]) -> list[Spelled]:
            found = zip(self._logits(strips), inks, strict=True)
            return [self._spelled(values, ink, charset, words, count) for values, ink in found]

        spelled = spell([strip(ink) for ink in inks])
        if greys is None:
            return spelled
        others = spell([strip(ink, grey) for ink, grey in zip(inks, greys, strict=True)])
        return [max(pair, key=lambda each: each.sure) for pair in zip(spelled, others, strict=True)]

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
        self, values: np.ndarray, ink: np.ndarray, charset: str | None, words: WordList | None, count: int
    ) -> Spelled:
        characters, chances = restrict(values, self.classes, charset)
        reading = search(chances, characters, words=words)[0] if words else best_path(chances, characters)
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
        )
