"""python -m hwr evaluate: score weights on a dataset's test part, several side by side."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from hwr import checkpoint, onnx_file
from hwr.apart import follow_caller, tell, tell_person
from hwr.networks import STRIPS

if TYPE_CHECKING:
    from hwr.compare import Row

SCORED = 4_000  # lines at most


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("weights", nargs="+", help="names in weights/, runs or paths; several are compared")
    command.add_argument("--dataset", required=True, help="the dataset whose test part is read")
    command.add_argument("--part", default="test", choices=("test", "train"))
    command.add_argument("--json", action="store_true", help="one object a model")
    command.add_argument("--fresh", action="store_true", help="measure again what was measured before")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")
    command.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)  # hwr.apart


def execute(options: argparse.Namespace) -> int:
    """Prints the scores of each of the weights."""
    found = [(weights, checkpoint.find(weights)) for weights in options.weights]
    lines = [path for _, path in found if onnx_file.read_info(path)["framing"] == STRIPS]
    for path in lines:
        _lines(path, options)
    glyphs = [weights for weights, path in found if path not in lines]
    if glyphs:
        _glyphs(glyphs, options)
    return 0


def _glyphs(weights: list[str], options: argparse.Namespace) -> None:
    """Prints the scores of weights that read characters; of several, all on the same pictures."""
    from hwr.compare import ask, compare, find_models
    from hwr.data import data_folder

    models = find_models(weights)
    question = ask(models, options.dataset, part=options.part, folder=data_folder(options.data_dir))
    if options.progress:
        follow_caller()
    watch = tell if options.progress else tell_person
    comparison = compare(models, question, watch, fresh=options.fresh)
    if options.json:
        for item in comparison.to_dicts():
            print(json.dumps(item))
    elif len(models) == 1:
        _report(comparison.rows[0], options)
        print("".join(f"\n{note}" for note in comparison.notes).strip())
    else:
        from hwr.compare.report import to_text

        print(to_text(comparison))


def _report(row: Row, options: argparse.Namespace) -> None:
    """Prints all about one model."""
    from hwr.evaluate import report_text

    figures = row.figures
    low, high = figures["interval"]
    print(
        f"{row.name} on {options.dataset} {options.part}, {figures['images']:,} pictures of {len(row.classes)} classes"
    )
    print(f"accuracy {figures['accuracy']:.2%} ({low:.2%} to {high:.2%}), loss {figures['loss']:.4f}, ", end="")
    print(f"calibration error {figures['calibration_error']:.2%}")
    print(report_text(row.confusion, row.classes))
    pairs = ", ".join(f"{pair.true} > {pair.read} {pair.count}" for pair in row.confused(10))
    print(f"most confused (true > read): {pairs}")
    speed = f"{figures['glyph_ms']:.2f} ms a character, {figures['batch_ms']:.1f} ms for {figures['batch']}"
    print(f"{figures['parameters']:,} parameters, {figures['bytes'] / 1e6:.1f} MB, {speed}")


def _lines(path: Any, options: argparse.Namespace) -> None:
    """Prints the scores of weights that read lines."""
    from hwr.data import data_folder
    from hwr.lines.data import LineSource, load_lines
    from hwr.lines.score import find, fixed, score

    model, info = checkpoint.load(path)
    name = checkpoint.title(path)
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
