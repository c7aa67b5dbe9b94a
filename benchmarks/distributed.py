"""The same training in one process and, under torchrun, in several: accuracy with its spread over seeds, and time.

    python -m benchmarks.distributed --data-dir DIR

All take the same batch of pictures and as many processor threads together. The accuracies are of MNIST's test part; the two
kinds count as equal when their means differ by no more than the accuracies of one kind do from seed to seed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.data import data_folder

CONFIG = TrainConfig(dataset="mnist", model="residual", epochs=4, limit=12_000)


@dataclass(frozen=True)
class Result:
    """One training: its accuracy on the test part and the seconds that its steps took."""

    accuracy: float
    seconds: float


def trained(config: TrainConfig, processes: int, data_dir: Path) -> Result:
    """Trains `config` in so many processes of this machine, in a run that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "config.json"
        settings.write_text(json.dumps(config.to_dict()))
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command = [sys.executable, *(launcher if processes > 1 else []), "-m", "hwr", "train"]
        places = ["--config", str(settings), "--runs-dir", folder, "--data-dir", str(data_dir)]
        done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"a training failed: {done.stderr}")
        info = checkpoint.read_info(done.stdout.split()[-1])
    return Result(info["figures"][f"{config.dataset} test"]["accuracy"], info["seconds"])


def spread(results: list[Result]) -> float:
    """Between the best and the worst accuracy."""
    accuracies = [result.accuracy for result in results]
    return max(accuracies) - min(accuracies)


def line(processes: int, results: list[Result]) -> str:
    """A row of the table: each seed's accuracy, their mean and spread, the mean of the seconds."""
    each = ", ".join(f"{100 * result.accuracy:.2f}" for result in results)
    mean = statistics.fmean(result.accuracy for result in results)
    seconds = statistics.fmean(result.seconds for result in results)
    return f"| {processes} | {each} | {100 * mean:.2f} % | {100 * spread(results):.2f} | {seconds:.0f} s |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=CONFIG.epochs)
    parser.add_argument("--limit", type=int, default=CONFIG.limit, help="pictures to learn from; 0: all")
    options = parser.parse_args()
    config = replace(CONFIG, epochs=options.epochs, limit=options.limit)
    folder, kinds = data_folder(options.data_dir).resolve(), (1, options.processes)
    found: dict[int, list[Result]] = {kind: [] for kind in kinds}
    for seed in range(options.seeds):
        for kind in kinds:
            found[kind].append(trained(replace(config, seed=seed), kind, folder))
            print(f"seed {seed}, {kind} processes: {found[kind][-1]}", file=sys.stderr, flush=True)
    print(f"{config.command()}, seeds 0 to {options.seeds - 1}")
    print("| processes | accuracies (%) | mean | spread | steps took |\n|---|---|---|---|---|")
    for kind in kinds:
        print(line(kind, found[kind]))
    one, two = (statistics.fmean(result.accuracy for result in found[kind]) for kind in kinds)
    equal = abs(one - two) <= max(spread(results) for results in found.values())
    print(f"means differ by {100 * abs(one - two):.2f}: {'within' if equal else 'beyond'} the spread over seeds")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
