"""documents: PDFs, TIFFs and pictures as pages, drawn only when asked for; bad ones told in a sentence."""

import io
import pickle
import threading
from pathlib import Path

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from hwr import documents
from hwr.documents import pdf
from hwr.errors import HwrError
from hwr.preprocess import open_picture


def marked(number: int, size: tuple[int, int] = (200, 300)) -> Image.Image:
    """A white page with a black square in its top left corner and `number` dots below it."""
    page = Image.new("L", size, 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((10, 10, 49, 49), fill=0)
    for place in range(number):
        draw.rectangle((10, 80 + 30 * place, 29, 99 + 30 * place), fill=0)
    return page


def file_of(pages: list[Image.Image], kind: str, **options) -> bytes:
    file = io.BytesIO()
    pages[0].save(file, kind, save_all=True, append_images=pages[1:], **options)
    return file.getvalue()


def vector_pdf(*sizes: tuple[float, float], rotation: int = 0) -> bytes:
    """A PDF of blank pages of these sizes in points."""
    document = pypdfium2.PdfDocument.new()
    for size in sizes:
        document.new_page(*size).set_rotation(rotation)
    file = io.BytesIO()
    document.save(file)
    document.close()
    return file.getvalue()


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_pdf_is_a_page_for_each_and_each_is_named():
    found = documents.pages(named(file_of([marked(n) for n in range(3)], "PDF", resolution=100), "scan.pdf"))
    assert [page.name for page in found] == ["scan.pdf, page 1", "scan.pdf, page 2", "scan.pdf, page 3"]
    assert [(page.number, page.count) for page in found] == [(1, 3), (2, 3), (3, 3)]
    for number, page in enumerate(found):
        assert np.abs(page.picture().astype(int) - np.asarray(marked(number))).mean() < 2


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "text path"])
def test_every_kind_of_source_gives_the_same(kind, tmp_path):
    content = file_of([marked(1), marked(2)], "PDF")
    path = tmp_path / "scan.pdf"
    path.write_bytes(content)
    source = {"path": path, "bytes": content, "file": path.open("rb"), "text path": str(path)}[kind]
    found = documents.pages(source)
    assert len(found) == 2
    assert found[1].picture().shape == found[0].picture().shape
    assert found[0].name == ("The picture, page 1" if kind == "bytes" else "scan.pdf, page 1")


def test_a_scan_is_drawn_pixel_for_pixel_and_other_pages_at_300_dpi():
    (scan,) = documents.pages(file_of([marked(1)], "PDF", resolution=150))
    assert scan.picture().shape == (300, 200)
    assert scan.resolution() == pytest.approx(150, abs=0.5)
    (fine,) = documents.pages(file_of([marked(1, (1200, 1800))], "PDF", resolution=600))
    assert fine.picture().shape == (900, 600)
    (coarse,) = documents.pages(file_of([marked(1)], "PDF", resolution=12))
    assert coarse.picture().shape == (900, 600)
    (letter,) = documents.pages(vector_pdf((612, 792)))
    assert letter.picture().shape == (3300, 2550)
    assert letter.resolution() == 300


def test_a_colour_page_stays_one_and_a_grey_one_is_one_plane():
    page = Image.new("RGB", (60, 40), (200, 30, 30))
    (found,) = documents.pages(file_of([page], "PDF"))
    picture = found.picture()
    assert picture.shape == (40, 60, 3)
    assert np.abs(picture.reshape(-1, 3).mean(0) - (200, 30, 30)).max() < 4
    assert documents.pages(file_of([marked(0)], "PDF"))[0].picture().ndim == 2


def test_a_rotated_page_is_upright():
    document = pypdfium2.PdfDocument(file_of([marked(2).rotate(90, expand=True)], "PDF", resolution=72))
    document[0].set_rotation(90)
    file = io.BytesIO()
    document.save(file)
    document.close()
    (page,) = documents.pages(file.getvalue())
    assert page.picture().shape == (300, 200)
    assert np.abs(page.picture().astype(int) - np.asarray(marked(2))).mean() < 6


def test_a_large_page_is_drawn_coarser_and_an_absurd_one_refused():
    (poster,) = documents.pages(vector_pdf((5000, 5000)))
    assert 72 < poster.resolution() < 100
    assert 0.99 * pdf.PAGE_PIXELS < poster.picture().size <= pdf.PAGE_PIXELS
    good, absurd = documents.pages(named(vector_pdf((72, 72), (14400, 14400)), "plan.pdf"))
    assert good.picture().shape == (300, 300)
    with pytest.raises(HwrError, match=r'"plan\.pdf", page 2, is 200 x 200 inches large.*smaller paper'):
        absurd.picture()


def test_a_locked_pdf_is_told_and_one_that_only_restricts_is_read():
    def locked(password: str) -> io.BytesIO:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(file_of([marked(1)], "PDF")))
        writer.encrypt(password, "owner", algorithm="RC4-128")
        file = io.BytesIO()
        writer.write(file)
        return named(file.getvalue(), "secret.pdf")

    with pytest.raises(HwrError, match=r'"secret\.pdf" is locked with a password; save a copy without one'):
        documents.pages(locked("secret"))
    assert documents.pages(locked(""))[0].picture().shape == (300, 200)


@pytest.mark.parametrize("part", [20, 400])
def test_a_damaged_pdf_is_a_sentence(part):
    content = file_of([marked(1)], "PDF")
    with pytest.raises(HwrError, match=r'"cut\.pdf" is a damaged PDF.*copy it again'):
        documents.pages(named(content[:part], "cut.pdf"))


def test_a_page_that_is_no_page_is_told_and_the_others_are_read():
    content = file_of([marked(1), marked(2), marked(3)], "PDF")
    places = [place for place in range(len(content)) if content.startswith(b"/Type /Page\n", place)]
    assert len(places) == 3
    content = content[: places[1]] + b"/Type /Pork\n" + content[places[1] + 12 :]
    found = documents.pages(named(content, "some.pdf"))
    assert [found[place].picture().shape for place in (0, 2)] == [(300, 200)] * 2
    with pytest.raises(HwrError, match=r'"some\.pdf", page 2, is damaged and cannot be drawn'):
        found[1].picture()
    assert found[1].resolution() is None


def test_a_pdf_without_pages_is_a_sentence():
    writer = pypdf.PdfWriter()
    file = io.BytesIO()
    writer.write(file)
    with pytest.raises(HwrError, match=r'"none\.pdf" (is a damaged PDF|has no pages).*export'):
        documents.pages(named(file.getvalue(), "none.pdf"))


def test_a_document_of_many_pages_opens_without_drawing_any_and_too_many_are_refused(monkeypatch):
    content = vector_pdf(*[(72, 72)] * 1500)
    monkeypatch.setattr(pdf, "_render", None)
    found = documents.pages(content)
    assert len(found) == 1500
    assert found[-1].number == 1500
    monkeypatch.setattr(documents, "MOST_PAGES", 1000)
    with pytest.raises(HwrError, match=r"1,500 pages; 1,000 is the limit"):
        documents.pages(content)
    tiff = file_of([Image.new("L", (4, 4))] * 30, "TIFF")
    assert len(documents.pages(tiff)) == 30
    monkeypatch.setattr(documents, "MOST_PAGES", 20)
    with pytest.raises(HwrError, match="20 is the limit"):
        documents.pages(tiff)


def test_a_tiff_is_a_page_for_each_frame_with_its_own_size_and_turn():
    file = io.BytesIO()
    second = marked(2).rotate(90, expand=True)
    marked(1).save(file, "TIFF", save_all=True, append_images=[second], dpi=(200, 200))
    found = documents.pages(named(file.getvalue(), "fax.tiff"))
    assert [page.name for page in found] == ["fax.tiff, page 1", "fax.tiff, page 2"]
    assert [page.resolution() for page in found] == [200, 200]
    np.testing.assert_array_equal(found[0].picture(), np.asarray(marked(1)))
    np.testing.assert_array_equal(found[1].picture(), np.asarray(second))


def test_a_frame_of_a_tiff_is_turned_upright(tmp_path):
    path = tmp_path / "turned.tif"
    with Image.new("L", (4, 4)) as first, marked(2).rotate(90, expand=True) as second:
        second.encoderinfo = {"tiffinfo": {274: 6}}
        first.save(path, save_all=True, append_images=[second])
    np.testing.assert_array_equal(documents.pages(path)[1].picture(), np.asarray(marked(2)))


def test_small_copies_and_masks_in_a_tiff_are_no_pages():
    small = marked(1, (20, 30))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    mask = marked(1)
    mask.encoderinfo = {"tiffinfo": {254: 4}}
    found = documents.pages(file_of([marked(1), small, mask, marked(2)], "TIFF"))
    assert len(found) == 2
    np.testing.assert_array_equal(found[1].picture(), np.asarray(marked(2)))


def test_a_broken_later_frame_is_told_and_the_earlier_ones_are_read():
    content = file_of([marked(n) for n in range(3)], "TIFF")
    found = documents.pages(named(content[: len(content) * 5 // 6], "fax.tif"))
    assert [page.picture().shape for page in found[:2]] == [(300, 200)] * 2
    with pytest.raises(HwrError, match=r'"fax\.tif", page 3, is cut short or damaged'):
        found[2].picture()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_one_page_its_first_frame(kind):
    content = file_of([marked(1), marked(2)], kind, duration=100, **({"lossless": True} if kind == "WEBP" else {}))
    (page,) = documents.pages(named(content, "moving"))
    assert page.name == "moving"
    np.testing.assert_array_equal(open_picture(page.picture())[..., 0] if kind != "PNG" else page.picture(), marked(1))


def test_pictures_and_arrays_are_one_page(tmp_path):
    path = tmp_path / "a.jpg"
    marked(1).save(path, dpi=(240, 240))
    (page,) = documents.pages(path)
    assert (page.name, page.number, page.count, page.resolution()) == ("a.jpg", 1, 1, 240)
    for source in (marked(1), np.asarray(marked(1))):
        (page,) = documents.pages(source)
        np.testing.assert_array_equal(page.picture(), np.asarray(marked(1)))
        assert page.resolution() is None


def test_what_is_no_picture_is_told_as_ever(tmp_path):
    with pytest.raises(HwrError, match="There is no file"):
        documents.pages(tmp_path / "missing.pdf")
    with pytest.raises(HwrError, match="is a folder"):
        documents.pages(tmp_path)
    with pytest.raises(HwrError, match="is empty"):
        documents.pages(named(b"", "a.pdf"))
    (page,) = documents.pages(named(b"just words", "a.pdf"))
    with pytest.raises(HwrError, match=r'"a\.pdf" holds text, not a picture'):
        page.picture()
    (page,) = documents.pages(named(b"II*\0" + b"\xff" * 40, "a.tif"))
    with pytest.raises(HwrError, match=r'"a\.tif" is'):
        page.picture()


def test_a_file_that_goes_away_is_a_sentence(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(file_of([marked(1)], "PDF"))
    (page,) = documents.pages(path)
    path.unlink()
    with pytest.raises(HwrError, match="still where it was"):
        page.picture()
    assert page.resolution() is None


def test_pages_can_be_drawn_by_several_threads_and_kept_by_a_cache():
    found = documents.pages(file_of([marked(n % 5) for n in range(12)], "PDF"))
    found = pickle.loads(pickle.dumps(found))
    drawn: dict[int, np.ndarray] = {}
    threads = [threading.Thread(target=lambda page=page: drawn.update({page.number: page.picture()})) for page in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(12):
        assert np.abs(drawn[number + 1].astype(int) - np.asarray(marked(number % 5))).mean() < 2


def test_every_suffix_is_one_that_can_be_opened(tmp_path):
    for suffix in sorted(documents.SUFFIXES):
        path = Path(tmp_path / f"a{suffix}")
        marked(1).save(path)
        assert documents.pages(path)[0].picture().shape[:2] == (300, 200)
