"""How many pictures a dataset has to train on, told from its files without loading them; for an estimate beforehand."""

from __future__ import annotations

import struct
from pathlib import Path

from hwr.data import DRAWN
from hwr.mine import Mine, repeats


def pictures(names: str, folder: Path, limit: int = 0) -> int | None:
    """About how many pictures of the datasets `names` (joined with +) a training sees; None when that is not known."""
    counts = {name: _count(name, folder) for name in names.split("+")}
    if None in counts.values():
        return limit or None
    total = sum(count for name, count in counts.items() if count and name != "mine")
    if own := counts.get("mine"):
        total += own * repeats(own, total)
    return min(total, limit) if limit else total


def _count(name: str, folder: Path) -> int | None:
    if name == "mine" or name.startswith("folder:"):
        own = Mine.at(folder) if name == "mine" else Mine(Path(name.removeprefix("folder:")))
        return len(own.samples()) * 4 // 5 or None  # a fifth of them is for the test
    if name == "synthetic":
        return DRAWN["train"]
    file = "MNIST/raw/train" if name == "mnist" else f"EMNIST/raw/{name}-train"
    return _labels(folder / f"{file}-labels-idx1-ubyte")


def _labels(path: Path) -> int | None:
    """The number in the head of one of MNIST's or EMNIST's label files."""
    try:
        with open(path, "rb") as file:
            return struct.unpack(">II", file.read(8))[1]
    except (OSError, struct.error):
        return None
