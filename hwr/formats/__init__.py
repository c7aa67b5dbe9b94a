"""PAGE_FORMATS: what was read, written as a file: text, data, text with its places, searchable PDF, marked picture.

Every format takes pages, in order, and gives the content of one file; ALTO and PNG hold one page a file, so that several
pages are a zip of them. plain.py has the formats of text alone. Reading pictures and showing pages is not done here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from hwr.formats.alto import alto
from hwr.formats.archive import archive
from hwr.formats.hocr import hocr
from hwr.formats.output import PageOut
from hwr.formats.overlay import overlay
from hwr.formats.pdf import pdf
from hwr.formats.plain import csv_rows, encoded, json_lines, json_text, plain_text, record

__all__ = ["PAGE_FORMATS", "ZIP", "PageFormat", "PageOut", "encoded", "record"]
ZIP = (".zip", "application/zip")


@dataclass(frozen=True)
class PageFormat:
    """One way to write pages: a file's suffix, its media type, and pages in order -> the parts of its content.

    With `picture` it needs each page's picture; `single` is one page a file; `text` is UTF-8 that a terminal can show.
    """

    suffix: str
    mime: str
    parts: Callable[[Iterable[PageOut]], Iterator[bytes]]
    picture: bool = False
    single: bool = False
    text: bool = True

    def write(self, pages: Iterable[PageOut]) -> bytes:
        """The whole file. Raises HwrError when a picture is needed and was not given."""
        return b"".join(self.stream(pages))

    def stream(self, pages: Iterable[PageOut], *, zipped: bool = False) -> Iterator[bytes]:
        """The file part by part, each page taken when it is written; `zipped` has a file for each page in any format."""
        pages = iter(pages)
        if self.single and not zipped:
            first = list(islice(pages, 2))
            pages, zipped = chain(first, pages), len(first) > 1
        return archive(pages, self.suffix, self.parts) if zipped else self.parts(pages)

    def kind(self, count: int) -> tuple[str, str]:
        """The suffix and the media type of the file that so many pages give."""
        return ZIP if self.single and count > 1 else (self.suffix, self.mime)


PAGE_FORMATS: dict[str, PageFormat] = {
    "txt": PageFormat(".txt", "text/plain", plain_text),
    "json": PageFormat(".json", "application/json", json_text),
    "jsonl": PageFormat(".jsonl", "application/x-ndjson", json_lines),
    "csv": PageFormat(".csv", "text/csv", csv_rows),
    "hocr": PageFormat(".hocr", "text/html", hocr),
    "alto": PageFormat(".xml", "application/xml", alto, single=True),
    "pdf": PageFormat(".pdf", "application/pdf", pdf, picture=True, text=False),
    "png": PageFormat(".png", "image/png", overlay, picture=True, single=True, text=False),
}
