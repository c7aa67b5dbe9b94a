"""torch.export: a network as a .pt2 program, which PyTorch runs without our code.

It is written here, and loaded again to be checked; a .pt2 file that somebody brings is never opened.
"""

from __future__ import annotations

import copy
import io
import json
import warnings
from typing import Any

import numpy as np
import torch
from torch import nn

from hwr.errors import HwrError
from hwr.export.check import Runs
from hwr.preprocess import SIZE

FACTS = "hwr.json"  # beside the program, in its archive


def need() -> None:
    """Nothing but PyTorch."""


def make(model: nn.Module, info: dict[str, Any], pictures: np.ndarray) -> bytes:
    """A network as a program for any number of pictures, with what the checkpoint says of itself."""
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    file, example = io.BytesIO(), (torch.zeros(2, 1, SIZE, SIZE),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(plain, example, dynamic_shapes=({0: torch.export.Dim("n")},))
            torch.export.save(program, file, extra_files={FACTS: json.dumps(info)})
    except Exception as error:  # torch.export's errors have no common class
        raise HwrError(f'The network "{info["model"]}" cannot be exported with torch.export: {error}') from error
    return file.getvalue()


def opened(content: bytes, name: str) -> nn.Module:
    """The network in a program that `make` has just made."""
    module = torch.export.load(io.BytesIO(content)).module()
    return Runs(lambda pictures: module(pictures))  # noqa: PLW0108  (a module itself would be asked to eval(), which it refuses)
