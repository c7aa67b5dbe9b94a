"""python -m hwr machine: what this machine can train with."""

from __future__ import annotations

import argparse
import json


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("--json", action="store_true", help="one object")


def execute(options: argparse.Namespace) -> None:
    """Prints the device, the number format, the cores and the networks."""
    from hwr.machine import facts

    found = facts()
    if options.json:
        print(json.dumps(found))
        return
    print(f"trains on {found['device']} in {found['precision']}, with {found['cores']} processor threads")
    for name, about in found["networks"].items():
        print(f"  {name:<16} {about['weights']:>9,}  {about['summary']}")
