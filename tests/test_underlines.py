"""Underlines are left out, also two of them, slanting ones, and ones that a character touches; dashes and bars stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr import Recognizer
from hwr.layout import find_lines
from tests.test_forms import drawn

NUMBERS = ["3071", "85", "964", "2407"]
FOOT, STEP = 110, 130  # of the first line, and from line to line, in pixels


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("digits")


def page(lines: list[int], slope: float = 0.0) -> np.ndarray:
    """The NUMBERS below each other, each with lines so far below its foot: uint8 (h, w), ink 255."""
    whole = np.zeros((FOOT + STEP * len(NUMBERS), 600), np.uint8)
    for row, text in enumerate(NUMBERS):
        inked, foot = drawn(text, 60), FOOT + STEP * row
        whole[foot - 60 : foot, 120 : 120 + inked.shape[1]] = inked
        for below in lines:
            fall = round(slope * (inked.shape[1] + 30))
            cv2.line(whole, (105, foot + below), (135 + inked.shape[1], foot + below + fall), 255, 5, cv2.LINE_AA)
    return whole


@pytest.mark.parametrize("lines", [[12], [12, 26], [30]], ids=["one", "two", "far"])
@pytest.mark.parametrize("slope", [0.0, 0.06, -0.04])
def test_underlines_are_left_out(recognizer: Recognizer, lines: list[int], slope: float) -> None:
    read = recognizer.read_ink(page(lines, slope), charset="0-9")
    assert read.text.split() == NUMBERS
    assert all(glyph.box[3] - glyph.box[1] < 75 for glyph in read.glyphs)


def test_two_underlines_that_meet_are_left_out(recognizer: Recognizer) -> None:
    whole = page([14])
    for row, text in enumerate(NUMBERS):
        foot, right = FOOT + STEP * row, 135 + drawn(text, 60).shape[1]
        cv2.line(whole, (105, foot + 26), (right, foot + 14), 255, 5, cv2.LINE_AA)
    assert recognizer.read_ink(whole, charset="0-9").text.split() == NUMBERS


def test_an_underline_on_which_a_digit_stands_is_left_out(recognizer: Recognizer) -> None:
    whole = page([12])
    for row, text in enumerate(NUMBERS):
        right = 118 + drawn(text, 60).shape[1]
        cv2.line(whole, (right, FOOT + STEP * row - 6), (right, FOOT + STEP * row + 12), 255, 5)
    assert recognizer.read(255 - whole, charset="0-9").text.split() == NUMBERS


def test_what_is_no_underline_stays() -> None:
    """A dash beside digits, an equals sign, the bar of a T and a wave under letters."""

    def left(whole: np.ndarray) -> int:
        return sum(int(piece.ink.any()) for row in find_lines(whole, "page") for word in row.words for piece in word)

    whole = np.zeros((240, 900), np.uint8)
    for x, text in ((60, "48"), (460, "25")):
        inked = drawn(text, 60)
        whole[100:160, x : x + inked.shape[1]] = inked
    alone = left(whole)
    cv2.line(whole, (230, 130), (390, 130), 255, 5)  # wide, but under nothing
    for y in (118, 140):
        cv2.line(whole, (620, y), (665, y), 255, 5)  # =
    for line in [((730, 100), (790, 100)), ((760, 104), (760, 160))]:
        cv2.line(whole, *line, 255, 5)
    assert left(whole) == alone + 3
