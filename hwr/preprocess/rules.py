"""Ruled and squared paper: where its long thin lines lie, but for the strokes that cross them or run on them.

Not here: lines that someone drew around or under writing; hwr.layout drops those that stand alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from hwr.preprocess.masks import morphed, parts, pen_width, used_rows
from hwr.preprocess.rule import SOLID, Rule, erased
from hwr.preprocess.trace import followed, traces

RUNS = (1 / 12, 1 / 20)  # of the width: the run of a rule, first of a clear one, then of one that slants
SMALL = 480  # the longer side of the copy on which slopes are sought
STEP = 0.03
STEEP = STEP * np.array([*range(-9, 0), *range(1, 10)])  # slopes that are tried, to 15 degrees
COVERED = 0.85  # of a run: so much of it a rule inks
INKED = 0.7  # of its length: so much of it is ink, but where the paper is worn
UNBROKEN = 0.88  # of its length: so much of a rule is ink, of several that are as black as the strokes
THICKEST = 0.05  # of the height
# Of the longer side: what a rule on its own, one of several, one more where several are known, and one of several that cuts
# off a corner must span.
SINGLE_SPAN, PARALLEL_SPAN, MORE_SPAN, CORNER_SPAN = 0.85, 0.35, 0.15, 0.05
NARROW = 0.03  # of its length: a rule across a narrow picture is no thicker
SEVERAL = 5  # so many parallel rules are a ruled sheet; fewer might be the bars of an E
THICKER, BLACKER = 1.8, 1.5  # times as thick or as black as the usual rule of a sheet: none of it
SAME = 1.2  # the same, where several are known
THINNER, FAINTER = 0.7, 0.75  # a rule on its own is this much thinner or fainter than the strokes
ACROSS = 0.6  # so much of what is needed otherwise, for one that only goes across a narrow picture
CHARACTER = 0.5  # of the largest part's size: so large are parts that count as characters
WORD = 1.8  # times as wide as high is a part that is several characters
ROOM = 2.0  # times its thickness: so far a rule goes on past the first and the last character


@dataclass(frozen=True)
class Side:
    """The ink, upright or turned by 90 degrees, with what is `solid` in it (uint8, 0 and 1), the slopes of its lines, and
    the rules that are out by now: those that are near to level here, and those `crossing` them."""

    ink: np.ndarray
    solid: np.ndarray
    slopes: list[float]
    known: list[Rule]
    crossing: list[Rule]

    @classmethod
    def of(cls, ink: np.ndarray, known: list[Rule], crossing: list[Rule]) -> Side:
        solid = (ink > SOLID).view(np.uint8)
        return cls(ink, solid, _slopes(solid), list(known), list(crossing))

    @property
    def least(self) -> float:
        """What a rule must span, as a part of the longer side: where several are known, more are seen in shorter parts."""
        return MORE_SPAN if len(self.known) >= SEVERAL else PARALLEL_SPAN


def rule_mask(ink: np.ndarray) -> np.ndarray | None:
    """Where the rules of ruled or squared paper lie and no stroke does: bool (h, w), or None when there are none.

    `ink` is uint8 (h, w), 255 on 0, with all that is darker than the noise of its paper.
    """
    if min(ink.shape) < 40:
        return None
    left = ink
    sides: dict[bool, tuple[np.ndarray, Side]] = {}
    known: dict[bool, list[Rule]] = {False: [], True: []}

    def side_of(turned: bool) -> Side:
        """What is left, from that side; made anew only when some of it was taken out."""
        if turned not in sides or sides[turned][0] is not left:
            sides[turned] = left, Side.of(cv2.transpose(left) if turned else left, known[turned], known[not turned])
        return sides[turned][1]

    for run in RUNS:
        for turned in (False, True):
            side = side_of(turned)
            rules = _level_rules(side, run)
            other = []
            if 1 < len(_across(rules, side.ink)) < SEVERAL:
                # the level rules as they were, also where they are out by now
                other = _level_rules(sides[False][1] if turned else side_of(True), run)
            rules, mended = _without(rules, side, other, crossed=left is not ink, level=not turned)
            known[turned] += rules
            if rules:
                left = cv2.transpose(mended) if turned else mended
    return None if left is ink else (left == 0) & (ink > 0)


def _level_rules(side: Side, run: float) -> list[Rule]:
    """What may be rules, of all slopes that are near to level."""
    rules: list[Rule] = []
    for slope in side.slopes:
        rules += [rule for rule in _sloping_rules(side, run, slope) if not any(map(rule.is_of, rules))]
    return rules


def _across(rules: list[Rule], ink: np.ndarray) -> list[Rule]:
    return [rule for rule in rules if rule.columns.size > SINGLE_SPAN * ink.shape[1]]


def _without(
    rules: list[Rule], side: Side, other: list[Rule], *, crossed: bool, level: bool
) -> tuple[list[Rule], np.ndarray]:
    """Those of the rules that are believed, and the ink without them; `other` are those the other way, where they may be
    squares."""
    more = _more(rules, side)
    if more:
        return more, erased(side.ink, more)
    rules = [rule for rule in rules if _is_long(rule, side, PARALLEL_SPAN)]
    if not rules:
        return [], side.ink
    bare = erased(side.ink, rules)
    span = bare.shape[1] if crossed else max(bare.shape)
    believed = _squares(rules, bare, other) or _believable(rules, side, bare, span, level=level)
    if len(believed) >= SEVERAL:
        believed = [followed(rule, side.ink) for rule in believed]
    return believed, erased(side.ink, believed)


def _more(rules: list[Rule], side: Side) -> list[Rule]:
    """Those that are like the rules that are known, and long when they are followed: more of them, or a margin."""
    if len(side.known) < SEVERAL and len(side.crossing) < SEVERAL:
        return []
    parallel = len(side.known) >= SEVERAL
    alike = _alike(rules, side.known if parallel else side.crossing, thicker=SAME, blacker=SAME)
    least = (PARALLEL_SPAN if parallel else SINGLE_SPAN) * side.ink.shape[1]
    found = [followed(rule, side.ink) for rule in alike]
    return [rule for rule in found if rule.columns.size >= least and _inked(rule, side.solid) > INKED]


def _squares(rules: list[Rule], bare: np.ndarray, other: list[Rule]) -> list[Rule]:
    """The rules that make a few squares of paper with those the other way, side to side; none if they are a character."""
    across = _across(rules, bare), _across(other, bare.T)
    if min(map(len, across)) < 2 or sum(map(len, across)) < SEVERAL:
        return []
    alike = [_alike(part, [*across[0], *across[1]]) for part in across]
    if sum(map(len, alike)) < SEVERAL or not (erased(cv2.transpose(bare), other) > SOLID).any():
        return []
    return alike[0]


def _alike(rules: list[Rule], usual: list[Rule], *, thicker: float = THICKER, blacker: float = BLACKER) -> list[Rule]:
    """Those that are neither thicker nor blacker than is usual: a row of bars is."""
    lengths = [rule.columns.size for rule in usual]
    thickness = float(np.median(np.repeat([rule.thickness for rule in usual], lengths)))
    blackness = float(np.median(np.repeat([rule.blackness for rule in usual], lengths)))
    return [
        rule for rule in rules if rule.thickness < thicker * thickness + 1.5 and rule.blackness < blacker * blackness
    ]


def _slopes(solid: np.ndarray) -> list[float]:
    """The slopes at which long thin lines run, in rows a column; level is always among them."""
    scale = min(1.0, SMALL / max(solid.shape))
    small = (
        cv2.resize(solid * np.uint8(255), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if scale < 1
        else solid
    )
    thick = cv2.dilate((small > 0).astype(np.uint8), np.ones((2, 1), np.uint8))
    lengths = {}
    for slope in STEEP:
        turned, _ = _sheared(thick, slope)
        covered = _covered(turned, round(turned.shape[1] * 0.2))
        thin = covered * (1 - cv2.erode(turned, np.ones((7, 1), np.uint8)))
        if np.count_nonzero(thin.any(axis=0)) > PARALLEL_SPAN * turned.shape[1]:
            lengths[float(slope)] = np.count_nonzero(thin)
    found = [0.0]
    for slope in sorted(lengths, key=lambda slope: -lengths[slope]):
        if all(abs(slope - other) > 1.5 * STEP for other in found):
            found.append(slope)
    return found


def _sheared(mask: np.ndarray, slope: float) -> tuple[np.ndarray, int]:
    """The mask with each column raised by `slope` times its place, and how many rows were added above it."""
    rise = slope * mask.shape[1]
    top, extra = max(0, int(np.ceil(rise))), int(np.ceil(abs(rise)))
    matrix = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, top]])
    size = (mask.shape[1], mask.shape[0] + extra)
    return cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_NEAREST), top


def _covered(mask: np.ndarray, length: int) -> np.ndarray:
    """Where a level run of this length is inked but for small gaps: uint8, 1 on 0; the middles of such runs."""
    part: np.ndarray = (cv2.blur(mask * np.uint8(255), (length, 1)) >= round(255 * COVERED)).astype(np.uint8)
    return part


def _sloping_rules(side: Side, run: float, slope: float) -> list[Rule]:
    """The rules near a slope; thickened first, so that a rule may fall a little more or less."""
    level, top = _sheared(side.solid, slope) if slope else (side.solid, 0)
    length = max(15, round(side.solid.shape[1] * run))
    middles = _covered(cv2.dilate(level, np.ones((5, 1), np.uint8)), length)
    candidates = morphed(middles, cv2.MORPH_DILATE, (1, length)) & level
    if not candidates.any():
        return []
    may_be = partial(_may_be_long, side=side, slope=slope, raised=top)
    rules = _rules(_sheared(side.ink, slope)[0] if slope else side.ink, candidates, run, may_be)
    if slope:
        rules = [replace(rule, rows=np.round(rule.rows - top + slope * rule.columns).astype(int)) for rule in rules]
    return [rule for rule in rules if _is_long(rule, side, side.least) and _inked(rule, side.solid) > INKED]


def _may_be_long(box: tuple[int, int, int, int], side: Side, slope: float, raised: int) -> bool:
    """Whether a rule in a box (left, top, width, height) of the sheared page can be long enough or cut off a corner.

    Most candidates are strokes and need not be traced. A rule is taken to leave its box by the box's height at the most.
    """
    left, top, span, tall = box
    height, width = side.ink.shape
    if span >= side.least * max(height, width):
        return True
    near = 0.02 * max(height, width)
    for x in (left, left + span - 1):
        highest = top - raised + slope * x - tall
        if min(x, width - x) >= near and near <= highest <= height - near - 3 * tall:
            return False
    return True


def _is_long(rule: Rule, side: Side, least: float) -> bool:
    """Whether a rule spans `least` of the longer side, or cuts off a corner of the picture."""
    height, width = side.ink.shape
    if rule.columns.size >= least * max(height, width):
        return True
    near = 0.02 * max(height, width)
    if rule.columns.size > width - 2 * near and rule.thickness > max(3.0, NARROW * rule.columns.size):
        return False  # across a narrow picture, as the strokes of a line that is cut close go from side to side
    ends = [(rule.columns[place], rule.rows[place]) for place in (0, -1)]
    return all(min(x, width - x, y, height - y) < near for x, y in ends)


def _inked(rule: Rule, solid: np.ndarray) -> float:
    """The share of a rule along which there is ink, and not only here and there where it crosses strokes."""
    rows = (rule.rows + np.arange(-1, 2)[:, None]).clip(0, len(solid) - 1)
    return float(solid[rows, rule.columns].any(axis=0).mean())


def _rules(ink: np.ndarray, candidates: np.ndarray, run: float, may_be: Callable[..., bool]) -> list[Rule]:
    """The candidates that are long, thin and smooth, with the curve that each follows; `may_be` leaves boxes out."""
    height, width = ink.shape
    joined = morphed(candidates, cv2.MORPH_CLOSE, (3, max(3, round(width * run))))
    used = used_rows(joined)
    labels, extents = parts(joined[used])
    rules = []
    for label, (left, row, span, tall) in enumerate(extents.tolist(), 1):
        if span < CORNER_SPAN * max(ink.shape) or (tall > 0.5 * span and span < 0.9 * width):
            continue
        top = int(used[row])
        if not may_be((left, top, span, tall)):
            continue
        window = np.s_[top : top + tall, left : left + span]
        own = labels[row : row + tall, left : left + span] == label
        for rule in traces(candidates[window] * own, ink[window]):
            if rule.thickness < max(4.0, THICKEST * height):
                rules.append(replace(rule, columns=rule.columns + left, rows=rule.rows + top))
    return rules


def _believable(rules: list[Rule], side: Side, bare: np.ndarray, span: int, *, level: bool) -> list[Rule]:
    """All rules of a sheet that has several alike; else those that span it and are thinner or fainter than the strokes, or
    that go on past several characters to the left and the right side of the picture, where they are `level`.

    `bare` is the ink of the `side` without any of the rules, and `span` what is to be spanned: the way across where other
    rules have been found, as in a box, or else the longer side. One that only goes across a narrow picture is far thinner or
    fainter.
    """
    alike = _alike(rules, rules)
    strokes = (bare > SOLID).astype(np.uint8)
    if not strokes.any():
        return []
    black = float(np.median(bare[strokes == 1]))
    if len(alike) >= SEVERAL:
        lines = [rule.blackness < FAINTER * black or _inked(rule, side.solid) > UNBROKEN for rule in alike]
        if np.mean(lines) > 0.5:
            return alike  # and not the lower ends of the letters of several lines
    pen = pen_width(strokes)

    def is_other(rule: Rule, share: float) -> bool:
        return rule.thickness < share * THINNER * pen or rule.blackness < share * FAINTER * black

    share, room = 1.0 if len(_across(rules, bare)) > 1 else ACROSS, _room(strokes) if level else 0
    return [
        rule
        for rule in [followed(rule, side.ink) if is_other(rule, share) else rule for rule in rules]
        if (rule.columns.size >= bare.shape[1] - 2 and room > ROOM * rule.thickness)
        or (
            is_other(rule, 1.0 if rule.columns.size > SINGLE_SPAN * span else share)
            and rule.columns.size > SINGLE_SPAN * min(span, bare.shape[1])
        )
    ]


def _room(strokes: np.ndarray) -> int:
    """How many columns are left on either side of several characters; 0 where there may be only one, which can have a bar
    from side to side of its picture."""
    _, extents = parts(strokes)
    sizes = extents[:, 2:].max(axis=1)
    left, _, width, height = extents[sizes > CHARACTER * sizes.max()].T
    if width.size == 1 and width[0] < WORD * height[0]:
        return 0
    return int(min(left.min(), strokes.shape[1] - (left + width).max()))
