"""Which of two readings of some words is kept: character by character, or at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hwr.results import Glyph

# How much surer glyphs must be than what is read at once, as a logarithm: a character where there are letters, in all where
# there are none. Validated on words and numbers of writers kept out of training.
LETTERS, DIGITS = 0.5, 0.0
# Where no character stands alone, a joined word is there when so many are read in it, each so surely (as a logarithm);
# scribbles, hatching and other marks are read as fewer, or less surely.
JOINED, JOINED_SURE = 3, float(np.log(0.66))


def surer(
    apart: Sequence[Sequence[Glyph]], at_once: Sequence[Sequence[Glyph]], *, reader: str, listed: bool = False
) -> Sequence[Sequence[Glyph]]:
    """Some words as read character by character or at once: whichever is surer, or as `reader` says (Recognizer.read).

    Where nothing is a character alone, nothing is there but a joined word; a single one is best read alone; and where both
    read the same, the boxes of characters that were found one by one are the closer ones, and their case is better known at
    once, as are the spaces in what looks like one word. Only what is read at once knows of a list of words (`listed`).
    """
    glyphs, whole = [glyph for word in apart for glyph in word], [glyph for word in at_once for glyph in word]
    if reader == "lines":
        return at_once
    if not glyphs:
        return at_once if len(whole) >= JOINED and _sure(whole) > JOINED_SURE * len(whole) else apart
    if not whole or len(glyphs) == len(whole) == 1:
        return apart
    if _text(glyphs) == _text(whole):
        found = iter(_cased(glyph, other.char) for glyph, other in zip(glyphs, whole, strict=True))
        return [[next(found) for _ in word] for word in max(apart, at_once, key=len)]
    return apart if _surer_apart(glyphs, whole, listed) else at_once


def _surer_apart(glyphs: Sequence[Glyph], whole: Sequence[Glyph], listed: bool) -> bool:
    """Whether the characters of a word, found one by one, are surer than others read at once."""
    if not any(glyph.char.isalpha() for glyph in (*whole, *glyphs)):
        return len(glyphs) >= len(whole) and _sure(glyphs) > _sure(whole) + DIGITS
    return not listed and _sure(glyphs) / len(glyphs) > _sure(whole) / len(whole) + LETTERS


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
