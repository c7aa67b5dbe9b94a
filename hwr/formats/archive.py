"""A zip with one file a page, in any format. Not here: what is in the files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from hwr.formats.output import PageOut, file_name

_UNFIT = re.compile(r'[<>:"/\\|?*]')  # in file names of some system
PACKED = {".png", ".pdf"}  # formats that are compressed already


class _Drain(io.RawIOBase):
    """A file that is only written to, and whose new bytes are taken out as they come."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self.waiting.append(bytes(content))
        return len(content)

    def take(self) -> bytes:
        taken = b"".join(self.waiting)
        self.waiting.clear()
        return taken


def archive(
    pages: Iterable[PageOut], suffix: str, chunks: Callable[[Iterable[PageOut]], Iterator[bytes]]
) -> Iterator[bytes]:
    """The parts of a zip in which each page is a file of its own, named by its picture and its number."""
    drain = _Drain()
    taken: set[str] = set()
    with zipfile.ZipFile(drain, "w") as bundle:  # type: ignore[arg-type]
        for out in pages:
            entry = zipfile.ZipInfo(_free(_stem(out), suffix, taken))
            entry.compress_type = zipfile.ZIP_STORED if suffix in PACKED else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, b"".join(chunks([out])))
            yield drain.take()
    yield drain.take()


def _stem(out: PageOut) -> str:
    """The name of the page's file without folders and suffix, fit for any system."""
    stem = PurePath(out.name.replace("\\", "/")).stem
    stem = _UNFIT.sub("_", file_name(stem)).strip(". ") or "page"
    return stem if out.number is None else f"{stem}-{out.number}"


def _free(stem: str, suffix: str, taken: set[str]) -> str:
    """A name that no other file in the zip has, whatever its case."""
    name, number = f"{stem}{suffix}", 2
    while name.lower() in taken:
        name, number = f"{stem} ({number}){suffix}", number + 1
    taken.add(name.lower())
    return name
