"""LINE_MODELS: networks that read a whole strip at once, from (n, 1, STRIP, width) in [0, 1] to logits over time.

Convolutions that halve the height more often than the width, a bidirectional LSTM, a linear head; the last logit is CTC's
blank. After Shi, Bai, Yao (2016), arXiv:1507.05717, and Puigcerver (2017). Knows nothing of files or data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hwr.errors import HwrError
from hwr.preprocess.strip import STRIP

STRIDE = 4  # pixels of the strip to a step of the logits
MEAN, STD = 0.12, 0.28


class LineClassifier(nn.Module):
    """Normalisation, convolutions, a recurrent part and a head: (n, 1, STRIP, w) -> (n, steps(w), classes + 1).

    Strips of a batch are blank beyond their own width; what comes out there means nothing.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, widths: tuple[int, int, int, int], hidden: int, classes: int, dropout: float = 0.0):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN))
        self.register_buffer("std", torch.tensor(STD))
        first, second, third, last = widths
        self.features = nn.Sequential(
            *_conv(1, first, kernel=5, stride=2),
            *_conv(first, second, stride=2),
            Block(second),
            *_conv(second, third, stride=(2, 1)),
            Block(third),
            *_conv(third, last, stride=(2, 1)),
        )
        self.squeeze = nn.Sequential(nn.Linear(last * (STRIP // 16), 2 * hidden), nn.ReLU(inplace=True))
        self.recurrent = nn.LSTM(2 * hidden, hidden, 2, batch_first=True, bidirectional=True, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * hidden, classes + 1)

    def forward(self, pictures: Tensor) -> Tensor:
        found = self.features((pictures - self.mean) / self.std)
        columns = self.squeeze(found.permute(0, 3, 1, 2).flatten(2))
        moved, _ = self.recurrent(columns)
        return self.head(self.dropout(moved))


class Block(nn.Module):
    """Two 3 x 3 convolutions around which the input is added (He et al., 2016, arXiv:1512.03385)."""

    def __init__(self, width: int):
        super().__init__()
        last = nn.BatchNorm2d(width)
        nn.init.zeros_(last.weight)  # starts as the identity
        self.body = nn.Sequential(*_conv(width, width), nn.Conv2d(width, width, 3, padding=1, bias=False), last)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int | tuple[int, int] = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


@dataclass(frozen=True)
class LineEntry:
    """One network for lines: what it is in a line, and how it is built from (classes, dropout)."""

    summary: str
    make: Callable[[int, float], LineClassifier]


LINE_MODELS = {
    "line": LineEntry(
        "four convolutions and two blocks, 24 to 160 channels, two bidirectional LSTM layers of 160",
        lambda classes, dropout: LineClassifier((24, 64, 128, 160), 160, classes, dropout),
    ),
    "line-small": LineEntry(
        "the same with 24 to 128 channels and LSTM layers of 128",
        lambda classes, dropout: LineClassifier((24, 48, 96, 128), 128, classes, dropout),
    ),
}


def build_line(name: str, classes: int, *, dropout: float = 0.0) -> LineClassifier:
    """The network `name` with fresh weights; raises HwrError for an unknown name."""
    if name not in LINE_MODELS:
        raise HwrError(f'There is no network "{name}" for lines; choose one of {", ".join(LINE_MODELS)}.')
    return LINE_MODELS[name].make(classes, dropout)


def pictures(strips: np.ndarray, device: torch.device) -> Tensor:
    """Strips uint8 (n, STRIP, width) as a network takes them: float32 (n, 1, STRIP, width) in [0, 1]."""
    values = torch.from_numpy(strips)[:, None].to(device).float().div_(255)
    return values.contiguous(memory_format=torch.channels_last)


def steps(width: int) -> int:
    """How many steps of logits a strip of `width` pixels gives."""
    return ((width + 1) // 2 + 1) // 2
