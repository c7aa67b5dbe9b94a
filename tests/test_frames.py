"""Rings and boxes drawn by hand around numbers are left out; characters with something in them are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr import Recognizer
from hwr.layout import find_lines
from tests.test_forms import drawn

NUMBERS = ["7", "42", "365", "8"]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("digits")


def outline(box: tuple[int, int, int, int], kind: str) -> np.ndarray:
    """The points of a ring or a box around (left, top, right, bottom), as a hand draws it: its end is not its beginning."""
    left, top, right, bottom = box
    if kind == "box":
        corners = [(left, top), (right + 3, top + 4), (right - 2, bottom), (left + 4, bottom + 3), (left - 1, top - 4)]
        return np.array(corners, np.int32)
    turn = np.linspace(-1.2, 5.2, 80)
    x = (left + right) / 2 + ((right - left) / 2 + 3 * np.sin(2 * turn)) * np.cos(turn)
    y = (top + bottom) / 2 + ((bottom - top) / 2 + 2 * turn) * np.sin(turn)
    return np.stack([x, y], axis=1).astype(np.int32)


def page(kind: str | None, around: list[str], pen: int = 4) -> np.ndarray:
    """The NUMBERS in a row, some of them with something around them: uint8 (h, w), ink 255."""
    whole = np.zeros((260, 1100), np.uint8)
    for place, text in enumerate(NUMBERS):
        inked, x = drawn(text, 60), 90 + 260 * place
        whole[100:160, x : x + inked.shape[1]] = inked
        if kind and text in around:
            points = outline((x - 40, 65, x + inked.shape[1] + 40, 195), kind)
            cv2.polylines(whole, [points], False, 255, pen, cv2.LINE_AA)
    return whole


@pytest.mark.parametrize("kind", ["ring", "box"])
@pytest.mark.parametrize("around", [NUMBERS, ["7"], ["42"], ["365", "8"]], ids=["all", "7", "42", "two"])
def test_what_is_drawn_around_numbers_is_left_out(recognizer: Recognizer, kind: str, around: list[str]) -> None:
    assert recognizer.read_ink(page(kind, around), charset="0-9").text.split() == NUMBERS


@pytest.mark.parametrize("wide", [360, 440])
def test_a_long_box_drawn_by_hand_goes_whole(recognizer: Recognizer, wide: int) -> None:
    """Its level sides look like lines to write on: its upright ones must not stay as digits 1."""
    whole = np.zeros((300, 700), np.uint8)
    inked = drawn("52843", 60)
    whole[110:170, 100 : 100 + inked.shape[1]] = inked
    cv2.polylines(whole, [outline((60, 75, 60 + wide, 205), "box")], False, 255, 4, cv2.LINE_AA)
    assert recognizer.read(255 - whole, charset="0-9").text == "52843"


@pytest.mark.parametrize("lean", [16, 24])
def test_a_box_of_which_only_some_sides_are_found_is_left_out_whole(recognizer: Recognizer, lean: int) -> None:
    """One side leans too far for a line: the level ones must not go alone, or the upright ones are read as 1."""
    whole = np.zeros((600, 700), np.uint8)
    for place, text in enumerate(["36", "904"]):
        inked, top = drawn(text, 60), 100 + 260 * place
        whole[top : top + 60, 150 : 150 + inked.shape[1]] = inked
        right = 190 + inked.shape[1]
        corners = [(95, top - 35), (right, top - 35), (right - lean, top + 95), (95, top + 95), (95, top - 35)]
        cv2.polylines(whole, [np.array(corners, np.int32)], False, 255, 4, cv2.LINE_AA)
    assert recognizer.read(255 - whole, charset="0-9").text.split() == ["36", "904"]


def test_a_nought_with_a_stroke_or_a_dot_in_it_stays() -> None:
    whole = np.zeros((200, 600), np.uint8)
    inked = drawn("2", 100)
    whole[50:150, 60 : 60 + inked.shape[1]] = inked
    cv2.ellipse(whole, (250, 100), (36, 50), 0, 0, 360, 255, 4, cv2.LINE_AA)
    cv2.line(whole, (240, 120), (262, 82), 255, 4, cv2.LINE_AA)
    cv2.ellipse(whole, (400, 100), (36, 50), 0, 0, 360, 255, 4, cv2.LINE_AA)
    cv2.circle(whole, (400, 100), 9, 255, -1, cv2.LINE_AA)
    left = [piece.box for row in find_lines(whole, "page") for word in row.words for piece in word]
    assert max(box[2] for box in left) > 430
    assert any(box[0] < 230 and box[2] > 270 for box in left)


def test_an_open_curve_around_something_is_a_character() -> None:
    """A large C with what follows within its reach."""
    whole = np.zeros((300, 500), np.uint8)
    cv2.ellipse(whole, (150, 150), (100, 110), 0, 50, 310, 255, 5, cv2.LINE_AA)
    inked = drawn("25", 60)
    whole[120:180, 140 : 140 + inked.shape[1]] = inked
    boxes = [piece.box for row in find_lines(whole, "page") for word in row.words for piece in word]
    assert min(box[0] for box in boxes) < 60
