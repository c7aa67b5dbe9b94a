"""The weights that a training starts from (`init_from`): copied into its network, and scored on its test pictures.

Their figures stand beside those of the new weights as "figures_before": what the training was good for.
"""

from __future__ import annotations

from typing import Any

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.data import Dataset, reframed
from hwr.errors import HwrError
from hwr.evaluate import evaluate
from hwr.models import Classifier


def start_from(model: Classifier, config: TrainConfig) -> dict[str, Any]:
    """Copies the weights of `init_from` into `model`, all but a head of another size; gives what those say of themselves."""
    path = checkpoint.find(config.init_from)
    other, info = checkpoint.load(path)
    if info["model"] != config.model:
        raise HwrError(f'{path.name} is a "{info["model"]}" network: give --model {info["model"]} to start from it.')
    own = model.state_dict()
    same = {key: value for key, value in other.state_dict().items() if own[key].shape == value.shape}
    model.load_state_dict(same, strict=False)
    return info


def figures_before(config: TrainConfig, tests: dict[str, Dataset]) -> dict[str, Any]:
    """The figures of `init_from` on the same test pictures; without those of which it cannot read every class.

    None when a resumed run no longer finds the weights that it once started from.
    """
    try:
        model, info = checkpoint.load(checkpoint.find(config.init_from)) if config.init_from else (None, {})
    except HwrError:
        model = None
    if model is None:
        return {}
    figures = {}
    for name, data in tests.items():
        try:
            figures[f"{name} test"] = evaluate(model, info, reframed(data, info["framing"]))[0].to_dict()
        except HwrError:  # it lacks a class
            continue
    return figures
