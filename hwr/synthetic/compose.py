"""Lines and pages put together from pictures of single characters, with the true box of each: to measure and to train.

The characters come from a dataset, as glyphs; what they are is the caller's. Ink only: `paper` puts it on a sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hwr.results import Box

SOLID = 100  # ink from which a pixel counts for a true box


@dataclass(frozen=True)
class Setting:
    """How characters are set. Lengths are shares of the height of a character: the gap between two, its spread, how far
    one stands off the line, how much sizes differ; `slant` and `turn` are the spreads of angles in radians."""

    height: float = 48.0
    gap: float = 0.35
    gap_spread: float = 0.08
    off_line: float = 0.04
    size_spread: float = 0.06
    slant: float = 0.08
    turn: float = 0.04
    leading: float = 1.9
    margin: float = 0.8


Reach = tuple[
    float, float
]  # of a character: its top and bottom beside the line, in heights of a capital, down positive
CAPITAL: Reach = (-1.0, 0.0)


def compose(
    rows: Sequence[Iterable[np.ndarray]],
    setting: Setting,
    rng: np.random.Generator,
    *,
    reaches: Sequence[Sequence[Reach | None]] | None = None,
) -> tuple[np.ndarray, list[list[Box]]]:
    """Glyphs set line by line: the page's ink uint8 (h, w), and each line's boxes.

    A glyph is uint8 of any shape, 28 x 28 as a dataset's or another, with ink 255 on 0.
    A row may be empty. Gaps below 0 make characters touch or overlap. With the `reaches` of all glyphs each is as high as
    its character and stands where it does; in place of a space there is any glyph, whose reach is None.
    """
    lean = rng.normal(0, setting.slant)
    placed, widest = [], 0.0
    for number, row in enumerate(rows):
        x = setting.margin * setting.height
        base = (setting.margin + 1 + number * setting.leading) * setting.height
        for place, glyph in enumerate(row):
            reach = reaches[number][place] if reaches else CAPITAL
            if reach is None:
                x += rng.uniform(0.4, 0.9) * setting.height
                continue
            ink = _shaped(glyph, setting, lean, rng, tall=reach[1] - reach[0] if reaches else None)
            y = base - ink.shape[0] + (reach[1] + rng.normal(0, setting.off_line)) * setting.height
            placed.append((number, round(x), max(0, round(y)), ink))
            x += ink.shape[1] + max(-0.5 * ink.shape[1], rng.normal(setting.gap, setting.gap_spread) * setting.height)
        widest = max(widest, x)
    tall = (2 * setting.margin + 1 + max(0, len(rows) - 1) * setting.leading) * setting.height
    shape = (int(tall) + int(setting.height), int(widest + setting.margin * setting.height))
    page = np.zeros(shape, np.uint8)
    boxes: list[list[Box]] = [[] for _ in rows]
    for number, x, y, ink in placed:
        part = page[y : y + ink.shape[0], x : x + ink.shape[1]]
        np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)
        boxes[number].append((x, y, x + ink.shape[1], y + ink.shape[0]))
    return page, boxes


def _shaped(
    glyph: np.ndarray, setting: Setting, lean: float, rng: np.random.Generator, *, tall: float | None = None
) -> np.ndarray:
    """A glyph at its size, slanted and turned a little, cropped to its ink; `tall` so many capitals high."""
    crop = cropped(glyph)
    size = setting.height * np.exp(rng.normal(0, setting.size_spread))
    scale = size / max(crop.shape) if tall is None else size * tall / crop.shape[0]
    size = scale * max(crop.shape)
    turn, slant = rng.normal(0, setting.turn), lean + rng.normal(0, setting.slant / 3)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn) - slant], [np.sin(turn), np.cos(turn)]])
    side = int(np.ceil(size * 1.6)) + 4
    middle = np.array(crop.shape[::-1]) / 2 - 0.5
    offset = side / 2 - matrix @ middle
    turned = cv2.warpAffine(crop, np.column_stack([matrix, offset]), (side, side), flags=cv2.INTER_CUBIC)
    return cropped(turned)


def cropped(ink: np.ndarray) -> np.ndarray:
    """The part of some ink that is solid; what there is, and one pixel at least, when nothing is."""
    rows, columns = np.flatnonzero(ink.max(1) > SOLID), np.flatnonzero(ink.max(0) > SOLID)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) and len(columns) else ink[:1, :1]
