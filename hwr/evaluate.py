"""How well a network does on labelled glyphs: accuracy with its interval, loss, report, confusion, calibration.

Every figure that a page, the command line or the README shows is computed here. It chooses nothing.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hwr.classes import charset_matrix, fold
from hwr.data import Dataset
from hwr.errors import HwrError
from hwr.models import logits, probabilities


@dataclass(frozen=True)
class Scores:
    """Figures on one dataset part; `interval` is the 95 % Wilson interval of the accuracy, all shares in [0, 1]."""

    images: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    calibration_error: float

    def to_dict(self) -> dict[str, Any]:
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}


def score(chances: np.ndarray, labels: np.ndarray) -> Scores:
    """Figures of class probabilities (n, classes) against labels (n,)."""
    if not len(labels):
        raise HwrError("There is nothing to score: the dataset part is empty.")
    right = chances.argmax(1) == labels
    loss = -np.log(np.maximum(chances[np.arange(len(labels)), labels], 1e-12)).mean()
    interval = wilson(int(right.sum()), len(labels))
    return Scores(len(labels), float(right.mean()), interval, float(loss), calibration_error(chances, right))


def wilson(right: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927): better than the normal one near 100 %."""
    share, extra = right / count, z * z / count
    centre, spread = share + extra / 2, z * math.sqrt(share * (1 - share) / count + extra / (4 * count))
    return max(0.0, (centre - spread) / (1 + extra)), min(1.0, (centre + spread) / (1 + extra))


def calibration_error(chances: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over equal bins (Guo et al., 2017)."""
    confidence = chances.max(1)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.abs(np.bincount(place, confidence, bins) - np.bincount(place, right, bins))
    return float(gap[count > 0].sum() / len(right))


def fit_temperature(values: Tensor, labels: Tensor) -> float:
    """What logits must be divided by for the least loss on held-out glyphs (Guo et al., 2017, arXiv:1706.04599)."""
    values = values.clone()  # may come from inference mode
    log_temperature = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(values / log_temperature.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return float(log_temperature.exp().clamp(0.05, 20).detach())


def evaluate(model: nn.Module, info: dict[str, Any], data: Dataset) -> tuple[Scores, np.ndarray]:
    """Scores of a loaded checkpoint on `data`, and its probabilities (n, len(data.classes)).

    A model with more classes answers within those of the data, as with a charset. Raises HwrError when the model lacks one.
    """
    return judge(logits(model, data.images), info, data)


def judge(values: Tensor, info: dict[str, Any], data: Dataset) -> tuple[Scores, np.ndarray]:
    """As `evaluate`, from the logits of the data's pictures."""
    from hwr.checkpoint import temperature

    values = values / temperature(info)
    characters, chances = probabilities(
        values, info["classes"], None if info["classes"] == data.classes else data.classes
    )
    missing = [char for char in data.classes if char not in characters]
    if missing:
        raise HwrError(f'The model cannot read "{"".join(missing)}" of {data.name}; choose another model or dataset.')
    order = [characters.index(char) for char in data.classes]
    return score(chances[:, order], data.labels), chances[:, order]


def common_classes(known: str, asked: str) -> str:
    """The classes on which a model of classes `known` can be scored on data of classes `asked`.

    All of `asked` when the model tells them apart; otherwise the model's own as far as the data has them.
    """
    characters, _ = charset_matrix(known, asked)
    if set(characters) == set(asked):
        return asked
    return "".join(char for char in known if fold(char, asked) is not None)


def recall(chances: np.ndarray, data: Dataset) -> dict[str, float]:
    """The share of each class that is read right, in [0, 1]; classes of which there is no picture are left out."""
    count = np.bincount(data.labels, minlength=len(data.classes))
    right = np.bincount(data.labels[chances.argmax(1) == data.labels], minlength=len(data.classes))
    return {char: round(float(right[i] / count[i]), 4) for i, char in enumerate(data.classes) if count[i]}


def report(chances: np.ndarray, data: Dataset) -> dict[str, Any]:
    """Precision, recall, F1 and count a class, and their means (scikit-learn's report)."""
    from sklearn.metrics import classification_report

    labels = list(range(len(data.classes)))
    answer = chances.argmax(1)
    return classification_report(
        data.labels, answer, labels=labels, target_names=list(data.classes), output_dict=True, zero_division=0
    )


def report_text(chances: np.ndarray, data: Dataset) -> str:
    """The report as a table to print."""
    lines = ["class  precision  recall  f1     images"]
    for name, row in report(chances, data).items():
        if isinstance(row, dict):
            line = f"{row['precision']:9.4f}  {row['recall']:.4f}  {row['f1-score']:.4f}  {row['support']:.0f}"
            lines.append(f"{name.replace(' avg', ''):<8} {line}")
    return "\n".join(lines)


def confusion(chances: np.ndarray, data: Dataset) -> np.ndarray:
    """How often each class (row) was read as each class (column): int64 (classes, classes)."""
    size = len(data.classes)
    return np.bincount(data.labels * size + chances.argmax(1), minlength=size * size).reshape(size, size)
