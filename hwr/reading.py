"""`python -m hwr read`: many pictures, one after the other; a bad one is told and never stops the rest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hwr.checkpoint import best_weights, list_weights, write_whole
from hwr.data import SUFFIXES
from hwr.errors import HwrError
from hwr.formats import PAGE_FORMATS, record
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

    Raises HwrError for an unknown format, weights, layout or charset, before a picture is read.
    """
    if options.format not in PAGE_FORMATS:
        raise HwrError(f'There is no format "{options.format}"; choose one of {", ".join(PAGE_FORMATS)}.')
    names = [item["name"] for item in list_weights()]
    recognizer = Recognizer.load(options.weights or best_weights(names, options.charset))
    recognizer.check(layout=options.layout, charset=options.charset)
    results = (_read(recognizer, file, options) for file in picture_files(pictures))
    if options.format == "jsonl":
        return _stream(results, output)
    return _collect(results, options.format, output)


def picture_files(pictures: Sequence[str]) -> Iterator[Path]:
    """The files named, and the pictures in the folders named, in order."""
    for picture in map(Path, pictures):
        if picture.is_dir():
            yield from sorted(file for file in picture.rglob("*") if file.suffix.lower() in SUFFIXES)
        else:
            yield picture


def _read(recognizer: Recognizer, file: Path, options: ReadOptions) -> tuple[str, Page | HwrError]:
    try:
        return str(file), recognizer.read(file, layout=options.layout, charset=options.charset)
    except HwrError as error:
        return str(file), error


def _stream(results: Iterator[tuple[str, Page | HwrError]], output: str | None) -> int:
    lines, bad = [], False
    for file, result in results:
        failed = isinstance(result, HwrError)
        bad |= failed
        values = {"file": file, "error": str(result)} if isinstance(result, HwrError) else record(file, result)
        lines.append(json.dumps(values, ensure_ascii=False))
        if output is None:
            print(lines.pop(), flush=True)
    if output is not None:
        write_whole(output, "".join(f"{line}\n" for line in lines).encode())
    return int(bad)


def _collect(results: Iterator[tuple[str, Page | HwrError]], format: str, output: str | None) -> int:
    pages, bad = [], False
    for file, result in results:
        if isinstance(result, HwrError):
            bad = True
            print(f"hwr: {file}: {result}", file=sys.stderr)
        else:
            pages.append((file, result))
    text = PAGE_FORMATS[format].write(pages) if pages else ""
    if output is None:
        sys.stdout.write(text)
    elif pages:
        write_whole(output, text.encode())
    return int(bad)
