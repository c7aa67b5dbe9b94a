"""python -m hwr speed: how fast this machine would train, measured on a few real steps. Options are those of `train`."""

from __future__ import annotations

import argparse
import json

from hwr.cli.train import add_settings, settings


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    add_settings(command)
    command.add_argument("--json", action="store_true", help="one object")


def execute(options: argparse.Namespace) -> None:
    """Prints the pictures a second of these settings."""
    from hwr.machine import speed

    config = settings(options)
    found = speed(config)
    if options.json:
        print(json.dumps({"speed": found}))
    else:
        print(f"{found:,.0f} images/s with {config.model} and {config.batch_size} pictures in a step")
