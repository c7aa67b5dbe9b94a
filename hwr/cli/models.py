"""python -m hwr models: the networks and the weights that are here."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hwr import checkpoint


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("--json", action="store_true", help="one object a line")


def execute(options: argparse.Namespace) -> int:
    """Prints the networks and the weights."""
    from hwr.lines.network import LINE_MODELS, build_line
    from hwr.models import MODELS, build, parameters

    networks = [(name, parameters(build(name, 10)), entry.summary) for name, entry in MODELS.items()]
    networks += [(name, parameters(build_line(name, 10)), entry.summary) for name, entry in LINE_MODELS.items()]
    weights = checkpoint.list_weights()
    if options.json:
        for item in weights:
            print(json.dumps({**item, "path": str(item["path"])}))
        return 0
    print("networks (weights for 10 classes)")
    for name, size, summary in networks:
        print(f"  {name:<16} {size:>9,}  {summary}")
    print("weights")
    for item in weights:
        print(
            f"  {item['name']:<16} {item['bytes'] / 1e6:6.1f} MB  {item['model']}, {item.get('dataset', '?')}: "
            f"{figures_text(item)}"
        )
    return 0


def figures_text(item: dict[str, Any]) -> str:
    """The accuracy on each test set in what a checkpoint or run says of itself."""
    figures = item.get("figures")
    rows = figures.items() if isinstance(figures, dict) else []
    shares = [(name, values.get("accuracy")) for name, values in rows if isinstance(values, dict)]
    return ", ".join(f"{name} {share:.2%}" for name, share in shares if isinstance(share, float)) or "no figures"
