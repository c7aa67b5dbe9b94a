"""hwr.preprocess: opening any picture, finding its ink, framing it as the datasets are framed."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from hwr import preprocess
from hwr.errors import HwrError
from hwr.preprocess import FRAMINGS, frame, frame_all, ink, load_glyph, open_picture

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
    ],
    ids=repr,
)
def test_a_bad_source_gives_hwr_error(source):
    with pytest.raises(HwrError):
        open_picture(source)


def test_the_limit_holds_for_every_source(monkeypatch):
    monkeypatch.setattr("hwr.preprocess.picture.MAX_PIXELS", 240 * 240 - 1)
    for source in (seven(), Image.fromarray(seven()), encoded(Image.fromarray(seven()))):
        with pytest.raises(HwrError, match="limit"):
            open_picture(source)
    assert preprocess.MAX_PIXELS >= 50_000_000


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
    images = dataset(framing, 400)
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
