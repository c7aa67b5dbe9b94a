"""MODEL_FORMATS: a trained network as a file for other programs, given out only when it reads as the network does.

Every export takes "pictures", float32 (n, 1, 28, 28) in [0, 1], framed as the checkpoint says, and gives logits. Networks for
lines are not exported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from hwr import checkpoint, data, engines, onnx_file
from hwr.dataset import Dataset, Source
from hwr.errors import HwrError
from hwr.evaluate import common_classes
from hwr.export import int8, program, tflite
from hwr.export.check import BATCH, SAME, Candidate, Comparison, Tell, compare
from hwr.networks import STRIPS

__all__ = [
    "BATCH",
    "MODEL_FORMATS",
    "MOST_LOST",
    "SAME",
    "Comparison",
    "Export",
    "ModelFormat",
    "export",
    "find_format",
]

MOST_LOST = 0.005  # accuracy that an export in 8 bits may lose
CALIBRATION = 1000  # pictures of a validation part that an export in 8 bits is calibrated on
SHARE = 0.05  # of train that is its validation part, where the checkpoint does not say


@dataclass(frozen=True)
class ModelFormat:
    """One format: what it is in a line, the end of its file's name, how it is made of (network, info, glyphs to calibrate
    on) and opened again; `most_lost` is the accuracy that it may lose, None for one that must give the same answers."""

    summary: str
    ending: str
    make: Callable[[nn.Module, dict[str, Any], np.ndarray], bytes]
    open: Callable[[bytes, str], nn.Module]
    need: Callable[[], Any] = lambda: None
    most_lost: float | None = None


MODEL_FORMATS = {
    "onnx": ModelFormat(
        "ONNX, float32: ONNX Runtime in any language, and browsers",
        ".onnx",
        lambda model, info, _: engines.to_onnx(model, info),
        lambda content, name: engines.open_onnx(content, name)[0],
        onnx_file.need,
    ),
    "onnx-int8": ModelFormat(
        "ONNX in 8 bits: a quarter of the size, and the fastest on processors",
        "-int8.onnx",
        int8.quantized,
        lambda content, name: engines.open_onnx(content, name)[0],
        onnx_file.need,
        MOST_LOST,
    ),
    "torch": ModelFormat(
        "torch.export: a program that PyTorch runs without hwr",
        ".pt2",
        lambda model, info, _: program.exported(model, info),
        program.opened,
    ),
    "tflite": ModelFormat(
        "TensorFlow Lite for phones, one picture at a time; an extra: requirements-tflite.txt",
        ".tflite",
        lambda model, info, _: tflite.converted(model, info),
        tflite.opened,
        tflite.need,
    ),
}


@dataclass(frozen=True)
class Export:
    """A network as a file: its format, the name that it may have, its content, and how it compares with the network."""

    format: str
    name: str
    content: bytes
    comparison: Comparison


def find_format(name: str) -> ModelFormat:
    """What the registry says of a format; raises HwrError for an unknown name, and where what it needs is not installed."""
    if name not in MODEL_FORMATS:
        raise HwrError(f'There is no format "{name}"; choose one of {", ".join(MODEL_FORMATS)}.')
    MODEL_FORMATS[name].need()
    return MODEL_FORMATS[name]


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

    The test set is that of `dataset`; without one, the one that the checkpoint was scored on, or else "synthetic". `limit`
    is how many pictures of it are read, 0 for all. What is in 8 bits is calibrated on a validation part of the dataset's
    training part. Raises HwrError for what cannot be exported, and for an export that does not read as the network does.
    """
    form = find_format(format)
    path = checkpoint.find(weights)
    model, info = checkpoint.load(path)
    if info["framing"] == STRIPS:
        raise HwrError("Networks for lines run on PyTorch alone: only networks for characters can be exported.")
    tell("loading the pictures", 0.0)
    test = _test_part(info, dataset, data.data_folder(folder))
    pictures = _validation(info, test, data.data_folder(folder)) if form.most_lost is not None else test.images[:0]
    if limit and limit < len(test):
        test = test.take(np.random.default_rng(0).permutation(len(test))[:limit])
    tell(f"making {format}", 0.0)
    content = form.make(model, {**info, "export": _facts(format, test.name, len(pictures))}, pictures)
    old = Candidate("checkpoint", model, path.stat().st_size)
    new = Candidate(format, form.open(content, f"the export as {format}"), len(content))
    comparison = compare(old, new, info, test, tell)
    if problem := comparison.problem(form.most_lost):
        raise HwrError(f"{problem} It is not given out.")
    return Export(format, checkpoint.title(path) + form.ending, content, comparison)


def _facts(format: str, dataset: str, pictures: int) -> dict[str, Any]:
    """What an export says of how it was made."""
    facts: dict[str, Any] = {"format": format}
    return facts | ({"calibrated": f"{dataset} validation", "pictures": pictures} if pictures else {})


def _test_part(info: dict[str, Any], dataset: str, folder: Path) -> Dataset:
    """The test part of a dataset, or of the first that the checkpoint was scored on and that is here, or drawn pictures."""
    if dataset:
        return _part(dataset, "test", info, folder)
    figures = info.get("figures")
    scored = [name.removesuffix(" test") for name in figures if name.endswith(" test")] if figures else []
    for name in scored:
        if name in data.DATASETS and data.is_here(name, folder):
            try:
                return _part(name, "test", info, folder)
            except HwrError:  # as when all own pictures were deleted
                continue
    return _part("synthetic", "test", info, folder)


def _part(name: str, part: str, info: dict[str, Any], folder: Path) -> Dataset:
    source = Source(part, folder, info["framing"])
    classes = common_classes(info["classes"], data.classes_of(name, source))
    return data.load(name, replace(source, classes=classes, limit=CALIBRATION if part == "train" else 0)).certain()


def _validation(info: dict[str, Any], test: Dataset, folder: Path) -> np.ndarray:
    """Pictures of a validation part of the dataset that `test` is the test part of; none of them is in `test`."""
    train = data.drop_shared(_part(test.name, "train", info, folder), test)
    config = info.get("config")
    known = config if isinstance(config, dict) else {}
    seed = known.get("seed", 0)
    held = data.split(train, max(SHARE, CALIBRATION / max(1, len(train))), seed)[1]
    return held.images[np.random.default_rng(seed).permutation(len(held))[:CALIBRATION]]
