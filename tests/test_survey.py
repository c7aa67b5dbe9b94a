"""What is found of a dataset: counts and strokes, likely label errors, near duplicates, the map; what is kept of it."""

import json
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from hwr import data, download, kept
from hwr.apart import run_apart
from hwr.cli import main
from hwr.data import Source, load
from hwr.dataset import Dataset
from hwr.download import fetch
from hwr.errors import HwrError
from hwr.idx import mapped
from hwr.kept import Finding
from hwr.mine import Mine
from hwr.survey import Subject, Work, do, done, done_apart, embedding, folds, work
from hwr.survey.confident import issues, thresholds
from hwr.survey.duplicates import cosines, most_alike, projected, space, unit
from hwr.survey.report import sheet
from hwr.survey.summary import measured, summed
from hwr.synthetic import glyphs


def quiet(*_) -> None:
    """Says nothing."""


def write_idx(head: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Files as MNIST's."""
    head.parent.mkdir(parents=True, exist_ok=True)
    pictures = struct.pack(">4I", 2051, len(images), 28, 28) + images.tobytes()
    head.with_name(head.name + "-images-idx3-ubyte").write_bytes(pictures)
    marks = struct.pack(">2I", 2049, len(labels)) + labels.astype(np.uint8).tobytes()
    head.with_name(head.name + "-labels-idx1-ubyte").write_bytes(marks)


def little_mnist(folder: Path, train: int = 200, test: int = 40) -> Path:
    """A data folder whose `mnist` are a few digits of our own hand; the first test picture is in the training part too."""
    images, labels = glyphs("0123456789", train + test, seed=3, framing="mnist")
    images[train], labels[train] = images[7], labels[7]
    raw = folder / "MNIST" / "raw"
    write_idx(raw / "train", images[:train], labels[:train])
    write_idx(raw / "t10k", images[train:], labels[train:])
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return little_mnist(tmp_path_factory.mktemp("data"))


@pytest.fixture
def subject(folder) -> Subject:
    return Subject("mnist", folder)


def test_files_are_opened_without_being_read_and_never_written(folder):
    head = folder / "MNIST" / "raw" / "train"
    file = head.with_name("train-images-idx3-ubyte")
    before = file.read_bytes()
    images, labels = mapped(head)
    assert (images.shape, images.dtype, labels.dtype) == ((200, 28, 28), np.uint8, np.int64)
    assert images[5].tobytes() == before[16 + 5 * 784 : 16 + 6 * 784]
    images[5] = 77
    assert file.read_bytes() == before
    loaded, same = load("mnist", Source("train", folder)), load("mnist", Source("train", folder, mapped=True))
    np.testing.assert_array_equal(loaded.images, same.images)
    np.testing.assert_array_equal(loaded.labels, same.labels)


@pytest.mark.parametrize("harm", ["short", "magic", "labels", "absent"])
def test_files_that_are_not_whole_are_none(harm, folder, tmp_path):
    source = folder / "MNIST" / "raw"
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        content = (source / name).read_bytes()
        content = content[:-1] if harm == "short" and "images" in name else content
        content = b"\x00" + content[:-1] if harm == "magic" else content
        content = content[:-1] if harm == "labels" and "labels" in name else content
        (tmp_path / name).write_bytes(content)
    if harm == "absent":
        (tmp_path / "train-labels-idx1-ubyte").unlink()
    assert mapped(tmp_path / "train") is None


def test_emnist_stands_upright_mapped_or_not(tmp_path):
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 3, 20] = 255
    for part in ("train", "test"):
        write_idx(tmp_path / "EMNIST" / "raw" / f"emnist-letters-{part}", images, np.array([1, 2, 3, 26]))
    for stays in (False, True):
        found = load("emnist-letters", Source("test", tmp_path, mapped=stays))
        assert found.labels.tolist() == [0, 1, 2, 25]
        assert found.images[0, 20, 3] == 255
    assert not load("emnist-letters", Source("test", tmp_path, mapped=True)).images.flags["C_CONTIGUOUS"]


def test_what_is_kept_comes_back_and_damage_counts_as_none():
    finding = Finding({"n": 3, "name": "ü"}, {"a": np.arange(6).reshape(2, 3), "b": np.zeros(0, np.float32)})
    kept.write("show", "key", finding)
    back = kept.read("show", "key")
    assert back.figures == finding.figures
    np.testing.assert_array_equal(back.arrays["a"], finding.arrays["a"])
    assert kept.read("show", "other") is None
    file = kept.place("show", "key")
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    file.write_bytes(content)
    assert kept.read("show", "key") is None


def test_only_so_many_are_kept():
    for number in range(6):
        kept.write("show", str(number), Finding({}), most=3)
    assert len(list((kept.cache_folder() / "show").iterdir())) == 3


def test_where_nothing_can_be_kept_it_says_so(tmp_path, monkeypatch, subject):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWR_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(HwrError, match="HWR_CACHE"):
        do(Work("show", subject), quiet)


def bars(widths: list[int]) -> np.ndarray:
    pictures = np.zeros((len(widths), 28, 28), np.uint8)
    for number, width in enumerate(widths):
        pictures[number, 3:25, 6 : 6 + width] = 255
    return pictures


def test_the_width_of_a_bar_is_measured():
    share, width = measured(bars([2, 3, 5, 0]).astype(np.float32))
    assert share == pytest.approx([w * 22 / 784 for w in (2, 3, 5, 0)])
    assert width[:3] == pytest.approx([2, 3, 5], rel=0.2)  # its two ends are edge too
    assert width[3] == 0
    tilted = np.zeros((1, 28, 28), np.float32)
    rows, columns = np.mgrid[:28, :28]
    tilted[0][np.abs(rows - columns) <= 2] = 255  # 5 steps across a diagonal
    assert measured(tilted)[1] == pytest.approx(5 / np.sqrt(2), rel=0.2)


def test_mean_spread_and_counts_are_those_of_numpy(monkeypatch):
    monkeypatch.setattr("hwr.survey.summary.CHUNK", 7)
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (40, 28, 28), np.uint8), random.integers(0, 3, 40)
    found = summed(images, labels, 4, quiet)
    assert found["counts"].tolist() == [*np.bincount(labels), 0]
    for place in range(3):
        some = images[labels == place].astype(float)
        np.testing.assert_allclose(found["mean"][place], some.mean(0), atol=1e-3)
        np.testing.assert_allclose(found["spread"][place], some.std(0), atol=1e-2)
    assert not found["mean"][3].any()
    assert len(found["ink"]) == len(found["stroke"]) == 40


def test_confident_learning_on_a_case_by_hand():
    # Of class 0 the mean chance is (0.9 + 0.8 + 0.1) / 3 = 0.6, of class 1 (0.7 + 0.6 + 0.2) / 3 = 0.5.
    first = np.array([0.9, 0.8, 0.1, 0.3, 0.4, 0.8])
    chances, labels = np.stack([first, 1 - first], 1), np.array([0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(thresholds(chances, labels), [0.6, 0.5])
    found = issues(chances, labels)
    assert found.places.tolist() == [2, 5]  # 0.1 against 0.9, then 0.2 against 0.8
    assert found.guesses.tolist() == [1, 0]
    assert found.likely.all()
    assert found.margins == pytest.approx([-0.8, -0.6])
    assert found.joint.tolist() == [[2, 1], [1, 2]]


def test_what_is_below_its_class_mean_is_in_doubt_but_not_likely_wrong():
    chances = np.array([[0.98, 0.02, 0.0], [0.02, 0.98, 0.0], [0.4, 0.6, 0.0], [0.98, 0.02, 0.0]])
    found = issues(chances, np.array([0, 1, 0, 1]))
    # Class 1 has the mean (0.98 + 0.02) / 2; class 0 (0.98 + 0.4) / 2 = 0.69. The third counts as 1, the fourth as 0.
    assert found.places.tolist() == [3, 2]
    found = issues(chances[:3], np.array([0, 1, 0]))
    assert (found.places.tolist(), found.likely.tolist()) == ([2], [False])  # 0.6 is less than 0.98
    assert issues(chances[:2], np.array([0, 1])).places.tolist() == []


def test_folds_hold_every_class_and_keep_writers_together():
    labels = np.repeat(np.arange(4), 25)
    alone = Dataset("x", np.zeros((100, 28, 28), np.uint8), labels, "abcd", "mnist")
    fold = folds.folds(alone, 5, 0)
    assert all(np.bincount(labels[fold == number]).tolist() == [5] * 4 for number in range(5))
    writers = np.arange(100) % 11
    together = folds.folds(Dataset("x", alone.images, labels, "abcd", "mnist", writers), 5, 0)
    assert all(len(set(together[writers == writer])) == 1 for writer in range(11))
    assert len(set(together)) == 5


def test_wrong_labels_are_found(monkeypatch):
    monkeypatch.setattr(folds, "STEPS", 40)
    monkeypatch.setattr(folds, "FOLDS", 3)
    images, labels = glyphs("0123", 160, seed=1, framing="mnist")
    planted = np.arange(0, 160, 16)
    wrong = labels.copy()
    wrong[planted] = (wrong[planted] + 1) % 4
    told: list[tuple[str, float]] = []
    given = Dataset("x", images, wrong, "0123", "mnist")
    chances = folds.held_out_chances(given, lambda what, share: told.append((what, share)))
    assert chances.shape == (160, 4)
    np.testing.assert_allclose(chances.sum(1), 1, atol=1e-4)
    found = issues(chances, wrong)
    assert len(set(found.places[:10]) & set(planted)) >= 8
    right = [int(guess) == labels[place] for place, guess in zip(found.places, found.guesses, strict=True)]
    assert np.mean(right[:8]) > 0.8
    with pytest.raises(HwrError, match="too small"):
        folds.held_out_chances(given.take(np.arange(4)), quiet)


def test_the_most_alike_are_those_of_all_pairs(monkeypatch, subject):
    monkeypatch.setattr("hwr.survey.duplicates.ROWS", 7)
    monkeypatch.setattr("hwr.survey.duplicates.COLUMNS", 33)
    train, test = subject.part("train"), subject.part("test")
    basis = space(train.images)
    np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-4)
    asked, known = (projected(part.images, basis, quiet) for part in (test, train))
    nearest = most_alike(asked, known, quiet)
    np.testing.assert_array_equal(nearest, (asked @ known.T).argmax(1))
    whole = unit(test.images) @ unit(train.images).T
    found = cosines(test.images, train.images, nearest)
    np.testing.assert_allclose(found, whole[np.arange(len(nearest)), nearest], atol=1e-5)
    assert (found >= whole.max(1) - 0.02).all()  # the smaller space loses little
    assert unit(np.zeros((1, 28, 28), np.uint8)).sum() == 0


def test_a_picture_of_both_parts_is_told(subject):
    found = do(Work("duplicates", subject), quiet)
    assert found.figures["same"] == 1
    assert (found.arrays["test"][0], found.arrays["train"][0]) == (0, 7)
    assert found.arrays["alike"][0] == pytest.approx(1)
    assert sum(found.figures["histogram"]) == found.figures["test"] == 40


def test_a_map_brings_together_what_belongs_together():
    torch.manual_seed(0)
    centres = 8 * torch.randn(3, 10)
    points = torch.cat([centre + torch.randn(30, 10) for centre in centres])
    flat = embedding.tsne(points, rounds=200)
    labels = torch.arange(90) // 30
    near = torch.cdist(flat, flat).fill_diagonal_(torch.inf).topk(5, largest=False).indices
    assert (labels[near] == labels[:, None]).float().mean() > 0.97
    torch.testing.assert_close(flat, embedding.tsne(points, rounds=200))
    fitted = embedding.fitted(flat.numpy())
    assert fitted.min() >= 0
    assert fitted.max() == pytest.approx(1, abs=1e-5)


def test_neighbours_are_as_many_as_the_perplexity():
    torch.manual_seed(0)
    joint = embedding._joint(torch.randn(60, 4), 10.0)
    assert float(joint.sum()) == pytest.approx(1, abs=1e-4)
    torch.testing.assert_close(joint, joint.T)


def test_a_sample_has_about_as_many_of_each():
    labels = np.repeat([0, 1, 2], [500, 50, 4])
    places = embedding.sample(labels, 90)
    assert (np.diff(places) > 0).all()
    assert np.bincount(labels[places]).tolist() == [43, 43, 4]
    np.testing.assert_array_equal(embedding.sample(labels, 1000), np.arange(554))


def test_a_map_tells_what_is_read(subject, small_weights):
    found = do(Work("map", subject, "test", str(small_weights)), quiet)
    assert found.arrays["tsne"].shape == found.arrays["pca"].shape == (40, 2)
    assert np.isfinite(found.arrays["tsne"]).all()
    assert found.figures["known"] == "0123456789"
    assert ((found.arrays["sure"] > 0) & (found.arrays["sure"] <= 1)).all()
    with pytest.raises(HwrError, match="nowhere"):
        do(Work("map", subject, "test", "nowhere"), quiet)


def test_what_was_found_is_not_found_again(subject, monkeypatch):
    first = do(Work("show", subject), quiet)
    assert first.figures["sizes"] == {"train": 200, "test": 40}
    monkeypatch.setattr(work, "_find", lambda _: pytest.fail("found again"))
    assert do(Work("show", subject), quiet).figures == first.figures
    assert done(Work("duplicates", subject)) is None


def test_findings_follow_the_files(tmp_path):
    subject = Subject("mnist", little_mnist(tmp_path, 30, 10))
    do(Work("show", subject), quiet)
    assert done(Work("show", subject)) is not None
    little_mnist(tmp_path, 31, 10)
    assert done(Work("show", subject)) is None


def own(path: Path, classes: str = "37", count: int = 6) -> Mine:
    mine = Mine(path)
    for char in classes:
        for which in range(count):
            mine.add(char, np.pad(np.full((9 + which, 4 + int(char, 36)), 255, np.uint8), 9))
    return mine


def test_pictures_that_are_decoded_are_kept_until_they_change(tmp_path, monkeypatch):
    mine = own(tmp_path / "mine")
    subject = Subject("mine", tmp_path).check()
    assert not subject.ready()
    found = do(Work("show", subject), quiet)
    assert sum(found.figures["sizes"].values()) == 12
    assert subject.ready()
    with monkeypatch.context() as patched:
        patched.setattr("hwr.survey.subject.load", lambda *_: pytest.fail("decoded again"))
        assert subject.part("train").classes == "37"
        assert len(set(subject.part("train").groups)) == len(subject.part("train"))
    mine.remove(mine.samples()[:1])
    assert not subject.ready()
    assert sum(do(Work("show", subject), quiet).figures["sizes"].values()) == 11


def test_a_part_without_pictures_is_empty(tmp_path):
    own(tmp_path / "mine", count=1)
    subject = Subject("mine", tmp_path)
    assert (len(subject.part("train")), len(subject.part("test"))) == (0, 2)
    assert subject.part("train").classes == "37"
    with pytest.raises(HwrError, match="nothing to compare"):
        do(Work("duplicates", subject), quiet)


@pytest.mark.parametrize(
    ("name", "words"), [("mnist", "data fetch mnist"), ("mnits", "no dataset"), ("mine", "no pictures")]
)
def test_a_dataset_that_cannot_be_had_is_a_sentence(name, words, tmp_path):
    with pytest.raises(HwrError, match=words):
        Subject(name, tmp_path).check()


def test_work_is_done_by_a_process_of_its_own_and_fails_with_its_sentence(tmp_path, folder):
    told: list[float] = []
    found = done_apart(Work("show", Subject("mnist", folder)), lambda what, share: told.append(share))
    assert found.figures["sizes"]["train"] == 200
    assert told == sorted(told)
    with pytest.raises(HwrError, match="no dataset"):
        done_apart(Work("show", Subject("mnits", tmp_path)), quiet)


def test_a_process_ends_when_it_is_cancelled(tmp_path):
    class Enough(Exception):
        pass

    def stop(what: str, share: float) -> None:
        raise Enough

    little_mnist(tmp_path)
    before = set(kept.cache_folder().glob("*/*"))
    with pytest.raises(Enough):  # before it has trained anything
        run_apart(["data", "errors", "mnist", "--data-dir", str(tmp_path)], stop, ended="ended", tidy=True)
    assert set(kept.cache_folder().glob("*/*")) == before


def test_the_command_line_tells_and_draws(folder, tmp_path, capsys):
    assert main(["data", "show", "mnist", "--data-dir", str(folder)]) == 0
    assert "10 classes, 200 and 40 pictures" in capsys.readouterr().out
    assert main(["data", "show", "mnist", "--data-dir", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sizes"] == {"train": 200, "test": 40}
    out = tmp_path / "pairs.png"
    assert main(["data", "duplicates", "mnist", "--data-dir", str(folder), "--output", str(out)]) == 0
    assert "1 of 40 test pictures are in the training part" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"\x89PNG")
    assert main(["data", "errors", "mnits"]) == 1
    assert "no dataset" in capsys.readouterr().err
    assert main(["data", "fetch", "unipen"]) == 1
    assert "cannot be downloaded" in capsys.readouterr().err


def test_the_errors_are_told_and_drawn(folder, tmp_path, capsys, monkeypatch):
    labels = load("mnist", Source("train", folder)).labels
    chances = np.full((200, 10), 0.01, np.float32)
    chances[np.arange(200), labels] = 0.91
    chances[11] = 0.01
    chances[11, (labels[11] + 1) % 10] = 0.91
    monkeypatch.setattr("hwr.survey.errors.held_out_chances", lambda data, watch: chances)
    out = tmp_path / "errors.png"
    assert main(["data", "errors", "mnist", "--data-dir", str(folder), "--output", str(out)]) == 0
    told = capsys.readouterr().out
    assert "of 200 labels 1 are likely wrong" in told
    assert told.splitlines()[3].split()[:3] == ["11", str(labels[11]), str((labels[11] + 1) % 10)]
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_sheet_is_as_large_as_its_pictures_need():
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(sheet(np.zeros((11, 1, 28, 28), np.uint8), ["?"] * 11)))
    assert picture.size == (1200, 284)


class Slow:
    """A dataset as torchvision's are, whose download takes until it is let go."""

    def __init__(self, root: Path, fetch: bool, going: threading.Event | None = None):
        self.data = torch.zeros(3, 28, 28, dtype=torch.uint8)
        self.targets = torch.arange(3)
        if fetch:
            (root / "Slow").mkdir(parents=True)
            (root / "Slow" / "images").write_bytes(b"x" * 600)
            if going is not None:
                going.wait(20)
            (root / "Slow" / "labels").write_bytes(b"x")
        if not (root / "Slow" / "labels").exists():
            raise RuntimeError("Dataset not found. You can use download=True to download it")


def test_a_download_tells_how_much_has_come(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "LOOK", 0.01)
    going, told = threading.Event(), []

    def watch(what: str, share: float) -> None:
        told.append((what, share))
        if "0 of 0 MB" in what and share > 0:
            going.set()

    fetch(lambda root, bring: Slow(root, bring, going), "slow", tmp_path, watch, size=1200)
    assert going.is_set()
    assert any(share == pytest.approx(0.475) for _, share in told)
    assert told[-1] == ("slow is here", 1.0)
    assert not list(tmp_path.glob(".download*"))


def test_a_download_that_is_cancelled_leaves_nothing(tmp_path):
    def make(root: Path, bring: bool) -> Slow:
        if bring:
            raise KeyboardInterrupt
        return Slow(root, bring)

    with pytest.raises(KeyboardInterrupt):
        fetch(make, "slow", tmp_path / "data", quiet, size=10)
    assert not (tmp_path / "data").exists()


def test_what_can_be_downloaded_is_asked_of_its_makers(tmp_path, monkeypatch):
    from torchvision.datasets import MNIST

    def bring(self) -> None:
        little_mnist(Path(self.root))

    monkeypatch.setattr(MNIST, "download", bring)
    data.fetch("mnist", tmp_path, quiet)
    assert len(load("mnist", Source("test", tmp_path))) == 40
