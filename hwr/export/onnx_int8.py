"""ONNX in 8 bits: weights by output channel, layers by the range that real pictures give them.

Static quantisation of ONNX Runtime (Jacob et al., 2018, arXiv:1712.05877), with its nodes in pairs (QDQ). Every node is
quantised: leaving out the first and last layers, or pooling and sums, lost more on MNIST. Layers are unsigned: signed
ones take three times as long on processors.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from hwr.engines import to_onnx
from hwr.errors import HwrError
from hwr.export.onnx_float import opened
from hwr.onnx_file import INPUT, described, need

__all__ = ["make", "need", "opened"]

BATCH = 100  # pictures that are looked at together


def make(model: nn.Module, info: dict[str, Any], pictures: np.ndarray) -> bytes:
    """A network as ONNX in 8 bits, calibrated on glyphs (uint8, n x 28 x 28) that are of no test set."""
    plain = to_onnx(model, info)
    onnx, _ = need()
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Pictures(CalibrationDataReader):
        def __init__(self) -> None:
            self.batches = iter(np.array_split(pictures, max(1, len(pictures) // BATCH)))

        def get_next(self) -> dict[str, np.ndarray] | None:
            batch = next(self.batches, None)
            return None if batch is None else {INPUT: batch[:, None].astype(np.float32) / 255}

    with tempfile.TemporaryDirectory(prefix="hwr-") as folder, _quiet():
        ready, done = Path(folder) / "ready.onnx", Path(folder) / "done.onnx"
        try:
            quant_pre_process(onnx.load_model_from_string(plain), str(ready), skip_symbolic_shape=True)
            kinds = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
            quantize_static(str(ready), str(done), Pictures(), per_channel=True, **kinds)
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise HwrError(f'The network "{info["model"]}" cannot be quantised: {error}') from error
        return described(done.read_bytes(), info)


@contextlib.contextmanager
def _quiet() -> Any:
    """Without what the quantiser prints and logs."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(level)
