"""MODEL_FORMATS: the files that a trained network can leave the house as. Light: it loads neither torch nor a runtime.

Every export takes "pictures", float32 (n, 1, 28, 28) in [0, 1], framed as the checkpoint says, and gives logits. Networks for
lines are not exported. `make.export` makes a file, and gives it out only when it reads as the network does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hwr.errors import HwrError

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

MOST_LOST = 0.005  # accuracy that an export in 8 bits may lose


@dataclass(frozen=True)
class ModelFormat:
    """One format: its title, what it is in a line, the end of its file's name, and the module of this package that makes it;
    `most_lost` is the accuracy that it may lose, None for one that must give the same answers."""

    title: str
    summary: str
    ending: str
    module: str
    most_lost: float | None = None

    @property
    def make(self) -> Callable[[nn.Module, dict[str, Any], np.ndarray], bytes]:
        """Makes the file's content of a network, what its checkpoint says, and glyphs to calibrate on."""
        return self._part("make")

    @property
    def open(self) -> Callable[[bytes, str], nn.Module]:
        """Opens such content again, in its own runtime; the name is for a sentence."""
        return self._part("opened")

    @property
    def need(self) -> Callable[[], Any]:
        """Raises HwrError where what the format needs is not installed."""
        return self._part("need")

    def _part(self, name: str) -> Any:
        return getattr(import_module(f"hwr.export.{self.module}"), name)


MODEL_FORMATS = {
    "onnx": ModelFormat("ONNX", "float32, for ONNX Runtime in any language and in browsers", ".onnx", "onnx_float"),
    "onnx-int8": ModelFormat(
        "ONNX in 8 bits",
        "a quarter of the size, and the fastest on processors",
        "-int8.onnx",
        "onnx_int8",
        MOST_LOST,
    ),
    "torch": ModelFormat("torch.export", "a program that PyTorch runs without hwr", ".pt2", "program"),
    "tflite": ModelFormat(
        "TensorFlow Lite", "for phones, one picture at a time; an extra: requirements-tflite.txt", ".tflite", "tflite"
    ),
}


def find_format(name: str) -> ModelFormat:
    """What the registry says of a format; raises HwrError for an unknown name, and where what it needs is not installed."""
    if name not in MODEL_FORMATS:
        raise HwrError(f'There is no format "{name}"; choose one of {", ".join(MODEL_FORMATS)}.')
    MODEL_FORMATS[name].need()
    return MODEL_FORMATS[name]
