"""Exports beside the network that they are made of, in one run: accuracy, answers, size, time for one glyph and a batch.

python -m benchmarks.export [--data-dir DIR] [WEIGHTS ...]       # the default network's weights, mnist, on MNIST's test part
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from hwr import checkpoint
from hwr.data import DATASETS, data_folder, is_here
from hwr.errors import HwrError
from hwr.export import MODEL_FORMATS
from hwr.export.make import Export, export

HEADER = (
    f"{'format':<10} {'same':>9} {'lost':>8} {'difference':>10} {'size':>6} {'torch 1':>8} {'ms 1':>8} {'faster':>7} "
    f"{'torch 100':>9} {'ms 100':>9}"
)


def row(made: Export) -> str:
    """What is gained and lost by one export."""
    found = made.comparison
    return (
        f"{made.format:<10} {found.same:9.3%} {100 * found.lost:+8.2f} {found.difference:10.6f} "
        f"{found.export.bytes / found.torch.bytes:6.2f} {found.torch.glyph_ms:8.2f} {found.export.glyph_ms:8.2f} "
        f"{found.torch.glyph_ms / found.export.glyph_ms:7.1f} {found.torch.batch_ms:9.1f} {found.export.batch_ms:9.1f}"
    )


def main() -> None:
    """Prints a table for each of the weights."""
    parser = argparse.ArgumentParser(description="Exports beside the network that they are made of.")
    parser.add_argument("weights", nargs="*", default=["mnist"])
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    folder: Path = data_folder(options.data_dir)
    for name in options.weights:
        print(f"{name}, {torch.get_num_threads()} threads; times in ms for one glyph and for 100")
        print(HEADER)
        scored = [test.removesuffix(" test") for test in checkpoint.read_info(checkpoint.find(name))["figures"]]
        dataset = next((test for test in scored if test in DATASETS and is_here(test, folder)), "synthetic")
        for format in MODEL_FORMATS:
            try:
                made = export(name, format, dataset=dataset, folder=folder)
                print(row(made), f" {made.comparison.images:,} of {made.comparison.dataset}", flush=True)
            except HwrError as error:
                print(f"{format:<10} {error}", flush=True)


if __name__ == "__main__":
    main()
