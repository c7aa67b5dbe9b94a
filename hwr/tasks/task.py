"""Task: what the loop of a training asks of the data that it learns from, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Learned:
    """One batch learned: the mean loss over this process's share of it, and how many were right of `count`, of `whole`."""

    loss: Tensor
    right: float
    count: int
    whole: int


@dataclass(frozen=True)
class Validated:
    """A validation: loss and accuracy, the temperature, the figures, and what the curves (`row`) and checkpoints (`more`)
    hold of it beside these."""

    loss: float
    accuracy: float
    temperature: float
    figures: dict[str, Any]
    row: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """What one training learns: `count` pictures, of which an epoch has `steps` batches; `extra` is how many logits the
    network has beside its classes, `sizes` that of the parts, `more` what a checkpoint says before any validation."""

    classes: str
    framing: str
    extra: int
    count: int
    steps: int
    sizes: dict[str, int]
    more: dict[str, Any]

    def mark(self) -> int:
        """A number that is the same in two processes only when they have the same data."""
        ...

    def network(self) -> nn.Module:
        """The network with fresh weights."""
        ...

    def to(self, device: torch.device, precision: str) -> None:
        """Gets ready to learn there, in that number format."""
        ...

    def batches(self, epoch: int, first: int) -> Iterator[Any]:
        """The batches of an epoch from number `first` on, the same whatever came before."""
        ...

    def learn(self, network: nn.Module, batch: Any, *, seed: int, clean: bool) -> Learned:
        """The loss of a batch; `clean` without augmentation. All that is drawn follows from the seed."""
        ...

    def validate(self, model: nn.Module) -> Validated:
        """How well a network does on the validation part."""
        ...

    def keep(self, run: Path, epoch: int) -> None:
        """Writes what pages show of the last validation into the run's folder."""
        ...

    def tests(self, model: nn.Module, info: dict[str, Any]) -> dict[str, Any]:
        """The figures of a checkpoint on each test part, by its name."""
        ...

    def tests_before(self) -> dict[str, Any]:
        """The same of the weights that the training started from; empty when there are none, or they cannot read these."""
        ...
