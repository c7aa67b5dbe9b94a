"""Texts in the hand of one invented writer: as strokes with their characters, and as a picture with the true boxes.

For tests, samples and golden pictures; training draws single glyphs (`hand`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwr import strokes
from hwr.errors import HwrError
from hwr.results import Box
from hwr.synthetic.font import BASELINE, skeletons
from hwr.synthetic.hand import draw
from hwr.synthetic.skeleton import Skeleton

Colour = tuple[int, int, int]
CARE = 0.45
GAP, SPACE, LEADING = 0.24, 0.5, 1.75


@dataclass(frozen=True)
class Sheet:
    """What a text is drawn on and with: colours (red, green, blue), and a margin in heights of a capital."""

    paper: Colour = (250, 246, 236)
    ink: Colour = (33, 37, 64)
    margin: float = 0.6


def draw_text(
    text: str, *, seed: int = 0, height: float = 64, pen: float = 0.09, sheet: Sheet | None = None
) -> np.ndarray:
    """Draw a text, its lines apart by newlines, as one person would print it: uint8 (h, w, 3).

    height is that of a capital in pixels, pen the stroke's width as a part of it. The same seed gives the same picture.
    Raises HwrError for a character that the stroke font lacks.
    """
    return draw_boxes(text, seed=seed, height=height, pen=pen, sheet=sheet)[0]


def draw_boxes(
    text: str, *, seed: int = 0, height: float = 64, pen: float = 0.09, sheet: Sheet | None = None
) -> tuple[np.ndarray, list[tuple[str, Box]]]:
    """`draw_text`, and each character without the spaces with the box of its ink, in reading order."""
    sheet = sheet or Sheet()
    written = text_strokes(text, seed=seed, height=height)
    reach = pen * height / 2
    border = sheet.margin * height + reach
    every = np.concatenate([stroke for _, parts in written for stroke in parts]) if written else np.zeros((1, 2))
    low, high = every.min(axis=0) - border, every.max(axis=0) + border
    width, tall = np.ceil(high - low).astype(int)
    ink = np.zeros((int(tall), int(width)), dtype=np.uint8)
    boxes = []
    for char, parts in written:
        placed = [part - low for part in parts]
        strokes.paint(ink, placed, width=pen * height)
        boxes.append((char, _box(np.concatenate(placed), reach)))
    share = ink[..., None].astype(np.float32) / 255
    picture = share * np.array(sheet.ink, np.float32) + (1 - share) * np.array(sheet.paper, np.float32)
    return np.rint(picture).astype(np.uint8), boxes


def text_strokes(text: str, *, seed: int = 0, height: float = 64) -> list[tuple[str, list[np.ndarray]]]:
    """The characters of a text, without the spaces, each with its strokes in pixels (y down, first capital near 0, 0).

    One hand draws it all: one way for each character, one slant, light wobble. height is that of a capital. Raises
    HwrError for a character that the stroke font lacks, and for a height that is not positive.
    """
    if not height > 0:
        raise HwrError("The height of a text must be a positive number of pixels.")
    rng = np.random.default_rng(seed)
    slant, climb, proportion = rng.normal(0.06, 0.07), rng.normal(0, 0.008), np.exp(rng.normal(0, 0.06))
    lean = np.array([[proportion, 0.0], [-slant, 1.0]])
    ways: dict[str, Skeleton] = {}
    written = []
    for row, line in enumerate(text.split("\n")):
        x = 0.0
        for char in line:
            if char.isspace():
                x += SPACE * BASELINE
                continue
            way = ways.setdefault(char, _choose(char, rng))
            points = (draw(way, 1, rng, care=CARE)[0] - [0, BASELINE]) @ lean
            x += float(rng.normal(GAP, 0.03)) * BASELINE
            offset = [x - points[:, 0].min(), BASELINE * (1 + row * LEADING) - climb * x + rng.normal(0, 1.2)]
            x += float(np.ptp(points[:, 0]))
            written.append((char, way.split((points + offset) * (height / BASELINE))))
    return written


def _choose(char: str, rng: np.random.Generator) -> Skeleton:
    """One of the ways to draw a character."""
    ways = skeletons(char)
    return ways[int(rng.integers(len(ways)))]


def _box(points: np.ndarray, reach: float) -> Box:
    """The box of the ink that a round pen, `reach` pixels from its middle to its rim, leaves along points."""
    x0, y0 = np.rint(points.min(axis=0) - reach).astype(int)
    x1, y1 = np.rint(points.max(axis=0) + reach).astype(int)
    return int(x0), int(y0), int(x1), int(y1)
