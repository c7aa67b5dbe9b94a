"""How surely a piece of ink is one character, and the likeliest way to take the pieces of a word as characters."""

from __future__ import annotations

from hwr.layout import Lattice, Piece, Scale, best_path, is_wide
from hwr.results import Glyph

SURE = 0.95  # a piece that is read more surely is one character, unless it is as wide as two
LOOKALIKES = ("0Oo", "1IiLl", "2Zz", "5Ss", "6b", "9gq")  # whichever of them it is, it is one character


def sureness(glyph: Glyph) -> float:
    """How surely a glyph is one character, whichever of its look-alikes: from 0 to 1."""
    alike = next((group for group in LOOKALIKES if glyph.char in group), glyph.char + glyph.char.swapcase())
    return (1 - glyph.reject) * sum(chance for char, chance in glyph.alternatives if char in alike)


def is_doubted(piece: Piece, glyph: Glyph, scale: Scale) -> bool:
    """Whether a piece may be more or less than one character."""
    return bool(piece.mark) or sureness(glyph) < SURE or is_wide(piece, scale)


def likeliest(word: Lattice, read: dict[int, Glyph]) -> list[Glyph]:
    """The characters of a word, without its marks."""
    glyphs = [read[id(span.piece)] for span in word.spans]
    if len(word.edges) == 1:  # nothing is cut or joined
        path = [max(range(len(glyphs)), key=lambda place: sureness(glyphs[place]))]
    else:
        path = best_path(word, [sureness(glyph) for glyph in glyphs])
    return [glyphs[place] for place in path if not word.spans[place].piece.mark]
