"""python -m hwr data: the datasets."""

from __future__ import annotations

import argparse
import json


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("--json", action="store_true", help="one object a line")


def execute(options: argparse.Namespace) -> int:
    """Prints the datasets."""
    from hwr.data import DATASETS

    for name, entry in DATASETS.items():
        if options.json:
            print(
                json.dumps({"name": name, "classes": entry.classes, "summary": entry.summary, "source": entry.source})
            )
        else:
            print(f"{name:<16} {len(entry.classes):>3} classes  {entry.summary} ({entry.source})")
    if not options.json:
        print("folder:PATH      own pictures: one sub-folder a class, named by its character")
    return 0
