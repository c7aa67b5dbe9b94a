"""Which spans of a word's atoms are its characters: the likeliest way through, by how they read and how they lie.

A linear score of a few features, its weights fitted to composed lines of characters that stand apart, touch and are
broken (a conditional random field: Lafferty, McCallum, Pereira, 2001). Not here: reading itself (hwr.recognize).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hwr.layout.cuts import Lattice, Span

FEATURES = ("read", "one", "width", "width2", "short", "span", "blank", "gap", "apart", "joints", "far", "over", "mark")
WEIGHTS = np.array([3.14, -3.35, -6.78, -4.70, -6.23, -3.30, 4.36, 1.25, -7.62, -0.47, -0.21, 0.0, -3.61])
MARK = np.eye(len(FEATURES))[-1]  # of a dot or a bar that stands for itself
LEAST = 1e-4  # chance below which all readings are as bad


def features(lattice: Lattice, span: Span, chance: float) -> np.ndarray:
    """What speaks for and against a span, float (FEATURES,); `chance` is how surely it is read as some character."""
    if span.piece.mark:
        return MARK
    scale = lattice.scale
    width = np.log(max(span.piece.width, 1) / scale.height)
    short = min(0.0, float(np.log(max(span.piece.height, 1) / scale.height)))
    edge = lattice.edges[span.start]
    inner = [other for other in lattice.edges[span.start + 1 : span.stop] if not other.cut]
    return np.array(
        [
            np.log(max(chance, LEAST)),
            1.0,
            width,
            width**2,
            short**2,
            edge.span,
            float(span.start > 0 and not edge.cut),
            0.0 if edge.cut or not span.start else min(1.0, edge.gap),
            scale.gap * edge.cut,
            float(len(inner)),
            sum(max(0.0, other.gap) for other in inner),
            sum(max(0.0, -other.gap) for other in inner),
            0.0,
        ]
    )


def best_path(lattice: Lattice, chances: Sequence[float]) -> list[int]:
    """The places in `lattice.spans` of the characters, left to right; `chances` says how surely each span is read."""
    count = len(lattice.edges)
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    arrived = [-1] * (count + 1)
    order = sorted(range(len(lattice.spans)), key=lambda place: lattice.spans[place].stop)
    for place in order:
        span = lattice.spans[place]
        score = best[span.start] + float(features(lattice, span, chances[place]) @ WEIGHTS)
        if score > best[span.stop]:
            best[span.stop], arrived[span.stop] = score, place
    path = []
    stop = count
    while stop:
        path.append(arrived[stop])
        stop = lattice.spans[arrived[stop]].start
    return path[::-1]
