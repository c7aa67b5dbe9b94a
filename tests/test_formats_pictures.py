"""Searchable PDF and marked PNG: read back by PDFium, pypdf, pdfminer.six and Pillow."""

import io
import itertools

import numpy as np
import pypdf
import pypdfium2
import pytest
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LTChar
from PIL import Image

from hwr import documents
from hwr.formats import PAGE_FORMATS, PageOut
from hwr.palette import confidence_color
from hwr.results import Glyph, Line, Page, Word

SIZE = (600, 400)


def word(text: str, x: int, y: int, *, slope: float = 0.0, step: int = 24, sure: float = 0.99) -> Word:
    """A word of glyphs 20 x 40 whose left edges are `step` apart, falling by `slope`."""
    boxes = [(x + step * at, y + round(slope * step * at)) for at in range(len(text))]
    return Word(
        tuple(
            Glyph(char, sure, (left, top, left + 20, top + 40)) for char, (left, top) in zip(text, boxes, strict=True)
        )
    )


def a_page(*lines: tuple[Word, ...]) -> Page:
    return Page(tuple(Line(words) for words in lines), *SIZE)


def grey() -> np.ndarray:
    """A picture that is neither black and white nor the same anywhere, with a black corner."""
    picture = np.tile(np.linspace(120, 250, SIZE[0]).astype(np.uint8), (SIZE[1], 1))
    picture[:40, :40] = 0
    return picture


def pdf(*pages: Page, dpi: float | None = 150, picture=grey) -> bytes:
    return PAGE_FORMATS["pdf"].write([PageOut("a.png", page, None, picture, dpi) for page in pages])


def pdfium_text(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    found = []
    for page in document:
        text = page.get_textpage()
        found.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return found


def every_reader(content: bytes) -> dict[str, list[str]]:
    """The lines of each page's text, the pages joined, as three readers see them."""
    texts = {
        "pdfium": "\n".join(pdfium_text(content)),
        "pypdf": "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content), strict=True).pages),
        "pdfminer": extract_text(io.BytesIO(content)),
    }
    return {name: [line.strip() for line in text.split("\n") if line.strip("\f\r ")] for name, text in texts.items()}


@pytest.mark.parametrize("dpi", [72, 150, 300, 600, None])
def test_text_is_found_line_by_line_at_any_resolution(dpi):
    page = a_page((word("31", 20, 20), word("42", 120, 22)), (word("Hello", 20, 120), word("g", 200, 118)))
    for name, lines in every_reader(pdf(page, page, dpi=dpi)).items():
        assert lines == ["31 42", "Hello g"] * 2, name


@pytest.mark.parametrize("dpi", [100, 300, 1200])
def test_every_character_lies_on_its_box(dpi):
    page = a_page((word("31", 20, 20), word("427", 120, 30)), (word("x", 20, 120),))
    document = pypdfium2.PdfDocument(pdf(page, dpi=dpi))
    text = document[0].get_textpage()
    height, scale = document[0].get_height(), dpi / 72
    assert height == pytest.approx(SIZE[1] / scale, abs=0.01)
    content = text.get_text_range()
    places = [at for at, char in enumerate(content) if not char.isspace()]
    assert [content[at] for at in places] == [glyph.char for glyph in page.glyphs]
    for at, glyph in zip(places, page.glyphs, strict=True):
        left, bottom, right, top = text.get_charbox(at)
        found = (left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)
        assert np.abs(np.subtract(found, glyph.box)).max() <= 3  # neighbours meet halfway, at 2 pixels


def test_pdfminer_finds_the_same_places():
    page = a_page((word("31", 20, 20),), (word("x", 20, 120),))
    (layout,) = extract_pages(io.BytesIO(pdf(page, dpi=72 * 2)))

    def characters(item):
        if isinstance(item, LTChar):
            yield item
        else:
            for part in getattr(item, "__iter__", lambda: iter(()))():
                yield from characters(part)

    found = sorted(characters(layout), key=lambda item: (-item.y0, item.x0))
    assert [item.get_text() for item in found] == ["3", "1", "x"]
    for item, glyph in zip(found, page.glyphs, strict=True):
        box = (item.x0 * 2, SIZE[1] - item.y1 * 2, item.x1 * 2, SIZE[1] - item.y0 * 2)
        assert np.abs(np.subtract(box, glyph.box)).max() <= 3


def test_letters_that_stand_wide_or_overlap_are_one_word_and_a_dash_is_in_its_line():
    wide, narrow = word("1234", 20, 20, step=60), word("slant", 300, 20, step=14)
    dash = Word((Glyph("-", 0.9, (420, 38, 440, 42)),))
    for name, lines in every_reader(pdf(a_page((wide, narrow, dash)))).items():
        assert lines == ["1234 slant -"], name


def test_a_falling_line_stays_one():
    words = [word("abc", 10 + 100 * at, 20 + 8 * at, slope=0.08) for at in range(5)]
    for name, lines in every_reader(pdf(a_page(tuple(words), (word("z", 20, 200),)))).items():
        assert lines == ["abc abc abc abc abc", "z"], name


def test_other_scripts_and_rare_characters_are_found():
    page = a_page((word("éЖλ", 20, 20), word("中𝒜&", 220, 20)), (word("<(\\)>", 20, 120),))
    for name, lines in every_reader(pdf(page)).items():
        assert lines == ["éЖλ 中𝒜&", "<(\\)>"], name


def test_many_different_characters_are_found():
    chars = "".join(chr(0x4E00 + at) for at in range(300))
    lines = [(word(chars[at : at + 20], 10, 4 + 2 * at),) for at in range(0, 300, 20)]
    page = Page(tuple(Line(words) for words in lines), *SIZE)
    assert "".join(pdfium_text(pdf(page))[0].split()) == chars


def test_what_cannot_be_seen_is_left_out():
    for lines in every_reader(pdf(a_page((word("a\x00\ud800b\uffff", 20, 20),)))).values():
        assert lines == ["ab"]


@pytest.mark.parametrize("kind", ["grey", "colour", "black and white"])
def test_the_page_shows_its_picture_and_no_text(kind):
    picture = {
        "grey": grey(),
        "colour": np.dstack([grey(), grey()[::-1], np.full_like(grey(), 90)]),
        "black and white": np.where(grey() > 180, 255, 0).astype(np.uint8),
    }[kind]
    content = pdf(a_page((word("31", 20, 20),)), picture=lambda: picture)
    (page,) = documents.pages(content)
    bitmap = pypdfium2.PdfDocument(content)[0].render(scale=150 / 72, rev_byteorder=True).to_numpy()
    shown = bitmap if picture.ndim == 3 else bitmap[:, :, 0]
    assert np.abs(shown.astype(int) - picture).mean() < (0.5 if kind == "black and white" else 3)
    assert page.picture().shape == shown.shape
    images = pypdf.PdfReader(io.BytesIO(content)).pages[0].images
    assert images[0].image.size == SIZE
    if kind == "black and white":
        np.testing.assert_array_equal(np.asarray(images[0].image.convert("L")), picture)


def test_a_pdf_that_was_written_is_read_again_at_its_own_resolution():
    content = pdf(a_page((word("31", 20, 20),)), a_page(), dpi=200)
    for page in documents.pages(content):
        assert page.resolution() == pytest.approx(200, abs=0.1)
        assert page.picture().shape == SIZE[::-1]


def test_sizes_at_the_limits_are_written():
    for size in ((1, 1), (70_000, 2)):
        picture = np.full(size[::-1], 130, np.uint8)
        content = PAGE_FORMATS["pdf"].write([PageOut("a.png", Page((), *size), None, lambda picture=picture: picture)])
        (page,) = pypdf.PdfReader(io.BytesIO(content), strict=True).pages
        assert max(page.mediabox.width, page.mediabox.height) <= 14_400
        assert page.images[0].image.size == size


def test_the_table_at_the_end_points_at_every_object():
    content = pdf(a_page((word("31", 20, 20),)), a_page())
    start = int(content.split(b"startxref\n")[1].split()[0])
    rows = content[start:].split(b"trailer")[0].splitlines()[2:]
    for number, row in itertools.islice(enumerate(rows), 1, None):
        assert content[int(row.split()[0]) :].startswith(b"%d 0 obj\n" % number)


def png(page: Page, picture=grey) -> Image.Image:
    return Image.open(io.BytesIO(PAGE_FORMATS["png"].write([PageOut("a.png", page, None, picture, 150)])))


def test_the_marked_picture_is_the_scan_with_coloured_boxes():
    sure, doubtful = word("3", 100, 200, sure=0.99), word("8", 300, 200, sure=0.4)
    marked = png(a_page((sure, doubtful)))
    assert (marked.format, marked.mode, marked.size) == ("PNG", "RGB", SIZE)
    assert marked.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    pixels = np.asarray(marked)
    for item in (*sure.glyphs, *doubtful.glyphs):
        color = tuple(bytes.fromhex(confidence_color(item.confidence)[1:]))
        x0, y0, x1, y1 = item.box
        edge = [*pixels[y0, x0:x1], *pixels[y1 - 1, x0:x1], *pixels[y0:y1, x0], *pixels[y0:y1, x1 - 1]]
        assert {tuple(int(part) for part in pixel) for pixel in edge} == {color}
        tag = pixels[y0 - 16 : y0, x0 : x0 + 8].reshape(-1, 3)
        assert (tag == color).all(1).any()
        assert (tag > 240).all(1).any()
        inside = np.s_[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4]
        np.testing.assert_array_equal(pixels[inside][..., 0], grey()[inside])
    np.testing.assert_array_equal(pixels[300:, :, 0], grey()[300:])


def test_tags_stay_on_the_page_and_unknown_characters_are_code_points():
    marked = png(Page((Line((word("Ж", 585, 0), word("\x00", 0, 380))),), *SIZE))
    color = tuple(bytes.fromhex(confidence_color(0.99)[1:]))
    tagged = (np.asarray(marked)[:14] == color).all(2)
    assert tagged[:, 540:].any()
    assert np.flatnonzero(tagged.any(0))[0] < 570  # as wide as "U+0416"


@pytest.mark.parametrize("size", [(1, 1), (3, 200)])
def test_tiny_pictures_are_marked_without_a_fall(size):
    page = Page((Line((Word((Glyph("7", 0.5, (0, 0, *size)),)),)),), *size)
    assert png(page, lambda: np.zeros(size[::-1], np.uint8)).size == size
