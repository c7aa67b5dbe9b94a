"""Chances for every picture of a part from networks that have not learned it: cross-validation with the project's own loop.

Shipped weights are of no use here: they have learned the very labels that are in doubt.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from hwr.apart import Watch
from hwr.config import TrainConfig
from hwr.dataset import Dataset
from hwr.errors import HwrError

FOLDS = 5
STEPS = 400  # of a fold at least, so that a small dataset is learned too
EPOCHS = 3


def held_out_chances(data: Dataset, watch: Watch, *, seed: int = 0) -> np.ndarray:
    """Chances float32 (n, classes) for the pictures of `data`, each from a network that was trained on the other folds.

    No writer is in two folds. Raises HwrError when there are too few pictures, or all are of one class.
    """
    if len(data) < 2 * FOLDS or len(np.unique(data.labels)) < 2:
        raise HwrError(
            f'"{data.name}" is too small for this: {2 * FOLDS} pictures of two classes are the least; add some first.'
        )
    fold = folds(data, FOLDS, seed)
    chances = np.zeros((len(data), len(data.classes)), np.float32)
    for number in range(FOLDS):
        held = fold == number
        if held.any() and len(np.unique(data.labels[~held])) > 1:
            chances[held] = _learned(data.take(~held), data.take(held), _within(watch, number), seed=seed + number)
        else:
            chances[held] = 1 / len(data.classes)
    return chances


def folds(data: Dataset, count: int, seed: int) -> np.ndarray:
    """The fold of each picture, int64 (n,) in [0, count): about as many in each, of every class; writers stay together."""
    random = np.random.default_rng(seed)
    if data.groups is not None:
        _, member = np.unique(data.groups, return_inverse=True)
        return random.permutation(member.max() + 1)[member] % count
    order = random.permutation(len(data))
    order = order[np.argsort(data.labels[order], kind="stable")]  # by class, in each at random
    fold = np.empty(len(data), np.int64)
    fold[order] = np.arange(len(data)) % count
    return fold


def settings(data: Dataset, *, seed: int) -> TrainConfig:
    """How a fold is learned: a small network, short, with as little of a mind of its own as needed."""
    batch = max(2, min(256, len(data) // 4))
    mild: dict[str, Any] = {"rotation": 8.0, "shear": 0.1, "elastic": 0.5, "stroke": 0.1}
    plain: dict[str, Any] = {"label_smoothing": 0.0, "clean_epochs": 1, "save_seconds": 86_400.0, "seed": seed}
    return TrainConfig(model="simple", epochs=EPOCHS, batch_size=batch, ema=0.99, lr=4e-3, **mild, **plain)


def _learned(learned: Dataset, held: Dataset, watch: Watch, *, seed: int) -> np.ndarray:
    """The chances of the pictures `held` from a network trained on the others."""
    from hwr import runs
    from hwr.material import Material
    from hwr.train import Trainer

    def report(told: dict[str, Any]) -> None:
        if told["kind"] == "step":
            watch("", told["step"] / told["total"])

    config = settings(learned, seed=seed)
    times = math.ceil(STEPS * config.batch_size / (EPOCHS * len(learned)))  # few pictures come again within an epoch
    learned = learned.take(np.tile(np.arange(len(learned)), times)) if times > 1 else learned
    with tempfile.TemporaryDirectory() as folder:
        run = runs.create(config, Path(folder))
        trainer = Trainer(config, run, Material(learned, held, {}), report)
        trainer.fit()
    task: Any = trainer.task  # whose last validation was of all that was held out
    return task.chances


def _within(watch: Watch, number: int) -> Watch:
    return lambda _, share: watch(
        f"Learning without a fifth, to judge it: {number + 1} of {FOLDS}", (number + share) / FOLDS
    )
