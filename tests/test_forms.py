"""Printed lines of forms go, and what is written on them, in them and across them stays."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from benchmarks.forms import FORMS
from hwr.preprocess import ink
from hwr.preprocess.forms import Lines, box_mask, line_mask
from hwr.preprocess.rule import Rule, erased
from hwr.preprocess.segments import segments
from hwr.recognize import Recognizer
from hwr.synthetic import draw_text

NUMBERS = ("2357", "69", "48", "903257", "364", "5029")
WIDE, TALL, STEP = 72, 84, 130  # pixels of a cell, and from line to line
RULED = ("HELLO 1234", "THE FIELD 808", "I HIT HIM 711", "LINED 4471", "HILL END 194", "TELL ELI 3110")
LETTERS = "BOARD EH\nTFLMN\nHELD 8870"


@functools.cache
def drawn(text: str, high: int, seed: int = 3) -> np.ndarray:
    """The ink of a text without a margin, so many pixels high: uint8 (h, w), 255 on 0."""
    inked = ink(draw_text(text, seed=seed, height=90))
    rows, columns = np.flatnonzero(inked.max(1) > 60), np.flatnonzero(inked.max(0) > 60)
    crop = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cv2.resize(crop, (max(8, round(high * crop.shape[1] / crop.shape[0])), high), interpolation=cv2.INTER_AREA)


def digit(char: str, seed: int) -> np.ndarray:
    return drawn(char, 54, seed)


def filled_in(name: str, *, seed: int = 1, degrees: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """A form of this kind with the NUMBERS in it, two in each of its three rows; some digits reach over their cells."""
    form, rng = FORMS[name], np.random.default_rng(seed)
    sheet = np.full((3 * STEP + 60, 1150, 3), form.back, np.float32)
    written = np.zeros(sheet.shape[:2], np.uint8)
    for place, text in enumerate(NUMBERS):
        left, top = 60 + place % 2 * 560, 40 + place // 2 * STEP
        starts = [left + n * (WIDE + form.apart) for n in range(len(text))]
        form.draw(sheet, [(x, top, x + WIDE, top + TALL) for x in starts])
        for x, char in zip(starts, text, strict=True):
            glyph = digit(char, seed)
            y0, x0 = top + 15 + int(rng.integers(-9, 10)), x + (WIDE - glyph.shape[1]) // 2 + int(rng.integers(-7, 8))
            part = written[y0 : y0 + glyph.shape[0], x0 : x0 + glyph.shape[1]]
            np.maximum(part, glyph, out=part)
    share = written[:, :, None] / np.float32(255)
    picture = (share * np.array([40, 45, 110], np.float32) + (1 - share) * sheet).astype(np.uint8)
    matrix = cv2.getRotationMatrix2D((575, 225), degrees, scale)
    matrix[:, 2] += (scale - 1) * np.array([575, 225])
    size = round(scale * picture.shape[1]), round(scale * picture.shape[0])
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_AREA, borderValue=form.back)


def read(picture: np.ndarray) -> str:
    return Recognizer.load("digits").read(picture, charset="0-9").text


LINED = "\n".join(" ".join(NUMBERS[place : place + 2]) for place in (0, 2, 4))


@pytest.mark.parametrize("name", FORMS)
def test_numbers_are_read_from_forms(name):
    assert read(filled_in(name)) == LINED


@pytest.mark.parametrize("name", ["boxes", "boxes apart", "comb", "line", "dashed boxes"])
@pytest.mark.parametrize(("degrees", "scale"), [(1.5, 1.0), (0.0, 2.2)])
def test_forms_may_be_tilted_and_large(name, degrees, scale):
    assert read(filled_in(name, degrees=degrees, scale=scale)) == LINED


@pytest.mark.parametrize("name", ["boxes", "boxes apart", "round boxes", "table", "one box", "dashed boxes"])
def test_hardly_anything_of_a_box_is_left_and_little_of_a_stroke_is_lost(name):
    bare, formed = ink(filled_in("no form")) > 128, ink(filled_in(name)) > 128
    if FORMS[name].apart:
        assert formed.sum() < 1.1 * bare.sum()
        return
    near = cv2.dilate(bare.view(np.uint8), np.ones((9, 9), np.uint8)) == 1
    assert (formed & ~near).sum() < 0.01 * bare.sum()
    assert (bare & ~formed).sum() < 0.05 * bare.sum()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("text", [LETTERS, "2357 80\n1141 64", "the quick\nbrown fox", "3+4=7-2"])
def test_no_stroke_is_taken_for_a_form(text, seed):
    inked = ink(draw_text(text, seed=seed, height=60))
    lines = Lines.of(inked)
    assert box_mask(inked, lines) is None
    assert line_mask(inked, lines) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("pitch", "grey", "thick"), [(50, 205, 2), (50, 150, 3), (52, 150, 3), (57, 150, 3)])
def test_letters_that_go_from_one_rule_to_the_next_are_kept(pitch, grey, thick, seed):
    written = np.zeros((8 * pitch, 900), np.uint8)
    for number, text in enumerate(RULED):
        row, foot = digit(text, seed + number), (number + 2) * pitch + 1
        written[foot - len(row) : foot, 40 : 40 + row.shape[1]] |= row
    sheet = np.full(written.shape, 240, np.uint8)
    for foot in range(pitch, len(sheet), pitch):
        cv2.line(sheet, (0, foot), (899, foot), grey, thick)
    share = written / np.float32(255)
    bare, ruled = (ink((40 * share + (1 - share) * paper).astype(np.uint8)) > 128 for paper in (np.float32(240), sheet))
    assert (bare & ~ruled).sum() < 0.02 * bare.sum()


def test_a_box_in_which_nothing_is_written_stays():
    drawn = np.zeros((200, 200), np.uint8)
    cv2.rectangle(drawn, (50, 40), (150, 160), 255, 4)
    assert box_mask(drawn, Lines.of(drawn)) is None
    cv2.putText(drawn, "7", (75, 130), cv2.FONT_HERSHEY_SIMPLEX, 3, 255, 6)
    mask = box_mask(drawn, Lines.of(drawn))
    assert mask[40, 60:140].all()
    assert mask[60:140, 150].all()
    assert not mask[60:140, 70:135].any()


@pytest.mark.parametrize("slope", [0.0, 0.05, -0.05])
def test_a_segment_is_found_where_it_lies_whatever_hangs_on_it(slope):
    solid = np.zeros((300, 600), np.uint8)
    cv2.line(solid, (60, 150), (460, round(150 + 400 * slope)), 1, 3)
    cv2.circle(solid, (200, 150), 40, 1, 8)
    cv2.line(solid, (300, 60), (310, 260), 1, 9)
    longest = max(segments(solid), key=lambda each: each.length)
    assert abs(longest.x0 - 60) < 8
    assert abs(longest.x1 - 460) < 8
    columns = np.array([100, 250, 420])
    assert np.abs(longest.heights(columns) - (150 + slope * (columns - 60))).max() < 2.5
    assert 2 <= longest.thickness <= 5


def test_a_circle_is_no_segment():
    solid = np.zeros((300, 300), np.uint8)
    cv2.circle(solid, (150, 150), 100, 1, 3)
    assert not [each for each in segments(solid) if each.length > 70]


def test_a_stroke_along_a_rule_does_not_keep_it_and_one_across_does():
    drawn = np.zeros((60, 200), np.uint8)
    cv2.line(drawn, (0, 30), (199, 30), 255, 3)
    cv2.line(drawn, (20, 36), (90, 36), 255, 7)
    cv2.line(drawn, (150, 5), (150, 55), 255, 7)
    rule = Rule(np.arange(200), np.full(200, 30), 3.0, 255.0, np.full(200, 255.0), 0.0)
    left = erased(drawn, [rule], beside=20)
    assert not left[29:31, 30:80].any()
    assert left[5:55, 150].all()
    assert erased(drawn, [rule])[30, 30:80].all()


def test_squared_paper_is_no_form():
    """Its squares are the rules' business: strokes would be taken for the sides of some."""
    squares = np.zeros((600, 800), np.uint8)
    for place in range(20, 800, 40):
        cv2.line(squares, (place, 0), (place, 599), 120, 2)
        if place < 600:
            cv2.line(squares, (0, place), (799, place), 120, 2)
    cv2.putText(squares, "7 2", (90, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, 255, 6)
    lines = Lines.of(squares)
    assert lines.are_squares
    assert box_mask(squares, lines) is None
    assert not Lines.of(squares[:, :150]).are_squares


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("share", [0.65, 0.8])
@pytest.mark.parametrize("grey", [150, 180])
def test_digits_one_to_a_square_are_kept_and_the_squares_go(share, grey, seed):
    """Also where the outermost of the squares' lines lie near to all four sides of the picture, as a frame would."""
    pitch, written = 44, np.zeros((704, 704), np.uint8)
    for row, text in enumerate(("1234567890", "77 15 92", "3071 964", "25 4 100", "617 823")):
        for column, char in enumerate(text.replace(" ", "")):
            glyph = cv2.resize(digit(char, seed + column), None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
            y = pitch * (2 * row + 1) + (pitch - glyph.shape[0]) // 2 + (row + column) % 4 - 1
            x = pitch * (column + 2) + (pitch - glyph.shape[1]) // 2
            written[y : y + glyph.shape[0], x : x + glyph.shape[1]] |= glyph
    sheet = np.full(written.shape, 240, np.uint8)
    for place in range(pitch, 704, pitch):
        cv2.line(sheet, (0, place), (703, place), grey, 2)
        cv2.line(sheet, (place, 0), (place, 703), grey, 2)
    inked, noise = written / np.float32(255), np.random.default_rng(seed).normal(0, 3, written.shape)
    bare, squared = (
        ink((40 * inked + (1 - inked) * paper + noise).clip(0, 255).astype(np.uint8)) > 128
        for paper in (np.float32(240), sheet)
    )
    assert (bare & ~squared).sum() < 0.02 * bare.sum()
    assert (squared & ~bare).sum() < 0.05 * bare.sum()


@pytest.mark.parametrize(
    ("thick", "long", "touched", "is_line"),
    [(6, 190, True, False), (6, 190, False, True), (2, 190, True, True), (6, 360, True, True), (6, 120, False, False)],
)
def test_a_line_is_bare_or_finer_than_the_pen_or_very_long_or_it_may_be_the_feet_of_joined_letters(
    thick, long, touched, is_line
):
    drawn = np.zeros((300, 700), np.uint8)
    for x in range(250, 650, 60):
        cv2.line(drawn, (x, 60), (x - 15, 114), 255, 10)
    for x in range(50, 40 + long, 24) if touched else []:
        cv2.line(drawn, (x, 200), (x + 10, 150), 255, 10)
    cv2.line(drawn, (40, 200), (40 + long, 200), 255, thick)
    assert (line_mask(drawn, Lines.of(drawn)) is not None) == is_line
