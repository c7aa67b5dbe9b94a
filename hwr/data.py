"""DATASETS: each gives glyphs (uint8, n x 28 x 28, upright, ink 255 on 0) with labels, as arrays and not as files.

MNIST and the six EMNIST splits come through torchvision; `mine` is one's own characters (hwr.mine) and `folder:PATH` any
folder with one sub-folder a class; UNIPEN's pen strokes are rendered; `synthetic` is drawn on the fly. Several are joined
with +; few pictures of `mine` are then repeated so that they count. Augmentation and batches are elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hwr.classes import BYCLASS, CLASSES, DIGITS, fold, remap
from hwr.dataset import EITHER, Dataset, Source
from hwr.download import Make, Watch, fetched
from hwr.download import fetch as fetch_files
from hwr.errors import HwrError
from hwr.idx import mapped
from hwr.mine import Mine, classes_in, folder_part, mine_part, repeats
from hwr.preprocess import frame_all

DRAWN = {"train": 20_000, "test": 4_000}  # synthetic pictures of a part, where no limit says less
MERGED_CASES = ("emnist-balanced", "emnist-bymerge", "emnist-letters")  # where a capital may be a small letter


@dataclass(frozen=True)
class DatasetEntry:
    """One dataset: what it is in a line, its source, its classes and own framing, and how a part of it is loaded.

    `file` is what the data folder holds when it is there, `download` the bytes that are fetched when it is not, 0 where
    nothing can be; classes "" stands for those of the pictures that are there.
    """

    summary: str
    source: str
    classes: str
    framing: str
    load: Callable[[Source], Dataset]
    file: str = ""
    download: int = 0


def data_folder(given: str | Path | None = None) -> Path:
    """Where datasets are: as given, or HWR_DATA, or data/ in the current folder."""
    return Path(given or os.environ.get("HWR_DATA") or "data")


def load(names: str, source: Source) -> Dataset:
    """One part of the datasets `names` (joined with +), as glyphs of one framing with labels in one set of classes.

    `source.classes` is a string of characters: others are left out, and a letter counts for its other case when only that
    is there. Without it the classes are those of the first dataset, joined with what the others add.
    Raises HwrError for an unknown name, missing files, or when nothing is left.
    """
    entries = [(name, _entry(name, source)) for name in names.split("+")]
    framing = source.framing or entries[0][1].framing
    classes = source.classes or classes_of(names, source)
    parts = []
    for name, entry in entries:
        part = entry.load(replace(source, framing=framing, classes=classes))
        parts.append(reframed(_chosen(_relabelled(part, classes, source.part), source), framing))
        if not len(parts[-1]):
            raise HwrError(
                f'The dataset "{name}" has no picture of "{classes}"; choose another dataset or other classes.'
            )
    if source.part == "train":
        parts = _weighted(names.split("+"), parts)
    return _joined(names, parts)


def classes_of(names: str, source: Source) -> str:
    """The classes that `load` gives when none are asked for."""
    return _join_classes([_entry(name, source).classes for name in names.split("+")])


def names() -> str:
    """The names that `load` knows, for a sentence."""
    return ", ".join([*DATASETS, "folder:PATH"])


def is_here(name: str, folder: Path) -> bool:
    """Whether a dataset of DATASETS can be loaded from this data folder without fetching anything."""
    return not DATASETS[name].file or (folder / DATASETS[name].file).exists()


def fetch(name: str, folder: Path, watch: Watch) -> None:
    """Downloads a dataset of DATASETS that is not in the data folder; `watch` is told how much has come.

    Raises HwrError when nothing can be fetched under this name, when it cannot be downloaded or there is no room for it.
    """
    if name not in DATASETS or not DATASETS[name].download:
        can = ", ".join(other for other, entry in DATASETS.items() if entry.download)
        raise HwrError(f'The dataset "{name}" cannot be downloaded; those that can are {can}.')
    make = _mnist_files if name == "mnist" else _emnist_files(name.removeprefix("emnist-"))
    for train in (True, False):
        fetch_files(make(train), name, folder, watch, size=DATASETS[name].download)


def drop_shared(data: Dataset, test: Dataset) -> Dataset:
    """`data` without every picture that is also in `test`, compared byte by byte."""
    seen = {image.tobytes() for image in test.images}
    keep = np.array([image.tobytes() not in seen for image in data.images], dtype=bool)
    return data if keep.all() else data.take(keep)


def split(data: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """A training and a validation part: seeded, no writer in both where writers are known.

    At least two pictures are left to train on and one to validate. Raises HwrError where there are fewer.
    """
    if len(data) < 3:
        raise HwrError(
            f'The dataset "{data.name}" has {len(data)} pictures; at least three are needed to train and validate.'
        )
    random = np.random.default_rng(seed)
    if data.groups is None:
        held = random.random(len(data)) < share
    else:
        writers, member = np.unique(data.groups, return_inverse=True)
        alone = np.char.str_len(writers.astype(str)) == 0
        draw = random.random(len(writers)) < share
        held = np.where(alone[member], random.random(len(data)) < share, draw[member])
    if (~held).sum() < 2 or not held.any():
        held = np.zeros(len(data), dtype=bool)
        held[random.permutation(len(data))[: max(1, min(len(data) - 2, round(share * len(data))))]] = True
    return data.take(~held), data.take(held)


def _entry(name: str, source: Source) -> DatasetEntry:
    if name.startswith("folder:"):
        path = Path(name.removeprefix("folder:"))
        return DatasetEntry("own pictures", str(path), classes_in(path), source.framing or "emnist", _folder(path))
    if name not in DATASETS:
        raise HwrError(f'There is no dataset "{name}"; choose one of {names()}.')
    if name == "mine":
        return replace(DATASETS[name], classes=Mine.at(source.folder).classes())
    return DATASETS[name]


def _chosen(data: Dataset, source: Source) -> Dataset:
    """So many pictures as `source.some` wants, chosen by its seed, in their order."""
    if not source.some or len(data) <= source.some:
        return data
    return data.take(np.sort(np.random.default_rng(source.seed).permutation(len(data))[: source.some]))


def _weighted(names: list[str], parts: list[Dataset]) -> list[Dataset]:
    """The parts with "mine" repeated, so that it has its weight beside larger ones; groups keep the copies together."""
    others = sum(len(part) for name, part in zip(names, parts, strict=True) if name != "mine")
    times = [repeats(len(part), others) if name == "mine" else 1 for name, part in zip(names, parts, strict=True)]
    return [p.take(np.tile(np.arange(len(p)), n)) if n > 1 else p for p, n in zip(parts, times, strict=True)]


def _join_classes(sets: list[str]) -> str:
    joined = sets[0]
    for classes in sets[1:]:
        joined += "".join(char for char in classes if fold(char, joined) is None)
    return joined


def _relabelled(data: Dataset, classes: str, part: str) -> Dataset:
    if data.classes == classes:
        return data
    targets = remap(data.classes, classes)
    labels = targets[data.labels]
    if data.name in MERGED_CASES:
        # A capital alone stands for both cases: where the classes tell them apart, it can only be trained on.
        both = [
            char.isupper() and char.lower() not in data.classes and {char, char.lower()} <= set(classes)
            for char in data.classes
        ]
        unsure = np.array(both)[data.labels]
        labels = np.where(unsure, labels + EITHER if part == "train" else -1, labels)
    kept = replace(data, labels=labels, classes=classes)
    return kept if (labels >= 0).all() else kept.take(labels >= 0)


def reframed(data: Dataset, framing: str) -> Dataset:
    """The glyphs as another framing has them, as well as 28 x 28 pixels allow."""
    if data.framing == framing:
        return data
    return replace(data, images=frame_all(list(data.images), framing), framing=framing)


def _joined(name: str, parts: list[Dataset]) -> Dataset:
    if len(parts) == 1:
        return replace(parts[0], name=name)
    groups = None
    if any(part.groups is not None for part in parts):
        groups = np.concatenate([np.full(len(p), "") if p.groups is None else p.groups for p in parts])
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    return Dataset(name, images, labels, parts[0].classes, parts[0].framing, groups)


def _mnist_files(train: bool) -> Make:
    from torchvision.datasets import MNIST

    return lambda folder, fetch: MNIST(folder, train, download=fetch)


def _emnist_files(split: str) -> Callable[[bool], Make]:
    from torchvision.datasets import EMNIST

    return lambda train: lambda folder, fetch: EMNIST(folder, split, train=train, download=fetch)


def _mnist(source: Source) -> Dataset:
    train = source.part == "train"
    there = mapped(source.folder / "MNIST" / "raw" / ("train" if train else "t10k"))
    if there is None:
        there = fetched(_mnist_files(train), "mnist", source.folder)
    images, labels = there
    return Dataset("mnist", images if source.mapped else images.copy(), labels, DIGITS, "mnist")


def _emnist(split: str) -> Callable[[Source], Dataset]:
    classes = CLASSES.get(split, DIGITS)

    def load_split(source: Source) -> Dataset:
        train, name = source.part == "train", f"emnist-{split}"
        there = mapped(source.folder / "EMNIST" / "raw" / f"{name}-{source.part}")
        if there is None:
            there = fetched(_emnist_files(split)(train), name, source.folder)
        images, labels = there
        upright = images.transpose(0, 2, 1)  # EMNIST's files hold every picture transposed
        upright = upright if source.mapped else np.ascontiguousarray(upright)
        return Dataset(name, upright, labels - (split == "letters"), classes, "emnist")  # letters count from 1

    return load_split


def _unipen(*kinds: str, renders: int) -> Callable[[Source], Dataset]:
    def load_kinds(source: Source) -> Dataset:
        from hwr.unipen import load as load_unipen
        from hwr.unipen import writer_split

        pens = renders if source.part == "train" and not source.some else 1
        folder, test = source.folder / "ink" / "unipen", source.part == "test"

        def wanted(chars: np.ndarray, writers: np.ndarray) -> np.ndarray:
            """So many of this part and of the classes asked for, rather than all."""
            known = [char for char in BYCLASS if fold(char, source.classes)]
            here = np.flatnonzero(np.isin(chars, known) & (writer_split(writers) == test))
            few = np.random.default_rng(source.seed).permutation(here)[: source.some]
            return np.isin(np.arange(len(chars)), few)

        how: dict[str, Any] = {"framing": source.framing, "renders": pens, "seed": source.seed}
        images, chars, writers = load_unipen(folder, kinds, **how, wanted=wanted if source.some else None)
        held = writer_split(writers)
        part = held if test else ~held
        labels = np.array([BYCLASS.index(char) for char in chars], dtype=np.int64)
        return Dataset("unipen", images[part], labels[part], BYCLASS, source.framing, writers[part])

    return load_kinds


def _synthetic(source: Source) -> Dataset:
    from hwr.synthetic import glyphs

    seed = 2 * source.seed + (source.part == "test")
    count = min(filter(None, (DRAWN[source.part], source.limit, source.some)))
    images, labels = glyphs(source.classes, count, seed=seed, framing=source.framing)
    return Dataset("synthetic", images, labels, source.classes, source.framing)


def _mine(source: Source) -> Dataset:
    own = Mine.at(source.folder)
    classes = own.classes()
    images, chars, keys = mine_part(own, source.part, source.framing)
    labels = np.array([classes.index(char) for char in chars], dtype=np.int64)
    return Dataset("mine", images, labels, classes, source.framing, keys)


def _folder(path: Path) -> Callable[[Source], Dataset]:
    def load_folder(source: Source) -> Dataset:
        images, chars = folder_part(path, source.part, source.framing)
        classes = classes_in(path)
        labels = np.array([classes.index(char) for char in chars], dtype=np.int64)
        return Dataset(f"folder:{path}", images, labels, classes, source.framing)

    return load_folder


_COHEN = "Cohen et al., 2017, arXiv:1702.05373"
_UNIPEN = "UNIPEN train_r01_v07, CC BY 4.0, Zenodo 1195803"
_EMNIST_FILE = "EMNIST/raw/emnist-{}-train-images-idx3-ubyte"
_MNIST_FILE = "MNIST/raw/train-images-idx3-ubyte"
_SUMMARIES = {
    "balanced": "47 classes, as many of each",
    "bymerge": "digits and letters, 47 classes: look-alike capitals and small letters are one",
    "byclass": "digits, capitals and small letters, 62 classes",
    "letters": "26 letters, capitals and small ones together",
    "digits": "digits, as many of each",
    "mnist": "digits, the size of MNIST",
}


DATASETS = {
    "mnist": DatasetEntry(
        "digits, 60,000 and 10,000", "LeCun et al., 1998", DIGITS, "mnist", _mnist, _MNIST_FILE, 11_594_722
    ),
    **{
        f"emnist-{split}": DatasetEntry(
            about, _COHEN, CLASSES.get(split, DIGITS), "emnist", _emnist(split), _EMNIST_FILE.format(split), 561_753_746
        )
        for split, about in _SUMMARIES.items()
    },
    "unipen": DatasetEntry(
        "pen strokes: digits and letters, tested on writers kept apart",
        _UNIPEN,
        BYCLASS,
        "emnist",
        _unipen("digits", "capitals", "lowercase", renders=3),
        "ink/unipen/lowercase.npz",
    ),
    "unipen-digits": DatasetEntry(
        "pen strokes: digits alone", _UNIPEN, DIGITS, "emnist", _unipen("digits", renders=4), "ink/unipen/digits.npz"
    ),
    "synthetic": DatasetEntry(
        "drawn on the fly from our own stroke font", "hwr/synthetic", BYCLASS, "emnist", _synthetic
    ),
    "mine": DatasetEntry("your own characters: corrections and imported pictures", "you", "", "emnist", _mine),
}
