"""The network that is explained: a copy of its own for each explanation, its layers, the columns of a character."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hwr.classes import charset_matrix
from hwr.engines import OnnxNetwork
from hwr.errors import HwrError
from hwr.models import Classifier, Residual
from hwr.preprocess import SIZE
from hwr.preprocess.framing import check_array
from hwr.recognize import Recognizer

KINDS: dict[type[nn.Module], str] = {
    nn.ReLU: "convolution",  # what a convolution gives, after its normalisation
    nn.MaxPool2d: "pooling",
    Residual: "residual block",
}
WITHIN = (nn.Conv2d, nn.BatchNorm2d, nn.Dropout, nn.Identity)  # shown as what follows them


@dataclass(frozen=True)
class Layer:
    """A layer that gives maps: its name in the network, what it is, and how many maps of which height and width."""

    name: str
    kind: str
    shape: tuple[int, int, int]

    @property
    def title(self) -> str:
        """For a person: "convolution, 32 maps of 28 x 28"."""
        maps, height, width = self.shape
        return f"{self.kind}, {maps} maps of {height} x {width}"


def private(recognizer: Recognizer) -> Classifier:
    """A copy of a recognizer's network for characters, to hang hooks on: the network itself is shared between threads.

    Nothing of it works in place, so that what a hook has seen stays. Raises HwrError for a network from an ONNX file, which
    has neither gradients nor layers to look into.
    """
    if isinstance(recognizer.model, OnnxNetwork):
        raise HwrError(
            "An ONNX file has neither gradients nor layers to look into: choose the checkpoint that it was exported from."
        )
    model = copy.deepcopy(recognizer.model).eval()
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False  # type: ignore[assignment]
    assert isinstance(model, Classifier)
    return model


def columns(recognizer: Recognizer, char: str) -> Tensor:
    """The network's classes that stand for a character, int64 (k,); raises HwrError when it does not know the character."""
    _, matrix = charset_matrix(recognizer.classes, char)
    return torch.from_numpy(np.flatnonzero(matrix[:, 0]))


def pictures(images: np.ndarray) -> Tensor:
    """Glyphs (uint8, n x 28 x 28) as the network takes them: float32 (n, 1, 28, 28) in [0, 1]."""
    check_array(images, "Glyphs", (None, SIZE, SIZE))
    return torch.from_numpy(images).float().div(255)[:, None]


def layers(recognizer: Recognizer) -> list[Layer]:
    """The layers that give maps, in the order in which the network goes through them; raises HwrError as `private`."""
    return layers_of(private(recognizer))


def layers_of(model: Classifier) -> list[Layer]:
    """As `layers`, of a private copy."""
    shapes: dict[str, tuple[int, ...]] = {}
    found = dict(_parts(model.features, "features"))

    def see(name: str) -> Callable[..., None]:
        return lambda _, __, given: shapes.update({name: tuple(given.shape)})

    handles = [part.register_forward_hook(see(name)) for name, part in found.items()]
    try:
        with torch.inference_mode():
            model(torch.zeros(1, 1, SIZE, SIZE))
    finally:
        for handle in handles:
            handle.remove()
    maps = {name: shape for name, shape in shapes.items() if len(shape) == 4}
    shown = [name for name in maps if not isinstance(found[name], WITHIN)] or list(maps)
    return [Layer(name, _kind(found[name]), maps[name][1:]) for name in shown]  # type: ignore[arg-type]


def last_layer(model: Classifier) -> Layer:
    """The last layer of maps that is no pooling, the one Grad-CAM looks at; raises HwrError where there is none."""
    found = layers_of(model)
    if not found:
        raise HwrError("This network has no layer of maps to look at.")
    return next((layer for layer in reversed(found) if layer.kind != "pooling"), found[-1])


def _parts(module: nn.Module, path: str) -> Iterator[tuple[str, nn.Module]]:
    """The parts of a network by their names, those in a sequence each for itself."""
    for name, child in module.named_children():
        if type(child) is nn.Sequential:
            yield from _parts(child, f"{path}.{name}")
        else:
            yield f"{path}.{name}", child


def _kind(module: nn.Module) -> str:
    return KINDS.get(type(module), type(module).__name__)
