"""A font without shapes for text that is searched and copied but not seen: each character fills its em square.

Its tables are those that PDF asks of an embedded TrueType font (ISO 32000-1, 9.9); the idea is Tesseract's. Not here: the
PDF itself (pdf.py).
"""

from __future__ import annotations

import struct

EM = 1000  # units of the font's size


def glyphless(count: int) -> bytes:
    """A TrueType font of `count` glyphs (1 to 65535), EM wide and high from the baseline up, with nothing to paint."""
    outline = _outline()
    tables = {
        b"glyf": outline * count,
        b"head": _head(),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, EM, 0, 0, EM, 0, 0, EM, 1, *[0] * 7, 1),
        b"hmtx": struct.pack(">Hh", EM, 0) + bytes(2 * (count - 1)),
        b"loca": struct.pack(f">{count + 1}I", *range(0, len(outline) * (count + 1), len(outline))),
        b"maxp": struct.pack(">IH13H", 0x10000, count, 2, 1, 0, 0, 1, *[0] * 8),
    }
    return _assembled(tables)


def _outline() -> bytes:
    """The line from one corner of the em square to the other: it has no area, but without a box PDFium skips a glyph."""
    corners = (0, 0, EM, EM)
    return struct.pack(">h4hHHBBhh", 1, *corners, 1, 0, 0x31, 0x01, EM, EM)


def _head() -> bytes:
    values = (0x10000, 0x10000, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, 0, EM, EM, 0, 8, 2, 1, 0)
    return struct.pack(">IIIIHHqqhhhhHHhhh", *values)


def _assembled(tables: dict[bytes, bytes]) -> bytes:
    """The file: a directory of the tables, in order of their names, and the tables, each on a multiple of 4 bytes."""
    power = len(tables).bit_length() - 1
    search = 16 << power
    directory = struct.pack(">IHHHH", 0x10000, len(tables), search, power, 16 * len(tables) - search)
    body, start = b"", len(directory) + 16 * len(tables)
    for name, content in sorted(tables.items()):
        padded = content + bytes(-len(content) % 4)
        directory += struct.pack(">4sIII", name, _checksum(padded), start + len(body), len(content))
        body += padded
    return directory + body


def _checksum(padded: bytes) -> int:
    return sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
