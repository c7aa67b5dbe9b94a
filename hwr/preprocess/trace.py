"""Where one rule of ruled or squared paper runs: traced through what may be one, and followed beyond.

Not here: what may be a rule, and whether it is one (rules.py).
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from hwr.preprocess.masks import stretches
from hwr.preprocess.rule import SOLID, Rule

BRIDGED = 0.2  # of its length: so much of one row a rule inks, whatever joins it with others
LONG = 60  # times its thickness: so long a rule may bend more than once
NEAR, NEAR_PEN = 24, 8  # columns, and times its thickness: a rule leaves its curve as far as parts of it so long do
SHADES, SHADE_PEN = 4, 100  # a rule is as black as its parts: so many, and so many times its thickness long at least
BEND = 0.12  # most that its slope changes from one such part to the next
SEEN = 0.5  # of a part: so much of it is bare, or it is not the rule's
HIDDEN = 0.12  # of the width: so far a rule is followed under strokes, or where the paper is worn


def traces(pixels: np.ndarray, ink: np.ndarray) -> list[Rule]:
    """The rule that runs through a candidate; the rules, where strokes join several."""
    rule = _trace(pixels, ink)
    if rule:
        return [rule]
    full = cv2.blur((pixels.sum(axis=1) > BRIDGED * pixels.shape[1]).astype(np.uint8)[:, None] * 255, (1, 3))[:, 0] > 0
    found = []
    for first, last in stretches(full):
        rule = _trace(pixels[first:last], ink[first:last])
        if rule and last - first < len(pixels):
            found.append(replace(rule, rows=rule.rows + int(first)))
    return found


def _trace(pixels: np.ndarray, ink: np.ndarray) -> Rule | None:
    """The rule that runs through a candidate, found where nothing else lies on it; None when it is not smooth."""
    y, x = np.nonzero(pixels)
    if not x.size:
        return None
    counts = np.bincount(x, minlength=pixels.shape[1])
    thickness = float(np.percentile(counts[counts > 0], 25))
    bare = (counts > 0) & (counts <= 1.5 * thickness + 1)
    if np.count_nonzero(counts) < 0.5 * counts.size or np.count_nonzero(bare) < 0.25 * counts.size:
        return None
    x, y = x[bare[x]], y[bare[x]]
    if np.ptp(x) < 12:
        return None
    curve = np.polynomial.Polynomial.fit(x, y, 2 if np.ptp(x) < LONG * thickness else 4)
    if float(np.median(np.abs(y - curve(x)))) > 0.5 * thickness + 1:
        return None
    columns = np.arange(counts.size)
    core = np.zeros(counts.size)  # the darkest of each column: the sides of a rule are soft
    np.maximum.at(core, x, ink[y, x])
    seen = np.flatnonzero(core)
    off = np.bincount(x, y - curve(x), counts.size)[seen] / counts[seen]
    bend = _smooth(seen, off, columns, round(max(NEAR, NEAR_PEN * thickness)))
    rows = np.round(curve(columns) + bend).astype(int)
    blackness = float(np.median(core[seen]))
    if seen.size < 2 * SHADE_PEN * thickness:  # strokes that run on it may be half of it
        return Rule(columns, rows, thickness, blackness, np.full(columns.size, blackness), 0.0)
    shade = _smooth(seen, core[seen], columns, round(max(counts.size / SHADES, SHADE_PEN * thickness))).clip(0, 255)
    return Rule(columns, rows, thickness, blackness, shade, float(np.median(np.abs(core - shade)[seen])))


def _smooth(seen: np.ndarray, values: np.ndarray, columns: np.ndarray, length: int) -> np.ndarray:
    """Values in some columns, as the medians of parts so long have them, in all columns: a straight line between these."""
    part = np.minimum((seen - seen[0]) // length, max(0, int(np.ptp(seen) + 1) // length - 1))
    starts = np.flatnonzero(np.diff(part)) + 1  # of each part but the first one
    middles, medians = _medians(seen, starts), _medians(values, starts)
    if len(middles) == 1:
        return np.full(columns.size, medians[0])
    place = np.searchsorted(middles, columns).clip(1, len(middles) - 1)  # it goes on straight at both ends
    slope = np.diff(medians)[place - 1] / np.diff(middles)[place - 1]
    smooth: np.ndarray = medians[place] + slope * (columns - middles[place])
    return smooth


def _medians(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The median of each part; `starts` says where each but the first one starts."""
    starts, ends = np.append(0, starts), np.append(starts, values.size)
    part = np.repeat(np.arange(starts.size), ends - starts)
    ordered = values[np.lexsort((values, part))]
    medians: np.ndarray = (ordered[(starts + ends - 1) // 2] + ordered[(starts + ends) // 2]) / 2
    return medians


def followed(rule: Rule, ink: np.ndarray) -> Rule:
    """A rule as far as it goes on: paper that is not flat bends it away from where it was found."""
    for _ in range(2):
        rule = _mirrored(_further(rule, ink), ink.shape[1])
        ink = ink[:, ::-1]
    return rule


def _mirrored(rule: Rule, width: int) -> Rule:
    return replace(rule, columns=width - 1 - rule.columns[::-1], rows=rule.rows[::-1], shade=rule.shade[::-1])


def _further(rule: Rule, ink: np.ndarray) -> Rule:
    """A rule as far as it goes on to the right, part by part: each goes nearly straight on from the last that was seen."""
    width, length = ink.shape[1], round(max(NEAR, NEAR_PEN * rule.thickness))
    ends = rule.rows[-2 * length :]
    slope = float(np.polyfit(np.arange(ends.size), ends, 1)[0]) if ends.size > 2 else 0.0
    last, row = int(rule.columns[-1]), float(rule.rows[-1])
    points, blackness = [(last, row)], [(last, float(rule.shade[-1]))]
    at = last + 1
    while at < width and at - last <= HIDDEN * width:
        there = np.arange(at, min(at + length, width))
        way = row + slope * (there - last)
        off, core = _seen(ink, there, way, rule.thickness, round(rule.thickness + BEND * (there[-1] - last)))
        at = int(there[-1]) + 1
        line = _straight(there, off, rule.thickness)
        if line is None:
            continue
        bend = np.polyval(line, there)
        points += [(int(there[place]), float(way[place] + bend[place])) for place in (0, -1)]
        blackness.append((int(there.mean()), float(np.median(core[core > 0]))))
        slope += float(np.clip(line[0], -BEND, BEND))
        last, row = points[-1]
    more = np.arange(int(rule.columns[-1]) + 1, last + 1)
    rows, shade = (np.interp(more, *np.array(known).T) for known in (points, blackness))
    return replace(
        rule,
        columns=np.concatenate([rule.columns, more]),
        rows=np.concatenate([rule.rows, np.round(rows).astype(int)]),
        shade=np.concatenate([rule.shade, shade]),
    )


def _seen(
    ink: np.ndarray, columns: np.ndarray, way: np.ndarray, thickness: float, reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """How far below the way that it should go a rule lies in each column, NaN where it is not bare, and how black it is."""
    places = np.rint(way).astype(int) + np.arange(-reach, reach + 1)[:, None]
    band = ink[places.clip(0, len(ink) - 1), columns] * ((places >= 0) & (places < len(ink)))
    solid = band > SOLID
    count = solid.sum(0)
    bare = (count > 0) & (count <= 1.5 * thickness + 2)
    off = np.where(bare, (places * solid).sum(0) / np.maximum(count, 1) - way, np.nan)
    return off, np.where(bare, band.max(0), 0)


def _straight(columns: np.ndarray, off: np.ndarray, thickness: float) -> np.ndarray | None:
    """The straight line through most of the places of a part of a rule; None where it is not seen well enough."""
    near = np.abs(off - np.nanmedian(off)) < 2 * thickness + 2 if np.isfinite(off).any() else np.zeros(off.size, bool)
    if near.mean() <= SEEN or np.ptp(columns[near]) < columns.size / 2:
        return None
    line = np.polyfit(columns[near], off[near], 1)
    rest = np.abs(off[near] - np.polyval(line, columns[near]))
    return line if float(np.median(rest)) <= 0.5 * thickness + 1 else None
