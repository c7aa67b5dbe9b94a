"""A model that somebody brings: a checkpoint or an ONNX file of hwr, told by its content and not by its name.

Nothing is unpickled, unpacked or run before it is known to be one of these; anything else gets a sentence.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from hwr.checkpoint import parse_info
from hwr.errors import HwrError
from hwr.onnx_file import check_size, read_bytes
from hwr.recognize import Recognizer

SUFFIXES = (".safetensors", ".onnx")
TAKEN = "Only .safetensors checkpoints and .onnx files that hwr has written are taken"
MOST_CLASSES = 20_000  # the network is built before its weights are compared with it
ZIP, PICKLE, HDF = b"PK\x03\x04", b"\x80", b"\x89HDF"


def recognizer_from(model: bytes | Path, name: str = "", *, engine: str | None = None) -> Recognizer:
    """The recognizer in a file's content, or in the file at a path; `name` is what the file was called.

    Raises HwrError for anything but a whole checkpoint or ONNX file of hwr.
    """
    content = read_bytes(model) if isinstance(model, Path) else model
    shown = _plain(name or (model.name if isinstance(model, Path) else "The file"))
    check_size(len(content), shown)
    suffix = _kind(content, shown)
    with tempfile.TemporaryDirectory(prefix="hwr-") as folder:
        path = Path(folder) / f"{Path(shown).stem}{suffix}"
        path.write_bytes(content)
        return Recognizer.load(path, engine=engine)


def _plain(name: str) -> str:
    """A name without folders and signs, that any file system takes."""
    return re.sub(r"[^\w. -]+", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".")[-80:] or "model"


def _kind(content: bytes, name: str) -> str:
    """The suffix of what a file holds; raises HwrError when it is no model of ours."""
    if content.startswith(ZIP):
        raise HwrError(f"{name} is an archive, as PyTorch's .pt files are, and is not opened. {TAKEN}.")
    if content.startswith(PICKLE):
        raise HwrError(f"{name} is a pickle, which could run any code, and is not opened. {TAKEN}.")
    if content.startswith(HDF):
        raise HwrError(f"{name} is a Keras or HDF5 file. {TAKEN}.")
    size = int.from_bytes(content[:8], "little")
    if content[8:9] == b"{":
        _check_header(content, size, name)
        return ".safetensors"
    if content[:1] == b"\x08":  # an ONNX file begins with its version, field 1 of protobuf's
        return ".onnx"
    raise HwrError(f"{name} is no model of hwr. {TAKEN}.")


def _check_header(content: bytes, size: int, name: str) -> None:
    """Raises HwrError for a checkpoint that is cut short, or that asks for a network of any size."""
    if size + 8 > len(content):
        raise HwrError(f"{name} is cut short; copy it again.")
    try:
        header = json.loads(content[8 : 8 + size])
        text = header.get("__metadata__", {}).get("hwr")
    except (ValueError, AttributeError, RecursionError) as error:
        raise HwrError(f"{name} is not a readable checkpoint: its header is broken; copy it again.") from error
    if isinstance(text, str) and len(parse_info(text, name)["classes"]) > MOST_CLASSES:
        raise HwrError(f"{name} has more than {MOST_CLASSES:,} classes, which no network of hwr has.")
