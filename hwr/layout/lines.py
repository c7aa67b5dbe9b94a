"""Parts to lines, and glyphs to words: skew, lines that slant or wave, gaps.

Not here: what is dropped (parts.py) and which parts make one character (glyphs.py).
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from hwr.layout.parts import Part, typical

STEEPEST = np.deg2rad(40.0)  # the largest skew that is looked for
TALLEST = 2.4  # of the letter height: what is taller is a brace or a margin unless it stands beside one line
ROW_BIN, ROW_REACH = 0.1, 0.8  # of the letter height: how finely rows are told apart, how far one still counts
FEWEST_PARTS = 6  # a skew judged by fewer parts would be chance


def letter_height(parts: list[Part]) -> float:
    """The usual height of the parts that are neither dots nor bars, each counting by its height."""
    letters = [part.height for part in parts if part.height > 2.5 * part.stroke] or [part.size for part in parts]
    return typical(letters, letters)


def find_skew(parts: list[Part]) -> float:
    """The angle of the lines in radians, positive where they fall to the right; 0 unless another is clearly better.

    Projection profile: at the right angle the parts fall into the fewest, fullest rows.
    """
    height = letter_height(parts)
    solid = [part for part in parts if 0.4 * height < part.height < 2.5 * height]
    if len(solid) < FEWEST_PARTS:
        return 0.0
    points = np.array([[(part.box[0] + part.box[2]) / 2, (part.box[1] + part.box[3]) / 2] for part in solid])
    points = (points - points.mean(axis=0)) / height
    angles = np.deg2rad(np.arange(-np.rad2deg(STEEPEST), np.rad2deg(STEEPEST) + 0.25, 0.5))
    scores = _fullness(points, angles)
    best = int(np.argmax(scores - 0.02 * np.abs(angles) / STEEPEST))
    level = scores[len(angles) // 2]
    return float(angles[best]) if scores[best] > 1.15 * level and abs(angles[best]) < STEEPEST else 0.0


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
    """Lines that run at the same height where they meet are one."""
    lines = sorted(lines, key=lambda line: -len(line))
    merged: list[list[Part]] = []
    for line in lines:
        for other in merged:
            if abs(_middle_near(other, line) - float(np.median([part.middle for part in line]))) < 0.45 * height:
                other.extend(line)
                break
        else:
            merged.append(list(line))
    return merged


def _middle_near(line: list[Part], other: list[Part]) -> float:
    """The height at which a line runs where another one is."""
    centre = float(np.mean([(part.x0 + part.x1) / 2 for part in other]))
    nearest = sorted(line, key=lambda part: abs((part.x0 + part.x1) / 2 - centre))[:3]
    return float(np.median([part.middle for part in nearest]))


def _adopt(lines: list[list[Part]], small: list[Part], height: float) -> None:
    """Give each small part to the line with the nearest letter, if one is near enough; others are specks."""
    letters = [(part, line) for line in lines for part in list(line)]
    for part in small:
        distances = [_distance(part, letter) for letter, _ in letters]
        nearest = int(np.argmin(distances))
        if distances[nearest] < 1.5 * height:
            letters[nearest][1].append(part)


def _distance(part: Part, other: Part) -> float:
    """The way between two boxes; across lines counts double."""
    across = max(0.0, part.x0 - other.x1, other.x0 - part.x1)
    down = max(0.0, part.y0 - other.y1, other.y0 - part.y1)
    return float(np.hypot(across, 2 * down))


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
