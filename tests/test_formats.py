"""formats.py: each format against the page it was written from."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest

from hwr.errors import HwrError
from hwr.formats import PAGE_FORMATS, PageOut, record
from hwr.results import Glyph, Line, Page, Word


def glyph(char: str, x: int, y: int = 10) -> Glyph:
    return Glyph(char, 0.99812, (x, y, x + 8, y + 12), ((char, 0.99812), ("8", 0.00091)))


@pytest.fixture
def page() -> Page:
    first = Line((Word((glyph("3", 0), glyph("1", 10))), Word((glyph("4", 40),))))
    second = Line((Word((glyph('"', 0, 40), glyph(",", 10, 40), glyph("é", 20, 40))),))
    return Page((first, second), 100, 60)


def test_text_of_one_picture_is_the_text_alone(page):
    assert PAGE_FORMATS["txt"].write([PageOut("a.png", page)]) == '31 4\n",é\n'.encode()


def test_text_of_several_pictures_names_each(page):
    text = PAGE_FORMATS["txt"].write([PageOut("a.png", page), PageOut("b.pdf", page, 2)]).decode()
    assert text == 'a.png:\n31 4\n",é\n\nb.pdf, page 2:\n31 4\n",é\n'


def test_json_has_the_documented_shape(page):
    written = json.loads(PAGE_FORMATS["json"].write([PageOut("a.png", page)]))
    assert list(written) == ["file", "text", "width", "height", "lines"]
    assert written["lines"][0]["text"] == "31 4"
    assert written["lines"][0]["box"] == [0, 10, 48, 22]
    assert written["lines"][0]["glyphs"][0] == {
        "char": "3",
        "confidence": 0.9981,
        "box": [0, 10, 8, 22],
        "alternatives": [["3", 0.9981], ["8", 0.0009]],
    }


def test_json_of_several_pictures_is_a_list_in_order(page):
    written = json.loads(PAGE_FORMATS["json"].write([PageOut("b.png", page), PageOut("a.png", page)]))
    assert [item["file"] for item in written] == ["b.png", "a.png"]


def test_json_tells_the_page_of_a_document_and_none_of_a_picture(page):
    written = json.loads(PAGE_FORMATS["json"].write([PageOut("a.pdf", page, 2), PageOut("b.png", page)]))
    assert [(item["file"], item.get("page")) for item in written] == [("a.pdf", 2), ("b.png", None)]


def test_json_lines_hold_one_picture_each(page):
    lines = PAGE_FORMATS["jsonl"].write([PageOut("a.png", page), PageOut("b.png", page)]).splitlines()
    assert [json.loads(line) for line in lines] == [record(PageOut("a.png", page)), record(PageOut("b.png", page))]


def test_csv_has_one_row_a_character_and_survives_quotes_and_commas(page):
    pages = [PageOut("a,b.png", page), PageOut("b.pdf", page, 3)]
    rows = list(csv.DictReader(io.StringIO(PAGE_FORMATS["csv"].write(pages).decode())))
    assert [row["char"] for row in rows] == ["3", "1", "4", '"', ",", "é"] * 2
    assert [row["page"] for row in rows] == ["1"] * 6 + ["3"] * 6
    assert rows[2] == {
        **dict(zip(("file", "line", "word", "glyph", "char"), ("a,b.png", "1", "2", "1", "4"), strict=True)),
        **dict(zip(("confidence", "x0", "y0", "x1", "y1"), ("0.9981", "40", "10", "48", "22"), strict=True)),
        "page": "1",
    }


@pytest.mark.parametrize("name", PAGE_FORMATS)
def test_a_blank_page_and_no_page_are_written_without_error(name):
    blank = PageOut("blank.png", Page((), 5, 5), picture=lambda: np.full((5, 5), 255, np.uint8))
    written = PAGE_FORMATS[name].write([blank])
    assert isinstance(written, bytes)
    assert written
    assert isinstance(PAGE_FORMATS[name].write([]), bytes)


@pytest.mark.parametrize("name", [name for name, form in PAGE_FORMATS.items() if form.picture])
def test_a_format_that_needs_the_picture_says_so(name, page):
    with pytest.raises(HwrError, match=r"that of a\.pdf, page 3 was not given"):
        PAGE_FORMATS[name].write([PageOut("a.pdf", page, 3)])


@pytest.mark.parametrize("name", [name for name, form in PAGE_FORMATS.items() if form.text])
def test_text_formats_are_utf_8_even_of_odd_file_names(name, page):
    pages = [PageOut("odd\udcff.png", page)] * (1 if PAGE_FORMATS[name].single else 2)
    assert "odd\\udcff.png" in PAGE_FORMATS[name].write(pages).decode("utf-8")


@pytest.mark.parametrize("name", PAGE_FORMATS)
def test_a_zip_has_a_file_for_each_page_each_with_a_name_of_its_own(name, page):
    form = PAGE_FORMATS[name]
    names = ["a.png", "in/A.png", "..\\a.png", "scan.pdf", "scan.pdf", "odd\udcff\n.png", ".."]
    numbers = [None, None, None, 1, 2, None, None]
    pages = [
        PageOut(name, page, number, lambda: np.full((60, 100), 255, np.uint8))
        for name, number in zip(names, numbers, strict=True)
    ]
    with zipfile.ZipFile(io.BytesIO(b"".join(form.stream(pages, zipped=True)))) as bundle:
        stems = ["a", "A (2)", "a (3)", "scan-1", "scan-2", "odd_udcff", "page"]
        assert bundle.namelist() == [f"{stem}{form.suffix}" for stem in stems]
        assert bundle.testzip() is None
        assert bundle.read(f"scan-2{form.suffix}") == form.write([pages[4]])
    kinds = {form.kind(1): False, form.kind(2): form.single}
    assert form.write(pages)[:2] == b"PK" if form.single else form.write(pages)[:2] != b"PK"
    assert all((suffix == ".zip") is zipped for (suffix, _), zipped in kinds.items())


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("txt", [2, 2, 3]),  # whether there is one page or several must be known
        ("jsonl", [1, 2, 3]),
        ("csv", [0, 1, 2, 3]),
        ("hocr", [0, 1, 2, 3, 3]),
        ("alto", [2, 2, 3, 3]),  # one page or a zip
        ("png", [2, 2, 3, 3]),
        ("pdf", [0, *[1] * 3, *[2] * 3, *[3] * 12]),
    ],
)
def test_a_page_is_taken_when_it_is_written(name, when):
    taken = []

    def pages():
        for number in range(1, 4):
            taken.append(number)
            yield PageOut("a.pdf", Page((), 8, 8), number, lambda: np.zeros((8, 8), np.uint8))

    assert [len(taken) for _ in PAGE_FORMATS[name].stream(pages())] == when


@pytest.mark.parametrize(
    ("told", "size", "resolution"),
    [
        (300, (2480, 3508), 300),
        (72, (3508, 2480), 299.8),
        (None, (400, 200), 96),
        (5000, (96, 96), 96),
        (100, (40_000, 9), 200),
    ],
)
def test_the_resolution_is_the_told_one_where_it_can_be_true(told, size, resolution):
    assert PageOut("a.png", Page((), *size), dpi=told).resolution() == pytest.approx(resolution, abs=0.1)
