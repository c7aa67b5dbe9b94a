"""How well a network does on labelled glyphs: accuracy with its interval, loss, report, confusion, calibration.

Every figure that a page, the command line or the README shows is computed here. It chooses nothing. torch is loaded only
where a network answers.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hwr.classes import charset_matrix, fold
from hwr.data import Dataset
from hwr.errors import HwrError

if TYPE_CHECKING:
    from torch import Tensor, nn

BINS = 15  # of confidence


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


def calibration_error(chances: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over equal bins (Guo et al., 2017)."""
    count, confidence, accuracy = reliability(chances.max(1), right, bins)
    return float((count * np.abs(confidence - accuracy)).sum() / len(right))


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, ...]:
    """The calibration curve: over equal bins of confidence the count, the mean confidence and the accuracy, each (bins,).

    A bin without pictures has 0 in all of them.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    some = np.maximum(count, 1)
    return count, np.bincount(place, confidence, bins) / some, np.bincount(place, right, bins) / some


def fit_temperature(values: Tensor, labels: Tensor) -> float:
    """What logits must be divided by for the least loss on held-out glyphs (Guo et al., 2017, arXiv:1706.04599)."""
    import torch

    values = values.clone()  # may come from inference mode
    log_temperature = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(values / log_temperature.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return float(log_temperature.exp().clamp(0.05, 20).detach())


def evaluate(model: nn.Module, info: dict[str, Any], data: Dataset) -> tuple[Scores, np.ndarray]:
    """Scores of a loaded checkpoint on `data`, and its probabilities (n, len(data.classes)).

    A model with more classes answers within those of the data, as with a charset. Raises HwrError when the model lacks one.
    """
    from hwr.models import logits

    return judge(logits(model, data.images), info, data)


def judge(values: Tensor, info: dict[str, Any], data: Dataset) -> tuple[Scores, np.ndarray]:
    """As `evaluate`, from the logits of the data's pictures."""
    chances = _chances(values, info, data)
    return score(chances, data.labels), chances


def answer(model: nn.Module, info: dict[str, Any], data: Dataset) -> np.ndarray:
    """The probabilities (n, len(data.classes)) of a loaded checkpoint for the pictures of `data`; errors as `evaluate`."""
    from hwr.models import logits

    return _chances(logits(model, data.images), info, data)


def _chances(values: Tensor, info: dict[str, Any], data: Dataset) -> np.ndarray:
    from hwr.checkpoint import temperature
    from hwr.models import probabilities

    values = values / temperature(info)
    characters, chances = probabilities(
        values, info["classes"], None if info["classes"] == data.classes else data.classes
    )
    missing = [char for char in data.classes if char not in characters]
    if missing:
        raise HwrError(f'The model cannot read "{"".join(missing)}" of {data.name}; choose another model or dataset.')
    return chances[:, [characters.index(char) for char in data.classes]]


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


def confusion(chances: np.ndarray, data: Dataset) -> np.ndarray:
    """How often each class (row) was read as each class (column): int64 (classes, classes)."""
    return crossed(data.labels, chances.argmax(1), len(data.classes))


def crossed(labels: np.ndarray, answers: np.ndarray, size: int) -> np.ndarray:
    """How often each label (row) got each answer (column): int64 (size, size)."""
    return np.bincount(labels.astype(np.int64) * size + answers, minlength=size * size).reshape(size, size)


def class_figures(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """ "precision", "recall" and "f1" of each class, float (classes,), and its "images", from a confusion matrix.

    What is divided by nothing is 0, as in scikit-learn's report.
    """
    right, images, read = np.diag(matrix).astype(float), matrix.sum(1), matrix.sum(0)
    precision, recalled = right / np.maximum(read, 1), right / np.maximum(images, 1)
    f1 = 2 * right / np.maximum(read + images, 1)
    return {"precision": precision, "recall": recalled, "f1": f1, "images": images}


def report_text(matrix: np.ndarray, classes: str) -> str:
    """Precision, recall, F1 and count of each class and their means, from a confusion matrix, as a table to print."""
    found = class_figures(matrix)
    images = found.pop("images")
    shares = np.stack(list(found.values()), 1)
    rows = [*zip(classes, shares, images, strict=True), ("macro", shares.mean(0), images.sum())]
    rows.append(("weighted", (shares * images[:, None]).sum(0) / max(1, images.sum()), images.sum()))
    lines = ["class  precision  recall  f1     images"]
    return "\n".join(
        lines + [f"{name:<8} {one[0]:9.4f}  {one[1]:.4f}  {one[2]:.4f}  {count}" for name, one, count in rows]
    )
