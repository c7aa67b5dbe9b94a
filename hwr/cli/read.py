"""python -m hwr read: pictures to text."""

from __future__ import annotations

import argparse


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("pictures", nargs="+", help="pictures, PDFs, or folders of them")
    command.add_argument(
        "--weights", help="name in weights/ or path (default: digits or characters, as the charset asks)"
    )
    command.add_argument("--charset", help='the characters allowed, such as "0-9" or "A-Za-z"')
    command.add_argument("--layout", default="page", help="page, line or char (default %(default)s)")
    command.add_argument(
        "--reader",
        default="auto",
        help="how words are read: glyphs (by characters), lines (at once) or auto, the surer of both (default %(default)s)",
    )
    command.add_argument(
        "--words",
        default="letters",
        help="what is likelier than the rest: letters (as English words are spelled), none, the words of a language, such "
        'as "English", or of a file with a word in a line (default %(default)s)',
    )
    command.add_argument(
        "--format", default="txt", help="txt, json, jsonl, csv, hocr, alto, pdf or png (default %(default)s)"
    )
    command.add_argument("--engine", help="what runs the network for characters: torch or onnx (default: torch)")
    command.add_argument("--output", help="write here instead of to standard output; NAME.zip has a file for each page")


def execute(options: argparse.Namespace) -> int:
    """Reads the pictures and gives 1 when one of them could not be read."""
    from hwr.reading import ReadOptions, read_pictures

    names = ("weights", "layout", "charset", "format", "reader", "words", "engine")
    how = ReadOptions(**{name: getattr(options, name) for name in names})
    return read_pictures(options.pictures, how, options.output)
