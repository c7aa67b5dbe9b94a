"""Steady: what is shown of one reading after the other, so that it does not flicker."""

from __future__ import annotations

import dataclasses

import numpy as np

from hwr.live.frame import mapped
from hwr.results import Box, Glyph, Page

HELD = 2  # reads in disagreement with what is shown, and with each other, that do not change it
SAME = 0.5  # of their union: boxes that share so much hold the same character
MEMORY = 0.6  # of a character's score is what was read before


class Steady:
    """What is shown of one reading after the other.

    A character is what the last readings of its place say together. Another text is shown when two readings agree on it,
    when the writing has moved away, or when it has been held back for HELD readings.
    """

    def __init__(self) -> None:
        self.page: Page | None = None
        self._last: str | None = None
        self._held = 0

    def take(self, read: Page) -> bool:
        """Takes a reading; tells whether it is shown from now on."""
        agreed, self._last = read.text == self._last, read.text
        page = read if self.page is None else _blended(self.page, read)
        if self.page is None or agreed or page.text == self.page.text or self._held >= HELD or _moved(self.page, read):
            self.page, self._held = page, 0
            return True
        self._held += 1
        return False


def _moved(before: Page, now: Page) -> bool:
    """Whether less than half of what was read before stands where something is read now; not when nothing was read."""
    if not now.glyphs or not before.glyphs:
        return False
    shared = _overlaps([glyph.box for glyph in now.glyphs], [glyph.box for glyph in before.glyphs])
    return bool((shared.max(axis=0) > 0).mean() < 0.5)


def _blended(before: Page, now: Page) -> Page:
    """The page as it was read now, each character weighed with what stood in its place before."""
    if not now.glyphs or not before.glyphs:
        return now
    shared = _overlaps([glyph.box for glyph in now.glyphs], [glyph.box for glyph in before.glyphs])
    match = {place: int(row.argmax()) for place, row in enumerate(shared) if row.max() >= SAME}
    places = iter(range(len(now.glyphs)))

    def weighed(glyph: Glyph) -> Glyph:
        place = next(places)
        return _weighed(before.glyphs[match[place]], glyph) if place in match else glyph

    return mapped(now, weighed)


def _weighed(before: Glyph, now: Glyph) -> Glyph:
    """A glyph where it is now, as the character that both readings say together."""
    old, new = dict(before.alternatives), dict(now.alternatives)
    if not old or not new:
        return now
    scores = {char: MEMORY * old.get(char, 0.0) + (1 - MEMORY) * new.get(char, 0.0) for char in {**new, **old}}
    best = tuple(sorted(scores.items(), key=lambda pair: -pair[1])[: len(now.alternatives)])
    return dataclasses.replace(now, char=best[0][0], confidence=best[0][1], alternatives=best)


def _overlaps(some: list[Box], others: list[Box]) -> np.ndarray:
    """Of each two boxes, what they share as a part of their union: float (len(some), len(others))."""
    a, b = np.array(some)[:, None, :], np.array(others)[None, :, :]
    extent = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)
    shared = extent.prod(axis=-1)
    whole = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1) - shared
    return shared / np.maximum(whole, 1)
