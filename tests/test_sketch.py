"""hwr.sketch: one character or several, told from how it looks."""

import numpy as np
import pytest

from hwr import sketch
from hwr.results import Glyph, Line, Page, Word


class Reader:
    """Stands for a recognizer: lays `boxes` out as one line each, and reads all as one character unless it `rejects`."""

    def __init__(self, *lines, rejects=False):
        self.lines, self.rejects = lines, rejects

    def read_ink(self, ink, *, layout, charset):
        height, width = ink.shape
        boxes = self.lines if layout == "page" else [] if self.rejects else [[(0, 0, width, height)]]
        lines = [
            Line((Word(tuple(Glyph("1" if layout == "page" else "H", 0.9, box) for box in line)),)) for line in boxes
        ]
        return Page(tuple(lines), width, height)


NEAR = [(0, 0, 10, 60), (30, 0, 40, 60)]  # two bars, as of an H
FAR = [(0, 0, 10, 40), (60, 0, 70, 40)]


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (Reader(NEAR), "H"),
        (Reader(FAR), "11"),
        (Reader(NEAR, rejects=True), "11"),
        (Reader(NEAR[:1], NEAR[1:]), "1\n1"),
        (Reader(NEAR[:1]), "H"),
        (Reader(), "H"),
        (Reader(rejects=True), ""),
    ],
)
def test_one_or_several(reader, text):
    assert sketch.read(reader, np.zeros((60, 80), np.uint8)).text == text
