"""MODELS: the small networks, each from 28 x 28 in [0, 1] to one logit a class.

A model is built from its name and its number of classes alone, and normalises its own input, so that training, serving and
every export take the same pictures. It knows nothing of files or data.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from hwr.classes import charset_matrix
from hwr.errors import HwrError

MEAN, STD = 0.17, 0.33  # of EMNIST's pixels; near enough for every framing, and fixed so that weights can be moved


class Classifier(nn.Module):
    """Normalisation, features and a linear head: (n, 1, 28, 28) in [0, 1] -> (n, classes) logits.

    `features` gives (n, width); `head` is the last linear layer, the one that transfer learning replaces.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, features: nn.Module, width: int, classes: int, dropout: float = 0.0):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN))
        self.register_buffer("std", torch.tensor(STD))
        self.features = features
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.dropout(self.embed(pictures)))

    def embed(self, pictures: Tensor) -> Tensor:
        """What the last layer is given, (n, width)."""
        return self.features((pictures - self.mean) / self.std)


class Residual(nn.Module):
    """Two 3 x 3 convolutions around which the input is added (He et al., 2016, arXiv:1512.03385)."""

    def __init__(self, width: int):
        super().__init__()
        last = nn.BatchNorm2d(width)
        nn.init.zeros_(last.weight)  # starts as the identity
        self.body = nn.Sequential(*_conv(width, width), _conv(width, width)[0], last)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


class MeanMaxPool(nn.Module):
    """The mean and the maximum of each channel, side by side: (n, c, h, w) -> (n, 2c)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)


def _conv(inputs: int, outputs: int, kernel: int = 3) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def _plain(inputs: int, outputs: int, kernel: int = 3) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]


def _simple(classes: int, dropout: float) -> Classifier:
    layers = [*_plain(1, 32), nn.MaxPool2d(2), *_plain(32, 64), nn.MaxPool2d(2)]
    features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(inplace=True))
    return Classifier(features, 128, classes, dropout)


def _double(classes: int, dropout: float) -> Classifier:
    layers = [*_plain(1, 32), *_plain(32, 32), nn.MaxPool2d(2), *_plain(32, 64), *_plain(64, 64), nn.MaxPool2d(2)]
    dense = [nn.Flatten(), nn.Dropout(dropout), nn.Linear(64 * 49, 256), nn.ReLU(inplace=True)]
    return Classifier(nn.Sequential(*layers, *dense), 256, classes, dropout)


def _batchnorm(classes: int, dropout: float) -> Classifier:
    layers = [*_conv(1, 64), *_conv(64, 64), nn.MaxPool2d(2), nn.Dropout(dropout / 2)]
    layers += [*_conv(64, 64), *_conv(64, 64), nn.MaxPool2d(2), nn.Dropout(dropout / 2)]
    dense = [nn.Flatten(), nn.Linear(64 * 49, 128), nn.BatchNorm1d(128), nn.ReLU(inplace=True)]
    return Classifier(nn.Sequential(*layers, *dense), 128, classes, dropout)


def _deep(classes: int, dropout: float) -> Classifier:
    layers: list[nn.Module] = []
    for inputs, outputs in ((1, 32), (32, 64), (64, 128)):
        layers += [*_conv(inputs, outputs), *_conv(outputs, outputs), nn.MaxPool2d(2), nn.Dropout(dropout / 2)]
    dense = [nn.Flatten(), nn.Linear(128 * 9, 256), nn.ReLU(inplace=True)]
    return Classifier(nn.Sequential(*layers, *dense), 256, classes, dropout)


def _residual(classes: int, dropout: float) -> Classifier:
    layers = [*_conv(1, 32), *_conv(32, 32), nn.MaxPool2d(2)]
    layers += [*_conv(32, 64), Residual(64), nn.MaxPool2d(2)]
    layers += [*_conv(64, 160), Residual(160), MeanMaxPool()]
    return Classifier(nn.Sequential(*layers), 320, classes, dropout)


@dataclass(frozen=True)
class ModelEntry:
    """One network: what it is in a line, where it comes from, and how it is built from (classes, dropout)."""

    summary: str
    source: str
    make: Callable[[int, float], Classifier]


MODELS = {
    "simple": ModelEntry(
        "conv 32, pool, conv 64, pool, dense 128",
        "the layout of PyTorch's and Keras's MNIST examples, after LeNet-5 (LeCun et al., 1998)",
        _simple,
    ),
    "double": ModelEntry(
        "two blocks of two 3 x 3 convolutions, 32 then 64, dense 256 with dropout",
        "VGG blocks (Simonyan and Zisserman, 2015, arXiv:1409.1556)",
        _double,
    ),
    "batchnorm": ModelEntry(
        "four convolutions of 64 with batch normalisation, dense 128",
        "batch normalisation (Ioffe and Szegedy, 2015, arXiv:1502.03167)",
        _batchnorm,
    ),
    "deep": ModelEntry(
        "three blocks of two convolutions, 32 to 128, dense 256",
        "VGG with batch normalisation and dropout between blocks (after Spinal VGG-5, arXiv:2007.03347)",
        _deep,
    ),
    "residual": ModelEntry(
        "the default: 32, 64 and 160 channels, a residual block at 14 x 14 and 7 x 7, mean and max pooling",
        "residual blocks (He et al., 2016) with the joint mean and max pooling of Matuzas77/MNIST-0.17",
        _residual,
    ),
}


def build(name: str, classes: int, *, dropout: float = 0.0) -> Classifier:
    """The network `name` with fresh weights; raises HwrError for an unknown name."""
    return entry(name).make(classes, dropout)


def entry(name: str) -> ModelEntry:
    """What the registry says of a network; raises HwrError for an unknown name."""
    if name not in MODELS:
        raise HwrError(f'There is no network "{name}"; choose one of {", ".join(MODELS)}.')
    return MODELS[name]


def parameters(model: nn.Module) -> int:
    """The number of weights that are learned."""
    return sum(parameter.numel() for parameter in model.parameters())


def fused(model: nn.Module) -> nn.Module:
    """A copy of a network with each batch normalisation put into the convolution before it, to read with: a fifth faster."""
    model = copy.deepcopy(model).eval()
    for part in [each for each in model.modules() if isinstance(each, nn.Sequential)]:
        kept: list[nn.Module] = []
        for each in part:
            if isinstance(each, nn.BatchNorm2d) and kept and isinstance(kept[-1], nn.Conv2d):
                kept[-1] = fuse_conv_bn_eval(kept[-1], each)
            else:
                kept.append(each)
        del part[:]
        part.extend(kept)
    return model.to(memory_format=torch.channels_last)


@torch.inference_mode()
def logits(model: nn.Module, images: np.ndarray | Tensor, *, batch: int = 256) -> Tensor:
    """The network's logits for uint8 glyphs (n, 28, 28): float32 (n, classes), on the CPU."""
    model.eval()
    device = next(
        (weight.device for weight in model.parameters()), torch.device("cpu")
    )  # ONNX Runtime shows no weights
    pictures = torch.as_tensor(images)
    parts = []
    for start in range(0, len(pictures), batch):
        part = pictures[start : start + batch, None].to(device).float().div_(255)
        parts.append(model(part.contiguous(memory_format=torch.channels_last)).float().cpu())
    return torch.cat(parts)


def probabilities(values: Tensor, classes: str, charset: str | None = None) -> tuple[str, np.ndarray]:
    """Softmax of logits (n, classes) over what a charset allows: the characters and float32 (n, characters).

    A class whose other case alone is allowed counts for that (classes.charset_matrix, and its errors). A column more than
    classes is that of "no character": see `nothing`.
    """
    values = values[:, : len(classes)]
    if charset is None:
        return classes, values.softmax(1).numpy()
    characters, matrix = charset_matrix(classes, charset)
    allowed = values.masked_fill(torch.from_numpy(matrix.sum(1) == 0), -torch.inf)
    return characters, allowed.softmax(1).numpy() @ matrix


def nothing(values: Tensor, classes: str) -> np.ndarray:
    """The chance that a glyph is no character at all, float32 (n,), from logits with one column more than classes.

    0 for a network that has not learned to reject, which has no such column.
    """
    if values.shape[1] == len(classes):
        return np.zeros(len(values), np.float32)
    return torch.sigmoid(values[:, len(classes)] - values[:, : len(classes)].logsumexp(1)).numpy()
