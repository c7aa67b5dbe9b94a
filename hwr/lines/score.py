"""How well a network reads lines: whole lines right with their interval, character errors, loss; and its temperature.

Every line is scored as its strip is read at once, with the likeliest class at each step: no charset, no word list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hwr.errors import HwrError
from hwr.evaluate import wilson
from hwr.lines.data import LineBatch, Lines
from hwr.lines.decode import best_path, restrict
from hwr.lines.network import pictures, steps

BATCH = 32
TEMPERATURES = np.geomspace(0.4, 4.0, 25)
OTHER_CASE = 0.03  # about as many of UNIPEN's words are written in capitals against their label, or the other way round


@dataclass(frozen=True)
class LineScores:
    """Figures on lines: `accuracy` is the share read right as a whole, `cer` errors a character, loss that of a character.

    `interval` is the 95 % Wilson interval of the accuracy.
    """

    images: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    cer: float

    def to_dict(self) -> dict[str, Any]:
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Found:
    """What a network says of lines: logits of each, float32 (steps, classes + 1), and their true texts."""

    logits: list[Tensor]
    texts: list[str]

    def loss(self, classes: str, temperature: float = 1.0) -> float:
        """CTC's loss a character, with logits divided by a temperature."""
        total = sum(
            float(ctc((values / temperature)[None], [len(values)], [text], classes))
            for values, text in zip(self.logits, self.texts, strict=True)
        )
        return total / max(1, sum(map(len, self.texts)))

    def answers(self, classes: str) -> list[str]:
        """The text of the likeliest class at each step of each line."""
        return [best_path(restrict(values.numpy(), classes)[1], classes).text.strip() for values in self.logits]


def ctc(logits: Tensor, lengths: Sequence[int], texts: Sequence[str], classes: str, *, each: bool = False) -> Tensor:
    """The sum of CTC's losses (Graves et al., 2006) of lines: logits float32 (n, t, classes + 1), blank last.

    Or the loss of `each`, (n,). A line too short for its text counts nothing.
    """
    places = {char: place for place, char in enumerate(classes)}
    targets = torch.tensor([places[char] for text in texts for char in text], dtype=torch.long, device=logits.device)
    sizes = torch.tensor([len(text) for text in texts])
    return F.ctc_loss(
        logits.log_softmax(2).transpose(0, 1),
        targets,
        torch.as_tensor(lengths),
        sizes,
        blank=len(classes),
        reduction="none" if each else "sum",
        zero_infinity=True,
    )


def ctc_any_case(logits: Tensor, lengths: Sequence[int], texts: Sequence[str], classes: str) -> Tensor:
    """`ctc`, where a word may, at odds of OTHER_CASE, be written all in capitals or in small letters against its label."""
    found = ctc(logits, lengths, texts, classes, each=True)
    for change in (str.upper, str.lower):
        others = [change(text) if sum(map(str.isalpha, text)) > 1 else text for text in texts]
        rows = [
            place for place, (a, b) in enumerate(zip(texts, others, strict=True)) if a != b and set(b) <= set(classes)
        ]
        if rows:
            some = torch.tensor(rows, device=logits.device)
            other = ctc(logits[some], [lengths[row] for row in rows], [others[row] for row in rows], classes, each=True)
            own = found[some]
            both = -torch.logaddexp(-own, float(np.log(OTHER_CASE)) - other)
            fits = (own > 0) & (other > 0)  # neither text is too long for its line
            found = found.index_put((some,), torch.where(fits, both, own))
    return found.sum()


Fixed = list[tuple[np.ndarray, LineBatch]]


def fixed(lines: Lines) -> Fixed:
    """All lines as they look in epoch 0, those of like width together: the numbers of each batch, and the batch."""
    order = np.argsort(lines.aspects, kind="stable")
    parts = (order[start : start + BATCH] for start in range(0, len(order), BATCH))
    return [(numbers, lines.batch(numbers, 0)) for numbers in parts]


@torch.inference_mode()
def find(model: nn.Module, batches: Fixed) -> Found:
    """What a network says of lines, in the order of their numbers."""
    model.eval()
    device = next(model.parameters()).device
    found: dict[int, tuple[Tensor, str]] = {}
    for numbers, batch in batches:
        answer = model(pictures(batch.strips, device)).float().cpu()
        for number, values, width, text in zip(numbers.tolist(), answer, batch.widths, batch.texts, strict=True):
            found[number] = values[: steps(int(width))], text
    ordered = [found[number] for number in sorted(found)]
    return Found([values for values, _ in ordered], [text for _, text in ordered])


def score(found: Found, classes: str, temperature: float = 1.0) -> LineScores:
    """The figures of what was found; raises HwrError when there are no lines."""
    if not found.texts:
        raise HwrError("There is nothing to score: the dataset part is empty.")
    answers = found.answers(classes)
    right = sum(answer == text for answer, text in zip(answers, found.texts, strict=True))
    errors = sum(distance(text, answer) for answer, text in zip(answers, found.texts, strict=True))
    count = len(found.texts)
    cer = errors / max(1, sum(map(len, found.texts)))
    return LineScores(count, right / count, wilson(right, count), found.loss(classes, temperature), cer)


def fit_temperature(found: Found, classes: str) -> float:
    """What logits must be divided by for the least loss on held-out lines (Guo et al., 2017, arXiv:1706.04599)."""
    some = Found(found.logits[:2000], found.texts[:2000])
    return float(min(TEMPERATURES, key=lambda value: some.loss(classes, float(value))))


def distance(first: str, second: str) -> int:
    """The fewest insertions, deletions and replacements that make one text of the other (Levenshtein, 1966)."""
    row = list(range(len(second) + 1))
    for place, char in enumerate(first, 1):
        diagonal, row[0] = row[0], place
        for column, other in enumerate(second, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (char != other))
    return row[-1]
