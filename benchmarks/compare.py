"""The five networks compared on MNIST's test set, for the first time and again: python -m benchmarks.compare --data-dir DIR

They have fresh weights, which take as long as learned ones. Each time is that of `python -m hwr evaluate`, start to exit;
what is measured is kept in a folder of its own, so that the first time is one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from hwr import checkpoint
from hwr.classes import DIGITS
from hwr.models import MODELS, build

FIRST, CACHED = 60.0, 1.0  # seconds at most
AGAIN = 5


def weights(folder: Path) -> list[str]:
    """A checkpoint of each network."""
    torch.manual_seed(0)
    for name in MODELS:
        info = {"model": name, "classes": DIGITS, "framing": "mnist", "dataset": "none", "figures": {}}
        checkpoint.save(folder / f"{name}.safetensors", build(name, len(DIGITS)).state_dict(), info)
    return [str(folder / f"{name}.safetensors") for name in MODELS]


def seconds(command: list[str], cache: Path) -> float:
    """How long a command takes; raises CalledProcessError when it fails."""
    began = time.perf_counter()
    subprocess.run(command, env=os.environ | {"HWR_CACHE": str(cache)}, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    given = parser.parse_args().data_dir
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hwr", "evaluate", *weights(Path(folder)), "--dataset", "mnist"]
        command += ["--data-dir", given] if given else []
        first = seconds(command, Path(folder) / "cache")
        again = sorted(seconds(command, Path(folder) / "cache") for _ in range(AGAIN))[AGAIN // 2]
    print(f"load {os.getloadavg()[0]:.1f}; first {first:.1f} s (at most {FIRST:.0f}); ", end="")
    print(f"cached {again:.2f} s (median of {AGAIN}, at most {CACHED:.0f})")
    return int(first > FIRST or again > CACHED)


if __name__ == "__main__":
    sys.exit(main())
