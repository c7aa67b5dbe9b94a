"""Single characters of writers whose hand was never learned, cut out of photos, forms and drawings: how many are read.

    python -m benchmarks.crops --data-dir DIR [--count 200] [--weights characters]

UNIPEN's digits and letters are drawn large by pens of all widths and put on paper in the ways below; the same characters in
each of them. They are read with `layout="char"` at the default threshold, digits with the charset 0-9, letters with a-zA-Z,
case ignored. The first row is the ink itself, without any paper: what others lose beside it is the pictures' doing. Some
labels are wrong, and an i without its dot looks like an l.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from hwr import Recognizer, unipen
from hwr.strokes import render
from hwr.synthetic.paper import any_paper, on_paper

SEED = 20_261_122
KINDS = {"digits": (("digits",), "0-9"), "letters": (("capitals", "lowercase"), "a-zA-Z")}
PENS = (0.03, 0.2)  # of a character's height
PAPER, INK, RULE, FORM = (232.0, 230.0, 222.0), (40.0, 45.0, 110.0), (150, 175, 215), (110, 160, 120)
CHALK, BOARD, GRAPHITE = (225.0, 225.0, 215.0), (50.0, 75.0, 60.0), (150.0, 150.0, 155.0)

Rng = np.random.Generator
Way = Callable[[np.ndarray, Rng], np.ndarray]  # from ink without a margin (uint8, 255 on 0) to a picture


def padded(ink: np.ndarray, rng: Rng, least: float = 0.15, most: float = 0.6) -> np.ndarray:
    """Ink with a margin on each side, in parts of its longer side."""
    sides = [int(rng.uniform(least, most) * max(ink.shape)) for _ in range(4)]
    return np.pad(ink, ((sides[0], sides[1]), (sides[2], sides[3])))


def taken(
    ink: np.ndarray, rng: Rng, *, paper: np.ndarray | None = None, pen: tuple[float, ...] = INK, light: float = 0.7
) -> np.ndarray:
    """A photo of ink on a paper (RGB; PAPER where none is given): unevenly lit, a little soft, noisy, as JPEG; uint8."""
    share = ink[:, :, None] / 255.0
    picture = share * np.array(pen) + (1 - share) * (np.array(PAPER) if paper is None else paper)
    y, x = np.indices(ink.shape)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * x / ink.shape[1] + np.sin(angle) * y / ink.shape[0]
    along = (along - along.min()) / max(float(np.ptp(along)), 1e-9)
    picture = cv2.GaussianBlur(picture * (light + (1 - light) * along)[:, :, None], (0, 0), 0.8)
    picture = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def lined(shape: tuple[int, ...], rng: Rng, *, squared: bool) -> np.ndarray:
    """Paper with a few rules, nearly level; squared paper with as many upright ones."""
    height, width = shape
    paper = np.full((height, width, 3), PAPER)
    pitch = rng.uniform(0.2, 0.45) * height if squared else rng.uniform(0.3, 0.7) * height
    thick, slope = max(1, round(height / 110)), rng.uniform(-0.03, 0.03)
    for place in np.arange(rng.uniform(0, pitch), max(height, width) + pitch, pitch):
        cv2.line(paper, (0, int(place)), (width, int(place + slope * width)), RULE, thick, cv2.LINE_AA)
        if squared:
            cv2.line(paper, (int(place), 0), (int(place - slope * height), height), RULE, thick, cv2.LINE_AA)
    return paper


def cell(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Paper with the box of a form, some sides of which are cut off."""
    height, width = shape
    paper = np.full((height, width, 3), PAPER)
    left, top, right, bottom = (int(rng.uniform(-0.03, 0.06) * min(shape)) for _ in range(4))
    color = FORM if rng.random() < 0.5 else (40, 40, 40)
    return cv2.rectangle(paper, (left, top), (width - right, height - bottom), color, max(1, round(height / 80)))


def beside(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Ink with a margin, in which some sides cut off a neighbour."""
    whole = padded(ink, rng, 0.2, 0.4)
    for turn in np.flatnonzero(rng.random(4) < 0.5):
        side = np.rot90(whole, int(turn))  # a view: what is drawn on its first rows is drawn on that side
        deep, along = max(2, round(0.08 * max(ink.shape))), side.shape[1]
        middle, reach = int(rng.integers(0, along)), int(rng.uniform(0.1, 0.3) * along)
        neighbour = np.zeros((deep, along), np.uint8)
        cv2.ellipse(
            neighbour, (middle, -reach // 2), (reach, reach // 2 + deep // 2), 0, 0, 360, 255, max(2, deep // 2)
        )
        side[:deep] = np.maximum(side[:deep], neighbour)
    return whole


def shaded(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A photo with the edge of a shadow across it."""
    picture = taken(padded(ink, rng), rng)
    y, x = np.indices(picture.shape[:2])
    edge = (x + rng.uniform(-0.5, 0.5) * y > rng.uniform(0.2, 0.8) * picture.shape[1]).astype(np.float32)
    dark = 1 - 0.5 * cv2.GaussianBlur(edge, (0, 0), rng.uniform(2, 8))
    return np.asarray(picture * dark[:, :, None], np.uint8)


def small(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A photo some 20 pixels high."""
    scale = rng.uniform(16, 28) / len(ink)
    return taken(padded(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), rng), rng)


def pencilled(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Grey strokes with grain."""
    whole = padded(ink, rng)
    return taken((whole * np.clip(rng.normal(0.75, 0.3, whole.shape), 0, 1)).astype(np.uint8), rng, pen=GRAPHITE)


def _papered(ink: np.ndarray, rng: Rng) -> np.ndarray:
    whole = padded(ink, rng)
    return on_paper(whole, any_paper(rng, pitch=0.4 * len(whole)), rng)


WAYS: dict[str, Way] = {
    "photo of plain paper": lambda ink, rng: taken(padded(ink, rng), rng),
    "cut close": lambda ink, rng: taken(padded(ink, rng, 0, 0.03), rng),
    "little in much paper": lambda ink, rng: taken(padded(ink, rng, 1, 3), rng),
    "20 pixels high": small,
    "pencil": pencilled,
    "chalk on a board": lambda ink, rng: taken(padded(ink, rng), rng, paper=np.array(BOARD), pen=CHALK),
    "dark corner": lambda ink, rng: taken(padded(ink, rng), rng, light=0.35),
    "edge of a shadow": shaded,
    "ruled paper": lambda ink, rng: taken(whole := padded(ink, rng), rng, paper=lined(whole.shape, rng, squared=False)),
    "squared paper": lambda ink, rng: taken(
        whole := padded(ink, rng), rng, paper=lined(whole.shape, rng, squared=True)
    ),
    "cell of a form": lambda ink, rng: taken(whole := padded(ink, rng, 0.2, 0.4), rng, paper=cell(whole.shape, rng)),
    "neighbours cut off": lambda ink, rng: taken(beside(ink, rng), rng),
    "paper of any kind, patterned, too": _papered,
}


def characters(folder: Path, kinds: tuple[str, ...], count: int) -> list[tuple[str, np.ndarray]]:
    """So many characters by the writers who are kept apart, each with its ink, cropped: the label, uint8 255 on 0."""
    parts = [unipen.read(folder / "ink" / "unipen", kind) for kind in kinds]
    there = [
        (part, place)
        for part in parts
        for place in np.flatnonzero(unipen.plausible(part) & unipen.writer_split(part.writers))
    ]
    rng = np.random.default_rng(SEED)
    found = []
    for number in rng.permutation(len(there))[:count]:
        part, place = there[number]
        high = float(rng.uniform(60, 200))
        strokes = [stroke.astype(float) for stroke in part.strokes_of(place)]
        ink = render(strokes, width=rng.uniform(*PENS) * high, size=high, margin=0)
        rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
        found.append((str(part.characters[place]), ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]))
    return found


def read(
    recognizer: Recognizer, pairs: list[tuple[str, np.ndarray]], charset: str, make: Way | None, rng: Rng
) -> float:
    """The share of characters that are read right from pictures made in one way, or from their ink."""
    right = 0
    for label, ink in pairs:
        if make:
            page = recognizer.read(make(ink, rng), layout="char", charset=charset)
        else:
            page = recognizer.read_ink(np.pad(ink, 4), layout="char", charset=charset)
        right += page.text.lower() == label.lower()
    return right / len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data-dir", type=Path, default=os.environ.get("HWR_DATA"), required="HWR_DATA" not in os.environ
    )
    parser.add_argument("--weights", default="characters")
    parser.add_argument("--count", type=int, default=200, help="digits, and as many letters")
    arguments = parser.parse_args()
    recognizer = Recognizer.load(arguments.weights)
    drawn = {name: characters(Path(arguments.data_dir), kinds, arguments.count) for name, (kinds, _) in KINDS.items()}
    print(f"| way | {' | '.join(drawn)} |\n|---|" + "---|" * len(drawn))
    for number, (way, make) in enumerate([("the ink itself", None), *WAYS.items()]):
        shares = [
            read(recognizer, pairs, KINDS[name][1], make, np.random.default_rng([SEED, number]))
            for name, pairs in drawn.items()
        ]
        print(f"| {way} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
