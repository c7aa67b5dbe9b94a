"""The pages of a PDF drawn as pictures, by PDFium.

Not here: what is a PDF, and the names of pages (__init__.py); writing one (hwr.formats).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hwr.errors import HwrError

PAGE_PIXELS = 40_000_000  # of a page at the most; an A2 sheet at DPI has 35 million
DPI, LEAST_DPI = 300.0, 36.0  # pixels to the inch that a page is drawn at: usually, and at least
SCAN_SHARE = 0.8  # of a page that its one picture covers: such a page is a scan, drawn pixel for pixel
MOST_OBJECTS = 2000  # of a page are looked at to see whether it is a scan
_PDFIUM = threading.Lock()  # PDFium takes one call at a time, also for different documents


def count(content: Path | bytes, quoted: str) -> int:
    """How many pages a PDF has. Raises HwrError for one that is locked or damaged; `quoted` names it in the sentence."""
    with _document(content, quoted) as document:
        return len(document)


def draw(content: Path | bytes, quoted: str, at: int) -> np.ndarray:
    """The upright picture of page `at` (from 0 on): uint8, grey (h, w) or RGB (h, w, 3), at most PAGE_PIXELS pixels.

    A scan is drawn at its own resolution up to DPI, any other page at DPI. Raises HwrError for a page that is damaged, or
    too large to be drawn at LEAST_DPI.
    """
    with _document(content, quoted) as document:
        title = f"{quoted}, page {at + 1}," if len(document) > 1 else quoted
        try:
            with _page(document, at) as page:
                dpi = _dpi(page)
                if dpi >= LEAST_DPI:
                    return _render(page, dpi)
                wide, tall = (round(side / 72) for side in page.get_size())
        except (RuntimeError, ValueError, AssertionError, OverflowError, MemoryError) as error:
            raise HwrError(f"{title} is damaged and cannot be drawn; export the document again.") from error
    raise HwrError(f"{title} is {wide:,} x {tall:,} inches large, too large to be drawn; export it on smaller paper.")


def resolution(content: Path | bytes, at: int) -> float | None:
    """The pixels to the inch of the picture that `draw` makes; None for a page that cannot be drawn."""
    try:
        with _document(content, "") as document, _page(document, at) as page:
            return _dpi(page)
    except (RuntimeError, HwrError):
        return None


@contextmanager
def _document(content: Path | bytes, quoted: str) -> Iterator[Any]:
    """The open document, while no other thread may call PDFium."""
    import pypdfium2

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
                raise HwrError(f"{quoted} is locked with a password; save a copy without one.") from error
            raise HwrError(f"{quoted} is a damaged PDF and cannot be opened; export or copy it again.") from error
        except OSError as error:
            raise HwrError(f"{quoted} cannot be read any more; is it still where it was?") from error
        try:
            yield document
        finally:
            document.close()


@contextmanager
def _page(document: Any, at: int) -> Iterator[Any]:
    page = document[at]
    try:
        yield page
    finally:
        page.close()


def _dpi(page: Any) -> float:
    """The pixels to the inch that a page is drawn at."""
    wide, tall = page.get_size()
    if not (0 < wide < np.inf and 0 < tall < np.inf):
        raise ValueError("a page without a size")
    most = 72 * (PAGE_PIXELS / (wide * tall)) ** 0.5 * 0.999
    return min(DPI, max(_scan_dpi(page) or DPI, LEAST_DPI), most)


def _scan_dpi(page: Any) -> float | None:
    """The resolution of the one picture that covers a page with nothing drawn beside it; None for any other page."""
    from pypdfium2 import raw

    pictures = []
    for number, part in enumerate(page.get_objects(max_depth=1)):
        if part.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictures.append(part)
        if (
            part.type not in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT)
            or len(pictures) > 1
            or number > MOST_OBJECTS
        ):
            return None
    if not pictures:
        return None
    left, bottom, right, top = pictures[0].get_bounds()
    across, down = right - left, top - bottom
    share = across * down / float(np.prod(page.get_size()))
    columns, rows = pictures[0].get_px_size()
    if not SCAN_SHARE <= share < np.inf or not columns * rows:
        return None
    return 72 * float((columns * rows / (across * down)) ** 0.5)


def _render(page: Any, dpi: float) -> np.ndarray:
    bitmap = page.render(scale=dpi / 72 * (1 - 1e-5), rev_byteorder=True)  # a whole number of pixels is not rounded up
    try:
        pixels = bitmap.to_numpy()
        red, green, blue = (pixels[:, :, channel] for channel in range(3))
        if np.array_equal(red, green) and np.array_equal(red, blue):
            return np.ascontiguousarray(red)
        return np.ascontiguousarray(pixels[:, :, :3])
    finally:
        bitmap.close()
