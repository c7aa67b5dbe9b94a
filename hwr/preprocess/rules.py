"""Ruled and squared paper: the long thin lines taken out of the ink, the strokes that cross them kept.

Not here: lines that someone drew around or under writing; hwr.layout drops those that stand alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SOLID = 60  # ink above this counts as part of a rule
RUNS = (1 / 12, 1 / 20)  # of the width: the unbroken run of a rule, first of a clear one, then of one that slants
THICKEST = 0.05  # of the height
SINGLE_SPAN, PARALLEL_SPAN = 0.85, 0.35  # of the longer side: what a rule on its own, and one of several, must span
SEVERAL = 5  # so many parallel rules are a ruled sheet; fewer might be the bars of an E
THINNER, FAINTER = 0.7, 0.75  # a rule on its own is this much thinner or fainter than the strokes


@dataclass(frozen=True)
class Rule:
    """A nearly level line: its height `rows` in each of `columns`, its thickness, and how black it is (0 to 255)."""

    columns: np.ndarray
    rows: np.ndarray
    thickness: float
    blackness: float


def remove_rules(ink: np.ndarray) -> np.ndarray:
    """The ink without the rules of ruled or squared paper: uint8 (h, w)."""
    if min(ink.shape) < 40:
        return ink
    for run in RUNS:
        ink = _without_level_rules(ink, run)
        ink = np.ascontiguousarray(_without_level_rules(np.ascontiguousarray(ink.T), run).T)
    return ink


def _without_level_rules(ink: np.ndarray, run: float) -> np.ndarray:
    solid = (ink > SOLID).astype(np.uint8)
    candidates = _candidates(solid, run)
    if not candidates.any():
        return ink
    rules = _rules(ink, candidates, run)
    strokes = solid * (1 - cv2.dilate(candidates, np.ones((5, 1), np.uint8)))
    rules = _believable(rules, strokes, ink)
    if not rules:
        return ink
    mended = ink.copy()
    for rule in rules:
        _erase(mended, solid, rule)
    return mended


def _candidates(solid: np.ndarray, run: float) -> np.ndarray:
    """The pixels of long level runs; thickened first, so that a rule may fall a little."""
    length = max(15, round(solid.shape[1] * run))
    thick = cv2.dilate(solid, np.ones((5, 1), np.uint8))
    return cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)) & solid


def _rules(ink: np.ndarray, candidates: np.ndarray, run: float) -> list[Rule]:
    """The candidates that are long, thin and smooth, with the curve that each follows."""
    height, width = ink.shape
    joined = cv2.morphologyEx(candidates, cv2.MORPH_CLOSE, np.ones((3, max(3, round(width * run))), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    rules = []
    for label in range(1, len(stats)):
        left, top, span, tall, _ = (int(value) for value in stats[label])
        if span < PARALLEL_SPAN * max(ink.shape) or tall > 0.5 * span:
            continue
        window = np.s_[top : top + tall, left : left + span]
        rule = _trace(candidates[window] * (labels[window] == label), ink[window])
        if rule and rule.thickness < max(4.0, THICKEST * height):
            rows = (rule.rows + top).clip(0, height - 1)
            rules.append(Rule(rule.columns + left, rows, rule.thickness, rule.blackness))
    return rules


def _trace(pixels: np.ndarray, ink: np.ndarray) -> Rule | None:
    """The rule that runs through a candidate, found where nothing else lies on it; None when it is not smooth."""
    y, x = np.nonzero(pixels)
    counts = np.bincount(x, minlength=pixels.shape[1])
    thickness = float(np.percentile(counts[counts > 0], 25))
    bare = (counts > 0) & (counts <= 1.5 * thickness + 1)
    if np.count_nonzero(counts) < 0.5 * counts.size or np.count_nonzero(bare) < 0.25 * counts.size:
        return None
    x, y = x[bare[x]], y[bare[x]]
    curve = np.polyfit(x, y, 2)
    if float(np.median(np.abs(y - np.polyval(curve, x)))) > 0.5 * thickness + 1:
        return None
    columns = np.arange(counts.size)
    return Rule(columns, np.round(np.polyval(curve, columns)).astype(int), thickness, float(ink[y, x].mean()))


def _believable(rules: list[Rule], strokes: np.ndarray, ink: np.ndarray) -> list[Rule]:
    """All rules of a sheet that has several; else those that span the picture and are thinner or fainter than strokes."""
    if not strokes.any():
        return []
    if len(rules) >= SEVERAL:
        return rules
    padded = cv2.copyMakeBorder(strokes, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    pen = 4 * (float(depth.sum()) / int(strokes.sum()) - 0.5)
    black = float(np.median(ink[strokes == 1]))
    return [
        rule
        for rule in rules
        if rule.columns.size > SINGLE_SPAN * max(ink.shape)
        and (rule.thickness < THINNER * pen or rule.blackness < FAINTER * black)
    ]


def _erase(ink: np.ndarray, solid: np.ndarray, rule: Rule) -> None:
    """Take a rule out of the ink in place, but for the columns where a stroke goes on both above and below it."""
    half = round(rule.thickness / 2) + 1
    bottom = len(ink) - 1
    beyond = range(half + 1, half + 3)
    above = np.any([solid[(rule.rows - step).clip(0, bottom), rule.columns] for step in beyond], axis=0)
    below = np.any([solid[(rule.rows + step).clip(0, bottom), rule.columns] for step in beyond], axis=0)
    reach = np.ones(2 * half + 1)
    crossing = (np.convolve(above, reach, "same") > 0) & (np.convolve(below, reach, "same") > 0)
    gone = ~crossing
    for step in range(-half, half + 1):
        ink[(rule.rows[gone] + step).clip(0, bottom), rule.columns[gone]] = 0
