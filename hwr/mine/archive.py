"""Zips of pictures in folders by class, in and out. What comes in is a stranger's: nothing is unpacked by its own names.

A zip is looked over by what it declares, then each picture is read with a limit, decoded, and turned to ink in a hidden
folder; only when all of that went well do the pictures move in, so a zip that is refused leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from PIL import Image

from hwr.errors import HwrError
from hwr.mine.folders import SUFFIXES, char_of, folder_of
from hwr.mine.store import Mine, packed, unpacked

MOST_FILES = 50_000
MOST_LISTING = 12_000_000  # bytes of the zip's own list of files, which is read whole
MOST_BYTES = 32_000_000  # of one file, unpacked
MOST_TOTAL = 1_000_000_000  # bytes of all files, unpacked
MOST_RATIO, RATIO_FROM = 200, 1_000_000  # how much a file of so many bytes may have been squeezed
MOST_PIXELS = 16_000_000  # of one picture of a character
MOST_PIXELS_IN_ALL = 2_000_000_000
LISTED = 20  # skipped files that a summary names
AGAIN = "make the zip again with one folder a character, as in 7/a.png"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, IndexError)

Report = Callable[[int, int], None]


@dataclass
class Imported:
    """What came in: pictures by character, how many of them were there before, and what was skipped, each with why."""

    counts: dict[str, int] = field(default_factory=dict)
    known: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The summary in sentences; of many skipped files the first are named."""
        total = sum(self.counts.values())
        old = f", {self.known} of them there before" if self.known else ""
        parts = [f"{total:,} pictures of {len(self.counts)} characters are in{old}."]
        parts += [f"Skipped {name}: {reason}" for name, reason in self.skipped[:LISTED]]
        more = len(self.skipped) - LISTED
        return parts + ([f"Skipped {more:,} more."] if more > 0 else [])


def bring_in(mine: Mine, file: str | Path | IO[bytes], report: Report | None = None) -> Imported:
    """Adds the pictures of a zip, in folders named by character or code point, to `mine`; all or, when refused, none.

    `report` is called with how many of how many files are done. Pictures that are broken, blank or of no class are skipped
    and listed. Raises HwrError for a zip that is none, is encrypted, reaches out of its folder, holds links, unpacks to
    too much, or gives no pictures or, with those of `mine`, one class alone.
    """
    with _opened(file) as archive:
        result = Imported()
        entries = list(_pictures(_looked_over(archive), result))
        staged = Path(tempfile.mkdtemp(dir=mine.room(), prefix=".import-"))
        try:
            _stage(archive, entries, _Staging(staged, result, report or (lambda done, total: None)))
            _check_classes(mine, staged, result)
            _move_in(mine, staged, result)
        except OSError as error:
            raise HwrError(f"Cannot import the zip ({error.strerror or error}): free some space.") from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            with contextlib.suppress(OSError):
                mine.path.rmdir()  # where nothing was and nothing came
    return result


def export(mine: Mine, target: IO[bytes]) -> int:
    """Writes all pictures into a zip that `bring_in` takes, and gives how many; raises HwrError when there are none."""
    samples = mine.samples()
    if not samples:
        raise HwrError(f'There are no pictures in "{mine.path}" to export.')
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for sample in samples:
            with contextlib.suppress(FileNotFoundError):  # removed since it was listed
                archive.write(sample.path, f"{folder_of(sample.char)}/{sample.path.name}")
                count += 1
    return count


@contextlib.contextmanager
def _opened(file: str | Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The zip, once its list of files is known to be small enough to be read."""
    name = f'"{Path(file).name}"' if isinstance(file, (str, Path)) else "The file"
    with contextlib.ExitStack() as stack:
        source: Any = file
        try:
            if isinstance(file, (str, Path)):
                source = stack.enter_context(open(file, "rb"))
            _check_listing(source)
            archive = stack.enter_context(zipfile.ZipFile(source))
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise HwrError(f"{name} cannot be opened ({error.strerror}); check its name.") from error
        except (*_DAMAGE, NotImplementedError) as error:
            if isinstance(error, HwrError):
                raise
            raise HwrError(f"{name} is no zip, or a damaged one: {AGAIN}.") from error
        yield archive


def _check_listing(file: IO[bytes]) -> None:
    """Raises HwrError when the list of files at a zip's end is larger than any real one: it is read whole, at once."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 65_600))
    tail = file.read()
    for place in (match.start() for match in re.finditer(re.escape(b"PK\x05\x06"), tail)):
        if place + 20 <= len(tail):
            count, size = struct.unpack_from("<HL", tail, place + 10)
            if size > MOST_LISTING or count == 0xFFFF:
                raise _too_many()
    if b"PK\x06\x07" in tail:  # the longer form, for more than 65,535 files or 4 GB
        raise _too_many()
    file.seek(0)


def _too_many() -> HwrError:
    return HwrError(f"The zip holds more than {MOST_FILES:,} files: split it into several zips.")


def _looked_over(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of a zip; raises HwrError for what it declares: paths, links, passwords, sizes."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise _too_many()
    for entry in archive.infolist():
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > MOST_TOTAL:
        raise _bomb(f"all of it is more than {MOST_TOTAL // 1_000_000:,} MB")
    return entries


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = _name(entry)
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise HwrError(f'The zip holds "{_shown(name)}", a path out of its own folder: it is refused; {AGAIN}.')
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise HwrError(f'The zip holds "{_shown(name)}", a link or a device, not a picture: it is refused; {AGAIN}.')
    if entry.flag_bits & 1:
        raise HwrError("The zip is locked with a password: make it again without one.")
    if entry.file_size > MOST_BYTES:
        raise _bomb(f'"{_shown(name)}" is more than {MOST_BYTES // 1_000_000} MB')
    if entry.file_size > max(RATIO_FROM, MOST_RATIO * entry.compress_size):
        raise _bomb(f'"{_shown(name)}" unpacks to more than {MOST_RATIO} times its size')


def _bomb(what: str) -> HwrError:
    return HwrError(f"The zip unpacks to too much, {what}: it is refused. Make the pictures smaller, or several zips.")


def _name(entry: zipfile.ZipInfo) -> str:
    """The path of a file in a zip with "/" between its parts. Some tools write UTF-8 and do not say so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _shown(name: str) -> str:
    """A stranger's name for a sentence: short, with nothing that cannot be seen."""
    text = "".join(char if char.isprintable() else "?" for char in name)
    return text if len(text) <= 60 else f"{text[:28]}…{text[-28:]}"


def _pictures(entries: list[zipfile.ZipInfo], result: Imported) -> Iterator[tuple[str, str, zipfile.ZipInfo]]:
    """Each picture's character, name and entry; what is none is skipped with a reason, what systems add in silence."""
    for entry in entries:
        *folders, file = _name(entry).split("/")
        if "__MACOSX" in folders or file.startswith(".") or file.lower() in ("thumbs.db", "desktop.ini"):
            continue
        shown, suffix = _shown(_name(entry)), Path(file).suffix.lower()
        char = next((char for folder in reversed(folders) if (char := char_of(folder))), None)
        if suffix == ".zip":
            result.skipped.append((shown, "a zip in the zip; unpack it first"))
        elif suffix not in SUFFIXES:
            result.skipped.append((shown, f"no picture ({', '.join(sorted(name[1:] for name in SUFFIXES))})"))
        elif char is None:
            result.skipped.append((shown, "not in a folder named by one character"))
        else:
            yield char, shown, entry


@dataclass
class _Staging:
    """Where pictures wait until all of them are known to be good, and what they took so far."""

    folder: Path
    result: Imported
    report: Report
    total: int = 0
    pixels: int = 0
    seen: dict[str, str] = field(default_factory=dict)


def _stage(archive: zipfile.ZipFile, entries: list[tuple[str, str, zipfile.ZipInfo]], staging: _Staging) -> None:
    """Turns every picture to a file of ours in the hidden folder, one after the other."""
    for done, (char, shown, entry) in enumerate(entries):
        staging.report(done, len(entries))
        try:
            content = _content(archive, entry, staging)
            inked, source = unpacked(_small_enough(content, shown, staging))
            name, picture = packed(inked, source or {"import": shown})
        except _Refused:
            raise
        except HwrError as error:
            blank = "There is no ink" in str(error)
            staging.result.skipped.append((shown, "no writing in it" if blank else _reason(error)))
            continue
        if staging.seen.setdefault(name, char) != char:
            staging.result.skipped.append((shown, f"the same picture is also in the folder of {staging.seen[name]}"))
            continue
        target = staging.folder / folder_of(char) / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(picture)
    staging.report(len(entries), len(entries))


class _Refused(HwrError):
    """An error that refuses the whole zip and not one picture."""


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, staging: _Staging) -> bytes:
    """The bytes of a file in the zip, no more than it declared; raises HwrError when it cannot be unpacked."""
    try:
        with archive.open(entry) as file:
            content = file.read(MOST_BYTES + 1)
    except NotImplementedError as error:
        raise HwrError("packed in a way that cannot be read here") from error
    except _DAMAGE as error:
        raise HwrError("damaged in the zip") from error
    staging.total += len(content)
    if len(content) > MOST_BYTES or staging.total > MOST_TOTAL:
        raise _Refused(str(_bomb("more than it says")))
    return content


def _small_enough(content: bytes, shown: str, staging: _Staging) -> IO[bytes]:
    """The picture as an open file with a name; raises HwrError by its header, before a pixel is decoded."""
    pixels = 0
    with contextlib.suppress(Exception):  # what is no picture is told by open_picture
        width, height = Image.open(io.BytesIO(content)).size
        pixels = width * height
    if pixels > MOST_PIXELS:
        raise HwrError(f"more than {MOST_PIXELS // 1_000_000} million pixels; cut the character out")
    staging.pixels += pixels
    if staging.pixels > MOST_PIXELS_IN_ALL:
        raise _Refused(str(_bomb(f"{MOST_PIXELS_IN_ALL // 1_000_000:,} million pixels")))
    file = io.BytesIO(content)
    file.name = shown
    return file


def _reason(error: HwrError) -> str:
    """What is wrong with a picture, without the name that stands before it."""
    return re.sub(r'^"[^"]*" (is |has )?', "", str(error)).rstrip(".")


def _check_classes(mine: Mine, staged: Path, result: Imported) -> None:
    """Raises HwrError when nothing came, or all that is there would be of one class."""
    chars = {char for folder in staged.iterdir() if (char := char_of(folder.name))}
    if not chars:
        first = "; ".join(f"{name}: {reason}" for name, reason in result.skipped[:3])
        raise HwrError(f"The zip holds no picture that can be used{f' ({first})' if first else ''}: {AGAIN}.")
    if len(chars | set(mine.counts())) == 1:
        only = next(iter(chars))
        raise HwrError(f'All pictures are of one character, "{only}": put in at least one other, to tell it from.')


def _move_in(mine: Mine, staged: Path, result: Imported) -> None:
    before = {sample.path.name for sample in mine.samples()}
    for folder in sorted(staged.iterdir()):
        char = char_of(folder.name)
        files = sorted(folder.iterdir())
        if char is None:
            continue
        for file in files:
            mine.adopt(char, file, known=file.name in before)
        result.counts[char] = len(files)
        result.known += sum(file.name in before for file in files)
