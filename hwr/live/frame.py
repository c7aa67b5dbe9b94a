"""One frame of a camera: read, and shown with its answer; also as a mirror shows it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from hwr.formats.overlay import mark
from hwr.preprocess import ink
from hwr.results import Glyph, Line, Page, Word

if TYPE_CHECKING:
    from hwr.recognize import Recognizer

LONGEST = 1280  # pixels of the longer side of a frame as it is read


def read_frame(recognizer: Recognizer, frame: np.ndarray, *, layout: str = "page", **how: Any) -> Page:
    """What stands in a frame of a camera, uint8 (h, w, 3), upright: a Page in the frame's pixels.

    A frame over LONGEST pixels is read smaller. `how` is what `Recognizer.read_ink` takes besides. Raises HwrError for a
    layout or charset that the network lacks.
    """
    height, width = frame.shape[:2]
    scale = LONGEST / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    recognizer.check(layout=layout, charset=how.get("charset"), reader=how.get("reader", "auto"))
    page = recognizer.read_ink(ink(frame), layout=layout, **how)
    if scale >= 1:
        return page

    def larger(glyph: Glyph) -> Glyph:
        x0, y0, x1, y1 = (round(value / scale) for value in glyph.box)
        return dataclasses.replace(glyph, box=(x0, y0, min(x1, width), min(y1, height)))

    return dataclasses.replace(mapped(page, larger), width=width, height=height)


def marked(frame: np.ndarray, page: Page | None, *, mirrored: bool = False) -> np.ndarray:
    """A frame, uint8 (h, w, 3), with the boxes and characters of a page over it; a page of another size is left out.

    `mirrored` shows the picture as a mirror does, and the characters over it the right way round.
    """
    if mirrored:
        frame = frame[:, ::-1]
        page = page and mapped(page, functools.partial(_in_mirror, width=page.width))
    if page is None or not page.lines or (page.height, page.width) != frame.shape[:2]:
        return np.ascontiguousarray(frame)
    picture = Image.fromarray(np.ascontiguousarray(frame))
    mark(picture, page)
    return np.asarray(picture)


def _in_mirror(glyph: Glyph, width: int) -> Glyph:
    x0, y0, x1, y1 = glyph.box
    return dataclasses.replace(glyph, box=(width - x1, y0, width - x0, y1))


def mapped(page: Page, change: Callable[[Glyph], Glyph]) -> Page:
    """The page with each glyph changed."""
    lines = (Line(tuple(Word(tuple(map(change, word.glyphs))) for word in line.words)) for line in page.lines)
    return dataclasses.replace(page, lines=tuple(lines))
