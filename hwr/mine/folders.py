"""Folders of pictures by class: which character a folder's name stands for, what is in it, what is kept for testing.

A folder is named by its character ("7") or by its code point ("U+0041"), which every file system takes and keeps apart
from "U+0061": "/" and "." cannot be folders, and to some file systems "a" and "A" are one.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from hwr.errors import HwrError
from hwr.preprocess import PICTURE_SUFFIXES

SUFFIXES = PICTURE_SUFFIXES
HELD = 0.2  # the share of pictures that is kept for testing
_CODE = re.compile(r"U\+([0-9A-Fa-f]{4,6})")


def folder_of(char: str) -> str:
    """The name of the folder for a character: "U+0041" for "A"; raises HwrError for what is no single character."""
    return f"U+{ord(checked(char)):04X}"


def char_of(name: str) -> str | None:
    """The character that a folder's name stands for: itself, or its code point; None when it is no class."""
    code = _CODE.fullmatch(name)
    if code:
        name = chr(number) if (number := int(code[1], 16)) <= 0x10FFFF else ""
    char = unicodedata.normalize("NFC", name)
    return char if len(char) == 1 and _visible(char) else None


def checked(char: str) -> str:
    """A character as it is kept, composed (NFC); raises HwrError when it is none, or more than one, or cannot be seen."""
    char = unicodedata.normalize("NFC", char.strip())
    if len(char) != 1 or not _visible(char):
        raise HwrError(f"A picture is of one character that can be seen, not of {char!r}; type one.")
    return char


def _visible(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char)[0] != "C"


def classes_in(path: Path) -> str:
    """The characters that the sub-folders of `path` stand for, sorted; raises HwrError when one stands for none."""
    if not path.is_dir():
        raise HwrError(f'There is no folder "{path}"; folder:PATH takes a folder with one sub-folder a class.')
    names = sorted(entry.name for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__")))
    classes = [char for name in names if (char := char_of(name))]
    if classes and len(classes) < len(names):
        odd = next(name for name in names if not char_of(name))
        raise HwrError(f'"{path / odd}" is not named by one character: rename it, or move it out of "{path}".')
    if not classes:
        raise HwrError(
            f'"{path}" has no classes: put the pictures into sub-folders named by their character, as in 7/a.png.'
        )
    return "".join(sorted(set(classes)))


def pictures_in(path: Path) -> Iterator[tuple[str, Path]]:
    """Every picture under the class folders of `path` with its character, in a fixed order; hidden files are none."""
    if not path.is_dir():
        return
    for folder in sorted(path.iterdir()):
        char = char_of(folder.name)
        if char is None or not folder.is_dir():
            continue
        with contextlib.suppress(FileNotFoundError):  # another may just have removed its last picture
            for file in sorted(folder.rglob("*")):
                if file.suffix.lower() in SUFFIXES and not file.name.startswith("."):
                    yield char, file


def held_out(keys: Sequence[str], classes: Sequence[str], share: float = HELD) -> list[bool]:
    """Which pictures are kept for testing, told by a hash of their keys: it stays as it is when others are added.

    Where the hash keeps none of a class it is the one with the least hash, even an only one. A picture so added can take
    another out of the test part, but none that was learned into it; deleting and relabelling can.
    """
    marks = [zlib.crc32(key.encode("utf-8", "surrogateescape")) % 1000 for key in keys]
    held = [mark < 1000 * share for mark in marks]
    members: dict[str, list[int]] = {}
    for place, char in enumerate(classes):
        members.setdefault(char, []).append(place)
    for places in members.values():
        held[min(places, key=lambda place: (marks[place], keys[place]))] = True
    return held
