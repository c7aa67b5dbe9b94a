"""Learning what is no character: the marks, how they stand beside a batch, the threshold, and the reading that rejects."""

import cv2
import numpy as np
import pytest
import torch

from hwr import checkpoint, reject
from hwr.config import TrainConfig
from hwr.models import build, nothing, probabilities
from hwr.preprocess.shapes import is_ring_or_bar, spared
from hwr.recognize import Recognizer
from hwr.reject import BOUNDS, Rejects, all_marks, pairs, sheet
from hwr.runs import create
from hwr.synthetic import draw_text
from hwr.synthetic.junk import KINDS, mark, marks
from hwr.train import train


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mark_leaves_ink_and_follows_from_the_seed(kind):
    for seed in range(20):
        ink = mark(np.random.default_rng(seed), kind)
        assert ink.dtype == np.uint8
        assert ink.max() > 100
        assert np.array_equal(ink, mark(np.random.default_rng(seed), kind))


def test_no_mark_is_a_plain_ring_or_bar():
    ring, thick, bar, flat, two = (np.zeros((60, 60), np.uint8) for _ in range(5))
    cv2.ellipse(ring, (30, 30), (20, 26), 10, 0, 360, 255, 3)
    cv2.ellipse(thick, (30, 30), (18, 24), 10, 0, 360, 255, 13)
    cv2.line(bar, (28, 5), (32, 55), 255, 7)
    cv2.line(flat, (5, 28), (55, 32), 255, 7)
    cv2.ellipse(two, (15, 30), (10, 24), 0, 0, 360, 255, 3)
    cv2.ellipse(two, (40, 30), (10, 24), 0, 0, 360, 255, 3)
    assert [is_ring_or_bar(ink) for ink in (ring, thick, bar, flat, two)] == [True, True, True, False, False]
    assert not is_ring_or_bar(np.full((40, 40), 255, np.uint8))  # a blot
    assert not any(
        is_ring_or_bar(mark(np.random.default_rng(seed), kind)) for kind in ("coil", "blot") for seed in range(99)
    )


def test_a_ring_or_bar_is_hardly_taken_for_a_mark():
    ring, bar, blot = (np.zeros((28, 28), np.uint8) for _ in range(3))
    cv2.ellipse(ring, (14, 14), (8, 10), 10, 0, 360, 255, 3)
    cv2.line(bar, (14, 4), (14, 24), 255, 3)
    cv2.circle(blot, (14, 14), 10, 255, -1)
    chances = spared(np.array([0.9, 0.9, 0.9, 0.999], np.float32), np.stack([ring, bar, blot, ring]))
    assert chances[:2].max() < 0.4
    assert chances[2] == pytest.approx(0.9)
    assert chances[3] > 0.9  # the network is very sure
    assert np.array_equal(spared(np.zeros(1, np.float32), ring[None]), [0])
    assert spared(np.ones(1, np.float32), blot[None])[0] == pytest.approx(1)


def test_marks_differ_from_one_another():
    glyphs = marks(60, seed=1, framing="emnist")
    assert glyphs.shape == (60, 28, 28)
    assert len({glyph.tobytes() for glyph in glyphs}) == 60


def test_some_marks_come_off_a_sheet_and_are_shown_as_often_as_the_others():
    glyphs = all_marks(40, seed=3, framing="mnist")
    assert glyphs.shape == (40, 28, 28)
    assert glyphs.any((1, 2)).all()
    assert np.array_equal(glyphs[:37], marks(37, seed=3, framing="mnist"))
    assert np.array_equal(glyphs, all_marks(40, seed=3, framing="mnist"))
    rejects = Rejects(TrainConfig(reject=0.99, limit=40), "mnist")
    pictures, labels = torch.rand(3000, 1, 28, 28), torch.zeros(3000, dtype=torch.long)
    shown = rejects.beside(pictures, labels, 10, torch.Generator().manual_seed(0))[0][3000:, 0].mul(255).round().byte()
    papered = (shown[:, None] == rejects.pool[None, 37:]).all(3).all(2).any(1)
    drawn = (shown[:, None] == rejects.pool[None, :37]).all(3).all(2).any(1)
    assert int(papered.sum()) == pytest.approx(int(drawn.sum()), rel=0.2)
    greys = [sheet(np.random.default_rng(seed)) for seed in range(40)]
    assert all(grey.dtype == np.uint8 and np.median(grey) > 90 for grey in greys)
    assert {grey.std() < 12 for grey in greys} == {True, False}  # some are empty


def test_a_batch_gets_its_share_of_marks_with_a_label_of_their_own():
    rejects = Rejects(TrainConfig(reject=0.25, limit=50), "mnist")
    pictures, labels = torch.rand(40, 1, 28, 28), torch.arange(40) % 10
    more, targets = rejects.beside(pictures, labels, 10, torch.Generator().manual_seed(0))
    assert torch.equal(more[:40], pictures)
    assert torch.equal(targets[:40], labels)
    assert targets[40:].tolist() == [10] * 10
    assert (more[40:].amax((1, 2, 3)) > 0).all()


def test_without_a_share_nothing_is_added():
    rejects = Rejects(TrainConfig(), "mnist")
    pictures, labels = torch.rand(4, 1, 28, 28), torch.arange(4)
    assert rejects.extra == 0
    assert rejects.beside(pictures, labels, 10, torch.Generator())[0] is pictures


def test_the_marks_to_judge_by_are_drawn_once_and_are_not_those_to_learn_from(monkeypatch):
    drawn = []
    monkeypatch.setattr(reject, "all_marks", lambda count, **how: drawn.append(how["seed"]) or all_marks(count, **how))
    rejects = Rejects(TrainConfig(reject=0.25, limit=20, seed=3), "mnist")
    model, values = build("simple", 11).eval(), torch.zeros(40, 11)
    first = rejects.judge(model, values, "0123456789")
    assert rejects.judge(model, values, "0123456789") == first
    assert drawn == [6, 7]
    assert not (rejects.held[:, None] == rejects.pool.numpy()[None]).all((2, 3)).any()


def test_two_characters_stand_side_by_side():
    left = torch.zeros(1, 1, 28, 28)
    left[..., 4:24, 12:16] = 1
    (picture,) = pairs(left, 1, torch.Generator())[:, 0]
    columns = picture.amax(0) > 0.5
    assert columns[:14].any()
    assert columns[15:].any()
    assert not columns[12:15].any()


def test_the_chance_of_nothing_is_its_share_beside_all_classes():
    values = torch.tensor([[0.0, 0.0, np.log(2.0)], [5.0, 0.0, -50.0]])
    assert nothing(values, "ab") == pytest.approx([0.5, 0.0], abs=1e-6)
    assert nothing(values[:, :2], "ab").tolist() == [0, 0]
    assert probabilities(values, "ab")[1].shape == (2, 2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rejects")
    config = TrainConfig(
        dataset="synthetic", classes="0-9", test="none", model="simple", epochs=4, limit=3000, lr=0.004, reject=0.4
    )
    return train(config, create(config, folder), folder=folder)


def test_a_trained_network_rejects_marks_and_keeps_characters(trained):
    recognizer = Recognizer.load(trained)
    info = checkpoint.read_info(trained)
    assert BOUNDS[0] <= info["reject"]["threshold"] <= BOUNDS[1]
    assert info["reject"]["refused"] < 0.05
    rng = np.random.default_rng(5)
    drawn = [mark(rng, kind) for kind in ("scribble", "hatching", "texture", "grid", "several") for _ in range(8)]
    read = [recognizer.read_ink(ink, layout="char").text for ink in drawn]
    assert sum(text == "" for text in read) >= 34
    kept = [recognizer.read(draw_text(char, seed=seed), layout="char").text for char in "0123456789" for seed in (1, 2)]
    assert sum(text != "" for text in kept) >= 18


def test_a_person_can_have_everything_read(trained):
    recognizer = Recognizer.load(trained)
    scribble = mark(np.random.default_rng(3), "hatching")
    page = recognizer.read_ink(scribble, layout="char", reject=1)
    assert len(page.text) == 1
    assert page.glyphs[0].reject > 0.5


def test_weights_that_reject_start_a_training_with_other_classes(trained, tmp_path):
    config = TrainConfig(
        dataset="synthetic", classes="0-9A-C", test="none", model="simple", epochs=1, limit=600, reject=0.2,
        init_from=str(trained), lr=1e-6, ema=0, clean_epochs=0,
    )  # fmt: skip
    best = train(config, create(config, tmp_path), folder=tmp_path)
    before, after = (checkpoint.load(path)[0].head for path in (trained, best))
    assert torch.allclose(after.weight[:10], before.weight[:10], atol=1e-3)
    assert torch.allclose(after.weight[-1], before.weight[-1], atol=1e-3)


def test_a_network_without_the_column_never_rejects():
    recognizer = Recognizer(build("simple", 10), {"classes": "0123456789", "framing": "mnist"})
    assert recognizer.threshold > 1
    assert len(recognizer.read_ink(mark(np.random.default_rng(3), "hatching"), layout="char").glyphs) == 1
