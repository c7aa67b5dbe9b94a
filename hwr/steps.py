"""What reading sees on the way to the text, as pictures: the ink, its lines, the pieces taken for characters.

For a person who asks why something was misread. It looks again at ink that is there, with the code that reads; it reads
nothing and finds no ink itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from hwr.layout import Piece, Row, find_lines, is_wide, lattice
from hwr.layout.cutout import cut_out, skew_of
from hwr.preprocess import frame
from hwr.results import Box, Glyph

LARGEST = 1400  # pixels of the longer side of a picture that is shown
LINE_COLORS = ((168, 56, 31), (47, 93, 125), (63, 143, 120), (150, 105, 20))  # of a line's ink, one after the other
PAPER, INK, LEFT_OUT = (253, 250, 243), (35, 34, 43), (190, 184, 172)
PIECE, TOUCHING, MARK = (47, 93, 125), (196, 83, 47), (150, 144, 132)


@dataclass(frozen=True)
class Steps:
    """The ink of a page (uint8 (h, w), 255 on 0), its skew in radians, and the rows of words of pieces found in it."""

    ink: np.ndarray
    skew: float
    rows: list[Row]

    @property
    def pieces(self) -> list[Piece]:
        return [piece for row in self.rows for piece in row.pieces]

    @cached_property
    def _read(self) -> dict[Box, np.ndarray]:
        """The ink of everything that the network may have been shown, by its box."""
        ways = [lattice(word, [True] * len(word), row.scale) for row in self.rows for word in row.words]
        return {span.piece.box: span.piece.ink for each in ways for span in each.spans}

    def ink_of(self, box: Box) -> np.ndarray:
        """The ink of one character: as it was read where reading had that box, otherwise cut out of the page."""
        return self._read[box] if box in self._read else cut_out(self.ink, box, self.skew).ink


def steps(ink: np.ndarray, layout: str = "page", turn: int = 0) -> Steps:
    """What reading the ink of a page goes through, but for the network.

    `layout` is as in Recognizer.read, `turn` is that of the Page that was read.
    """
    return Steps(ink, skew_of(ink, turn) if layout == "page" else 0.0, find_lines(ink, layout, turn))


def upright(seen: Steps) -> np.ndarray:
    """The ink dark on white, turned so that its lines are level: uint8 (h, w), the longer side at most LARGEST."""
    small, _ = _reduced(seen.ink)
    if seen.skew == 0:
        return 255 - small
    height, width = small.shape
    cosine, sine = abs(float(np.cos(seen.skew))), abs(float(np.sin(seen.skew)))
    across, down = int(np.ceil(width * cosine + height * sine)), int(np.ceil(height * cosine + width * sine))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(np.rad2deg(seen.skew)), 1.0)
    matrix[:, 2] += [(across - width) / 2, (down - height) / 2]
    return 255 - cv2.warpAffine(small, matrix, (across, down), flags=cv2.INTER_LINEAR)


def line_picture(seen: Steps) -> np.ndarray:
    """The ink with each line in another colour than the next: uint8 RGB. What was taken for no writing is pale."""
    small, scale = _reduced(seen.ink)
    colors = np.full((*small.shape, 3), LEFT_OUT, np.float32)
    for place, row in enumerate(seen.rows):
        for piece in row.pieces:
            colors[_window(piece.box, scale)] = LINE_COLORS[place % len(LINE_COLORS)]
    return _inked(small, colors)


def piece_picture(seen: Steps) -> np.ndarray:
    """The ink with a box around each piece: uint8 RGB.

    Blue is one character, rust may be several that touch, grey is a dot or a bar too small for a letter or a digit.
    """
    small, scale = _reduced(seen.ink)
    picture = _inked(small, np.full((*small.shape, 3), INK, np.float32))
    for row in seen.rows:
        for piece in row.pieces:
            color = MARK if piece.mark else TOUCHING if is_wide(piece, row.scale) else PIECE
            x0, y0, x1, y1 = (round(side * scale) for side in piece.box)
            cv2.rectangle(picture, (x0, y0), (x1, y1), color, 2)
    return picture


def glyph_image(seen: Steps, glyph: Glyph, framing: str) -> np.ndarray:
    """The 28 x 28 that the network saw of a glyph, or sees of it where its box is a person's: uint8, ink 255 on 0."""
    return frame(seen.ink_of(glyph.box), framing) if glyph.image is None else glyph.image


def _reduced(ink: np.ndarray) -> tuple[np.ndarray, float]:
    """The ink with its longer side at most LARGEST, and the scale."""
    scale = min(1.0, LARGEST / max(ink.shape))
    if scale == 1:
        return ink, scale
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA), scale


def _window(box: Box, scale: float) -> tuple[slice, slice]:
    x0, y0, x1, y1 = (round(side * scale) for side in box)
    return slice(y0, y1), slice(x0, x1)


def _inked(ink: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Paper with ink of these colours (h, w, 3)."""
    weight = ink[:, :, None].astype(np.float32) / 255
    return np.round(np.array(PAPER, np.float32) * (1 - weight) + colors * weight).astype(np.uint8)
