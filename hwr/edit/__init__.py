"""A page corrected by a person: glyphs relabelled, moved, added and deleted, its text edited; each edit gives a new page.

boxes.py edits one glyph, order.py finds its place in lines and words, text.py matches edited text back to the glyphs,
gaps.py gives what was typed a box, history.py takes edits back. Nothing here reads pictures or knows widgets.
"""

from hwr.edit.boxes import (
    by_hand,
    checked_box,
    checked_char,
    cut,
    deleted,
    glyph_of,
    joined,
    moved,
    numbered,
    put,
    read_anew,
    relabelled,
)
from hwr.edit.history import History
from hwr.edit.text import tidied, with_text

__all__ = [
    "History",
    "by_hand",
    "checked_box",
    "checked_char",
    "cut",
    "deleted",
    "glyph_of",
    "joined",
    "moved",
    "numbered",
    "put",
    "read_anew",
    "relabelled",
    "tidied",
    "with_text",
]
