"""Single characters as they are cut out of photos and forms: close around, with rules, boxes and neighbours left in."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from hwr import Recognizer, drawing
from hwr.layout import find_lines
from hwr.preprocess import ink, open_picture

PAPER, PEN, RULE, FORM = (232, 230, 222), (40, 45, 110), (150, 175, 215), (110, 160, 120)
HIGH = 120  # pixels: a character
Paper = Callable[[np.ndarray], np.ndarray]  # from ink of a size to paper of that size, uint8 RGB


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("characters")


def character(char: str, pen: float, margins: tuple[int, int, int, int]) -> np.ndarray:
    """The ink of a character with a margin above, below, left and right of it: uint8, 255 on 0."""
    written = ink(open_picture(drawing.page_png(char, width=2 * HIGH, height=2 * HIGH, pen=pen)))
    rows, columns = np.flatnonzero(written.max(axis=1)), np.flatnonzero(written.max(axis=0))
    own = written[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = HIGH / len(own)
    own = cv2.resize(own, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    above, below, left, right = margins
    return np.pad(own, ((above, below), (left, right)))


def painted(inked: np.ndarray, paper: np.ndarray | None = None) -> np.ndarray:
    """Ink on a paper (uint8 RGB; even where none is given), as a camera takes it: unevenly lit, a little soft and noisy."""
    share = inked[:, :, None] / 255.0
    picture = share * np.array(PEN) + (1 - share) * (even(inked) if paper is None else paper)
    picture *= np.linspace(1, 0.65, inked.shape[1])[:, None]
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8) + np.random.default_rng(0).normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def even(inked: np.ndarray) -> np.ndarray:
    return np.full((*inked.shape, 3), PAPER, np.uint8)


def ruled(inked: np.ndarray) -> np.ndarray:
    """Paper with two rules, one of them through the character."""
    paper = even(inked)
    for row in range(30, len(paper), 95):
        cv2.line(paper, (0, row), (paper.shape[1], row - 5), RULE, 3, cv2.LINE_AA)
    return paper


def strongly_ruled(inked: np.ndarray) -> np.ndarray:
    """Paper with two rules half as dark as ink, both through the character."""
    paper = even(inked)
    for share in (0.35, 0.7):
        cv2.line(paper, (0, int(share * len(paper))), (paper.shape[1], int(share * len(paper))), (140, 140, 140), 4)
    return paper


def squared(inked: np.ndarray) -> np.ndarray:
    paper = even(inked)
    for place in range(14, max(inked.shape), 70):
        cv2.line(paper, (0, place), (paper.shape[1], place + 4), RULE, 3, cv2.LINE_AA)
        cv2.line(paper, (place, 0), (place - 4, len(paper)), RULE, 3, cv2.LINE_AA)
    return paper


def boxed(left: int, top: int, right: int, bottom: int) -> Paper:
    """A form's cell whose box is cut out with it, so far from each side; below 0 that side of the box is not there."""

    def paper(inked: np.ndarray) -> np.ndarray:
        high, wide = inked.shape
        return cv2.rectangle(even(inked), (left, top), (wide - right, high - bottom), FORM, 3)

    return paper


@pytest.mark.parametrize("char", "02345679")
@pytest.mark.parametrize("pen", [14, 20, 28])
@pytest.mark.parametrize("paper", [even, ruled, squared, boxed(4, 4, 5, 5), boxed(1, 1, 2, 2), boxed(0, 8, 3, -3)])
def test_a_character_cut_out_of_a_page_is_read(recognizer, paper: Paper, pen, char):
    inked = character(char, pen, (45, 50, 35, 40))
    assert recognizer.read(painted(inked, paper(inked)), layout="char", charset="0-9").text == char


@pytest.mark.parametrize("char", "0235689")
@pytest.mark.parametrize("pen", [8, 16, 32])
def test_rules_half_as_dark_as_ink_go(recognizer, pen, char):
    inked = character(char, pen, (45, 50, 35, 40))
    assert recognizer.read(painted(inked, strongly_ruled(inked)), layout="char", charset="0-9").text == char


@pytest.mark.parametrize("text", ["205", "3", "68"])
@pytest.mark.parametrize("pen", [5, 9])
@pytest.mark.parametrize(("level", "upright"), [((0.2, 0.55, 0.9), (0.3, 0.75)), ((0.3, 0.8), (0.2, 0.5, 0.85))])
def test_a_few_squares_of_paper_go_though_the_pen_is_as_thin(text, pen, level, upright):
    inked = character(text, pen, (60, 60, 60, 60))
    high, wide = inked.shape
    paper = even(inked)
    for share in level:
        cv2.line(paper, (0, int(share * high)), (wide, int(share * high) + 3), RULE, 3, cv2.LINE_AA)
    for share in upright:
        cv2.line(paper, (int(share * wide), 0), (int(share * wide) - 3, high), RULE, 3, cv2.LINE_AA)
    found = ink(painted(inked, paper))
    assert (found[inked > 200] > 100).mean() > 0.9
    assert (found[cv2.dilate(inked, np.ones((9, 9), np.uint8)) == 0] > 100).mean() < 0.002


@pytest.mark.parametrize("char", "8AEFH")
def test_straight_strokes_from_side_to_side_are_a_character(char):
    inked = np.zeros((120, 70), np.uint8)
    strokes = {
        "left": np.s_[:, 0:8],
        "right": np.s_[:, 62:70],
        "top": np.s_[0:8],
        "middle": np.s_[56:64],
        "bottom": np.s_[112:],
    }
    drawn = {"8": strokes, "A": ("left", "right", "top", "middle"), "E": ("left", "top", "middle", "bottom")}
    drawn |= {"F": ("left", "top", "middle"), "H": ("left", "right", "middle")}
    for name in drawn[char]:
        inked[strokes[name]] = 255
    found = ink(painted(np.pad(inked, 2)))[2:-2, 2:-2]
    assert (found[inked > 0] > 100).mean() > 0.8


@pytest.mark.parametrize("char", "023456789")
def test_a_bold_character_cut_close_is_no_noise(recognizer, char):
    assert recognizer.read(painted(character(char, 26, (1, 1, 1, 1))), layout="char", charset="0-9").text == char


@pytest.mark.parametrize("char", "02345678")
@pytest.mark.parametrize("place", [0.4, 0.5, 0.75])
def test_the_edge_of_a_shadow_across_a_bold_character_is_no_stroke(recognizer, place, char):
    inked = character(char, 34, (50, 45, 40, 60))
    picture = painted(inked)
    y, x = np.indices(inked.shape)
    shadow = cv2.GaussianBlur((x + 0.3 * y > place * inked.shape[1]).astype(np.float32), (0, 0), 3)
    shaded = (picture * (1 - 0.5 * shadow)[:, :, None]).astype(np.uint8)
    assert recognizer.read(shaded, layout="char", charset="0-9").text == char


@pytest.mark.parametrize("char", "02345678")
@pytest.mark.parametrize("pen", [10, 20, 30])
@pytest.mark.parametrize("box", [boxed(0, 0, 0, 0), boxed(3, 0, 0, 2), boxed(0, 4, 1, -3)])
def test_the_line_around_a_picture_does_not_turn_paper_into_ink(recognizer, box: Paper, pen, char):
    inked = character(char, pen, (40, 40, 40, 40))
    paper = np.where(box(inked) == np.array(FORM, np.uint8), 40, box(inked)).astype(np.uint8)
    assert recognizer.read(painted(inked, paper), layout="char", charset="0-9").text == char


@pytest.mark.parametrize("sides", ["left", "top", "left bottom", "top right", "left right", "left top right"])
@pytest.mark.parametrize("text", ["8", "1", "205"])
def test_a_line_along_a_side_is_no_character(sides, text):
    inked = np.pad(character(text, 12, (40, 40, 40, 40)), 6)
    high, wide = inked.shape
    if "left" in sides:
        inked[:, 3:7] = 255
    if "right" in sides:
        inked[:, wide - 9 : wide - 5] = 255
    if "top" in sides:
        inked[5:8] = 255
    if "bottom" in sides:
        inked[high - 6 : high - 3] = 255
    found = ink(painted(inked))
    assert found[:20].max() == found[-20:].max() == found[:, :20].max() == found[:, -20:].max() == 0
    assert (found[30:-30, 30:-30] > 128).sum() > 0.9 * (inked[30:-30, 30:-30] > 128).sum()


@pytest.mark.parametrize("text", ["11", "101", "lE", "E", "H", "T", "D", "4", "N", "1 1"])
@pytest.mark.parametrize("pen", [6, 14])
def test_the_stem_of_a_character_that_is_cut_close_is_no_line_of_a_form(text, pen):
    inked = character(text, pen, (1, 1, 1, 1))
    found = ink(painted(inked))
    assert (found[inked > 200] > 100).mean() > 0.97


@pytest.mark.parametrize("char", "023456789")
def test_what_the_edge_cuts_off_neighbours_is_left_out(recognizer, char):
    inked = character(char, 16, (30, 30, 30, 30))
    cv2.circle(inked, (inked.shape[1] // 2, len(inked) + 22), 30, 255, 10)
    cv2.line(inked, (3, 20), (3, 70), 255, 8)
    cv2.line(inked, (inked.shape[1] - 3, 70), (inked.shape[1] - 3, 100), 255, 8)
    page = recognizer.read(painted(inked), layout="char", charset="0-9")
    assert page.text == char
    x0, y0, x1, y1 = page.glyphs[0].box
    assert min(x0, y0, inked.shape[1] - x1, len(inked) - y1) > 20


def test_a_part_at_the_edge_that_belongs_to_the_character_is_read_with_it(recognizer):
    dotted = character("i", 14, (0, 40, 40, 40))  # its dot touches the edge
    (row,) = find_lines(dotted, "char")
    assert row.pieces[0].less is not None
    page = recognizer.read(painted(dotted), layout="char", charset="a-z")
    assert page.text == "i"
    assert page.glyphs[0].box[1] <= 2


@pytest.mark.parametrize("blur", [1.4, 1.8])
def test_the_ring_of_a_tiny_character_is_not_filled_beyond_its_stroke(blur):
    six = np.full((30, 28), 200, np.float32)
    cv2.ellipse(six, (14, 18), (6, 4), 0, 0, 360, 90, 3, cv2.LINE_AA)
    cv2.line(six, (8, 16), (15, 5), 90, 3, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 3, six.shape)
    found = ink(np.clip(cv2.GaussianBlur(six, (0, 0), blur) + noise, 0, 255).astype(np.uint8))
    assert np.count_nonzero(found == 255) < 120
