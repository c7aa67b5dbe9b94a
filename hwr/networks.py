"""Every network by its name: those for characters (hwr.models) and those for lines (hwr.lines.network)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hwr.errors import HwrError
from hwr.preprocess.strip import STRIP

if TYPE_CHECKING:
    from torch import nn

STRIPS = "strip"  # the framing of networks for lines
FOR_LINES = ("line", "line-small")  # their names, to be known without torch


def names() -> list[str]:
    """The names of all of them."""
    from hwr.lines.network import LINE_MODELS
    from hwr.models import MODELS

    return [*MODELS, *LINE_MODELS]


def check_network(name: str) -> None:
    """Raises HwrError for an unknown name."""
    if name not in names():
        raise HwrError(f'There is no network "{name}"; choose one of {", ".join(names())}.')


def reads_lines(name: str) -> bool:
    """Whether the network of this name reads whole lines."""
    return name in FOR_LINES


def rebuild(info: dict[str, Any]) -> nn.Module:
    """The network that a checkpoint describes, with fresh weights; raises HwrError for an unknown name."""
    from hwr.lines.network import build_line
    from hwr.models import build

    if info["framing"] == STRIPS:
        return build_line(info["model"], len(info["classes"]))
    return build(info["model"], len(info["classes"]) + int("reject" in info))


def gives_numbers(model: nn.Module, info: dict[str, Any]) -> bool:
    """Whether a network's answer to a grey picture is finite."""
    import torch

    from hwr.models import logits

    if info["framing"] != STRIPS:
        return bool(logits(model, np.full((1, 28, 28), 128, np.uint8)).isfinite().all())
    with torch.inference_mode():
        return bool(model(torch.full((1, 1, STRIP, 32), 0.5)).isfinite().all())
