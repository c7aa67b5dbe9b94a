"""What a part of a dataset is, glyphs with labels, and where one is read from. The datasets themselves are in `data`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

EITHER = 1000  # added to the label of a letter whose case is not known


@dataclass(frozen=True)
class Dataset:
    """Glyphs of one part: images uint8 (n, 28, 28), labels int64 (n,) into `classes`, groups (n,) of writers or None.

    A label of EITHER + i means class i or its other case: the set that the glyph comes from does not tell them apart.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    classes: str
    framing: str
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray) -> Dataset:
        """The part that an index or mask names."""
        groups = None if self.groups is None else self.groups[index]
        return replace(self, images=self.images[index], labels=self.labels[index], groups=groups)

    def certain(self) -> Dataset:
        """The part whose case is known, to score on."""
        return self if self.labels.max(initial=0) < EITHER else self.take(self.labels < EITHER)


@dataclass(frozen=True)
class Source:
    """Where a part is read from: "train" or "test", the data folder, the framing wanted ("" for its own), the seed.

    `limit` is how many pictures will be used, 0 for all: what is drawn on the fly draws no more. `some` is how many are
    wanted at most, 0 for all: a seeded choice, made before pen strokes are rendered, which takes minutes for all of them.
    With `mapped` pictures stay on the disk where they can, and are read when they are looked at.
    """

    part: str
    folder: Path
    framing: str = ""
    seed: int = 0
    classes: str = ""
    limit: int = 0
    some: int = 0
    mapped: bool = False
