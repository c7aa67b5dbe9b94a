"""Mine: the folder of a person's own characters, `U+0041/<hash>.png`; add, list, relabel, remove.

What is kept is the ink, dark on white, of its own size, so that it can be framed for any network; where it came from stands
in the PNG itself. The name is a hash of the ink: the same picture is kept once, under its latest label. Files are written
whole, and broken ones are left out by the readers. Pictures that a person puts there by hand are read like any other.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

from hwr import readonly
from hwr.errors import HwrError
from hwr.mine.folders import char_of, checked, folder_of, pictures_in
from hwr.preprocess import ink as find_ink
from hwr.preprocess import open_picture

NOTE = "hwr"  # the PNG text that says that a file is ink of ours, and where it came from
KEEPING = "Keeping pictures"
LONGEST_NOTE = 4_000
LONGEST = 480  # pixels of the longer side that are kept: more than any framing looks at
MARGIN = 0.1  # white around the ink, as a share of its longer side


@dataclass(frozen=True)
class Sample:
    """A picture of one character: `path` is its file."""

    char: str
    path: Path

    @property
    def key(self) -> str:
        """What tells this picture from others, whatever its label is."""
        return self.path.stem

    def ink(self) -> np.ndarray:
        """The ink: uint8 (height, width), 255 on 0. Raises HwrError when the file is broken or gone."""
        return unpacked(self.path)[0]

    def source(self) -> dict[str, Any]:
        """Where it came from, as `add` was told; empty for pictures put there by hand. Raises HwrError as `ink` does."""
        return unpacked(self.path)[1]


class Mine:
    """The own pictures in one folder; every method reads or writes its files and keeps nothing else."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def at(cls, data: Path) -> Mine:
        """The own pictures beside the datasets in `data`: its folder mine/, or where HWR_MINE says."""
        return cls(Path(os.environ.get("HWR_MINE") or data / "mine"))

    def samples(self) -> list[Sample]:
        """All pictures, by character and name."""
        try:
            found = [Sample(char, file) for char, file in pictures_in(self.path)]
        except OSError as error:
            raise HwrError(f'Cannot read "{self.path}" ({error.strerror}): check its permissions.') from error
        return sorted(found, key=lambda sample: (sample.char, sample.path.name))

    def counts(self) -> dict[str, int]:
        """How many pictures of each character there are."""
        return dict(sorted(Counter(sample.char for sample in self.samples()).items()))

    def classes(self) -> str:
        """The characters that there are pictures of; raises HwrError when there are none."""
        classes = "".join(self.counts())
        if not classes:
            advice = "correct a character on the Draw page, or import some: python -m hwr data import ZIP"
            raise HwrError(f'There are no pictures in "mine" yet: {advice}.')
        return classes

    def add(self, char: str, ink: np.ndarray, **source: Any) -> Sample:
        """Keeps ink (uint8, 255 on 0, any size) as a picture of `char`; `source` says where it came from.

        A picture that was there under another character moves. Raises HwrError for no ink, no single character, or a
        folder that cannot be written.
        """
        readonly.refuse(KEEPING)
        folder = self.path / folder_of(char)
        name, content = packed(ink, source)
        target = folder / name
        self._write(target, content)
        self._drop_others(target)
        return Sample(checked(char), target)

    def adopt(self, char: str, file: Path, *, known: bool) -> Sample:
        """Takes a finished file of `packed`, on the same disk, as a picture of `char`; `known` when its name was there."""
        readonly.refuse(KEEPING)
        target = self.path / folder_of(char) / file.name
        self._move(file, target)
        if known:
            self._drop_others(target)
        return Sample(char, target)

    def relabel(self, sample: Sample, char: str) -> Sample:
        """Moves a picture to another character. Raises HwrError when it is gone or the folder cannot be written."""
        readonly.refuse("Changing pictures")
        target = self.path / folder_of(char) / sample.path.name
        if target != sample.path:
            try:
                self._move(sample.path, target)
            finally:
                self._sweep(sample.path.parent)
                self._sweep(target.parent)
        return Sample(checked(char), target)

    def remove(self, samples: Iterable[Sample]) -> int:
        """Deletes pictures for good and gives how many were there; one that is gone already is no error."""
        readonly.refuse("Deleting pictures")
        gone = 0
        for sample in samples:
            try:
                sample.path.unlink()
                gone += 1
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._unwritable(error) from error
            self._sweep(sample.path.parent)
        return gone

    def restore(self, sample: Sample, content: bytes) -> None:
        """Puts a picture that was removed back, from the bytes of its file; raises HwrError when it cannot be written."""
        readonly.refuse(KEEPING)
        target = self.path / folder_of(sample.char) / sample.path.name
        self._write(target, content)

    def room(self) -> Path:
        """The folder, made when it is not there; raises HwrError when nothing can be written in it."""
        readonly.refuse(KEEPING)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                return self.path
        except OSError as error:
            raise self._unwritable(error) from error

    def _write(self, target: Path, content: bytes) -> None:
        with self._folder(self.path):
            temporary = self.path / f".{target.name}.{os.getpid()}-{threading.get_ident()}"
            try:
                temporary.write_bytes(content)
                self._move(temporary, target)
            finally:
                temporary.unlink(missing_ok=True)

    def _move(self, file: Path, target: Path) -> None:
        for attempt in range(5):
            with self._folder(target.parent):
                try:
                    file.replace(target)
                    return
                except FileNotFoundError as error:  # the picture is gone, or another has just removed the empty folder
                    if attempt == 4 or not file.exists():
                        raise HwrError(f"{file.name} is not there any more: someone removed or moved it.") from error

    @contextlib.contextmanager
    def _folder(self, folder: Path):
        """Makes a class folder, and turns what cannot be written in it into a sentence."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise self._unwritable(error) from error

    def _drop_others(self, target: Path) -> None:
        """Removes the same picture under other characters: it has one label, the latest."""
        for other in self.path.glob(f"*/{target.name}"):
            if other.parent != target.parent and char_of(other.parent.name):
                other.unlink(missing_ok=True)
                self._sweep(other.parent)

    def _sweep(self, folder: Path) -> None:
        """Removes a class folder that has become empty."""
        with contextlib.suppress(OSError):
            folder.rmdir()

    def _unwritable(self, error: OSError) -> HwrError:
        advice = "free some space, or set HWR_MINE to a folder that can be written"
        return HwrError(f'Cannot keep pictures in "{self.path}" ({error.strerror or error}): {advice}.')


def packed(ink: np.ndarray, source: dict[str, Any]) -> tuple[str, bytes]:
    """Ink as a PNG of ours: its name, told by its pixels, and its bytes. Raises HwrError when there is no ink."""
    if ink.ndim != 2 or ink.dtype != np.uint8 or not ink.any():
        raise HwrError("There is no ink to keep: write something first.")
    crop = _cropped(ink)
    name = hashlib.sha256(repr(crop.shape).encode() + crop.tobytes()).hexdigest()[:20]
    note = PngImagePlugin.PngInfo()
    note.add_itxt(NOTE, json.dumps({"time": round(time.time()), **source}))
    out = io.BytesIO()
    Image.fromarray(255 - crop).save(out, "PNG", pnginfo=note)
    return f"{name}.png", out.getvalue()


def _cropped(ink: np.ndarray) -> np.ndarray:
    """The ink with a little room around it, its longer side at most LONGEST."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    crop = np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = LONGEST / max(crop.shape)
    if scale < 1:
        height, width = (max(1, round(extent * scale)) for extent in crop.shape)
        crop = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
    return np.pad(crop, max(2, round(MARGIN * max(crop.shape))))


def unpacked(source: Path | IO[bytes]) -> tuple[np.ndarray, dict[str, Any]]:
    """The ink of a picture, as it was packed or found in any other, and what a packed one says of where it came from.

    Raises HwrError as `open_picture` does.
    """
    picture = open_picture(source)
    note: Any = None
    with contextlib.suppress(Exception):  # a picture that is readable may still have a broken note
        if not isinstance(source, Path):
            source.seek(0)
        with Image.open(source) as file:
            text = getattr(file, "text", {}).get(NOTE, "")
            note = json.loads(text) if len(text) <= LONGEST_NOTE else None
    if isinstance(note, dict) and picture.ndim == 2:
        return 255 - picture, note
    return find_ink(picture), {}
