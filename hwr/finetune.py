"""The settings of a fine-tuning on one's own handwriting: few pictures, weights that read well already, little time.

Own pictures alone would soon make the weights forget every other hand and every character that is not among them. So they
learn beside pictures of a dataset that the weights were trained on, or, where none is here, of our own stroke font.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hwr import checkpoint
from hwr.classes import fold
from hwr.config import TrainConfig
from hwr.data import DATASETS, is_here
from hwr.errors import HwrError
from hwr.mine import Mine

# What may stand beside own pictures: the sets that load fast first.
BASES = ("mnist", "unipen-digits", "emnist-balanced", "emnist-letters", "unipen", "emnist-bymerge", "emnist-byclass")
PICTURES, EPOCHS = 6_000, 6


def settings(weights: str | Path, data: Path) -> TrainConfig:
    """A training of a minute or so that starts from `weights` and learns `mine`, scored on the part of it that is held out.

    Raises HwrError when there are no own pictures, or none of a character that the weights know.
    """
    path = checkpoint.find(weights)
    info = checkpoint.read_info(path)
    missing, known = lacking(info, Mine.at(data).classes())
    if not known:
        raise HwrError(f'{path.stem} knows none of your characters ("{missing}"): choose other weights to start from.')
    base = base_for(info, data)
    return TrainConfig(
        dataset=f"{base}+mine" if base else "mine",
        test="mine",
        init_from=str(weights),
        name=f"{path.stem}-mine",
        model=info["model"],
        classes=info["classes"],
        framing=info["framing"],
        reject=info.get("config", {}).get("reject", 0.0) if "reject" in info else 0.0,
        epochs=EPOCHS,
        batch_size=64,
        lr=5e-4,
        ema=0.99,
        limit=PICTURES if base else 0,
        validation=0.1,
    ).check()


def lacking(info: dict[str, Any], classes: str) -> tuple[str, str]:
    """Those of `classes` that weights cannot learn, having no class for them, and those that they can."""
    known = "".join(char for char in classes if fold(char, info["classes"]))
    return "".join(char for char in classes if char not in known), known


def base_for(info: dict[str, Any], data: Path) -> str:
    """A dataset to learn beside own pictures, that has every class of the weights; empty when there is none.

    One that the weights have seen, so that they forget nothing and no test set is spoiled; else what is drawn on the fly.
    """
    seen = info.get("seen") or str(info.get("dataset", "")).split("+")
    fitting = [name for name in BASES if name in seen and is_here(name, data)]
    for name in (*fitting, "synthetic"):
        if all(fold(char, DATASETS[name].classes) for char in info["classes"]):
            return name
    return ""
