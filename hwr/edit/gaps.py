"""Boxes for characters that were typed and not drawn: shares of a gap, or of the room where a line would stand.

They are a beginning that a person moves: nothing here looks at the picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hwr.edit import order
from hwr.edit.boxes import by_hand
from hwr.results import Box, Glyph, Page, union, within

SPACE = 0.6  # of a character: the width of a space
NARROWEST = 0.35  # of a usual character: a share of a gap is not narrower; it covers its neighbours instead
WIDEST = 1.5  # of a usual character: a share of a gap is not wider
LINE = 1.5  # usual heights from one new line to the next
MARGIN = 0.08  # of the picture beside and above the lines on a blank page
ASPECT = 0.6  # width of a character as a share of its height where there are none to measure


@dataclass
class Slot:
    """A character of an edited text, and its glyph once that is known."""

    char: str
    glyph: Glyph | None = None


Slots = list[list[list[Slot]]]  # lines of words of slots
Row = list[Slot | None]  # the slots of one line, None for a space
Size = tuple[float, float]  # the usual width and height of a character


def fill(page: Page, lines: Slots) -> None:
    """Gives every slot that has no glyph one with a box: in lines that have some first, then in lines that are new."""
    rows = [_row(line) for line in lines]
    size = _usual(page, len(rows))
    for row in rows:
        if _glyphs(row):
            for run, left, right in _runs(row):
                _fill_run(page, run, _room(page, run, (left, right), size), _level(_glyphs(row), (left, right), size))
    for known, group in itertools.groupby(list(enumerate(rows)), lambda item: bool(_glyphs(item[1]))):
        if not known:
            first, *_ = places = [place for place, _ in group]
            above, below = (rows[at] if 0 <= at < len(rows) else None for at in (first - 1, places[-1] + 1))
            _fill_lines(page, [rows[place] for place in places], (above, below), size)


def cut(box: Box, count: int) -> list[Box]:
    """A box cut to `count` side by side, each at least one pixel wide."""
    x0, y0, x1, y1 = box
    edges = [x0 + round(place * (x1 - x0) / count) for place in range(count + 1)]
    starts = [min(edge, x1 - 1) for edge in edges[:-1]]
    return [(start, y0, max(end, start + 1), y1) for start, end in zip(starts, edges[1:], strict=True)]


def _row(line: list[list[Slot]]) -> Row:
    row: Row = []
    for place, word in enumerate(line):
        row += [*[None] * (place > 0), *word]
    return row


def _glyphs(row: Row) -> list[Glyph]:
    return [slot.glyph for slot in row if slot and slot.glyph]


def _usual(page: Page, lines: int) -> Size:
    """The usual size of a character on this page; on a blank one what lets the lines fill it."""
    boxes = np.array([glyph.box for glyph in page.glyphs])
    if len(boxes):
        return float(np.median(boxes[:, 2] - boxes[:, 0])), float(np.median(boxes[:, 3] - boxes[:, 1]))
    tall = min(page.height * (1 - 2 * MARGIN) / (LINE * lines), page.width * 0.1)
    return ASPECT * tall, tall


def _runs(row: Row) -> Iterator[tuple[Row, Glyph | None, Glyph | None]]:
    """The parts of a row between two glyphs that have slots without one, and these two glyphs."""
    left: Glyph | None = None
    run: Row = []
    for item in [*row, Slot("")]:
        if item and (item.glyph or not item.char):
            if any(run):
                yield run, left, item.glyph
            left, run = item.glyph, []
        else:
            run.append(item)


def _units(run: Row) -> list[float]:
    """Where each item of a run begins, and the run ends, in widths of a character."""
    return [0.0, *itertools.accumulate(1.0 if item else SPACE for item in run)]


def _room(page: Page, run: Row, sides: tuple[Glyph | None, Glyph | None], size: Size) -> tuple[float, float]:
    """Where a run begins and how wide a character of it is, in pixels: within the gap where there is room."""
    left, right = sides
    total, usual = _units(run)[-1], max(size[0], 1.0)
    if left and right:
        gap = right.box[0] - left.box[2]
        unit = float(np.clip(gap / total, NARROWEST * usual, WIDEST * usual))
        start = (left.box[2] + right.box[0] - unit * total) / 2
    else:
        free = page.width - left.box[2] if left else right.box[0] if right else page.width
        unit = float(np.clip(free / total, NARROWEST * usual, usual))
        start = left.box[2] if left else (right.box[0] if right else 0) - unit * total
    unit = min(unit, page.width / total)
    return float(np.clip(start, 0, page.width - unit * total)), unit


def _level(known: list[Glyph], sides: tuple[Glyph | None, Glyph | None], size: Size) -> tuple[float, float]:
    """The top and bottom of a run: those of the letters next to it."""
    here = float(np.mean([order.centre(side.box) for side in sides if side]))
    tall = [glyph for glyph in known if order.height(glyph.box) > 0.5 * size[1]] or known
    near = sorted(tall, key=lambda glyph: abs(order.centre(glyph.box) - here))[:4]
    return float(np.mean([glyph.box[1] for glyph in near])), float(np.mean([glyph.box[3] for glyph in near]))


def _fill_run(page: Page, run: Row, room: tuple[float, float], level: tuple[float, float]) -> None:
    start, unit = room
    for item, (begin, end) in zip(run, itertools.pairwise(_units(run)), strict=True):
        if item:
            box = (start + unit * begin, level[0], start + unit * end, level[1])
            item.glyph = by_hand(item.char, within((0, 0, page.width, page.height), box))


def _fill_lines(page: Page, rows: Sequence[Row], around: tuple[Row | None, Row | None], size: Size) -> None:
    """Boxes for whole lines between the lines above and below, which may be none."""
    above, below = (union(glyph.box for glyph in _glyphs(row)) if row else None for row in around)
    margin = MARGIN * page.height
    top = above[3] if above else min(margin, below[1]) if below else margin
    bottom = below[1] if below else page.height - (0 if above else margin)
    pitch = float(np.clip((bottom - top) / len(rows), NARROWEST * size[1], LINE * size[1]))
    if below and not above:
        top = max(0.0, below[1] - pitch * len(rows))
    tall = pitch / LINE
    beside = above or below
    start = beside[0] if beside else MARGIN * page.width
    for place, row in enumerate(rows):
        unit = min(size[0], (page.width - start) / _units(row)[-1])
        first = top + pitch * place + (pitch - tall) / 2
        _fill_run(page, row, (start, unit), (first, first + tall))
