"""UNIPEN's pen strokes: reading the files, rendering them as glyphs, and keeping writers apart."""

import os
from pathlib import Path

import numpy as np
import pytest

from hwr import preprocess, unipen
from hwr.errors import HwrError

STROKES = {
    "1": [[(10, 0), (10, 128)]],
    "7": [[(0, 0), (80, 0), (40, 128)]],
    "T": [[(50, 0), (50, 128)], [(0, 0), (100, 0)]],
    "i": [[(5, 50), (5, 128)], [(5, 0)]],
}
DATA = Path(os.environ.get("HWR_DATA", "absent")) / "ink" / "unipen"


def write(folder: Path, kind: str, samples: list[tuple[str, str, list]], **changes) -> Path:
    """A file of UNIPEN's form: samples are (character, writer, strokes)."""
    strokes = [stroke for *_, drawn in samples for stroke in drawn]
    points = np.array([point for stroke in strokes for point in stroke], dtype=np.int64).reshape(-1, 2)
    arrays = {
        "moves": np.diff(points, axis=0, prepend=0).astype(np.int16),
        "points_per_stroke": np.array([len(stroke) for stroke in strokes], dtype=np.uint16),
        "strokes_per_sample": np.array([len(drawn) for *_, drawn in samples], dtype=np.uint16),
        "label": np.array([char for char, *_ in samples]),
        "writer": np.array([writer for _, writer, _ in samples]),
    }
    arrays.update(changes)
    np.savez(folder / f"{kind}.npz", **arrays)
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    write(tmp_path, "digits", [("1", "aaa/one", STROKES["1"]), ("7", "bbb/two", STROKES["7"])])
    write(tmp_path, "capitals", [("T", "aaa/one", STROKES["T"])])
    return write(tmp_path, "lowercase", [("i", "ccc/three", STROKES["i"])])


def test_strokes_come_back_as_they_were_written(folder):
    samples = unipen.read(folder, "lowercase")
    (strokes,) = samples
    assert [stroke.tolist() for stroke in strokes] == [[[5, 50], [5, 128]], [[5, 0]]]
    assert [len(sample) for sample in unipen.read(folder, "digits")] == [1, 1]
    assert samples.sizes().tolist() == [[0, 128]]


@pytest.mark.parametrize("framing", preprocess.FRAMINGS)
def test_glyphs_characters_and_writers_belong_together(folder, framing):
    glyphs, characters, writers = unipen.load(folder, framing=framing, renders=3)
    assert (glyphs.shape, glyphs.dtype) == ((12, 28, 28), np.uint8)
    assert "".join(characters) == "111777TTTiii"
    assert writers.tolist() == ["aaa/one"] * 3 + ["bbb/two"] * 3 + ["aaa/one"] * 3 + ["ccc/three"] * 3
    seven, tee, dotted = (glyphs[3 * k : 3 * k + 3].astype(float) for k in (1, 2, 3))
    assert (seven[:, :10].sum(axis=(1, 2)) > seven[:, 18:].sum(axis=(1, 2))).all()
    assert (tee[:, 4:9, :].max(axis=(1, 2)) > 150).all()
    gaps = [(glyph.max(axis=1) < 90)[5:20].any() for glyph in dotted]
    assert any(gaps)


def test_kinds_are_chosen(folder):
    assert "".join(unipen.load(folder, ["capitals"], framing="mnist")[1]) == "T"


def test_renders_differ_in_pen_and_follow_the_seed(folder):
    one, same, other = (unipen.load(folder, ["digits"], framing="emnist", renders=6, seed=s)[0] for s in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).all()
    assert len(np.unique(one.reshape(12, -1), axis=0)) == 12
    ink = one[6:].sum(axis=(1, 2)) / 255.0
    assert ink.max() > 1.4 * ink.min()


def test_what_cannot_be_a_character_is_left_out(tmp_path):
    stem, bar, dot = [[(0, 0), (2, 60), (0, 128)]], [[(0, 0), (128, 4)]], [[(3, 3)]]
    flat, slanted = [[(0, 0), (300, 50), (600, 0)]], [[(0, 128), (90, 0)]]
    drawn = [
        ("H", stem),
        ("I", stem),
        ("T", bar),
        ("I", bar),
        ("I", dot),
        ("O", flat),
        ("I", slanted),
        ("T", STROKES["T"]),
    ]
    write(tmp_path, "capitals", [(char, "a/b", strokes) for char, strokes in drawn])
    assert unipen.plausible(unipen.read(tmp_path, "capitals")).tolist() == [False, True, *[False] * 4, True, True]
    glyphs, characters, _ = unipen.load(tmp_path, ["capitals"], framing="mnist", renders=2)
    assert "".join(characters) == "IIIITT"
    assert len(glyphs) == 6


def test_absent_damaged_and_pickled_files_are_refused(folder, tmp_path_factory):
    with pytest.raises(HwrError, match=r"no .*digits\.npz"):
        unipen.load(folder / "nowhere", framing="mnist")
    with pytest.raises(HwrError, match="no kind"):
        unipen.load(folder, ["sentences"], framing="mnist")
    with pytest.raises(HwrError, match="no framing"):
        unipen.load(folder, framing="imagenet")
    with pytest.raises(HwrError, match="at least once"):
        unipen.load(folder, framing="mnist", renders=0)
    (folder / "digits.npz").write_bytes(b"no archive")
    with pytest.raises(HwrError, match="not a file of UNIPEN"):
        unipen.read(folder, "digits")
    sample = [("1", "a/b", STROKES["1"])]
    for change in (
        {"label": np.array(["1", "2"])},
        {"label": np.array([{"evil": 1}], dtype=object)},
        {"points_per_stroke": np.array([7])},
        {"strokes_per_sample": np.array([0])},
    ):
        write(folder, "digits", sample, **change)
        with pytest.raises(HwrError, match="not a file of UNIPEN"):
            unipen.read(folder, "digits")


def test_a_writer_is_on_one_side_only():
    rng = np.random.default_rng(0)
    writers = np.array([f"i{k % 7}/Person{k}" for k in range(400)])[rng.integers(400, size=3000)]
    held = unipen.writer_split(writers, 0.2)
    assert not set(writers[held]) & set(writers[~held])
    assert len(set(writers[held])) / 400 == pytest.approx(0.2, abs=0.06)
    assert (unipen.writer_split(writers, 0.2) == held).all()
    assert not (unipen.writer_split(writers, 0.2, seed=1) == held).all()
    some = rng.permutation(3000)[:500]
    assert (unipen.writer_split(writers[some], 0.2) == held[some]).all()


def test_one_person_at_two_institutions_is_one_writer():
    writers = np.array([f"{place}/{name}{k}" for k in range(200) for place, name in (("cea", "gb"), ("ceb", "GB"))])
    held = unipen.writer_split(writers, 0.5).reshape(-1, 2)
    assert (held[:, 0] == held[:, 1]).all()
    assert 50 < held[:, 0].sum() < 150


def test_whole_institutions_are_kept_apart_with_their_writers():
    writers = np.array(["aaa/x", "aaa/y", "bbb/y", "bbb/z", "ccc/w"])
    held = unipen.writer_split(writers, 0, institutions=["aaa"])
    assert held.tolist() == [True, True, True, False, False]
    assert not unipen.writer_split(writers, 0).any()
    assert unipen.writer_split(writers, 1).all()


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs HWR_DATA with ink/unipen")
def test_the_real_digits_are_all_there():
    glyphs, characters, writers = unipen.load(DATA, ["digits"], framing="mnist")
    assert 11_500 < len(glyphs) == len(characters) == len(writers) <= 11_862
    assert (glyphs.max(axis=(1, 2)) > 100).all()
    held = unipen.writer_split(writers)
    assert 0.05 < held.mean() < 0.2
    assert set(characters[held]) == set("0123456789")
    means = np.stack([glyphs[~held & (characters == d)].mean(axis=0).ravel() for d in "0123456789"])
    scores = glyphs[held].reshape(held.sum(), -1) @ means.T - (means**2).sum(axis=1) / 2
    assert (scores.argmax(axis=1) == characters[held].astype(int)).mean() > 0.6
