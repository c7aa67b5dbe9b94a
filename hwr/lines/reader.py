"""LineReader: a network for lines and the way from the ink of a word or line to characters with their places in it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from hwr.checkpoint import temperature
from hwr.lines.data import roomy
from hwr.lines.decode import best_path, restrict
from hwr.lines.network import STRIDE, steps
from hwr.preprocess.strip import STRIP, strip, window

BATCH = 16


@dataclass(frozen=True)
class Spelled:
    """A word or line as it was read: each character, how sure it is, and from which column of the ink to which it stands;
    `alternatives` are the likeliest characters there, best first."""

    characters: str
    confidences: tuple[float, ...]
    columns: tuple[tuple[float, float], ...]
    alternatives: tuple[tuple[tuple[str, float], ...], ...]


class LineReader:
    """Reads ink with a network for lines; safe to share between threads."""

    def __init__(self, model: nn.Module, info: dict[str, Any]):
        self.model, self.classes, self.temperature = model.eval(), str(info["classes"]), temperature(info)

    @torch.inference_mode()
    def read(self, inks: Sequence[np.ndarray], charset: str | None = None, *, count: int = 5) -> list[Spelled]:
        """What stands in each piece of ink (uint8 (h, w), 255 on 0); raises HwrError for a charset that it lacks."""
        strips = [strip(ink) for ink in inks]
        found: dict[int, np.ndarray] = {}
        order = np.argsort([each.shape[1] for each in strips], kind="stable")
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH].tolist()
            page = np.zeros((len(some), 1, STRIP, roomy(max(strips[place].shape[1] for place in some))), np.uint8)
            for row, place in enumerate(some):
                page[row, 0, :, : strips[place].shape[1]] = strips[place]
            pictures = torch.from_numpy(page).float().div_(255).contiguous(memory_format=torch.channels_last)
            for place, values in zip(some, self.model(pictures).float().numpy() / self.temperature, strict=True):
                found[place] = values[: steps(strips[place].shape[1])]
        return [self._spelled(found[place], ink, charset, count) for place, ink in enumerate(inks)]

    def _spelled(self, values: np.ndarray, ink: np.ndarray, charset: str | None, count: int) -> Spelled:
        characters, chances = restrict(values, self.classes, charset)
        reading = best_path(chances, characters)
        left, _, right, _ = window(ink)
        pixel = (right - left) / max(1, len(chances) * STRIDE)
        columns = [(left + a * STRIDE * pixel, left + b * STRIDE * pixel) for a, b in reading.spans]
        others = []
        for (a, b), own in zip(reading.spans, reading.text, strict=True):
            peak = np.exp(chances[a:b, : len(characters)]).max(0)
            best = sorted(np.argsort(-peak)[:count].tolist(), key=lambda place: characters[place] != own)
            others.append(tuple((characters[place], float(peak[place])) for place in best))
        return Spelled(reading.text, reading.confidences, _apart(columns), tuple(others))


def _apart(columns: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans of columns grown until each meets its neighbours half way: a network says where a character is, not how wide."""
    if not columns:
        return ()
    middles = [(a + b) / 2 for a, b in columns]
    edges = [(one + two) / 2 for one, two in itertools.pairwise(middles)]
    return tuple(zip([-np.inf, *edges], [*edges, np.inf], strict=True))
