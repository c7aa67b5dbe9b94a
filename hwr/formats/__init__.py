"""PAGE_FORMATS: what was read, written as a file: plain text, JSON, JSON lines, CSV.

Every format takes pages, in order, and gives the bytes of one file. Reading pictures and showing pages is not done here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hwr.formats.output import PageOut
from hwr.formats.plain import encoded, record, write_csv, write_json, write_json_lines, write_text

__all__ = ["PAGE_FORMATS", "PageFormat", "PageOut", "encoded", "record"]


@dataclass(frozen=True)
class PageFormat:
    """One way to write pages: the file's suffix, its media type, and pages in order -> the content of the file."""

    suffix: str
    mime: str
    write: Callable[[Iterable[PageOut]], bytes]


PAGE_FORMATS: dict[str, PageFormat] = {
    "txt": PageFormat(".txt", "text/plain", write_text),
    "json": PageFormat(".json", "application/json", write_json),
    "jsonl": PageFormat(".jsonl", "application/x-ndjson", write_json_lines),
    "csv": PageFormat(".csv", "text/csv", write_csv),
}
