"""Which of two readings of some words is kept: character by character, or at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hwr.results import Glyph

# How many times surer glyphs must be than what is read at once, with letters and without: validated on words and numbers of
# writers kept out of training.
FAVOUR = {True: 20.0, False: 1.5}


def surer(
    apart: Sequence[Sequence[Glyph]], whole: Sequence[Glyph], *, reader: str, listed: bool = False
) -> Sequence[Sequence[Glyph]]:
    """Some words as read character by character or at once: whichever is surer, or as `reader` says (Recognizer.read).

    Where nothing is a character alone, nothing is there; a single one is best read alone; and where both read the same,
    the boxes of characters that were found one by one are the closer ones. Only what is read at once knows of a list of
    words (`listed`).
    """
    glyphs = [glyph for word in apart for glyph in word]
    if reader == "lines":
        return [whole]
    if not glyphs or not whole or len(glyphs) == len(whole) == 1 or _text(glyphs) == _text(whole):
        return apart
    letters = any(glyph.char.isalpha() for glyph in (*whole, *glyphs))
    if letters and listed:
        return [whole]
    return [whole] if _sure(whole) * FAVOUR[letters] > _sure(glyphs) else apart


def _text(word: Sequence[Glyph]) -> str:
    return "".join(glyph.char for glyph in word).casefold()


def _sure(word: Sequence[Glyph]) -> float:
    return float(np.prod([glyph.confidence * (1 - glyph.reject) for glyph in word]))
