"""insight.py: what the best epoch got wrong is found, written whole, and read again without torch."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from hwr import insight
from hwr.data import Dataset
from hwr.errors import HwrError
from hwr.train import train
from tests.test_train import finish, same, weights


@pytest.fixture
def data():
    """Four pictures of a, b and c, told apart by their brightness."""
    images = np.zeros((4, 28, 28), np.uint8) + np.array([10, 20, 30, 40], np.uint8)[:, None, None]
    return Dataset("four", images, np.array([0, 1, 2, 2]), "abc", "mnist")


CHANCES = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.99, 0.005, 0.005], [0.3, 0.3, 0.4]], np.float32)


def test_the_highest_loss_comes_first_and_confusion_counts_all(data):
    found = insight.measure(CHANCES, data, 3)
    assert found.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert found.images[:, 0, 0].tolist() == [30, 40, 20, 10]
    assert found.labels.tolist() == [2, 2, 1, 0]
    assert found.answers.tolist() == [0, 2, 1, 0]
    assert found.losses[0] == pytest.approx(-np.log(0.005), rel=1e-4)
    assert found.confidences[0] == pytest.approx(0.99)
    assert (found.epoch, found.classes) == (3, "abc")


def test_an_impossible_answer_has_a_finite_loss_and_few_pictures_are_kept(data):
    many = data.take(np.zeros(500, int))
    chances = np.tile(np.array([0, 1, 0], np.float32), (500, 1))
    found = insight.measure(chances, many, 1)
    assert len(found.labels) == insight.WORST
    assert np.isfinite(found.losses).all()


def test_what_is_written_is_read(tmp_path, data):
    assert insight.read(tmp_path) is None
    made = insight.measure(CHANCES, data, 3)
    insight.save(tmp_path, made)
    found = insight.read(tmp_path)
    assert all(np.array_equal(value, vars(made)[key]) for key, value in vars(found).items())
    assert [path.name for path in tmp_path.iterdir()] == [insight.NAME]


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.array([0, 1, 2, 9])},
        {"classes": "ab"},
        {"losses": np.zeros(2)},
        {"images": np.zeros((4, 3, 3), np.uint8)},
    ],
)
def test_what_does_not_fit_together_is_a_sentence(tmp_path, data, change):
    insight.save(tmp_path, replace(insight.measure(CHANCES, data, 3), **change))
    with pytest.raises(HwrError, match="damaged"):
        insight.read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"nothing of ours", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_foreign_file_is_a_sentence(tmp_path, content):
    (tmp_path / insight.NAME).write_bytes(content)
    with pytest.raises(HwrError, match="damaged"):
        insight.read(tmp_path)


def test_a_newer_format_says_so(tmp_path, data, monkeypatch):
    monkeypatch.setattr(insight, "FORMAT", 2)
    insight.save(tmp_path, insight.measure(CHANCES, data, 3))
    monkeypatch.undo()
    with pytest.raises(HwrError, match="newer"):
        insight.read(tmp_path)


def test_a_training_writes_that_of_its_best_epoch(quick, tmp_path):
    run = finish(replace(quick, epochs=3), tmp_path)
    rows = [row for row in run.metrics() if row["kind"] == "epoch"]
    best = min(rows, key=lambda row: row["valid_loss"])
    found = insight.read(run.path)
    assert found.epoch == best["epoch"]
    right = found.confusion.diagonal().sum() / found.confusion.sum()
    assert right == pytest.approx(best["valid_accuracy"])
    assert (np.diff(found.losses) <= 0).all()


def test_it_is_the_same_after_a_stop(quick, tmp_path):
    whole = finish(replace(quick, epochs=3), tmp_path)
    run = finish(replace(quick, epochs=3), tmp_path / "other")
    for name in ("state.safetensors", "last.safetensors", insight.NAME, "best.safetensors"):
        (run.path / name).unlink()
    train(replace(quick, epochs=3), run, folder=tmp_path, resume=True)
    assert same(weights(whole), weights(run))
    one, two = insight.read(whole.path), insight.read(run.path)
    assert all(np.array_equal(value, vars(two)[key]) for key, value in vars(one).items())


def test_reading_loads_no_torch(tmp_path):
    code = "import pathlib, sys; from hwr import insight; insight.read(pathlib.Path()); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
