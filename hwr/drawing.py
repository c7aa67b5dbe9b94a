"""Drawings of the canvas: its JSON to pen strokes, pen strokes to its JSON, and a drawing to ink to read.

The JSON is Fabric's, as the canvas component gives and takes it: {"objects": [{"type": "Path", "path": [["M", x, y],
["Q", cx, cy, x, y], ["L", x, y]], "strokeWidth": w}, ...]}, in canvas pixels, y down. Not here: any widget.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from hwr import strokes
from hwr.synthetic.font import BASELINE, skeletons

INK_COLOR = "#23222b"
CURVE_STEPS = 4

Drawing = Mapping[str, Any]


@dataclass(frozen=True)
class PenStroke:
    """One stroke: points (k, 2) in canvas pixels, y down, and the diameter of the pen."""

    points: np.ndarray
    width: float


@dataclass
class Sheet:
    """What is on a canvas that lives in a browser, and what it was told to show.

    `start` is the drawing that the canvas is given; when that changes, the canvas takes it and then says so. Until it
    has, it still tells what was on it before (`told`), which is not believed (`stale`). `room` is its width in pixels.
    """

    drawing: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] = field(default_factory=lambda: {"objects": []})
    told: list[Any] = field(default_factory=list)
    stale: list[Any] | None = None
    room: float = 320

    def restart(self, drawn: Mapping[str, Any]) -> None:
        """Puts another drawing on the canvas; also when it is the one that it was given before."""
        self.start = {"objects": list(drawn.get("objects", [])), "restart": self.start.get("restart", 0) + 1}
        self.drawing, self.stale = self.start, self.told

    def hear(self, told: Mapping[str, Any]) -> None:
        """Takes what the canvas says is on it."""
        self.told = list(told.get("objects", []))
        if self.told != self.stale:
            self.drawing, self.stale = dict(told), None


def pen_strokes(drawing: Drawing | None) -> list[PenStroke]:
    """The strokes of a canvas drawing, in the order drawn; objects that are no freehand path are left out."""
    found = []
    for item in (drawing or {}).get("objects", []):
        points = _points(item.get("path") or [])
        if len(points) and np.isfinite(points).all():
            found.append(PenStroke(points, float(item.get("strokeWidth") or 1)))
    return found


def to_drawing(written: Sequence[PenStroke]) -> dict[str, Any]:
    """Strokes as a drawing that the canvas can be started with."""
    return {"objects": [_path_object(stroke) for stroke in written]}


def without_last(drawing: Drawing | None) -> dict[str, Any]:
    """The drawing as it was before its last stroke."""
    return {"objects": list((drawing or {}).get("objects", []))[:-1]}


def is_blank(drawing: Drawing | None) -> bool:
    return not (drawing or {}).get("objects")


def ink(drawing: Drawing | None, *, width: int, height: int) -> np.ndarray:
    """The drawing as ink to read: uint8 (height, width), ink 255 on 0, smooth edges.

    What lies outside the canvas is cut off. Raises HwrError for a pen whose width is not a positive number.
    """
    page = np.zeros((height, width), dtype=np.uint8)
    for stroke in pen_strokes(drawing):
        strokes.paint(page, [stroke.points], width=stroke.width)
    return page


def write(text: str, *, box: tuple[float, float, float, float], pen: float, seed: int = 0) -> list[PenStroke]:
    """Our own handwriting: lines of `text` drawn with the stroke font into a box (x0, y0, x1, y1) of canvas pixels.

    A space leaves a gap. The seed sways each character a little. Raises HwrError for a character the font lacks.
    """
    rng = np.random.default_rng(seed)
    lines = [_line(line, rng) for line in text.split("\n")]
    pitch = 1.75 * BASELINE
    placed = [path + np.array([0, row * pitch]) for row, line in enumerate(lines) for path in line]
    if not placed:
        return []
    points = np.concatenate(placed)
    low, extent = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    corner, room = np.array(box[:2]) + pen / 2, np.array(box[2:]) - box[:2] - pen
    scale = float((room / extent).min())
    shift = corner + (room - extent * scale) / 2
    return [PenStroke((path - low) * scale + shift, pen) for path in placed]


def page_png(text: str, *, width: int = 900, height: int = 560, pen: float = 12) -> bytes:
    """A PNG file of `text` in our own handwriting, dark on white, to try the reading with; sizes in pixels."""
    margin = min(width, height) / 9
    written = to_drawing(write(text, box=(margin, margin, width - margin, height - margin), pen=pen))
    out = io.BytesIO()
    Image.fromarray(255 - ink(written, width=width, height=height)).save(out, "PNG")
    return out.getvalue()


def _line(text: str, rng: np.random.Generator) -> list[np.ndarray]:
    """One line of the stroke font from x = 0, in font units."""
    paths: list[np.ndarray] = []
    x = 0.0
    for char in text:
        if char == " ":
            x += 0.6 * BASELINE
            continue
        skeleton = skeletons(char)[0]
        points = skeleton.basis @ skeleton.control + rng.normal(0, 2, 2)
        points[:, 0] += rng.normal(0, 0.04) * (BASELINE - points[:, 1]) + x - points[:, 0].min()
        paths.extend(skeleton.split(points))
        x = float(points[:, 0].max()) + 0.38 * BASELINE
    return paths


def _points(path: Sequence[Sequence[Any]]) -> np.ndarray:
    """The points along a Fabric path of M, L and Q commands, curves in CURVE_STEPS pieces: float (k, 2)."""
    points: list[tuple[float, float]] = []
    for command, *numbers in path:
        if command == "Q" and points and len(numbers) == 4:
            points.extend(_curve(points[-1], numbers))
        elif command in ("M", "L") and len(numbers) == 2:
            points.append((float(numbers[0]), float(numbers[1])))
    return np.array(points, dtype=float).reshape(-1, 2)


def _curve(start: tuple[float, float], numbers: Sequence[float]) -> list[tuple[float, float]]:
    """Points along a quadratic Bezier curve after its start."""
    control_x, control_y, end_x, end_y = numbers
    if math.dist(start, (end_x, end_y)) < 2:
        return [(end_x, end_y)]
    steps = [step / CURVE_STEPS for step in range(1, CURVE_STEPS + 1)]
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * control_x + t * t * end_x,
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * control_y + t * t * end_y,
        )
        for t in steps
    ]


def _path_object(stroke: PenStroke) -> dict[str, Any]:
    path = [
        ["L" if place else "M", round(float(x), 1), round(float(y), 1)] for place, (x, y) in enumerate(stroke.points)
    ]
    style = {"strokeLineCap": "round", "strokeLineJoin": "round", "fill": None, "stroke": INK_COLOR}
    return {"type": "Path", "path": path, "strokeWidth": stroke.width, **style}
