"""An ONNX file of ours: what it says of itself, and what it must be before anything of it runs.

Its input "pictures" is float32 (n, 1, 28, 28) in [0, 1], ink 1 on 0, framed as its metadata say; its output "logits" is
(n, classes), with one column more for "no character" when the network rejects. Its metadata hold classes, framing,
temperature and reject_threshold as text, and under "hwr" all that the checkpoint says of itself, as JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hwr import __version__, checkpoint
from hwr.errors import HwrError
from hwr.networks import STRIPS
from hwr.preprocess import SIZE

ABSENT = "ONNX needs two packages that are not installed here: pip install onnx onnxruntime"
SUFFIX = ".onnx"
INPUT, OUTPUT = "pictures", "logits"
LARGEST = 100_000_000  # bytes of a file; ours have 3 million
WIDEST = 1_000_000  # numbers of any layer for one picture; the widest of ours has 50,000
AGAIN = "export it again with: python -m hwr export"
# None that loops, reads a file, or makes something large of something small.
LAYERS = {"BatchNormalization", "Conv", "Flatten", "Gemm", "MaxPool", "ReduceMax", "ReduceMean", "Relu"}
OPERATORS = LAYERS | {"Add", "Concat", "Constant", "DequantizeLinear", "Div", "Identity", "QuantizeLinear", "Sub"}


def need() -> tuple[Any, Any]:
    """The modules onnx and onnxruntime; raises HwrError that says what to install where one is absent."""
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise HwrError(ABSENT) from error
    return onnx, onnxruntime


def read_bytes(path: Path) -> bytes:
    """What is in a file that may be a model; raises HwrError when it cannot be read or is too large for one."""
    try:
        size = path.stat().st_size
        check_size(size, path.name)
        return path.read_bytes()
    except OSError as error:
        raise HwrError(f"Cannot read {path.name}: {error.strerror or error}.") from error


def read_info(path: Path) -> dict[str, Any]:
    """What a checkpoint, or an ONNX file of ours, says of itself; raises HwrError as `verify` and checkpoint.read_info."""
    return verify(read_bytes(path), path.name) if path.suffix.lower() == SUFFIX else checkpoint.read_info(path)


def check_size(size: int, name: str) -> None:
    """Raises HwrError for a file that is empty or larger than any model."""
    if not size:
        raise HwrError(f"{name} is empty; copy it again.")
    if size > LARGEST:
        raise HwrError(f"{name} has {size / 1e6:,.0f} MB; a model has {LARGEST / 1e6:.0f} MB at most.")


def described(content: bytes, info: dict[str, Any]) -> bytes:
    """The same ONNX file with metadata, so that it can be used without the checkpoint."""
    onnx, _ = need()
    model = onnx.load_model_from_string(content)
    del model.metadata_props[:]
    facts = {
        "classes": info["classes"],
        "framing": info["framing"],
        "temperature": str(checkpoint.temperature(info)),
        "reject_threshold": str(checkpoint.threshold(info)) if "reject" in info else "",
        "hwr": json.dumps(info),
    }
    onnx.helper.set_model_props(model, facts)
    model.producer_name, model.producer_version = "hwr", __version__
    model.doc_string = (
        f"{INPUT}: float32 (n, 1, {SIZE}, {SIZE}) in [0, 1], ink 1 on 0, framed as {info['framing']}; {OUTPUT}: (n, classes)"
        f"{', the last column for no character' if 'reject' in info else ''}; divide by temperature before softmax"
    )
    return model.SerializeToString()


def verify(content: bytes, name: str) -> dict[str, Any]:
    """What an ONNX file of ours says of itself; nothing of it is run.

    Raises HwrError for a file that is too large, cut short, not of hwr, keeps anything in other files, has operators that no
    network of ours has, or other inputs and outputs.
    """
    check_size(len(content), name)
    model = _parsed(content, name)
    tensors = list(_tensors(model.graph))
    if any(tensor.external_data or tensor.data_location == tensor.EXTERNAL for tensor in tensors):
        raise HwrError(f"{name} keeps its weights in other files, and those are never opened; {AGAIN}.")
    texts = {entry.key: entry.value for entry in model.metadata_props}
    if "hwr" not in texts:
        raise HwrError(f"{name} is an ONNX file, but not one that hwr exported: it does not say what it reads.")
    info = checkpoint.parse_info(texts["hwr"], name)
    if info["framing"] == STRIPS:
        raise HwrError(f"{name} is for lines, and those run on PyTorch alone: give the checkpoint.")
    _check_operators(model, name)
    _check_shapes(model, len(info["classes"]) + int("reject" in info), name)
    return info


def _parsed(content: bytes, name: str) -> Any:
    onnx, _ = need()
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's error stands in no public module
        raise HwrError(f"{name} is not a readable ONNX file: it is cut short, or of another kind.") from error
    if not model.graph.node:
        raise HwrError(f"{name} is not a readable ONNX file: there is no network in it.")
    return model


def _tensors(graph: Any) -> Iterator[Any]:
    """Every tensor that a graph holds, also in the attributes of its nodes."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            yield from (attribute.sparse_tensor.values, attribute.sparse_tensor.indices)
            for inner in (attribute.g, *attribute.graphs):
                if inner.ByteSize():
                    yield from _tensors(inner)


def _check_operators(model: Any, name: str) -> None:
    """Raises HwrError unless a model is a plain graph of operators that our networks have."""
    graph = model.graph
    foreign = sorted({node.op_type for node in graph.node if node.op_type not in OPERATORS or node.domain})
    sparse = graph.sparse_initializer or any(part.sparse_tensor.dims for node in graph.node for part in node.attribute)
    if foreign or sparse or model.functions or model.training_info:
        what = foreign[0] if foreign else "parts of its own"
        raise HwrError(f"{name} is not a network of hwr: it has {what}.")


def _check_shapes(model: Any, columns: int, name: str) -> None:
    """Raises HwrError unless a model goes from glyphs to so many columns, through layers of a sensible size."""
    onnx, _ = need()
    fixed = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in fixed]
    given = [(value.name, _sizes(value)) for value in inputs]
    found = [(value.name, _sizes(value)) for value in model.graph.output]
    if given != [(INPUT, [0, 1, SIZE, SIZE])] or found != [(OUTPUT, [0, columns])]:
        raise HwrError(f"{name} does not go from glyphs to its {columns} classes; {AGAIN}.")
    try:
        graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    except Exception as error:  # the checker has no common class of errors
        raise HwrError(f"The layers in {name} do not fit each other; {AGAIN}.") from error
    layers = {value.name: _sizes(value) for value in (*graph.value_info, *graph.output)}
    for layer in (node.output[0] for node in graph.node if node.output):
        sizes = layers.get(layer, [0, 0])
        if 0 in sizes[1:] or math.prod(sizes[1:]) > WIDEST:
            raise HwrError(f"{name} is not a network of hwr: a layer of it is too large, or of no size.")


def _sizes(value: Any) -> list[int]:
    """The shape of a value, with 0 for a size that is not fixed."""
    return [size.dim_value for size in value.type.tensor_type.shape.dim]
