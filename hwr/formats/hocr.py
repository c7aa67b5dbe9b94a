"""hOCR: the text of pages as HTML whose elements tell boxes and confidences, one file for any number of pages.

The format: hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/); each character is told as Tesseract does. Not here: ALTO.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from hwr import __version__
from hwr.formats.output import PageOut, confidence, file_name, seen, seen_words
from hwr.results import Box, Word, union

HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
 <head>
  <title>Handwriting read by hwr</title>
  <meta charset="utf-8"/>
  <meta name="ocr-system" content="hwr {__version__}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrx_cinfo ocrp_wconf"/>
 </head>
 <body>
"""
TAIL = " </body>\n</html>\n"


def hocr(pages: Iterable[PageOut]) -> Iterator[bytes]:
    """The parts of a hOCR file, one a page between head and tail.

    Boxes are pixels of the upright picture, `x_wconf` and `x_conf` percent; a word is as sure as its least sure character.
    """
    yield HEAD.encode()
    for number, out in enumerate(pages, 1):
        yield "".join(f"{line}\n" for line in _page(out, number)).encode()
    yield TAIL.encode()


def _page(out: PageOut, number: int) -> Iterator[str]:
    name = file_name(out.name).replace('"', "%22").replace(";", "%3B")
    dpi = round(out.resolution())
    place = f"{_bbox((0, 0, out.page.width, out.page.height))}; ppageno {(out.number or 1) - 1}; scan_res {dpi} {dpi}"
    title = quoteattr(f'image "{name}"; {place}')
    yield f'  <div class="ocr_page" id="page_{number}" title={title}>'
    lines = seen_words(out.page)
    if lines:
        box = _bbox(union(word.box for words in lines for word in words))
        yield f'   <div class="ocr_carea" id="block_{number}_1" title="{box}">'
        yield f'    <p class="ocr_par" id="par_{number}_1" title="{box}">'
        for line_number, words in enumerate(lines, 1):
            place = f"{number}_{line_number}"
            box = _bbox(union(word.box for word in words))
            yield f'     <span class="ocr_line" id="line_{place}" title="{box}">'
            yield from (_word(word, f"word_{place}_{at}") for at, word in enumerate(words, 1))
            yield "     </span>"
        yield "    </p>\n   </div>"
    yield "  </div>"


def _word(word: Word, name: str) -> str:
    glyphs = "".join(
        f'<span class="ocrx_cinfo" title="x_bboxes {" ".join(map(str, glyph.box))}; x_conf {100 * glyph.confidence:.2f}">'
        f"{escape(seen(glyph.char))}</span>"
        for glyph in word.glyphs
    )
    title = f"{_bbox(word.box)}; x_wconf {round(100 * confidence(word))}"
    return f'      <span class="ocrx_word" id="{name}" title="{title}">{glyphs}</span>'


def _bbox(box: Box) -> str:
    return f"bbox {box[0]} {box[1]} {box[2]} {box[3]}"
