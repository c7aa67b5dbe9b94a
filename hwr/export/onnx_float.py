"""ONNX in float32, as the app itself runs it."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from hwr import engines
from hwr.onnx_file import need

__all__ = ["make", "need", "opened"]


def make(model: nn.Module, info: dict[str, Any], pictures: np.ndarray) -> bytes:
    """A network as an ONNX file; the pictures are not needed."""
    return engines.to_onnx(model, info)


def opened(content: bytes, name: str) -> nn.Module:
    """The network in an ONNX file, on ONNX Runtime."""
    return engines.open_onnx(content, name)[0]
