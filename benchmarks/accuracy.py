"""Every shipped weight on the test set that it may honestly be scored on, as one table.

    python -m benchmarks.accuracy --data-dir DIR

Each row is what `python -m hwr evaluate WEIGHTS --dataset TEST` gives; which test that is stands in the weights themselves.
"""

from __future__ import annotations

import argparse

from hwr import checkpoint
from hwr.data import Source, data_folder, load
from hwr.evaluate import evaluate
from hwr.networks import STRIPS


def row(item: dict, folder) -> str:
    """One weight's row: measured again now, not read from its figures."""
    model, info = checkpoint.load(item["path"])
    config = info["config"]
    test = config["test"] or config["dataset"]
    data = load(test, Source("test", folder, info["framing"], config["seed"], info["classes"]))
    scores, _ = evaluate(model, info, data)
    low, high = (f"{100 * bound:.2f}" for bound in scores.interval)
    accuracy = f"{100 * scores.accuracy:.2f} % ({low} to {high})"
    numbers = f"{scores.images:,} | {accuracy} | {scores.loss:.3f} | {100 * scores.calibration_error:.1f} %"
    return f"| `{item['name']}` | {info['model']}, {item['bytes'] / 1e6:.1f} MB | {test} | {numbers} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    folder = data_folder(parser.parse_args().data_dir)
    print("| weights | network | test set | pictures | accuracy (95 %) | loss | calibration error |")
    print("|---|---|---|---|---|---|---|")
    for item in checkpoint.list_weights(checkpoint.WEIGHTS):
        if item["framing"] != STRIPS:  # of lines: python -m hwr evaluate lines --dataset unipen-words
            print(row(item, folder), flush=True)


if __name__ == "__main__":
    main()
