"""Handwriting of our own, for training offline, for tests and for samples: a stroke font and a hand that draws it.

Nothing here is taken from a font file or a dataset.
"""

from hwr.synthetic.hand import glyphs
from hwr.synthetic.page import Sheet, draw_boxes, draw_text, text_strokes

__all__ = ["Sheet", "draw_boxes", "draw_text", "glyphs", "text_strokes"]
