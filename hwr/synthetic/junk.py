"""Marks that are no character: scribbles, hatching, lone lines, blots, specks, grids, crossed-out and several characters.

A network learns from them what to reject. Not here: what of a mark still reads as a character; a mark that happens to
look like one is a rare label error.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from hwr import preprocess, strokes
from hwr.preprocess.shapes import is_ring_or_bar
from hwr.synthetic.page import text_strokes

_SIDE = 64.0
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PENS = (0.02, 0.14)  # the pen's width as a part of the mark's size
_COILED = 0.35  # the widest pen of a coil, shared among its turns
_LIKE_LETTERS = ("scribble", "coil", "hatching", "several", "crossed")  # drawn twice as often as others
_PATCHES = 16.0  # of a texture along its shorter side, at least: a smoother patch is a U, an O or an n of a broad pen


def marks(count: int, *, seed: int, framing: str) -> np.ndarray:
    """Draw `count` marks of all kinds in random order, framed like characters: uint8 (count, 28, 28), from the seed."""
    rng = np.random.default_rng(seed)
    return preprocess.frame_all([mark(rng) for _ in range(count)], framing)


def mark(rng: np.random.Generator, kind: str = "") -> np.ndarray:
    """The ink of one mark of a kind of KINDS, or of any: uint8 (h, w), 255 on 0, never empty and no plain ring or bar."""
    draw = KINDS[kind or str(rng.choice([*KINDS, *_LIKE_LETTERS]))]
    while is_ring_or_bar(ink := draw(rng)):
        pass
    return ink


def _draw(paths: list[np.ndarray], rng: np.random.Generator, thickest: float = _PENS[1]) -> np.ndarray:
    """Strokes in a box of any size drawn with a random pen up to `thickest`, sometimes with uneven pressure."""
    pen = _PENS[0] * (thickest / _PENS[0]) ** rng.random() * _SIDE
    pressure = rng if rng.random() < 0.3 else None
    return strokes.render(paths, width=max(float(pen), 0.6), size=_SIDE, pressure=pressure)


def _smooth(points: np.ndarray, rounds: int = 3) -> np.ndarray:
    """A polyline with its corners cut (Chaikin, 1974)."""
    for _ in range(rounds):
        first, second = points[:-1], points[1:]
        cut = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
    return points


def _stretched(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Points stretched and turned at random."""
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points * [1, np.exp(rng.uniform(-0.9, 0.3))]) @ turn


def _scribble(rng: np.random.Generator) -> np.ndarray:
    """The pen wandering about, one to three times, longer than any character needs."""
    paths = []
    for _ in range(rng.integers(1, 4)):
        points = rng.uniform(0, 1, (int(rng.integers(9, 36)), 2))
        if len(points) > 18 and rng.random() < 0.5:  # drifting instead of crossing the whole box
            points = np.cumsum(rng.normal(0, 0.3, points.shape), axis=0) + 0.1 * points
        paths.append(_smooth(points) if rng.random() < 0.7 else points)
    return _draw([_stretched(path, rng) for path in paths], rng)


def _coil(rng: np.random.Generator) -> np.ndarray:
    """Loops along a way, or a spiral of three turns and more; never a ring, which is an O, nor so thick as to be one."""
    turns = rng.uniform(3, 9)
    angle = np.linspace(0, 2 * np.pi * turns, int(24 * turns))
    radius = np.linspace(rng.uniform(0.05, 0.4), 1, len(angle))
    along = np.zeros(len(angle))
    if rng.random() < 0.6:
        radius = np.exp(rng.normal(0, 0.08, len(angle)).cumsum() / 8)
        along = np.linspace(0, rng.uniform(0.5, 1.2) * turns, len(angle))
    points = np.stack([radius * np.cos(angle) + along, radius * np.sin(angle) * rng.uniform(0.6, 1.2)], 1)
    return _draw([_stretched(points, rng)], rng, thickest=_COILED / turns)


def _hatching(rng: np.random.Generator) -> np.ndarray:
    """Parallel lines, apart or as one zigzag, sometimes crossed by others."""
    paths: list[np.ndarray] = []
    for _ in range(1 + (rng.random() < 0.4)):
        count = int(rng.integers(4, 14))
        x = np.linspace(0, 1, count) + rng.normal(0, 0.15 / count, count)
        ends = rng.normal(0, 0.06, (2, count)) + np.array([[0.0], [rng.uniform(0.4, 1.5)]])
        lines = [np.array([[a, b], [a, c]]) for a, b, c in zip(x, *ends, strict=True)]
        if rng.random() < 0.5:
            lines = [np.concatenate([line[:: 1 if place % 2 else -1] for place, line in enumerate(lines)])]
        angle = rng.uniform(0, np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        paths += [(line - 0.5) @ turn for line in lines]
    return _draw(paths, rng)


def _line(rng: np.random.Generator) -> np.ndarray:
    """A lone line nearer to level than to upright, straight or bent a little, sometimes two of them."""
    angle = rng.uniform(-0.7, 0.7)
    x = np.linspace(0, 1, 12)
    bend = rng.normal(0, 0.05) * np.sin(np.pi * x) + rng.normal(0, 0.015, 12).cumsum()
    line = np.stack([x * np.cos(angle), x * np.sin(angle) + bend * np.cos(angle)], 1)
    count = 1 if rng.random() < 0.7 else int(rng.integers(2, 4))
    gap = rng.uniform(0.08, 0.3)
    shifts = [np.array([rng.normal(0, 0.05), gap * place]) for place in range(count)]
    return _draw([line + shift for shift in shifts], rng)


def _blot(rng: np.random.Generator) -> np.ndarray:
    """A filled patch with a wavy rim, one or a few that hang together."""
    page = np.zeros((96, 96), np.uint8)
    for _ in range(rng.integers(1, 4)):
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        waves = sum(rng.normal(0, 0.25 / k) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 7))
        radius = rng.uniform(8, 26) * np.clip(1 + waves, 0.3, 2)
        rim = np.stack([np.cos(angle) * radius * rng.uniform(0.6, 1.4), np.sin(angle) * radius], 1)
        cv2.fillPoly(page, [np.rint(rim + 48 + rng.normal(0, 9, 2)).astype(np.int32)], 255, cv2.LINE_AA)
    return page


def _specks(rng: np.random.Generator) -> np.ndarray:
    """A dot, or dots and dashes scattered about."""
    count = 1 if rng.random() < 0.2 else int(rng.integers(3, 25))
    places = rng.uniform(0, 1, (count, 2)) * [1, rng.uniform(0.2, 1)]
    dashes = rng.normal(0, 0.04 * (count > 1 and rng.random() < 0.5), (count, 2))
    return _draw([np.stack([place, place + dash]) for place, dash in zip(places, dashes, strict=True)], rng)


def _texture(rng: np.random.Generator) -> np.ndarray:
    """Paper or a picture that was taken for ink: smooth noise, cut at a level."""
    shape = (int(rng.integers(30, 97)), int(rng.integers(30, 97)))
    smooth = float(rng.uniform(0.8, min(shape) / _PATCHES))
    noise = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), smooth)
    page = (noise > np.quantile(noise, rng.uniform(0.5, 0.95))).astype(np.uint8) * 255
    return cv2.GaussianBlur(page, (3, 3), 0)


def _grid(rng: np.random.Generator) -> np.ndarray:
    """A piece of squared paper, of a table, or of a form's boxes."""
    across, down = (int(n) for n in rng.integers(1, 5, 2))
    across += 2 * (across + down < 4)
    over = rng.uniform(0, 0.15)
    tall, wide = rng.uniform(0.4, 1.6), 1.0
    rows = [np.array([[-over, y], [wide + over, y]]) for y in np.linspace(0, tall, down + 1)]
    columns = [np.array([[x, -over], [x, tall + over]]) for x in np.linspace(0, wide, across + 1)]
    angle = rng.normal(0, 0.05)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _draw([path @ turn for path in rows + columns], rng)


def _several(rng: np.random.Generator) -> np.ndarray:
    """Two to six characters in one box."""
    count = int(rng.integers(2, 7))
    text = "".join(rng.choice(list(_ALPHABET), count))
    written = text_strokes(text, seed=int(rng.integers(2**31)), height=_SIDE)
    squeeze = rng.uniform(0.0, 14.0)  # until some touch
    paths = [part - [place * squeeze, 0] for place, (_, parts) in enumerate(written) for part in parts]
    return _draw(paths, rng)


def _crossed(rng: np.random.Generator) -> np.ndarray:
    """A character or two struck out."""
    written = text_strokes("".join(rng.choice(list(_ALPHABET), int(rng.integers(1, 3)))), seed=int(rng.integers(2**31)))
    paths = [part for _, parts in written for part in parts]
    points = np.concatenate(paths)
    low, high = points.min(0), points.max(0)
    size = np.maximum(high - low, 20)
    count = int(rng.integers(4, 14))
    zigzag = np.stack([np.linspace(-0.1, 1.1, count), rng.uniform(0, 1, count)], 1)
    if rng.random() < 0.5:
        zigzag = np.stack([np.where(np.arange(count) % 2, 1.1, -0.1), np.linspace(0.1, 0.9, count)], 1)
    return _draw([*paths, (_smooth(zigzag, 2) if rng.random() < 0.5 else zigzag) * size + low], rng)


KINDS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "scribble": _scribble,
    "coil": _coil,
    "hatching": _hatching,
    "line": _line,
    "blot": _blot,
    "specks": _specks,
    "texture": _texture,
    "grid": _grid,
    "several": _several,
    "crossed": _crossed,
}
