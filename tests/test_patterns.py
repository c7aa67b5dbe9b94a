"""Printed dots, holes and teeth at even steps are no writing; rows of one character written again and again are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr.layout.parts import find_parts
from hwr.preprocess import ink
from hwr.recognize import Recognizer
from hwr.synthetic import Sheet, draw_text

TEXT = "2357 69\n4692 83"


def page(text: str = TEXT, *, seed: int = 4) -> np.ndarray:
    """The ink of a page in one hand."""
    return ink(draw_text(text, seed=seed, height=60, sheet=Sheet(margin=2)))


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_AREA)


def dotted(written: np.ndarray, *, pitch: int = 30, radius: int = 4, degrees: float = 0.0) -> np.ndarray:
    """Dots printed under writing."""
    dots = np.zeros_like(written)
    for y in range(pitch // 3, dots.shape[0], pitch):
        for x in range(pitch // 2, dots.shape[1], pitch):
            cv2.circle(dots, (x, y), radius, 255, -1, cv2.LINE_AA)
    return np.maximum(written, turned(dots, degrees))


@pytest.mark.parametrize("degrees", [0.0, 4.0])
@pytest.mark.parametrize("radius", [3, 5])
def test_dotted_paper_is_no_writing(radius, degrees):
    """Also dots in the middle of words, whose neighbours writing covers."""
    written = page()
    height, width = written.shape
    parts = find_parts(dotted(written, radius=radius, degrees=degrees))
    whole = [part for part in parts if 4 < part.box[0] < part.box[2] < width - 4 and 4 < part.box[1] < height - 4]
    assert not [part.box for part in whole if part.size < 16]
    assert len(whole) == len(find_parts(written))


def test_dots_cost_no_character():
    assert Recognizer.load("digits").read(255 - dotted(page(), radius=4)).text == TEXT


@pytest.mark.parametrize("upright", [False, True])
def test_holes_along_a_binding_are_no_writing(upright):
    written = page()
    bound = np.pad(written, ((0, 200), (60, 0)) if upright else ((60, 0), (0, 0)))
    for place in range(20, bound.shape[0 if upright else 1], 34):
        cv2.circle(bound, (30, place) if upright else (place, 30), 9, 255, -1, cv2.LINE_AA)
    parts = find_parts(bound)
    assert len(parts) == len(find_parts(written))
    assert min(part.box[0 if upright else 1] for part in parts) > 50


@pytest.mark.parametrize("text", ["1" * 20, "0" * 20, "o" * 20, "l" * 16, "i" * 16, "E" * 14, "8" * 20])
def test_a_character_written_again_and_again_stays(text):
    for seed in range(6):
        written = page(f"{text}\n{text}", seed=seed)
        assert len(find_parts(written)) >= 2 * len(text) - 4  # some touch


def test_dots_of_letters_and_ends_of_sentences_stay():
    written = page("it is in his inn. i did it. hi. if it is. i. i. i.")
    tiny = [part for part in find_parts(written) if part.size < 14]
    assert len(tiny) >= 22
