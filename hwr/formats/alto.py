"""ALTO XML 4.4: the text of one page with the box and the confidence of each line, word and character.

The format: https://www.loc.gov/standards/alto/. Not here: hOCR; several pages, which are several files (archive.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from hwr import __version__
from hwr.formats.output import PageOut, confidence, file_name, seen, seen_words
from hwr.results import Box, Glyph, Word, union

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_Element = ElementTree.Element
_add = ElementTree.SubElement


def alto(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """One page as an ALTO file: places in pixels of the upright picture, WC, GC and VC in [0, 1].

    A word is as sure as its least sure character; the other answers for a character are its variants.
    """
    for out in pages:
        root = _Element(
            "alto",
            {
                "xmlns": NAMESPACE,
                "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
                "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
                "SCHEMAVERSION": "4.4",
            },
        )
        _describe(root, out)
        number = out.number or 1
        size = {"WIDTH": str(out.page.width), "HEIGHT": str(out.page.height)}
        page = _add(_add(root, "Layout"), "Page", {"ID": f"page_{number}", "PHYSICAL_IMG_NR": str(number), **size})
        _lines(_add(page, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size}), out)
        ElementTree.indent(root)
        yield ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _describe(root: _Element, out: PageOut) -> None:
    description = _add(root, "Description")
    _add(description, "MeasurementUnit").text = "pixel"
    _add(_add(description, "sourceImageInformation"), "fileName").text = file_name(out.name)
    processing = _add(description, "Processing", {"ID": "hwr"})
    _add(processing, "processingCategory").text = "contentGeneration"
    software = _add(processing, "processingSoftware")
    _add(software, "softwareName").text = "hwr"
    _add(software, "softwareVersion").text = __version__


def _lines(space: _Element, out: PageOut) -> None:
    lines = seen_words(out.page)
    if not lines:
        return
    block = _add(space, "TextBlock", {"ID": "block_1", **_place(union(word.box for line in lines for word in line))})
    for number, words in enumerate(lines, 1):
        line = _add(block, "TextLine", {"ID": f"line_{number}", **_place(union(word.box for word in words))})
        for at, word in enumerate(words, 1):
            if at > 1:
                _add(line, "SP", _gap(words[at - 2].box, word.box))
            _word(line, word, f"string_{number}_{at}")


def _word(line: _Element, word: Word, name: str) -> None:
    sure = {"WC": f"{confidence(word):.4f}"}
    string = _add(line, "String", {"ID": name, "CONTENT": seen(word.text), **_place(word.box), **sure})
    glyphs = [glyph for glyph in word.glyphs if len(seen(glyph.char)) == 1]  # the schema has no longer ones
    for at, glyph in enumerate(glyphs, 1):
        sure = {"GC": f"{glyph.confidence:.4f}"}
        place = _place(glyph.box)
        element = _add(string, "Glyph", {"ID": f"{name}_{at}", "CONTENT": seen(glyph.char), **place, **sure})
        for char, score in _others(glyph):
            _add(element, "Variant", {"CONTENT": char, "VC": f"{score:.4f}"})


def _others(glyph: Glyph) -> Iterator[tuple[str, float]]:
    """The other answers for a character that the schema can hold."""
    others = ((seen(char), score) for char, score in glyph.alternatives if char != glyph.char)
    return ((char, score) for char, score in others if 1 <= len(char) <= 3)


def _place(box: Box) -> dict[str, str]:
    x0, y0, x1, y1 = box
    return {"HPOS": str(x0), "VPOS": str(y0), "WIDTH": str(x1 - x0), "HEIGHT": str(y1 - y0)}


def _gap(before: Box, after: Box) -> dict[str, str]:
    """The white between two words: from the end of one to the beginning of the other."""
    return {"HPOS": str(before[2]), "VPOS": str(before[1]), "WIDTH": str(max(0, after[0] - before[2]))}
