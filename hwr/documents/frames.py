"""The frames of a TIFF that are pages, and the resolution that a picture says it has.

Not here: decoding a frame (hwr.preprocess).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from PIL import Image

from hwr.preprocess import open_source

TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SUBFILE, REDUCED, MASK = 254, 1, 4  # the tag of a frame that tells its kind: a small copy of another, a mask for it


def page_frames(content: Path | bytes, most: int) -> list[int]:
    """The numbers of a TIFF's frames that are pages, from 0 on, no more than `most` frames being looked at.

    A frame whose header is damaged counts as a page, and nothing can be found after it.
    """
    frames: list[int] = []
    number = 0
    with open_source(content)[1] as file:
        try:
            with Image.open(file) as picture:
                for number in range(most):
                    picture.seek(number)
                    if not _kind(picture) & (REDUCED | MASK):
                        frames.append(number)
        except EOFError:
            pass
        except Exception:  # a decoder may raise anything on a damaged header
            frames.append(number)
    return frames or [0]


def _kind(picture: Any) -> int:
    kind = picture.tag_v2.get(SUBFILE, 0)
    return kind if isinstance(kind, int) else 0


def frame_resolution(source: Any, frame: int = 0) -> float | None:
    """The pixels to the inch that a picture tells for its frame, by its width; None when it tells none that can be."""
    try:
        if isinstance(source, Image.Image):
            return _told(source)
        with open_source(source)[1] as file, Image.open(file) as picture:
            picture.seek(frame)
            return _told(picture)
    except Exception:  # an array, or a file that cannot be opened: its picture will say so
        return None


def _told(picture: Image.Image) -> float | None:
    dpi = picture.info.get("dpi")
    try:
        value = float(dpi[0]) if isinstance(dpi, tuple) else math.nan
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return value if 0 < value < math.inf else None
