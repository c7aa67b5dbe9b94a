"""The stroke font and its hand: every class, balanced, seeded, framed as asked; texts with true boxes."""

import numpy as np
import pytest

from hwr import preprocess, synthetic
from hwr.classes import BYCLASS, DIGITS
from hwr.errors import HwrError
from hwr.synthetic import font, hand
from hwr.synthetic.skeleton import STEPS, compile_skeleton


def test_the_font_has_every_class_and_ways_that_differ():
    for char in BYCLASS:
        ways = font.skeletons(char)
        assert len(ways) >= 2, char
        assert len(set(font.SKELETONS[char])) == len(ways)


@pytest.mark.parametrize("char", list(font.SKELETONS))
def test_a_skeleton_stands_where_its_kind_of_character_stands(char):
    for way in font.skeletons(char):
        drawn = way.basis @ way.control
        low, high = drawn.min(axis=0), drawn.max(axis=0)
        assert -16 <= low[0] <= 16
        assert high[0] <= 130
        assert -8 <= low[1] <= high[1] <= 138
        if char.isdigit() or char.isupper():
            assert low[1] <= 6
            assert high[1] >= 94
        if char in "acemnorsuvwxz":
            assert 38 <= low[1] <= 50
            assert 94 <= high[1] <= 104
        if char in "gpqy":
            assert high[1] >= 120


def test_splines_pass_through_their_points_and_bend_only_where_smooth():
    way = compile_skeleton("0,0 40,0! 40,50 | 5,5")
    points, dot = way.split(way.basis @ way.control)
    assert np.allclose(points[[0, STEPS, -1]], [[0, 0], [40, 0], [40, 50]])
    assert np.allclose(points[: STEPS + 1, 1], 0)
    assert np.allclose(dot, [[5, 5]])
    smooth = compile_skeleton("0,0 40,0 40,50")
    bent = smooth.basis @ smooth.control
    assert np.abs(bent[: STEPS + 1, 1]).max() > 2
    assert np.allclose(smooth.basis.sum(axis=1), 1)
    turn = np.linspace(0, 2 * np.pi, 9)
    loop = compile_skeleton(" ".join(f"{10 * np.sin(a):.6f},{10 * np.cos(a):.6f}" for a in (*turn[:-1], 0)))
    assert np.linalg.norm(loop.basis @ loop.control, axis=1) == pytest.approx(10, abs=0.1)


def test_an_unknown_character_is_refused():
    with pytest.raises(HwrError, match="ß"):
        synthetic.draw_text("Fluß")
    with pytest.raises(HwrError):
        synthetic.glyphs("0ß", 4, seed=1, framing="mnist")
    with pytest.raises(HwrError):
        synthetic.glyphs("", 4, seed=1, framing="mnist")


@pytest.mark.parametrize("framing", preprocess.FRAMINGS)
def test_glyphs_are_balanced_seeded_and_framed(framing):
    images, labels = synthetic.glyphs(BYCLASS, 130, seed=5, framing=framing)
    again, same = synthetic.glyphs(BYCLASS, 130, seed=5, framing=framing)
    other, _ = synthetic.glyphs(BYCLASS, 130, seed=6, framing=framing)
    assert (images.shape, images.dtype, labels.dtype) == ((130, 28, 28), np.uint8, np.int64)
    assert (images == again).all()
    assert (labels == same).all()
    assert not (images == other).all()
    counts = np.bincount(labels, minlength=len(BYCLASS))
    assert counts.min() == 2
    assert counts.max() == 3
    assert (images.max(axis=(1, 2)) > 150).all()
    assert len(np.unique(images.reshape(130, -1), axis=0)) == 130


def test_glyphs_have_the_framing_of_preprocess():
    centred, _ = synthetic.glyphs(DIGITS, 60, seed=5, framing="mnist")
    filled, _ = synthetic.glyphs(DIGITS, 60, seed=5, framing="emnist")
    rows = (centred.sum(axis=2) @ np.arange(28)) / centred.sum(axis=(1, 2))
    assert np.abs(rows - 14).max() <= 0.51  # every centre of mass, to the nearest pixel
    heights = [np.ptp(np.flatnonzero(glyph.max(axis=1) > 60)) + 1 for glyph in (*centred, *filled)]
    assert np.median(heights[:60]) == pytest.approx(20, abs=1)
    assert np.median(heights[60:]) == pytest.approx(24, abs=1)


def test_no_glyphs_is_an_empty_array():
    images, labels = synthetic.glyphs(DIGITS, 0, seed=1, framing="mnist")
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_labels_match_the_pictures():
    """A nearest-mean reader learned from one seed reads another far better than chance could."""
    train, answers = synthetic.glyphs(DIGITS, 800, seed=1, framing="mnist")
    test, truth = synthetic.glyphs(DIGITS, 200, seed=2, framing="mnist")
    means = np.stack([train[answers == k].mean(axis=0).ravel() for k in range(10)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    read = (test.reshape(200, -1) @ means.T).argmax(axis=1)
    assert (read == truth).mean() > 0.75


def test_pens_differ_from_glyph_to_glyph():
    images, _ = synthetic.glyphs("I", 60, seed=3, framing="mnist")
    mass = images.sum(axis=(1, 2)) / 255
    assert np.percentile(mass, 90) > 1.8 * np.percentile(mass, 10)


def test_care_is_how_far_a_hand_strays_from_the_print():
    way, rng = font.skeletons("3")[0], np.random.default_rng(0)
    printed = way.basis @ way.control
    assert np.allclose(hand.draw(way, 3, rng, care=0), printed)
    strays = [np.abs(hand.draw(way, 50, rng, care=care) - printed).mean() for care in (0.3, 1.0)]
    assert 0.3 < strays[0] < strays[1] < 5


def test_a_text_is_drawn_with_true_boxes():
    text = "Hi 7.\nOx"
    picture, boxes = synthetic.draw_boxes(text, seed=4, height=60, pen=0.1)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert "".join(char for char, _ in boxes) == "Hi7.Ox"
    dark = picture.astype(int).sum(axis=2) < 400
    inside = np.zeros(dark.shape, dtype=bool)
    for _, (x0, y0, x1, y1) in boxes:
        rows, columns = np.nonzero(dark[y0:y1, x0:x1])
        assert rows.min() <= 2
        assert columns.min() <= 2
        assert rows.max() >= y1 - y0 - 3
        assert columns.max() >= x1 - x0 - 3
        inside[max(y0 - 1, 0) : y1 + 1, max(x0 - 1, 0) : x1 + 1] = True
    assert not (dark & ~inside).any()
    capital, below = boxes[0][1], boxes[4][1]
    assert capital[3] - capital[1] == pytest.approx(66, abs=6)
    assert below[1] > capital[3]
    assert boxes[0][1][2] <= boxes[1][1][0] < boxes[2][1][0]


def test_a_text_follows_its_seed_and_its_sheet():
    one, same, other = (synthetic.draw_text("314", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    chalk = synthetic.draw_text("314", seed=1, sheet=synthetic.Sheet(paper=(10, 20, 30), ink=(255, 250, 240)))
    assert tuple(chalk[0, 0]) == (10, 20, 30)
    assert chalk[..., 0].max() == 255
    assert synthetic.draw_text("314", height=30).shape[0] < 0.6 * one.shape[0]


def test_an_empty_text_is_blank_paper_and_bad_heights_are_refused():
    for text in ("", "  \n "):
        assert (synthetic.draw_text(text) == np.array(synthetic.Sheet().paper)).all()
    with pytest.raises(HwrError, match="positive"):
        synthetic.text_strokes("3", height=0)
