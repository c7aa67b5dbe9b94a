"""hOCR and ALTO: read back by parsers and tools of other hands; hostile text cannot break them."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from alto_tools import alto_tools
from lxml import html

from hwr.formats import PAGE_FORMATS, PageOut
from hwr.formats.alto import NAMESPACE
from hwr.results import Glyph, Line, Page, Word

HOSTILE = ["<", "&", '"', "'", "\x00", "\x1b", "\ud800", "\uffff", "]]>", "é", "Ж", "中", "𝒜"]
KEPT = "<&\"']]>éЖ中𝒜"
# What ALTO 4.4's schema says of the elements used here: attributes that must be there, and the children in their order.
SCHEMA = {
    "alto": ((), ("Description", "Layout")),
    "Description": ((), ("MeasurementUnit", "sourceImageInformation", "Processing")),
    "MeasurementUnit": ((), ()),
    "sourceImageInformation": ((), ("fileName",)),
    "fileName": ((), ()),
    "Processing": (("ID",), ("processingCategory", "processingSoftware")),
    "processingCategory": ((), ()),
    "processingSoftware": ((), ("softwareName", "softwareVersion")),
    "softwareName": ((), ()),
    "softwareVersion": ((), ()),
    "Layout": ((), ("Page",)),
    "Page": (("ID", "PHYSICAL_IMG_NR"), ("PrintSpace",)),
    "PrintSpace": ((), ("TextBlock",)),
    "TextBlock": (("ID",), ("TextLine",)),
    "TextLine": ((), ("String", "SP")),
    "String": (("CONTENT",), ("Glyph",)),
    "SP": ((), ()),
    "Glyph": (("CONTENT",), ("Variant",)),
    "Variant": ((), ()),
}
PLACED = {"HPOS", "VPOS", "WIDTH", "HEIGHT"}
OPTIONAL = {
    "alto": {"SCHEMAVERSION", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"},
    "Page": {"WIDTH", "HEIGHT"},
    "PrintSpace": PLACED,
    "TextBlock": PLACED,
    "TextLine": PLACED | {"ID"},
    "String": PLACED | {"ID", "WC"},
    "SP": {"HPOS", "VPOS", "WIDTH"},
    "Glyph": PLACED | {"ID", "GC"},
    "Variant": {"CONTENT", "VC"},
}


def word(text: str, x: int, y: int, sure: float = 0.99) -> Word:
    """A word of glyphs 10 x 20 with 2 between; the last is less sure."""
    count = len(text)
    chances = [sure] * (count - 1) + [sure / 2]
    boxes = [(x + 12 * place, y, x + 12 * place + 10, y + 20) for place in range(count)]
    found = zip(text, chances, boxes, strict=True)
    return Word(
        tuple(Glyph(char, chance, box, ((char, chance), ("?", 0.25), ("rn", 0.1))) for char, chance, box in found)
    )


@pytest.fixture
def page() -> Page:
    return Page((Line((word("31", 10, 10), word("42", 60, 10))), Line((word("Hello", 10, 50, 0.5),))), 200, 100)


@pytest.fixture
def hostile() -> Page:
    boxes = [(10 * place, 5, 10 * place + 9, 25) for place in range(len(HOSTILE))]
    glyphs = [Glyph(char, 0.5, box, ((char, 0.5), ("\x07", 0.1))) for char, box in zip(HOSTILE, boxes, strict=True)]
    unseen = Word((Glyph("\x00", 0.9, (0, 40, 9, 60)),))
    return Page((Line((Word(tuple(glyphs)), unseen)), Line((unseen,))), 200, 100)


def hocr(*pages: PageOut) -> bytes:
    return PAGE_FORMATS["hocr"].write(pages)


def alto(page: Page, name: str = "a.png") -> ElementTree.Element:
    return ElementTree.fromstring(PAGE_FORMATS["alto"].write([PageOut(name, page)]))


def values(element, name: str) -> list[float]:
    """The numbers of one property in an element's title."""
    found = re.search(rf"(?:^|; ){name} ([-\d. ]+)", element.get("title"))
    return [float(value) for value in found[1].split()] if found else []


def test_hocr_tells_every_word_and_character_with_box_and_confidence(page):
    tree = html.fromstring(hocr(PageOut("a.png", page, dpi=150)))
    (whole,) = tree.find_class("ocr_page")
    assert values(whole, "bbox") == [0, 0, 200, 100]
    assert values(whole, "scan_res") == [150, 150]
    assert values(whole, "ppageno") == [0]
    words = [
        (item.text_content(), values(item, "bbox"), values(item, "x_wconf")) for item in tree.find_class("ocrx_word")
    ]
    assert words == [
        ("31", [10, 10, 32, 30], [50]),
        ("42", [60, 10, 82, 30], [50]),
        ("Hello", [10, 50, 68, 70], [25]),
    ]
    glyphs = [(item.text, values(item, "x_bboxes"), values(item, "x_conf")) for item in tree.find_class("ocrx_cinfo")]
    assert len(glyphs) == len(page.glyphs)
    for (char, box, sure), glyph in zip(glyphs, page.glyphs, strict=True):
        assert (char, box) == (glyph.char, list(glyph.box))
        assert sure[0] == pytest.approx(100 * glyph.confidence, abs=0.01)
    assert [values(item, "bbox") for item in tree.find_class("ocr_line")] == [[10, 10, 82, 30], [10, 50, 68, 70]]


def test_hocr_has_several_pages_and_is_well_formed_xml(page):
    content = hocr(PageOut("scan.pdf", page, 1), PageOut("scan.pdf", page, 2), PageOut("blank.png", Page((), 5, 5)))
    ElementTree.fromstring(content)
    found = html.fromstring(content).find_class("ocr_page")
    assert [values(item, "ppageno") for item in found] == [[0], [1], [0]]
    ids = re.findall(r'id="([^"]*)"', content.decode())
    assert len(ids) == len(set(ids))
    assert 'image "blank.png"' in found[2].get("title")


def run_hocr_tool(name: str, path: Path) -> tuple[str, str]:
    tool = Path(sys.executable).parent / name
    done = subprocess.run([sys.executable, tool, path], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_hocr_tools_agree(page, tmp_path):
    path = tmp_path / "page.hocr"
    path.write_bytes(hocr(PageOut('odd;"<&name.png', page)))
    text, _ = run_hocr_tool("hocr-lines", path)
    assert text.splitlines() == ["31 42", "Hello"]
    _, told = run_hocr_tool("hocr-check", path)
    assert told.count("ok ") > 5
    assert "not ok" not in told


def test_hostile_text_breaks_neither(hostile):
    content = hocr(PageOut("<script>&\"';\x00.png", hostile))
    tree = ElementTree.fromstring(content)
    assert "".join("".join(tree.itertext()).split()).endswith(KEPT)
    assert not html.fromstring(content).xpath("//script")
    assert len(html.fromstring(content).find_class("ocr_line")) == 1
    root = alto(hostile, "<x>&\"'\x00.png")
    strings = [item.get("CONTENT") for item in root.iter(f"{{{NAMESPACE}}}String")]
    assert strings == [KEPT]
    assert root.find(f".//{{{NAMESPACE}}}fileName").text == "<x>&\"'.png"
    assert "".join(item.get("CONTENT") for item in root.iter(f"{{{NAMESPACE}}}Glyph")) == KEPT.replace("]]>", "")


@pytest.mark.parametrize("case", ["page", "hostile", "blank"])
def test_alto_keeps_to_its_schema(case, request):
    root = alto(Page((), 9, 9) if case == "blank" else request.getfixturevalue(case))
    ids: list[str] = []
    for element in root.iter():
        name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        needed, children = SCHEMA[name]
        order = [children.index(child.tag.removeprefix(f"{{{NAMESPACE}}}")) for child in element]
        assert order == sorted(order) or name == "TextLine"
        assert set(needed) <= set(element.attrib) <= set(needed) | OPTIONAL.get(name, set())
        assert all(0 <= float(element.get(key, 0)) <= 1 for key in ("WC", "GC", "VC"))
        assert all(float(element.get(key, 0)) >= 0 for key in PLACED)
        assert name != "Glyph" or len(element.get("CONTENT")) == 1
        assert name != "Variant" or 1 <= len(element.get("CONTENT")) <= 3
        ids += [element.get("ID")] if element.get("ID") else []
    for line in root.iter(f"{{{NAMESPACE}}}TextLine"):
        kinds = [child.tag.split("}")[1] for child in line]
        assert kinds == ["String", "SP"] * (len(kinds) // 2) + ["String"]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in ids)
    assert root.find(f"./{{{NAMESPACE}}}Description/{{{NAMESPACE}}}MeasurementUnit").text == "pixel"


def test_alto_tells_places_confidences_and_other_answers(page):
    root = alto(page)
    strings = [
        [item.get(key) for key in ("CONTENT", "HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")]
        for item in root.iter(f"{{{NAMESPACE}}}String")
    ]
    assert strings == [
        ["31", "10", "10", "22", "20", "0.4950"],
        ["42", "60", "10", "22", "20", "0.4950"],
        ["Hello", "10", "50", "58", "20", "0.2500"],
    ]
    glyph = next(root.iter(f"{{{NAMESPACE}}}Glyph"))
    assert glyph.attrib | {"ID": ""} == {
        **{"ID": "", "CONTENT": "3", "HPOS": "10", "VPOS": "10", "WIDTH": "10", "HEIGHT": "20", "GC": "0.9900"}
    }
    assert [(other.get("CONTENT"), other.get("VC")) for other in glyph] == [("?", "0.2500"), ("rn", "0.1000")]
    assert next(root.iter(f"{{{NAMESPACE}}}SP")).attrib == {"HPOS": "32", "VPOS": "10", "WIDTH": "28"}


def test_alto_tools_read_it(page, capsys):
    file = io.StringIO(PAGE_FORMATS["alto"].write([PageOut("a.png", page)]).decode())
    file.name = "a.xml"
    _, tree, namespace = alto_tools.alto_parse(file)
    assert namespace == NAMESPACE
    alto_tools.alto_text(tree, namespace)
    assert capsys.readouterr().out.split() == ["31", "42", "Hello"]
    assert alto_tools.alto_confidence(file, tree, namespace) == pytest.approx(41.33, abs=0.01)


def test_json_lines_survive_hostile_text_too(hostile):
    (line,) = PAGE_FORMATS["jsonl"].write([PageOut("a.png", hostile)]).decode().splitlines()
    assert json.loads(line)["lines"][0]["text"].startswith("<&\"'\x00\x1b")
