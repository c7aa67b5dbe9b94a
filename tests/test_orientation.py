"""Pages that lie at any angle are read upright; what is short is never turned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr.layout import find_lines
from hwr.layout.orientation import find_turn
from hwr.preprocess import ink
from hwr.recognize import Recognizer
from hwr.results import Glyph
from hwr.steps import steps, upright
from hwr.synthetic import draw_text

TEXT = "HAMBURG 2475\nREAD 34 MAPS\nKEEP 57 RAFTS"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("characters")


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    """The picture turned clockwise on white paper that holds all of it."""
    height, width = picture.shape[:2]
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(picture, -int(degrees) // 90))
    side = int(np.hypot(height, width)) + 20
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    matrix[:, 2] += [(side - width) / 2, (side - height) / 2]
    return cv2.warpAffine(picture, matrix, (side, side), borderValue=(255, 255, 255))


def errors(read: str, wanted: str) -> int:
    first, second = (text.upper().replace(" ", "") for text in (read, wanted))
    return sum(a != b for a, b in zip(first, second, strict=False)) + abs(len(first) - len(second))


@pytest.mark.parametrize("degrees", [0, 30, 45, 60, 90, 135, 180, 240, 270, 345])
def test_a_page_at_any_angle_is_read_upright(recognizer, degrees):
    picture = draw_text(TEXT, seed=5, height=60)
    page = recognizer.read(turned(picture, degrees))
    assert errors(page.text, TEXT) <= 3
    x0, y0, x1, y1 = page.lines[0].glyphs[0].box
    assert 0 <= x0 < x1 <= page.width
    assert 0 <= y0 < y1 <= page.height


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_the_pieces_of_a_turned_page_are_those_of_the_page_upright(turn):
    inked = ink(draw_text("2475\nREAD", seed=5, height=60))
    standing = find_lines(inked)
    lying = np.ascontiguousarray(np.rot90(inked, -turn))
    rows = find_lines(lying, turn=turn)
    assert [len(row.pieces) for row in rows] == [len(row.pieces) for row in standing]
    for row, other in zip(rows, standing, strict=True):
        for piece, same in zip(row.pieces, other.pieces, strict=True):
            assert np.array_equal(piece.ink, same.ink)
            x0, y0, x1, y1 = piece.box
            assert np.array_equal(np.rot90(lying[y0:y1, x0:x1], turn).shape, same.ink.shape)


@pytest.mark.parametrize("text", ["0", "1", "6", "8", "9", "66", "99", "0180", "6O9"])
def test_what_is_short_stays_as_it_stands(recognizer, text):
    picture = draw_text(text, seed=3, height=80)
    for degrees in (0, 180):
        way = turned(picture, degrees)
        assert recognizer.read(way).text == recognizer.read_ink(ink(way)).text


def test_the_ink_of_a_canvas_is_never_turned(recognizer):
    picture = turned(draw_text(TEXT, seed=5, height=60), 180)
    assert errors(recognizer.read_ink(ink(picture)).text, TEXT) > 10
    assert errors(recognizer.read(picture).text, TEXT) <= 3


def test_a_turned_piece_is_no_wider_than_its_ink():
    for row in find_lines(ink(turned(draw_text("2475\nREAD", seed=5, height=60), 25))):
        for piece in row.pieces:
            assert piece.ink[0].any()
            assert piece.ink[-1].any()
            assert piece.ink[:, 0].any()
            assert piece.ink[:, -1].any()


def test_looking_again_at_a_turned_page_finds_it_upright(recognizer):
    picture = turned(draw_text(TEXT, seed=5, height=60), 90)
    page = recognizer.read(picture)
    seen = steps(ink(picture), turn=page.turn)
    assert page.turn == 1
    assert len(seen.pieces) == len(page.glyphs)
    height, width = upright(seen).shape
    assert width > height
    boxes = [glyph.box for glyph in page.glyphs]
    again = recognizer.read_boxes(seen.ink, boxes, skew=seen.skew)
    assert errors("".join(glyph.char for glyph in again), page.text.replace("\n", "")) <= 3


def way_of(said: dict[int, tuple[str, float, float]], oddness=lambda text: None) -> tuple[int, int]:
    """How a page is found to lie of which in each of the four ways a text is read, so surely, and at a look at its pieces;
    and in how many ways its words or more were looked at."""
    inked = ink(draw_text("READ\nMAPS\nRAFT", seed=5, height=60))
    rows, closely = find_lines(inked), set()

    def words(turn: int, sure: float) -> list[list[Glyph]]:
        return [[Glyph(char, sure, (0, 0, 1, 1), ((char, sure),)) for char in word] for word in said[turn][0].split()]

    def glance(rows, look: str):
        turn = round(rows[0].pieces[0].skew / (np.pi / 2)) % 4
        if look != "pieces":
            closely.add(turn)
        return [words(turn, said[turn][2 if look == "pieces" else 1])]

    return find_turn(inked, rows, words(0, said[0][1]), glance, oddness), len(closely)


ODD = {"sixubd ubia": 3.6, "audited eign": 1.1, "kxmro tsibd": 4.5, "abcde fghij": 3.5}


@pytest.mark.parametrize(
    ("standing", "over", "turn"),
    [
        ("sixubd ubia", "audited eign", 2),  # a little surer and words, as what stands is none
        ("audited eign", "sixubd ubia", 0),
        ("kxmro tsibd", "abcde fghij", 0),  # neither is words
        ("sixubd ubia", "3182 417", 0),
    ],
)
def test_a_page_is_rather_turned_to_where_it_is_spelled_like_words(standing, over, turn):
    said = {0: (standing, 0.75, 0.6), 2: (over, 0.86, 0.7)} | dict.fromkeys((1, 3), ("os osjs", 0.5, 0.5))
    assert way_of(said, ODD.get) == (turn, 2)


@pytest.mark.parametrize(("quick", "closely"), [(0.3, 4), (0.5, 0)])
def test_where_letters_are_joined_a_quick_look_does_not_decide(quick, closely):
    said = {0: ("zroor hal", 0.5, quick), 2: ("moned bint", 0.9, quick - 0.05)}
    said |= dict.fromkeys((1, 3), ("os osjs", 0.5, quick - 0.05))
    assert way_of(said) == (2 if closely else 0, closely)


@pytest.mark.parametrize("seed", [0, 4, 6])
@pytest.mark.parametrize("turn", [0, 2])
def test_a_page_of_numbers_is_read_upright(recognizer, seed, turn):
    """Many digits look like others upside down, and are read rather surely there; upright all are read surely."""
    rng = np.random.default_rng(seed)
    numbers = ["".join(rng.choice(list("0123456789"), rng.integers(2, 7))) for _ in range(20)]
    page = draw_text("\n".join(" ".join(numbers[row : row + 4]) for row in range(0, 20, 4)), seed=seed, height=48)
    assert recognizer.read(np.ascontiguousarray(np.rot90(page, turn)), charset="0-9").turn == turn
