"""Peak memory of `python -m hwr read` on large drawn pages, each in a fresh process: what the system counts as resident.

A page of 50 million pixels must stay under 1.5 GB, and one above the limit must be refused before it is decoded.

python -m benchmarks.memory
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from hwr.preprocess import MAX_PIXELS
from hwr.synthetic import draw_text
from hwr.synthetic.paper import Paper, on_paper

MEGAPIXELS = 50
LINES, LETTERS = 18, "0123456789 ABCDEFGH"
CASES = {
    "PNG, grey": ("png", "L"),
    "JPEG, colour": ("jpg", "RGB"),
    "PNG, colour with transparency": ("png", "RGBA"),
    "TIFF, 16 bits": ("tif", "I;16"),
    "PDF, colour": ("pdf", "RGB"),
}

WATCH = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss, time.perf_counter() - start, os.waitstatus_to_exitcode(status))
"""


def drawn_ink(megapixels: float) -> tuple[np.ndarray, float]:
    """Lines of characters as ink, uint8 (h, w) of so many million pixels, 255 on 0, and a character's height."""
    text = "\n".join(LETTERS[place % 7 :] + LETTERS[: place % 7] for place in range(LINES))
    page = draw_text(text, seed=1, height=100)
    scale = (megapixels * 1e6 / (page.shape[0] * page.shape[1])) ** 0.5
    return 255 - cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR).min(axis=2), 100 * scale


def drawn(megapixels: float) -> np.ndarray:
    """A page of ruled paper in uneven light with lines of characters: uint8 RGB of so many million pixels."""
    ink, height = drawn_ink(megapixels)
    sheet = on_paper(ink, Paper("ruled", pitch=3 * height, shadow=0.5), np.random.default_rng(0))
    return np.dstack([sheet, sheet, np.clip(sheet.astype(np.int16) - 12, 0, 255).astype(np.uint8)])


def save(page: np.ndarray, path: Path, mode: str) -> None:
    """Writes the page as a picture of one of the modes of CASES."""
    if mode == "I;16":
        Image.fromarray(page[:, :, 0].astype(np.uint16) * 257).save(path)
        return
    picture = Image.fromarray(page).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.fromarray(np.full(page.shape[:2], 250, np.uint8)))
    picture.save(path, compress_level=1)


def peak(*command: str) -> tuple[float, float, int]:
    """The peak resident memory of a Python command in GB, its seconds from start to exit, and its exit status.

    A process counts what its parent held when it began, so that it is started by one that holds next to nothing.
    """
    watched = subprocess.run([sys.executable, "-c", WATCH, *command], capture_output=True, text=True, check=True)
    memory, seconds, status = watched.stdout.split()
    unit = 1 if sys.platform == "darwin" else 1024
    return int(memory) * unit / 1e9, float(seconds), int(status)


def row(name: str, path: Path, format: str = "txt") -> str:
    """One line of the table."""
    output = path.with_name("output")
    memory, seconds, status = peak("-m", "hwr", "read", str(path), "--format", format, "--output", str(output))
    return f"| {name} | {memory:.2f} GB | {seconds:.1f} s | {'read' if status == 0 else 'refused'} |"


def main() -> None:
    page = drawn(MEGAPIXELS)
    side = int(MAX_PIXELS**0.5) + 1
    print("| picture | peak resident memory | start to exit | |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.png"
        Image.new("L", (1, 1), 255).save(path)
        print(row("one pixel", path), flush=True)
        for name, (suffix, mode) in CASES.items():
            path = Path(folder) / f"page.{suffix}"
            save(page, path, mode)
            print(row(f"{MEGAPIXELS} million pixels: {name}", path), flush=True)
        for format in ("pdf", "png"):
            print(row(f"the same, JPEG, to {format}", Path(folder) / "page.jpg", format), flush=True)
        path = Path(folder) / "large.png"
        Image.new("L", (side, side), 255).save(path)
        print(row("above the limit", path), flush=True)


if __name__ == "__main__":
    main()
