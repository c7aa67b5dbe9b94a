"""What the ink of a word may be made of: pieces joined that are fragments, pieces cut that may be characters that touch.

Over-segmentation: a word is a row of atoms, and every span of a few atoms that could be one character is a piece to be
read (LeCun, Bottou, Bengio, Haffner, 1998, section V). Which spans make the word is decided by reading (paths.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwr.layout.pieces import Piece

SLANTS = np.linspace(-0.6, 0.6, 13)  # of cuts: columns to the right for each row upwards
LEANING = 0.3  # what a slant costs, where crossing one stroke costs 1
WIDE = 0.75  # of the line height: a narrower piece is one character
THREE = 2.0  # of the line height: a wider piece is several letters that are joined
TWO = 1.2  # of the line height: a wider piece may be two characters however surely it is read as one
NARROWEST, WIDEST = 0.12, 1.6  # of the line height: a character that was cut
APART = 0.16  # of the line height: the least way between two cuts
MOST_CUTS = 24  # of one piece
NEAR = 0.35  # of the line height: fragments of one character are no further apart
MOST_JOINED = 3  # fragments that are tried as one character


@dataclass(frozen=True)
class Scale:
    """How a line is written: its height in pixels, and the usual gap between characters on its page in such heights."""

    height: float
    gap: float = 0.1


@dataclass(frozen=True)
class Edge:
    """Where an atom begins. `cut`: through ink, which reaches over `span` line heights of the cut; otherwise after a
    blank `gap`, in line heights, below 0 where the boxes overlap."""

    cut: bool = False
    span: float = 0.0
    gap: float = 0.0


@dataclass(frozen=True)
class Span:
    """Atoms start to stop (exclusive) taken as one character."""

    start: int
    stop: int
    piece: Piece


@dataclass(frozen=True)
class Lattice:
    """The atoms of a word, where each begins, and the spans of them that may be characters."""

    edges: tuple[Edge, ...]
    spans: tuple[Span, ...]
    scale: Scale


def is_wide(piece: Piece, scale: Scale) -> bool:
    """Whether a piece is as wide as two characters that touch."""
    return piece.width > TWO * scale.height


def is_joined(piece: Piece, scale: Scale) -> bool:
    """Whether a piece is as wide as three characters or more."""
    return piece.width > THREE * scale.height and not piece.mark


def lattice(word: Sequence[Piece], doubted: Sequence[bool], scale: Scale) -> Lattice:
    """All that a word may be made of; pieces that are `doubted` are cut where they are wide, and joined with neighbours."""
    edges: list[Edge] = []
    spans: list[Span] = []
    starts = []
    for number, (piece, doubt) in enumerate(zip(word, doubted, strict=True)):
        starts.append(len(edges))
        edges.append(_blank(word[number - 1], piece, scale) if number else Edge())
        cuts, found = slices(piece, scale) if doubt and not piece.mark else ([], [])
        edges.extend(cuts)
        offset = starts[-1]
        spans.append(Span(offset, offset + len(cuts) + 1, piece))
        if doubt and piece.less:
            spans.append(replace(spans[-1], piece=piece.less))
        spans.extend(Span(offset + span.start, offset + span.stop, span.piece) for span in found)
    starts.append(len(edges))
    for first, last in _joints(word, doubted, scale):
        spans.append(Span(starts[first], starts[last], Piece.joined(word[first:last])))
    return Lattice(tuple(edges), tuple(spans), scale)


def _blank(before: Piece, after: Piece, scale: Scale) -> Edge:
    return Edge(gap=(after.x - before.x - before.width) / scale.height)


def _joints(word: Sequence[Piece], doubted: Sequence[bool], scale: Scale) -> list[tuple[int, int]]:
    """The runs of neighbours (first, last exclusive) that may be fragments of one character."""
    runs = []
    for first in range(len(word)):
        for last in range(first + 2, min(first + MOST_JOINED, len(word)) + 1):
            if _blank(word[last - 2], word[last - 1], scale).gap > NEAR:
                break
            width = max(piece.x + piece.width for piece in word[first:last]) - word[first].x
            if width > WIDEST * scale.height:
                break
            if any(doubted[first:last]):
                runs.append((first, last))
    return runs


def slices(piece: Piece, scale: Scale) -> tuple[list[Edge], list[Span]]:
    """Where a wide piece may be cut, left to right, and what lies between any two of the cuts; not the whole piece."""
    if piece.width < WIDE * scale.height:
        return [], []
    paths, edges = _cuts(piece, scale)
    sides = [np.zeros(piece.height, int), *paths, np.full(piece.height, piece.width)]
    places = [0.0, *(float(path.mean()) for path in paths), float(piece.width)]
    columns = np.arange(piece.width)
    spans = []
    for start in range(len(sides) - 1):
        for stop in range(start + 1, len(sides)):
            width = (places[stop] - places[start]) / scale.height
            if width < NARROWEST or width > WIDEST or (start, stop) == (0, len(sides) - 1):
                continue
            left, right = np.minimum(sides[start], sides[stop])[:, None], sides[stop][:, None]
            part = piece.only((columns >= left) & (columns < right))
            if part is not None and part.height > 0.15 * scale.height:
                spans.append(Span(start, stop, part))
    return edges, spans


def _cuts(piece: Piece, scale: Scale) -> tuple[list[np.ndarray], list[Edge]]:
    """The best straight cuts through a piece: the column of each in every row, and its edge; left to right."""
    height, width = piece.ink.shape
    columns = np.arange(width)
    costs, spans, slants = np.full(width, np.inf), np.zeros(width), np.zeros(width)
    for slant in SLANTS:
        paths = np.clip(columns + _shift(slant, height)[:, None], 0, width - 1)
        along = np.take_along_axis(piece.ink, paths, axis=1)
        span = _span(along > 127) / scale.height
        cost = along.sum(axis=0) / 255.0 / piece.stroke + span + LEANING * abs(slant)
        better = cost < costs
        costs[better], spans[better], slants[better] = cost[better], span[better], slant
    chosen = _lowest(costs, scale)
    sides = [np.clip(place + _shift(slants[place], height), 0, width) for place in chosen]
    return sides, [Edge(True, float(spans[place])) for place in chosen]


def _shift(slant: float, height: int) -> np.ndarray:
    """How far a cut of this slant lies to the right of its middle in each row."""
    return np.round(slant * (height / 2 - np.arange(height))).astype(int)


def _lowest(cost: np.ndarray, scale: Scale) -> list[int]:
    """The columns of least cost, some way apart and off the ends, in order."""
    apart = max(1, round(APART * scale.height))
    left = cost.copy()
    left[:apart] = left[-apart:] = np.inf
    chosen: list[int] = []
    while len(chosen) < MOST_CUTS and left.size and np.isfinite(left.min()):
        place = int(left.argmin())
        chosen.append(place)
        left[max(0, place - apart) : place + apart + 1] = np.inf
    return sorted(chosen)


def _span(solid: np.ndarray) -> np.ndarray:
    """For each column the rows from its first to its last ink: float (w,)."""
    first = solid.argmax(axis=0)
    last = len(solid) - solid[::-1].argmax(axis=0)
    return np.where(solid.any(axis=0), last - first, 0).astype(float)
