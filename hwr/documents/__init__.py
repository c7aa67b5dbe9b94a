"""Any file as pages, each a picture that is made only when it is asked for: PDF, TIFF with its frames, any other picture.

pdf.py draws the pages of a PDF, frames.py finds those of a TIFF. Not here: decoding a picture (hwr.preprocess), reading
it (hwr.recognize), writing documents (hwr.formats).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hwr.documents import pdf
from hwr.documents.frames import TIFF_HEADS, frame_resolution, page_frames
from hwr.errors import HwrError
from hwr.preprocess import PICTURE_SUFFIXES, open_picture, open_source

SUFFIXES = PICTURE_SUFFIXES | {".pdf"}
MOST_PAGES = 10_000  # of one document
PICTURE_HEADS = (*TIFF_HEADS, b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF", b"BM")


@dataclass(frozen=True)
class DocumentPage:
    """One page: `name` such as "scan.pdf, page 2", its `number` from 1 on, and the `count` of the document's pages."""

    name: str
    number: int
    count: int
    _picture: Callable[[], np.ndarray] = field(repr=False, compare=False)
    _resolution: Callable[[], float | None] = field(repr=False, compare=False)

    def picture(self) -> np.ndarray:
        """The upright picture, made anew at each call: uint8 (h, w) or (h, w, 3). Raises HwrError for a bad page."""
        return self._picture()

    def resolution(self) -> float | None:
        """Pixels of the picture in an inch of the page; None where the file does not say."""
        return self._resolution()


def pages(source: Any) -> tuple[DocumentPage, ...]:
    """The pages of a document, one at least; a picture that is no TIFF has one, its first frame.

    `source` is what open_picture takes: a path, bytes, an open binary file, a PIL image or a uint8 array. Nothing is drawn
    or decoded yet; a file that is given by its path is opened again for each page. Small copies and masks in a TIFF are no
    pages. Raises HwrError for a file that is not there, a PDF that is locked or damaged, and more than MOST_PAGES pages;
    what is wrong with a page is raised when its picture is asked for.
    """
    if isinstance(source, (np.ndarray, Image.Image)):
        return (DocumentPage("The picture", 1, 1, partial(open_picture, source), partial(frame_resolution, source, 0)),)
    quoted, content, head = _look(source)
    name = quoted.strip('"')
    if b"%PDF-" in head and not head.startswith(PICTURE_HEADS):
        count = _checked(pdf.count(content, quoted), quoted)
        made = [(partial(pdf.draw, content, quoted, at), partial(pdf.resolution, content, at)) for at in range(count)]
    else:
        frames = page_frames(content, MOST_PAGES + 1) if head.startswith(TIFF_HEADS) else [0]
        count = _checked(len(frames), quoted)
        titles = [f"{quoted}, page {number}," if count > 1 else quoted for number in range(1, count + 1)]
        made = [
            (partial(open_picture, content, frame=frame, name=title), partial(frame_resolution, content, frame))
            for frame, title in zip(frames, titles, strict=True)
        ]
    return tuple(
        DocumentPage(f"{name}, page {number}" if count > 1 else name, number, count, *ways)
        for number, ways in enumerate(made, 1)
    )


def _look(source: Any) -> tuple[str, Path | bytes, bytes]:
    """What a sentence calls the source, its path or else all its bytes, and the first of these."""
    quoted, file = open_source(source)
    with file:
        head = file.read(1024)
        if isinstance(source, (str, os.PathLike)) and stat.S_ISREG(Path(source).stat().st_mode):
            return quoted, Path(source), head
        return quoted, head + file.read(), head


def _checked(count: int, quoted: str) -> int:
    if count == 0:
        raise HwrError(f"{quoted} has no pages; export it again.")
    if count > MOST_PAGES:
        raise HwrError(f"{quoted} has {count:,} pages; {MOST_PAGES:,} is the limit: divide it.")
    return count
