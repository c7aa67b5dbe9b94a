"""An exported network beside the one that it was made of: its answers, size and time, and whether it may leave the house.

It is loaded again in its own runtime, and reads every picture of a test set as a user's program would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from hwr.checkpoint import temperature
from hwr.dataset import Dataset
from hwr.engines import glyph_seconds
from hwr.errors import HwrError
from hwr.evaluate import judge
from hwr.models import logits

SAME = 0.9999  # the share of answers in which a float export must agree
BATCH = 100  # glyphs of a timed batch
STEP = 500  # pictures between two words on how far it is

Tell = Callable[[str, float], None]


class Runs(nn.Module):
    """A function from pictures (n, 1, 28, 28) to logits as a module without weights."""

    def __init__(self, run: Callable[[Tensor], Tensor]):
        super().__init__()
        self.run = run

    def forward(self, pictures: Tensor) -> Tensor:
        return self.run(pictures)


@dataclass(frozen=True)
class Side:
    """One network of a comparison: accuracy in [0, 1], bytes of its file, milliseconds for one glyph and for BATCH."""

    name: str
    accuracy: float
    bytes: int
    glyph_ms: float
    batch_ms: float


@dataclass(frozen=True)
class Comparison:
    """A network on torch and an export of it on a test set: the largest difference of a probability, the share of equal
    answers, and the figures of both; `seeded` says that it is a seeded part of the test set alone."""

    dataset: str
    images: int
    difference: float
    same: float
    torch: Side
    export: Side
    seeded: bool = False

    @property
    def pictures(self) -> str:
        """What was read, for reading: "2,000 pictures of mnist, a seeded part"."""
        return f"{self.images:,} pictures of {self.dataset}{', a seeded part' if self.seeded else ''}"

    @property
    def lost(self) -> float:
        """How much accuracy the export has lost, in [-1, 1]."""
        return self.torch.accuracy - self.export.accuracy

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def problem(self, most_lost: float | None) -> str:
        """Why the export is not good enough, as a sentence; empty when it is.

        It must agree in SAME of the answers, or, where `most_lost` is given, lose no more accuracy than that.
        """
        where = f"on {self.pictures}"
        if not self.difference <= 1:  # as with answers that are no numbers
            return f"The export gives no numbers {where}."
        if most_lost is None and self.same < SAME:
            return f"The export gives {self.same:.2%} of the same answers {where}; at least {SAME:.2%} are asked for."
        if most_lost is not None and self.lost > most_lost:
            lost, most = 100 * self.lost, 100 * most_lost
            return f"The export loses {lost:.2f} points of accuracy {where}; at most {most:.1f} are allowed."
        return ""

    def table(self) -> str:
        """The figures of both as a table to print."""
        lines = [f"{'':<12} accuracy      size  one glyph  {BATCH} glyphs"]
        for side in (self.torch, self.export):
            size = f"{side.bytes / 1e6:6.2f} MB"
            lines.append(
                f"{side.name:<12} {side.accuracy:8.2%} {size}  {side.glyph_ms:6.2f} ms  {side.batch_ms:7.1f} ms"
            )
        lines.append(f"same answers {self.same:.3%}, largest difference of a probability {self.difference:.6f}")
        lines.append(f"on {self.pictures}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Candidate:
    """A network to compare: its name, how it runs, and the bytes of its file."""

    name: str
    network: nn.Module
    bytes: int


def compare(old: Candidate, new: Candidate, info: dict[str, Any], data: Dataset, tell: Tell) -> Comparison:
    """An export beside the network that it was made of, on a test set; `tell` hears what is done, and how far it is."""
    before = _answers(old, data, tell)
    after = _answers(new, data, tell)
    heat, classes = temperature(info), len(info["classes"])
    differences = (before / heat).softmax(1) - (after / heat).softmax(1)
    same = (before[:, :classes].argmax(1) == after[:, :classes].argmax(1)).float().mean()
    difference = differences.abs().max() if after.isfinite().all() else torch.tensor(torch.inf)
    sides = [_side(one, values, info, data) for one, values in ((old, before), (new, after))]
    return Comparison(data.name, len(data), float(difference), float(same), sides[0], sides[1])


def _answers(one: Candidate, data: Dataset, tell: Tell) -> Tensor:
    """The logits of all pictures. Raises HwrError when the network cannot read them."""
    parts = []
    try:
        for start in range(0, len(data), STEP):
            tell(f"{one.name} reads {data.name}", start / len(data))
            parts.append(logits(one.network, data.images[start : start + STEP]))
    except RuntimeError as error:
        raise HwrError(f"The export as {one.name} does not run: {str(error).splitlines()[0]}") from error
    return torch.cat(parts)


def _side(one: Candidate, values: Tensor, info: dict[str, Any], data: Dataset) -> Side:
    accuracy = judge(values.nan_to_num(), info, data)[0].accuracy
    times = [1000 * glyph_seconds(one.network, count=count, tries=10) for count in (1, BATCH)]
    return Side(one.name, accuracy, one.bytes, *times)
