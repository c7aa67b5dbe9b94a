"""Strokes: the pen's width and place, dots, several pens, painting on a page, distortions."""

import numpy as np
import pytest

from hwr import strokes
from hwr.errors import HwrError

CORNER = [np.array([[0.0, 0.0], [0.0, 60.0], [40.0, 60.0]])]


def across(picture: np.ndarray) -> float:
    """The width in pixels of the ink on the picture's middle row."""
    return float(picture[len(picture) // 2].sum() / 255)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5, 2.0, 3.3, 5.0, 8.0, 21.0])
@pytest.mark.parametrize("turn", [0.0, 0.3, 0.8])
def test_the_pen_is_as_wide_as_asked(width, turn):
    reach = 60 * np.array([np.sin(turn), np.cos(turn)])
    picture = strokes.render([np.stack([-reach, reach])], width=width)
    expected = width / np.cos(turn)
    assert across(picture) == pytest.approx(expected, abs=0.5, rel=0.05)


def test_a_dot_is_a_disc_of_the_pen():
    picture = strokes.render([np.array([[5.0, 5.0]])], width=10)
    assert picture.sum() / 255 == pytest.approx(np.pi * 25, rel=0.08)
    assert picture.max() == 255
    assert strokes.render([np.array([[7.0, 3.0]])], width=4, size=50).max() == 255


def test_ink_is_soft_at_its_edge_and_zero_elsewhere():
    picture = strokes.render([np.array([[0.0, 0.0], [50.0, 20.0]])], width=4, margin=3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture)) > 6
    assert not picture[:3].any()
    assert not picture[:, :3].any()
    assert not picture[-3:].any()
    assert not picture[:, -3:].any()


def test_size_is_the_longer_side_of_the_path():
    picture = strokes.render(CORNER, width=4, size=120, margin=0)
    rows, columns = np.nonzero(picture > 127)
    assert np.ptp(rows) + 1 == pytest.approx(124, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(84, abs=1)


def test_several_pens_cover_one_another():
    thin, thick = strokes.render_pens(CORNER, widths=[2, 9], size=60)
    assert thin.shape == thick.shape
    assert (thick >= thin).all()
    assert thick.sum() > 3 * thin.sum()


def test_pressure_varies_the_width_and_is_seeded():
    line = [np.array([[0.0, 0.0], [0.0, 200.0]])]
    plain, uneven, again = (
        strokes.render(line, width=10, pressure=p) for p in (None, *map(np.random.default_rng, (4, 4)))
    )
    assert np.ptp(plain[20:-20].sum(axis=1) / 255.0) < 0.5
    assert np.ptp(uneven[20:-20].sum(axis=1) / 255.0) > 1
    assert (uneven == again).all()


def test_nothing_drawn_is_an_empty_picture():
    assert not strokes.render([], width=4).any()
    assert not strokes.render([np.zeros((0, 2))], width=4).any()
    assert not strokes.paint(np.zeros((9, 9), np.uint8), [], width=3).any()


def test_paint_puts_ink_where_it_was_asked_and_keeps_what_is_there():
    page = np.zeros((60, 100), dtype=np.uint8)
    page[50, 90] = 77
    strokes.paint(page, [np.array([[20.5, 10.5], [20.5, 40.5]])], width=5)
    assert page[50, 90] == 77
    column = np.average(np.arange(100), weights=page[25].astype(float)) + 0.5
    assert column == pytest.approx(20.5, abs=0.3)
    rows = np.nonzero(page[:, 20] > 127)[0]
    assert (rows[0], rows[-1]) == (pytest.approx(8, abs=1), pytest.approx(42, abs=1))
    strokes.paint(page, [np.array([[-30.0, 30.0], [400.0, 30.0]])], width=3)
    assert (page[30] > 100).all()
    before = page.copy()
    assert (strokes.paint(page, [np.array([[500.0, 500.0]])], width=3) == before).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_points_and_pens_are_refused(bad):
    with pytest.raises(HwrError, match="finite"):
        strokes.render([np.array([[0.0, 0.0], [bad, 1.0]])], width=2)
    with pytest.raises(HwrError, match="width"):
        strokes.render(CORNER, width=bad)
    with pytest.raises(HwrError, match="at most"):
        strokes.render([np.array([[0.0, 0.0], [1e6, 1.0]])], width=2)


def test_distortions_are_light_seeded_and_keep_joints():
    joined = [np.array([[0.0, 0.0], [30.0, 100.0]]), np.array([[30.0, 100.0], [60.0, 0.0], [60.0, 50.0]])]
    one, same, other = (strokes.distort(joined, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert not np.allclose(one[0], other[0])
    assert [s.shape for s in one] == [s.shape for s in joined]
    assert np.allclose(one[0][-1], one[1][0])
    moves = [
        np.abs(np.concatenate(strokes.distort(joined, np.random.default_rng(s))) - np.concatenate(joined)).max()
        for s in range(50)
    ]
    assert 2 < np.median(moves) < 25
    assert np.allclose(
        np.concatenate(strokes.distort(joined, np.random.default_rng(1), strength=0)), np.concatenate(joined)
    )
    assert strokes.distort([], np.random.default_rng(1)) == []
