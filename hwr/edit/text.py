"""The text of a page, edited by a person, matched back to its glyphs: which were relabelled, deleted, joined, cut, added.

The edit distance says what became of each character (Levenshtein; Wagner and Fischer, 1974): a character for another
relabels its glyph, several for fewer join their boxes, few for more cut theirs, one that is gone is deleted, and what came
new gets a box between its neighbours (gaps.py). Lines and words are those of the text.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hwr.edit import gaps, order
from hwr.edit.boxes import by_hand
from hwr.edit.gaps import Slot, Slots
from hwr.errors import HwrError
from hwr.results import Box, Glyph, Page, union

LONGEST = 10_000  # characters that an edited text may have
# What it costs to change a character, to change its case or one white space for another, to add or drop a character,
# to add or drop a space or a line break; a character is never turned into a space.
CHANGE, NEARLY, CHARACTER, SPACE, NEVER = 2, 1, 2, 1, 9

Step = tuple[int | None, int | None]  # places in the old and the new text; None for what was added or is gone


def with_text(page: Page, text: str) -> Page:
    """The page with its text edited; the same page when the text is the same but for spaces that mean nothing.

    Spaces and line breaks split and join words and lines; blank lines are dropped. Glyphs that stay keep all they have.
    Raises HwrError for a text of more than LONGEST characters.
    """
    wanted = _words(text)
    if _joined(wanted) == page.text:
        return page
    slots = [[[Slot(char) for char in word] for word in line] for line in wanted]
    _match(page, slots)
    gaps.fill(page, slots)
    return order.closed(page, [[[slot.glyph for slot in word if slot.glyph] for word in line] for line in slots])


def tidied(text: str) -> str:
    """A text as a page can hold it: one space between words, no blank lines, nothing that cannot be seen."""
    return _joined(_words(text))


def _joined(lines: list[list[list[str]]]) -> str:
    return "\n".join(" ".join("".join(word) for word in line) for line in lines)


def _words(text: str) -> list[list[list[str]]]:
    """The lines of a text, their words, and their characters with their combining marks."""
    if len(text) > LONGEST:
        raise HwrError(f"That text has {len(text):,} characters; a page takes {LONGEST:,} at the most.")
    lines = [[_characters(word) for word in line.split()] for line in unicodedata.normalize("NFC", text).splitlines()]
    lines = [[word for word in line if word] for line in lines]
    return [line for line in lines if line]


def _characters(word: str) -> list[str]:
    found: list[str] = []
    for char in word:
        if unicodedata.combining(char) and found:
            found[-1] += char
        elif unicodedata.category(char)[0] != "C" and not unicodedata.combining(char):
            found.append(char)
    return found


def _match(page: Page, slots: Slots) -> None:
    """Gives slots the glyphs that their characters come from; what was added stays without."""
    old = _tokens([[list(word.glyphs) for word in line.words] for line in page.lines])
    new = _tokens(slots)
    glyphs: list[Glyph] = []
    added: list[Slot] = []
    for at_old, at_new in alignment([item.char for item in old], [item.char for item in new]):
        was = None if at_old is None else old[at_old]
        now = None if at_new is None else new[at_new]
        letter = isinstance(now, Slot) and not now.char.isspace()
        if isinstance(was, Glyph) and isinstance(now, Slot) and was.char == now.char:
            now.glyph = was
        elif isinstance(was, Glyph) or letter:
            glyphs += [was] if isinstance(was, Glyph) else []
            added += [now] if isinstance(now, Slot) else []
            continue
        _change(glyphs, added)
        glyphs, added = [], []
    _change(glyphs, added)


def _tokens(lines: Sequence[Sequence[Sequence[Glyph | Slot]]]) -> list[Glyph | Slot]:
    """The glyphs or slots of lines of words in one row, with a slot for each space and line break between them."""
    row: list[Glyph | Slot] = []
    for number, line in enumerate(lines):
        row += [Slot("\n")] * (number > 0)
        for place, word in enumerate(line):
            row += [*[Slot(" ")] * (place > 0), *word]
    return row


def _change(glyphs: list[Glyph], slots: list[Slot]) -> None:
    """Characters side by side that became others: their glyphs are relabelled, joined or cut; without new ones, gone."""
    if not glyphs or not slots:
        return
    for slot, (box, old) in zip(slots, _shared(glyphs, len(slots)), strict=True):
        if old and old.box == box:
            slot.glyph = replace(old, char=slot.char, confidence=1.0, corrected=True)
        else:
            slot.glyph = replace(by_hand(slot.char, box), number=old.number if old else 0)


def _shared(glyphs: list[Glyph], count: int) -> list[tuple[Box, Glyph | None]]:
    """So many boxes for these glyphs, neighbours joined or each cut in equal shares, with the glyph that each goes on."""
    most, least = max(len(glyphs), count), min(len(glyphs), count)
    groups = list(itertools.pairwise(round(place * most / least) for place in range(least + 1)))
    if count <= len(glyphs):
        return [(union(glyph.box for glyph in glyphs[left:right]), glyphs[left]) for left, right in groups]
    found: list[tuple[Box, Glyph | None]] = []
    for glyph, (left, right) in zip(glyphs, groups, strict=True):
        first, *others = gaps.cut(glyph.box, right - left)
        found += [(first, glyph), *((box, None) for box in others)]
    return found


def alignment(before: Sequence[str], after: Sequence[str]) -> list[Step]:
    """What became of each character of a text, in order, at the least cost."""
    head = _same(before, after)
    tail = _same(before[head:][::-1], after[head:][::-1])
    inner = _steps(before[head : len(before) - tail], after[head : len(after) - tail])
    start: list[Step] = [(place, place) for place in range(head)]
    end: list[Step] = [(len(before) - place, len(after) - place) for place in range(tail, 0, -1)]
    shifted = [(None if a is None else a + head, None if b is None else b + head) for a, b in inner]
    return [*start, *shifted, *end]


def _same(before: Sequence[str], after: Sequence[str]) -> int:
    """With how many equal characters two texts begin."""
    pairs = zip(before, after, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))


def _steps(before: Sequence[str], after: Sequence[str]) -> list[Step]:
    """The alignment of two texts by dynamic programming, one row of the table at a time."""
    drop = [SPACE if char.isspace() else CHARACTER for char in before]
    add = np.array([SPACE if char.isspace() else CHARACTER for char in after], np.int32)
    along = np.concatenate([[0], np.cumsum(add)])
    table = np.zeros((len(before) + 1, len(after) + 1), np.uint16)
    table[0] = along
    changes = list(_changes(before, after))
    for row, cost in enumerate(changes, 1):
        last = table[row - 1].astype(np.int32)
        best = last + drop[row - 1]
        best[1:] = np.minimum(best[1:], last[:-1] + cost)
        table[row] = np.minimum.accumulate(best - along) + along
    steps: list[Step] = []
    row, column = len(before), len(after)
    while row or column:
        here = int(table[row, column])
        if row and column and here == table[row - 1, column - 1] + changes[row - 1][column - 1]:
            row, column = row - 1, column - 1
            steps.append((row, column))
        elif row and here == table[row - 1, column] + drop[row - 1]:
            row -= 1
            steps.append((row, None))
        else:
            column -= 1
            steps.append((None, column))
    return steps[::-1]


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[np.ndarray]:
    """For each character of the old text what it costs to become each of the new: uint8 (len(after),)."""
    codes: dict[str, int] = {}
    exact = np.array([codes.setdefault(char, len(codes)) for char in after], np.int32)
    folded = np.array([codes.setdefault("\0" + char.casefold(), len(codes)) for char in after], np.int32)
    blank = np.array([char.isspace() for char in after], bool)
    for char in before:
        cost = np.full(len(after), CHANGE, np.uint8)
        cost[folded == codes.get("\0" + char.casefold(), -1)] = NEARLY
        cost[blank] = NEARLY
        cost[blank != char.isspace()] = NEVER
        cost[exact == codes.get(char, -1)] = 0
        yield cost
