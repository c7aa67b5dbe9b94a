"""A dataset that is looked at: its two parts, whose pictures stay on the disk, and the mark by which findings are known.

Pictures that must be drawn, rendered or decoded first (UNIPEN, `synthetic`, `mine`, folders) are kept as one array each.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwr import kept
from hwr.data import DATASETS, Dataset, Source, classes_of, is_here, load, reframed
from hwr.errors import HwrError
from hwr.kept import Finding

PARTS = ("train", "test")
KIND = "pictures"
MOST = 24  # arrays of pictures that are kept; the oldest go
CODE = ("data", "dataset", "idx", "unipen", "synthetic", "strokes", "preprocess", "mine", "survey/subject")


@dataclass(frozen=True)
class Subject:
    """A dataset by its name, or several joined with +, in a data folder."""

    name: str
    folder: Path

    def check(self) -> Subject:
        """This subject when it can be had without fetching; raises HwrError otherwise."""
        for name in self.name.split("+"):
            if name in DATASETS and not is_here(name, self.folder):
                raise HwrError(f"{name} is not here yet: python -m hwr data fetch {name} downloads it.")
        self.classes()
        return self

    def classes(self) -> str:
        """Its classes; raises HwrError for a name that does not exist, or when it has no picture yet."""
        return classes_of(self.name, Source("train", self.folder))

    def mark(self) -> str:
        """What changes when its pictures may have changed."""
        drawn = "" if self.mapped else kept.code_mark(*CODE)
        return f"{self.name} {kept.files_mark(self.name, self.folder)} {drawn}"

    @property
    def mapped(self) -> bool:
        """Whether its pictures are read from its own files, which takes no time."""
        return self.name == "mnist" or (self.name.startswith("emnist-") and "+" not in self.name)

    def ready(self) -> bool:
        """Whether both parts are there at once."""
        return self.mapped or all(self._file(part, ".npy").is_file() and self._head(part) for part in PARTS)

    def part(self, part: str) -> Dataset:
        """The pictures of "train" or "test", on the disk until they are looked at; `groups` are numbers of writers.

        Drawn first, which takes long, where they are not `ready`. Raises HwrError when they cannot be had.
        """
        source = Source(part, self.folder, mapped=True)
        if self.mapped:
            return load(self.name, source)
        return self._kept(part) or self._keep(part, self._drawn(source))

    def framed(self, part: str, index: np.ndarray, framing: str) -> Dataset:
        """Some pictures of a part, as another framing has them."""
        return reframed(self.part(part).take(index), framing)

    def _drawn(self, source: Source) -> Dataset:
        if self.name != "mine" and not (self.name.startswith("folder:") and source.part == "test"):
            return load(self.name, source)
        with contextlib.suppress(HwrError):
            return load(self.name, source)
        nothing = np.zeros((0, 28, 28), np.uint8)  # too few pictures for this part
        return Dataset(self.name, nothing, np.zeros(0, np.int64), self.classes(), "emnist")

    def _kept(self, part: str) -> Dataset | None:
        head = self._head(part)
        if head is None:
            return None
        try:
            images = np.load(self._file(part, ".npy"), mmap_mode="c", allow_pickle=False)
        except (OSError, ValueError):
            return None
        labels, groups = head.arrays["labels"], head.arrays.get("groups")
        if images.shape != (len(labels), 28, 28):
            return None
        return Dataset(self.name, images, labels, head.figures["classes"], head.figures["framing"], groups)

    def _head(self, part: str) -> Finding | None:
        return kept.read(KIND, self._key(part))

    def _keep(self, part: str, data: Dataset) -> Dataset:
        file = self._file(part, ".npy")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as beside:
                np.save(beside, np.ascontiguousarray(data.images), allow_pickle=False)
            Path(beside.name).replace(file)
        except OSError as error:
            raise kept.unwritable() from error
        arrays = {"labels": data.labels} | ({} if data.groups is None else {"groups": _numbers(data.groups)})
        kept.write(KIND, self._key(part), Finding({"classes": data.classes, "framing": data.framing}, arrays))
        kept.sweep(KIND, 2 * MOST)
        found = self._kept(part)
        if found is None:
            raise kept.unwritable()
        return found

    def _key(self, part: str) -> str:
        return f"{part} {self.mark()}"

    def _file(self, part: str, suffix: str) -> Path:
        return kept.place(KIND, self._key(part), suffix)


def _numbers(groups: np.ndarray) -> np.ndarray:
    """Writers as numbers from 0 on; a picture whose writer is not known ("") gets a number of its own below 0."""
    names, numbers = np.unique(groups.astype(str), return_inverse=True)
    alone = (np.char.str_len(names) == 0)[numbers]
    return np.where(alone, -1 - np.arange(len(groups)), numbers).astype(np.int64)
