"""The training pictures that a network finds most like a glyph: by what its last layer is given, over a part of a dataset.

What the network makes of that part is kept on disk (hwr.kept): one file for a network and a dataset, known by the hash of
the weights and by the names, sizes and times of the dataset's files.
"""

from __future__ import annotations

import contextlib
import hashlib
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from hwr import data, kept
from hwr.apart import Watch
from hwr.compare.question import Question
from hwr.dataset import Source
from hwr.errors import HwrError
from hwr.evaluate import common_classes
from hwr.explain.network import pictures, private
from hwr.models import Classifier
from hwr.recognize import Recognizer

PICTURES = 20_000  # of a dataset's training part, a seeded choice
CHUNK = 250  # pictures between two words on how far it is
KIND, FORMAT = "explain", 2
KEPT = 12  # files of some 30 MB; the oldest go
_HASHES: weakref.WeakKeyDictionary[nn.Module, str] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Index:
    """Pictures of a dataset's training part and what a network makes of them.

    features float16 (n, width), each of length 1; labels int64 (n,) into `classes`; images uint8 (n, 28, 28).
    """

    dataset: str
    classes: str
    features: np.ndarray
    labels: np.ndarray
    images: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Neighbour:
    """A training picture: its label, its glyph (uint8, 28 x 28), and how far it is: 0 for the same, up to 2."""

    char: str
    image: np.ndarray
    distance: float


def teachers(recognizer: Recognizer, folder: Path) -> list[str]:
    """The datasets to look for like pictures in: those that the network has learned from and that are here, then others.

    First stand those with the most of the network's characters, the smallest first; pen strokes are to be rendered, and
    stand last with `synthetic`, which can always be had. Left out are those with none of its characters.
    """
    learned = str(recognizer.metadata.get("dataset", "")).split("+")
    asked = {name: _asked(recognizer, name, folder) for name in data.DATASETS if data.is_here(name, folder)}

    def rank(name: str) -> tuple:
        file = folder / data.DATASETS[name].file
        size = file.stat().st_size if data.DATASETS[name].file else 0
        return name not in learned, name == "synthetic" or "unipen" in name, -len(asked[name]), size

    return sorted((name for name, classes in asked.items() if classes), key=rank)


def nearest(recognizer: Recognizer, among: Index, glyph: np.ndarray, *, count: int = 12) -> list[Neighbour]:
    """The pictures of an index that are most like a glyph (uint8, 28 x 28) to the network, the nearest first.

    The distance is one less the cosine of the angle between what the last layer is given for both (after Papernot and
    McDaniel, 2018, arXiv:1803.04765). Raises HwrError for a network from an ONNX file.
    """
    (sought,) = features(private(recognizer), glyph[None]).astype(np.float32)
    distances = 1 - among.features.astype(np.float32) @ sought
    order = np.argsort(distances, kind="stable")[:count]
    return [
        Neighbour(among.classes[among.labels[place]], among.images[place], max(0.0, float(distances[place])))
        for place in order
    ]


def features(model: Classifier, images: np.ndarray) -> np.ndarray:
    """What the last layer is given for glyphs (uint8, n x 28 x 28): float16 (n, width), each of length 1."""
    with torch.inference_mode():
        found = model.embed(pictures(images))
    return nn.functional.normalize(found.float(), dim=1).half().numpy()


def index(recognizer: Recognizer, dataset: str, folder: Path, watch: Watch, *, count: int = PICTURES) -> Index:
    """The index of so many pictures of a dataset's training part, from the disk where it was made before.

    `watch` hears what is being done and the share of it, and may raise to end it. Raises HwrError when the pictures cannot
    be had, and for a network from an ONNX file.
    """
    key = index_key(recognizer, dataset, folder, count=count)
    before = _kept(key)
    if before is not None:
        return before
    model, question = private(recognizer), _question(recognizer, dataset, folder)
    watch(f"Loading {dataset}", 0.0)
    source = Source("train", folder, recognizer.framing, classes=question.classes, some=count)
    part = data.load(dataset, source).certain()
    found = []
    for start in range(0, len(part), CHUNK):
        watch(f"Looking at {dataset}: picture {start:,} of {len(part):,}", start / len(part))
        found.append(features(model, part.images[start : start + CHUNK]))
    made = Index(dataset, part.classes, np.concatenate(found), part.labels, part.images)
    figures = {"dataset": made.dataset, "classes": made.classes}
    arrays = {name: getattr(made, name) for name in ("features", "labels", "images")}
    with contextlib.suppress(HwrError):  # where nothing can be written it is made anew each time
        kept.write(KIND, key, kept.Finding(figures, arrays), most=KEPT)
    return made


def kept_index(recognizer: Recognizer, dataset: str, folder: Path, *, count: int = PICTURES) -> Index | None:
    """The index as it was made before; None when that was never, or the network or the pictures have changed since."""
    return _kept(index_key(recognizer, dataset, folder, count=count))


def _kept(key: str) -> Index | None:
    found = kept.read(KIND, key)
    if found is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return _checked(Index(found.figures["dataset"], found.figures["classes"], **found.arrays))
    return None


def index_key(recognizer: Recognizer, dataset: str, folder: Path, *, count: int = PICTURES) -> str:
    """What changes when the index of a dataset would be another."""
    about = f"{FORMAT} {recognizer.metadata['model']} {recognizer.framing} {_weights(recognizer.model)}"
    return f"{about} {_question(recognizer, dataset, folder).mark()} {count}"


def _asked(recognizer: Recognizer, dataset: str, folder: Path) -> str:
    """The characters of a dataset that the network knows; "" when there are none."""
    with contextlib.suppress(HwrError):
        return _question(recognizer, dataset, folder).classes
    return ""


def _question(recognizer: Recognizer, dataset: str, folder: Path) -> Question:
    known = data.classes_of(dataset, Source("train", folder))
    if not known:
        raise HwrError(f"There are no pictures in {dataset} yet.")
    return Question(dataset, "train", folder, common_classes(recognizer.classes, known), known)


def _weights(model: nn.Module) -> str:
    """A hash of a network's weights, made once for each network."""
    if model not in _HASHES:
        seen = hashlib.sha256()
        for name, tensor in model.state_dict().items():
            seen.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
        _HASHES[model] = seen.hexdigest()
    return _HASHES[model]


def _checked(found: Index) -> Index:
    count = len(found.labels)
    if found.features.dtype != np.float16 or found.features.ndim != 2 or len(found.features) != count:
        raise ValueError("features")
    if found.images.shape != (count, 28, 28) or found.images.dtype != np.uint8:
        raise ValueError("images")
    if not 0 <= found.labels.min(initial=0) <= found.labels.max(initial=0) < len(found.classes):
        raise ValueError("labels")
    return found
