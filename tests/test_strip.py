"""The strip of a line: its height follows the ink's mass, all ink is inside, grey shows through."""

import cv2
import numpy as np
import pytest

from hwr.preprocess.extraction import darkness, ink
from hwr.preprocess.strip import LOOSEST, SIDES, STRIP, TIGHTEST, WIDE, extent, strip
from hwr.synthetic import draw_text


def written(text: str, height: int = 60) -> np.ndarray:
    return ink(draw_text(text, seed=4, height=height))


@pytest.mark.parametrize("text", ["moon", "fully", "-", "17", "Type a longer line, quickly"])
def test_all_ink_is_inside(text):
    page = written(text)
    rows = np.flatnonzero(page.max(1))
    top, bottom = extent(page)
    assert top <= rows[0]
    assert bottom >= rows[-1] + 1
    box = rows[-1] + 1 - rows[0]
    assert TIGHTEST * box - 1 <= bottom - top <= LOOSEST * box + 1


def test_a_strip_has_its_height_and_the_proportions_of_the_line():
    page = written("hello")
    picture = strip(page)
    top, bottom = extent(page)
    columns = np.flatnonzero(page.max(0))
    wide = columns[-1] + 1 - columns[0] + 2 * SIDES * (bottom - top)
    assert picture.shape[0] == STRIP
    assert picture.shape[1] == pytest.approx(wide * WIDE * STRIP / (bottom - top), abs=1.5)


def test_letters_without_tails_are_not_blown_up_to_the_height():
    small, tall = (np.flatnonzero(strip(written(text)).max(1) > 60) for text in ("moon", "fully"))
    assert len(small) < 0.9 * len(tall)
    assert len(tall) > 0.85 * STRIP


def test_size_on_the_page_does_not_matter():
    small, large = strip(written("size", 40)), strip(written("size", 120))
    assert abs(small.shape[1] - large.shape[1]) <= 6
    alike = cv2.resize(large, small.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.corrcoef(small.ravel(), alike.ravel())[0, 1] > 0.8


def test_grey_shows_the_paper_where_the_ink_says():
    picture = draw_text("grey", seed=2)
    page, grey = ink(picture), darkness(picture)
    assert strip(page, grey).shape == strip(page).shape
    pattern = np.maximum(
        grey, np.tile(np.array([0, 90], np.uint8), (grey.shape[0], grey.shape[1] // 2 + 1))[:, : grey.shape[1]]
    )
    shown = strip(page, pattern)
    assert (shown > 20).mean() > 2 * (strip(page) > 20).mean()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (30, 30)])
def test_blank_and_tiny_pictures(shape):
    assert strip(np.zeros(shape, np.uint8)).shape == (STRIP, 1)
    full = strip(np.full(shape, 255, np.uint8))
    assert full.shape[0] == STRIP
    assert full.shape[1] >= 1


def test_a_very_long_line_is_squeezed_to_a_bound():
    line = np.zeros((4, 60_000), np.uint8)
    line[1:3, ::3] = 255
    assert strip(line).shape[1] <= 200 * STRIP


def test_darkness_of_blank_paper_is_nothing():
    assert darkness(np.full((80, 200), 230, np.uint8)).max() == 0
