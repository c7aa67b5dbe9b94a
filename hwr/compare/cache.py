"""What was measured, kept on disk: one safetensors file a model and question, its figures as JSON in the header.

A file is known by the hash of the checkpoint, of the test pictures' files, of this code and of the machine, so that a second
look takes no time and none is out of date. Nothing is unpickled; a damaged file is measured again.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from hwr import checkpoint
from hwr.compare.question import Model, Question
from hwr.errors import HwrError
from hwr.kept import cache_folder, looked_in

FORMAT = 1
KEPT = 400  # files; the oldest go


@dataclass(frozen=True)
class Measured:
    """What one checkpoint did: its figures, and its answer to each of n pictures.

    labels, answers int64 (n,) into the question's classes, confidences float32 (n,) in [0, 1]. `shown` are the pictures of
    the most confused pairs, uint8 (k, 28, 28), and `shown_places` their places among the n.
    """

    figures: dict[str, Any]
    labels: np.ndarray
    answers: np.ndarray
    confidences: np.ndarray
    shown: np.ndarray
    shown_places: np.ndarray


def read(model: Model, question: Question) -> Measured | None:
    """What was measured before; None when that was never, or something has changed since."""
    return next((found for each in looked_in() if (found := _read(each / _name(model, question), question))), None)


def _read(path: Path, question: Question) -> Measured | None:
    try:
        with safe_open(str(path), framework="numpy") as file:
            figures = json.loads((file.metadata() or {})["measured"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        return _checked(Measured(figures, **arrays), len(question.classes))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def write(model: Model, question: Question, measured: Measured) -> None:
    """Keeps what was measured; where nothing can be written it is measured anew each time."""
    from safetensors.numpy import save

    arrays = {name: np.ascontiguousarray(value) for name, value in vars(measured).items() if name != "figures"}
    file = cache_folder() / _name(model, question)
    with contextlib.suppress(HwrError):
        checkpoint.write_whole(file, save(arrays, {"measured": json.dumps(measured.figures)}))
    with contextlib.suppress(OSError):
        for old in sorted(file.parent.glob("*.safetensors"), key=lambda path: -path.stat().st_mtime_ns)[KEPT:]:
            old.unlink(missing_ok=True)


def processor() -> str:
    """What this machine computes with, in words."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _name(model: Model, question: Question) -> Path:
    rest = f"{question.mark()} {_code()} {processor()} {os.cpu_count()}"
    return Path("compare") / f"{model.digest[:24]}-{hashlib.sha256(rest.encode()).hexdigest()[:24]}.safetensors"


@functools.cache
def _code() -> str:
    """A hash of the package: what was measured by other code is measured again."""
    seen = hashlib.sha256(f"{FORMAT}".encode())
    for file in sorted(Path(checkpoint.__file__).parent.rglob("*.py")):
        seen.update(file.read_bytes())
    return seen.hexdigest()


def _checked(measured: Measured, classes: int) -> Measured:
    count = len(measured.labels)
    for array in (measured.labels, measured.answers):
        if (
            array.shape != (count,)
            or array.dtype.kind != "i"
            or not 0 <= array.min(initial=0) <= array.max(initial=0) < classes
        ):
            raise ValueError("labels")
    if measured.confidences.shape != (count,) or measured.figures["images"] != count:
        raise ValueError("figures")
    if measured.shown.shape != (len(measured.shown_places), 28, 28):
        raise ValueError("pictures")
    return measured
