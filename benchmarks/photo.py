"""Milliseconds from a decoded 12-megapixel photo to its ink: medians, on drawn pages as a phone sees them.

The pages are colour, in uneven light, with noise and the traces of JPEG; plain and ruled. Beside the time stands the time
of all processors, which tells more where the machine does other things too. `python -m benchmarks.photo [--repeats 15]`.
"""

from __future__ import annotations

import argparse
import statistics
import time

import cv2
import numpy as np

from benchmarks.memory import drawn_ink
from hwr.preprocess import ink
from hwr.synthetic.paper import Paper, on_paper

MEGAPIXELS = 12
TINT = (0, -6, -18)  # of the paper: red, green, blue
PAPERS = {
    "plain": Paper(shadow=0.5, noise=0.3, blur=0.3, jpeg=80),
    "ruled": Paper("ruled", pitch=130, rules=0.4, shadow=0.5, noise=0.3, blur=0.3, jpeg=80),
}


def photo(name: str) -> np.ndarray:
    """A page on one of PAPERS as a phone takes it: uint8 RGB of MEGAPIXELS."""
    sheet = on_paper(drawn_ink(MEGAPIXELS)[0], PAPERS[name], np.random.default_rng(0))
    return np.dstack([np.clip(sheet.astype(np.int16) + shift, 0, 255).astype(np.uint8) for shift in TINT])


def milliseconds(picture: np.ndarray, repeats: int) -> tuple[float, float]:
    """The median time from a picture to its ink, and the median time of all processors together."""
    times, busy = [], []
    for _ in range(repeats):
        start, worked = time.perf_counter(), time.process_time()
        ink(picture)
        times.append(1000 * (time.perf_counter() - start))
        busy.append(1000 * (time.process_time() - worked))
    return statistics.median(times), statistics.median(busy)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, help="of each page (default %(default)s)")
    repeats = parser.parse_args().repeats
    print(f"{MEGAPIXELS} million pixels, median of {repeats}, {cv2.getNumThreads()} threads")
    print("| paper | photo to ink | of all processors |\n|---|---|---|")
    for name in PAPERS:
        whole, busy = milliseconds(photo(name), repeats)
        print(f"| {name} | {whole:.0f} ms | {busy:.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
