"""An export: a network made into a file, compared on a test set with the network itself, and given out when it agrees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hwr import checkpoint, data
from hwr.dataset import Dataset, Source
from hwr.errors import HwrError
from hwr.evaluate import common_classes
from hwr.export import find_format
from hwr.export.check import Candidate, Comparison, Tell, compare
from hwr.networks import STRIPS

CALIBRATION = 1000  # pictures of a validation part that an export in 8 bits is calibrated on
SHARE = 0.05  # of train that is its validation part, at least
QUICK = 2_000  # pictures that are read where no test set is asked for
TRAINED = 20_000  # pictures of train that a validation part is taken from: to render all of UNIPEN takes minutes


@dataclass(frozen=True)
class Export:
    """A network as a file: its format, the name that it may have, its content, and how it compares with the network."""

    format: str
    name: str
    content: bytes
    comparison: Comparison


def export(
    weights: str | Path,
    format: str,
    *,
    dataset: str = "",
    folder: Path | None = None,
    limit: int = 0,
    tell: Tell = lambda what, share: None,
) -> Export:
    """The network of a checkpoint in a format, compared on a test set with the network itself.

    The test set is that of `dataset`; without one, a seeded part of the one that the checkpoint was scored on, or else of
    "synthetic", QUICK pictures. `limit` is how many pictures are read at most, 0 for all. What is in 8 bits is calibrated
    on a validation part of the dataset's training part. Raises HwrError for what cannot be exported, and for an export that
    does not read as the network does.
    """
    form = find_format(format)
    path = checkpoint.find(weights)
    model, info = checkpoint.load(path)
    if info["framing"] == STRIPS:
        raise HwrError("Networks for lines run on PyTorch alone: only networks for characters can be exported.")
    tell("loading the pictures", 0.0)
    limit = limit if dataset else min(limit or QUICK, QUICK)
    test = _test_part(info, dataset, data.data_folder(folder), limit)
    pictures = _validation(info, test, data.data_folder(folder)) if form.most_lost is not None else test.images[:0]
    tell(f"making {format}", 0.0)
    content = form.make(model, {**info, "export": _facts(format, test.name, len(pictures))}, pictures)
    old = Candidate("checkpoint", model, path.stat().st_size)
    new = Candidate(format, form.open(content, f"the export as {format}"), len(content))
    comparison = replace(compare(old, new, info, test, tell), seeded=0 < limit <= len(test))
    if problem := comparison.problem(form.most_lost):
        raise HwrError(f"{problem} It is not given out.")
    return Export(format, checkpoint.title(path) + form.ending, content, comparison)


def _facts(format: str, dataset: str, pictures: int) -> dict[str, Any]:
    """What an export says of how it was made."""
    facts: dict[str, Any] = {"format": format}
    return facts | ({"calibrated": f"{dataset} validation", "pictures": pictures} if pictures else {})


def _test_part(info: dict[str, Any], dataset: str, folder: Path, limit: int) -> Dataset:
    """The test part of a dataset, or of the first that the checkpoint was scored on and that is here, or drawn pictures."""
    if dataset:
        return _part(dataset, "test", info, folder, limit)
    figures = info.get("figures")
    scored = [name.removesuffix(" test") for name in figures if name.endswith(" test")] if figures else []
    for name in scored:
        if name in data.DATASETS and data.is_here(name, folder):
            try:
                return _part(name, "test", info, folder, limit)
            except HwrError:  # as when all own pictures were deleted
                continue
    return _part("synthetic", "test", info, folder, limit)


def _part(name: str, part: str, info: dict[str, Any], folder: Path, some: int) -> Dataset:
    """So many pictures of a part, 0 for all: a seeded choice, of which alone pen strokes are rendered."""
    source = Source(part, folder, info["framing"], some=some)
    classes = common_classes(info["classes"], data.classes_of(name, source))
    return data.load(name, replace(source, classes=classes, limit=CALIBRATION if part == "train" else 0)).certain()


def _validation(info: dict[str, Any], test: Dataset, folder: Path) -> np.ndarray:
    """Pictures of a validation part of the dataset that `test` is the test part of; none of them is in `test`."""
    train = data.drop_shared(_part(test.name, "train", info, folder, TRAINED), test)
    config = info.get("config")
    known = config if isinstance(config, dict) else {}
    seed = known.get("seed", 0)
    held = data.split(train, max(SHARE, CALIBRATION / max(1, len(train))), seed)[1]
    return held.images[np.random.default_rng(seed).permutation(len(held))[:CALIBRATION]]
