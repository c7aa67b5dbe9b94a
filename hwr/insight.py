"""What the best epoch of a run got wrong: its confusion matrix, and the validation pictures with the highest loss.

One small file in the run, replaced whole, that a page reads without torch. High losses often show labels that are wrong
(the idea of confident learning: Northcutt et al., 2021, arXiv:1911.00068).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open

from hwr import checkpoint
from hwr.errors import HwrError

if TYPE_CHECKING:
    from hwr.data import Dataset

FORMAT = 1
NAME = "insight.safetensors"
WORST = 24


@dataclass(frozen=True)
class Insight:
    """One validation: confusion int64 (true, read), and the worst pictures, highest loss first.

    images uint8 (n, 28, 28), labels and answers int64 (n,) into `classes`, confidences in [0, 1] of the answers, losses.
    """

    epoch: int
    classes: str
    confusion: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    confidences: np.ndarray
    losses: np.ndarray


def measure(chances: np.ndarray, data: Dataset, epoch: int) -> Insight:
    """The insight into class probabilities (n, classes) for the pictures of `data`, found after `epoch` epochs."""
    from hwr.evaluate import confusion

    answers = chances.argmax(1)
    losses = -np.log(np.maximum(chances[np.arange(len(data)), data.labels], 1e-12))
    worst = np.argsort(-losses, kind="stable")[:WORST]
    confidences = chances[worst, answers[worst]]
    return Insight(
        epoch,
        data.classes,
        confusion(chances, data),
        data.images[worst],
        data.labels[worst],
        answers[worst],
        confidences,
        losses[worst],
    )


def most_confused(matrix: np.ndarray, classes: str, count: int = 10) -> list[tuple[str, str, int]]:
    """The pairs (true, read, times) with the most mistakes, most first."""
    wrong = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[:count]
    rows, columns = np.unravel_index(order, wrong.shape)
    pairs = zip(rows, columns, strict=True)
    return [(classes[r], classes[c], int(wrong[r, c])) for r, c in pairs if wrong[r, c] > 0]


def save(path: Path, insight: Insight) -> None:
    """Writes it into the folder of a run, whole or not at all; raises HwrError when the disk is full."""
    from safetensors.numpy import save as to_bytes

    arrays = {key: np.ascontiguousarray(value) for key, value in vars(insight).items() if isinstance(value, np.ndarray)}
    header = {"format": FORMAT, "epoch": insight.epoch, "classes": insight.classes}
    checkpoint.write_whole(path / NAME, to_bytes(arrays, {"insight": json.dumps(header)}))


def read(path: Path) -> Insight | None:
    """The insight in the folder of a run; None when no epoch was finished yet, or an older hwr trained it.

    Raises HwrError when the file is damaged or of a newer format.
    """
    if not (path / NAME).is_file():
        return None
    try:
        with safe_open(str(path / NAME), framework="numpy") as file:
            header = json.loads(file.metadata()["insight"])
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
        if header.pop("format") > FORMAT:
            raise HwrError(f"{NAME} of the run {path.name} was made by a newer hwr; update hwr to see it.")
        return _checked(Insight(**header, **arrays))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, HwrError):
            raise
        raise HwrError(f"{NAME} of the run {path.name} is damaged; the next best epoch writes it again.") from error


def _checked(insight: Insight) -> Insight:
    size, count = len(insight.classes), len(insight.labels)
    places = np.concatenate([insight.labels, insight.answers])
    fits = insight.confusion.shape == (size, size) and insight.images.shape == (count, 28, 28)
    if not fits or (len(places) and not 0 <= places.min() <= places.max() < size):
        raise ValueError("shapes")
    for array in (insight.answers, insight.confidences, insight.losses):
        if array.shape != (count,):
            raise ValueError("shapes")
    return insight
