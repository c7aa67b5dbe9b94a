"""Capital or small: by height within the line, by the rest of the word, and nothing else changed."""

import pytest

from hwr.case import decide
from hwr.results import Glyph


def letter(char: str, height: int, *, sure: float = 0.5) -> Glyph:
    """A glyph whose case the network leaves open: `sure` of a capital."""
    both = sorted([(char.upper(), sure), (char.lower(), 1 - sure)], key=lambda item: -item[1])
    return Glyph(*both[0], (0, 100 - height, 20, 100), tuple(both))


def known(char: str, height: int) -> Glyph:
    return Glyph(char, 0.99, (0, 100 - height, 20, 100), ((char, 0.99),))


def text(words: list[list[Glyph]]) -> str:
    return " ".join("".join(glyph.char for glyph in word) for word in decide(words))


def test_a_letter_half_as_tall_as_its_neighbours_is_small():
    line = [[known("R", 60)], [letter("c", 36)], [known("h", 60)], [letter("o", 60)], [letter("s", 35)]]
    assert text(line) == "R c h O s"


def test_one_tall_letter_among_small_ones_is_the_capital():
    assert text([[letter("s", 61), known("a", 37), letter("v", 36), known("e", 35)]]) == "Save"


def test_the_rest_of_the_word_decides_where_heights_are_alike():
    capitals = [known("R", 60), letter("o", 58), known("A", 61), known("D", 60)]
    assert text([capitals]) == "ROAD"
    small = [known("r", 40), letter("o", 41), known("a", 40), known("d", 63)]
    assert text([small]) == "road"


@pytest.mark.parametrize("sure", [0.2, 0.8])
def test_alone_the_networks_own_answer_stands(sure):
    assert text([[letter("x", 50, sure=sure)]]) == ("X" if sure > 0.5 else "x")


def test_which_letter_it_is_and_how_sure_is_left_alone():
    glyph = Glyph("8", 0.6, (0, 40, 20, 100), (("8", 0.6), ("S", 0.2), ("s", 0.15), ("B", 0.05)))
    ((after, *_),) = decide([[glyph, known("R", 60), known("T", 60)]])
    chances = dict(after.alternatives)
    assert after.char == "8"
    assert after.confidence == 0.6
    assert chances["S"] + chances["s"] == pytest.approx(0.35)
    assert chances["S"] > 0.25


def test_digits_and_empty_lines_pass_through():
    word = (known("1", 60), known("7", 60))
    assert decide([word, ()]) == [word, ()]
    assert decide([]) == []
