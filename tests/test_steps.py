"""What reading sees on the way, and the ink of a box that a person drew."""

import cv2
import numpy as np
import pytest

from hwr import checkpoint, drawing, steps
from hwr.layout.cutout import cut_out, halves, skew_of
from hwr.preprocess import frame, ink, open_picture
from hwr.recognize import Recognizer

FRAMING = "emnist"  # of the weights digits
weights = pytest.mark.skipif(not checkpoint.list_weights(checkpoint.WEIGHTS), reason="there are no weights")


def inked(text: str, **how) -> np.ndarray:
    return ink(open_picture(drawing.page_png(text, **how)))


@weights
def test_a_box_is_framed_as_reading_framed_it():
    page_ink = inked("314\n2718")
    page = Recognizer.load("digits").read_ink(page_ink)
    seen = steps.steps(page_ink)
    assert page.text == "314\n2718"
    for glyph in page.glyphs:
        assert np.array_equal(frame(cut_out(page_ink, glyph.box).ink, FRAMING), glyph.image)
        assert np.array_equal(frame(seen.ink_of(glyph.box), FRAMING), glyph.image)


@weights
def test_touching_characters_come_out_as_they_were_cut():
    page_ink = inked("314")
    page_ink[300:306, 100:800] = 255  # one stroke through all three
    page = Recognizer.load("digits").read_ink(page_ink, reader="glyphs")
    seen = steps.steps(page_ink)
    assert len(page.glyphs) > 1
    for glyph in page.glyphs:
        assert np.array_equal(frame(seen.ink_of(glyph.box), FRAMING), glyph.image)


@weights
def test_boxes_drawn_by_hand_are_read():
    recognizer = Recognizer.load("digits")
    page_ink = inked("314")
    boxes = [
        (x0 - 20, y0 - 15, x1 + 20, y1 + 9) for x0, y0, x1, y1 in (g.box for g in recognizer.read_ink(page_ink).glyphs)
    ]
    read = recognizer.read_boxes(page_ink, boxes)
    assert "".join(glyph.char for glyph in read) == "314"
    assert [glyph.box for glyph in read] == boxes
    assert min(glyph.confidence for glyph in read) > 0.5
    assert recognizer.read_boxes(page_ink, boxes[:1], charset="5-9")[0].char in "56789"
    assert recognizer.read_boxes(page_ink, []) == []


@weights
def test_a_box_without_ink_is_a_question():
    (glyph,) = Recognizer.load("digits").read_boxes(inked("314"), [(0, 0, 30, 30)])
    assert (glyph.char, glyph.confidence, glyph.image) == ("?", 0.0, None)


def test_a_neighbour_that_reaches_into_a_box_is_left_out():
    page = np.zeros((200, 300), np.uint8)
    cv2.line(page, (60, 40), (60, 160), 255, 8)
    cv2.line(page, (110, 40), (75, 160), 255, 8)  # its foot is in the box of the first
    piece = cut_out(page, (45, 30, 85, 170))
    assert piece.box[0] >= 50
    assert piece.box[2] <= 70
    assert piece.ink.any()


def test_a_box_in_a_stroke_cuts_it():
    page = np.zeros((200, 300), np.uint8)
    cv2.line(page, (20, 100), (280, 100), 255, 10)
    piece = cut_out(page, (100, 60, 150, 140))
    assert 48 <= piece.ink.shape[1] <= 53


def test_touching_characters_are_cut_between_them():
    page = np.zeros((200, 300), np.uint8)
    for x in (60, 150):
        cv2.rectangle(page, (x, 50), (x + 60, 150), 255, 8)
    cv2.line(page, (120, 100), (150, 100), 255, 6)
    left, right = halves(cut_out(page, (40, 30, 230, 170)))
    assert 115 < left[2] <= right[0] + 3 < 158
    assert halves(cut_out(page, (0, 0, 9, 9))) == []


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (299, 199, 300, 200), (0, 0, 300, 200)])
def test_any_box_of_a_blank_page_is_blank(box):
    piece = cut_out(np.zeros((200, 300), np.uint8), box)
    assert piece.box == box
    assert not piece.ink.any()


def turned(degrees: float) -> np.ndarray:
    page = np.zeros((900, 1200), np.uint8)
    page[200:700, 100:1000] = inked("31427\n18281", width=900, height=500)
    matrix = cv2.getRotationMatrix2D((600, 450), degrees, 1.0)
    return cv2.warpAffine(page, matrix, (1200, 900))


def test_a_page_that_hangs_is_shown_upright():
    seen = steps.steps(turned(-12))
    assert abs(np.rad2deg(seen.skew) - 12) < 2
    level = 255 - steps.upright(seen)
    rows = level.max(axis=1) > 128
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) == 2  # two lines with blank rows between them
    hanging = turned(-12).max(axis=1) > 128
    assert np.count_nonzero(np.diff(hanging.astype(int)) == 1) == 1


def test_the_pictures_show_lines_and_pieces():
    seen = steps.steps(inked("314\n2718"))
    assert steps.upright(seen).shape == (560, 900)
    assert len(seen.pieces) == 7
    lines = steps.line_picture(seen)
    first, second = (np.array(color) for color in steps.LINE_COLORS[:2])
    for color, piece in ((first, seen.pieces[0]), (second, seen.pieces[-1])):
        x0, y0, x1, y1 = piece.box
        assert (np.abs(lines[y0:y1, x0:x1].astype(int) - color).max(axis=2) < 3).any()
    boxes = steps.piece_picture(seen)
    x0, y0, _, _ = seen.pieces[0].box
    assert tuple(boxes[y0, x0]) == steps.PIECE


def test_a_large_page_is_shown_small_and_a_blank_one_blank():
    seen = steps.steps(np.zeros((3000, 4000), np.uint8))
    assert steps.upright(seen).shape == (1050, 1400)
    assert (steps.line_picture(seen) == np.array(steps.PAPER)).all()
    assert steps.piece_picture(seen).shape == (1050, 1400, 3)
    assert skew_of(seen.ink) == 0
