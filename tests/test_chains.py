"""Thin lines in pieces are no writing, columns of 1s are."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from hwr.layout import find_lines
from hwr.layout.parts import find_parts


def page() -> np.ndarray:
    """The ink of a page with two lines of writing: seven bars and rings."""
    ink = np.zeros((1200, 900), np.uint8)
    for row in (200, 360):
        for column in range(7):
            cv2.ellipse(ink, (260 + 80 * column, row), (22, 40), 0, 0, 360, 255, 6, cv2.LINE_AA)
    return ink


def margin(ink: np.ndarray, breaks: list[int], *, bend: float = 0.0) -> None:
    """A thin line down the left of the page, nearly upright, with a gap of some pixels above each of the breaks."""
    for top, bottom in itertools.pairwise(breaks):
        rows = np.arange(top, bottom - 7)
        columns = 60 + 0.06 * rows + bend * ((rows - 600) / 600) ** 2
        points = np.stack([columns, rows], axis=1)
        cv2.polylines(ink, [np.round(points).astype(np.int32)], False, 255, 3)


@pytest.mark.parametrize("bend", [0.0, 12.0])
@pytest.mark.parametrize("turned", [False, True])
def test_a_margin_in_pieces_is_left_out(bend, turned):
    ink = page()
    margin(ink, [80, 120, 135, 260, 300, 420, 610, 640, 700, 900, 930, 1100], bend=bend)
    parts = find_parts(np.ascontiguousarray(ink.T) if turned else ink)
    assert len(parts) == 14


def test_a_column_of_ones_stays():
    ink = np.zeros((1200, 500), np.uint8)
    for row in range(60, 1100, 110):
        cv2.line(ink, (100, row), (104, row + 66), 255, 6, cv2.LINE_AA)
    assert len(find_lines(ink)) == 10


def test_ones_that_begin_the_lines_of_a_list_stay():
    ink = np.zeros((1200, 700), np.uint8)
    for number, row in enumerate(range(60, 1100, 110)):
        x = 100 + (number * 37) % 11
        cv2.line(ink, (x, row), (x + 4, row + 84), 255, 6, cv2.LINE_AA)
        cv2.ellipse(ink, (300, row + 42), (24, 42), 0, 0, 360, 255, 6, cv2.LINE_AA)
    assert [len(row.pieces) for row in find_lines(ink)] == [2] * 10


def test_bars_across_a_line_of_writing_stay():
    ink = np.zeros((300, 900), np.uint8)
    for column in range(60, 840, 90):
        cv2.line(ink, (column, 150), (column + 45, 150), 255, 6, cv2.LINE_AA)
    assert len(find_parts(ink)) == 9
