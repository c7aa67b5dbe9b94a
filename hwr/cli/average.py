"""python -m hwr average: the mean of several weights of one network, as new weights."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("weights", nargs="+", help="two or more: names in weights/, runs, or paths of checkpoints")
    command.add_argument("--shares", nargs="+", type=float, default=[], metavar="N", help="how much each counts")
    command.add_argument("--output", metavar="PATH", default="mean.safetensors", help="default %(default)s")
    command.add_argument("--json", action="store_true", help="the figures as one object")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")


def execute(options: argparse.Namespace) -> None:
    """Writes the mean, and prints how it and each of its parts does on the same validation pictures."""
    from hwr import checkpoint
    from hwr.average import average
    from hwr.data import data_folder
    from hwr.progress import Progress

    checkpoint.check_output(options.output)
    progress = Progress(sys.stderr)
    try:
        made = average(options.weights, shares=options.shares, folder=data_folder(options.data_dir), tell=progress.show)
    finally:
        progress.close()
    checkpoint.save(options.output, made.tensors, made.info)
    if options.json:
        parts = {str(name): part.figures for name, part in zip(options.weights, made.parts, strict=True)}
        print(json.dumps({"file": options.output, "parts": parts, "figures": made.info["figures"]}))
        return
    rows = [*zip(options.weights, made.parts, strict=True), (f"mean: {Path(options.output).name}", made.whole)]
    width = max(len(name) for name, _ in rows)
    for name, found in rows:
        print(f"{name:<{width}}  validation accuracy {found.accuracy:.2%}, loss {found.loss:.4f}")
    for name, figures in made.info["figures"].items():
        if name != "validation":
            print(f"{name}: {figures['accuracy']:.2%}")
    if made.worse:
        print("One of them alone has a lower loss than the mean: a mean helps where all come from the same weights.")
