"""Composed pages of 500 separate characters: how many are boxed right, how many are read right, and how fast.

Pages are put together by our own code out of the test glyphs of MNIST or EMNIST, on plain, ruled and squared sheets, with
and without shadow; the true box of each character is known. A box is right when it shares at least half of its area with
the true one (intersection over union). Run it with `python -m benchmarks.pages --data-dir DIR [--pages 5]`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

import numpy as np

from hwr import Recognizer
from hwr.data import Dataset, Source, load
from hwr.results import Box, Glyph
from hwr.synthetic.compose import Setting, compose
from hwr.synthetic.paper import Paper, on_paper

CHARACTERS, ROW = 500, 25
PAPERS = {
    "plain": Paper(),
    "plain, shadow and noise": Paper(shadow=0.5, noise=0.3, blur=0.3, jpeg=60),
    "ruled": Paper("ruled", pitch=91.2, rules=0.4),
    "ruled, shadow and noise": Paper("ruled", pitch=91.2, rules=0.4, shadow=0.5, noise=0.3, blur=0.3, jpeg=60),
    "squared": Paper("squared", pitch=45.6, rules=0.25),
}
SETTING = Setting(height=48, gap=0.4, gap_spread=0.07)


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    tall = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return wide * tall / (areas - wide * tall)


def matched(glyphs: tuple[Glyph, ...], boxes: list[Box]) -> dict[int, Glyph]:
    """The glyph that lies on each true box, for the boxes that have one."""
    found: dict[int, Glyph] = {}
    left = list(glyphs)
    for place, box in enumerate(boxes):
        best = max(left, key=lambda glyph: overlap(glyph.box, box), default=None)
        if best is not None and overlap(best.box, box) >= 0.5:
            found[place] = best
            left.remove(best)
    return found


def page(data: Dataset, paper: Paper, rng: np.random.Generator) -> tuple[np.ndarray, list[Box], str]:
    """A picture of one page, the true boxes in reading order, and its characters."""
    chosen = rng.choice(len(data), CHARACTERS, replace=False)
    rows = [data.images[chosen[start : start + ROW]] for start in range(0, CHARACTERS, ROW)]
    ink, boxes = compose(rows, SETTING, rng)
    text = "".join(data.classes[label] for label in data.labels[chosen])
    return on_paper(ink, paper, rng), [box for row in boxes for box in row], text


def row(recognizer: Recognizer, data: Dataset, name: str, count: int) -> str:
    """One line of the table: all pages of one kind of paper."""
    true = boxed = right = given = 0
    times = []
    for number in range(count):
        picture, boxes, text = page(data, PAPERS[name], np.random.default_rng(number))
        start = time.perf_counter()
        glyphs = recognizer.read(picture, charset=data.classes).glyphs
        times.append(time.perf_counter() - start)
        found = matched(glyphs, boxes)
        true, given, boxed = true + len(boxes), given + len(glyphs), boxed + len(found)
        right += sum(glyph.char.upper() == text[place].upper() for place, glyph in found.items())
    share = f"{boxed / max(1, given):.2%} | {boxed / true:.2%} | {right / true:.1%}"
    return f"| {name} | {share} | {statistics.median(times):.2f} s |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--dataset", default="mnist", help="the glyphs: mnist or one of EMNIST (default %(default)s)")
    parser.add_argument("--weights", default="digits")
    parser.add_argument("--pages", type=int, default=5, help="of each paper (default %(default)s)")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    data = load(arguments.dataset, Source("test", arguments.data_dir))
    recognizer = Recognizer.load(arguments.weights)
    recognizer.read(np.full((64, 64), 255, np.uint8))
    print(
        f"{arguments.weights} on pages of {CHARACTERS} characters of {arguments.dataset}'s test part, {arguments.pages} each"
    )
    print("| paper | box precision | box recall | read right | median time |\n|---|---|---|---|---|")
    for name in PAPERS:
        print(row(recognizer, data, name, arguments.pages), flush=True)


if __name__ == "__main__":
    main()
