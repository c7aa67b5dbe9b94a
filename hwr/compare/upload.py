"""A checkpoint that a person has uploaded: taken in when it is one of ours, else told why not. Nothing is unpickled."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
from pathlib import Path

from safetensors import SafetensorError, safe_open

from hwr import checkpoint
from hwr.compare.cache import cache_folder
from hwr.compare.question import Model
from hwr.errors import HwrError

SUFFIX = ".safetensors"
KEPT = 20  # uploads; the oldest go


def take_in(name: str, content: bytes) -> Path:
    """Keeps an uploaded checkpoint beside what was measured and gives its file.

    Raises HwrError when it is no checkpoint of ours, is broken, or reads lines.
    """
    if not name.lower().endswith(SUFFIX):
        raise HwrError(
            f"{name} is not taken: upload a {SUFFIX} checkpoint that hwr has trained. Other formats can hold a program "
            "that runs when they are opened, so they are not opened."
        )
    folder = cache_folder() / "uploads" / hashlib.sha256(content).hexdigest()[:16]
    stem = re.sub(r"[^\w-]+", "-", name[: -len(SUFFIX)]).strip("-")[:60] or "upload"
    path = folder / f"{stem}{SUFFIX}"
    checkpoint.write_whole(path, content)
    try:
        _check_head(path, Model.at(path))
    except HwrError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    with contextlib.suppress(OSError):
        for old in sorted(folder.parent.iterdir(), key=lambda each: -each.stat().st_mtime_ns)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
    return path


def _check_head(path: Path, model: Model) -> None:
    """Raises HwrError when the last layer is not of as many classes as are named: before a network of that size is built."""
    try:
        with safe_open(str(path), framework="numpy") as file:
            rows = file.get_slice("head.weight").get_shape()[0]
    except (OSError, SafetensorError, IndexError) as error:
        raise HwrError(f"{path.name} has no last layer: it is no network of hwr.") from error
    if not model.info["classes"].isprintable():
        raise HwrError(f"{path.name} names classes that are no characters: it is no network of hwr.")
    classes = len(model.info["classes"])
    if rows != classes + int("reject" in model.info):
        raise HwrError(
            f"{path.name} names {classes} classes, and its last layer has {rows}: copy the checkpoint again."
        )
