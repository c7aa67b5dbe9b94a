"""PNG: the scan with a box around each character, coloured by its confidence, and what it was read as.

Not here: the figure of the page in the browser (hwr.figures).
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hwr.formats.output import PageOut, seen
from hwr.palette import glyph_color
from hwr.results import Glyph, Page

SMALLEST, LARGEST = 11, 120  # of the characters, in pixels
LABEL = 0.4  # of the usual height of a box: the size of its character
THICK = 0.03  # of it: the line of a box
WHITE = "#ffffff"
MISSING = "\U0010fffd"  # in no font


def overlay(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """One page as a PNG of the picture's size and resolution. Raises HwrError where there is no picture."""
    for out in pages:
        yield _png(out)


def _png(out: PageOut) -> bytes:
    picture = Image.fromarray(out.pixels()).convert("RGB")
    mark(picture, out.page)
    file = io.BytesIO()
    dpi = out.resolution()
    picture.save(file, "PNG", compress_level=3, dpi=(dpi, dpi))
    return file.getvalue()


def mark(picture: Image.Image, page: Page) -> None:
    """Draws on an RGB picture of the page's size: a box around each character, and on top what it was read as."""
    heights = [glyph.box[3] - glyph.box[1] for glyph in page.glyphs]
    usual = float(np.median(heights)) if heights else 0.0
    font = _font(round(float(np.clip(LABEL * usual, SMALLEST, LARGEST))))
    draw = ImageDraw.Draw(picture)
    for glyph in page.glyphs:
        color = glyph_color(glyph.confidence, glyph.corrected)
        x0, y0, x1, y1 = glyph.box
        draw.rectangle((x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), outline=color, width=max(1, round(THICK * usual)))
    for glyph in page.glyphs:
        _tag(draw, glyph, font)


@functools.lru_cache(maxsize=LARGEST)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # as it is for any size
    return font


def _tag(draw: ImageDraw.ImageDraw, glyph: Glyph, font: ImageFont.FreeTypeFont) -> None:
    """What a character was read as, on top of its box; inside the box where the page ends above it."""
    text = _shown(glyph.char, font)
    if not text:
        return
    wide, tall = int(np.ceil(font.getlength(text))), sum(font.getmetrics())
    x0 = max(0, min(glyph.box[0], draw.im.size[0] - wide - 3))
    y0 = max(0, glyph.box[1] - tall)
    draw.rectangle((x0, y0, x0 + wide + 2, y0 + tall - 1), fill=glyph_color(glyph.confidence, glyph.corrected))
    draw.text((x0 + 1, y0), text, fill=WHITE, font=font)


def _shown(char: str, font: ImageFont.FreeTypeFont) -> str:
    """The character, or its code point where the font lacks it."""
    char = seen(char)
    if char.isspace() or (char and bytes(font.getmask(char)) != bytes(font.getmask(MISSING))):
        return char.strip()
    return " ".join(f"U+{ord(part):04X}" for part in char)
