"""Seconds that a person waits for `import hwr`, and for `python -m hwr read` on three characters, from start to exit.

python -m benchmarks.startup
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from hwr.synthetic import draw_text

REPEATS = 7


def seconds(*command: str) -> float:
    """Median of several runs of a command, from start to exit."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "314.png"
        Image.fromarray(draw_text("314", seed=5, height=80)).save(picture)
        bare, light = seconds("-c", "pass"), seconds("-c", "import hwr")
        read = seconds("-m", "hwr", "read", str(picture))
    print(f"median of {REPEATS}\n| what | seconds |\n|---|---|")
    print(f"| import hwr, beyond Python's own start | {max(0.0, light - bare):.3f} |")
    print(f"| python -m hwr read, start to exit | {read:.2f} |")


if __name__ == "__main__":
    main()
