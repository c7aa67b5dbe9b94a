"""`python -m hwr read`: many pictures and documents, page by page; a bad one is told and never stops the rest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwr import documents
from hwr.checkpoint import best_weights, check_output, list_weights, write_whole
from hwr.errors import HwrError
from hwr.formats import PAGE_FORMATS, PageOut, encoded, record
from hwr.recognize import Recognizer


@dataclass(frozen=True)
class Bad:
    """A file, or the page of a document with this number (from 1 on), that could not be read, and the reason."""

    file: str
    error: str
    number: int | None = None

    @property
    def title(self) -> str:
        return self.file if self.number is None else f"{self.file}, page {self.number}"

    def record(self) -> dict[str, Any]:
        """The line of JSON for it."""
        page = {} if self.number is None else {"page": self.number}
        return {"file": self.file, **page, "error": self.error}


@dataclass(frozen=True)
class ReadOptions:
    """How pictures are read and written: as the options of the command line of the same names."""

    weights: str | None = None
    layout: str = "page"
    charset: str | None = None
    format: str = "txt"


def read_pictures(pictures: Sequence[str], options: ReadOptions, output: str | None = None) -> int:
    """Reads files and folders in the order given, writes one text, and gives the exit status: 1 when any was bad.

    Raises HwrError for an unknown format, weights, layout or charset, or an output that is a folder, before a picture
    is read. What was read before Ctrl-C is written.
    """
    if output is not None:
        check_output(output)
    if options.format not in PAGE_FORMATS:
        raise HwrError(f'There is no format "{options.format}"; choose one of {", ".join(PAGE_FORMATS)}.')
    names = [item["name"] for item in list_weights()]
    weights = best_weights(names, options.charset) if options.weights is None else options.weights
    recognizer = Recognizer.load(weights)
    recognizer.check(layout=options.layout, charset=options.charset)
    results = (result for file in picture_files(pictures) for result in _read(recognizer, file, options))
    if options.format == "jsonl":
        return _stream(results, output)
    return _collect(results, options.format, output)


def picture_files(pictures: Sequence[str]) -> Iterator[Path]:
    """The files named, and the pictures in the folders named, in order; a folder without any stands for itself."""
    for picture in map(Path, pictures):
        found = (
            [file for file in picture.rglob("*") if file.suffix.lower() in documents.SUFFIXES]
            if _is_folder(picture)
            else []
        )
        yield from sorted(file for file in found if not _is_folder(file)) or [picture]


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (Path.is_dir raises for a name that is too long)


def _read(recognizer: Recognizer, file: Path, options: ReadOptions) -> Iterator[PageOut | Bad]:
    """What stands on each page of a file; each picture is made when its page is read."""
    try:
        if _is_folder(file):
            raise HwrError(f'There is no picture in the folder "{file}"; name one that has some, or a file.')
        found = documents.pages(file)
    except HwrError as error:
        yield Bad(str(file), str(error))
        return
    for page in found:
        number = page.number if page.count > 1 else None
        try:
            read = recognizer.read(page.picture(), layout=options.layout, charset=options.charset)
            yield PageOut(str(file), read, number)
        except HwrError as error:
            yield Bad(str(file), str(error), number)


def _stream(results: Iterator[PageOut | Bad], output: str | None) -> int:
    lines, bad = [], False
    try:
        for result in results:
            bad |= isinstance(result, Bad)
            values = result.record() if isinstance(result, Bad) else record(result)
            lines.append(json.dumps(values, ensure_ascii=False) + "\n")
            if output is None:
                _print(encoded(lines.pop()))
    finally:
        if output is not None:
            write_whole(output, encoded("".join(lines)))
    return int(bad)


def _collect(results: Iterator[PageOut | Bad], format: str, output: str | None) -> int:
    pages: list[PageOut] = []
    bad = False
    try:
        for result in results:
            if isinstance(result, Bad):
                bad = True
                print(f"hwr: {result.title}: {result.error}", file=sys.stderr)
            else:
                pages.append(result)
    finally:
        content = PAGE_FORMATS[format].write(pages) if pages else b""
        if output is None:
            _print(content)
        elif pages:
            write_whole(output, content)
    return int(bad)


def _print(content: bytes) -> None:
    """Text on standard output; a character that it cannot show is written as in Python, \\u00e9."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    shown = content.decode("utf-8").encode(encoding, "backslashreplace").decode(encoding)
    print(shown, end="", flush=True)
