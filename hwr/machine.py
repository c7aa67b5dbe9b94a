"""What this machine can train with, and how fast: its devices, number format, cores and networks; the speed of real steps.

torch is loaded inside the functions: the pages ask `python -m hwr machine` and `python -m hwr speed`, and stay free of it.
"""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.networks import reads_lines

STEPS, SECONDS = 3, 1.0  # at least so many steps are measured, and so long
MARKS = 256  # drawn for a network that learns to reject: as many as a training has would take longer than the steps


def facts() -> dict[str, Any]:
    """In plain values: "device" (what auto takes), "devices", "precision" (what auto takes there), "cores", "networks".

    "networks" has for each name its "summary", and how many "weights" it learns for ten classes.
    """
    import torch

    from hwr.lines.network import LINE_MODELS, build_line
    from hwr.models import MODELS, build, parameters
    from hwr.optim import pick_device, precision

    device = pick_device("auto")
    networks = {
        name: {"summary": entry.summary, "weights": parameters(build(name, 10))} for name, entry in MODELS.items()
    }
    networks |= {
        name: {"summary": entry.summary, "weights": parameters(build_line(name, 10))}
        for name, entry in LINE_MODELS.items()
    }
    return {
        "device": device.type,
        "devices": sorted({"cpu", device.type}),
        "precision": precision(TrainConfig(), device),
        "cores": torch.get_num_threads(),
        "networks": networks,
    }


def speed(config: TrainConfig, *, classes: int = 47) -> float:
    """Pictures a second that this machine trains with `config`: measured on steps of the real trainer, on noise.

    Raises HwrError for a network or device that is not there.
    """
    from hwr.material import Material
    from hwr.models import entry
    from hwr.runs import create
    from hwr.train import Trainer

    if reads_lines(config.model):
        raise HwrError("How fast lines are learned is not measured beforehand: start the training, and it tells.")
    entry(config.model)
    alone = dataclasses.replace(config, init_from="", epochs=100, clean_epochs=0, limit=MARKS)
    data = _noise(2 * config.batch_size, classes)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(alone, create(alone, Path(folder)), Material(data, data, {}), lambda values: None)
        trainer.model.train()
        batch = next(trainer.task.batches(0, 0))
        trainer.step(batch)  # the first step makes buffers and chooses kernels
        began = time.monotonic()
        for count in itertools.count(1):
            trainer.step(batch)
            if count >= STEPS and time.monotonic() - began >= SECONDS:
                return count * config.batch_size / (time.monotonic() - began)
    raise AssertionError


def _noise(count: int, classes: int) -> Any:
    from hwr.data import Dataset

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return Dataset(
        "noise", images, random.integers(0, classes, count), "".join(map(chr, range(256, 256 + classes))), "mnist"
    )
