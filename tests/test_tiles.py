"""Tiles of another darkness than their page: samples of a dataset, a canvas on its page. Not here: sheets in photos."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr import Recognizer
from hwr.preprocess import ink
from hwr.preprocess.tiles import find_tiles, one_paper
from tests.test_forms import drawn

ROWS = ["24", "87", "35"]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("digits")


def tile(text: str, side: int, paper: int, writing: int) -> np.ndarray:
    """A square with a text in its middle."""
    share = np.zeros((side, side))
    if text:
        inked = drawn(text, round(0.6 * side)) / 255
        top, left = ((side - size) // 2 for size in inked.shape)
        share[top : top + inked.shape[0], left : left + inked.shape[1]] = inked
    return paper + (writing - paper) * share


def page(
    rows: list[str], *, side: int = 100, gap: int = 24, paper: int = 0, writing: int = 255, around: int = 255
) -> np.ndarray:
    """Tiles with a character each, apart from each other on a page, a little noisy: uint8 (h, w)."""
    step, columns = side + gap, len(rows[0])
    whole = np.full((len(rows) * step + gap, columns * step + gap), around, float)
    for row, text in enumerate(rows):
        for column, char in enumerate(text):
            top, left = gap + row * step, gap + column * step
            whole[top : top + side, left : left + side] = tile(char.strip(), side, paper, writing)
    noisy = whole + np.random.default_rng(1).normal(0, 2, whole.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("gap", [4, 24, 80])
@pytest.mark.parametrize(
    ("paper", "writing", "around"), [(0, 255, 255), (50, 235, 240), (255, 0, 0), (230, 40, 90), (0, 250, 160)]
)
def test_characters_on_tiles_are_read(recognizer: Recognizer, gap: int, paper: int, writing: int, around: int) -> None:
    picture = page(ROWS, gap=gap, paper=paper, writing=writing, around=around)
    read = recognizer.read(picture, charset="0-9").text
    assert read.replace(" ", "").splitlines() == ROWS


def test_a_canvas_on_a_page_is_read_in_colours(recognizer: Recognizer) -> None:
    whole = np.full((500, 900, 3), (245, 246, 250), np.uint8)
    canvas = tile("7", 260, 0, 255).astype(np.uint8)
    whole[120:380, 90:350] = cv2.applyColorMap(canvas, cv2.COLORMAP_VIRIDIS)[:, :, ::-1]
    assert recognizer.read(whole, charset="0-9").text == "7"


def test_an_empty_tile_and_one_written_on_to_its_edge_go_with_the_others() -> None:
    picture = page(["2 ", "41"])
    picture[24 + 124 + 40 : 24 + 124 + 60, 24:84] = 255  # a stroke from the side of the 4
    found = find_tiles(picture)
    assert len(found) == 4
    assert np.median(one_paper(picture)[30:110, 150:230]) > 200


def test_what_is_written_on_a_tile_becomes_ink_and_its_paper_none() -> None:
    picture = page(["8"])
    inked = ink(picture)
    assert np.count_nonzero(inked[30:118, 30:118] > 128) == pytest.approx(
        np.count_nonzero(picture[30:118, 30:118] > 128), rel=0.1
    )
    outside = inked.copy()
    outside[30:118, 30:118] = 0
    assert not outside.any()


@pytest.mark.parametrize(
    "picture",
    [
        np.full((200, 300), 240, np.uint8),
        tile("8", 200, 0, 255).astype(np.uint8),  # light on dark all over
        tile("8", 200, 255, 0).astype(np.uint8),
        page(["8"], paper=0, writing=0),  # a blot
        page(["8"], paper=200, writing=40, around=240),  # hardly darker than its page
        page([" "]),
    ],
    ids=["empty", "light on dark", "dark on light", "blot", "shade", "black square"],
)
def test_other_pictures_stay_as_they_are(picture: np.ndarray) -> None:
    assert one_paper(picture) is picture


def test_lines_around_writing_are_no_page() -> None:
    """Squared paper with dark lines is no page of light tiles: strokes may cross the lines."""
    whole = np.full((400, 600), 240, np.uint8)
    for at in range(0, 600, 50):
        whole[:, at : at + 2] = whole[at : at + 2, :] = 40
    whole[110:140, 115:125] = 30
    assert one_paper(whole) is whole


def test_light_paper_on_a_table_is_no_tile() -> None:
    """A table is uneven: the sheet on it is for sheet.py to find."""
    grain = np.clip(np.random.default_rng(2).normal(70, 25, (400, 600)), 0, 140).astype(np.uint8)
    grain[80:320, 120:480] = 235
    grain[180:220, 250:260] = 30
    assert one_paper(grain) is grain


def test_tiny_and_narrow_pictures_are_no_trouble() -> None:
    for shape in [(1, 1), (1, 5000), (5000, 1), (3, 4000, 3), (13, 13), (16, 16, 3)]:
        picture = np.zeros(shape, np.uint8)
        assert one_paper(picture) is picture
