"""Numbers of a line are parted at gaps that are wide beside the others, also where digits lean."""

from __future__ import annotations

import numpy as np
import pytest

from hwr import Recognizer
from hwr.layout import find_lines
from hwr.layout.spaces import gaps_between, numbers_parted
from hwr.results import Glyph
from hwr.strokes import paint
from hwr.synthetic.page import text_strokes

TALL = 50.0


def drawn(text: str, *, within: float, between: float, slant: float = 0.0) -> np.ndarray:
    """The ink of a line in which characters stand `within` and numbers `between` capitals' heights apart, then leaning."""
    page, x, gap = np.zeros((150, 1500), np.uint8), 60.0, 0.0
    for place, char in enumerate(text):
        if char == " ":
            gap = between
            continue
        strokes = text_strokes(char, seed=place, height=TALL)[0][1]
        low, high = (
            f(stroke[:, 0].min() if f is min else stroke[:, 0].max() for stroke in strokes) for f in (min, max)
        )
        x += gap * TALL
        moved = [stroke + np.array([x - low, 90.0]) for stroke in strokes]
        paint(
            page, [stroke + np.stack([slant * (90 - stroke[:, 1]), 0 * stroke[:, 1]], 1) for stroke in moved], width=4.0
        )
        x, gap = x + high - low, within
    return page


def split(text: str, ink: np.ndarray) -> str:
    """The text, its characters without places, as its numbers are parted by the ink."""
    (row,) = find_lines(ink)
    assert len(row.pieces) == len(text.replace(" ", ""))
    word = [Glyph(char, 1.0, piece.box) for char, piece in zip(text.replace(" ", ""), row.pieces, strict=True)]
    return " ".join(
        "".join(glyph.char for glyph in each) for each in numbers_parted([word], row.pieces, row.scale.height)
    )


@pytest.mark.parametrize("slant", [-0.2, 0.0, 0.3])
@pytest.mark.parametrize("text", ["63 20 6723", "4827 058 35926 827", "90 3", "2 8 35 647 2"])
def test_numbers_part_at_gaps_that_a_reader_sees(text: str, slant: float) -> None:
    assert split(text, drawn(text, within=0.1, between=0.5, slant=slant)) == text


@pytest.mark.parametrize("within", [0.1, 0.3, 0.8, 1.5])
def test_digits_as_far_apart_as_all_others_are_one_number(within: float) -> None:
    assert split("635206723", drawn("635206723", within=within, between=0)) == "635206723"


@pytest.mark.parametrize("text", ["31427", "1211", "21218", "70193"])
@pytest.mark.parametrize("pitch", [70, 110])
def test_digits_at_an_even_pitch_are_one_number(text: str, pitch: int) -> None:
    """A 1 in its box has wider gaps beside it than the others."""
    page = np.zeros((150, 1500), np.uint8)
    for place, char in enumerate(text):
        strokes = text_strokes(char, seed=place, height=TALL)[0][1]
        low, high = (f(f(stroke[:, 0]) for stroke in strokes) for f in (min, max))
        paint(page, [stroke + np.array([80 + pitch * place - (low + high) / 2, 90.0]) for stroke in strokes], width=4.0)
    assert split(text, page) == text


def test_words_of_letters_stay_as_they_were_read() -> None:
    assert split("bo nd", drawn("bo nd", within=0.1, between=0.6)) == "bond"


def test_gaps_are_measured_along_the_slant() -> None:
    (row,) = find_lines(drawn("20 67", within=0.1, between=0.5, slant=0.5))
    boxes = [after.box[0] - before.box[2] for before, after in zip(row.pieces, row.pieces[1:], strict=False)]
    along = gaps_between(row.pieces) / TALL
    assert along[1] > 0.35
    assert along[1] > boxes[1] / TALL + 0.15
    assert max(along[0], along[2]) < 0.2


def test_a_page_of_numbers_is_read_with_its_spaces() -> None:
    page = Recognizer.load("digits").read(255 - drawn("63 20 6723", within=0.1, between=0.5, slant=0.3))
    assert page.text == "63 20 6723"
