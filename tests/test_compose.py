"""Pages put together of single glyphs, and the sheets they stand on: true boxes, gaps, light, polarity."""

from itertools import pairwise

import numpy as np
import pytest

from hwr.synthetic import glyphs
from hwr.synthetic.compose import Setting, compose
from hwr.synthetic.paper import KINDS, Paper, any_paper, on_paper

STRAIGHT = Setting(slant=0, turn=0, off_line=0, size_spread=0, gap_spread=0)


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return glyphs("0123456789", 12, seed=4, framing="mnist")[0]


def test_boxes_hold_the_ink_of_their_glyph_and_none_else(digits):
    ink, (first, second) = compose([digits[:5], digits[5:]], Setting(), np.random.default_rng(1))
    assert (len(first), len(second)) == (5, 7)
    covered = np.zeros(ink.shape, bool)
    for x0, y0, x1, y1 in first + second:
        part = ink[y0:y1, x0:x1] > 100
        assert part.any(0)[[0, -1]].all()
        assert part.any(1)[[0, -1]].all()
        assert not covered[y0:y1, x0:x1].any()
        covered[y0:y1, x0:x1] = True
    assert not (ink > 100)[~covered].any()
    assert max(box[3] for box in first) < min(box[1] for box in second) + 20


def test_a_gap_below_nothing_makes_characters_overlap(digits):
    _, (apart,) = compose([digits[:6]], Setting(gap=0.3, gap_spread=0), np.random.default_rng(1))
    _, (joined,) = compose([digits[:6]], Setting(gap=-0.1, gap_spread=0), np.random.default_rng(1))
    assert all(a[2] < b[0] for a, b in pairwise(apart))
    assert all(a[2] > b[0] for a, b in pairwise(joined))


def test_sizes_are_as_asked(digits):
    _, (boxes,) = compose([digits], STRAIGHT, np.random.default_rng(0))
    assert all(abs(max(x1 - x0, y1 - y0) - STRAIGHT.height) <= 4 for x0, y0, x1, y1 in boxes)


def test_empty_rows_and_blank_glyphs_are_no_fall():
    ink, boxes = compose(
        [np.zeros((0, 28, 28), np.uint8), np.zeros((1, 28, 28), np.uint8)], Setting(), np.random.default_rng(0)
    )
    assert ink.max() == 0
    assert [len(row) for row in boxes] == [0, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_ink_is_darker_than_its_paper_on_every_sheet(digits, kind):
    ink, _ = compose([digits], Setting(), np.random.default_rng(2))
    picture = on_paper(ink, Paper(kind, shadow=0.3, noise=0.2, blur=0.2, jpeg=70), np.random.default_rng(3))
    assert picture.shape == ink.shape
    assert picture.dtype == np.uint8
    assert picture[ink > 200].mean() < picture[ink == 0].mean() - 60


def test_rules_are_on_ruled_paper_alone(digits):
    ink = np.zeros((300, 300), np.uint8)
    plain, ruled = (on_paper(ink, Paper(kind), np.random.default_rng(0)) for kind in ("plain", "ruled"))
    assert np.ptp(plain) == 0
    assert np.ptp(ruled) > 50


def test_the_same_generator_gives_the_same_picture(digits):
    ink, _ = compose([digits], Setting(), np.random.default_rng(2))
    first, second = (
        on_paper(ink, any_paper(rng, pitch=60), rng) for rng in (np.random.default_rng(8), np.random.default_rng(8))
    )
    assert np.array_equal(first, second)
