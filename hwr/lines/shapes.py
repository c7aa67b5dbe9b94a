"""Strokes of single characters and marks, drawn by rules or our own font, for lines that are put together.

All stand on a line at y = 0, y down, and a capital is 1 high. Not here: the pen (`hands.draw`), characters by people.
"""

from __future__ import annotations

import numpy as np

from hwr.case import HEIGHTS
from hwr.synthetic.page import text_strokes

# what hangs below the line, in heights of a capital
DEEP = dict.fromkeys("gpqyj", 0.3) | {"Q": 0.1, ",": 0.15, ";": 0.15}
SLASHED = 0.4  # share of the slashes drawn by `slash`, some hardly higher than a 1
SIGNS = 0.25  # how much the width and the height of signs vary, as a logarithm's standard deviation


def printed(char: str, rng: np.random.Generator) -> list[np.ndarray]:
    """A character's strokes on a line at y = 0, a capital 1 high, as our own font has them; signs vary in size and shape."""
    if char == "/" and rng.random() < SLASHED:
        return slash(rng)
    written = text_strokes(char, seed=int(rng.integers(2**31)), height=1.0)
    parts = [part - [0.0, 1.0] for _, parts in written for part in parts]
    if char.isalnum():
        return parts
    points = np.concatenate(parts)
    middle = (points.min(0) + points.max(0)) / 2
    size = np.exp(rng.normal(0, SIGNS, 2))
    return [(part - middle) * size + middle for part in parts]


def hooked_one(rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of a 1 with an upstroke and sometimes a foot, where a capital is 1 high."""
    wide, low = rng.uniform(0.12, 0.6), rng.uniform(0.15, 1.0)
    bend = rng.uniform(-0.06, 0.06)
    up = np.array([[-wide, low - 1], [-wide / 2 + bend, low / 2 - 1 + bend], [0.0, -1.0]])
    stem = np.array([[0.0, -1.0], [rng.uniform(-0.04, 0.04), -0.5], [rng.uniform(-0.06, 0.06), 0.0]])
    parts = [np.concatenate([up, stem[1:]])]
    if rng.random() < 0.12:
        parts.append(np.array([[-rng.uniform(0.1, 0.3), 0.0], [rng.uniform(0.1, 0.3), rng.uniform(-0.04, 0.04)]]))
    return parts


def slash(rng: np.random.Generator) -> list[np.ndarray]:
    """The stroke of a / where a capital is 1 high: leaning 22 to 45 degrees, as high as a digit or half as high again."""
    tall = rng.uniform(1.0, 1.55)
    bottom = rng.uniform(0.1, 0.6) * (tall - 1)
    wide, bend = tall * rng.uniform(0.4, 1.0), rng.normal(0, 0.03)
    parts = np.array([[wide, bottom - tall], [wide / 2 + bend, bottom - tall / 2 + bend], [0.0, bottom]])
    return [parts if rng.random() < 0.7 else parts[::-1]]


def open_four(rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of a 4 whose bar lies low and whose stem is short, which a hasty hand makes much like a 6 or an h."""
    low, wide = rng.uniform(0.08, 0.42), rng.uniform(0.4, 0.75)
    corner = np.array([rng.uniform(-0.05, 0.08), -low])
    down = np.array(
        [[rng.uniform(0.05, 0.3), -rng.uniform(0.9, 1.05)], [corner[0] + rng.uniform(-0.03, 0.06), -low - 0.2]]
    )
    along = np.array([corner, [wide / 2, -low + rng.normal(0, 0.04)], [wide, -low + rng.normal(0, 0.06)]])
    x, lean = wide * rng.uniform(0.5, 0.9), rng.normal(0, 0.04)
    stem = np.array([[x + lean, -low - rng.uniform(0.15, 0.45)], [x, -low], [x - lean, rng.uniform(-0.02, 0.12)]])
    if rng.random() < 0.35:  # in one go
        return [np.concatenate([down, along, stem])]
    return [np.concatenate([down, along]), stem]


def flag_nine(rng: np.random.Generator) -> list[np.ndarray]:
    """The stroke of a 9 whose stem is drawn first and whose ring lies on its right, as much of South America writes it."""
    tall, wide = rng.uniform(0.4, 0.65), rng.uniform(0.3, 0.6)
    start, turns = rng.uniform(-0.6, 0.3), rng.uniform(0.75, 1.05)
    angle = np.pi + start + 2 * np.pi * turns * np.linspace(0, 1, 16)
    ring = np.stack([(np.cos(angle) + 1) * wide / 2, np.sin(angle) * tall / 2 - 1 + tall / 2], 1)
    stem = np.array([[rng.uniform(-0.15, 0.15), 0.0], [rng.uniform(-0.04, 0.06), -0.5], ring[0]])
    return [np.concatenate([stem, ring[1:]])]


def bar(parts: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The stroke through the stem of a seven of these strokes."""
    points = np.concatenate(parts)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    y = top + rng.uniform(0.4, 0.65) * (bottom - top)
    near = points[np.argsort(np.abs(points[:, 1] - y))[:3], 0].mean()
    half = rng.uniform(0.2, 0.45) * max(right - left, 0.3)
    rise = rng.normal(0, 0.06)
    return np.array([[near - half, y + rise], [near + half * rng.uniform(0.6, 1.2), y - rise]])


def noughts(rng: np.random.Generator) -> list[np.ndarray]:
    """The stroke of a small nought, open or with a loop at its top, as the ends of round sums are written."""
    tall, wide = rng.uniform(0.35, 0.75), rng.uniform(0.3, 0.6)
    start, turns = rng.uniform(-0.4, 0.9), rng.uniform(0.85, 1.2)
    angle = -np.pi / 2 - 2 * np.pi * np.linspace(0, turns, 20) + start
    ring = np.stack([np.cos(angle) * wide / 2, (np.sin(angle) - 1) * tall / 2], 1)
    if rng.random() < 0.4:  # goes on to the next one
        ring = np.concatenate([ring, ring[-1:] + np.array([rng.uniform(0.1, 0.4), rng.uniform(-0.1, 0.05)])])
    return [ring + np.array([0.0, rng.normal(-0.05, 0.06)])]


def reach(text: str) -> tuple[float, float]:
    """How far the characters of a text reach above (negative) and below the line, in heights of a capital."""
    top = max(HEIGHTS.get(char, 1.0) - DEEP.get(char, 0.0) for char in text)
    return -top, max(DEEP.get(char, 0.0) for char in text)
