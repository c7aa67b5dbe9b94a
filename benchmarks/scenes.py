"""Numbers as people set them out, by writers whose hand was never learned: underlined, in rings, on notes, as samples.

    python -m benchmarks.scenes --data-dir DIR [--pages 8] [--only notes rings]

Each page holds some numbers of one of UNIPEN's test writers, set of the writer's own digits, and is photographed, but for the
tiles, which are as a program draws them. Read with the charset 0-9, dates with 0-9/; given is how many numbers are read
right, wherever they are found, and how many others are read. The first row is the same without anything around.
"""

from __future__ import annotations

import argparse
import functools
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.papers import inked, paper, shot
from benchmarks.sheets import Hands, numbers
from hwr import Recognizer
from hwr.classes import WRITING
from hwr.lines.data import LineSource
from hwr.strokes import paint

SEED = 20_261_124
SHAPE, TALL, WIDEST = (900, 1240), 60, 250  # pixels: a page, a digit, and the widest number
PENS = (0.05, 0.11)  # of a digit's height
WALLS = ((225, 222, 215), (90, 70, 50), (60, 62, 66), (240, 240, 242))
NOTES = ((250, 235, 120), (250, 170, 190), (160, 220, 170), (150, 205, 240), (250, 200, 120), (245, 245, 240))
SLASH = ((0.35, -1.1), (0.0, 0.12))

Rng = np.random.Generator
Strokes = list[np.ndarray]
Around = Callable[[tuple[float, float, float, float], Rng], Strokes]  # what is drawn around a box, as strokes


def _line(x0: float, x1: float, y: float, rng: Rng) -> np.ndarray:
    return np.stack([np.linspace(x0, x1, 30), y + np.linspace(0, rng.normal(0, 5), 30)], axis=1)


def under(box: tuple[float, float, float, float], rng: Rng) -> Strokes:
    """A line under a number."""
    left, _, right, bottom = box
    return [_line(left - 10, right + 10, bottom + 13, rng)]


def twice_under(box: tuple[float, float, float, float], rng: Rng) -> Strokes:
    left, _, right, bottom = box
    return [_line(left - 10, right + 10, bottom + below, rng) for below in (13, 25)]


def ring(box: tuple[float, float, float, float], rng: Rng) -> Strokes:
    """A ring whose end is not its beginning."""
    left, top, right, bottom = box
    turn = np.linspace(0.2, 2 * np.pi + 0.5, 60)
    x = (left + right) / 2 + ((right - left) / 2 + 45) * np.cos(turn) * (1 + rng.normal(0, 0.04) * np.sin(2 * turn))
    return [np.stack([x, (top + bottom) / 2 + 65 * np.sin(turn)], axis=1)]


def frame(box: tuple[float, float, float, float], rng: Rng) -> Strokes:
    """A box drawn in one go."""
    left, top, right, bottom = box
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    corners += np.array([(-35, -35), (35, -35), (35, 35), (-35, 35), (-35, -38)]) + rng.normal(0, 6, (5, 2))
    return [np.concatenate([np.linspace(corners[side], corners[side + 1], 20) for side in range(4)])]


AROUND: dict[str, Around | None] = {
    "nothing around": None,
    "underlined": under,
    "underlined twice": twice_under,
    "in rings": ring,
    "in boxes": frame,
}


def _chosen(hands: Hands, number: int, rng: Rng) -> list[tuple[str, Strokes, float]]:
    """Numbers in one hand in any order, with how wide each is in pixels; none is wider than WIDEST."""
    hand = hands[number % len(hands)]
    order = [hand[place] for place in rng.permutation(len(hand)).tolist()]
    sized = [(text, parts, TALL * max(float(part[:, 0].max()) for part in parts)) for text, parts in order]
    return [each for each in sized if each[2] <= WIDEST]


def _write(ink: np.ndarray, parts: Strokes, at: tuple[float, float], pen: float, rng: Rng) -> None:
    paint(ink, [part * TALL + np.array(at) for part in parts], width=pen, pressure=rng)


def drawn_around(hands: Hands, number: int, around: Around | None) -> tuple[np.ndarray, list[str]]:
    """A page of nine numbers, of which five have something around them: RGB, and the numbers."""
    rng = np.random.default_rng([SEED, number])
    ink, pen, texts = np.zeros(SHAPE, np.uint8), TALL * rng.uniform(*PENS), []
    for place, (text, parts, wide) in enumerate(_chosen(hands, number, rng)[:9]):
        x, y = 120 + place % 3 * 380, 180 + place // 3 * 260
        _write(ink, parts, (x, y), pen, rng)
        strokes = around((x, y - TALL, x + wide, y), rng) if around and place % 2 == 0 else []
        if strokes:
            paint(ink, strokes, width=pen, pressure=rng)
        texts.append(text)
    return shot(inked(paper(ink.shape), ink, rng), rng), texts


def notes(hands: Hands, number: int) -> tuple[np.ndarray, list[str]]:
    """Six notes of unlike colours on a wall or a table, each with two numbers."""
    rng = np.random.default_rng([SEED, number])
    grain = cv2.GaussianBlur(rng.normal(0, 20, SHAPE).astype(np.float32), (0, 0), 6)
    scene, texts = np.array(WALLS[number % 4], np.float32) + grain[:, :, None], []
    chosen = iter(_chosen(hands, number, rng)[:12])
    for place in range(6):
        ink = np.zeros((260, 300), np.uint8)
        for y in (95, 190):
            text, parts, _ = next(chosen)
            _write(ink, parts, (25, y), TALL * 0.08, rng)
            texts.append(text)
        note = inked(np.full((*ink.shape, 3), NOTES[(place + number) % 6], np.float32), ink, rng, (45, 40, 60))
        turn = cv2.getRotationMatrix2D((150, 130), rng.uniform(-6, 6), 1)
        turn[:, 2] += (60 + place % 3 * 400, 80 + place // 3 * 420)
        lies = cv2.warpAffine(np.ones(ink.shape, np.float32), turn, SHAPE[::-1])[:, :, None]
        scene = cv2.warpAffine(note.astype(np.float32), turn, SHAPE[::-1]) * lies + scene * (1 - lies)
    return shot(scene, rng), texts


def tiles(hands: Hands, number: int) -> tuple[np.ndarray, list[str]]:
    """Nine dark tiles on a light page, or light ones on a dark page, a number on each."""
    rng = np.random.default_rng([SEED, number])
    gap, dark, texts = int(rng.integers(6, 90)), number % 2 == 0, []
    high, wide = 120, WIDEST + 60
    page = np.full((3 * (high + gap) + gap, 3 * (wide + gap) + gap), 255 if dark else 0, np.uint8)
    for place, (text, parts, _) in enumerate(_chosen(hands, number, rng)[:9]):
        ink = np.zeros((high, wide), np.uint8)
        _write(ink, parts, (30, 95), TALL * rng.uniform(*PENS), rng)
        top, left = gap + place // 3 * (high + gap), gap + place % 3 * (wide + gap)
        page[top : top + high, left : left + wide] = ink if dark else 255 - ink
        texts.append(text)
    return cv2.cvtColor(page, cv2.COLOR_GRAY2RGB), texts


def dates(hands: Hands, number: int) -> tuple[np.ndarray, list[str]]:
    """Up to ten pairs of numbers with a slash between them."""
    rng = np.random.default_rng([SEED, number])
    ink, pen, texts = np.zeros(SHAPE, np.uint8), TALL * rng.uniform(*PENS), []
    chosen = _chosen(hands, number, rng)
    for place, (first, second) in enumerate(zip(chosen[:20:2], chosen[1:20:2], strict=False)):
        x, y = 100.0 + place % 2 * 600, 120 + place // 2 * 165
        _write(ink, first[1], (x, y), pen, rng)
        x += first[2] + 0.15 * TALL
        _write(ink, [np.array(SLASH) + rng.normal(0, 0.03, (2, 2))], (x, y), pen, rng)
        _write(ink, second[1], (x + 0.5 * TALL, y), pen, rng)
        texts.append(f"{first[0]}/{second[0]}")
    return shot(inked(paper(ink.shape), ink, rng), rng), texts


SCENES: dict[str, Callable[[Hands, int], tuple[np.ndarray, list[str]]]] = {
    **{name: functools.partial(drawn_around, around=around) for name, around in AROUND.items()},
    "notes on a wall": notes,
    "tiles": tiles,
    "with a slash": dates,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--pages", type=int, default=8, help="of each scene (default %(default)s)")
    parser.add_argument("--only", nargs="*", default=[""], help="scenes with one of these in their names")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    recognizer = Recognizer.load("characters")
    hands = numbers(LineSource("test", arguments.data_dir, WRITING))
    print("| numbers | read right | others read |\n|---|---|---|")
    for name, make in SCENES.items():
        if not any(part in name for part in arguments.only):
            continue
        right = written = others = 0
        for number in range(arguments.pages):
            picture, texts = make(hands, number)
            page = recognizer.read(np.ascontiguousarray(picture), charset="0-9/" if make is dates else "0-9")
            read = Counter(word.text for line in page.lines for word in line.words)
            found = sum((read & Counter(texts)).values())
            right, written, others = right + found, written + len(texts), others + read.total() - found
        print(f"| {name} | {right / written:.1%} ({right}/{written}) | {others} |", flush=True)


if __name__ == "__main__":
    main()
