"""Edits of one glyph of a page: another character, another box, a new glyph, a glyph deleted. Each gives a new page.

A glyph is named by its number, which it keeps through all edits. Where it goes in lines and words is order.py's.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from hwr.edit import order
from hwr.errors import HwrError
from hwr.results import Box, Glyph, Page, union


def numbered(page: Page, first: int = 1) -> Page:
    """The page with a number for each glyph that has none, counted from `first`, or from the highest there is."""
    free = max([first - 1, *(glyph.number for glyph in page.glyphs)]) + 1
    fresh = itertools.count(free)
    return order.closed(
        page, order.mapped(page, lambda glyph: [glyph if glyph.number else replace(glyph, number=next(fresh))])
    )


def glyph_of(page: Page, number: int) -> Glyph:
    """The glyph of that number; raises HwrError when the page has none."""
    for glyph in page.glyphs:
        if glyph.number == number:
            return glyph
    raise HwrError(f"There is no box {number} on this page any more; it was deleted.")


def by_hand(char: str, box: Box) -> Glyph:
    """A glyph as a person says it is: certain, and corrected."""
    return Glyph(checked_char(char), 1.0, box, corrected=True)


def relabelled(page: Page, number: int, char: str) -> Page:
    """The page with another character for a glyph, or the same one confirmed. Raises HwrError for what is not one."""
    return put(page, replace(glyph_of(page, number), char=checked_char(char), confidence=1.0, corrected=True))


def moved(page: Page, number: int, box: Sequence[float]) -> Page:
    """The page with another box for a glyph; its character and how sure it is stay. Raises HwrError as `checked_box`."""
    return put(page, replace(glyph_of(page, number), box=checked_box(page, box), image=None))


def put(page: Page, glyph: Glyph) -> Page:
    """The page with this glyph in place of the one of its number, or as one more, where it belongs in reading order.

    Raises HwrError for a box outside the picture, or without a width or height.
    """
    glyph = replace(glyph, box=checked_box(page, glyph.box))
    lines = order.opened(page)
    old = next((other for other in page.glyphs if glyph.number and other.number == glyph.number), None)
    if old is not None:
        return order.closed(page, order.replaced(lines, old, glyph))
    return numbered(order.closed(page, order.inserted(lines, glyph)))


def deleted(page: Page, numbers: Collection[int]) -> Page:
    """The page without some glyphs; a number that is not there any more is no error."""
    return order.closed(page, order.without(order.opened(page), numbers))


def joined(page: Page, numbers: Sequence[int]) -> Page:
    """The page with one glyph in place of several, around all of them; its character is that of the surest.

    It goes on as the first of `numbers`. Raises HwrError when one is not there.
    """
    glyphs = [glyph_of(page, number) for number in numbers]
    surest = max(glyphs, key=lambda glyph: glyph.confidence)
    whole = replace(surest, box=union(glyph.box for glyph in glyphs), number=numbers[0], image=None, corrected=False)
    return put(deleted(page, numbers[1:]), whole)


def cut(page: Page, number: int, boxes: Sequence[Box], numbers: Sequence[int]) -> Page:
    """The page with several glyphs in place of one, from left to right in its word, of these boxes and numbers.

    Which characters they are is not known: they are as unsure as can be. Raises HwrError for a bad box or no such glyph.
    """
    old = glyph_of(page, number)
    boxes = [checked_box(page, box) for box in boxes]
    parts = [Glyph(old.char, 0.0, box, number=other) for box, other in zip(boxes, numbers, strict=True)]
    return order.closed(page, order.mapped(page, lambda glyph: parts if glyph is old else [glyph]))


def read_anew(page: Page, numbers: Collection[int], read: Callable[[list[Box]], list[Glyph]]) -> Page:
    """The page with glyphs of these numbers read by `read`, boxes to glyphs; what a person has said of them stays."""
    asked = [glyph for glyph in page.glyphs if glyph.number in numbers and not glyph.corrected]
    found = {old.number: new for old, new in zip(asked, read([glyph.box for glyph in asked]), strict=True)}
    kept = {number: replace(found[number], box=glyph_of(page, number).box, number=number) for number in found}
    return order.closed(page, order.mapped(page, lambda glyph: [kept.get(glyph.number, glyph)]))


def checked_box(page: Page, box: Sequence[float]) -> Box:
    """A box as whole pixels within the picture, its corners in order; raises HwrError when nothing of it is left."""
    if len(box) != 4 or not all(isinstance(side, (int, float)) and math.isfinite(side) for side in box):
        raise HwrError("A box is four numbers: left, top, right and bottom, in pixels of the picture.")
    (x0, x1), (y0, y1) = sorted((box[0], box[2])), sorted((box[1], box[3]))
    if x1 <= 0 or y1 <= 0 or x0 >= page.width or y0 >= page.height:
        raise HwrError("That box lies outside the picture; draw it over the writing.")
    left, top = max(0, round(x0)), max(0, round(y0))
    right, bottom = min(page.width, round(x1)), min(page.height, round(y1))
    if right <= left or bottom <= top:
        raise HwrError("That box has no width or no height; draw it around a character.")
    return left, top, right, bottom


def checked_char(char: str) -> str:
    """One character that can be seen, composed (NFC); raises HwrError when it is none, or more than one."""
    char = unicodedata.normalize("NFC", char.strip())
    marks = sum(unicodedata.combining(each) > 0 for each in char)
    if len(char) - marks != 1 or unicodedata.combining(char[0]) or unicodedata.category(char[0])[0] == "C":
        raise HwrError(f"A box holds one character that can be seen, not {char!r}; type one, or draw more boxes.")
    return char
