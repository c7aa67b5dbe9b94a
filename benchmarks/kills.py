"""Kills a training with SIGKILL again and again and compares what it ends with to a run that was never interrupted.

    python -m benchmarks.kills --kills 50

Every third kill waits until a file is being written; the others come at a random moment, from the loading of the data on.
Each killed run is resumed; when it finishes, its last and best weights must be equal bit for bit, its epochs must have been
logged once and with the same figures, and no kill may have lost more trained seconds than `save_seconds`. On `synthetic`. The
trainers tell their progress after every step, so that what a kill loses is known to a step.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from safetensors.numpy import load_file

from hwr import checkpoint, runs
from hwr.config import TrainConfig

CONFIG = TrainConfig(
    dataset="synthetic",
    classes="0-3",
    model="simple",
    epochs=40,
    limit=600,
    batch_size=32,
    threads=1,
    test="none",
    save_seconds=0.5,
)
LIMIT = 900.0  # seconds that a training may take to get anywhere
TRAINER = "import sys; from hwr import cli, journal; journal.TELL = 0.0; sys.exit(cli.main(sys.argv[1:]))"


@dataclass
class Tally:
    """What was seen over all kills: the trained seconds that each lost, kills while a file was written, differences."""

    kills: int = 0
    while_writing: int = 0
    lost: list[float] = field(default_factory=list)
    runs: int = 0
    differences: list[str] = field(default_factory=list)

    def too_late(self, seconds: float) -> int:
        """How many kills lost more than so many seconds."""
        return sum(lost > seconds for lost in self.lost)


def trainer(run: runs.Run) -> subprocess.Popen:
    """A process that trains or resumes `run`."""
    command = [sys.executable, "-c", TRAINER, "train", "--run", str(run.path)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(run: runs.Run) -> runs.Run:
    """Trains `run` to its end without interruption."""
    process = trainer(run)
    try:
        _, told = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    if process.returncode:
        raise SystemExit(f"a training failed: {told.decode()}")
    return run


def killed(run: runs.Run, chance: random.Random, tally: Tally) -> bool:
    """Trains until a random moment and kills; False when the run had ended before."""
    while_writing = tally.kills % 3 == 0
    process = trainer(run)
    delay = 0.0 if while_writing else chance.uniform(0, 2.5)
    if _wait(process, run, while_writing=while_writing):
        time.sleep(delay)
    writing = _writing(run)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if process.returncode != -signal.SIGKILL:
        return False
    tally.kills += 1
    tally.while_writing += writing
    tally.lost.append(lost(run))
    if run.status()["state"] != "lost":
        tally.differences.append(f"a killed run is shown as {run.status()['state']}")
    return True


def _writing(run: runs.Run) -> bool:
    return next(run.path.glob(".*.safetensors.*"), None) is not None


def _wait(process: subprocess.Popen, run: runs.Run, *, while_writing: bool) -> bool:
    """Waits until this very process trains, or writes a checkpoint as it trains: False when it ended before."""
    end = time.monotonic() + LIMIT
    while process.poll() is None and time.monotonic() < end:
        status = run.status()
        begun = status.get("pid") == process.pid and status["state"] == "running"
        if begun and (not while_writing or _writing(run)):
            return True
        time.sleep(0.0005 if while_writing else 0.02)
    return False


def lost(run: runs.Run) -> float:
    """The trained seconds that the run's last status tells of and its saved state does not hold."""
    state = run.path / "state.safetensors"
    saved = checkpoint.read_info(state)["state"]["seconds"] if state.is_file() else 0.0
    return run.status()["progress"].get("seconds", 0.0) - saved


def difference(one: runs.Run, two: runs.Run) -> str:
    """In what two finished runs of one config differ; empty when in nothing that must be equal."""
    for name in ("last", "best"):
        a, b = (load_file(run.path / f"{name}.safetensors") for run in (one, two))
        if a.keys() != b.keys() or any(a[key].tobytes() != b[key].tobytes() for key in a):
            return f"{name}.safetensors of {two.name} differs"
    keys = ("epoch", "step", "loss", "accuracy", "lr", "valid_loss", "valid_accuracy", "recall")
    c, d = ([[row[key] for key in keys] for row in run.metrics() if row["kind"] == "epoch"] for run in (one, two))
    return "" if c == d else f"the epochs of {two.name} differ"


def measure(config: TrainConfig, folder: Path, kills: int, seed: int) -> Tally:
    """Kills runs of `config` until there were so many kills, and lets each run end."""
    chance, tally = random.Random(seed), Tally()
    whole = finish(runs.create(config, folder))
    while tally.kills < kills:
        run = runs.create(config, folder)
        while tally.kills < kills and killed(run, chance, tally):
            print(f"{tally.kills} kills, {len(tally.differences)} differences", file=sys.stderr)
        if run.status()["state"] != "finished":
            finish(run)
        tally.runs += 1
        if found := difference(whole, run):
            tally.differences.append(found)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = measure(CONFIG, Path(folder), options.kills, options.seed)
    print(f"{tally.kills} kills in {tally.runs} runs, {tally.while_writing} while a checkpoint was written")
    late, most = tally.too_late(CONFIG.save_seconds), max(tally.lost, default=0.0)
    print(
        f"most training lost by one kill: {most:.2f} s; {late} lost more than the {CONFIG.save_seconds} s between saves"
    )
    print("\n".join(tally.differences) or "every run ended with the same weights and the same epochs, bit for bit")
    return 1 if tally.differences or late else 0


if __name__ == "__main__":
    sys.exit(main())
