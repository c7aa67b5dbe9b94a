"""What a run learns from and is scored on: its datasets, loaded, cut and kept apart.

Which figures are honest is not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hwr.classes import resolve
from hwr.config import TrainConfig
from hwr.data import Dataset, Source, drop_shared, load, split
from hwr.errors import HwrError


@dataclass(frozen=True)
class Material:
    """What a run learns from: training and validation parts, and the test parts by name (scored once)."""

    train: Dataset
    valid: Dataset
    tests: dict[str, Dataset]


def prepare(config: TrainConfig, folder: Path) -> Material:
    """Loads the parts of a run from the datasets in `folder`.

    No picture of a test part is left in training; no writer is in training and validation both. Raises HwrError when all
    pictures are of one class.
    """
    classes = resolve(config.classes) if config.classes else ""
    source = Source("train", folder, config.framing, config.seed, classes, config.limit)
    data = load(config.dataset, source)
    tests = {}
    for name in (config.test or config.dataset).split("+"):
        same = replace(source, part="test", framing=data.framing, classes=data.classes)
        if name != "none":
            tests[name] = load(name, same)
            data = drop_shared(data, tests[name])
    if len(np.unique(data.labels)) < 2:
        raise HwrError(f'All pictures of "{config.dataset}" are of one class: add another to tell it from.')
    if config.limit and config.limit < len(data):
        data = data.take(np.random.default_rng(config.seed).permutation(len(data))[: config.limit])
    learned, held = split(data, config.validation, config.seed)
    return Material(learned, held.certain(), tests)
