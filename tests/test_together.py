"""Words read at once beside their characters: what is asked, which reading stands, and where its characters are."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from hwr import Recognizer
from hwr.classes import AMOUNTS, WRITING
from hwr.drawing import page_png
from hwr.layout import find_lines
from hwr.lines.reader import LineReader, Spelled
from hwr.preprocess import ink, open_picture
from hwr.results import Glyph
from hwr.synthetic import draw_text
from hwr.together import AtOnce, How


class Reader:
    """Reads the same in everything, and keeps what it was asked."""

    classes = "0123456789abcdefghijklmnopqrstuvwxyz "

    def __init__(self, text: str, sure: float):
        self.text, self.sure, self.asked, self.agreed, self.beside = text, sure, [], [], []

    def read(self, inks, charset, *, greys, words, count, agreed):
        self.asked += inks
        self.agreed += agreed
        others = tuple(((char, self.sure),) for char in self.text)
        return [Spelled(self.text, (self.sure,) * len(self.text), others, each, self.sure) for each in inks]

    def alone(self, inks, charset):
        self.beside += inks
        chances = [[0.9 if char == self.text[0] else 0.1 / len(self.classes) for char in self.classes] for _ in inks]
        return self.classes, np.array(chances, np.float32).reshape(len(inks), len(self.classes))


def rows_of(text: str) -> list:
    return find_lines(ink(open_picture(page_png(text))), "line")


def apart(rows: list, text: str, sure: float) -> list:
    """Each piece of the only row as one character of a text."""
    chars = iter(text)
    return [
        [
            [Glyph(char, sure, piece.box, ((char, sure),)) for piece, char in zip(word, chars, strict=False)]
            for word in row.words
        ]
        for row in rows
    ]


def text_of(found: list) -> str:
    return "".join(glyph.char for words in found for word in words for glyph in word)


@pytest.mark.parametrize(
    ("text", "sure", "reader", "asked"),
    [
        ("3142", 0.99, "auto", 0),  # digits that stand apart, each sure
        ("3142", 0.99, "lines", 1),
        ("3142", 0.6, "auto", 1),
        ("cane", 0.99, "auto", 1),  # letters: case and spelling are known at once
        ("7", 0.99, "auto", 0),
        ("7", 0.6, "auto", 1),
    ],
)
def test_what_is_clear_is_not_read_at_once(text, sure, reader, asked):
    rows = rows_of(text)
    network = Reader("5" * len(text), 0.5)
    AtOnce(network, How("page", None, 1.0, reader), "mnist").together(rows, apart(rows, text, sure))
    assert len(network.asked) == asked


@pytest.mark.parametrize(
    ("layout", "charset", "sure", "expected"),
    [
        ("char", "a-z", 0.6, "u"),  # both are asked
        ("char", "a-z", 0.999, "v"),  # asked, too, but this is surer
        ("page", "a-z", 0.6, "u"),
        ("page", None, 0.6, "u"),
        ("page", "a-z", 0.97, ""),  # sure enough
        ("char", "0-9", 0.6, ""),  # digits are known better character by character
        ("page", "0-9", 0.6, ""),
    ],
)
def test_a_letter_alone_is_looked_at_by_both_networks(layout, charset, sure, expected):
    rows = rows_of("v")
    (((glyph,),),) = apart(rows, "v", sure)
    glyph = replace(glyph, alternatives=(("v", sure), ("u", 1 - sure)))
    network = Reader("u", 0.5)
    found = AtOnce(network, How(layout, charset), "mnist").together(rows, [[[glyph]]])
    assert bool(network.beside) == bool(expected)
    assert text_of(found) == (expected or "v")
    assert not network.asked or layout == "page"


def doubted(rows: list, text: str, *places: int) -> list:
    """Each piece as one character of a text, all sure but those in some places."""
    (((*glyphs,),),) = apart(rows, text, 0.99)
    for place in places:
        char = glyphs[place].char
        glyphs[place] = Glyph(char, 0.4, glyphs[place].box, ((char, 0.4),))
    return [[glyphs]]


class Digits(Reader):
    classes = "0123456789"


@pytest.mark.parametrize(
    ("text", "many", "asked"),
    [("3142", 4, 1), ("3142", 3, 0), ("7", 100, 0)],
)
def test_numbers_are_read_at_once_however_sure_their_digits_are_unless_there_are_very_many(
    monkeypatch, text, many, asked
):
    monkeypatch.setattr("hwr.together.MANY", many)
    rows = rows_of(text)
    network = Digits("5" * len(text), 0.9995)
    found = AtOnce(network, How(), "mnist").together(rows, apart(rows, text, 0.99))
    assert len(network.asked) == asked
    assert text_of(found) == ("5" * len(text) if asked else text)


def test_of_very_many_numbers_those_in_doubt_are_read_at_once(monkeypatch):
    monkeypatch.setattr("hwr.together.MANY", 3)
    rows = rows_of("3142")
    network = Digits("3742", 0.99)
    assert text_of(AtOnce(network, How(), "mnist").together(rows, doubted(rows, "3142", 1))) == "3742"
    assert len(network.asked) == 1


def test_what_may_hold_a_mark_that_characters_alone_are_never_read_as_is_read_at_once():
    rows = rows_of("3142")
    network = Reader("3/42", 0.9)
    found = AtOnce(network, How("page", "0-9/"), "mnist", beyond="/").together(rows, apart(rows, "3142", 0.99))
    assert text_of(found) == "3/42"
    assert len(network.asked) == 1


@pytest.mark.parametrize(
    ("charset", "sure", "expected"), [("0-9/", 0.99, "3/42"), (None, 0.99, "3142"), (None, 0.4, "3/42")]
)
def test_without_a_charset_a_mark_is_only_looked_for_where_characters_are_not_sure(charset, sure, expected):
    rows = rows_of("3142")
    network = Reader("3/42", 0.6)
    words = apart(rows, "3142", 0.99)
    if sure < 0.99:
        words = doubted(rows, "3142", 1)
        words[0][0][1] = Glyph("1", sure, words[0][0][1].box, (("1", sure), ("7", 1 - sure)))
    assert text_of(AtOnce(network, How("page", charset), "mnist", beyond="/").together(rows, words)) == expected


@pytest.mark.parametrize(
    "text", ["(275)", "12/5/2024", "9/11", "(41)", "35%", "$12.50", "7,20€", "£40", "9:30", "555-1234"]
)
@pytest.mark.parametrize("seed", range(3))
def test_dates_sums_of_money_and_brackets_are_read_where_their_marks_are_asked_for(text, seed):
    read = Recognizer.load("characters").read(draw_text(text, seed=seed, height=70), charset=AMOUNTS)
    assert read.text == text


@pytest.mark.parametrize("text", ["12/5/2024", "35%", "$12", "40€"])
@pytest.mark.parametrize("seed", range(3))
def test_dates_and_sums_of_money_are_read_without_a_charset(text, seed):
    assert Recognizer.load("characters").read(draw_text(text, seed=seed, height=70)).text == text


def test_digits_alone_are_read_by_both_networks_and_marks_by_the_one_that_knows_all():
    recognizer = Recognizer.load("characters")
    assert [len(recognizer.lines(charset).others) for charset in ("0-9", "0-9/", "-0-9", None)] == [1, 0, 0, 0]
    assert {len(recognizer.lines(charset).classes) for charset in ("0-9/", AMOUNTS)} == {len(WRITING)}


@pytest.mark.parametrize(
    ("alone", "at_once", "wide", "asked"),
    [("t", "to", 1.0, 0), ("t", "to", 2.2, 1), ("t", "to", 1.4, 0), ("8", "918", 1.0, 0), ("8", "918", 1.4, 1)],
)
def test_a_piece_as_wide_as_a_joined_word_is_read_at_once_however_sure_it_is(alone, at_once, wide, asked):
    seven = ink(open_picture(page_png("7")))
    rows = find_lines(cv2.resize(seven, None, fx=wide, fy=1.0), "line")
    network = Reader(at_once, 0.98)
    ((word,),) = AtOnce(network, How(), "mnist").together(rows, apart(rows, alone, 0.99))
    assert len(network.asked) == asked
    assert "".join(glyph.char for glyph in word) == (at_once if asked else alone)


def test_characters_read_in_a_part_of_the_ink_are_not_all_of_it():
    rows = rows_of("cane")
    (words,) = apart(rows, "cane", 0.99)
    network = Reader("care", 0.6)
    assert text_of(AtOnce(network, How(), "mnist").together(rows, [words])) == "cane"
    assert text_of(AtOnce(network, How(), "mnist").together(rows, [[words[0][:1]]])) == "care"


def test_a_piece_that_gave_no_character_is_not_clear():
    rows = rows_of("3142")
    (words,) = apart(rows, "3142", 0.99)
    network = Reader("3142", 0.9)
    AtOnce(network, How(), "mnist").together(rows, [[words[0][:3]]])
    assert network.agreed == ["314"]


def test_what_is_read_at_once_stands_on_its_ink():
    rows = rows_of("3142")
    ((word,),) = AtOnce(Reader("3142", 0.99), How(), "mnist").together(rows, apart(rows, "9999", 0.4))
    assert "".join(glyph.char for glyph in word) == "3142"
    off = np.subtract([glyph.box for glyph in word], [piece.box for piece in rows[0].pieces])
    assert np.abs(off).max() <= 2
    assert all(glyph.image.any() for glyph in word)


def test_a_character_without_ink_has_a_box_of_its_own():
    rows = rows_of("31")
    whole = [piece.box for piece in rows[0].pieces]
    left, right = min(box[0] for box in whole), max(box[2] for box in whole)
    spelled = Spelled("3-1", (0.9,) * 3, ((("3", 0.9),),) * 3, np.zeros((1, 1), np.uint8), 0.9)
    edge = whole[0][2] - left
    object.__setattr__(spelled, "columns", ((-np.inf, edge), (edge + 0.6, edge + 1.4), (edge + 2, np.inf)))
    network = Reader("3-1", 0.9)
    network.read = lambda *given, **how: [spelled]
    ((word,),) = AtOnce(network, How(), "mnist").together(rows, apart(rows, "99", 0.4))
    x0, _, x1, _ = word[1].box
    assert left < x0 < x1 < right
    assert x1 - x0 <= 3
    assert not word[1].image.any()


def watched(reader: LineReader, monkeypatch: pytest.MonkeyPatch, says: Callable[[str], str] = str) -> list[int]:
    """How many strips a reader looks at, call by call; with `says` it sees other characters in them."""
    looks: list[int] = []
    logits = reader._logits
    order = [reader.classes.index(says(char)) for char in reader.classes] + [len(reader.classes)]

    def look(strips):
        looks.append(len(strips))
        return [values[:, order] for values in logits(strips)]

    monkeypatch.setattr(reader, "_logits", look)
    return looks


def test_where_both_agree_nothing_is_read_in_other_ways(monkeypatch):
    reader = Recognizer.load("characters").lines("0-9")
    first, second = watched(reader, monkeypatch), watched(reader.others[0], monkeypatch)
    monkeypatch.setattr("hwr.lines.reader.SURE", 0.0)  # nothing is sure enough
    inked = [ink(open_picture(page_png("3142")))]
    reader.read(inked, "0-9", agreed=["3142"])
    assert (sum(first), sum(second)) == (1, 0)
    reader.read(inked, "0-9", agreed=["3742"])
    assert (sum(first), sum(second)) == (1 + 4, 4)


def test_the_other_network_is_heard_where_the_first_is_not_sure(monkeypatch):
    reader = Recognizer.load("characters").lines("0-9")
    inked = [ink(open_picture(page_png("3142")))]
    sevens = {"4": "7", "7": "4"}
    watched(reader.others[0], monkeypatch, says=lambda char: sevens.get(char, char))
    monkeypatch.setattr("hwr.lines.reader.SURE", -99.0)  # all is sure enough
    assert reader.read(inked, "0-9")[0].characters == "3142"
    monkeypatch.setattr("hwr.lines.reader.SURE", 0.0)
    reader.temperature = 9.0  # hardly sure of anything
    assert reader.read(inked, "0-9")[0].characters == "3172"


def test_only_networks_that_know_all_that_is_asked_are_heard():
    recognizer = Recognizer.load("characters")
    assert [len(recognizer.lines(charset).others) for charset in ("0-9", "A-Z")] == [1, 0]
    assert Recognizer.load("digit-strings").lines("0-9").others == ()


def with_dot(word: str) -> tuple[np.ndarray, int]:
    """A word with a dot behind it, uint8 (h, w), dark on light, and the column in which the dot begins."""
    page = cv2.cvtColor(draw_text(word, seed=2, height=60), cv2.COLOR_RGB2GRAY)
    rows, columns = np.nonzero(page < page.max() - 80)
    page = np.pad(page, ((0, 0), (0, 60)), mode="edge")
    cv2.circle(page, (int(columns.max()) + 22, int(np.percentile(rows, 90))), 10, 0, -1, cv2.LINE_AA)
    return page, int(columns.max()) + 12


@pytest.mark.parametrize("word", ["sun", "rose", "now"])
@pytest.mark.parametrize(("charset", "stop"), [(None, "."), ("A-Za-z", "")])
def test_a_dot_behind_a_word_is_a_full_stop_and_no_letter(word, charset, stop):
    assert Recognizer.load("characters").read(with_dot(word)[0], charset=charset).text.lower() == word + stop


@pytest.mark.parametrize("word", ["girl", "reveal", "greatest"])
def test_a_stop_that_is_not_asked_for_takes_no_letter_away(word):
    page, dot = with_dot(word)
    found = Recognizer.load("characters").read(page, charset="A-Za-z")
    assert found.text.lower() == word
    assert found.glyphs[-1].box[2] <= dot + 2


def test_what_was_read_early_is_not_read_again_and_no_number_is():
    rows = find_lines(ink(draw_text("cane", seed=1, height=60)))
    network = Reader("care", 0.99)
    reading = AtOnce(network, How(), "mnist")
    ((word,),) = apart(rows, "cane", 0.4)
    early = reading.read_early(rows, {0: word})
    assert network.agreed == ["cane"]
    assert early[0].stands(word)
    assert text_of(reading.together(rows, [[[]]], early)) == "care"
    assert len(network.asked) == 1
    network.classes = "0123456789"
    assert reading.read_early(rows, {0: word}) == {}


@pytest.mark.parametrize("seed", range(4))
def test_the_characters_of_a_word_that_is_surely_read_at_once_are_not_looked_for(monkeypatch, seed):
    recognizer, read = Recognizer.load("characters"), Recognizer._read
    picture, framed = draw_text("moment", seed=seed, height=60), []

    def counted(self, pieces, charset):
        framed.append(len(pieces))
        return read(self, pieces, charset)

    monkeypatch.setattr(Recognizer, "_read", counted)
    assert recognizer.read(picture, charset="a-z").text == "moment"
    assert framed == [6, 0]
    framed.clear()
    recognizer.read(picture, charset="a-z", reader="glyphs")
    assert sum(framed) > 20
