"""From any source of a picture to upright grey or RGB pixels, or one clear sentence why not.

Not here: finding the ink (extraction.py). Transparency is laid on a paper on which the ink shows; nothing
else is changed.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from hwr.errors import HwrError

MAX_PIXELS = 80_000_000  # refused before decoding: a small file can claim any size
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
FORMATS = "PNG, JPEG, WebP, TIFF, BMP or GIF"
BAND = 256  # rows that are turned to numbers at a time: a picture of the limit takes gigabytes at once
SAMPLE = 4_000_000  # so many pixels tell the colours of a larger picture
UNIFORM = 24  # a spread of grey below this is one colour
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # MAX_PIXELS is told in a sentence


def open_picture(source: Any, *, frame: int = 0, name: str | None = None) -> np.ndarray:
    """Any picture as upright pixels: uint8, grey (height, width) or RGB (height, width, 3).

    `source` is a path, the bytes of a file, an open file, a PIL image, or a uint8 array of shape (h, w), (h, w, 3) or
    (h, w, 4). EXIF orientation is applied, transparency laid on a contrasting paper, and only one frame taken, the first
    unless `frame` gives the number of another from 0 on. Raises HwrError, with what is wrong and what to do, for anything
    that is not a readable picture of at most MAX_PIXELS pixels; sentences call it `name`.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return _decode(source, "The picture", own=False)
    quoted, file = open_source(source)
    with file:
        return _open(file, name or quoted, frame)


def _open(file: BinaryIO, name: str, frame: int) -> np.ndarray:
    try:
        picture = Image.open(file)
    except Image.DecompressionBombError as error:
        raise HwrError(_too_large(name)) from error
    except UnidentifiedImageError as error:
        raise HwrError(f"{name} {_what_instead(file)}") from error
    except Exception as error:  # a decoder may raise anything on a damaged header
        raise HwrError(f"{name} is damaged and cannot be opened; export or copy it again.") from error
    with picture:
        return _decode(picture, name, frame)


def open_source(source: Any) -> tuple[str, BinaryIO]:
    """What to call a source in a sentence, and its content as an open file that can go back.

    `source` is a path, bytes, or an open file, which is read from its beginning. Raises HwrError when there is none, or
    nothing in it.
    """
    name = "The picture"
    file: BinaryIO
    if isinstance(source, (str, os.PathLike)):
        name, file = f'"{Path(source).name}"', _open_path(Path(source))
    elif isinstance(source, (bytes, bytearray, memoryview)):
        file = io.BytesIO(bytes(source))
    elif hasattr(source, "read"):
        if getattr(source, "name", None):
            name = f'"{Path(str(source.name)).name}"'
        content = _read_file(source, name)
        if not isinstance(content, bytes):
            raise HwrError(f"{name} was opened as text; open it in binary mode.")
        file = io.BytesIO(content)
    else:
        raise HwrError(
            f"A picture cannot be read from {type(source).__name__}; give a path, bytes, a file or an array."
        )
    if not _read_file(file, name, 1):
        file.close()
        raise HwrError(f"{name} is empty (0 bytes); save or copy it again.")
    file.seek(0)
    return name, file


def _read_file(file: Any, name: str, size: int = -1) -> Any:
    """What an open file holds, all of it or its first bytes, from its beginning where it can go back there."""
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        return file.read(size)
    except (OSError, ValueError) as error:  # closed, or of a device
        raise HwrError(f"{name} cannot be read ({error}); open it again.") from error


def _open_path(path: Path) -> BinaryIO:
    try:
        file = path.open("rb")
        return file if file.seekable() else io.BytesIO(file.read())
    except FileNotFoundError as error:
        raise HwrError(f'There is no file "{path}"; check the name and the folder.') from error
    except IsADirectoryError as error:
        raise HwrError(f'"{path}" is a folder; name a picture in it.') from error
    except OSError as error:
        raise HwrError(f'"{path}" cannot be read ({error.strerror}); check its name and permissions.') from error
    except ValueError as error:  # a zero byte in the name
        raise HwrError(f'"{path}" is no name of a file; check it.') from error


def _what_instead(file: BinaryIO) -> str:
    """The rest of a sentence about a file that is no picture: what it seems to be, and what to do."""
    file.seek(0)
    head = file.read(512)
    if head.startswith(b"%PDF"):
        return f"is a PDF, not a picture; open it with hwr.documents, or save its pages as {FORMATS}."
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"):
        return "is a HEIC photo, which cannot be read here; save it as JPEG or PNG."
    if b"<svg" in head:
        return "is an SVG drawing, not pixels; save it as PNG."
    if b"\0" not in head:
        return f"holds text, not a picture; choose a {FORMATS} file."
    return f"is not a picture that can be read; choose a {FORMATS} file."


def _too_large(name: str) -> str:
    return f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels, the limit; save it smaller."


def _decode(picture: Image.Image, name: str, frame: int = 0, *, own: bool = True) -> np.ndarray:
    """One frame's pixels; raises HwrError for a picture that is too large, or cut short, or damaged.

    A picture that is not our own is left as it is.
    """
    if frame:
        _seek(picture, name, frame)
    if picture.width * picture.height > MAX_PIXELS:
        raise HwrError(_too_large(name))
    try:
        picture.load()
        return _flatten(_upright(picture, own=own))
    except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error, zlib.error and more
        raise HwrError(f"{name} is cut short or damaged and cannot be decoded; export or copy it again.") from error


def _seek(picture: Image.Image, name: str, frame: int) -> None:
    try:
        picture.seek(frame)
    except Image.DecompressionBombError as error:
        raise HwrError(_too_large(name)) from error
    except Exception as error:  # a decoder may raise anything on a damaged header
        raise HwrError(f"{name} is cut short or damaged and cannot be decoded; export or copy it again.") from error


def _upright(picture: Image.Image, *, own: bool) -> Image.Image:
    """The picture turned as its EXIF orientation says; as it is when that record is damaged."""
    try:
        if picture.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            return picture
        if not own:
            return ImageOps.exif_transpose(picture)
        ImageOps.exif_transpose(picture, in_place=True)  # else both would be held
        return picture
    except Exception:  # broken EXIF is common and never a reason to refuse a photo
        return picture


class _Bands:
    """A picture in one of Pillow's modes, whose rows become an array when they are sliced; `mode` None keeps its own."""

    def __init__(self, picture: Image.Image, mode: str | None = None):
        self.picture, self.mode = picture, mode
        self.shape = (picture.height, picture.width)

    def __getitem__(self, rows: slice) -> np.ndarray:
        top, bottom, _ = rows.indices(self.shape[0])
        band = self.picture.crop((0, top, self.shape[1], bottom))
        return np.asarray(band if self.mode in (None, band.mode) else band.convert(self.mode))


def _flatten(picture: Image.Image) -> np.ndarray:
    """Grey or RGB pixels of a picture of any mode."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return _from_deep(_Bands(picture))
    if "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info:
        return _on_paper(_Bands(picture, "RGBA"))
    mode = "L" if picture.mode in ("1", "L") else "RGB"
    bands = _Bands(picture, mode)
    return _in_bands(bands, bands.shape if mode == "L" else (*bands.shape, 3), lambda band: band)


def _from_deep(values: np.ndarray | _Bands) -> np.ndarray:
    """Pixels of more than 8 bits as uint8, by the depth that their largest value needs: 8, 12 or 16 bits, or 0 to 1."""
    peak = max((_finite(values[rows]).max(initial=0) for rows in _rows(values.shape)), default=0)
    floating = peak <= 1 and any(bool(np.any(_finite(values[rows]) % 1)) for rows in _rows(values.shape))
    full = 1.0 if floating else next((top for top in (255, 4095, 65535) if peak <= top), peak)
    scale = 255 / full
    return _in_bands(values, values.shape, lambda band: np.round(_finite(band).astype(np.float64) * scale))


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values, posinf=0, neginf=0) if values.dtype.kind == "f" else values


def _rows(shape: tuple[int, ...]) -> Iterator[slice]:
    """The rows of a picture, some at a time."""
    return (slice(top, top + BAND) for top in range(0, shape[0], BAND))


def _in_bands(
    pixels: np.ndarray | _Bands, shape: tuple[int, ...], convert: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """What `convert` makes of some rows at a time, as uint8 of this shape; below 0 and above 255 is cut off."""
    done = np.empty(shape, np.uint8)
    for rows in _rows(shape):
        band = convert(pixels[rows])
        done[rows] = band if band.dtype == np.uint8 else np.clip(band, 0, 255)
    return done


def _from_array(array: np.ndarray) -> np.ndarray:
    shape_fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if array.dtype != np.uint8 or not shape_fits:
        raise HwrError(
            f"An array of {array.dtype} {array.shape} is not a picture; give uint8 of (h, w), (h, w, 3) or (h, w, 4)."
        )
    if array.shape[0] == 0 or array.shape[1] == 0:
        raise HwrError("The picture has no pixels; give one of at least 1 x 1.")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise HwrError(_too_large("The picture"))
    if array.ndim == 3 and array.shape[2] == 1:
        return array[:, :, 0]
    return _on_paper(array) if array.ndim == 3 and array.shape[2] == 4 else array


def _on_paper(rgba: np.ndarray | _Bands) -> np.ndarray:
    """Transparent pixels laid on a paper that contrasts with the ink, whichever of the two is transparent: RGB.

    Strokes on transparency get white or black paper, the farther from their colour; so does an opaque sheet of one
    colour whose transparent parts are the ink. An opaque picture with transparent corners gets its own usual colour.
    """
    height, width = rgba.shape[:2]
    shape = (height, width, 3)
    if all(rgba[rows][:, :, 3].min() == 255 for rows in _rows(shape)):
        return _in_bands(rgba, shape, lambda band: band[:, :, :3])
    step = max(1, int((height * width / SAMPLE) ** 0.5))
    sample = np.concatenate([rgba[rows][-rows.start % step :: step, ::step] for rows in _rows(shape)])
    counted = sample[:, :, 3] > 127
    if not counted.any():
        counted = sample[:, :, 3] > 0
    opaque = sample[counted][:, :3]
    share = len(opaque) / counted.size
    paper = _paper_colour(opaque, share)

    def flat(band: np.ndarray) -> np.ndarray:
        weight = band[:, :, 3:].astype(np.float32) / 255
        return np.round(band[:, :, :3] * weight + paper * (1 - weight))

    return _in_bands(rgba, shape, flat)


def _paper_colour(opaque: np.ndarray, share: float) -> np.ndarray:
    """The colour to lay under transparency, given opaque pixels (n, 3) and their share of all: float32 (3,)."""
    if len(opaque) == 0:
        return np.full(3, 255, np.float32)
    grey = opaque.mean(axis=1)
    spread = np.percentile(grey, 98) - np.percentile(grey, 2)
    if spread > UNIFORM and share > 0.5:
        return np.median(opaque, axis=0).astype(np.float32)
    return np.full(3, 0 if grey.mean() > 127 else 255, np.float32)
