"""The plain data that reading gives."""

import json

from hwr.results import Glyph, Line, Page, Word, union


def page() -> Page:
    three = Glyph("3", 0.99, (0, 0, 10, 20), (("3", 0.99), ("8", 0.01)))
    one = Glyph("1", 0.9, (12, 2, 14, 20))
    four = Glyph("4", 0.8, (40, 1, 52, 22))
    return Page((Line((Word((three, one)), Word((four,)))), Line((Word((one,)),))), 60, 80)


def test_text_joins_words_and_lines():
    assert page().text == "31 4\n1"


def test_boxes_hold_their_parts():
    assert page().lines[0].box == (0, 0, 52, 22)
    assert page().lines[0].words[0].box == (0, 0, 14, 20)
    assert union([]) == (0, 0, 0, 0)


def test_dict_is_json_with_glyphs_in_order():
    data = json.loads(json.dumps(page().to_dict()))
    assert [data["width"], data["height"], len(data["lines"])] == [60, 80, 2]
    assert [glyph["char"] for glyph in data["lines"][0]["glyphs"]] == ["3", "1", "4"]
    assert data["lines"][0]["glyphs"][0]["alternatives"] == [["3", 0.99], ["8", 0.01]]


def test_blank_page():
    assert Page((), 5, 5).text == ""
    assert Page((), 5, 5).glyphs == ()
