"""hwr.preprocess: opening any picture, finding its ink, framing it as the datasets are framed."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks import marks
from hwr import drawing, preprocess
from hwr.errors import HwrError
from hwr.preprocess import FRAMINGS, frame, frame_all, framing, ink, load_glyph, open_picture
from hwr.preprocess.rules import rule_mask
from hwr.synthetic.junk import KINDS
from hwr.synthetic.page import draw_text

ROOT = Path(__file__).resolve().parent.parent
SEVEN = np.array([[60, 40], [180, 44], [110, 210]], np.int32)


def seven(*, pen: int = 12, size: int = 240) -> np.ndarray:
    """Black strokes on white paper: a 7."""
    picture = np.full((240, 240), 255, np.uint8)
    cv2.polylines(picture, [SEVEN], isClosed=False, color=0, thickness=pen, lineType=cv2.LINE_AA)
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two pictures of the same size."""
    return float(np.corrcoef(first.ravel().astype(float), second.ravel().astype(float))[0, 1])


# Opening


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F", "YCbCr", "HSV"])
def test_every_mode_shows_the_same_character(mode):
    grey = Image.fromarray(seven())
    if mode == "I;16":
        image = Image.fromarray(seven().astype(np.uint16) * 257)
    elif mode == "HSV":
        image = grey.convert("RGB").convert("HSV")
    else:
        image = grey.convert(mode)
    picture = open_picture(image)
    assert picture.dtype == np.uint8
    shown = picture if picture.ndim == 2 else picture.mean(axis=2)
    assert likeness(shown, seven()) > 0.98


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_every_file_format_from_path_bytes_and_file(kind, tmp_path):
    content = encoded(Image.fromarray(seven()), kind)
    path = tmp_path / "seven.bin"
    path.write_bytes(content)
    spent = io.BytesIO(content)
    spent.read()
    for source in (path, str(path), content, spent):
        picture = open_picture(source)
        shown = picture if picture.ndim == 2 else picture.mean(axis=2)
        assert likeness(shown, seven()) > 0.98


def test_exif_orientation_is_applied():
    sideways = Image.fromarray(np.rot90(seven()[:, :200]))  # shown upright after a quarter turn clockwise
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(encoded(sideways, "JPEG", exif=exif))
    assert picture.shape[:2] == (240, 200)
    assert likeness(picture, seven()[:, :200]) > 0.98


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
@pytest.mark.parametrize("ink_is_opaque", [True, False])
def test_transparency_in_both_senses(colour, ink_is_opaque):
    strokes = 255 - seven()
    rgba = np.zeros((240, 240, 4), np.uint8)
    rgba[:, :, :3] = colour
    rgba[:, :, 3] = strokes if ink_is_opaque else 255 - strokes
    assert likeness(ink(open_picture(rgba)), strokes) > 0.95


def test_opaque_paper_with_transparent_corners():
    rgba = np.dstack([seven()] * 3 + [np.full((240, 240), 255, np.uint8)])
    rgba[:20, :20] = 0
    assert likeness(ink(open_picture(Image.fromarray(rgba))), 255 - seven()) > 0.95


def test_fully_transparent_is_blank():
    assert ink(open_picture(np.zeros((40, 40, 4), np.uint8))).max() == 0


LARGE = """
import resource, sys
import numpy as np
from hwr.preprocess.picture import _from_deep, _on_paper
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[1] == "transparent":
    _on_paper(np.zeros((4000, 4000, 4), np.uint8) + np.array([0, 0, 0, 200], np.uint8))
else:
    _from_deep(np.full((4000, 4000), 60_000, np.uint16))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 16_000_000)
"""


MARKERS = {"black": (30, 30, 40), "red": (190, 40, 50), "green": (30, 90, 60), "blue": (40, 60, 160)}


@pytest.mark.parametrize(
    ("order", "dark"),
    [
        (("black", "red", "green", "blue"), True),
        (("blue", "blue", "blue", "red"), True),
        (("red", "red", "red", "blue"), True),
        (("green", "red", "green", "red"), True),
        (("green", "red", "green", "red"), False),
    ],
)
def test_pens_of_several_colours_are_all_ink(order, dark):
    """Markers on a whiteboard, corrections in red; chalk in as many colours on a board."""
    rows = [ink(draw_text("woman reflect 4827", seed=place, height=44)) for place in range(len(order))]
    wide = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 110 - row.shape[0]), (0, wide - row.shape[1]))) for row in rows]
    colours = np.repeat([MARKERS[pen] for pen in order], 110, axis=0)[:, None].astype(np.float32)
    share = np.concatenate(rows)[:, :, None] / 255.0
    scene = share * colours + (1 - share) * np.array((206, 210, 212))
    scene = cv2.GaussianBlur(scene, (0, 0), 0.7) + np.random.default_rng(3).normal(0, 3, scene.shape)
    found = ink(np.clip(scene if dark else 255 - scene, 0, 255).astype(np.uint8))
    for place, (row, pen) in enumerate(zip(rows, order, strict=True)):
        assert likeness(found[110 * place : 110 * (place + 1)], row) > 0.9, f"{pen} in row {place}"


@pytest.mark.parametrize("kind", ["transparent", "deep"])
def test_a_large_picture_takes_few_bytes_a_pixel(kind):
    """Of its own 4 or 2, and the 3 or 1 that come out: not the 40 of floating point numbers for all of it."""
    result = subprocess.run([sys.executable, "-c", LARGE, kind], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(result.stdout) < 16


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_only_the_first_frame_is_read(kind):
    frames = [Image.fromarray(seven()), Image.fromarray(np.rot90(seven()))]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    picture = open_picture(content)
    shown = picture if picture.ndim == 2 else picture.mean(axis=2)
    assert likeness(shown, seven()) > 0.98


def bomb_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


BAD = {
    "text named .png": (b"hello, I am no picture\n" * 9, "holds text"),
    "0 bytes": (b"", "empty"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\x00", "PDF"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "HEIC"),
    "SVG": (b'<?xml version="1.0"?><svg width="9"/>', "SVG"),
    "rubbish": (bytes(range(256)) * 4, "not a picture"),
    "cut short PNG": (encoded(Image.fromarray(seven()))[:600], "cut short"),
    "cut short JPEG": (encoded(Image.fromarray(seven()), "JPEG")[:900], "cut short"),
    "above the limit": (bomb_header(20_000, 8_000), "80 million"),
    "decompression bomb": (bomb_header(200_000, 200_000), "80 million"),
    "damaged data": (bomb_header(100, 100), "cut short or damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gives_one_clear_sentence(case, tmp_path):
    content, expected = BAD[case]
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(HwrError, match=expected) as caught:
            open_picture(source)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(".")


def closed() -> io.BytesIO:
    file = io.BytesIO(b"some bytes")
    file.close()
    return file


@pytest.mark.parametrize(
    "source",
    [
        Path("no/such/picture.png"),
        Path(),
        io.StringIO("text"),
        42,
        None,
        np.zeros((5, 5), np.float32),
        np.zeros((5, 5, 2), np.uint8),
        np.zeros((0, 5), np.uint8),
        np.zeros(5, np.uint8),
        "a\0b.png",
        "a" * 400,
        closed(),
    ],
    ids=lambda source: re.sub(" at 0x.*", "", repr(source)[:40]),
)
def test_a_bad_source_gives_hwr_error(source):
    with pytest.raises(HwrError):
        open_picture(source)


def test_a_pipe_is_read_as_far_as_it_goes():
    end, start = os.pipe()
    os.write(start, encoded(Image.fromarray(seven())))
    os.close(start)
    with open(end, "rb") as file:
        assert likeness(open_picture(file), seven()) > 0.98


def test_a_picture_between_two_limits_is_one_sentence_without_a_warning():
    code = f"from hwr.preprocess import open_picture; open_picture({bomb_header(10_000, 9_500)!r})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert "80 million" in result.stderr.splitlines()[-1]
    assert "Warning" not in result.stderr


def test_the_limit_holds_for_every_source(monkeypatch):
    monkeypatch.setattr("hwr.preprocess.picture.MAX_PIXELS", 240 * 240 - 1)
    for source in (seven(), Image.fromarray(seven()), encoded(Image.fromarray(seven()))):
        with pytest.raises(HwrError, match="limit"):
            open_picture(source)
    assert preprocess.MAX_PIXELS >= 50_000_000


# Ink


def page_of_ink() -> tuple[np.ndarray, np.ndarray]:
    """Dark strokes on white paper, and the ink that they are: uint8 (300, 420) each."""
    strokes = np.zeros((300, 420), np.uint8)
    for left in (0, 150):
        cv2.polylines(strokes, [SEVEN + np.array([left, 30])], False, 255, 9, cv2.LINE_AA)
    cv2.circle(strokes, (370, 150), 24, 255, 9, cv2.LINE_AA)
    return 255 - strokes, strokes


def shaded(picture: np.ndarray, *, least: float = 0.35) -> np.ndarray:
    """The picture lit from its left side only, with the hard edge of a shadow across it."""
    light = np.linspace(1, least, picture.shape[1])[None, :] * np.ones(picture.shape)
    light[:, picture.shape[1] // 2 :] *= 0.75
    return np.round(picture * light).astype(np.uint8)


def noisy(picture: np.ndarray, deviation: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, deviation, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def coloured(picture: np.ndarray, paper: tuple[int, int, int], pen: tuple[int, int, int]) -> np.ndarray:
    share = picture[:, :, None] / 255
    return np.round(share * np.array(paper) + (1 - share) * np.array(pen)).astype(np.uint8)


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    return open_picture(encoded(Image.fromarray(picture), "JPEG", quality=quality))


def ruled(picture: np.ndarray) -> np.ndarray:
    ruled = picture.copy()
    for y in range(30, 300, 40):
        cv2.line(ruled, (0, y), (419, y + 4), 120, 1, cv2.LINE_AA)
    return ruled


def squared(picture: np.ndarray) -> np.ndarray:
    squared = ruled(picture)
    for x in range(10, 420, 40):
        cv2.line(squared, (x, 0), (x + 3, 299), 120, 1, cv2.LINE_AA)
    return squared


SCENES = {
    "plain": lambda page: page,
    "shadow": shaded,
    "dim": lambda page: np.round(page * 0.15 + 20).astype(np.uint8),
    "noise": lambda page: noisy(page // 2 + 90, 8),
    "pencil": lambda page: noisy(page // 4 + 180, 3),
    "shadow and noise": lambda page: noisy(shaded(page), 5),
    "blue pen": lambda page: coloured(page, (250, 245, 225), (40, 60, 190)),
    "yellow pen": lambda page: coloured(page, (255, 255, 255), (250, 225, 20)),
    "red on green of the same grey": lambda page: coloured(page, (60, 160, 60), (255, 57, 40)),
    "JPEG": lambda page: jpeg(page, 20),
    "ruled": ruled,
    "squared": squared,
}


@pytest.mark.parametrize("inverted", [False, True], ids=["dark on light", "light on dark"])
@pytest.mark.parametrize("scene", SCENES)
def test_ink_is_found_in_either_polarity(scene, inverted):
    page, strokes = page_of_ink()
    picture = SCENES[scene](page)
    found = ink(255 - picture if inverted else picture)
    assert found.dtype == np.uint8
    assert found.shape == strokes.shape
    assert likeness(found, strokes) > 0.9
    stray = np.count_nonzero(found[cv2.dilate(strokes, np.ones((15, 15))) == 0])
    assert stray < found.size * (0.02 if scene == "squared" else 0.002)  # some squares that strokes cross stay


def test_edges_stay_soft_and_paper_is_exactly_zero():
    page, strokes = page_of_ink()
    found = ink(page)
    assert found.max() == 255
    assert np.count_nonzero((found > 20) & (found < 235)) > 0.5 * np.count_nonzero((strokes > 20) & (strokes < 235))
    assert found[strokes == 0].max() == 0


@pytest.mark.parametrize(
    ("pen", "margin", "inverted"),
    [(16, 0, True), (32, 0, False), (32, 0, True), (32, 60, False), (50, 0, False), (50, 150, False), (50, 150, True)],
)
def test_bold_strokes_are_ink_even_where_they_fill_their_sheet(pen, margin, inverted):
    for char in "0458B":
        strokes = 255 - open_picture(drawing.page_png(char, width=260, height=300, pen=pen))
        strokes = np.pad(strokes, margin)
        page = (235 - 0.75 * strokes).astype(np.uint8)
        found = ink(255 - page if inverted else page)
        assert likeness(found, strokes) > 0.9, char


@pytest.mark.parametrize("height", [12, 16, 20, 26])
@pytest.mark.parametrize("seed", range(3))
def test_the_lower_ends_of_small_letters_are_no_rules(height, seed):
    """In letters of few pixels those of a line lie within one or two rows, and so in line after line."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("aceunmowsiuzmnua"), rng.integers(3, 9))) for _ in range(60)]
    text = "\n".join(" ".join(words[row * 8 : row * 8 + 8]) for row in range(7))
    strokes = 255 - draw_text(text, seed=seed, height=height, pen=0.14)[:, :, 0]
    assert rule_mask(np.where(strokes > 60, strokes, 0).astype(np.uint8)) is None


GRADIENT = np.tile(np.linspace(120, 230, 400).astype(np.uint8), (300, 1))
BLANKS = {
    "white": np.full((300, 400), 255, np.uint8),
    "black": np.zeros((300, 400), np.uint8),
    "grey": np.full((300, 400), 131, np.uint8),
    "1 x 1": np.full((1, 1), 200, np.uint8),
    "one row": np.full((1, 300), 200, np.uint8),
    "tiny": np.full((3, 2), 9, np.uint8),
    "noise": noisy(np.full((300, 400), 200, np.uint8), 4),
    "dark noise": noisy(np.full((300, 400), 30, np.uint8), 3),
    "gradient": GRADIENT,
    "noisy gradient": noisy(GRADIENT, 3),
    "colour": np.full((300, 400, 3), (240, 200, 90), np.uint8),
    "large noise": noisy(np.full((1500, 2000), 190, np.uint8), 5),
    "JPEG": jpeg(noisy(GRADIENT, 3), 40),
}


@pytest.mark.parametrize("case", BLANKS)
def test_a_blank_picture_has_no_ink(case):
    found = ink(BLANKS[case])
    assert found.shape == BLANKS[case].shape[:2]
    assert found.max() == 0
    assert load_glyph(BLANKS[case], "mnist").max() == 0


@pytest.mark.parametrize("pen", [2, 5, 16, 40])
def test_any_pen_fills_its_strokes(pen):
    picture = np.full((300, 300), 255, np.uint8)
    cv2.polylines(picture, [SEVEN + 20], False, 0, pen, cv2.LINE_AA)
    assert likeness(ink(picture), 255 - picture) > 0.97


def test_strokes_that_cross_a_rule_are_not_cut():
    page, _ = page_of_ink()
    found = ink(ruled(page))
    count, _ = cv2.connectedComponents((found > 90).astype(np.uint8))
    assert count - 1 == 3


@pytest.mark.parametrize("thick", [2, 6])
def test_a_rule_leaves_no_stub_at_the_stroke_that_crosses_it(thick):
    strokes = np.zeros((400, 600), np.uint8)
    for x in (100, 300, 500):
        cv2.line(strokes, (x, 60), (x, 150), 255, 7, cv2.LINE_AA)
    rules = np.zeros_like(strokes)
    for y in range(30, 400, 70):
        cv2.line(rules, (0, y), (599, y + 3), 130, thick)
    found = ink(255 - np.maximum(strokes, rules))
    _, _, stats, _ = cv2.connectedComponentsWithStats((found > 90).astype(np.uint8))
    assert sorted(stats[1:, cv2.CC_STAT_WIDTH]) == pytest.approx([8, 8, 8], abs=2)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("text", ["726", "90 18"])
def test_a_few_rules_as_bold_and_as_black_as_the_pen_go(count, text):
    """The line of a notebook cut out around a number: its rules go on past the number to both sides of the picture."""
    page = open_picture(drawing.page_png(text, width=520, height=200, pen=6))
    strokes, bare = 255 - page, page.copy()
    for y in (110, 180)[:count]:
        cv2.line(page, (0, y), (519, y + 2), 15, 6, cv2.LINE_AA)
    found = ink(noisy(page, 2))
    assert not found[:, :8].any()
    assert not found[:, -8:].any()
    assert likeness(found, strokes) > 0.9
    assert likeness(ink(noisy(bare, 2)), strokes) > 0.95


@pytest.mark.parametrize("text", ["T", "E", "7", "4", "H"])
def test_a_bar_from_side_to_side_of_one_character_is_its_own(text):
    strokes = 255 - open_picture(drawing.page_png(text, width=300, height=300, pen=14))
    rows, columns = np.flatnonzero(strokes.max(axis=1)), np.flatnonzero(strokes.max(axis=0))
    strokes = strokes[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert likeness(ink(255 - strokes), strokes) > 0.97


def test_a_bar_that_runs_on_a_rule_stays():
    strokes = np.zeros((400, 600), np.uint8)
    for x in (80, 280, 480):
        cv2.polylines(strokes, [np.array([(x, 100), (x + 60, 100), (x + 25, 160)])], False, 255, 7, cv2.LINE_AA)
    rules = np.zeros_like(strokes)
    for y in range(30, 400, 70):
        cv2.line(rules, (0, y), (599, y), 110, 5)
    found = ink(255 - np.maximum(strokes, rules))
    assert likeness(found, strokes) > 0.97


@pytest.mark.parametrize("degrees", [3, 8, 13])
def test_rules_of_a_page_that_is_askew_go(degrees):
    page, strokes = page_of_ink()
    page, strokes = (cv2.copyMakeBorder(each, 60, 60, 60, 60, cv2.BORDER_REPLICATE) for each in (page, strokes))
    rules = np.full_like(page, 255)
    fall = round(page.shape[1] * np.tan(np.deg2rad(degrees)))
    for y in range(-200, 600, 40):
        cv2.line(rules, (0, y), (page.shape[1], y + fall), 150, 1, cv2.LINE_AA)
    found = ink(np.minimum(page, rules))
    assert likeness(found, strokes) > 0.9
    assert np.count_nonzero(found[cv2.dilate(strokes, np.ones((15, 15))) == 0]) < 0.004 * found.size


@pytest.mark.parametrize(
    ("once", "twice", "shift"), [(30, 0, 0), (0, 18, 0), (0, 20, 3), (-25, 12, 1), (30, -10, 5), (10, 15, 2)]
)
def test_bold_rules_of_a_sheet_that_is_bent_go(once, twice, shift):
    strokes = np.zeros((1100, 800), np.uint8)
    for x in range(120, 600, 130):
        for y in range(120, 900, 150):
            cv2.polylines(strokes, [(SEVEN * 0.4 + np.array([x, y])).astype(int)], False, 255, 8, cv2.LINE_AA)
    rules = np.zeros_like(strokes)
    across = np.arange(800)
    bent = once * np.sin(np.pi * across / 800) + twice * np.sin(2 * np.pi * across / 800 + shift)
    for y in range(-50, 1200, 85):
        cv2.polylines(rules, [np.stack([across, y + bent], 1).round().astype(int)], False, 130, 3, cv2.LINE_AA)
    light = np.linspace(1, 0.6, 800)[None, :]
    found = ink(np.round((255 - np.maximum(strokes, rules).astype(float)) * light).astype(np.uint8))
    far = cv2.dilate(strokes, np.ones((15, 15))) == 0
    assert np.count_nonzero(found[far] > 60) < 0.02 * np.count_nonzero((rules > 60) & far)
    assert likeness(found, strokes) > 0.9


@pytest.mark.parametrize("bend", [0, 25, 45])
def test_a_margin_of_a_ruled_sheet_goes_however_bent(bend):
    strokes = np.zeros((1100, 800), np.uint8)
    for x in range(220, 600, 130):
        cv2.polylines(strokes, [(SEVEN * 0.4 + np.array([x, 120])).astype(int)], False, 255, 8, cv2.LINE_AA)
    rules = np.zeros_like(strokes)
    for y in range(30, 1100, 85):
        cv2.line(rules, (0, y), (799, y + 10), 100, 3, cv2.LINE_AA)
    down = np.arange(1100)
    margin = np.stack([60 + bend * np.cos(np.pi * down / 1100), down], 1).round().astype(int)
    cv2.polylines(rules, [margin], False, 110, 3, cv2.LINE_AA)
    found = ink(255 - np.maximum(strokes, rules))
    assert np.count_nonzero(found[:, :130] > 60) < 60
    assert likeness(found, strokes) > 0.95


def test_a_brace_is_no_rule_however_many_slopes_find_it():
    page = np.full((500, 900), 255, np.uint8)
    for y in (80, 230, 380):
        cv2.putText(page, "704", (220, y + 40), cv2.FONT_HERSHEY_SIMPLEX, 3, 0, 6, cv2.LINE_AA)
    cv2.polylines(page, [np.array([(150, 40), (130, 60), (130, 440), (150, 460)])], False, 0, 6)
    assert (ink(page)[60:440, 130] > 90).mean() > 0.98


def test_a_large_photo_keeps_its_size_and_a_thin_pen():
    picture = np.full((2400, 3200), 215, np.uint8)
    cv2.polylines(picture, [SEVEN * 4 + 300], False, 60, 6, cv2.LINE_AA)
    found = ink(noisy(picture, 4))
    assert found.shape == picture.shape
    assert likeness(found, 255 - picture) > 0.85


def test_the_table_around_a_sheet_is_no_ink():
    rng = np.random.default_rng(0)
    photo = np.clip(rng.normal(60, 18, (600, 800)), 0, 255).astype(np.uint8)
    page, strokes = page_of_ink()
    photo[120:420, 180:600] = page // 2 + 110
    found = ink(noisy(photo, 2))
    assert likeness(found[130:410, 190:590], strokes[10:290, 10:410]) > 0.9
    outside = np.ones(photo.shape, bool)
    outside[115:425, 175:605] = False
    assert found[outside].max() == 0


def test_what_is_black_at_the_edge_does_not_say_how_dark_the_ink_is():
    strokes = 255 - open_picture(drawing.page_png("2048 917", width=700, height=900, pen=6))
    page = (215 - 75.0 * (strokes / 255)).astype(np.uint8)
    page[-12:, 40:270] = 12  # of a table, too little to be found as one
    found = ink(noisy(page, 4))
    assert likeness(found[:-20], strokes[:-20]) > 0.85
    assert np.median(found[:-20][strokes[:-20] > 250]) > 200


@pytest.mark.parametrize("dark", [110, 140])
def test_a_fold_of_the_paper_is_no_bold_stroke(dark):
    strokes = 255 - open_picture(drawing.page_png("2048 917", width=700, height=900, pen=6))
    fold = np.zeros(strokes.shape)
    cv2.line(fold, (150, 250), (600, 620), 1, 60)
    page = 215 - 50 * cv2.GaussianBlur(fold, (0, 0), 8) - dark * (strokes / 255)
    assert likeness(ink(noisy(page.clip(0, 255).astype(np.uint8), 4)), strokes) > 0.9


# Framing


@pytest.mark.parametrize("framing", FRAMINGS)
def test_frame_keeps_its_promises(framing):
    strokes = 255 - seven()
    glyph = frame(strokes, framing)
    assert glyph.shape == (28, 28)
    assert glyph.dtype == np.uint8
    assert glyph.max() > 200
    assert frame(np.zeros((50, 30), np.uint8), framing).max() == 0
    assert frame_all([], framing).shape == (0, 28, 28)
    assert np.array_equal(frame_all([strokes, strokes], framing)[1], glyph)


def test_mnist_framing_fits_20_and_centres_the_mass():
    glyph = frame(255 - seven(), "mnist").astype(float)
    rows, columns = np.flatnonzero(glyph.max(axis=1)), np.flatnonzero(glyph.max(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert glyph.sum(axis=0) @ np.arange(28) / glyph.sum() == pytest.approx(14, abs=0.6)
    assert glyph.sum(axis=1) @ np.arange(28) / glyph.sum() == pytest.approx(14, abs=0.6)


@pytest.mark.parametrize("size", [40, 150, 240, 700])
def test_emnist_framing_is_a_blur_and_a_bicubic_reduction(size, monkeypatch):
    """As EMNIST's makers did, one after the other, with libraries that are not ours."""
    inked = 255 - seven(size=size)
    rows, columns = np.flatnonzero(inked.max(1) > 72), np.flatnonzero(inked.max(0) > 72)
    crop = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    monkeypatch.setattr(framing, "_mend", lambda crop, **_: (crop, framing.EMNIST_BOX))
    glyph = framing.emnist(crop).astype(int)
    side = round(28 * max(crop.shape) / framing.EMNIST_BOX)
    top, left = ((side - extent) // 2 for extent in crop.shape)
    canvas = np.zeros((side, side), np.uint8)
    canvas[top : top + crop.shape[0], left : left + crop.shape[1]] = crop
    blurred = cv2.GaussianBlur(canvas, (0, 0), 0.3 * side / 28)
    wanted = np.asarray(Image.fromarray(blurred).resize((28, 28), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(glyph - wanted).max() <= 6
    assert np.abs(glyph - wanted).mean() < 0.5


def test_emnist_framing_centres_the_box():
    glyph = frame(255 - seven(), "emnist")
    rows, columns = np.flatnonzero(glyph.max(axis=1) > 60), np.flatnonzero(glyph.max(axis=0) > 60)
    assert 22 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 24
    assert rows[0] + rows[-1] == pytest.approx(27, abs=1)
    assert columns[0] + columns[-1] == pytest.approx(27, abs=1)


@pytest.mark.parametrize("framing", FRAMINGS)
def test_framing_depends_neither_on_crop_nor_scale_nor_the_pen(framing):
    glyph = frame(255 - seven(pen=22), framing)
    elsewhere = np.zeros((700, 900), np.uint8)
    elsewhere[300:540, 500:740] = 255 - seven(pen=22)
    large = cv2.resize(255 - seven(pen=22), (1500, 1500), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(frame(elsewhere, framing), glyph)
    assert likeness(frame(large, framing), glyph) > 0.98
    for pen in (1, 3, 6):
        assert likeness(frame(255 - seven(pen=pen), framing), glyph) > 0.85
        assert frame(255 - seven(pen=pen), framing).sum() > 0.6 * glyph.sum()


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("shape", [(200, 6), (6, 200), (28, 1), (1, 60)])
def test_narrow_characters_stay_narrow(framing, shape):
    glyph = frame(np.full(shape, 255, np.uint8), framing)
    rows, columns = np.flatnonzero(glyph.max(axis=1) > 60), np.flatnonzero(glyph.max(axis=0) > 60)
    long, short = max(np.ptp(rows), np.ptp(columns)) + 1, min(np.ptp(rows), np.ptp(columns)) + 1
    assert long >= 19
    assert 2 <= short <= 4


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_dot_stays_a_dot(framing):
    dot = np.zeros((60, 60), np.uint8)
    cv2.circle(dot, (30, 30), 12, 255, -1)
    glyph = frame(dot, framing)
    assert 0 < np.count_nonzero(glyph > 60) < 80


def test_bad_ink_and_unknown_framing():
    with pytest.raises(HwrError, match="mnist, emnist"):
        frame(np.zeros((5, 5), np.uint8), "imagenet")
    with pytest.raises(HwrError):
        frame(np.zeros((5, 5, 3), np.uint8), "mnist")
    with pytest.raises(HwrError):
        frame(np.zeros((5, 5)), "mnist")


# Round trip against the datasets themselves


def dataset(name: str, count: int) -> np.ndarray:
    """A seeded sample of upright images of a test set under HWR_DATA."""
    files = {
        "mnist": "MNIST/raw/t10k-images-idx3-ubyte",
        "emnist": "EMNIST/raw/emnist-bymerge-test-images-idx3-ubyte",
    }
    path = Path(os.environ.get("HWR_DATA", "")) / files[name]
    if not path.exists():
        pytest.skip("HWR_DATA is not set, or has no " + files[name])
    images = np.memmap(path, np.uint8, "r", offset=16).reshape(-1, 28, 28)
    chosen = np.sort(np.random.default_rng(0).choice(len(images), count, replace=False))
    images = np.array(images[chosen])
    return images if name == "mnist" else images.transpose(0, 2, 1)


@pytest.mark.data
@pytest.mark.parametrize("inverted", [False, True], ids=["light on dark", "dark on light"])
@pytest.mark.parametrize("framing", ["mnist", "emnist"])
def test_a_dataset_image_pasted_on_a_page_comes_out_as_it_went_in(framing, inverted):
    images = dataset(framing, 500)[inverted::2]
    rng = np.random.default_rng(1)
    glyphs = []
    for image in images:
        page = np.zeros((320, 400), np.uint8)
        x, y = rng.integers(0, 400 - 168), rng.integers(0, 320 - 168)
        page[y : y + 168, x : x + 168] = cv2.resize(image, (168, 168), interpolation=cv2.INTER_CUBIC)
        glyphs.append(frame(ink(255 - page if inverted else page), framing))
    correlation = [likeness(image, glyph) for image, glyph in zip(images, glyphs, strict=True)]
    difference = np.abs(images.astype(int) - np.stack(glyphs)).mean()
    assert np.mean(correlation) > 0.94
    assert np.percentile(correlation, 10) > 0.85
    assert difference < 12


@pytest.mark.data
@pytest.mark.parametrize("framing", ["mnist", "emnist"])
def test_a_dataset_image_itself_is_framed_to_nearly_itself(framing):
    images = dataset(framing, 300)
    correlation = [likeness(image, load_glyph(image, framing)) for image in images]
    assert np.mean(correlation) > 0.93


@pytest.mark.parametrize("inverted", [False, True], ids=["dark on light", "light on dark"])
@pytest.mark.parametrize("size", [(300, 300), (400, 900), (1200, 1600), (3200, 2400)])
def test_a_few_thin_strokes_on_a_large_sheet_are_its_ink(size, inverted):
    sheet = np.full(size, 240, np.uint8)
    digit = np.array([(55, 0), (15, 0), (10, 45), (50, 55), (45, 95), (8, 98)])
    for place in ((10, 20), (size[1] - 30, size[0] - 50)):  # one is all there, one leaves the sheet
        cv2.polylines(sheet, [digit + place], False, 30, 4, cv2.LINE_AA)
    found = ink(255 - sheet if inverted else sheet) > 128
    drawn = sheet < 135
    assert found[drawn].mean() > 0.9
    assert found.sum() < 1.2 * drawn.sum()


def test_what_is_left_of_an_empty_sheet_is_no_ink():
    rng = np.random.default_rng([marks.SEED, 10])
    sheets = [marks.picture("empty paper", rng) for _ in range(60)]
    for place in (31, 33, 59):  # of rules, or noise where the sheet is bright
        assert not ink(sheets[place]).any(), place


def test_what_is_scribbled_over_is_solid_and_a_ring_is_not():
    rng = np.random.default_rng([marks.SEED, list(KINDS).index("hatching")])
    page = [marks.picture("hatching", rng) for _ in range(16)][15]
    found = ink(page)
    assert found[130:220, 120:220].min() > 150
    page[150:190, 140:200] = 250  # paper shows through
    found = ink(page)
    assert found[160:180, 155:185].max() == 0


def test_strokes_on_a_steep_pattern_are_far_darker_than_it():
    strokes = np.pad(255 - open_picture(drawing.page_png("2026", width=500, height=200, pen=8)), 150)
    down, along = np.indices(strokes.shape)
    pattern = np.where((down + 2 * along) % 30 < 2, 200, 255)
    found = ink(np.minimum(255 - strokes, pattern).astype(np.uint8))
    assert likeness(found, strokes) > 0.9


@pytest.mark.parametrize("pen", [4, 12, 30])
def test_a_picture_of_two_levels_is_all_ink(pen):
    page = np.full((200, 180), 255, np.uint8)
    cv2.polylines(page, [np.array([(50, 40), (130, 40), (80, 160)])], False, 0, pen)
    assert ((ink(page) > 128) == (page < 128)).mean() > 0.99
