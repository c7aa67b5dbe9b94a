"""One epoch of `simple` on MNIST with our trainer, beside the same network fed by a DataLoader with torchvision transforms.

    python -m benchmarks.loader --data-dir DIR

All run in turn, several times, with the same threads, batch size and optimizer. "hwr" and the DataLoader do the same kinds of
augmentation: rotation, shift, zoom, shear; "hwr, all augmentation" also distorts elastically and varies the stroke width, as
a training does by default. Prints the median of each and its ratio to "hwr". It is not a test of accuracy.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST

from hwr import runs
from hwr.config import TrainConfig
from hwr.data import data_folder
from hwr.material import prepare
from hwr.models import build
from hwr.train import Trainer


def our_epoch(config: TrainConfig, folder: Path) -> float:
    """Seconds that our trainer takes for one epoch, without validation."""
    material = prepare(config, folder)
    with tempfile.TemporaryDirectory() as place:
        trainer = Trainer(config, runs.create(config, Path(place)), material, lambda values: None)
        trainer.model.train()
        start = time.perf_counter()
        for batch in trainer.task.batches(0, 0):
            trainer.step(batch)
        return time.perf_counter() - start


def loader_epoch(config: TrainConfig, folder: Path, workers: int) -> float:
    """Seconds of one epoch as most examples write it: a DataLoader, transforms a picture, float32."""
    warp = transforms.RandomAffine(
        config.rotation, (config.shift,) * 2, (1 - config.zoom, 1 + config.zoom), math.degrees(math.atan(config.shear))
    )
    data = MNIST(folder, transform=transforms.Compose([warp, transforms.ToTensor()]))
    loader = DataLoader(data, config.batch_size, shuffle=True, num_workers=workers, drop_last=True)
    model = build(config.model, 10, dropout=config.dropout).train()
    optimizer = torch.optim.AdamW(model.parameters(), config.lr)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
    start = time.perf_counter()
    for pictures, labels in loader:
        optimizer.zero_grad()
        loss(model(pictures), labels).backward()
        optimizer.step()
    return time.perf_counter() - start


def alone(function: Callable[..., float], *arguments: Any) -> float:
    """The function's result from a process of its own, so that no way of feeding profits from another's settings."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    folder = data_folder(options.data_dir)
    whole = TrainConfig(model="simple", epochs=2, validation=0.001)
    config = replace(whole, elastic=0, stroke=0)
    ways: dict[str, tuple[Any, ...]] = {
        "hwr": (our_epoch, config, folder),
        "hwr, all augmentation": (our_epoch, whole, folder),
        "DataLoader": (loader_epoch, config, folder, 0),
        "DataLoader, 2 workers": (loader_epoch, config, folder, 2),
    }
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.repeats):
        for name, (epoch, *arguments) in ways.items():
            times[name].append(alone(epoch, *arguments))
    ours = statistics.median(times["hwr"])
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, median of {options.repeats}")
    print("| feeding | seconds an epoch | times ours |\n|---|---|---|")
    for name, seconds in times.items():
        print(f"| {name} | {statistics.median(seconds):.1f} | {statistics.median(seconds) / ours:.1f} |")


if __name__ == "__main__":
    main()
