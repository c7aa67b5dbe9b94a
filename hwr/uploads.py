"""A model that somebody brings: a checkpoint or an ONNX file of hwr, told by its content and not by its name.

Nothing is unpickled, unpacked or run before it is known to be one of these; anything else gets a sentence. `take_in` keeps
one on disk for the pages, without torch; `recognizer_from` reads with one at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from hwr import checkpoint, onnx_file
from hwr.checkpoint import parse_info
from hwr.errors import HwrError
from hwr.kept import cache_folder
from hwr.networks import STRIPS, reads_lines
from hwr.onnx_file import check_size, read_bytes

if TYPE_CHECKING:
    from hwr.recognize import Recognizer

SUFFIXES = (".safetensors", ".onnx")
TAKEN = "Only .safetensors checkpoints and .onnx files that hwr has written are taken"
MOST_CLASSES = 20_000  # the network is built before its weights are compared with it
KEPT = 20  # uploads; the oldest go
ZIP, PICKLE, HDF = b"PK\x03\x04", b"\x80", b"\x89HDF"


def recognizer_from(model: bytes | Path, name: str = "", *, engine: str | None = None) -> Recognizer:
    """The recognizer in a file's content, or in the file at a path; `name` is what the file was called.

    Raises HwrError for anything but a whole checkpoint or ONNX file of hwr.
    """
    from hwr.recognize import Recognizer

    content = read_bytes(model) if isinstance(model, Path) else model
    shown = _plain(name or (model.name if isinstance(model, Path) else "The file"))
    check_size(len(content), shown)
    suffix = _kind(content, shown)
    with tempfile.TemporaryDirectory(prefix="hwr-") as folder:
        path = Path(folder) / f"{Path(shown).stem}{suffix}"
        path.write_bytes(content)
        _check(path)
        return Recognizer.load(path, engine=engine)


def take_in(name: str, content: bytes, *, lines: bool = True) -> Path:
    """Keeps an uploaded model beside what was measured and gives its file; a second time it is the same file.

    `lines` says whether one that reads whole lines is taken. Raises HwrError for anything but a whole checkpoint or ONNX
    file of hwr, and when it cannot be kept.
    """
    shown = _plain(name)
    check_size(len(content), shown)
    suffix = _kind(content, shown)
    stem = re.sub(r"[^\w-]+|_+", "-", Path(shown).stem).strip("-")[:60] or "upload"
    folder = cache_folder() / "uploads" / hashlib.sha256(content).hexdigest()[:16]
    path = folder / f"{stem}{suffix}"
    checkpoint.write_whole(path, content)
    try:
        info = _check(path)
        if info["framing"] == STRIPS and not lines:
            raise HwrError(f"{shown} reads whole lines, and single characters are compared here.")
    except HwrError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    with contextlib.suppress(OSError):
        for old in sorted(folder.parent.iterdir(), key=lambda each: -each.stat().st_mtime_ns)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
    return path


def _plain(name: str) -> str:
    """A name without folders and signs, that any file system takes."""
    return re.sub(r"[^\w. -]+", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".")[-80:] or "model"


def _kind(content: bytes, name: str) -> str:
    """The suffix of what a file holds; raises HwrError when it is no model of ours."""
    size, braced = int.from_bytes(content[:8], "little"), content[8:9] == b"{"
    if braced and size + 8 <= len(content):  # first: its size may begin with any byte, as a pickle does
        _check_header(content, size, name)
        return ".safetensors"
    if content.startswith(ZIP):
        raise HwrError(f"{name} is an archive, as PyTorch's .pt files are, and is not opened. {TAKEN}.")
    if content.startswith(PICKLE):
        raise HwrError(f"{name} is a pickle, which could run any code, and is not opened. {TAKEN}.")
    if content.startswith(HDF):
        raise HwrError(f"{name} is a Keras or HDF5 file. {TAKEN}.")
    if braced:
        raise HwrError(f"{name} is cut short; copy it again.")
    if content[:1] == b"\x08":  # an ONNX file begins with its version, field 1 of protobuf's
        return ".onnx"
    raise HwrError(f"{name} is no model of hwr. {TAKEN}.")


def _check_header(content: bytes, size: int, name: str) -> None:
    """Raises HwrError for a checkpoint whose header is broken, or that asks for a network of any size."""
    try:
        header = json.loads(content[8 : 8 + size])
        text = header.get("__metadata__", {}).get("hwr")
    except (ValueError, AttributeError, RecursionError) as error:
        raise HwrError(f"{name} is not a readable checkpoint: its header is broken; copy it again.") from error
    if isinstance(text, str) and len(parse_info(text, name)["classes"]) > MOST_CLASSES:
        raise HwrError(f"{name} has more than {MOST_CLASSES:,} classes, which no network of hwr has.")


def _check(path: Path) -> dict[str, Any]:
    """What a file says of itself; raises HwrError when it says what cannot be: before a network of that size is built."""
    info = onnx_file.read_info(path)
    if not info["classes"].isprintable():
        raise HwrError(f"{path.name} names classes that are no characters: it is no network of hwr.")
    if (info["framing"] == STRIPS) != reads_lines(info["model"]):
        raise HwrError(f'{path.name} does not fit its network "{info["model"]}": it is no network of hwr.')
    if path.suffix == ".safetensors" and info["framing"] != STRIPS:
        _check_head(path, info)
    return info


def _check_head(path: Path, info: dict[str, Any]) -> None:
    """Raises HwrError when the last layer is not of as many classes as are named."""
    try:
        with safe_open(str(path), framework="numpy") as file:
            rows = file.get_slice("head.weight").get_shape()[0]
    except (OSError, SafetensorError, IndexError) as error:
        raise HwrError(f"{path.name} has no last layer: it is no network of hwr.") from error
    classes = len(info["classes"])
    if rows != classes + int("reject" in info):
        raise HwrError(
            f"{path.name} names {classes} classes, and its last layer has {rows}: copy the checkpoint again."
        )
