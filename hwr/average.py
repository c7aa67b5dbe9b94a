"""The mean of several weights of one network: often better than each of them, and no slower to read with.

It is so where all come from the same weights, by trainings that are not long: then they lie in one valley of the loss
(Wortsman et al., 2022, "Model soups", arXiv:2203.05482). Weights that were trained apart have a mean that reads nothing.
So the mean and each of its parts are scored on the same validation pictures, and nothing is claimed beforehand.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.distributed import ALONE
from hwr.errors import HwrError
from hwr.honest import doubt
from hwr.networks import rebuild
from hwr.tasks import Validated, prepare, task_of

SAME = ("model", "classes", "framing")


@dataclass(frozen=True)
class Mean:
    """A mean of weights: `tensors` by their names, what they say of themselves, and the validation of each and of all."""

    tensors: dict[str, Tensor]
    info: dict[str, Any]
    parts: list[Validated]
    whole: Validated

    @property
    def worse(self) -> bool:
        """Whether one of the parts has a lower loss on validation than their mean."""
        return min(part.loss for part in self.parts) < self.whole.loss


def average(
    weights: Sequence[str | Path],
    *,
    shares: Sequence[float] = (),
    folder: Path,
    tell: Callable[[str], None] = lambda what: None,
) -> Mean:
    """The mean of `weights`, calibrated and scored as a training's end is, on the data of the first of them.

    Each counts by its share; without `shares` all count the same. `folder` holds the datasets. Validation is that part which
    the first was validated on; another that was trained with another seed may have learned of it, test parts none has.
    Raises HwrError for fewer than two weights, for weights of different networks, and for shares that give no mean.
    """
    parts = _checked_shares(weights, shares)
    read = [checkpoint.load(checkpoint.find(name)) for name in weights]
    infos = [info for _, info in read]
    for name, info in zip(weights, infos, strict=True):
        _check_same(infos[0], info, str(weights[0]), str(name))
    info = _described(infos, [str(name) for name in weights], shares)
    config = _settings(infos[0], str(weights[0]))
    config = dataclasses.replace(config, test="+".join(_tests(config, info)) or "none")
    tell("loading the pictures to validate and test on")
    task = task_of(config, prepare(config, folder), ALONE)
    if task.classes != info["classes"]:
        raise HwrError(f"{weights[0]} does not say which data it learned its classes from; name other weights first.")
    tensors = mean([model for model, _ in read], parts)
    model = rebuild(info)
    model.load_state_dict(tensors)
    model = model.eval().to(memory_format=torch.channels_last)
    validated = []
    for name, each in [*zip(weights, (model for model, _ in read), strict=True), ("the mean", model)]:
        tell(f"validating {name}")
        validated.append(task.validate(each))
    found = validated[-1]
    info |= {"config": config.to_dict(), "temperature": found.temperature, **found.more}
    tell("scoring the mean on the test parts")
    info["figures"] = {"validation": found.figures, **task.tests(model, info)}
    return Mean(tensors, info, validated[:-1], found)


def mean(models: Sequence[nn.Module], shares: Sequence[float]) -> dict[str, Tensor]:
    """The tensors of the weighted mean of networks of the same shape, `shares` summing to 1; whole numbers are the first's.

    The running figures of batch normalisation are averaged as the weights are, which is near enough for weights of one kin.
    """
    states = [model.state_dict() for model in models]
    found = {}
    for key, first in states[0].items():
        if first.is_floating_point():
            total = sum(state[key].double() * share for state, share in zip(states, shares, strict=True))
            found[key] = torch.as_tensor(total).to(first.dtype)
        else:
            found[key] = first.clone()
    return found


def _checked_shares(weights: Sequence[str | Path], shares: Sequence[float]) -> list[float]:
    """The share of each, summing to 1."""
    if len(weights) < 2:
        raise HwrError("A mean needs two weights or more: name them one after the other.")
    given = [float(share) for share in shares or [1.0] * len(weights)]
    if len(given) != len(weights):
        raise HwrError(f"There are {len(weights)} weights and {len(given)} shares: give each of the weights one share.")
    if not all(0 < share < 1e6 for share in given):
        raise HwrError("Each share is a number above 0, for example 2 1 1.")
    return [share / sum(given) for share in given]


def _check_same(first: dict[str, Any], other: dict[str, Any], name: str, its: str) -> None:
    differing = [key for key in SAME if first[key] != other[key]]
    if ("reject" in first) != ("reject" in other):
        differing.append("learning of what is no character")
    if differing:
        raise HwrError(f"{its} and {name} differ in {', '.join(differing)}: a mean needs weights of the same network.")


def _described(infos: list[dict[str, Any]], names: list[str], shares: Sequence[float]) -> dict[str, Any]:
    """What the mean says of itself before it is scored: how all parts came to be, and all that any of them has seen."""
    before = [line for info in infos for line in [*info.get("before", []), info.get("command", "")] if line]
    seen = {name for info in infos for name in info.get("seen") or str(info.get("dataset", "")).split("+")}
    words = [*names, *(["--shares", *(f"{share:g}" for share in shares)] if shares else [])]
    kept = {key: infos[0][key] for key in (*SAME, "dataset", "sizes", "reject") if key in infos[0]}
    command = f"python -m hwr average {shlex.join(words)}"
    return kept | {"command": command, "before": list(dict.fromkeys(before)), "seen": sorted(seen)}


def _settings(info: dict[str, Any], name: str) -> TrainConfig:
    """The settings of the training that gave weights; raises HwrError where they hold none."""
    config = info.get("config")
    if not isinstance(config, dict):
        raise HwrError(
            f"{name} does not say how it was trained, so no mean with it can be validated; name others first."
        )
    return TrainConfig.from_dict(config).check()


def _tests(config: TrainConfig, info: dict[str, Any]) -> list[str]:
    """The test sets of a training whose handwriting none of the parts has seen."""
    asked = [name for name in (config.test or config.dataset).split("+") if name != "none"]
    return [name for name in asked if doubt("", info | {"config": config.to_dict()}, name) is None]
