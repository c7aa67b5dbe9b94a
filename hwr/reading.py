"""`python -m hwr read`: many pictures, one after the other; a bad one is told and never stops the rest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hwr.checkpoint import best_weights, check_output, list_weights, write_whole
from hwr.errors import HwrError
from hwr.formats import PAGE_FORMATS, record
from hwr.mine import SUFFIXES
from hwr.recognize import Recognizer
from hwr.results import Page


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
    results = (_read(recognizer, file, options) for file in picture_files(pictures))
    if options.format == "jsonl":
        return _stream(results, output)
    return _collect(results, options.format, output)


def picture_files(pictures: Sequence[str]) -> Iterator[Path]:
    """The files named, and the pictures in the folders named, in order; a folder without any stands for itself."""
    for picture in map(Path, pictures):
        found = [file for file in picture.rglob("*") if file.suffix.lower() in SUFFIXES] if _is_folder(picture) else []
        yield from sorted(file for file in found if not _is_folder(file)) or [picture]


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  (Path.is_dir raises for a name that is too long)


def _read(recognizer: Recognizer, file: Path, options: ReadOptions) -> tuple[str, Page | HwrError]:
    try:
        if _is_folder(file):
            raise HwrError(f'There is no picture in the folder "{file}"; name one that has some, or a file.')
        return str(file), recognizer.read(file, layout=options.layout, charset=options.charset)
    except HwrError as error:
        return str(file), error


def _stream(results: Iterator[tuple[str, Page | HwrError]], output: str | None) -> int:
    lines, bad = [], False
    try:
        for file, result in results:
            bad |= isinstance(result, HwrError)
            values = {"file": file, "error": str(result)} if isinstance(result, HwrError) else record(file, result)
            lines.append(json.dumps(values, ensure_ascii=False))
            if output is None:
                print(lines.pop(), flush=True)
    finally:
        if output is not None:
            write_whole(output, _encoded("".join(f"{line}\n" for line in lines)))
    return int(bad)


def _collect(results: Iterator[tuple[str, Page | HwrError]], format: str, output: str | None) -> int:
    pages, bad = [], False
    try:
        for file, result in results:
            if isinstance(result, HwrError):
                bad = True
                print(f"hwr: {file}: {result}", file=sys.stderr)
            else:
                pages.append((file, result))
    finally:
        text = PAGE_FORMATS[format].write(pages) if pages else ""
        if output is None:
            print(text, end="")
        elif pages:
            write_whole(output, _encoded(text))
    return int(bad)


def _encoded(text: str) -> bytes:
    """UTF-8; what a file name may hold and UTF-8 cannot say is written as in JSON, \\udcff."""
    return text.encode("utf-8", "backslashreplace")
