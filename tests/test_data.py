"""Datasets: shapes, orientation, labels, joins, splits, own folders, and what goes wrong with them."""

import errno
import os
import time
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from hwr.classes import CLASSES, DIGITS, LETTERS, MERGED
from hwr.data import DATASETS, Dataset, Source, drop_shared, load, split
from hwr.download import fetched
from hwr.errors import HwrError
from hwr.preprocess import frame_all
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


OTHER_SPLIT = [
    ("emnist-letters", "emnist-bymerge"),
    ("emnist-balanced", "emnist-bymerge"),
    ("emnist-digits", "emnist-bymerge"),
    ("emnist-mnist", "mnist"),
    ("emnist-byclass", "emnist-bymerge"),
    ("emnist-bymerge", "emnist-letters"),
    ("mnist", "emnist-bymerge"),
]


@pytest.mark.data
@pytest.mark.parametrize(("name", "weights"), OTHER_SPLIT)
def test_mean_pictures_are_upright_and_rightly_named(name, weights, data_dir):
    """A model trained on another split finds each class in its mean picture: neither order nor orientation is wrong.

    The mean of two shapes of one class is no letter, so the right answer may stand third; mirrored it must get far worse.
    """
    recognizer, data, chars = _known_part(name, weights, data_dir)
    means = np.stack([_mean(data.images[data.labels == data.classes.index(char)]) for char in chars])
    third, first = _found(recognizer, means, chars)
    assert third == 1.0
    assert first >= 0.75
    assert _found(recognizer, means.transpose(0, 2, 1), chars)[1] < 0.6


@pytest.mark.data
@pytest.mark.parametrize(("name", "weights"), OTHER_SPLIT)
def test_each_class_is_read_as_itself_by_another_split(name, weights, data_dir):
    """On fifty pictures of each class the likeliest answer is that class, or one that looks the same."""
    recognizer, data, chars = _known_part(name, weights, data_dir)
    alike = [set("0O"), set("1IL"), set("9GQ"), set("5S"), set("2Z")]
    for char in chars:
        images = data.images[data.labels == data.classes.index(char)][:50]
        characters, chances = recognizer.predict(images, "".join(chars))
        answer = characters[int(chances.mean(0).argmax())].upper()
        assert answer == char.upper() or {answer, char.upper()} in alike or {answer, char.upper()} <= set("1IL9GQ"), (
            char
        )


def _known_part(name: str, weights: str, folder: Path) -> tuple[Recognizer, Dataset, list[str]]:
    """A model, a dataset of another split framed for it, and the classes of the data that the model has in either case."""
    recognizer = Recognizer.load(weights)
    data = load(name, Source("train", folder))
    known = set(recognizer.classes.upper())
    chars = [char for char in data.classes if char.upper() in known]
    few = np.concatenate([np.flatnonzero(data.labels == data.classes.index(char))[:400] for char in chars])
    data = data.take(few)
    if data.framing != recognizer.framing:
        data = replace(data, images=frame_all(list(data.images), recognizer.framing), framing=recognizer.framing)
    return recognizer, data, chars


def _found(recognizer: Recognizer, glyphs: np.ndarray, chars: list[str]) -> tuple[float, float]:
    """The shares of glyphs whose own character, in either case, is among the first three answers, and is the first."""
    characters, chances = recognizer.predict(np.ascontiguousarray(glyphs), "".join(chars))
    best = [[characters[place].upper() for place in row[:3]] for row in np.argsort(-chances, axis=1)]
    pairs = list(zip(chars, best, strict=True))
    return float(np.mean([c.upper() in row for c, row in pairs])), float(
        np.mean([c.upper() == row[0] for c, row in pairs])
    )


def _mean(images: np.ndarray) -> np.ndarray:
    """The mean picture of a class as a glyph: what is darker than around it, which takes off the haze of the mean."""
    mean = images.astype(np.float32).mean(0)
    sharp = np.clip(mean - cv2.GaussianBlur(mean, (0, 0), 4), 0, None)
    return (np.sqrt(sharp / sharp.max()) * 255).astype(np.uint8)


def test_registry_has_mnist_all_splits_and_synthetic():
    assert {*SIZES, "synthetic", "unipen"} <= set(DATASETS)
    for name, entry in DATASETS.items():
        assert entry.classes or name == "mine", name
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


class Fetched:
    """A dataset as torchvision's are: two files in a folder, written by the download."""

    def __init__(self, folder: Path, fetch: bool, *, fails: Exception | None = None, half: bool = False):
        raw = folder / "small" / "raw"
        if fetch:
            raw.mkdir(parents=True)
            (raw / "images.gz").write_bytes(b"packed")
            np.save(raw / "images.npy", np.ones((3, 28, 28), np.uint8))
            if fails:
                raise fails
            np.save(raw / "labels.npy", np.arange(2 if half else 3))
        if not (raw / "labels.npy").is_file():
            raise RuntimeError("Dataset not found. You can use download=True to download it")
        self.data, self.targets = (torch.from_numpy(np.load(raw / f"{name}.npy")) for name in ("images", "labels"))


def test_a_download_is_moved_in_when_it_is_whole(tmp_path):
    folder = tmp_path / "new" / "data"
    images, labels = fetched(Fetched, "small", folder)
    assert images.shape == (3, 28, 28)
    assert labels.tolist() == [0, 1, 2]
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == ["small/raw/images.npy", "small/raw/labels.npy"]
    (folder / "small" / "raw" / "labels.npy").unlink()
    assert len(fetched(Fetched, "small", folder)[1]) == 3


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (URLError("Name or service not known"), "not in .* and cannot be downloaded: connect to the internet once"),
        (RuntimeError("File not found or corrupted."), "cannot be downloaded"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "cannot be downloaded"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device.*free some space"),
        (KeyboardInterrupt(), None),
    ],
)
def test_a_download_that_breaks_off_leaves_nothing(error, sentence, tmp_path):
    folder = tmp_path / "new" / "data"
    with pytest.raises(HwrError if sentence else KeyboardInterrupt, match=sentence):
        fetched(lambda root, fetch: Fetched(root, fetch, fails=error), "small", folder)
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(HwrError, match="choose another --data-dir"):
        fetched(Fetched, "small", tmp_path / "data")


def test_pictures_and_labels_that_do_not_belong_together_are_damaged(tmp_path):
    with pytest.raises(HwrError, match="damaged: delete its files in"):
        fetched(lambda root, fetch: Fetched(root, fetch, half=True), "small", tmp_path)


def test_what_a_killed_download_left_is_removed_a_day_later(tmp_path):
    for name, age in (("old", 100_000), ("young", 100)):
        (tmp_path / f".download-{name}").mkdir()
        os.utime(tmp_path / f".download-{name}", times=(time.time() - age, time.time() - age))
    fetched(Fetched, "small", tmp_path)
    assert [path.name for path in tmp_path.glob(".*")] == [".download-young"]


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
    with pytest.raises(HwrError, match="at least three"):
        split(small(2), 0.1, 0)
    train, valid = split(small(3), 0.01, 0)
    assert (len(train), len(valid)) == (2, 1)


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
    with pytest.raises(HwrError, match=r"3/\d+\.png"):
        load(f"folder:{folder}", Source("train", tmp_path))


def test_odd_sub_folder_is_named(tmp_path):
    folder = _folder(tmp_path, "37", 4)
    (folder / "seven").mkdir()
    with pytest.raises(HwrError, match=r"seven.*not named by one character"):
        load(f"folder:{folder}", Source("train", tmp_path))


def test_damaged_dataset_is_a_sentence(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (raw / f"{name}-ubyte").write_bytes(b"\0\0\x08\x03 cut")
    with pytest.raises(HwrError, match="damaged"):
        load("mnist", Source("train", tmp_path))


def test_some_are_a_seeded_choice_rendered_alone(tmp_path, data_dir):
    whole = load("mnist", Source("test", data_dir))
    some = load("mnist", Source("test", data_dir, some=50))
    assert len(some) == 50
    again = load("mnist", Source("test", data_dir, some=50))
    assert np.array_equal(some.images, again.images)
    assert {image.tobytes() for image in some.images} <= {image.tobytes() for image in whole.images}
    assert len(load("synthetic", Source("test", tmp_path, some=30))) == 30


@pytest.mark.parametrize("part", ["train", "test"])
def test_some_of_unipen_are_of_its_part_and_classes(part, data_dir):
    from hwr.unipen import writer_split

    some = load("unipen-digits", Source(part, data_dir, classes="37", some=60))
    assert len(some) == 60
    assert set(some.labels) == {0, 1}
    assert (writer_split(some.groups) == (part == "test")).all()
