"""hwr.layout: pages to lines, words and one piece of ink a character."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr.layout import Piece, Row, Scale, best_path, find_lines, lattice
from hwr.layout.cuts import slices
from hwr.preprocess import ink
from hwr.synthetic.page import draw_text

SHAPES = {  # strokes in a box of 60 x 100, baseline at 100
    "1": [[(30, 0), (30, 100)]],
    "7": [[(5, 0), (55, 0), (25, 100)]],
    "0": [[(30, 0), (5, 30), (5, 70), (30, 100), (55, 70), (55, 30), (30, 0)]],
    "i": [[(30, 45), (30, 100)], [(30, 18), (30, 20)]],
    "=": [[(5, 40), (55, 40)], [(5, 65), (55, 65)]],
    "5": [[(15, 0), (10, 45), (50, 55), (45, 95), (8, 98)], [(22, 0), (55, 0)]],  # its bar is detached
    "4": [[(20, 0), (5, 60), (55, 60)], [(42, 30), (42, 100)]],
    "x": [[(10, 45), (50, 100)], [(50, 45), (10, 100)]],
    "-": [[(8, 55), (52, 55)]],
}


def write(page: np.ndarray, text: str, at: tuple[int, int], *, scale: float = 1.0, pen: int = 6, fall: float = 0.0):
    """Draw text in black on a page, its top left corner at `at`; each next character is `fall` pixels lower."""
    x, y = at
    for number, char in enumerate(text):
        for stroke in SHAPES.get(char, []):
            points = np.array(stroke) * scale + (x, y + number * fall)
            cv2.polylines(page, [np.round(points).astype(np.int32)], False, 0, pen, cv2.LINE_AA)
        x += round(85 * scale)


def page(width: int = 900, height: int = 400) -> np.ndarray:
    return np.full((height, width), 255, np.uint8)


def counts(lines: list[Row]) -> list[list[int]]:
    return [[len(word) for word in line.words] for line in lines]


def pieces(lines: list[Row]) -> list[Piece]:
    return [piece for line in lines for piece in line.pieces]


def test_lines_words_and_reading_order():
    sheet = page()
    write(sheet, "704 10", (40, 240))
    write(sheet, "17", (60, 60))
    lines = find_lines(ink(sheet))
    assert counts(lines) == [[2], [3, 2]]
    boxes = [piece.box for piece in pieces(lines[1:])]
    assert boxes == sorted(boxes)
    assert boxes[0] == pytest.approx((42, 237, 98, 343), abs=5)


@pytest.mark.parametrize("pen", [4, 8, 12, 26])
@pytest.mark.parametrize("layout", ["page", "line", "char"])
def test_dots_that_a_pen_only_taps_are_seen(layout, pen):
    sheet = page()
    cv2.line(sheet, (200, 130), (200, 200), 0, pen, cv2.LINE_AA)
    for x, y in ((200, 95), (260, 196)):  # that of an i, and a full stop
        cv2.circle(sheet, (x, y), pen // 2, 0, -1, cv2.LINE_AA)
    boxes = [piece.box for piece in pieces(find_lines(ink(sheet), layout))]
    assert min(y0 for _, y0, _, _ in boxes) < 96
    assert max(x1 for _, _, x1, _ in boxes) > 259


@pytest.mark.parametrize("text", ["ii1", "5505", "=1=", "4x4", "x-1"])
def test_dots_and_detached_bars_join_their_character(text):
    sheet = page()
    write(sheet, text, (50, 120))
    assert counts(find_lines(ink(sheet))) == [[len(text)]]


@pytest.mark.parametrize("fall", [-14, 14])
def test_lines_that_slant_stay_lines(fall):
    sheet = page(1100, 700)
    for row in range(3):
        write(sheet, "70417047", (60, 150 + 150 * row), fall=fall)
    assert counts(find_lines(ink(sheet))) == [[8], [8], [8]]


def test_a_wavy_line_is_one_line():
    sheet = page(1300)
    for number, char in enumerate("7041704170"):
        write(sheet, char, (50 + 100 * number, 130 + round(45 * np.sin(number / 1.5))))
    assert counts(find_lines(ink(sheet))) == [[10]]


def test_sparse_rows_that_step_stay_rows():
    sheet = page(1300, 900)
    for row in range(3):
        for column, step in enumerate((0, 0, -14, 8, 0, 62, 66, 60, 70, 62)):
            write(sheet, "0", (60 + 120 * column, 60 + 270 * row + step), scale=0.8)
    assert counts(find_lines(ink(sheet))) == [[10]] * 3


@pytest.mark.parametrize("inverted", [False, True])
def test_specks_rules_frames_and_rims_are_no_characters(inverted):
    sheet = page()
    write(sheet, "704", (300, 140))
    for place in ((60, 60), (700, 350), (640, 100)):
        cv2.circle(sheet, place, 1, 60, -1)
    cv2.rectangle(sheet, (200, 90), (700, 300), 0, 3)
    cv2.line(sheet, (0, 370), (899, 372), 0, 2)
    sheet[:, :9] = 0
    assert counts(find_lines(ink(255 - sheet if inverted else sheet))) == [[3]]


def test_blank_ink_has_no_lines():
    for layout in ("page", "line", "char"):
        assert find_lines(np.zeros((90, 90), np.uint8), layout) == []


def test_line_and_char_take_everything():
    sheet = page()
    write(sheet, "70", (100, 40))
    write(sheet, "4", (300, 220))
    assert len(find_lines(ink(sheet), "line")) == 1
    (piece,) = pieces(find_lines(ink(sheet), "char"))
    assert piece.box == pytest.approx((102, 37, 358, 323), abs=5)


def test_a_piece_holds_its_own_ink_alone():
    sheet = page()
    cv2.polylines(sheet, [np.array([(100, 300), (220, 100)])], False, 0, 8, cv2.LINE_AA)  # slanted, boxes overlap
    cv2.polylines(sheet, [np.array([(180, 300), (300, 100)])], False, 0, 8, cv2.LINE_AA)
    inked = ink(sheet)
    first, second = pieces(find_lines(inked))
    total = int(first.ink.astype(int).sum() + second.ink.astype(int).sum())
    assert first.box[2] > second.box[0]
    assert total == pytest.approx(int(inked.astype(int).sum()), rel=0.01)
    assert first.ink.astype(int).sum() == pytest.approx(total / 2, rel=0.05)


def test_touching_characters_may_be_cut_where_they_touch():
    sheet = page()
    cv2.circle(sheet, (150, 200), 50, 0, 8, cv2.LINE_AA)
    cv2.circle(sheet, (256, 200), 50, 0, 8, cv2.LINE_AA)
    (whole,) = pieces(find_lines(ink(sheet)))
    edges, spans = slices(whole, Scale(108))
    touch = min(range(len(edges)), key=lambda place: edges[place].span)
    left = next(span.piece for span in spans if (span.start, span.stop) == (0, touch + 1))
    right = next(span.piece for span in spans if (span.start, span.stop) == (touch + 1, len(edges) + 1))
    assert left.box == pytest.approx((96, 146, 204, 254), abs=6)
    assert right.box == pytest.approx((203, 146, 310, 254), abs=6)
    assert left.ink.shape == (left.box[3] - left.box[1], left.box[2] - left.box[0])


@pytest.mark.parametrize(("whole", "half", "count"), [(0.95, 0.2, 1), (0.05, 0.99, 2)])
def test_reading_decides_whether_a_wide_piece_is_cut(whole, half, count):
    sheet = page()
    for x in (150, 256):
        cv2.circle(sheet, (x, 200), 50, 0, 8, cv2.LINE_AA)
    (piece,) = pieces(find_lines(ink(sheet)))
    word = lattice([piece], [True], Scale(108, gap=0.05))
    assert len(lattice([piece], [False], Scale(108)).spans) == 1
    chances = [whole if span.piece is piece else half if 85 < span.piece.width < 130 else 0.02 for span in word.spans]
    assert len(best_path(word, chances)) == count


@pytest.mark.parametrize(("together", "alone", "count"), [(0.99, 0.3, 1), (0.1, 0.99, 2)])
def test_reading_decides_whether_fragments_are_one_character(together, alone, count):
    sheet = page()
    write(sheet, "7041", (50, 120))
    cv2.polylines(sheet, [np.array([(400, 125), (395, 175), (430, 185), (420, 218), (398, 220)])], False, 0, 6)
    cv2.line(sheet, (448, 122), (482, 124), 0, 6)  # the bar of a 5 that was written some way off
    five = pieces(find_lines(ink(sheet)))[-2:]
    word = lattice(five, [True, True], Scale(106))
    chances = [together if span.piece not in five else alone for span in word.spans]
    assert len(best_path(word, chances)) == count


def test_a_cut_of_a_page_that_is_askew_has_its_box_in_the_picture():
    ink_ = np.zeros((60, 200), np.uint8)
    ink_[5:55, 5:195] = 255
    piece = Piece((280, 350, 500, 450), ink_, x=350.0, y=300.0, skew=np.deg2rad(10))
    part = piece.only(np.arange(200)[None, :] < 100)
    assert part is not None
    x, y = 350 + 52.5, 300 + 30  # the middle of what is left, on the levelled page
    middle = (x * np.cos(piece.skew) - y * np.sin(piece.skew), x * np.sin(piece.skew) + y * np.cos(piece.skew))
    assert ((part.box[0] + part.box[2]) / 2, (part.box[1] + part.box[3]) / 2) == pytest.approx(middle, abs=1.5)


def marks(sheet: np.ndarray) -> list[str]:
    return [piece.mark for piece in pieces(find_lines(ink(sheet)))]


def test_marks_are_told_from_characters():
    sheet = page()
    write(sheet, "7-4=1", (50, 120))
    cv2.circle(sheet, (490, 216), 5, 0, -1, cv2.LINE_AA)
    assert marks(sheet) == ["", "-", "", "=", "", "."]


def test_a_steep_page_gives_level_lines_of_upright_pieces():
    sheet = page(1200, 900)
    for row in range(4):
        write(sheet, "70417041", (240, 200 + 150 * row))
    turn = cv2.getRotationMatrix2D((600, 450), -20, 1)
    tilted = cv2.warpAffine(sheet, turn, (1200, 900), borderValue=255)
    lines = find_lines(ink(tilted))
    assert counts(lines) == [[8]] * 4
    bar = lines[0].words[0][3].ink  # a 1: upright again, so narrow
    rows, columns = np.nonzero(bar > 127)
    assert np.ptp(columns) < 0.2 * np.ptp(rows)


def test_a_brace_beside_lines_is_no_character():
    sheet = page(900, 500)
    for row in range(3):
        write(sheet, "704", (200, 50 + 150 * row))
    cv2.polylines(sheet, [np.array([(150, 40), (130, 60), (130, 440), (150, 460)])], False, 0, 6)
    assert counts(find_lines(ink(sheet))) == [[3], [3], [3]]


def test_joined_writing_may_reach_the_edges_of_a_line_cut_out_tight():
    inked = np.zeros((50, 160), np.uint8)
    cv2.putText(inked, "300", (2, 48), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 5)
    inked[22:27, 20:140] = 255  # all in one
    inked[:26, 70:75] = 255  # from the top to the bottom
    assert not find_lines(inked)
    (row,) = find_lines(inked, "line")
    assert sum(piece.width for piece in row.pieces) > 100


@pytest.mark.parametrize("turn", [0, 1])
def test_what_the_side_cuts_off_is_of_the_page_beside(turn):
    sheet = page()
    write(sheet, "704 10", (300, 60))
    write(sheet, "0", (-30, 240))
    write(sheet, "45", (870, 240))  # of the 4 a third is there
    found = find_lines(np.rot90(255 - sheet, -turn).copy(), turn=turn)
    assert counts(found) == [[3, 2]]
    alone = page()
    write(alone, "0", (-30, 240))
    assert counts(find_lines(np.rot90(255 - alone, -turn).copy(), turn=turn)) == [[1]]
    write(alone, "14", (100, 240))
    (row,) = counts(find_lines(np.rot90(255 - alone, -turn).copy(), turn=turn))
    assert sum(row) == 3


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("below", [False, True])
def test_what_is_left_of_a_line_beyond_the_picture_joins_no_character(below, turn):
    sheet = page(900, 330)
    write(sheet, "7=41", (60, 120))
    tail = np.array([(190, 0), (180, 45), (160, 40)]) if not below else np.array([(190, 329), (185, 290), (165, 285)])
    cv2.polylines(sheet, [tail], False, 0, 6, cv2.LINE_AA)
    (row,) = find_lines(ink(np.ascontiguousarray(np.rot90(sheet, -turn))), "page", turn)
    found = [piece for word in row.words for piece in word]
    assert len(found) == 4
    assert all(piece.height < 120 for piece in found)


@pytest.mark.parametrize("layout", ["page", "line"])
def test_a_dot_at_the_edge_stays_with_its_character(layout):
    sheet = page(500, 300)
    write(sheet, "1i1i", (60, 100))
    cv2.rectangle(sheet, (0, 0), (499, 115), 255, -1)
    found = pieces(find_lines(ink(sheet[116:]), layout))
    assert [piece.box[1] <= 1 for piece in found] == [True] * 4


@pytest.mark.parametrize(("thickness", "askew"), [(2, 0), (5, 0), (2, 5), (3, -3)])
@pytest.mark.parametrize("crossing", [False, True])
def test_boxes_around_single_characters_are_left_out(crossing, thickness, askew):
    sheet = page()
    for place, char in enumerate("704"):
        write(sheet, char, (100 + 150 * place, 140))
        cv2.rectangle(sheet, (70 + 150 * place, 100), (195 + 150 * place, 280), 0, thickness)
    cv2.rectangle(sheet, (70 + 450, 100), (195 + 450, 280), 0, thickness)  # nothing is in it
    if crossing:
        cv2.line(sheet, (250, 180), (345, 180), 0, 5)  # from the nought to the side of its box
    turn = cv2.getRotationMatrix2D((350, 190), askew, 1)
    sheet = cv2.warpAffine(sheet, turn, sheet.shape[::-1], borderValue=255)
    boxes = [piece.box for piece in pieces(find_lines(ink(sheet)))]
    assert len(boxes) == 3
    assert all(x0 > 70 + 150 * place and x1 < 203 + 150 * place for place, (x0, _, x1, _) in enumerate(boxes))


def test_a_cell_that_its_character_crosses_is_left_out():
    sheet = np.full((75, 84), 240, np.uint8)
    cv2.rectangle(sheet, (6, 6), (77, 70), 30, 2)
    cv2.polylines(sheet, [np.array([(30, 2), (30, 35), (60, 35)]), np.array([(52, 2), (52, 60)])], False, 60, 5)  # a 4
    (piece,) = pieces(find_lines(ink(sheet), "char"))
    x0, _, x1, _ = piece.box
    assert x0 > 20
    assert x1 < 70


def test_a_box_with_nothing_in_it_may_be_a_character():
    sheet = page()
    cv2.rectangle(sheet, (100, 100), (180, 250), 0, 6)
    assert counts(find_lines(ink(sheet))) == [[1]]


def test_a_picture_cut_close_around_a_line_keeps_its_first_and_last_character():
    sheet = page()
    write(sheet, "7040", (100, 100))
    rows, columns = np.nonzero(sheet < 128)
    cut = sheet[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert counts(find_lines(ink(cut))) == [[4]]


@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_parts_of_a_turned_piece_stay_in_its_box(seed):
    page = draw_text("word\nline", seed=seed, height=60)[36:-36, 36:-36]  # cut close: the ink is at the picture's edges
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 6, 1)
    turned = cv2.warpAffine(page, turn, (width, height), borderValue=(250, 246, 236))
    pieces = [piece for row in find_lines(ink(turned), "page") for piece in row.pieces]
    whole = Piece.joined(pieces)
    assert whole.skew
    for x in range(0, whole.width, 5):
        part = whole.only((np.arange(whole.width) // 5 == x // 5)[None])
        if part:
            x0, y0, x1, y1 = part.box
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height
