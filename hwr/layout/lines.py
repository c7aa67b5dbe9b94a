"""Parts to lines, and glyphs to words: skew, lines that slant or wave, gaps.

Not here: what is dropped (parts.py) and which parts make one character (glyphs.py).
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from hwr.layout.parts import Part, level, typical

STEEPEST = 48.0  # degrees: the largest skew that is looked for; a page that is steeper lies on its side
SLANTING = 0.0005  # of a page's fullness: what a degree of skew costs
TALLEST = 2.4  # of the letter height: what is taller is a brace or a margin unless it stands beside one line
ROW_BIN, ROW_REACH = 0.1, 0.8  # of the letter height: how finely rows are told apart, how far one still counts
STEP_OF_PITCH = 0.4  # of the way to the next line: a line that goes on after a gap is no further up or down
# Of the letter height: how high and wide remains of a line beyond are, and how far from any letter.
REMAINS, WIDEST_REMAINS, REMAINS_OFF = 0.7, 1.5, 0.4
FEWEST_PARTS = 6  # a skew judged by fewer parts would be chance


def letter_height(parts: list[Part]) -> float:
    """The usual height of the parts that are neither dots nor bars, each counting by its height."""
    letters = [part.height for part in parts if part.height > 2.5 * part.stroke] or [part.size for part in parts]
    return typical(letters, letters)


def page_skew(parts: list[Part], turn: int = 0) -> float:
    """The angle of the lines of a page that is turned by some quarters clockwise, in radians from upright."""
    quarters = turn * np.pi / 2
    return quarters + find_skew(level(parts, quarters))


def find_skew(parts: list[Part]) -> float:
    """The angle of the lines in radians, positive where they fall to the right; 0 unless another is clearly better.

    Projection profile: at the right angle the parts fall into the fewest, fullest rows.
    """
    height = letter_height(parts)
    solid = [part for part in parts if 0.4 * height < part.height < 2.5 * height]
    if len(solid) < FEWEST_PARTS:
        return 0.0
    points = np.array([[(part.x0 + part.x1) / 2, part.middle] for part in solid])
    points = (points - points.mean(axis=0)) / height
    degrees = np.arange(-STEEPEST, STEEPEST + 0.25, 0.5)
    scores = _fullness(points, np.deg2rad(degrees))
    best = int(np.argmax(scores - SLANTING * np.abs(degrees)))
    upright = scores[len(degrees) // 2]
    return float(np.deg2rad(degrees[best])) if scores[best] > 1.15 * upright and abs(degrees[best]) < STEEPEST else 0.0


def _fullness(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """How closely the points share rows when turned by each of the angles: the mean nearness of all pairs."""
    rows = np.outer(np.cos(angles), points[:, 1]) - np.outer(np.sin(angles), points[:, 0])
    places = np.round((rows - rows.min()) / ROW_BIN).astype(int)
    span = int(places.max()) + 1
    flat = places + span * np.arange(len(angles))[:, None]
    counts = np.bincount(flat.ravel(), minlength=span * len(angles)).reshape(len(angles), span).astype(np.float32)
    reach = np.arange(-ROW_REACH, ROW_REACH + ROW_BIN / 2, ROW_BIN)
    kernel = np.exp(-((reach / 0.3) ** 2))
    near = cv2.filter2D(counts, -1, kernel[None].astype(np.float32), borderType=cv2.BORDER_CONSTANT)
    return (counts * near).sum(axis=1) / points.shape[0] ** 2


def group(parts: list[Part]) -> list[list[Part]]:
    """The lines, top to bottom, each from left to right.

    Letters are taken from left to right, each to the line whose last letters it stands beside, so that a line may slant
    and wave; dots, bars and other small parts then go to the nearest line. What stands beside several lines, or none, and
    is far taller than letters is a brace or a margin and left out.
    """
    height = letter_height(parts)
    tall = [part for part in parts if part.height > TALLEST * height]
    letters = [part for part in parts if 0.45 * height < part.height <= TALLEST * height]
    small = [part for part in parts if part.height <= 0.45 * height]
    lines: list[list[Part]] = []
    for part in sorted(letters or small, key=lambda part: part.x0):
        best = max(lines, key=lambda line: _beside(line, part, height), default=None)
        if best is not None and _beside(best, part, height) > 0:
            best.append(part)
        else:
            lines.append([part])
    lines = _merge(lines, height)
    for part in tall:
        beside = [line for line in lines if _share(part, line) > 0.5]
        if len(beside) == 1:
            beside[0].append(part)
    if letters:
        _adopt(lines, small, height)
    lines = [sorted(line, key=lambda part: part.x0) for line in lines]
    return sorted(lines, key=lambda line: float(np.median([part.middle for part in line])))


def without_remains(parts: list[Part], length: int, turn: int = 0) -> list[Part]:
    """The parts without what the top or bottom of the picture has left of a line beyond it, far from all letters.

    `length` is the picture's in pixels, across the lines. Dots stay.
    """
    height = letter_height(parts)
    first, last = (0, 2) if turn % 2 else (1, 3)
    cut = [part.box[first] <= 1 or part.box[last] >= length - 1 for part in parts]
    letters = [part for part, is_cut in zip(parts, cut, strict=True) if not is_cut and part.height > 0.45 * height]

    def is_remains(part: Part) -> bool:
        if not 2.5 * part.stroke < part.height < REMAINS * height or part.x1 - part.x0 > WIDEST_REMAINS * height:
            return False
        near = [other for other in letters if other.x0 < part.x1 + height and part.x0 - height < other.x1]
        ways = [max(part.y0 - other.y1, other.y0 - part.y1) for other in near]
        return bool(ways) and min(ways) > REMAINS_OFF * height

    return [part for part, is_cut in zip(parts, cut, strict=True) if not (is_cut and is_remains(part))]


def not_cut_off(lines: list[list[Part]], length: int, turn: int = 0) -> list[list[Part]]:
    """The lines without those that the side of the picture cuts off, all of each: they are of the page beside this one.

    `length` is the picture's in pixels, along the lines; where nothing else is written, all are kept.
    """
    first, last = (1, 3) if turn % 2 else (0, 2)

    def is_cut_off(line: list[Part]) -> bool:
        letters = [part for part in line if part.size > 0.5 * max(other.size for other in line)]
        return all(part.box[first] <= 1 or part.box[last] >= length - 1 for part in letters)

    return [line for line in lines if not is_cut_off(line)] or lines


def _beside(line: list[Part], part: Part, height: float) -> float:
    """How well a part continues a line: its vertical overlap with the last letters, less for a longer way to it."""
    last = line[-4:]
    top = sum(other.y0 for other in last) / len(last)
    bottom = sum(other.y1 for other in last) / len(last)
    overlap = min(bottom, part.y1) - max(top, part.y0)
    share = overlap / min(bottom - top, part.height)
    gap = max(0.0, part.x0 - max(other.x1 for other in last)) / height
    return share - 0.35 - 0.01 * gap if share > 0.35 else -1.0


def _share(part: Part, line: list[Part]) -> float:
    """How much of the height of a line, where the part stands, the part covers."""
    near = sorted(line, key=lambda other: abs(other.x0 - part.x0))[:3]
    top, bottom = min(other.y0 for other in near), max(other.y1 for other in near)
    return (min(bottom, part.y1) - max(top, part.y0)) / (bottom - top)


def _merge(lines: list[list[Part]], height: float) -> list[list[Part]]:
    """Lines that run at the same height where they meet are one, and those that go on at nearly the same height."""
    lines = sorted(lines, key=lambda line: -len(line))
    reach = float(np.clip(STEP_OF_PITCH * _pitch(lines, height), 0.45 * height, height))
    merged: list[list[Part]] = []
    for line in lines:
        for other in merged:
            limit = reach if _apart(line, other) else 0.45 * height
            if abs(_middle_near(other, line) - _middle_near(line, other)) < limit:
                other.extend(line)
                break
        else:
            merged.append(list(line))
    return merged


def _pitch(lines: list[list[Part]], height: float) -> float:
    """The usual way from a letter down to the nearest letter of another line, at most 400 of them asked."""
    parts = [part for line in lines for part in line]
    step = max(1, len(parts) // 400)
    centre = np.array([[(part.x0 + part.x1) / 2, part.middle] for part in parts])
    down = centre[None, :, 1] - centre[::step, None, 1]
    beside = np.abs(centre[None, :, 0] - centre[::step, None, 0]) < 1.5 * height
    down = np.where(beside & (down > 0.9 * height), down, np.inf).min(axis=1)
    found = down[np.isfinite(down)]
    return float(np.median(found)) if found.size else 0.0


def _apart(line: list[Part], other: list[Part]) -> bool:
    """Whether no letter of one line stands over a letter of the other."""
    first, second = (np.array([[part.x0, part.x1] for part in parts]) for parts in (line, other))
    shared = np.minimum(first[:, None, 1], second[None, :, 1]) - np.maximum(first[:, None, 0], second[None, :, 0])
    return bool((shared <= 0).all())


def _middle_near(line: list[Part], other: list[Part]) -> float:
    """The height at which a line runs where another one is."""
    centre = sum(part.x0 + part.x1 for part in other) / len(other) / 2
    nearest = sorted(line, key=lambda part: abs((part.x0 + part.x1) / 2 - centre))[:3]
    return float(np.median([part.middle for part in nearest]))


def _adopt(lines: list[list[Part]], small: list[Part], height: float) -> None:
    """Give each small part to the line with the nearest letter, if one is near enough; others are specks."""
    letters = [(part, line) for line in lines for part in list(line)]
    boxes = np.array([(letter.x0, letter.y0, letter.x1, letter.y1) for letter, _ in letters])
    for part in small:
        distances = _distances(part, boxes)
        nearest = int(np.argmin(distances))
        if distances[nearest] < 1.5 * height:
            letters[nearest][1].append(part)


def _distances(part: Part, boxes: np.ndarray) -> np.ndarray:
    """The way from a part to each of the boxes (n, 4); across lines counts double."""
    x0, y0, x1, y1 = boxes.T
    across = np.maximum(0.0, np.maximum(part.x0 - x1, x0 - part.x1))
    down = np.maximum(0.0, np.maximum(part.y0 - y1, y0 - part.y1))
    ways: np.ndarray = np.hypot(across, 2 * down)
    return ways


def line_height(line: list[Part]) -> float:
    """The height of a line's taller characters; of its largest part when there are only dots and bars."""
    letters = [part.height for part in line if part.height > 3 * part.stroke]
    return float(np.percentile(letters, 75)) if letters else max(part.size for part in line)


def words(glyphs: list[list[Part]], height: float) -> list[list[list[Part]]]:
    """The words of a line of glyphs: divided at gaps that are wide for the letters and stand out from the other gaps."""
    if len(glyphs) < 3:
        return [glyphs]
    boxes = [(min(part.x0 for part in glyph), max(part.x1 for part in glyph)) for glyph in glyphs]
    gaps = np.array([after[0] - before[1] for before, after in itertools.pairwise(boxes)])
    usual = max(float(np.median(gaps)), 0.0)
    wide = gaps > max(0.45 * height, 2.2 * usual + 0.1 * height)
    divided = np.split(np.arange(len(glyphs)), np.flatnonzero(wide) + 1)
    return [[glyphs[place] for place in places] for places in divided]
