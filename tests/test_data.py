"""Datasets: shapes, orientation, labels, joins, splits, own folders, and what goes wrong with them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwr.classes import CLASSES, DIGITS, LETTERS, MERGED
from hwr.data import DATASETS, Dataset, Source, drop_shared, load, split
from hwr.errors import HwrError
from hwr.recognize import Recognizer
from hwr.synthetic import draw_text

SIZES = {
    "mnist": (60_000, 10_000),
    "emnist-balanced": (11_120, 2_304),
    "emnist-bymerge": (144_363, 116_323),
    "emnist-byclass": (96_962, 19_361),
    "emnist-letters": (94_386, 14_800),
    "emnist-digits": (11_904, 238),
    "emnist-mnist": (17_368, 10_000),
}


def small(count: int = 40, groups: np.ndarray | None = None) -> Dataset:
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return Dataset("small", images, np.arange(count) % 10, DIGITS, "mnist", groups)


@pytest.mark.data
@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_labels(name, data_dir):
    for part, size in zip(("train", "test"), SIZES[name], strict=True):
        data = load(name, Source(part, data_dir))
        assert data.images.shape == (size, 28, 28)
        assert data.images.dtype == np.uint8
        assert data.labels.min() >= 0
        assert data.labels.max() < len(data.classes)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("emnist-letters", "emnist-bymerge"),
        ("emnist-balanced", "emnist-bymerge"),
        ("emnist-digits", "emnist-bymerge"),
        ("emnist-mnist", "mnist"),
        ("emnist-byclass", "emnist-bymerge"),
        ("emnist-bymerge", "emnist-letters"),
        ("mnist", "emnist-bymerge"),
    ],
)
def test_mean_pictures_are_upright_and_rightly_named(name, weights, data_dir):
    """A model trained on another split reads the mean picture of each class: neither order nor orientation is wrong."""
    recognizer = Recognizer.load(weights)
    known = {char.upper() for char in recognizer.classes}
    data = load(name, Source("train", data_dir, recognizer.framing))
    chars = [char for char in data.classes if char.upper() in known]
    means = [data.images[data.labels == data.classes.index(char)].mean(0) for char in chars]
    sharp = np.stack([_contrast(mean) for mean in means])
    characters, chances = recognizer.predict(sharp)
    best = np.argsort(-chances, axis=1)[:, :3]
    wrong = [c for c, row in zip(chars, best, strict=True) if c.upper() not in {characters[i].upper() for i in row}]
    first = np.mean([c.upper() == characters[row[0]].upper() for c, row in zip(chars, best, strict=True)])
    assert len(wrong) <= len(chars) // 10, wrong
    assert first >= 0.75, first


def _contrast(mean: np.ndarray) -> np.ndarray:
    """A mean picture as a glyph: what is above its middle tone, stretched to the full range."""
    low, high = np.percentile(mean, 75), mean.max()
    return np.clip((mean - low) / (high - low) * 255, 0, 255).astype(np.uint8)


def test_registry_has_mnist_all_splits_and_synthetic():
    assert {*SIZES, "synthetic", "unipen"} <= set(DATASETS)
    for name, entry in DATASETS.items():
        assert entry.classes, name
        assert entry.framing in ("mnist", "emnist")
    assert DATASETS["emnist-letters"].classes == LETTERS
    assert DATASETS["emnist-balanced"].classes == MERGED == CLASSES["bymerge"]


def test_unknown_dataset_lists_the_known(tmp_path):
    with pytest.raises(HwrError, match="emnist-letters"):
        load("mnisst", Source("train", tmp_path))


def test_offline_is_one_sentence(tmp_path, monkeypatch):
    from torchvision.datasets import MNIST

    def unreachable(self):
        raise RuntimeError("Error downloading: <urlopen error [Errno -2] Name or service not known>")

    monkeypatch.setattr(MNIST, "download", unreachable)
    with pytest.raises(HwrError, match="cannot be downloaded: connect to the internet once"):
        load("mnist", Source("train", tmp_path))


def test_synthetic_is_seeded_and_framed_as_asked(tmp_path):
    one = load("synthetic", Source("test", tmp_path, "mnist", 3, "0123456789", 500))
    two = load("synthetic", Source("test", tmp_path, "mnist", 3, "0123456789", 500))
    other = load("synthetic", Source("test", tmp_path, "mnist", 4, "0123456789", 500))
    assert np.array_equal(one.images, two.images)
    assert not np.array_equal(one.images, other.images)
    assert set(one.labels.tolist()) <= set(range(len(one.classes)))
    assert one.framing == "mnist"


def test_join_has_one_set_of_classes(tmp_path):
    folder = _folder(tmp_path / "own", "AB", 12)
    source = Source("train", tmp_path, classes="0Aa", framing="emnist", limit=300)
    joined = load(f"synthetic+folder:{folder}", source)
    assert joined.classes == "0Aa"
    own = load(f"folder:{folder}", source)
    assert set(own.labels.tolist()) == {1}
    assert len(joined) == 300 + len(own)


def test_drop_shared_compares_bytes():
    data = small()
    test = replace(data.take(np.arange(5)), name="test")
    left = drop_shared(data, test)
    assert len(left) == 35
    assert np.array_equal(left.images, data.images[5:])
    assert len(drop_shared(left, test)) == 35


def test_split_is_seeded_and_whole():
    data = small(200)
    train, valid = split(data, 0.2, 0)
    assert len(train) + len(valid) == 200
    assert 20 < len(valid) < 60
    assert np.array_equal(split(data, 0.2, 0)[1].images, valid.images)
    assert not np.array_equal(split(data, 0.2, 1)[1].images[:9], valid.images[:9])


def test_split_keeps_writers_apart():
    groups = np.array([f"writer{n % 20}" for n in range(200)])
    train, valid = split(small(200, groups), 0.3, 0)
    assert train.groups is not None
    assert valid.groups is not None
    assert not set(train.groups) & set(valid.groups)
    assert len(valid) > 0


def test_split_of_too_little_is_a_sentence():
    with pytest.raises(HwrError, match="at least two"):
        split(small(1), 0.1, 0)
    train, valid = split(small(2), 0.01, 0)
    assert len(train) == len(valid) == 1


def _folder(path: Path, classes: str, count: int) -> Path:
    for char in classes:
        (path / char).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(draw_text(char, seed=number)).save(path / char / f"{number}.png")
    return path


def test_own_folder(tmp_path):
    folder = _folder(tmp_path, "37", 15)
    train = load(f"folder:{folder}", Source("train", tmp_path))
    test = load(f"folder:{folder}", Source("test", tmp_path))
    assert train.classes == "37"
    assert len(train) + len(test) == 30
    assert (train.images.reshape(len(train), -1).max(1) > 100).all()
    assert {image.tobytes() for image in train.images}.isdisjoint(image.tobytes() for image in test.images)


def test_folder_without_classes_or_pictures(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(HwrError, match="has no classes"):
        load(f"folder:{tmp_path / 'empty'}", Source("train", tmp_path))
    with pytest.raises(HwrError, match="There is no folder"):
        load(f"folder:{tmp_path / 'nowhere'}", Source("train", tmp_path))
    (tmp_path / "bare" / "7").mkdir(parents=True)
    with pytest.raises(HwrError, match="has no pictures"):
        load(f"folder:{tmp_path / 'bare'}", Source("train", tmp_path))


def test_folder_with_a_broken_picture_names_it(tmp_path):
    folder = _folder(tmp_path, "3", 12)
    for file in (folder / "3").iterdir():
        file.write_text("no picture")
    with pytest.raises(HwrError, match=r"\.png"):
        load(f"folder:{folder}", Source("train", tmp_path))
