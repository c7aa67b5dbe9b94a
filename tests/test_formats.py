"""formats.py: each format against the page it was written from."""

import csv
import io
import json

import pytest

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
def test_a_blank_page_is_written_without_error(name):
    written = PAGE_FORMATS[name].write([PageOut("blank.png", Page((), 5, 5))])
    assert isinstance(written, bytes)
    assert PAGE_FORMATS[name].suffix == f".{name}"
