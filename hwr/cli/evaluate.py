"""python -m hwr evaluate: score weights on a dataset's test part."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

from hwr import checkpoint
from hwr.networks import STRIPS

SCORED = 4_000  # lines at most


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("weights", nargs="+", help="names in weights/ or paths")
    command.add_argument("--dataset", required=True, help="the dataset whose test part is read")
    command.add_argument("--part", default="test", choices=("test", "train"))
    command.add_argument("--json", action="store_true", help="one object a model")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")


def execute(options: argparse.Namespace) -> int:
    """Prints the scores of each of the weights."""
    from hwr import engines
    from hwr.data import Source, classes_of, data_folder, load
    from hwr.evaluate import common_classes, confusion, evaluate, report_text
    from hwr.insight import most_confused

    for weights in options.weights:
        path = checkpoint.find(weights)
        model, info = engines.load(path)
        if info["framing"] == STRIPS:
            _lines(checkpoint.title(path), model, info, options)
            continue
        source = Source(options.part, data_folder(options.data_dir), info["framing"])
        classes = common_classes(info["classes"], classes_of(options.dataset, source))
        data = load(options.dataset, replace(source, classes=classes))
        scores, chances = evaluate(model, info, data)
        name = checkpoint.title(path)
        if options.json:
            print(json.dumps({"weights": name, "dataset": options.dataset, **scores.to_dict()}))
            continue
        low, high = scores.interval
        print(f"{name} on {options.dataset} {options.part}, {scores.images:,} pictures of {len(classes)} classes")
        print(f"accuracy {scores.accuracy:.2%} ({low:.2%} to {high:.2%}), loss {scores.loss:.4f}, ", end="")
        print(f"calibration error {scores.calibration_error:.2%}\n{report_text(chances, data)}")
        pairs = most_confused(confusion(chances, data), data.classes)
        print("most confused (true > read): " + ", ".join(f"{a} > {b} {count}" for a, b, count in pairs))
    return 0


def _lines(name: str, model: Any, info: dict[str, Any], options: argparse.Namespace) -> None:
    """Prints the scores of weights that read lines."""
    from hwr.data import data_folder
    from hwr.lines.data import LineSource, load_lines
    from hwr.lines.score import find, fixed, score

    lines = load_lines(options.dataset, LineSource(options.part, data_folder(options.data_dir), info["classes"]))
    lines = lines.some(SCORED)
    lines.clean = True
    scores = score(find(model, fixed(lines)), info["classes"], checkpoint.temperature(info))
    if options.json:
        print(json.dumps({"weights": name, "dataset": options.dataset, **scores.to_dict()}))
        return
    low, high = scores.interval
    print(f"{name} on {options.dataset} {options.part}, {scores.images:,} lines")
    print(f"whole lines right {scores.accuracy:.2%} ({low:.2%} to {high:.2%}), ", end="")
    print(f"character errors {scores.cer:.2%}, loss {scores.loss:.4f}")
