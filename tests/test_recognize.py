"""Recognizer: pictures to text with the shipped weights, in both polarities, with charsets, and on bad input."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from hwr import checkpoint
from hwr.errors import HwrError
from hwr.recognize import Recognizer
from hwr.synthetic import Sheet, draw_boxes, draw_text

SHIPPED = [item["name"] for item in checkpoint.list_weights(checkpoint.WEIGHTS)]
SHEETS = {
    "dark on light": Sheet(),
    "light on dark": Sheet(paper=(20, 20, 30), ink=(240, 240, 235)),
    "chalk on a board": Sheet(paper=(40, 70, 55), ink=(225, 230, 220)),
    "blue on yellow": Sheet(paper=(250, 240, 180), ink=(30, 50, 150)),
}


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("characters")


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
@pytest.mark.parametrize("name", SHIPPED)
def test_golden_pictures(name, sheet):
    """Every shipped weight reads our own drawn characters, dark on light and light on dark."""
    recognizer = Recognizer.load(name)
    text = "23456" if "2" in recognizer.classes else "ABEHR"
    page = recognizer.read(draw_text(text, seed=5, height=80, sheet=sheet))
    assert page.text.replace(" ", "") == text


def test_lines_words_and_boxes(recognizer):
    picture, truth = draw_boxes("2314 56\nABC", seed=5, height=60)
    page = recognizer.read(picture)
    assert [len(line.glyphs) for line in page.lines] == [6, 3]
    assert page.lines[0].text.count(" ") == 1
    assert (page.height, page.width) == picture.shape[:2]
    for glyph, (_, box) in zip(page.glyphs, truth, strict=True):
        assert np.abs(np.array(glyph.box) - np.array(box)).max() <= 4


def test_charset_masks_everything_else(recognizer):
    picture = draw_text("SOZ", seed=3, height=80)
    digits = recognizer.read(picture, charset="0-9").text.replace(" ", "")
    assert len(digits) == 3
    assert digits.isdigit()
    letters = recognizer.read(picture, charset="a-z").text.replace(" ", "")
    assert letters.islower()


def test_answers_in_words_of_the_charset_sum_to_one(recognizer):
    glyphs = np.random.default_rng(0).integers(0, 255, (5, 28, 28), dtype=np.uint8)
    for charset in (None, "0-9", "A-Za-z"):
        characters, chances = recognizer.predict(glyphs, charset)
        assert chances.shape == (5, len(characters))
        assert np.allclose(chances.sum(1), 1, atol=1e-4)


def test_alternatives_are_best_first_with_the_glyph_seen(recognizer):
    (glyph,) = recognizer.read(draw_text("7", seed=1, height=90), layout="char").glyphs
    scores = [score for _, score in glyph.alternatives]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert glyph.alternatives[0] == (glyph.char, glyph.confidence)
    assert glyph.image is not None
    assert glyph.image.shape == (28, 28)


@pytest.mark.parametrize("layout", ["page", "line", "char"])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_blank_has_no_characters(recognizer, layout, shade):
    page = recognizer.read(np.full((120, 90), shade, np.uint8), layout=layout)
    assert page.text == ""
    assert page.glyphs == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 2)])
def test_tiny_pictures_are_read_without_a_fall(recognizer, size):
    assert recognizer.read(np.full((*size, 3), 255, np.uint8)).text == ""


def test_one_forward_pass_for_a_picture(recognizer):
    calls = []
    handle = recognizer._runner.register_forward_pre_hook(lambda module, inputs: calls.append(len(inputs[0])))
    recognizer.read(draw_text("123\n456", seed=5))
    handle.remove()
    assert calls == [6]


@pytest.mark.parametrize(
    ("source", "words"),
    [(b"", "empty"), (b"this is no picture at all", "picture"), (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "picture")],
)
def test_bad_pictures_are_a_sentence(recognizer, source, words):
    with pytest.raises(HwrError, match=words):
        recognizer.read(source)


def test_unknown_layout_and_charset_are_sentences(recognizer):
    with pytest.raises(HwrError, match="page, line, char"):
        recognizer.read(np.zeros((9, 9), np.uint8), layout="column")
    with pytest.raises(HwrError, match="cannot read any"):
        recognizer.read(np.zeros((9, 9), np.uint8), charset="?")


def test_same_from_file_bytes_image_and_array(recognizer, tmp_path):
    picture = draw_text("35", seed=5, height=80)
    path, buffer = tmp_path / "a.png", io.BytesIO()
    Image.fromarray(picture).save(path)
    Image.fromarray(picture).save(buffer, "PNG")
    pages = [recognizer.read(source) for source in (path, buffer.getvalue(), Image.open(path), picture)]
    assert len({page.text for page in pages}) == 1
    assert all(page == pages[0] for page in pages)


def test_confidence_uses_the_temperature(small_weights):
    model, info = checkpoint.load(small_weights)
    glyphs = np.random.default_rng(0).integers(0, 255, (4, 28, 28), dtype=np.uint8)
    cool = Recognizer(model, info | {"temperature": 0.5}).predict(glyphs)[1]
    warm = Recognizer(model, info | {"temperature": 2.0}).predict(glyphs)[1]
    assert (cool.max(1) > warm.max(1)).all()


def test_saliency_shows_ink_alone(recognizer):
    from hwr.explain import saliency

    (glyph,) = recognizer.read(draw_text("4", seed=2, height=90), layout="char").glyphs
    assert glyph.image is not None
    looked = saliency(recognizer, glyph.image, glyph.char)
    assert looked.shape == (28, 28)
    assert looked.max() == pytest.approx(1.0)
    far = torch.nn.functional.max_pool2d(torch.from_numpy(glyph.image)[None].float(), 5, 1, 2)[0].numpy() == 0
    assert looked[far].max() == 0
    with pytest.raises(HwrError, match="cannot read"):
        saliency(recognizer, glyph.image, "?")


def touching(text: str, height: int = 80) -> np.ndarray:
    """Our own characters pushed together until their ink just touches."""
    strips = []
    for number, char in enumerate(text):
        picture, ((_, (x0, _, x1, _)),) = draw_boxes(char, seed=5 + number, height=height)
        strips.append(picture[:, x0:x1])
    tall = max(strip.shape[0] for strip in strips)
    padded = [np.pad(s, ((0, tall - s.shape[0]), (0, 0), (0, 0)), constant_values=255) for s in strips]
    line = padded[0]
    for strip in padded[1:]:
        width = line.shape[1] + strip.shape[1]
        overlap = next(n for n in range(1, width) if _shares_ink(line, strip, n))
        joined = np.full((tall, width - overlap, 3), 255, np.uint8)
        joined[:, : line.shape[1]] = line
        right = joined[:, line.shape[1] - overlap :]
        right[...] = np.minimum(right, strip)
        line = joined
    return np.pad(line, ((40, 40), (40, 40), (0, 0)), constant_values=255)


def _shares_ink(left: np.ndarray, right: np.ndarray, overlap: int) -> bool:
    return bool(((left[:, -overlap:] < 100) & (right[:, :overlap] < 100)).any())


@pytest.mark.parametrize("text", ["25", "36", "285"])
def test_touching_digits_are_cut_apart(recognizer, text):
    page = recognizer.read(touching(text), layout="line", charset="0-9")
    assert page.text == text
    lefts = [glyph.box[0] for glyph in page.glyphs]
    assert lefts == sorted(lefts)


def test_dots_and_dashes_are_left_out(recognizer):
    assert recognizer.read(draw_text("2.5-3", seed=5, height=80), charset="0-9").text.replace(" ", "") == "253"


GLYPHS = {
    "floats": np.zeros((2, 28, 28)),
    "one glyph": np.zeros((28, 28), np.uint8),
    "another size": np.zeros((2, 20, 20), np.uint8),
    "a channel": np.zeros((2, 1, 28, 28), np.uint8),
    "a list": [],
}


@pytest.mark.parametrize("case", GLYPHS)
def test_what_are_no_glyphs_is_a_sentence(case, recognizer):
    with pytest.raises(HwrError, match="uint8 array of shape"):
        recognizer.predict(GLYPHS[case])


@pytest.mark.parametrize("bad", [np.zeros((9, 9)), np.zeros((9, 9), bool), np.zeros((9, 9, 3), np.uint8), None])
def test_what_is_no_ink_is_a_sentence(bad, recognizer):
    with pytest.raises(HwrError, match="uint8 array of shape"):
        recognizer.read_ink(bad)


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (9, 0)])
def test_ink_of_no_size_is_blank(shape, recognizer):
    assert recognizer.read_ink(np.zeros(shape, np.uint8)).text == ""


@pytest.mark.parametrize("weights", [None, 7, ["digits"], b"digits"])
def test_weights_that_are_no_name_are_a_sentence(weights):
    with pytest.raises(HwrError, match="named by a string or a path"):
        Recognizer.load(weights)


@pytest.mark.parametrize("charset", [7, 0, ["0", "1"], b"0-9"])
def test_a_charset_that_is_no_string_is_a_sentence(recognizer, charset):
    glyph = np.full((1, 28, 28), 128, np.uint8)
    for ask in (
        lambda: recognizer.read(draw_text("3"), charset=charset),
        lambda: recognizer.read_ink(glyph[0], charset=charset),
        lambda: recognizer.predict(glyph, charset),
        lambda: recognizer.predict(glyph[:0], charset),
    ):
        with pytest.raises(HwrError, match="charset is a string"):
            ask()
