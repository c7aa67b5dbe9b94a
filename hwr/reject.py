"""Learning what is no character: marks shown to the network beside characters, and the chance from which it rejects.

The marks are drawn (`synthetic.junk`), some put on a sheet and taken off it again as `recognize` does, or made of a
batch's own characters, two in one box. Not here: the rejecting itself (`recognize`).
"""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from hwr.config import TrainConfig
from hwr.layout import find_lines
from hwr.models import logits, nothing
from hwr.preprocess import frame_all, ink
from hwr.preprocess.shapes import is_ring_or_bar, spared
from hwr.synthetic.junk import mark, marks
from hwr.synthetic.paper import any_paper, on_paper

POOL, HELD = 30_000, 3_000  # marks to learn from and to judge by
REFUSED = 0.004  # share of the validation's characters that may be rejected
# Of the chance from which a glyph is rejected: other people's pens and cameras are further from what was learned than a
# validation part is.
BOUNDS = (0.2, 0.98)
DEFAULT = {"threshold": 0.5}
PAIRS = 0.35  # share of the marks that are two characters in one box
PAPERED = 0.08  # share of the others that come off a sheet, which takes 60 ms each; shown OFTEN as often as the rest
OFTEN = 12
EMPTY = 0.15  # share of those that are what was taken for ink on an empty sheet


class Rejects:
    """The marks of one training; the same config, the same marks. `extra` is how many logits they add."""

    def __init__(self, config: TrainConfig, framing: str):
        self.share, self.framing, self.seed = config.reject, framing, config.seed
        self.extra = int(self.share > 0)
        size = min(POOL, config.limit or POOL)
        self.pool = torch.from_numpy(all_marks(size if self.extra else 0, seed=2 * self.seed, framing=framing))
        self.chances = torch.ones(len(self.pool))
        self.chances[len(self.pool) - round(PAPERED * len(self.pool)) :] = OFTEN

    def beside(self, pictures: Tensor, labels: Tensor, classes: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """A batch (n, 1, 28, 28) in [0, 1] with its marks after it, labelled `classes`; as it is without any."""
        count = round(self.share * len(pictures))
        if not count:
            return pictures, labels
        twos = round(PAIRS * count)
        place = torch.multinomial(self.chances, count - twos, replacement=True, generator=generator)
        drawn = self.pool[place].unsqueeze(1).to(pictures.device).float().div_(255)
        made = pairs(pictures, twos, generator)
        return torch.cat([pictures, drawn, made]), torch.cat([labels, labels.new_full((count,), classes)])

    @functools.cached_property
    def held(self) -> np.ndarray:
        """Marks to judge by, which are never learned: uint8 (n, 28, 28). Drawn once, when the first epoch is judged."""
        return all_marks(min(HELD, len(self.pool)), seed=2 * self.seed + 1, framing=self.framing)

    def judge(self, model: nn.Module, values: Tensor, classes: str) -> dict[str, Any]:
        """The threshold that rejects few of the characters whose logits are `values`, and the share of marks it rejects."""
        if not self.extra:
            return {}
        chance = nothing(values, classes)
        threshold = float(np.clip(float(np.quantile(chance, 1 - REFUSED)), *BOUNDS))
        caught = spared(nothing(logits(model, self.held), classes), self.held) > threshold
        return {"threshold": threshold, "refused": float((chance > threshold).mean()), "caught": float(caught.mean())}


def all_marks(count: int, *, seed: int, framing: str) -> np.ndarray:
    """`count` marks, as they were drawn and off sheets of paper, framed like characters: uint8 (count, 28, 28)."""
    papered = round(PAPERED * count)
    rng = np.random.default_rng([seed, 1])
    found: list[np.ndarray] = []
    while len(found) < papered:
        rows = find_lines(ink(sheet(rng)), "char")
        found += [piece.ink for row in rows for piece in row.pieces if not is_ring_or_bar(piece.ink)]
    return np.concatenate([marks(count - papered, seed=seed, framing=framing), frame_all(found, framing)])


def sheet(rng: np.random.Generator) -> np.ndarray:
    """A mark on a sheet of paper, or an empty sheet: grey uint8 (h, w), some 70 to 300 pixels high."""
    if rng.random() < EMPTY:
        page = np.zeros(rng.integers(60, 200, 2), np.uint8)
    else:
        size = float(rng.uniform(0.8, 3))
        drawn = cv2.resize(mark(rng), None, fx=size, fy=size, interpolation=cv2.INTER_LINEAR)
        page = np.pad(drawn, int(rng.integers(8, 40)))
    return on_paper(page, any_paper(rng, pitch=float(rng.uniform(15, 60))), rng)


def pairs(pictures: Tensor, count: int, generator: Generator) -> Tensor:
    """`count` pictures of two characters of a batch side by side, as one box around both would be framed."""
    first, second = torch.randint(len(pictures), (2, count), generator=generator).to(pictures.device)
    half = F.interpolate(pictures, size=(18, 15), mode="bilinear", align_corners=False, antialias=True)
    result = pictures.new_zeros(count, 1, 28, 28)
    result[:, :, 5:23, :15] = half[first]
    result[:, :, 5:23, 13:] = torch.maximum(result[:, :, 5:23, 13:], half[second])
    return result
