"""`python -m hwr read`: many pictures and documents, page by page; a bad one is told and never stops the rest.

Not here: opening documents (hwr.documents), reading one picture (hwr.recognize), the formats (hwr.formats).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from hwr import documents
from hwr.checkpoint import best_weights, check_output, list_weights, write_whole
from hwr.documents import DocumentPage
from hwr.errors import HwrError
from hwr.formats import PAGE_FORMATS, PageFormat, PageOut, encoded, record
from hwr.lines.letters import SPELLING, likely
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
    reader: str = "auto"
    words: str = SPELLING
    engine: str | None = None


def read_pictures(pictures: Sequence[str], options: ReadOptions, output: str | None = None) -> int:
    """Reads files and folders in the order given, writes one file, and gives the exit status: 1 when any was bad.

    Several pages in a format that holds one page a file are a zip, and so is any output whose name ends with .zip. Raises
    HwrError for an unknown format, weights, engine, layout or charset, and an output that cannot be, before a picture is
    read. What was read before Ctrl-C is written.
    """
    if output is not None:
        check_output(output)
    if options.format not in PAGE_FORMATS:
        raise HwrError(f'There is no format "{options.format}"; choose one of {", ".join(PAGE_FORMATS)}.')
    files = (file for file in picture_files(pictures) if output is None or not _is_same(file, output))
    pages = _pages(files)
    first = list(islice(pages, 2))
    zipped = _check_place(options.format, output, several=len(first) > 1)
    names = [item["name"] for item in list_weights()]
    weights = best_weights(names, options.charset) if options.weights is None else options.weights
    recognizer = Recognizer.load(weights, engine=options.engine)
    recognizer.check(layout=options.layout, charset=options.charset, reader=options.reader)
    reading = Reading(recognizer, options, chain(first, pages))
    _write(reading, PAGE_FORMATS[options.format], output, zipped)
    if reading.stopped:
        raise KeyboardInterrupt
    return int(reading.bad)


def picture_files(pictures: Sequence[str]) -> Iterator[Path]:
    """The files named, and the pictures and PDFs in the folders named, in order; a folder without any stands for itself."""
    for picture in map(Path, pictures):
        files = picture.rglob("*") if _is_folder(picture) else []
        found = [file for file in files if file.suffix.lower() in documents.SUFFIXES]
        yield from sorted(file for file in found if not _is_folder(file)) or [picture]


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (Path.is_dir raises for a name that is too long)


def _is_same(file: Path, output: str) -> bool:
    """Whether a file is the one that is to be written, as in a folder that is read for the second time."""
    try:
        return os.path.samefile(file, output)  # noqa: PTH121  (as above)
    except (OSError, ValueError):
        return False


def _pages(files: Iterable[Path]) -> Iterator[tuple[str, DocumentPage | HwrError]]:
    """Each page of each file with the file's name, none of them drawn yet; a file that cannot be opened gives why."""
    for file in files:
        try:
            if _is_folder(file):
                raise HwrError(f'There is no picture in the folder "{file}"; name one that has some, or a file.')
            for page in documents.pages(file):
                yield str(file), page
        except HwrError as error:
            yield str(file), error


def _check_place(format: str, output: str | None, *, several: bool) -> bool:
    """Whether a zip is to be written. Raises HwrError where the name of the output, or a terminal, does not fit."""
    form = PAGE_FORMATS[format]
    zipped = output is not None and output.lower().endswith(".zip")
    if output is not None and several and form.single and not zipped:
        raise HwrError(f"Several pages as {format} are a zip with a file for each: name it --output NAME.zip.")
    binary = not form.text or (several and form.single)
    if output is None and binary and sys.stdout.isatty():
        raise HwrError(f"A terminal cannot show {'a zip' if form.text else format}; name a file with --output.")
    return zipped


class Reading:
    """Pages as they are read; what went wrong is in `bad` and `stopped` when there are no more."""

    def __init__(self, recognizer: Recognizer, options: ReadOptions, pages: Iterable[tuple[str, Any]]):
        self.recognizer, self.options, self.pages = recognizer, options, pages
        self.words = likely(options.words)
        self.bad = self.stopped = False

    def __iter__(self) -> Iterator[PageOut | Bad]:
        try:
            for file, page in self.pages:
                result = Bad(file, str(page)) if isinstance(page, HwrError) else self._read(file, page)
                self.bad |= isinstance(result, Bad)
                yield result
        except KeyboardInterrupt:
            self.stopped = True

    def _read(self, file: str, page: DocumentPage) -> PageOut | Bad:
        number = page.number if page.count > 1 else None
        try:
            pixels = page.picture()
            how = self.options
            read = self.recognizer.read(
                pixels, layout=how.layout, charset=how.charset, reader=how.reader, words=self.words
            )
        except HwrError as error:
            return Bad(file, str(error), number)
        if not PAGE_FORMATS[self.options.format].picture:
            return PageOut(file, read, number, dpi=page.resolution())
        return PageOut(file, read, number, _Once(page, pixels), page.resolution())

    def good(self) -> Iterator[PageOut]:
        """The pages that could be read; the others are told on standard error."""
        for result in self:
            if isinstance(result, Bad):
                print(f"hwr: {result.title}: {result.error}", file=sys.stderr)
            else:
                yield result

    def lines(self) -> Iterator[bytes]:
        """A line of JSON for each page, good or bad."""
        for result in self:
            values = result.record() if isinstance(result, Bad) else record(result)
            yield encoded(json.dumps(values, ensure_ascii=False) + "\n")


class _Once:
    """A picture that is there already, kept until it is asked for; asked again, it is made again."""

    def __init__(self, page: DocumentPage, pixels: np.ndarray):
        self.page, self.pixels = page, [pixels]

    def __call__(self) -> np.ndarray:
        return self.pixels.pop() if self.pixels else self.page.picture()


def _write(reading: Reading, form: PageFormat, output: str | None, zipped: bool) -> None:
    """Writes each page when it is read; nothing when none could be."""
    if form is PAGE_FORMATS["jsonl"] and not zipped:
        parts = reading.lines()
    else:
        good = reading.good()
        first = list(islice(good, 1))
        if not first:
            return
        parts = form.stream(chain(_emptied(first), good), zipped=zipped)
    if output is not None:
        write_whole(output, parts)
        return
    for part in parts:
        _print(part)


def _emptied(pages: list[PageOut]) -> Iterator[PageOut]:
    """The pages of a list that does not keep them."""
    while pages:
        yield pages.pop(0)


def _print(content: bytes) -> None:
    """On standard output, text so that any terminal can show it: a character that it lacks as in Python, \\u00e9."""
    if sys.stdout.isatty():
        encoding = sys.stdout.encoding
        print(content.decode("utf-8").encode(encoding, "backslashreplace").decode(encoding), end="", flush=True)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
