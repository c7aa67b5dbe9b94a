"""What took long to find, kept on disk: arrays and figures in one safetensors file, known by what they were made from.

It lies in cache/ or where HWR_CACHE says, and may be deleted. Nothing is unpickled; a damaged file counts as none.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from hwr import checkpoint, readonly
from hwr.data import DATASETS
from hwr.errors import HwrError
from hwr.mine import Mine

KEPT = 200  # files of a kind; the oldest go


@dataclass(frozen=True)
class Finding:
    """What was found: plain figures, and arrays by name."""

    figures: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def cache_folder() -> Path:
    """Where findings are kept: HWR_CACHE, or cache/ in the current folder; in read-only mode a scratch folder."""
    return readonly.scratch() if readonly.active() else _lasting()


def looked_in() -> list[Path]:
    """The folders that findings are sought in; in read-only mode also the one that is written otherwise."""
    return list(dict.fromkeys((cache_folder(), _lasting())))


def _lasting() -> Path:
    return Path(os.environ.get("HWR_CACHE") or "cache")


def place(kind: str, key: str, suffix: str = ".safetensors") -> Path:
    """The file of what was found from `key`, any text that changes with what decides."""
    return cache_folder() / kind / f"{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}{suffix}"


def read(kind: str, key: str) -> Finding | None:
    """What was kept; None when that was never, or the file is damaged."""
    file = place(kind, key).relative_to(cache_folder())
    return next((found for folder in looked_in() if (found := _read(folder / file))), None)


def _read(path: Path) -> Finding | None:
    try:
        with safe_open(str(path), framework="numpy") as file:
            head = json.loads((file.metadata() or {})["finding"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        return Finding(head["figures"], arrays) if head["sum"] == _sum(arrays) else None
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def write(kind: str, key: str, finding: Finding, *, most: int = KEPT) -> None:
    """Keeps a finding, and no more than so many of its kind; raises HwrError when nothing can be written."""
    from safetensors.numpy import save

    arrays = {name: np.ascontiguousarray(value) for name, value in finding.arrays.items()}
    head = {"figures": finding.figures, "sum": _sum(arrays)}
    try:
        checkpoint.write_whole(place(kind, key), save(arrays, {"finding": json.dumps(head)}))
    except HwrError as error:
        raise unwritable() from error
    sweep(kind, most)


def unwritable() -> HwrError:
    """What to say when nothing can be kept."""
    return HwrError(f'What was found cannot be kept in "{cache_folder()}": make it writable, or set HWR_CACHE.')


def sweep(kind: str, most: int) -> None:
    """Deletes the oldest files of a kind, so that no more than so many stay."""
    with contextlib.suppress(OSError):
        files = sorted((cache_folder() / kind).iterdir(), key=lambda path: -path.stat().st_mtime_ns)
        for old in files[most:]:
            old.unlink(missing_ok=True)


def files_mark(names: str, folder: Path) -> str:
    """What changes when the pictures of datasets (joined with +) may have: the names, sizes and times of their files."""
    seen = hashlib.sha256(names.encode())
    for name in names.split("+"):
        for line in dataset_files(name, folder):
            seen.update(line.encode("utf-8", "surrogateescape"))
    return seen.hexdigest()


def dataset_files(name: str, folder: Path) -> Iterator[str]:
    """A line for each file that a dataset is read from; none for what is drawn on the fly."""
    if name.startswith("folder:"):
        place = Path(name.removeprefix("folder:"))
    elif name == "mine":
        place = Mine.at(folder).path
    elif name in DATASETS and DATASETS[name].file:
        place = (folder / DATASETS[name].file).parent
    else:
        return
    for file in sorted(place.rglob("*")) if place.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # one that is gone meanwhile is none
            found = file.stat()
            yield f"{file} {found.st_size} {found.st_mtime_ns}\n"


@functools.cache
def code_mark(*modules: str) -> str:
    """A hash of some of our own modules and packages: what other code has found is found again."""
    seen = hashlib.sha256()
    for module in modules:
        path = Path(__file__).parent / module
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]:
            seen.update(file.read_bytes())
    return seen.hexdigest()


def _sum(arrays: dict[str, np.ndarray]) -> int:
    total = 0
    for name in sorted(arrays):
        total = zlib.crc32(np.ascontiguousarray(arrays[name]).view(np.uint8).ravel().data, total)
    return total
