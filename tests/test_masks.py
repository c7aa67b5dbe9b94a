"""masks.py: the fast ways give the same as OpenCV's own, at the edges and on tiny pictures too."""

import cv2
import numpy as np
import pytest

from hwr.preprocess.masks import morphed, parts, used_rows


@pytest.fixture(params=[0.0, 0.003, 0.03, 0.3, 0.6, 0.97, 1.0], ids=lambda full: f"{full:.1%}")
def masks(request):
    """Masks of many sizes that are so full."""
    rng = np.random.default_rng(0)
    shapes = [(1, 1), (1, 50), (50, 1), (2, 2), *(rng.integers(3, 120, (25, 2)))]
    return [(rng.random(tuple(shape)) < request.param).astype(np.uint8) for shape in shapes]


@pytest.mark.parametrize("operation", [cv2.MORPH_DILATE, cv2.MORPH_CLOSE])
@pytest.mark.parametrize("size", [(1, 15), (1, 40), (3, 3), (3, 31)])
def test_morphology_in_used_rows_is_that_of_the_whole(masks, operation, size):
    for mask in masks:
        whole = cv2.morphologyEx(mask, operation, np.ones(size, np.uint8))
        np.testing.assert_array_equal(morphed(mask, operation, size), whole)


def test_parts_are_those_of_opencv(masks):
    for mask in masks:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        found, extents = parts(mask)
        np.testing.assert_array_equal(found, labels)
        np.testing.assert_array_equal(extents, stats[1:, :4])


def test_used_rows_reach_as_far_as_asked():
    mask = np.zeros((20, 4), np.uint8)
    mask[[0, 9], 2] = 1
    assert used_rows(mask).tolist() == [0, 1, 8, 9, 10]
    assert used_rows(mask, 2).tolist() == [0, 1, 2, 7, 8, 9, 10, 11]
    assert used_rows(mask, 0).tolist() == [0, 9]
