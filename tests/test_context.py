"""What neighbours say: look-alikes follow the word, sure answers stay, nothing else changes."""

import pytest

from hwr.context import settle
from hwr.results import Glyph

LIKE = {
    "0": (("0", 0.6), ("O", 0.38)),
    "1": (("1", 0.55), ("I", 0.4), ("L", 0.04)),
    "S": (("S", 0.7), ("5", 0.29)),
}


def glyph(char: str, place: int = 0) -> Glyph:
    alternatives = LIKE.get(char, ((char, 0.99), ("?", 0.01)))
    return Glyph(*alternatives[0], (place, 0, place + 9, 9), alternatives)


def settled(word: str) -> str:
    return "".join(g.char for g in settle([glyph(char, place) for place, char in enumerate(word)]))


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("HELL0", "HELLO"),
        ("WR1TE", "WRITE"),
        ("2018", "2018"),
        ("30S7", "3057"),
        ("0K", "OK"),
        ("A4", "A4"),
        ("B2B", "B2B"),
    ],
)
def test_look_alikes_follow_the_word(seen, meant):
    assert settled(seen) == meant


def test_alone_it_stays():
    (only,) = settle([glyph("0")])
    assert only == glyph("0")


def test_alternatives_stay_best_first_and_keep_their_sum():
    for before, after in zip(map(glyph, "HELL0"), settle(list(map(glyph, "HELL0"))), strict=True):
        chances = [chance for _, chance in after.alternatives]
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) == pytest.approx(sum(chance for _, chance in before.alternatives))
        assert (after.char, after.confidence) == after.alternatives[0]
        assert after.box == before.box
