"""Forms filled in by writers whose hand was never learned: numbers in boxes, combs and on lines, how much is read.

    python -m benchmarks.forms --data-dir DIR [--pages 4] [--only comb dashed] [--save FOLDER]

A page is eight rows of numbers set of the digits of one of UNIPEN's test writers, by one pen, a digit to a cell; some digits
reach over the edges of their cells. The same pages are drawn on each kind of form and photographed (benchmarks.papers).
Given is the character error rate over all pages of a kind, spaces between fields counted; read with the charset 0-9.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.papers import Rng, inked, paper, shot
from hwr import Recognizer
from hwr.classes import DIGITS, WRITING
from hwr.lines.data import LineSource
from hwr.lines.score import distance
from hwr.strokes import paint

SEED = 20_261_124
ROWS, PITCH, WIDE = 8, 130, 1300  # lines, pixels between them, pixels of a page across
BLACK, ORANGE, BLUE = (60, 60, 65), (240, 150, 90), (120, 150, 210)

Cell = tuple[int, int, int, int]
Field = list[Cell]


@dataclass(frozen=True)
class Form:
    """How a form draws its fields on a sheet, and how far apart its cells are, in pixels."""

    draw: Callable[[np.ndarray, Field], None]
    apart: int = 0
    back: tuple[int, int, int] = (238, 236, 230)


def boxes(color: tuple[int, int, int] = BLACK, thick: int = 2) -> Callable[[np.ndarray, Field], None]:
    """A box a cell."""

    def draw(sheet: np.ndarray, field: Field) -> None:
        for x0, y0, x1, y1 in field:
            cv2.rectangle(sheet, (x0, y0), (x1, y1), color, thick, cv2.LINE_AA)

    return draw


def comb(sheet: np.ndarray, field: Field) -> None:
    """A line under all cells with short teeth between them."""
    for x0, y0, x1, y1 in field:
        cv2.line(sheet, (x0, y1), (x1, y1), BLACK, 2, cv2.LINE_AA)
        for x in (x0, x1):
            cv2.line(sheet, (x, y1), (x, y1 - (y1 - y0) // 3), BLACK, 2, cv2.LINE_AA)


def dashed(sheet: np.ndarray, field: Field) -> None:
    """A dashed box a cell."""
    for x0, y0, x1, y1 in field:
        for x in range(x0, x1, 12):
            for y in (y0, y1):
                cv2.line(sheet, (x, y), (min(x + 7, x1), y), BLACK, 2, cv2.LINE_AA)
        for y in range(y0, y1, 12):
            for x in (x0, x1):
                cv2.line(sheet, (x, y), (x, min(y + 7, y1)), BLACK, 2, cv2.LINE_AA)


def filled(sheet: np.ndarray, field: Field) -> None:
    """White cells in a field of a colour."""
    cv2.rectangle(sheet, (field[0][0] - 12, field[0][1] - 12), (field[-1][2] + 12, field[-1][3] + 12), ORANGE, -1)
    for x0, y0, x1, y1 in field:
        cv2.rectangle(sheet, (x0 + 3, y0 + 3), (x1 - 3, y1 - 3), (248, 246, 242), -1)


def frame(sheet: np.ndarray, field: Field) -> None:
    """One box around a field."""
    cv2.rectangle(sheet, (field[0][0] - 10, field[0][1]), (field[-1][2] + 10, field[-1][3]), BLACK, 2, cv2.LINE_AA)


def underlined(sheet: np.ndarray, field: Field) -> None:
    """A line under a field."""
    cv2.line(sheet, (field[0][0] - 10, field[0][3]), (field[-1][2] + 10, field[0][3]), BLACK, 2, cv2.LINE_AA)


def dotted(sheet: np.ndarray, field: Field) -> None:
    """A dotted line under a field."""
    for x in range(field[0][0] - 10, field[-1][2] + 10, 8):
        cv2.circle(sheet, (x, field[0][3]), 2, BLACK, -1, cv2.LINE_AA)


def table(sheet: np.ndarray, field: Field) -> None:
    """All the page a grid, a field to one of its two columns."""
    (_, y0, _, y1), middle = field[0], sheet.shape[1] // 2
    for y in (y0 - (PITCH - y1 + y0) // 2, y1 + (PITCH - y1 + y0) // 2):
        cv2.line(sheet, (40, y), (sheet.shape[1] - 40, y), BLACK, 2, cv2.LINE_AA)
        for x in (40, middle, sheet.shape[1] - 40):
            cv2.line(sheet, (x, y0 - 30), (x, y1 + 30), BLACK, 2, cv2.LINE_AA)


def rounded(sheet: np.ndarray, field: Field) -> None:
    """A box with round corners a cell."""
    for x0, y0, x1, y1 in field:
        corners = ((x0 + 12, y0 + 12), (x1 - 12, y0 + 12), (x1 - 12, y1 - 12), (x0 + 12, y1 - 12))
        shape = [cv2.ellipse2Poly(at, (12, 12), 180 + 90 * n, 0, 90, 10) for n, at in enumerate(corners)]
        cv2.polylines(sheet, [np.concatenate(shape)], True, BLACK, 2, cv2.LINE_AA)


FORMS = {
    "no form": Form(lambda sheet, field: None),
    "boxes": Form(boxes()),
    "boxes apart": Form(boxes(), apart=10),
    "bold boxes": Form(boxes(thick=5)),
    "coloured boxes": Form(boxes(ORANGE, 3), apart=8),
    "pale boxes": Form(boxes((200, 200, 205), 2)),
    "blue boxes on yellow": Form(boxes(BLUE, 2), back=(250, 238, 180)),
    "round boxes": Form(rounded, apart=8),
    "dashed boxes": Form(dashed),
    "white on orange": Form(filled, apart=6),
    "comb": Form(comb),
    "one box": Form(frame),
    "line": Form(underlined),
    "dotted line": Form(dotted),
    "table": Form(table),
}


def fields(rng: Rng, apart: int) -> list[tuple[str, Field]]:
    """The numbers of a page, row by row, and the cells of each; the numbers do not depend on `apart`."""
    found: list[tuple[str, Field]] = []
    for row in range(ROWS):
        for column in (0, 1):
            text = "".join(rng.choice(list(DIGITS), rng.integers(2, 8)))
            left, top = 70 + column * WIDE // 2, 40 + row * PITCH
            found.append(
                (
                    text,
                    [(left + n * (72 + apart), top, left + n * (72 + apart) + 72, top + 84) for n in range(len(text))],
                )
            )
    return found


def page(source: LineSource, number: int, form: Form) -> tuple[np.ndarray, str]:
    """A photo of a filled form, and its text."""
    writers = [own for own in source.writers if all(digit in own for digit in DIGITS)]
    rng = np.random.default_rng([SEED, number])
    own, pen, tall = writers[number % len(writers)], rng.uniform(3, 7), rng.uniform(46, 64)
    every = fields(rng, form.apart)
    ink = np.zeros((ROWS * PITCH + 60, WIDE), np.uint8)
    sheet = paper(ink.shape, form.back)
    for text, field in every:
        form.draw(sheet, field)
        for digit, (x0, y0, x1, y1) in zip(text, field, strict=True):
            parts = own[digit][int(rng.integers(len(own[digit])))]
            wide, high = np.ptp(np.concatenate(parts), axis=0)
            size = tall * min(1.0, 64 / (tall * max(wide, 0.1)))
            low = np.concatenate(parts).min(0)
            place = [(x0 + x1 - wide * size) / 2 + rng.normal(0, 5), (y0 + y1 - high * size) / 2 + rng.normal(0, 6)]
            paint(ink, [(part - low) * size + place for part in parts], width=pen, pressure=rng)
    lines = [" ".join(text for text, _ in every[at : at + 2]) for at in range(0, len(every), 2)]
    return np.ascontiguousarray(shot(inked(sheet, ink, rng), rng)), "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("HWR_DATA"), help="default: HWR_DATA")
    parser.add_argument("--pages", type=int, default=4, help="of each kind (default %(default)s)")
    parser.add_argument("--only", nargs="*", default=[""], help="kinds with one of these in their names")
    parser.add_argument("--save", type=Path, help="keep the pictures in this folder, and print what is read of each")
    arguments = parser.parse_args()
    if not arguments.data_dir:
        parser.error("name the data with --data-dir or HWR_DATA")
    recognizer, source = Recognizer.load("characters"), LineSource("test", arguments.data_dir, WRITING)
    print("| form | CER |\n|---|---|")
    for name, form in FORMS.items():
        if not any(part in name for part in arguments.only):
            continue
        errors = characters = 0
        for number in range(arguments.pages):
            picture, text = page(source, number, form)
            got = recognizer.read(picture, charset="0-9").text
            wanted, found = (" ".join(each.split()) for each in (text, got))
            errors, characters = errors + distance(wanted, found), characters + len(wanted)
            if arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(arguments.save / f"{name}-{number}.png".replace(" ", "_"))
                print(f"-- {name}, {number}\n{text}\n->\n{got}")
        print(f"| {name} | {errors / characters:.1%} |", flush=True)


if __name__ == "__main__":
    main()
