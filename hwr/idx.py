"""MNIST's and EMNIST's files as arrays that stay on the disk: opened at once, and read where somebody looks."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

LABELS, PICTURES = 2049, 2051  # the first number of a file of labels, and of pictures


def mapped(head: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Pictures uint8 (n, 28, 28) and labels int64 (n,) of the two files that begin with `head`, as ".../train".

    What is written into the pictures never reaches the file. None when a file is absent, cut off or something else.
    """
    pictures, labels = (head.with_name(head.name + end) for end in ("-images-idx3-ubyte", "-labels-idx1-ubyte"))
    try:
        count, height, width = _head(pictures, PICTURES, 4)
        (marked,) = _head(labels, LABELS, 2)
        whole = (count, height, width) == (marked, 28, 28) and count
        if not whole or pictures.stat().st_size != 16 + count * 784 or labels.stat().st_size != 8 + count:
            return None
        images = np.asarray(np.memmap(pictures, np.uint8, "c", 16, (count, 28, 28)))
        return images, np.fromfile(labels, np.uint8, offset=8).astype(np.int64)
    except (OSError, ValueError, struct.error):
        return None


def _head(path: Path, magic: int, numbers: int) -> tuple[int, ...]:
    """The numbers after the first; raises ValueError when that is not `magic`."""
    with path.open("rb") as file:
        first, *others = struct.unpack(f">{numbers}I", file.read(4 * numbers))
    if first != magic:
        raise ValueError("another kind of file")
    return tuple(others)
