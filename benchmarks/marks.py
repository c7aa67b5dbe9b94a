"""What is no character and is read as one all the same, and characters that are taken for none, at the default threshold.

    python -m benchmarks.marks [--weights digits characters] [--data-dir DIR]

Marks are drawn by our own code from seeds that no training uses, on paper of all kinds, and read with `layout="char"`. With
data, the trial characters under HWR_DATA/ink tell what rejecting costs: they were looked at while the code was written.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np

from benchmarks.ink import TRIALS, charset_for, truth
from hwr import Recognizer
from hwr.synthetic.junk import KINDS, mark
from hwr.synthetic.paper import any_paper, on_paper

SEED = 987_654_321
ASKED = ("scribble", "hatching", "blot", "empty paper")


def picture(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A mark of a kind, or nothing, on a sheet: grey uint8, some 200 to 500 pixels high."""
    if kind == "empty paper":
        return sheet(np.zeros(rng.integers(120, 400, 2), np.uint8), rng)
    size = float(rng.uniform(2, 5))
    ink = cv2.resize(mark(rng, kind), None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
    return sheet(np.pad(ink, int(rng.integers(10, 80))).astype(np.uint8), rng)


def sheet(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ink on paper of any kind."""
    return on_paper(ink, any_paper(rng, pitch=float(rng.uniform(30, 90))), rng)


def read_as_character(recognizer: Recognizer, kind: str, count: int) -> float:
    """The share of `count` marks of a kind that something is read from."""
    rng = np.random.default_rng([SEED, [*KINDS, "empty paper"].index(kind)])
    return float(np.mean([bool(recognizer.read(picture(kind, rng), layout="char").glyphs) for _ in range(count)]))


def lost(recognizer: Recognizer, name: str, folder: Path) -> tuple[int, int]:
    """How many trial characters give nothing, where they give something when all is kept; and of how many."""
    count = total = 0
    for entry in TRIALS[name].entries(folder):
        path, charset = folder / entry["file"], charset_for(truth(entry))
        if all(char not in recognizer.classes for char in charset_of(truth(entry))):
            continue
        total += 1
        kept = recognizer.read(path, layout="char", charset=charset, reject=1.0).glyphs
        count += bool(kept) and not recognizer.read(path, layout="char", charset=charset).glyphs
    return count, total


def charset_of(text: str) -> str:
    """A text in both cases: what a class may stand for."""
    return text.upper() + text.lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--weights", nargs="*", default=["digits", "characters", "characters-cased"])
    parser.add_argument("--count", type=int, default=200, help="marks of each kind")
    arguments = parser.parse_args()
    recognizers = [Recognizer.load(name) for name in arguments.weights]
    print(f"| read as a character, of {arguments.count} | {' | '.join(arguments.weights)} |")
    print("|---|" + "---|" * len(recognizers))
    for kind in dict.fromkeys([*ASKED, *KINDS]):
        shares = [f"{read_as_character(recognizer, kind, arguments.count):.1%}" for recognizer in recognizers]
        print(f"| {kind} | {' | '.join(shares)} |", flush=True)
    if not arguments.data_dir:
        return
    for name in ("char_images", "chars74k_hnd"):
        found = [lost(recognizer, name, Path(arguments.data_dir) / "ink") for recognizer in recognizers]
        cells = [f"{count / max(1, total):.1%} ({count}/{total})" for count, total in found]
        print(f"| characters of {name} taken for none | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
