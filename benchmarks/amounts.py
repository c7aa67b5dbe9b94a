"""Dates, times, prices and telephone numbers by writers whose hand was never learned: how much of them is read.

    python -m benchmarks.amounts --data-dir DIR [--pages 4] [--only 12/5 35]

A page holds fourteen of a kind, set of the digits of one of UNIPEN's test writers; the marks between them are drawn here, in
shapes of their own, not those that are learned from. It is photographed and read three times: with its kind's characters as
the charset, with those of all kinds, and without any charset. Given is the character error rate, spaces left out.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.papers import inked, paper, shot
from benchmarks.sheets import any_way
from hwr import Recognizer
from hwr.classes import AMOUNTS, DIGITS, WRITING
from hwr.lines.data import LineSource
from hwr.lines.hands import Pool
from hwr.lines.score import distance
from hwr.strokes import paint

SEED = 20_261_125
SHAPE, TALL, ROWS, COLUMNS = (900, 1240), 50, 7, (90, 690)  # pixels: a page, a digit; rows, and where a row's two begin
PENS = (0.05, 0.12)  # of a digit's height

Rng = np.random.Generator


def _bow(middle: float, deep: float) -> list[tuple[float, float]]:
    """A bracket: x = `middle` at its ends, `deep` away from there half-way."""
    return [(middle + deep * np.sqrt(1.05 - t * t), -0.45 + 0.65 * t) for t in np.linspace(-1, 1, 12)]


def _ring(x: float, y: float) -> list[tuple[float, float]]:
    return [(x + 0.13 * np.cos(turn), y + 0.15 * np.sin(turn)) for turn in np.linspace(0, 6.3, 14)]


# Each mark's strokes, where a digit is 1 high on a line at y = 0, y down; and how wide it is.
MARKS: dict[str, tuple[list[list[tuple[float, float]]], float]] = {
    ".": ([[(0.05, -0.03), (0.09, 0.0)]], 0.12),
    ",": ([[(0.1, -0.06), (0.08, 0.05), (0.0, 0.18)]], 0.14),
    "/": ([[(0.35, -1.1), (0.0, 0.12)]], 0.4),
    "-": ([[(0.0, -0.45), (0.38, -0.45)]], 0.42),
    ":": ([[(0.05, -0.65), (0.08, -0.62)], [(0.05, -0.12), (0.08, -0.1)]], 0.14),
    "(": ([_bow(0.25, -0.22)], 0.3),
    ")": ([_bow(0.0, 0.22)], 0.3),
    "%": ([_ring(0.15, -0.8), [(0.6, -1.0), (0.1, 0.0)], _ring(0.58, -0.2)], 0.75),
    "$": (
        [
            [(0.45, -0.85), (0.25, -0.95), (0.08, -0.7), (0.25, -0.5), (0.42, -0.35), (0.38, -0.08), (0.03, -0.12)],
            [(0.27, -1.12), (0.24, 0.12)],
        ],
        0.5,
    ),
    "€": (
        [
            [(0.6, -0.85), (0.4, -0.98), (0.2, -0.8), (0.14, -0.48), (0.22, -0.12), (0.42, 0.0), (0.6, -0.12)],
            [(0.0, -0.58), (0.45, -0.6)],
            [(0.0, -0.4), (0.42, -0.42)],
        ],
        0.65,
    ),
}
JITTER = 0.025  # of a digit's height: so far each stroke of a mark is from its place


def _digits(rng: Rng, count: int) -> str:
    return "".join(rng.choice(list(DIGITS), count))


KINDS: dict[str, Callable[[Rng], str]] = {
    "12/5/2024": lambda rng: f"{rng.integers(1, 32)}/{rng.integers(1, 13)}/{rng.integers(1990, 2030)}",
    "12.05.2024": lambda rng: f"{rng.integers(1, 32):02d}.{rng.integers(1, 13):02d}.{rng.integers(1990, 2030)}",
    "2024-05-12": lambda rng: f"{rng.integers(1990, 2030)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
    "9:30": lambda rng: f"{rng.integers(0, 24)}:{_digits(rng, 2)}",
    "$12.50": lambda rng: f"${rng.integers(1, 400)}.{_digits(rng, 2)}",
    "12,50€": lambda rng: f"{rng.integers(1, 400)},{_digits(rng, 2)}€",
    "12,500": lambda rng: f"{rng.integers(1, 99)},{_digits(rng, 3)}",
    "35%": lambda rng: f"{rng.integers(1, 100)}%",
    "555-1234": lambda rng: f"{_digits(rng, 3)}-{_digits(rng, 4)}",
    "(275)": lambda rng: f"({_digits(rng, 3)})",
}


def page(hand: Pool, make: Callable[[Rng], str], rng: Rng) -> tuple[np.ndarray, list[str]]:
    """The ink of a page (uint8, 255 on 0) in one hand, by one pen, and the text of each row."""
    ink, pen, rows = np.zeros(SHAPE, np.uint8), TALL * rng.uniform(*PENS), []
    for row in range(ROWS):
        texts = []
        for left in COLUMNS:
            text, x = make(rng), float(left)
            for char in text:
                strokes, wide = _written(hand, char, rng)
                paint(ink, [part * TALL + [x, 115.0 * (row + 1)] for part in strokes], width=pen, pressure=rng)
                x += TALL * (wide + rng.uniform(0.1, 0.25))
            texts.append(text)
        rows.append("".join(texts))
    return ink, rows


def _written(hand: Pool, char: str, rng: Rng) -> tuple[list[np.ndarray], float]:
    """A character's strokes, a digit being 1 high on a line at y = 0, and how wide it is."""
    if char in MARKS:
        strokes, wide = MARKS[char]
        return [np.array(stroke) + rng.normal(0, JITTER, 2) for stroke in strokes], wide
    parts = any_way(hand, char, rng)
    return parts, max(float(part[:, 0].max()) for part in parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--pages", type=int, default=4, help="of each kind (default %(default)s)")
    parser.add_argument("--only", nargs="*", default=[""], help="kinds with one of these in their names")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    recognizer = Recognizer.load("characters")
    writers = LineSource("test", arguments.data_dir, WRITING).writers
    hands = [own for own in writers if all(digit in own for digit in DIGITS)]
    print("| such as | its own characters | those of all kinds | any |\n|---|---|---|---|")
    for kind, (name, make) in enumerate(KINDS.items()):
        if not any(part in name for part in arguments.only):
            continue
        wrong, written = np.zeros(3, int), 0
        for number in range(arguments.pages):
            rng = np.random.default_rng([SEED, kind, number])
            ink, rows = page(hands[number % len(hands)], make, rng)
            picture = np.ascontiguousarray(shot(inked(paper(ink.shape), ink, rng), rng))
            marks = "".join(sorted(set(name) - set(DIGITS)))
            charset = ("-" if "-" in marks else "") + "0-9" + marks.replace("-", "")
            pages = [recognizer.read(picture, charset=each) for each in (charset, AMOUNTS, None)]
            texts = ["\n".join(line.text.replace(" ", "") for line in each.lines) for each in pages]
            wrong += [distance("\n".join(rows), text) for text in texts]
            written += len("\n".join(rows))
        print(f"| {name} | {' | '.join(f'{each / written:.1%}' for each in wrong)} |", flush=True)


if __name__ == "__main__":
    main()
