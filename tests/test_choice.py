"""Which of two readings of a word is kept."""

from dataclasses import replace

import pytest

from hwr.lines.choice import DIGITS, LETTERS, both, is_beyond, surer
from hwr.results import Glyph


def word(text: str, sure: float, reject: float = 0.0) -> list[Glyph]:
    return [
        Glyph(char, sure, (10 * n, 0, 10 * n + 8, 20), ((char, sure), (char.swapcase(), (1 - sure) / 2)), None, reject)
        for n, char in enumerate(text)
    ]


def text(words) -> str:
    return " ".join("".join(glyph.char for glyph in some) for some in words)


@pytest.mark.parametrize(
    ("apart", "whole", "kept"),
    [
        (word("cat", 0.9), word("cut", 0.8), "cut"),  # a little surer is not enough with letters
        (word("cat", 0.99), word("cut", 0.5), "cat"),
        (word("m", 0.9), word("nn", 0.8), "nn"),  # few characters are not surer for being few
        (word("m", 0.9), word("r", 0.99), "m"),  # one character alone is read alone
        (word("31", 0.9), word("37", 0.85), "31"),
        (word("3", 0.9), word("37", 0.85), "37"),  # fewer digits: something was taken together
        (word("31", 0.9, reject=0.5), word("37", 0.85), "37"),
        ([], word("37", 0.85), ""),  # nothing in it is a character
        ([], word("straight", 0.9), "straight"),  # all of it is joined
        ([], word("Oty", 0.6), ""),  # a scribble
        ([], word("consciencethumb", 0.5), "consciencethumb"),  # so many letters are seldom read in one
        ([], word("consciencethumb", 0.4), ""),
        ([], word("31", 0.95), "31"),  # two joined digits
        ([], word("31", 0.85), ""),
        ([], word("in", 0.85), "in"),  # two joined letters
        ([], word("in", 0.75), ""),
        ([], word("i1", 0.95), ""),
        (word("31", 0.9), [], "31"),
    ],
)
def test_the_surer_reading_is_kept(apart, whole, kept):
    assert text(surer([apart], [whole], reader="auto")) == kept
    assert LETTERS > DIGITS


def test_letters_that_stand_far_apart_need_not_be_the_surer_by_much():
    near, whole = word("jkl", 0.9), word("ikl", 0.7)
    far = [replace(glyph, box=(30 * n, 0, 30 * n + 8, 20)) for n, glyph in enumerate(near)]
    assert text(surer([near], [whole], reader="auto")) == "ikl"
    assert text(surer([far], [whole], reader="auto")) == "jkl"
    assert text(surer([far], [word("ikl", 0.95)], reader="auto")) == "ikl"


def test_a_few_sure_characters_of_a_joined_line_are_not_all_of_it():
    apart, whole = word("Jae", 0.99), word("misleadinglikins", 0.55)
    assert text(surer([apart], [whole], reader="auto")) == "Jae"
    assert text(surer([apart], [whole], reader="auto", covered=0.2)) == "misleadinglikins"


def test_a_reader_may_be_forced_and_a_list_is_known_at_once_alone():
    apart, whole = word("cat", 0.99), word("cut", 0.3)
    assert text(surer([apart], [whole], reader="lines")) == "cut"
    assert text(surer([apart], [whole], reader="auto", listed=True)) == "cut"
    assert text(surer([word("31", 0.99)], [word("37", 0.5)], reader="auto", listed=True)) == "31"


def test_where_both_read_the_same_the_boxes_are_those_of_single_characters_and_the_case_that_of_the_word():
    first, second = word("WIn", 0.9), word("ter", 0.9)
    whole = [Glyph(char, 0.8, (0, 0, 1, 1), ((char, 0.8),)) for char in "Winter"]
    kept = surer([first, second], [whole], reader="auto")
    assert text(kept) == "Win ter"
    assert [glyph.box for glyph in kept[0]] == [glyph.box for glyph in first]
    changed = kept[0][1]
    assert changed.alternatives[0] == ("i", 0.9)
    assert changed.alternatives[1][0] == "I"
    assert kept[0][0] is first[0]


def test_spaces_are_known_at_once():
    apart, whole = word("todo", 0.9), word("todo", 0.8)
    kept = surer([apart], [whole[:2], whole[2:]], reader="auto")
    assert text(kept) == "to do"
    assert kept[0][0] is apart[0]
    assert text(surer([word("tado", 0.3)], [whole[:2], whole[2:]], reader="auto")) == "to do"


@pytest.mark.parametrize("sure", [0.5, 0.6, 0.62, 0.67, 0.9])
@pytest.mark.parametrize("whole", ["an", "cat", "reading", "consciencethumb"])
@pytest.mark.parametrize("away", [10, 30])
def test_what_is_beyond_doubt_is_kept_beside_any_characters(sure, whole, away):
    at_once = [word(whole, sure)]
    others = [[replace(glyph, box=(away * n, 0, away * n + 8, 20)) for n, glyph in enumerate(word("xyzw", 0.999))]]
    beyond = is_beyond(at_once[0], others[0])
    assert beyond == (away == 10 and sure > 0.6 and (len(whole) > 3 or sure > 0.66) and (len(whole) > 2 or sure > 0.8))
    if beyond:
        assert all(surer(apart, at_once, reader="auto") is at_once for apart in (others, [[]], [others[0][:2]]))


def test_numbers_and_single_letters_are_never_beyond_doubt():
    assert not is_beyond(word("3142", 0.99), word("3142", 0.5))
    assert not is_beyond(word("m", 0.99), word("m", 0.5))
    assert is_beyond(word("m24", 0.99), word("m24", 0.5))


@pytest.mark.parametrize(
    ("apart", "whole", "beyond", "kept"),
    [
        (word("1215", 0.99), word("12/5", 0.8), "/", "12/5"),  # characters alone know no slash
        (word("1215", 0.99), word("12/5", 0.8), "", "1215"),
        (word("1215", 0.99), word("12/5", 0.4), "/", "1215"),
        (word("1215", 0.99), word("1275", 0.8), "/", "1215"),  # no slash was read
        (word("11", 0.99), word("//", 0.8), "/", "11"),  # marks alone are no number
    ],
)
def test_a_mark_that_only_the_network_for_lines_knows_is_kept(apart, whole, beyond, kept):
    assert text(surer([apart], [whole], reader="auto", beyond=beyond)) == kept


def letter(*answers: tuple[str, float]) -> Glyph:
    return Glyph(*answers[0], (0, 0, 10, 20), answers)


def test_a_letter_is_what_both_networks_can_agree_on():
    glyph = letter(("u", 0.5), ("v", 0.4), ("n", 0.09))
    found = both(glyph, {"u": 0.05, "v": 0.55, "n": 0.4})
    assert [char for char, _ in found.alternatives] == ["v", "u", "n"]
    assert found.char == "v"
    assert found.confidence == found.alternatives[0][1] > 0.5
    assert sum(chance for _, chance in found.alternatives) == pytest.approx(0.99)
    assert both(glyph, {"u": 0.5, "v": 0.4, "n": 0.1}).char == "u"
    assert both(glyph, {"x": 1.0}).char == "u"  # what says nothing of these answers changes nothing
    assert both(glyph, {}) == glyph


def test_the_case_of_a_letter_is_not_asked_of_both():
    glyph = letter(("S", 0.5), ("s", 0.3), ("5", 0.2))
    found = dict(both(glyph, {"s": 0.9, "S": 0.0, "5": 0.1}).alternatives)
    assert found["S"] / found["s"] == pytest.approx(5 / 3)
    assert found["5"] < 0.2
