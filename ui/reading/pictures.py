"""What is made of a page's picture and needed again: a JPEG of it to look at, its ink, the steps of its reading.

Cached for all visitors by the picture's digest; the largest are few.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from hwr.preprocess import ink
from ui.reading.desk import Scan

if TYPE_CHECKING:
    from hwr.steps import Steps

LARGEST = 2200  # pixels of the longer side of what the browser gets: enough for a page of writing, in half a megabyte
QUALITY = 82


def picture_id(scan: Scan) -> str:
    """The name of a page's picture in the browser: 16 characters."""
    return hashlib.sha256(scan.digest.encode()).hexdigest()[:16]


def fitted(scan: Scan) -> bytes:
    """The page as a JPEG of moderate size. Raises HwrError for a page that cannot be drawn."""
    return _fitted(scan.digest, scan)


def seen(scan: Scan, layout: str) -> Steps:
    """The steps of reading a page: ink, skew, lines, pieces."""
    turn = scan.history.page.turn if scan.history else 0
    return _seen(scan.digest, layout, turn, scan)


@st.cache_data(max_entries=32, show_spinner=False)
def _fitted(digest: str, _scan: Scan) -> bytes:
    shown = Image.fromarray(_scan.source.picture())
    shown.thumbnail((LARGEST, LARGEST))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


@st.cache_resource(max_entries=4, show_spinner=False)
def _seen(digest: str, layout: str, turn: int, _scan: Scan) -> Steps:
    from hwr.steps import steps  # with torch

    return steps(ink(_scan.source.picture()), layout, turn)
