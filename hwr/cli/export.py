"""python -m hwr export: a network as a file for other programs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("weights", help="a name in weights/, a run, or the path of a checkpoint")
    command.add_argument("--format", default="onnx", help="onnx, onnx-int8, torch or tflite (default %(default)s)")
    command.add_argument("--output", metavar="PATH", help="write here (default: the weights' name in this folder)")
    command.add_argument(
        "--dataset", default="", help="compare on its test part (default: that of the weights' figures)"
    )
    command.add_argument("--json", action="store_true", help="the comparison as one object")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")


def execute(options: argparse.Namespace) -> None:
    """Exports, compares with the network, writes the file, and prints the table and the file's name."""
    from hwr import checkpoint
    from hwr.data import data_folder
    from hwr.export import find_format
    from hwr.export.make import export
    from hwr.progress import Progress

    form = find_format(options.format)
    name = checkpoint.title(checkpoint.find(options.weights)) + form.ending
    output = Path(name if options.output is None else options.output)
    checkpoint.check_output(output)
    progress = Progress(sys.stderr)
    try:
        made = export(
            options.weights,
            options.format,
            dataset=options.dataset,
            folder=data_folder(options.data_dir),
            tell=lambda what, share: progress.show(f"{what} {share:.0%}" if share else what),
        )
    finally:
        progress.close()
    checkpoint.write_whole(output, made.content)
    print(json.dumps({"file": str(output), **asdict(made.comparison)}) if options.json else made.comparison.table())
    if not options.json:
        print(output)
