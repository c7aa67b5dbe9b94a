"""TensorFlow Lite for phones, with litert-torch and its interpreter: an optional extra, loaded when it is asked for.

One picture at a time. What the checkpoint says of itself is hwr.json in a zip at the end of the file, as TensorFlow Lite
keeps a model's own files.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import warnings
import zipfile
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hwr.errors import HwrError
from hwr.export.check import Runs
from hwr.preprocess import SIZE

ABSENT = "TensorFlow Lite needs litert-torch, which is not installed here: pip install -r requirements-tflite.txt"
FACTS = "hwr.json"


def need() -> tuple[Any, Any]:
    """The module litert_torch and the interpreter's class; raises HwrError where they are not installed."""
    try:
        import litert_torch
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise HwrError(ABSENT) from error
    return litert_torch, Interpreter


def make(model: nn.Module, info: dict[str, Any], pictures: np.ndarray) -> bytes:
    """A network as a .tflite file, float32, for one picture at a time."""
    converter, _ = need()
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    try:
        with warnings.catch_warnings(), _quiet():
            warnings.simplefilter("ignore")
            content = converter.convert(plain, (torch.zeros(1, 1, SIZE, SIZE),)).model_content()
    except Exception as error:  # litert's errors have no common class
        raise HwrError(f'The network "{info["model"]}" cannot be converted to TensorFlow Lite: {error}') from error
    file = io.BytesIO()
    file.write(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(FACTS, json.dumps(info))
    return file.getvalue()


def opened(content: bytes, name: str) -> nn.Module:
    """The network in a file that `make` has made, on TensorFlow Lite's interpreter."""
    interpreter = need()[1](model_content=content, num_threads=torch.get_num_threads())
    interpreter.allocate_tensors()
    given, found = (each()[0]["index"] for each in (interpreter.get_input_details, interpreter.get_output_details))

    def run(pictures: Tensor) -> Tensor:
        rows = []
        for picture in pictures.numpy():
            interpreter.set_tensor(given, picture[None])
            interpreter.invoke()
            rows.append(torch.from_numpy(interpreter.get_tensor(found)))
        return torch.cat(rows)

    return Runs(run)


@contextlib.contextmanager
def _quiet() -> Any:
    """Without what the converter prints and logs."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(level)
