"""The formats of text alone: plain text, JSON, JSON lines, CSV. Not here: those with the picture's layout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
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


def plain_text(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """The text alone; several pages stand one after the other, each under its name."""
    pages = iter(pages)
    first = list(islice(pages, 2))
    if len(first) == 1:
        yield encoded(first[0].page.text + "\n")
        return
    for place, out in enumerate(chain(first, pages)):
        yield encoded("\n" * (place > 0) + f"{out.title}:\n{out.page.text}\n")


def json_text(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """One object for one page, a list of objects for several."""
    records = [record(out) for out in pages]
    yield encoded(json.dumps(records[0] if len(records) == 1 else records, ensure_ascii=False, indent=2) + "\n")


def json_lines(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """One object a line, one line a page."""
    for out in pages:
        yield encoded(json.dumps(record(out), ensure_ascii=False) + "\n")


def csv_rows(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """One row a character; line, word and glyph count from 1, confidence in [0, 1], the box in pixels, then the page."""
    yield _csv([CSV_FIELDS])
    for out in pages:
        yield _csv((out.name, *row, out.number or 1) for row in _glyph_rows(out.page))


def _csv(rows: Iterable[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return encoded(text.getvalue())


def _glyph_rows(page: Page) -> Iterator[tuple[Any, ...]]:
    for line_number, line in enumerate(page.lines, 1):
        for word_number, word in enumerate(line.words, 1):
            for glyph_number, glyph in enumerate(word.glyphs, 1):
                numbers = (line_number, word_number, glyph_number)
                yield (*numbers, glyph.char, f"{glyph.confidence:.4f}", *glyph.box)
