"""ENGINES: what runs a network for characters, PyTorch or ONNX Runtime, and which is faster here for single glyphs.

A network on ONNX Runtime is a module like any other, from pictures to logits, without gradients. What an ONNX file must be
to be taken for one of ours is in `onnx_file`. Networks for lines stay on PyTorch.
"""

from __future__ import annotations

import copy
import io
import statistics
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from hwr import checkpoint
from hwr.errors import HwrError
from hwr.models import fused
from hwr.networks import STRIPS, gives_numbers
from hwr.onnx_file import INPUT, OUTPUT, SUFFIX, described, need, read_bytes, verify
from hwr.preprocess import SIZE

ENGINES = ("torch", "onnx")
FASTEST = "fastest"  # in place of one: whichever reads single glyphs faster on this machine
OPSET = 17
TRIES, TURNS = 10, 3  # glyphs read to measure an engine at a time, and how often the engines take turns

_converting = threading.Lock()  # torch's converter keeps its settings in globals
_measuring = threading.Lock()  # two at once would time each other
_faster: dict[str, str] = {}  # the engine for each architecture


class OnnxNetwork(nn.Module):
    """A network on ONNX Runtime: (n, 1, 28, 28) in [0, 1] -> (n, classes) logits, on the CPU, without gradients."""

    def __init__(self, content: bytes, name: str = "the network"):
        super().__init__()
        runtime = need()[1]
        options = runtime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leaves idle cores to others
        options.log_severity_level = 4
        try:
            self.session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common class
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise HwrError(f"ONNX Runtime cannot run {name}: {reason}.") from error

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.from_numpy(self.session.run([OUTPUT], {INPUT: pictures.detach().numpy()})[0])


def load(path: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network in a checkpoint or in an ONNX file of ours, and what it says of itself; raises HwrError as they do."""
    if path.suffix.lower() == SUFFIX:
        return open_onnx(read_bytes(path), path.name)
    return checkpoint.load(path)


def runner(model: nn.Module, info: dict[str, Any], engine: str | None = None) -> nn.Module:
    """A loaded network on an engine of ENGINES, or on the FASTEST; None is PyTorch. What is given
    stays as it is: on PyTorch a copy reads, its batch normalisations in the convolutions before them.

    Networks for lines stay on PyTorch. Raises HwrError for an engine that does not exist or cannot run it.
    """
    if engine not in (None, FASTEST, *ENGINES):
        raise HwrError(f'There is no engine "{engine}"; choose one of {", ".join(ENGINES)}.')
    if isinstance(model, OnnxNetwork):
        if engine == "torch":
            raise HwrError("An ONNX file runs on ONNX Runtime alone: leave the engine out, or give the checkpoint.")
        return model
    if info["framing"] == STRIPS:
        return model
    if engine in (None, "torch"):
        return fused(model)
    return faster(model, info) if engine == FASTEST else OnnxNetwork(to_onnx(model, info))


def open_onnx(content: bytes, name: str) -> tuple[OnnxNetwork, dict[str, Any]]:
    """The network in an ONNX file of ours, and what it says of itself; raises HwrError for any other file."""
    info = verify(content, name)
    network = OnnxNetwork(content, name)
    try:
        good = gives_numbers(network, info)
    except Exception as error:  # a graph whose sizes do not fit fails only when it runs
        raise HwrError(f"ONNX Runtime cannot run {name}: export it again.") from error
    if not good:
        raise HwrError(f"The network in {name} gives no numbers; export it again.")
    return network, info


def to_onnx(model: nn.Module, info: dict[str, Any]) -> bytes:
    """The network of a checkpoint as an ONNX file: float32, any number of pictures, described in its metadata.

    Raises HwrError for a network for lines, and when it cannot be converted.
    """
    if info["framing"] == STRIPS:
        raise HwrError("Networks for lines run on PyTorch alone: only networks for characters can be exported.")
    need()
    file: Any = io.BytesIO()
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    example = (torch.zeros(2, 1, SIZE, SIZE),)
    how: dict[str, Any] = {"input_names": [INPUT], "output_names": [OUTPUT], "opset_version": OPSET}
    how["dynamic_axes"] = {INPUT: {0: "n"}, OUTPUT: {0: "n"}}
    try:
        with _converting, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The converter of torch.export takes seconds where this one takes tenths, and needs onnxscript besides.
            torch.onnx.export(plain, example, file, dynamo=False, **how)
    except Exception as error:  # torch's converter has no common class of errors
        raise HwrError(f'The network "{info["model"]}" cannot be converted to ONNX: {error}') from error
    return described(file.getvalue(), info)


def faster(model: nn.Module, info: dict[str, Any]) -> nn.Module:
    """A network for characters on the engine that reads single glyphs faster on this machine, measured once an architecture.

    The engines take turns, so that what else the machine does slows both. It stays on PyTorch where there is no other
    engine, whatever the reason.
    """
    if _faster.get(info["model"]) == "torch":
        return model
    try:
        network = OnnxNetwork(to_onnx(model, info))
    except HwrError:
        return model
    with _measuring:
        if info["model"] not in _faster:
            turns = [(glyph_seconds(model), glyph_seconds(network)) for _ in range(TURNS)]
            on_torch, on_onnx = (statistics.median(times) for times in zip(*turns, strict=True))
            _faster[info["model"]] = "onnx" if on_onnx < on_torch else "torch"
    return network if _faster[info["model"]] == "onnx" else model


def glyph_seconds(network: nn.Module, *, count: int = 1, tries: int = TRIES) -> float:
    """The median time in seconds that a network takes for so many glyphs at once."""
    pictures = torch.rand(count, 1, SIZE, SIZE)
    taken = []
    with torch.inference_mode():
        for _ in range(tries + 3):
            start = time.perf_counter()
            network(pictures)
            taken.append(time.perf_counter() - start)
    return statistics.median(taken[3:])  # the first ones set things up
