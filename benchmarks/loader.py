"""One epoch of `simple` on MNIST with our trainer, beside the same network fed by a DataLoader with torchvision transforms.

    python -m benchmarks.loader --data-dir DIR

Both run in turn, several times, with the same threads, batch size, optimizer and kinds of augmentation (rotation, shift,
zoom, shear; the DataLoader has no elastic distortion and no change of stroke width, which is to its advantage). Prints the
median of each and their ratio. It is not a test of accuracy.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST

from hwr import runs
from hwr.config import TrainConfig
from hwr.data import data_folder
from hwr.models import build
from hwr.train import Trainer, prepare


def our_epoch(config: TrainConfig, material) -> float:
    """Seconds that our trainer takes for one epoch, without validation."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(config, runs.create(config, Path(folder)), material, lambda values: None)
        order = trainer.order(0)
        trainer.model.train()
        start = time.perf_counter()
        for place in range(trainer.steps_per_epoch):
            trainer.step(order[place * config.batch_size :][: config.batch_size])
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    folder = data_folder(options.data_dir)
    config = TrainConfig(model="simple", epochs=2, validation=0.001)
    material = prepare(config, folder)
    times: dict[str, list[float]] = {"hwr": [], "DataLoader": [], "DataLoader, 2 workers": []}
    for _ in range(options.repeats):
        times["hwr"].append(our_epoch(config, material))
        times["DataLoader"].append(loader_epoch(config, folder, 0))
        times["DataLoader, 2 workers"].append(loader_epoch(config, folder, 2))
    ours = statistics.median(times["hwr"])
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, median of {options.repeats}")
    print("| feeding | seconds an epoch | times ours |\n|---|---|---|")
    for name, seconds in times.items():
        print(f"| {name} | {statistics.median(seconds):.1f} | {statistics.median(seconds) / ours:.1f} |")


if __name__ == "__main__":
    main()
