"""Searchable PDF: each page is its picture, with the text unseen over it, every character where it stands.

Written by hand (ISO 32000-1): a page needs a picture, a font without shapes and a table of which code is which character.
Not here: reading PDFs (hwr.documents), the font (glyphless.py).
"""

from __future__ import annotations

import io
import itertools
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from hwr import __version__
from hwr.formats.glyphless import EM, glyphless
from hwr.formats.output import PageOut, seen, seen_words
from hwr.results import Box, Word, union

CATALOG, TREE, FONT, CID_FONT, DESCRIPTOR, FONT_FILE, UNICODE, INFO = range(1, 9)  # numbers of the objects
QUALITY = 90  # of JPEG
JPEG_SIDE = 65_500  # pixels, the longest that JPEG has
LEAST_SHARE = 0.5  # of its line's height: a word that is lower, as a dash is, is as high as its line
BLOCK = 100  # characters in one block of the table of codes


def pdf(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """The parts of one PDF; each page is as large as its picture at its resolution. Raises HwrError without a picture."""
    file, codes, kids = _File(), _Codes(), []
    yield file.begin()
    for out in pages:
        first = file.next
        kids.append(first)
        yield from _page(file, out, codes)
    yield from _font(file, codes)
    tree = f"<< /Type /Pages /Count {len(kids)} /Kids [ {' '.join(f'{kid} 0 R' for kid in kids)} ] >>"
    yield file.object(TREE, tree)
    yield file.object(CATALOG, f"<< /Type /Catalog /Pages {TREE} 0 R >>")
    yield file.object(INFO, f"<< /Producer (hwr {__version__}) >>")
    yield file.end()


class _File:
    """Where each object begins, for the table at the file's end."""

    def __init__(self) -> None:
        self.places: dict[int, int] = {}
        self.length = 0
        self.next = INFO + 1

    def begin(self) -> bytes:
        return self._counted(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def object(self, number: int, body: str, stream: bytes | None = None) -> bytes:
        """An object; with a stream, `body` is its dictionary without the length and the closing brackets."""
        self.places[number] = self.length
        self.next = max(self.next, number + 1)
        content = f"{number} 0 obj\n{body}".encode("ascii")
        if stream is not None:
            content += f" /Length {len(stream)} >>\nstream\n".encode("ascii") + stream + b"\nendstream"
        return self._counted(content + b"\nendobj\n")

    def end(self) -> bytes:
        start, count = self.length, max(self.places) + 1
        rows = "".join(f"{self.places[number]:010d} 00000 n \n" for number in range(1, count))
        trailer = f"trailer\n<< /Size {count} /Root {CATALOG} 0 R /Info {INFO} 0 R >>\nstartxref\n{start}\n%%EOF\n"
        return self._counted(f"xref\n0 {count}\n0000000000 65535 f \n{rows}{trailer}".encode("ascii"))

    def _counted(self, content: bytes) -> bytes:
        self.length += len(content)
        return content


class _Codes(dict[str, int]):
    """The code of each character, from 1 on, given when it is first asked for."""

    def __missing__(self, char: str) -> int:
        self[char] = len(self) + 1
        return self[char]


def _page(file: _File, out: PageOut, codes: _Codes) -> Iterator[bytes]:
    """The objects of a page: itself, what is drawn on it, its picture."""
    page, drawn, picture = range(file.next, file.next + 3)
    scale = 72 / out.resolution()
    width, height = max(1, out.page.width) * scale, max(1, out.page.height) * scale
    resources = f"<< /Font << /F {FONT} 0 R >> /XObject << /P {picture} 0 R >> >>"
    box = f"/MediaBox [ 0 0 {width:.4f} {height:.4f} ]"
    yield file.object(page, f"<< /Type /Page /Parent {TREE} 0 R {box} /Resources {resources} /Contents {drawn} 0 R >>")
    shown = f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /P Do Q\n{_text(out, scale, codes)}"
    yield file.object(drawn, "<< /Filter /FlateDecode", zlib.compress(shown.encode("ascii")))
    yield file.object(picture, *_picture(out.pixels()))


def _picture(pixels: np.ndarray) -> tuple[str, bytes]:
    """A picture's dictionary and its data: 1 bit a pixel where it is black and white alone, else JPEG."""
    height, width = pixels.shape[:2]
    space = "/DeviceGray" if pixels.ndim == 2 else "/DeviceRGB"
    size = f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace {space}"
    if pixels.ndim == 2 and not np.any((pixels != 0) & (pixels != 255)):
        return f"{size} /BitsPerComponent 1 /Filter /FlateDecode", zlib.compress(
            np.packbits(pixels > 0, axis=1).tobytes()
        )
    if max(width, height) > JPEG_SIDE:
        return f"{size} /BitsPerComponent 8 /Filter /FlateDecode", zlib.compress(pixels.tobytes())
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=QUALITY)
    return f"{size} /BitsPerComponent 8 /Filter /DCTDecode", data.getvalue()


def _text(out: PageOut, scale: float, codes: _Codes) -> str:
    """The unseen text (rendering mode 3): each character has a matrix of its own, which makes the em square its box."""
    marks = ["BT /F 1 Tf 3 Tr"]
    for words in seen_words(out.page):
        line = union(word.box for word in words)
        for at, word in enumerate(words):
            top, bottom = _rows(word, line)
            cells = _cells(word)
            if at + 1 < len(words):
                cells.append((" ", word.box[2], max(words[at + 1].box[0], word.box[2] + 1)))
            for text, left, right in cells:
                matrix = f"{_number((right - left) * scale)} 0 0 {_number((bottom - top) * scale)}"
                place = f"{_number(left * scale)} {_number((out.page.height - bottom) * scale)}"
                marks.append(f"{matrix} {place} Tm <{codes[text]:04X}> Tj")
    return "\n".join([*marks, "ET"])


def _cells(word: Word) -> list[tuple[str, float, float]]:
    """The characters of a word with the first and last column of each; they meet between their boxes.

    A gap between two would be read as a space.
    """
    boxes = [glyph.box for glyph in word.glyphs]
    inner = [(before[2] + after[0]) / 2 for before, after in itertools.pairwise(boxes)]
    edges = [float(word.box[0]), *inner, float(word.box[2])]
    edges = list(itertools.accumulate(edges, lambda before, edge: max(edge, before + 1)))
    return [(seen(glyph.char), *sides) for glyph, sides in zip(word.glyphs, itertools.pairwise(edges), strict=True)]


def _rows(word: Word, line: Box) -> tuple[int, int]:
    """The first and last row of a word's characters, all alike, so that one line of text stays one."""
    _, top, _, bottom = word.box
    return (top, bottom) if bottom - top >= LEAST_SHARE * (line[3] - line[1]) else (line[1], line[3])


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _font(file: _File, codes: _Codes) -> Iterator[bytes]:
    """The font without shapes and the table of its codes."""
    name = "/BaseFont /AAAAAA+Glyphless"
    yield file.object(
        FONT,
        f"<< /Type /Font /Subtype /Type0 {name} /Encoding /Identity-H "
        f"/DescendantFonts [ {CID_FONT} 0 R ] /ToUnicode {UNICODE} 0 R >>",
    )
    system = "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    yield file.object(
        CID_FONT,
        f"<< /Type /Font /Subtype /CIDFontType2 {name} {system} /DW {EM} /CIDToGIDMap /Identity "
        f"/FontDescriptor {DESCRIPTOR} 0 R >>",
    )
    yield file.object(
        DESCRIPTOR,
        f"<< /Type /FontDescriptor /FontName /AAAAAA+Glyphless /Flags 4 /FontBBox [ 0 0 {EM} {EM} ] /ItalicAngle 0 "
        f"/Ascent {EM} /Descent 0 /CapHeight {EM} /StemV 80 /FontFile2 {FONT_FILE} 0 R >>",
    )
    content = glyphless(len(codes) + 1)
    yield file.object(FONT_FILE, f"<< /Length1 {len(content)} /Filter /FlateDecode", zlib.compress(content))
    yield file.object(UNICODE, "<< /Filter /FlateDecode", zlib.compress(_unicode(codes).encode("ascii")))


def _unicode(codes: _Codes) -> str:
    """The CMap that tells which character, in UTF-16, each code is (ISO 32000-1, 9.10.3)."""
    rows = [f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, code in codes.items()]
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def",
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange",
            *("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks),
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend",
        ]
    )
