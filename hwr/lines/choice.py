"""Which of two readings of some words is kept: character by character, or at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hwr.results import Glyph

# How much surer glyphs must be than what is read at once, as a logarithm: a character where there are letters, in all where
# there are none. Validated on words and numbers of writers kept out of training.
LETTERS, DIGITS = 0.5, 0.0
SPACED = 0.35  # of their height: letters that stand so far apart are single ones, and need not be the surer
MARK = 0.5  # so sure is a mark that is read at once, as the / of a date, and that characters alone are never read as
# How much what is read at once counts of a letter alone, validated as above and on other tablets; an answer's least chance.
BESIDE, FAINT = 0.3, 1e-6
UNREAD = float(np.log(0.3))  # so sure is a character of a word, as a logarithm, in ink from which none was read alone
# Where no character stands alone, a joined word is there when so many are read in it, each so surely on the mean, and a
# little less surely with each more of them; scribbles, hatching and other marks are read as fewer, or less surely.
JOINED, JOINED_SURE, LESS, LEAST_SURE = 3, 0.66, 0.042, 0.45
TWO_DIGITS, TWO_LETTERS = 0.9, 0.8  # so surely two digits, or two letters, alone are joined


def both(glyph: Glyph, at_once: Mapping[str, float]) -> Glyph:
    """A letter that stands alone as two networks see it: the product of what each says of its answers (Hinton, 2002).

    `at_once` is how likely each character is for the network for lines, which has seen far more hands in words, and knows of
    letters that are joined; which case a letter has is left to the other.
    """
    own: dict[str, float] = {}
    for char, chance in glyph.alternatives:
        own[char.casefold()] = own.get(char.casefold(), 0.0) + chance
    theirs = dict.fromkeys(own, 0.0)
    for char, chance in at_once.items():
        if char.casefold() in theirs:
            theirs[char.casefold()] += float(chance)
    if not any(theirs.values()):
        return glyph
    product = {char: max(own[char], FAINT) ** (1 - BESIDE) * max(theirs[char], FAINT) ** BESIDE for char in own}
    scale = sum(own.values()) / sum(product.values())
    chances = [
        (char, scale * product[char.casefold()] * chance / max(own[char.casefold()], FAINT))
        for char, chance in glyph.alternatives
    ]
    ordered = tuple(sorted(chances, key=lambda each: -each[1]))
    return replace(glyph, char=ordered[0][0], confidence=ordered[0][1], alternatives=ordered)


def surer(
    apart: Sequence[Sequence[Glyph]],
    at_once: Sequence[Sequence[Glyph]],
    *,
    reader: str,
    listed: bool = False,
    covered: float = 1.0,
    beyond: str = "",
) -> Sequence[Sequence[Glyph]]:
    """Some words as read character by character or at once: whichever is surer, or as `reader` says (Recognizer.read).

    Where nothing is a character alone, nothing is there but a joined word; a single one is best read alone; and where both
    read the same, the boxes of characters that were found one by one are the closer ones, and their case is better known at
    once, as are the spaces in what looks like one word. Only what is read at once knows of a list of words (`listed`).
    Characters were read alone in a part of the ink (`covered`), and none as one of those `beyond` what is known of them.
    """
    glyphs, whole = [glyph for word in apart for glyph in word], [glyph for word in at_once for glyph in word]
    if reader == "lines":
        return at_once
    if not glyphs:
        return at_once if _is_joined(whole) else apart
    if not whole or len(glyphs) == len(whole) == 1:
        return apart
    marks = [glyph.confidence for glyph in whole if glyph.char in beyond]
    if marks and len(marks) < len(whole) and min(marks) > MARK:
        return at_once
    if _text(glyphs) == _text(whole):
        found = iter(_cased(glyph, other.char) for glyph, other in zip(glyphs, whole, strict=True))
        return [[next(found) for _ in word] for word in max(apart, at_once, key=len)]
    return apart if _surer_apart(glyphs, whole, listed, covered) else at_once


def is_beyond(whole: Sequence[Glyph], apart: Sequence[Glyph]) -> bool:
    """Whether letters are read at once so surely that `surer` keeps them, however surely characters are found one by one.

    `apart` is what the pieces of the ink are read as, whether they are characters or not.
    """
    if len(whole) < 2 or not any(glyph.char.isalpha() for glyph in whole):
        return False
    return _is_joined(whole) and _sure(whole) > -_margin(apart) * len(whole)


def _is_joined(whole: Sequence[Glyph]) -> bool:
    """Whether what was read at once, where no character stands alone, is a joined word."""
    if len(whole) < JOINED:
        digits, letters = (all(is_kind(glyph.char) for glyph in whole) for is_kind in (str.isdigit, str.isalpha))
        least = TWO_DIGITS if digits else TWO_LETTERS if letters else 1.0
        return len(whole) == 2 and _sure(whole) > 2 * np.log(least)
    return _sure(whole) > np.log(max(LEAST_SURE, JOINED_SURE - LESS * (len(whole) - JOINED))) * len(whole)


def _surer_apart(glyphs: Sequence[Glyph], whole: Sequence[Glyph], listed: bool, covered: float) -> bool:
    """Whether the characters of a word, found one by one, are surer than others read at once."""
    if not any(glyph.char.isalpha() for glyph in (*whole, *glyphs)):
        return len(glyphs) >= len(whole) and _sure(glyphs) > _sure(whole) + DIGITS
    unread = (1 - covered) * len(whole)
    each = (_sure(glyphs) + unread * UNREAD) / (len(glyphs) + unread)
    return not listed and each > _sure(whole) / len(whole) + _margin(glyphs)


def _margin(glyphs: Sequence[Glyph]) -> float:
    """How much surer than what is read at once each of these must be, where there are letters."""
    return 0.0 if np.median(gaps(glyphs)) > SPACED else LETTERS


def gaps(glyphs: Sequence[Glyph]) -> list[float]:
    """The gaps between neighbours, in heights of a character; 0 where there is one alone, or none."""
    if not glyphs:
        return [0.0]
    boxes = sorted(glyph.box for glyph in glyphs)
    tall = float(np.median([y1 - y0 for _, y0, _, y1 in boxes]))
    return [(after[0] - before[2]) / max(tall, 1.0) for before, after in itertools.pairwise(boxes)] or [0.0]


def _cased(glyph: Glyph, char: str) -> Glyph:
    """A glyph as `char`, its other case or itself."""
    if char == glyph.char:
        return glyph
    others = tuple((glyph.char if other == char else other, chance) for other, chance in glyph.alternatives[1:])
    return replace(glyph, char=char, alternatives=((char, glyph.confidence), *others))


def _text(word: Sequence[Glyph]) -> str:
    return "".join(glyph.char for glyph in word).casefold()


def _sure(word: Sequence[Glyph]) -> float:
    """The logarithm of the chance that all of a word is right."""
    return float(np.log([max(glyph.confidence * (1 - glyph.reject), 1e-6) for glyph in word]).sum())
