"""Lines that stand on their head at the top or bottom of a page are left out; what is hardly read is not, by that alone."""

from __future__ import annotations

import numpy as np
import pytest

from hwr import Recognizer
from hwr.overturned import without_overturned
from hwr.preprocess import ink
from hwr.results import Glyph, Line, Word
from hwr.synthetic import draw_text


def line(text: str, sure: float) -> Line:
    return Line((Word(tuple(Glyph(char, sure, (0, 0, 9, 9), ((char, sure),)) for char in text)),))


def left(lines: list[Line], turned: float) -> list[str]:
    """The texts of what is left, where each line is so sure upside down."""
    return [each.text for each in without_overturned(lines, lambda each: [line("x" * len(each.text), turned)])]


GOOD, BAD = line("thequickfox", 0.97), line("SWJOMSZ270", 0.7)


@pytest.mark.parametrize(
    ("lines", "turned", "kept"),
    [
        ([GOOD, BAD], 0.95, [GOOD]),
        ([BAD, BAD, GOOD, BAD], 0.95, [GOOD]),
        ([GOOD, BAD, GOOD], 0.95, [GOOD, BAD, GOOD]),  # between others it is of the page
        ([GOOD, BAD], 0.75, [GOOD, BAD]),  # hardly read, but no better upside down
        ([BAD, BAD], 0.95, [BAD, BAD]),  # nothing stands upright
        ([GOOD, line("LI", 0.4)], 0.95, [GOOD, line("LI", 0.4)]),  # too short to tell
        ([BAD], 0.95, [BAD]),
        ([], 0.95, []),
    ],
)
def test_only_what_is_far_surer_upside_down_goes_from_top_and_bottom(
    lines: list[Line], turned: float, kept: list[Line]
) -> None:
    assert left(lines, turned) == [each.text for each in kept]


@pytest.mark.parametrize("head", ["written by Helen Brand", "Page 12 of the report", "Exam of Anna Lee"])
@pytest.mark.parametrize("turn", [0, 1])
def test_another_sheet_that_stands_on_its_head_is_no_line_of_the_page(head: str, turn: int) -> None:
    page, other = (
        ink(draw_text(text, seed=seed, height=high))
        for text, seed, high in (("3x+2y=14\n5x-y=27\n48-3x=9", 2, 60), (head, 5, 40))
    )
    wide = max(page.shape[1], other.shape[1])
    whole = np.vstack([np.pad(part, ((0, 0), (0, wide - part.shape[1]))) for part in (page, np.rot90(other, 2))])
    read = Recognizer.load("characters").read(np.rot90(255 - whole, -turn).copy(), charset="0-9a-zA-Z+=-")
    assert read.turn == turn
    assert [each.text for each in read.lines] == ["3x+2y=14", "5x-y=27", "48-3x=9"]
