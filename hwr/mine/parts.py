"""The training and test part of own pictures as glyphs: of `mine`, where broken files are left out, and of `folder:PATH`.

Arrays and characters, not Datasets: those are made of them in hwr.data.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from hwr.errors import HwrError
from hwr.mine.folders import SUFFIXES, classes_in, held_out, pictures_in
from hwr.mine.store import Mine
from hwr.preprocess import frame, load_glyph

SHARE = 0.2  # of joined training pictures that are one's own, where repeating them MOST_REPEATS times is enough
MOST_REPEATS = 50


def mine_part(mine: Mine, part: str, framing: str) -> tuple[np.ndarray, list[str], np.ndarray]:
    """The glyphs of a part ("train" or "test"), their characters, and keys (n,) that tell a picture from its copies.

    Raises HwrError when the part has none.
    """
    own = mine.samples()
    held = held_out([sample.key for sample in own], [sample.char for sample in own])
    chosen = [sample for sample, test in zip(own, held, strict=True) if test == (part == "test")]
    images, chars, keys = [], [], []
    for sample in chosen:
        try:
            images.append(frame(sample.ink(), framing))
        except HwrError:
            continue
        chars.append(sample.char)
        keys.append(sample.key)
    if len(images) < len(chosen):
        print(f"mine: {len(chosen) - len(images)} broken pictures are left out.", file=sys.stderr)
    if not images:
        raise HwrError(f'"mine" has too few pictures for its {part} part: two of each character are the least.')
    return np.stack(images), chars, np.array(keys)


def folder_part(path: Path, part: str, framing: str) -> tuple[np.ndarray, list[str]]:
    """The glyphs of a part and their characters; raises HwrError when there are none, or for one that is broken."""
    classes_in(path)
    files = list(pictures_in(path))
    keys = [file.relative_to(path).as_posix() for _, file in files]
    held = held_out(keys, [char for char, _ in files])
    chosen = [item for item, test in zip(files, held, strict=True) if test == (part == "test")]
    if not chosen:
        kinds = ", ".join(sorted(suffix.lstrip(".") for suffix in SUFFIXES))
        raise HwrError(f'"{path}" has no pictures for the {part} part: each class needs some ({kinds}).')
    return np.stack([_glyph(file, path, framing) for _, file in chosen]), [char for char, _ in chosen]


def repeats(own: int, others: int) -> int:
    """How often own pictures are repeated beside others in training, so that one in five is one's own; at most 50 times."""
    return min(MOST_REPEATS, max(1, round(SHARE / (1 - SHARE) * others / own)))


def _glyph(file: Path, folder: Path, framing: str) -> np.ndarray:
    try:
        return load_glyph(file, framing)
    except HwrError as error:
        raise HwrError(f"{file.relative_to(folder)}: {error}") from error
