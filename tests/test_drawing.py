"""drawing.py: canvas JSON to strokes and ink, and back."""

import io

import numpy as np
import pytest
from PIL import Image

from hwr import drawing
from hwr.errors import HwrError

# As the canvas component sends a stroke drawn with the mouse, shortened.
FREEHAND = {
    "type": "Path",
    "left": 90,
    "top": 70,
    "strokeWidth": 18,
    "path": [["M", 90, 20], ["Q", 90, 20, 90, 60], ["Q", 90, 80, 110, 100], ["L", 130, 120]],
}


def test_a_freehand_path_becomes_one_stroke():
    (stroke,) = drawing.pen_strokes({"objects": [FREEHAND]})
    assert stroke.width == 18
    assert stroke.points[0].tolist() == [90, 20]
    assert stroke.points[-1].tolist() == [130, 120]
    assert np.abs(stroke.points - (90, 60)).sum(axis=1).min() < 1e-9


def test_a_tap_is_a_dot():
    tap = {"type": "Path", "strokeWidth": 10, "path": [["M", 49.99, 50], ["L", 50.01, 50]]}
    ink = drawing.ink({"objects": [tap]}, width=100, height=100)
    assert 40 < (ink > 128).sum() < 120
    assert ink[50, 50] == 255


@pytest.mark.parametrize("odd", [None, {}, {"objects": []}, {"objects": [{"type": "Rect", "width": 3}]}])
def test_what_is_no_ink_gives_no_strokes(odd):
    assert drawing.pen_strokes(odd) == []
    assert not drawing.ink(odd, width=30, height=20).any()


def test_numbers_that_are_not_finite_are_left_out():
    broken = {**FREEHAND, "path": [["M", float("nan"), 2], ["L", 3, 4]]}
    assert len(drawing.pen_strokes({"objects": [broken, FREEHAND]})) == 1


def test_ink_is_where_the_stroke_is():
    ink = drawing.ink({"objects": [FREEHAND]}, width=300, height=200)
    assert ink.shape == (200, 300)
    assert ink[40, 90] == ink[40, 84] == 255
    assert ink[40, 105] == ink[0].max() == 0


def test_ink_outside_the_canvas_is_cut_off():
    outside = {**FREEHAND, "path": [["M", -500, 50], ["L", 900, 50]]}
    ink = drawing.ink({"objects": [outside]}, width=100, height=100)
    assert (ink[50] == 255).all()


def test_strokes_survive_the_way_to_the_canvas_and_back():
    written = drawing.write("7", box=(20, 20, 180, 180), pen=12)
    again = drawing.pen_strokes(drawing.to_drawing(written))
    assert len(again) == len(written)
    for before, after in zip(written, again, strict=True):
        assert np.abs(before.points - after.points).max() <= 0.051
        assert after.width == 12


def test_undo_takes_strokes_away_until_the_sheet_is_blank():
    two = {"objects": [FREEHAND, FREEHAND]}
    one = drawing.without_last(two)
    assert len(one["objects"]) == 1
    assert not drawing.is_blank(one)
    assert drawing.is_blank(drawing.without_last(one))
    assert drawing.is_blank(drawing.without_last(None))


def test_writing_stays_inside_its_box():
    written = drawing.write("Hand\n42", box=(10, 30, 410, 230), pen=8)
    points = np.concatenate([stroke.points for stroke in written])
    assert points[:, 0].min() >= 14 - 1e-6
    assert points[:, 1].min() >= 34 - 1e-6
    assert points[:, 0].max() <= 406 + 1e-6
    assert points[:, 1].max() <= 226 + 1e-6


def test_writing_is_seeded():
    box = (0.0, 0.0, 100.0, 100.0)
    first, again, other = (drawing.write("3", box=box, pen=5, seed=seed)[0].points for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_writing_nothing_is_no_strokes():
    assert drawing.write(" \n", box=(0, 0, 9, 9), pen=2) == []


def test_a_character_the_font_lacks_is_a_sentence():
    with pytest.raises(HwrError, match="stroke font"):
        drawing.write("\u2603", box=(0, 0, 9, 9), pen=2)


def test_a_page_of_our_own_is_a_picture_with_dark_ink():
    picture = np.asarray(Image.open(io.BytesIO(drawing.page_png("314", width=300, height=200, pen=8))))
    assert picture.shape == (200, 300)
    assert picture.max() == 255
    assert picture.min() == 0
    assert 0.01 < (picture < 128).mean() < 0.3


def test_a_sheet_believes_the_canvas_only_once_it_has_taken_the_new_drawing():
    sheet = drawing.Sheet()
    old, new = {"objects": [FREEHAND, FREEHAND]}, {"objects": [FREEHAND]}
    sheet.hear(old)
    sheet.restart(new)
    sheet.hear(old)
    assert sheet.drawing["objects"] == [FREEHAND]
    sheet.hear({"objects": [{**FREEHAND, "version": "7"}]})
    assert sheet.drawing["objects"] == [{**FREEHAND, "version": "7"}]
    sheet.hear({"objects": []})
    assert drawing.is_blank(sheet.drawing)


def test_the_same_drawing_put_on_a_sheet_again_is_a_new_start():
    sheet = drawing.Sheet()
    starts = []
    for _ in range(2):
        sheet.restart({"objects": []})
        starts.append(sheet.start)
    assert starts[0] != starts[1]
