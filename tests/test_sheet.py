"""The sheet in a photo: the table, fingers and walls around it are left out, shadows and strokes are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hwr.preprocess import ink
from hwr.preprocess.sheet import find_sheet, only_sheet
from hwr.recognize import Recognizer
from hwr.synthetic import Sheet, draw_text

WOOD, GREY, SKIN = (120, 78, 40), (70, 70, 72), (205, 150, 125)
TEXT = "2357\n4692"


def table(height: int, width: int, color: tuple[int, int, int]) -> np.ndarray:
    """A table top with grain: RGB (h, w, 3)."""
    rng = np.random.default_rng(0)
    grain = cv2.GaussianBlur(rng.normal(0, 60, (height, width)).astype(np.float32), (0, 0), sigmaX=25, sigmaY=1.5)
    return np.clip(np.array(color) + grain[:, :, None], 0, 255).astype(np.uint8)


def photo(
    color: tuple[int, int, int], *, degrees: float = 0, sheet: Sheet | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A written sheet on a table: the picture, and where the sheet lies (0 and 1)."""
    page = draw_text(TEXT, seed=4, height=70, sheet=sheet or Sheet(margin=1.2))
    scene = table(900, 1200, color)
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turn[:, 2] += (600 - width / 2, 450 - height / 2)
    placed = cv2.warpAffine(page, turn, (1200, 900), flags=cv2.INTER_CUBIC)
    lies = cv2.warpAffine(np.ones((height, width), np.uint8), turn, (1200, 900), flags=cv2.INTER_NEAREST)
    return np.where(lies[..., None] == 1, placed, scene), lies


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("digits")


@pytest.mark.parametrize("degrees", [0, 10])
@pytest.mark.parametrize("color", [WOOD, GREY], ids=["wood", "grey"])
def test_the_sheet_on_a_table_is_read_and_the_table_is_not(recognizer, color, degrees):
    picture, lies = photo(color, degrees=degrees)
    found = find_sheet(picture)
    true = cv2.resize(lies, found.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert (found & true).sum() > 0.8 * true.sum()
    assert (found & (1 - true)).sum() < 0.02 * true.sum()
    assert recognizer.read(picture).text == TEXT


@pytest.mark.parametrize("color", [WOOD, GREY], ids=["wood", "grey"])
def test_a_rule_that_divides_the_sheet_does_not_make_half_of_it_a_table(recognizer, color):
    """In a small photo a blue rule is as wide as strokes, and goes from the table on one side to that on the other."""
    page = draw_text("96", seed=4, height=60, pen=0.12, sheet=Sheet(margin=0.7))
    rule = page.shape[0] // 2
    page[rule : rule + 4] = np.minimum(page[rule : rule + 4], (120, 150, 215))
    height, width = page.shape[:2]
    scene = table(height + 50, width + 60, color)
    scene[25 : 25 + height, 30 : 30 + width] = page
    found = find_sheet(scene)
    assert found[27 + rule // 2, scene.shape[1] // 2]
    assert found[25 + rule + rule // 2, scene.shape[1] // 2]
    assert not found[5].any()
    assert recognizer.read(scene).text == "96"


@pytest.mark.parametrize("ruled", [False, True], ids=["plain", "ruled"])
@pytest.mark.parametrize("inverted", [False, True], ids=["dark ink", "light ink"])
@pytest.mark.parametrize("color", [WOOD, GREY], ids=["wood", "grey"])
def test_a_sheet_full_of_writing_is_told_from_its_table(color, inverted, ruled):
    """On the small copy dense strokes part the sheet into patches, and rules into bands."""
    rng = np.random.default_rng(7)
    page = draw_text("\n".join("".join(rng.choice(list("0235689 "), 22)) for _ in range(9)), seed=4, height=36)
    if ruled:
        for y in range(30, page.shape[0], 62):
            page[y : y + 3] = np.minimum(page[y : y + 3], (150, 175, 215))
    height, width = page.shape[:2]
    scene, lies = table(height + 240, width + 300, color), np.zeros((height + 240, width + 300), np.uint8)
    scene[120 : 120 + height, 150 : 150 + width], lies[120 : 120 + height, 150 : 150 + width] = page, 1
    found = find_sheet(255 - scene if inverted else scene)
    true = cv2.resize(lies, found.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert (found & true).sum() > 0.8 * true.sum()
    assert (found & (1 - true)).sum() < 0.02 * true.sum()


def test_a_finger_that_holds_the_sheet_is_left_out(recognizer):
    picture, _ = photo(WOOD)
    cv2.ellipse(picture, (600, 900), (60, 240), 0, 0, 360, SKIN, -1, cv2.LINE_AA)
    assert only_sheet(picture)[880, 600] == pytest.approx(np.array(Sheet().paper), abs=25)
    assert recognizer.read(picture).text == TEXT


def test_a_board_before_a_bright_wall(recognizer):
    board = Sheet(paper=(40, 70, 55), ink=(225, 230, 220), margin=1.2)
    picture, _ = photo((235, 230, 215), sheet=board)
    assert recognizer.read(picture).text == TEXT


def test_a_shadow_is_sheet():
    page = draw_text(TEXT, seed=4, height=70)
    light = np.linspace(1, 0.35, page.shape[1])[None, :, None] * np.ones(page.shape)
    light[:, page.shape[1] // 2 :] *= 0.7
    shaded = np.round(page * light).astype(np.uint8)
    assert find_sheet(shaded).all()
    assert only_sheet(shaded) is shaded


@pytest.mark.parametrize("stroke", [40, 90])
def test_thick_strokes_cut_close_are_no_table(stroke):
    page = np.full((400, 300), 250, np.uint8)
    cv2.polylines(page, [np.array([(0, 0), (0, 399), (299, 399)])], False, 15, stroke)  # an L
    cv2.polylines(page, [np.array([(300, 0), (150, 200), (300, 390)])], False, 15, stroke)
    assert find_sheet(page).all()


def test_what_is_blank_or_small_has_no_sheet_of_its_own():
    blank = table(500, 600, WOOD)
    cv2.rectangle(blank, (150, 100), (450, 400), (240, 240, 235), -1)  # nothing is written on it
    assert find_sheet(blank).all()
    small = photo(WOOD)[0][::9, ::9]
    assert only_sheet(small) is small


def test_a_coloured_note_on_the_sheet_is_read(recognizer):
    page = draw_text("23\n45", seed=4, height=70, sheet=Sheet(margin=2.5))
    note = draw_text("69", seed=2, height=70, sheet=Sheet(paper=(250, 235, 120), ink=(30, 40, 120), margin=0.5))
    height, width = note.shape[:2]
    whole = np.vstack([page, np.full((height + 60, page.shape[1], 3), Sheet().paper, np.uint8)])
    whole[-height - 40 : -40, 120 : 120 + width] = note
    assert recognizer.read(whole).text.split("\n")[-1] == "69"


def test_strokes_that_leave_the_picture_are_written_not_around_the_sheet():
    alone = np.full((225, 300), 255, np.uint8)
    for path in ([[150, 70], [145, 140], [148, 225]], [[100, 140], [140, 120], [190, 118]]):
        cv2.polylines(alone, [np.array(path)], False, 0, 26, cv2.LINE_AA)
    cv2.fillConvexPoly(alone, np.array([[137, 70], [163, 70], [150, 47]]), 0, cv2.LINE_AA)
    cv2.fillConvexPoly(alone, np.array([[190, 105], [190, 131], [213, 110]]), 0, cv2.LINE_AA)
    assert find_sheet(alone).all()
    several = np.full((300, 420), 255, np.uint8)
    cv2.line(several, (80, 130), (80, 299), 0, 28, cv2.LINE_AA)
    cv2.ellipse(several, (220, 150), (30, 45), 0, 0, 360, 0, 28, cv2.LINE_AA)
    cv2.line(several, (310, 150), (370, 150), 0, 3, cv2.LINE_AA)
    assert find_sheet(several).all()


NOTES = {(250, 235, 120): "17", (250, 170, 190): "52", (160, 220, 170): "48", (150, 205, 240): "93"}


def notes(wall: tuple[int, int, int], *, turned: float = 4.0) -> np.ndarray:
    """Four notes of unlike colours, each with a number, on a wall or a table: RGB (h, w, 3)."""
    scene = table(800, 1000, wall).astype(np.float32)
    for place, (color, text) in enumerate(NOTES.items()):
        note = np.full((240, 280, 3), color, np.float32)
        inked = ink(draw_text(text, seed=4, height=90))[:230, :270]
        part = note[5 : 5 + inked.shape[0], : inked.shape[1]]
        share = inked[:, : part.shape[1], None] / np.float32(255)
        part[:] = part * (1 - share) + 45 * share
        turn = cv2.getRotationMatrix2D((140, 120), turned * (-1) ** place, 1)
        turn[:, 2] += (100 + place % 2 * 480, 90 + place // 2 * 370)
        lies = cv2.warpAffine(np.ones((240, 280), np.float32), turn, (1000, 800))[:, :, None]
        scene = cv2.warpAffine(note, turn, (1000, 800)) * lies + scene * (1 - lies)
    return np.clip(scene + np.random.default_rng(3).normal(0, 2, scene.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("wall", [WOOD, GREY, (222, 218, 212), (40, 60, 90)])
def test_several_notes_are_all_read(recognizer, wall):
    read = recognizer.read(notes(wall), charset="0-9").text.split()
    assert sorted(read) == sorted(NOTES.values())


def test_nothing_beside_a_sheet_that_is_not_written_on_is_another():
    picture, lies = photo(WOOD)
    picture[20:150, 30:260] = (235, 232, 225)  # a blank card on the table
    whole = only_sheet(picture)
    assert np.ptp(whole[40:130, 60:230].astype(int), axis=(0, 1)).max() < 40
    inked = ink(picture)
    assert inked[lies == 1].any()
    assert not inked[:160, :270].any()
