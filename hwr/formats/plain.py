"""The formats of text alone: plain text, JSON, JSON lines, CSV. Not here: those with the picture's layout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from hwr.formats.output import PageOut
from hwr.results import Page

CSV_FIELDS = ("file", "line", "word", "glyph", "char", "confidence", "x0", "y0", "x1", "y1", "page")


def encoded(text: str) -> bytes:
    """UTF-8; what a file name may hold and UTF-8 cannot say is written as in JSON, \\udcff."""
    return text.encode("utf-8", "backslashreplace")


def record(out: PageOut) -> dict[str, Any]:
    """One page as plain data: its file name, its number where there are several, then the page's own fields.

    Boxes are in pixels of the upright picture.
    """
    return {**out.where(), **out.page.to_dict()}


def write_text(pages: Iterable[PageOut]) -> bytes:
    """The text alone; several pages stand one after the other, each under its name."""
    pages = list(pages)
    if len(pages) == 1:
        return encoded(pages[0].page.text + "\n")
    return encoded("\n".join(f"{out.title}:\n{out.page.text}\n" for out in pages))


def write_json(pages: Iterable[PageOut]) -> bytes:
    """One object for one page, a list of objects for several."""
    records = [record(out) for out in pages]
    return encoded(json.dumps(records[0] if len(records) == 1 else records, ensure_ascii=False, indent=2) + "\n")


def write_json_lines(pages: Iterable[PageOut]) -> bytes:
    """One object a line, one line a page."""
    return encoded("".join(json.dumps(record(out), ensure_ascii=False) + "\n" for out in pages))


def write_csv(pages: Iterable[PageOut]) -> bytes:
    """One row a character; line, word and glyph count from 1, confidence in [0, 1], the box in pixels, then the page."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_FIELDS)
    for out in pages:
        writer.writerows((out.name, *row, out.number or 1) for row in _glyph_rows(out.page))
    return encoded(text.getvalue())


def _glyph_rows(page: Page) -> Iterator[tuple[Any, ...]]:
    for line_number, line in enumerate(page.lines, 1):
        for word_number, word in enumerate(line.words, 1):
            for glyph_number, glyph in enumerate(word.glyphs, 1):
                numbers = (line_number, word_number, glyph_number)
                yield (*numbers, glyph.char, f"{glyph.confidence:.4f}", *glyph.box)
