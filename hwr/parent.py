"""The weights that a training starts from (`init_from`): copied into its network, and scored on its test pictures.

Their figures stand beside those of the new weights as "figures_before": what the training was good for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from hwr import checkpoint
from hwr.classes import remap
from hwr.config import TrainConfig
from hwr.data import Dataset, reframed
from hwr.errors import HwrError
from hwr.evaluate import evaluate


def start_from(model: nn.Module, config: TrainConfig, classes: str) -> dict[str, Any]:
    """Copies the weights of `init_from` into `model`, of the head those of the classes that both know.

    Gives what those weights say of themselves; raises HwrError when they are of another network.
    """
    path = checkpoint.find(config.init_from)
    other, info = checkpoint.load(path)
    if info["model"] != config.model:
        raise HwrError(f'{path.name} is a "{info["model"]}" network: give --model {info["model"]} to start from it.')
    own, given = model.state_dict(), other.state_dict()
    theirs = remap(classes, info["classes"])
    known = torch.from_numpy(theirs >= 0).nonzero()[:, 0]
    rows = torch.from_numpy(theirs)[known]
    if len(own["head.bias"]) > len(classes) and len(given["head.bias"]) > len(
        info["classes"]
    ):  # no character, or blank
        known = torch.cat([known, torch.tensor([len(classes)])])
        rows = torch.cat([rows, torch.tensor([len(info["classes"])])])
    for key in ("head.weight", "head.bias"):
        given[key] = own[key].index_copy(0, known, given[key][rows])
    model.load_state_dict(given)
    return info


def started_from(config: TrainConfig) -> tuple[nn.Module | None, dict[str, Any]]:
    """The weights `init_from` and what they say of themselves; None and nothing where there are none or they are gone."""
    try:
        return checkpoint.load(checkpoint.find(config.init_from)) if config.init_from else (None, {})
    except HwrError:
        return None, {}


def figures_before(config: TrainConfig, tests: dict[str, Dataset]) -> dict[str, Any]:
    """The figures of `init_from` on the same test pictures; without those of which it cannot read every class.

    None when a resumed run no longer finds the weights that it once started from.
    """
    model, info = started_from(config)
    if model is None:
        return {}
    figures = {}
    for name, data in tests.items():
        try:
            figures[f"{name} test"] = evaluate(model, info, reframed(data, info["framing"]))[0].to_dict()
        except HwrError:  # it lacks a class
            continue
    return figures
