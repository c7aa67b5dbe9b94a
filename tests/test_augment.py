"""Augmentation: limits kept, seeded, nothing lost, each kind does what it says."""

from dataclasses import replace

import pytest
import torch

from hwr.augment import augment, blur, dirty, elastic, vary_stroke, warp
from hwr.config import TrainConfig

NONE = TrainConfig(rotation=0, shift=0, zoom=0, shear=0, elastic=0, stroke=0)


def bars(count: int = 64) -> torch.Tensor:
    """Upright bars of 3 x 14 pixels in the middle."""
    pictures = torch.zeros(count, 1, 28, 28)
    pictures[:, :, 7:21, 13:16] = 1
    return pictures


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_without_strength_nothing_changes():
    assert torch.equal(augment(bars(), NONE, seeded()), bars())


def test_same_seed_same_pictures():
    config = TrainConfig()
    assert torch.equal(augment(bars(), config, seeded(1)), augment(bars(), config, seeded(1)))
    assert not torch.equal(augment(bars(), config, seeded(1)), augment(bars(), config, seeded(2)))


def test_ink_stays_in_range_and_mostly_there():
    changed = augment(bars(), TrainConfig(), seeded())
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    share = changed.sum((1, 2, 3)) / bars().sum((1, 2, 3))
    assert float(share.min()) > 0.3
    assert float(share.max()) < 3


def test_shift_moves_by_at_most_its_limit():
    changed = warp(bars(), replace(NONE, shift=0.1), seeded())
    columns = (changed.sum((1, 2)) * torch.arange(28)).sum(1) / changed.sum((1, 2, 3))
    moved = (columns - 14).abs()
    assert 1 < float(moved.max()) <= 0.1 * 28 + 0.1


def test_rotation_turns_a_bar():
    changed = warp(bars(), replace(NONE, rotation=45), seeded())
    width = (changed.amax((1, 2)) > 0.3).sum(1)
    assert int(width.max()) >= 9  # an upright bar is 3 wide
    assert torch.allclose(changed.sum((1, 2, 3)), torch.tensor(42.0), rtol=0.1)


def test_shear_keeps_the_height():
    changed = warp(bars(), replace(NONE, shear=0.4), seeded())
    rows = (changed.amax((1, 3)) > 0.3).sum(1)
    columns = (changed.amax((1, 2)) > 0.3).sum(1)
    assert int((rows - 14).abs().max()) <= 1
    assert int(columns.max()) >= 6


def test_elastic_is_smooth_and_of_the_asked_size():
    moved = elastic(200, 28, 2.0, seeded()) * 14
    assert 1.0 < float(moved.std()) < 2.5
    steps = (moved[:, 1:] - moved[:, :-1]).abs().mean()
    assert float(steps) < 0.3 * float(moved.abs().mean())  # white noise would give 1.4


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_stroke_width_changes_about_the_share(share):
    changed = vary_stroke(bars(400), share, seeded())
    touched = (changed != bars(400)).flatten(1).any(1).float().mean()
    assert abs(float(touched) - share) < 0.08


def test_strokes_get_wider_and_narrower():
    ink = vary_stroke(bars(400), 1.0, seeded()).sum((1, 2, 3))
    assert float(ink.min()) < 30
    assert float(ink.max()) > 60  # a bar has 42 pixels of ink


def test_blur_softens_its_share_and_keeps_the_ink_dark():
    pictures = torch.zeros(200, 1, 28, 28)
    pictures[..., 6:22, 13:16] = 1
    some = blur(pictures, 0.5, torch.Generator().manual_seed(1))
    changed = (some != pictures).flatten(1).any(1)
    assert 0.4 < changed.float().mean() < 0.6
    assert torch.allclose(some.amax((1, 2, 3)), torch.ones(200))


def test_left_overs_add_ink_to_their_share_alone_and_take_none():
    pictures = torch.zeros(200, 1, 28, 28)
    pictures[..., 4:24, 2:26] = torch.rand(200, 1, 20, 24, generator=torch.Generator().manual_seed(2))
    some = dirty(pictures, 0.4, torch.Generator().manual_seed(3))
    changed = (some != pictures).flatten(1).any(1)
    assert 0.25 < changed.float().mean() < 0.45
    assert (some >= pictures).all()
    assert some.max() <= 1
