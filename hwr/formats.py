"""PAGE_FORMATS: what was read, written as a file: plain text, JSON, JSON lines, CSV.

Every format takes named pages, in order, and gives the text of one file. Reading pictures and showing pages is not done
here.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hwr.results import Page

NamedPages = Sequence[tuple[str, Page]]
CSV_FIELDS = ("file", "line", "word", "glyph", "char", "confidence", "x0", "y0", "x1", "y1")


@dataclass(frozen=True)
class PageFormat:
    """One way to write pages: the file's suffix, its media type, and named pages -> the text of the file."""

    suffix: str
    mime: str
    write: Callable[[NamedPages], str]


def record(file: str, page: Page) -> dict[str, Any]:
    """One picture as plain data: its file name, then the page's own fields; boxes in pixels of the upright picture."""
    return {"file": file, **page.to_dict()}


def write_text(pages: NamedPages) -> str:
    """The text alone; several pictures stand one after the other, each under its name."""
    if len(pages) == 1:
        return pages[0][1].text + "\n"
    return "\n".join(f"{file}:\n{page.text}\n" for file, page in pages)


def write_json(pages: NamedPages) -> str:
    """One object for one picture, a list of objects for several."""
    records = [record(file, page) for file, page in pages]
    return json.dumps(records[0] if len(records) == 1 else records, ensure_ascii=False, indent=2) + "\n"


def write_json_lines(pages: NamedPages) -> str:
    """One object a line, one line a picture."""
    return "".join(json.dumps(record(file, page), ensure_ascii=False) + "\n" for file, page in pages)


def write_csv(pages: NamedPages) -> str:
    """One row a character; line, word and glyph count from 1, confidence in [0, 1], the box in pixels."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_FIELDS)
    for file, page in pages:
        writer.writerows((file, *row) for row in _glyph_rows(page))
    return out.getvalue()


def _glyph_rows(page: Page) -> Iterator[tuple[Any, ...]]:
    for line_number, line in enumerate(page.lines, 1):
        for word_number, word in enumerate(line.words, 1):
            for glyph_number, glyph in enumerate(word.glyphs, 1):
                numbers = (line_number, word_number, glyph_number)
                yield (*numbers, glyph.char, f"{glyph.confidence:.4f}", *glyph.box)


PAGE_FORMATS: dict[str, PageFormat] = {
    "txt": PageFormat(".txt", "text/plain", write_text),
    "json": PageFormat(".json", "application/json", write_json),
    "jsonl": PageFormat(".jsonl", "application/x-ndjson", write_json_lines),
    "csv": PageFormat(".csv", "text/csv", write_csv),
}
