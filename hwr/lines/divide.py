"""Where in a word the characters stand that were read in it at once, left to right.

CTC says in which order they stand, but not where one ends, and its peaks come early or late (measured on UNIPEN's words); so
the cuts are those that run through the least ink and make each character about as wide as such ones are. Only columns here.
"""

from __future__ import annotations

import itertools

import numpy as np

# How wide characters are beside most others.
WIDTHS = dict.fromkeys("ijl1I.,:;!'| ", 0.45) | dict.fromkeys("frt()-/", 0.7) | dict.fromkeys("mwMW@%", 1.5)
BINS = 240  # columns at most that a cut is sought in
STRETCH = (
    1.5  # what a character costs that is e times as wide or narrow as usual, in cuts through a usual column of ink
)


def divide(ink: np.ndarray, text: str) -> tuple[tuple[float, float], ...]:
    """The columns [a, b) of each character of a text in its ink, uint8 (h, w), 255 on 0: no ink is in none."""
    if len(text) < 2:
        return ((-np.inf, np.inf),) * len(text)
    load = ink.sum(0, dtype=np.float64)
    used = np.flatnonzero(load)
    if not len(used):
        return tuple((float(place), float(place + 1)) for place in range(len(text)))
    step = max(1.0, (used[-1] + 1 - used[0]) / BINS)
    places = used[0] + step * np.arange(round((used[-1] + 1 - used[0]) / step) + 1)  # where a cut can be
    if len(places) <= len(text):
        places = np.linspace(used[0], used[-1] + 1, 2 * len(text) + 1)
    cost = np.minimum(load[np.clip(np.rint(places).astype(int), 0, len(load) - 1)] / np.median(load[used]), 2.0)
    shares = np.array([WIDTHS.get(char, 1.0) for char in text])
    usual = shares / shares.sum() * (places[-1] - places[0])
    wide = places[None, :] - places[:, None]  # from a row's place to a column's
    logs = np.log(np.where(wide > 0, wide, np.inf))
    best = np.full(len(places), np.inf)
    best[0] = 0.0
    ways = []
    for width in usual:
        stretched = np.where(wide > 0, (logs - np.log(width)) ** 2 * STRETCH, np.inf)
        total = best[:, None] + stretched
        ways.append(total.argmin(0))
        best = total.min(0) + cost
    cuts = [len(places) - 1]
    for way in reversed(ways):
        cuts.append(int(way[cuts[-1]]))
    edges = [-np.inf, *(float(places[cut]) for cut in cuts[-2:0:-1]), np.inf]
    return tuple(itertools.pairwise(edges))
