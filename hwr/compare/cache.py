"""What was measured, kept on disk (hwr.kept): one file a model and question.

A file is known by the hash of the checkpoint, of the test pictures' files, of this code and of the machine, so that a second
look takes no time and none is out of date. Nothing is unpickled; a damaged file is measured again.
"""

from __future__ import annotations

import contextlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwr import kept
from hwr.compare.question import Model, Question
from hwr.errors import HwrError

KIND, FORMAT = "compare", 2
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
    found = kept.read(KIND, _key(model, question))
    if found is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return _checked(Measured(found.figures, **found.arrays), len(question.classes))
    return None


def write(model: Model, question: Question, measured: Measured) -> None:
    """Keeps what was measured; where nothing can be written it is measured anew each time."""
    arrays = {name: value for name, value in vars(measured).items() if name != "figures"}
    with contextlib.suppress(HwrError):
        kept.write(KIND, _key(model, question), kept.Finding(measured.figures, arrays), most=KEPT)


def processor() -> str:
    """What this machine computes with, in words."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _key(model: Model, question: Question) -> str:
    return f"{FORMAT} {model.digest} {question.mark()} {_code()} {processor()} {os.cpu_count()}"


def _code() -> str:
    """What was measured by other code is measured again, whatever of the package has changed."""
    return kept.code_mark("")


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
