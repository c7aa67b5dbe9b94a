"""Glyphs as a sheet of tiles that wraps to the width there is; a tile can be picked (tiles.js).

A picture for each would be hundreds of files and elements: here the pixels go to the browser as one block.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from hwr.palette import INK, PAPER

_tiles = st.components.v2.component("hwr_tiles", js=Path(__file__).with_name("tiles.js").read_text(encoding="utf-8"))


def tiles(pictures: np.ndarray, words: Sequence[str], key: str, *, size: int = 64, **more: object) -> None:
    """Glyphs, uint8 (n, 28, 28), or (n, k, 28, 28) with k beside each other in a tile, with words under each.

    `size` is the width of a picture in pixels; `about` says what the sheet shows, for who cannot see it; with `first` the
    first picture of a tile stands apart.
    """
    _tiles(key=key, data=packed(pictures, words, size=size, **more))


def packed(pictures: np.ndarray, words: Sequence[str], **more: object) -> bytes:
    """What the browser is sent: see `block`; the array is the pixels."""
    beside = 1 if pictures.ndim == 3 else pictures.shape[1]
    head = {"count": len(pictures), "beside": beside, "words": list(words), "ink": INK, "paper": PAPER, **more}
    return block(head, np.ascontiguousarray(pictures, np.uint8))


def block(head: dict[str, Any], *arrays: np.ndarray) -> bytes:
    """A JSON head's length, little-endian in 4 bytes, the head, and arrays behind it, of which the first is aligned to 4."""
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + b"".join(array.tobytes() for array in arrays)
