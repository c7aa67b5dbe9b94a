"""Where a glyph stands in the reading order: in which line, in which word, before which glyph.

Lines and words that are there stay as they are: only the one glyph is placed. Finding them in ink is hwr.layout's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from hwr.results import Box, Glyph, Line, Page, Word, union

Lines = list[list[list[Glyph]]]  # lines of words of glyphs

SHARE = 0.35  # of its height that a glyph stands beside a line's letters to be of that line
SMALL = 0.45  # of the usual height: dots and bars, which go to the nearest line
NEAR = 1.5  # usual heights: as far as a small one may be from its line
MOVED = 0.5  # of its height: a glyph that was moved less, to no other line, stays in its own


def opened(page: Page) -> Lines:
    """The lines, words and glyphs of a page as lists."""
    return [[list(word.glyphs) for word in line.words] for line in page.lines]


def mapped(page: Page, become: Callable[[Glyph], list[Glyph]]) -> Lines:
    """The lines of a page with each glyph become others, in its word."""
    return [[[new for glyph in word.glyphs for new in become(glyph)] for word in line.words] for line in page.lines]


def closed(page: Page, lines: Lines) -> Page:
    """The page with these lines; words and lines without a glyph are dropped."""
    words = [[Word(tuple(word)) for word in line if word] for line in lines]
    return replace(page, lines=tuple(Line(tuple(line)) for line in words if line))


def without(lines: Lines, numbers: Iterable[int]) -> Lines:
    """The lines without the glyphs of these numbers; what they leave empty stays in its place."""
    gone = set(numbers)
    return [[[glyph for glyph in word if glyph.number not in gone] for word in line] for line in lines]


def replaced(lines: Lines, old: Glyph, new: Glyph) -> Lines:
    """The lines with one glyph in place of another: where that stood, unless it lies elsewhere now."""
    if new.box == old.box or _stays(lines, old, new):
        return [[[new if glyph.number == old.number else glyph for glyph in word] for word in line] for line in lines]
    return inserted(without(lines, [old.number]), new)


def inserted(lines: Lines, glyph: Glyph) -> Lines:
    """The lines with one more glyph, in the line that it stands beside or in a line of its own."""
    lines = [kept for line in lines if (kept := [word for word in line if word])]
    place = beside(lines, glyph.box)
    if place is None:
        above = _lines_above(lines, glyph.box)
        return [*lines[:above], [[glyph]], *lines[above:]]
    return [*lines[:place], _in_line(lines[place], glyph), *lines[place + 1 :]]


def _stays(lines: Lines, old: Glyph, new: Glyph) -> bool:
    """Whether a glyph that was moved is still in the same line, between the same neighbours."""
    place = next(at for at, line in enumerate(lines) if any(glyph.number == old.number for glyph in flat(line)))
    line = flat(lines[place])
    at = next(at for at, glyph in enumerate(line) if glyph.number == old.number)
    others = without(lines, [old.number])
    now = beside(others, new.box)
    lifted = abs(middle(new.box) - middle(old.box)) > MOVED * height(old.box)
    if now != place and (now is not None or lifted):
        return False
    neighbours = [line[other] for other in (at - 1, at + 1) if 0 <= other < len(line)]
    return all((centre(n.box) <= centre(old.box)) == (centre(n.box) <= centre(new.box)) for n in neighbours)


def beside(lines: Lines, box: Box) -> int | None:
    """The line that a box stands in, judged by the letters next to it; None when it stands in none."""
    glyphs = [glyph for line in lines for glyph in flat(line)]
    if not glyphs:
        return None
    usual = usual_height(glyphs)
    fits = [_fit(flat(line), box, usual) for line in lines]
    best = int(np.argmax(fits))
    if fits[best] > 0:
        return best
    ways = [min((_way(box, glyph.box) for glyph in flat(line)), default=np.inf) for line in lines]
    nearest = int(np.argmin(ways))
    return nearest if height(box) < SMALL * usual and ways[nearest] < NEAR * usual else None


def _fit(line: list[Glyph], box: Box, usual: float) -> float:
    """How well a box stands beside the nearest letters of a line; above 0 is in it. Less for a longer way to them."""
    near = sorted(line, key=lambda glyph: abs(centre(glyph.box) - centre(box)))[:4]
    if not near:
        return -1.0
    top, bottom = (float(np.mean([glyph.box[side] for glyph in near])) for side in (1, 3))
    share = (min(bottom, box[3]) - max(top, box[1])) / min(bottom - top, height(box))
    gap = min(max(0, box[0] - glyph.box[2], glyph.box[0] - box[2]) for glyph in near) / usual
    return share - SHARE - 0.01 * gap if share > SHARE else -1.0


def _way(box: Box, other: Box) -> float:
    """The way between two boxes; across lines counts double."""
    across = max(0, box[0] - other[2], other[0] - box[2])
    down = max(0, box[1] - other[3], other[1] - box[3])
    return float(np.hypot(across, 2 * down))


def _lines_above(lines: Lines, box: Box) -> int:
    """How many lines come before a line of its own for a box: those to the last above it, in its column if it is in one."""
    spans = [union(glyph.box for glyph in flat(line)) for line in lines]
    column = [at for at, span in enumerate(spans) if span[0] < box[2] and box[0] < span[2]] or range(len(spans))
    above = [at for at in column if _middle_at(flat(lines[at]), box) <= middle(box)]
    return above[-1] + 1 if above else next(iter(column), 0)


def _middle_at(line: list[Glyph], box: Box) -> float:
    """The height at which a line runs where a box is."""
    near = sorted(line, key=lambda glyph: abs(centre(glyph.box) - centre(box)))[:3]
    return float(np.median([middle(glyph.box) for glyph in near]))


def _in_line(line: list[list[Glyph]], glyph: Glyph) -> list[list[Glyph]]:
    """The words of a line with one more glyph: in the word that it stands in or is near to, otherwise one of its own."""
    all_glyphs = flat(line)
    at = sum(centre(other.box) < centre(glyph.box) for other in all_glyphs)
    word_of = [place for place, word in enumerate(line) for _ in word]
    left = word_of[at - 1] if at else None
    right = word_of[at] if at < len(all_glyphs) else None
    most = _widest_gap(line)
    near_left = left is not None and glyph.box[0] - all_glyphs[at - 1].box[2] <= most
    near_right = right is not None and all_glyphs[at].box[0] - glyph.box[2] <= most
    words = [list(word) for word in line]
    if left is not None and left == right:
        words[left].insert(at - word_of.index(left), glyph)
    elif near_left and near_right and left is not None and right is not None:
        words[left : right + 1] = [[*words[left], glyph, *words[right]]]
    elif near_left and left is not None:
        words[left].append(glyph)
    elif near_right and right is not None:
        words[right].insert(0, glyph)
    else:
        words.insert(0 if left is None else left + 1, [glyph])
    return words


def _widest_gap(line: list[list[Glyph]]) -> float:
    """The widest gap within a word of a line, in pixels: half way from its gaps within words to those between them.

    A line of one word tells nothing of that: then the rule that hwr.layout finds words with.
    """
    within = [gap for word in line for gap in _gaps(word)]
    between = _gaps_between(line)
    usual = max(float(np.median(within)), 0.0) if within else 0.0
    if between and float(np.median(between)) > usual:
        return (usual + float(np.median(between))) / 2
    tall = float(np.percentile([height(glyph.box) for glyph in flat(line)], 75))
    return max(0.45 * tall, 2.2 * usual + 0.1 * tall)


def _gaps(glyphs: Sequence[Glyph]) -> list[int]:
    return [after.box[0] - before.box[2] for before, after in itertools.pairwise(glyphs)]


def _gaps_between(words: Sequence[Sequence[Glyph]]) -> list[int]:
    return [after[0].box[0] - before[-1].box[2] for before, after in itertools.pairwise(words)]


def usual_height(glyphs: Sequence[Glyph]) -> float:
    return float(np.median([height(glyph.box) for glyph in glyphs]))


def flat(line: Iterable[Iterable[Glyph]]) -> list[Glyph]:
    return [glyph for word in line for glyph in word]


def centre(box: Box) -> float:
    return (box[0] + box[2]) / 2


def middle(box: Box) -> float:
    return (box[1] + box[3]) / 2


def height(box: Box) -> int:
    return box[3] - box[1]
