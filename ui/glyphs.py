"""Glyphs as pictures to show in a row: dark ink on paper, enlarged."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

from hwr.palette import INK, PAPER

SIDE, ROOM = 84, 96  # pixels of a picture, and of a picture with its margin


@st.cache_data(max_entries=1000, show_spinner=False)
def glyph_png(pixels: bytes) -> bytes:
    """A glyph, 28 x 28, as PNG, with a margin left and right so that none touches the next."""
    ink = Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(28, 28))
    picture = ImageOps.colorize(ink, PAPER, INK)
    shown = Image.new("RGBA", (2 * ROOM, 2 * SIDE))
    shown.paste(picture.resize((2 * SIDE, 2 * SIDE), Image.Resampling.BICUBIC), (ROOM - SIDE, 0))
    out = io.BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()
