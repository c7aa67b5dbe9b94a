"""The own pictures: kept, relabelled, removed, split, imported from friendly and hostile zips, exported, learned from."""

import io
import multiprocessing
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from hwr import checkpoint, finetune, runs
from hwr.classes import DIGITS
from hwr.cli import main
from hwr.config import TrainConfig
from hwr.data import Source, load, split
from hwr.errors import HwrError
from hwr.evaluate import evaluate
from hwr.honest import check_test
from hwr.mine import Mine, archive, bring_in, char_of, export, folder_of, held_out, repeats
from hwr.preprocess import FRAMINGS, frame
from hwr.preprocess import ink as find_ink
from hwr.synthetic import draw_text


@pytest.fixture
def mine(tmp_path) -> Mine:
    return Mine.at(tmp_path)


def ink(char: str, seed: int = 0) -> np.ndarray:
    return find_ink(draw_text(char, seed=seed))


def png(char: str, seed: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(draw_text(char, seed=seed)).save(out, "PNG")
    return out.getvalue()


def zipped(files: dict[str, bytes], **how) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out


def good(classes: str = "37", count: int = 3) -> dict[str, bytes]:
    return {f"{char}/{seed}.png": png(char, seed) for char in classes for seed in range(count)}


def everything(mine: Mine) -> list[Path]:
    return list(mine.path.rglob("*")) if mine.path.exists() else []


# Folders


@pytest.mark.parametrize(("name", "char"), [("7", "7"), ("a", "a"), ("U+0041", "A"), ("U+002F", "/"), ("e\u0301", "é")])
def test_a_folder_stands_for_a_character(name, char):
    assert char_of(name) == char
    assert char_of(folder_of(char)) == char


@pytest.mark.parametrize(
    "name", ["seven", "", " ", "\t", "\u200b", "U+0020", "U+D800", "U+FFFFFF", "U+00", "..", "\x00"]
)
def test_other_folders_stand_for_none(name):
    assert char_of(name) is None


@pytest.mark.parametrize("char", ["", " ", "ab", "\n", "\u200b"])
def test_a_label_is_one_character(mine, char):
    with pytest.raises(HwrError, match="one character"):
        mine.add(char, ink("7"))
    assert everything(mine) == []


# The store


@pytest.mark.parametrize("char", "7Aa/.é")
def test_ink_comes_back_as_it_was_and_frames_alike(mine, char):
    original = np.pad(ink("7"), 9)
    sample = mine.add(char, original, page="draw", read="1")
    assert [found.char for found in mine.samples()] == [char]
    assert sample.source()["read"] == "1"
    assert sample.path.parent.name == f"U+{ord(char):04X}"
    for framing in FRAMINGS:
        assert np.array_equal(frame(sample.ink(), framing), frame(original, framing))


def test_both_cases_are_kept_apart(mine):
    mine.add("a", ink("a"))
    mine.add("A", ink("A"))
    assert mine.counts() == {"A": 1, "a": 1}
    assert len({path.name.lower() for path in mine.path.iterdir()}) == 2


def test_huge_ink_is_kept_small(mine):
    large = np.kron(ink("7"), np.ones((40, 40), np.uint8))
    sample = mine.add("7", large)
    assert max(sample.ink().shape) < 600
    difference = frame(sample.ink(), "mnist").astype(int) - frame(large, "mnist")
    assert np.abs(difference).mean() < 3


def test_a_picture_has_one_label_the_latest(mine):
    mine.add("1", ink("7"))
    mine.add("7", ink("7"))
    assert mine.counts() == {"7": 1}
    assert [path.name for path in mine.path.iterdir()] == ["U+0037"]


def test_relabel_and_remove(mine):
    first, second = mine.add("1", ink("7")), mine.add("1", ink("1"))
    moved = mine.relabel(first, "7")
    assert (moved.char, moved.key) == ("7", first.key)
    assert mine.counts() == {"1": 1, "7": 1}
    assert mine.relabel(moved, "7") == moved
    with pytest.raises(HwrError, match="not there any more"):
        mine.relabel(first, "4")
    assert mine.remove([second, second, first]) == 1
    assert mine.counts() == {"7": 1}
    assert [path.name for path in mine.path.iterdir() if not path.name.startswith(".")] == ["U+0037"]


def test_no_ink_is_no_picture(mine):
    with pytest.raises(HwrError, match="no ink"):
        mine.add("7", np.zeros((20, 20), np.uint8))
    assert everything(mine) == []


@pytest.mark.parametrize("place", ["a file", "in a file"])
def test_a_folder_that_cannot_be_is_a_sentence(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWR_MINE", str(tmp_path / "file" / ("x" if place == "in a file" else "")))
    with pytest.raises(HwrError, match="HWR_MINE"):
        Mine.at(tmp_path).add("7", ink("7"))


def test_pictures_put_there_by_hand_are_read_and_broken_ones_left_out(mine, capsys):
    for char in "37":
        (mine.path / char).mkdir(parents=True)
        for seed in range(8):
            (mine.path / char / f"{seed}.png").write_bytes(png(char, seed))
    (mine.path / "7" / "broken.png").write_bytes(b"no picture")
    parts = [load("mine", Source(part, mine.path)) for part in ("train", "test")]
    assert sum(map(len, parts)) == 16
    assert "1 broken" in capsys.readouterr().err


def _add_many(path: str, number: int) -> None:
    own = Mine(Path(path))
    for seed in range(20):
        own.add("7" if (seed + number) % 2 else "1", ink("7", seed))
        own.remove(own.samples()[:1])
        own.add("3", ink("3", 100 * number + seed))


def test_many_write_at_once(mine):
    workers = [
        multiprocessing.get_context("spawn").Process(target=_add_many, args=(str(mine.path), n)) for n in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    samples = mine.samples()
    assert samples
    assert all(sample.ink().any() for sample in samples)
    assert [path for path in everything(mine) if path.name.startswith(".")] == []


# Training and test part


def test_the_test_part_is_a_fifth_and_at_least_one_a_class():
    keys = [f"{number:05}" for number in range(3000)]
    assert 0.17 < np.mean(held_out(keys, ["7"] * 3000)) < 0.23
    for count in range(1, 9):
        for start in range(50):
            assert any(held_out(keys[start : start + count], ["7"] * count))


def test_what_was_learned_is_never_tested_when_pictures_are_added():
    keys = [f"{number:05}" for number in range(400)]
    classes = [str(number % 10) for number in range(400)]
    learned: set[str] = set()
    for count in range(1, 400):
        held = held_out(keys[:count], classes[:count])
        assert not learned & {key for key, test in zip(keys, held, strict=False) if test}
        learned |= {key for key, test in zip(keys, held, strict=False) if not test}


def fill(mine: Mine, classes: str = "37", count: int = 12) -> None:
    for char in classes:
        for seed in range(count):
            mine.add(char, ink(char, seed))


def test_the_dataset_has_both_parts_and_nothing_in_both(mine):
    fill(mine)
    train, test = (load("mine", Source(part, mine.path, "mnist")) for part in ("train", "test"))
    assert train.classes == test.classes == "37"
    assert len(train) + len(test) == 24
    assert set(test.labels) == {0, 1}
    assert not {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}


def test_few_own_pictures_weigh_beside_many_and_copies_stay_together(mine):
    fill(mine)
    own = load("mine", Source("train", mine.path))
    joined = load("synthetic+mine", Source("train", mine.path, classes=DIGITS, limit=2000))
    copies = np.flatnonzero(joined.groups != "")
    assert len(copies) / len(own) == repeats(len(own), 2000)
    assert 0.15 < len(copies) / len(joined) < 0.25
    train, valid = split(joined, 0.2, 0)
    assert not set(train.groups) & set(valid.groups) - {""}
    test = load("synthetic+mine", Source("test", mine.path, classes=DIGITS, limit=500))
    assert (test.groups != "").sum() == 24 - len(own)


def test_repeats():
    assert [repeats(1000, 4000), repeats(80, 60_000), repeats(5000, 100)] == [1, 50, 1]


def test_none_too_few_and_one_class_are_sentences(mine, tmp_path):
    with pytest.raises(HwrError, match="no pictures"):
        load("mine", Source("train", tmp_path))
    mine.add("7", ink("7"))
    with pytest.raises(HwrError, match="too few pictures"):
        load("mine", Source("train", tmp_path))
    fill(mine, "7")
    with pytest.raises(HwrError, match="one class"):
        learn(mine, tmp_path, dataset="mine")


def learn(mine: Mine, tmp_path: Path, **settings) -> runs.Run:
    from hwr.train import train

    quick = {"model": "simple", "epochs": 2, "batch_size": 16, "threads": 1}
    run = runs.create(TrainConfig(**quick | settings).check(), tmp_path / "runs")
    train(run.config(), run, folder=tmp_path)
    return run


def test_a_fine_tuning_tells_the_figures_before_and_after(mine, tmp_path, small_weights):
    fill(mine, "37", 30)
    start = {"init_from": str(small_weights), "framing": "mnist", "classes": "0-9"}
    run = learn(mine, tmp_path, dataset="synthetic+mine", test="mine", limit=1200, **start)
    status = run.status()
    before, after = status["figures_before"]["mine test"], status["figures"]["mine test"]
    assert before["images"] == after["images"] == len(load("mine", Source("test", tmp_path, "mnist")))
    assert after["accuracy"] > before["accuracy"]
    test = load("mine", Source("test", tmp_path, "mnist", classes=DIGITS))
    scores = evaluate(*checkpoint.load(small_weights), test)[0]
    assert (scores.accuracy, scores.loss) == pytest.approx((before["accuracy"], before["loss"]), abs=1e-5)
    assert checkpoint.read_info(run.path / "best.safetensors")["figures_before"] == status["figures_before"]


@pytest.mark.parametrize("name", [item["name"] for item in checkpoint.list_weights() if item["framing"] != "strip"])
def test_a_fine_tuning_is_honest_and_learns_beside_what_is_there(mine, tmp_path, name):
    fill(mine, "3A", 2)
    config = finetune.settings(name, tmp_path)
    info = checkpoint.read_info(checkpoint.find(name))
    assert (config.dataset, config.test, config.init_from) == ("synthetic+mine", "mine", name)
    assert (config.model, config.classes, config.framing) == (info["model"], info["classes"], info["framing"])
    assert config.reject == (info["config"]["reject"] if "reject" in info else 0)
    check_test(config)


def test_a_fine_tuning_takes_a_dataset_that_the_weights_have_seen(mine, tmp_path):
    fill(mine, "3", 1)
    for name in ("MNIST", "EMNIST"):
        (tmp_path / name / "raw").mkdir(parents=True)
    (tmp_path / "EMNIST" / "raw" / "emnist-balanced-train-images-idx3-ubyte").touch()
    assert finetune.settings("mnist", tmp_path).dataset == "synthetic+mine"
    assert finetune.settings("characters", tmp_path).dataset == "emnist-balanced+mine"
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte").touch()
    assert finetune.settings("mnist", tmp_path).dataset == "mnist+mine"


def test_a_fine_tuning_of_nothing_is_a_sentence(mine, tmp_path):
    with pytest.raises(HwrError, match="no pictures"):
        finetune.settings("mnist", tmp_path)
    mine.add("A", ink("A"))
    with pytest.raises(HwrError, match=r'none of your characters .*"A"'):
        finetune.settings("mnist", tmp_path)
    assert finetune.lacking({"classes": "Ab"}, "aBcA") == ("c", "aBA")


# Zips


def test_a_zip_comes_in_by_class_and_goes_out_again(mine, tmp_path):
    files = good() | {"mine/U+0041/x.png": png("A"), "mine/U+0061/sub/x.PNG": png("a"), "U+002F/s.png": png("/")}
    result = bring_in(mine, zipped(files))
    assert result.counts == mine.counts() == {"/": 1, "3": 3, "7": 3, "A": 1, "a": 1}
    assert result.skipped == []
    out = io.BytesIO()
    assert export(mine, out) == 9
    other = Mine(tmp_path / "other")
    assert bring_in(other, out).counts == mine.counts()
    assert {s.path.read_bytes() for s in other.samples()} == {s.path.read_bytes() for s in mine.samples()}
    assert bring_in(other, out).known == 9


def test_a_zip_imported_twice_adds_nothing_and_a_new_label_wins(mine):
    bring_in(mine, zipped(good()))
    assert bring_in(mine, zipped(good())).known == 6
    moved = {"9/x.png": png("7", 0)}
    assert bring_in(mine, zipped(moved)).known == 1
    assert mine.counts() == {"3": 3, "7": 2, "9": 1}


def test_what_cannot_be_used_is_skipped_and_listed_and_what_systems_add_is_not(mine):
    odd = {
        "7/notes.txt": b"hello",
        "7/text.png": b"hello",
        "7/cut.png": png("7")[:150],
        "7/white.png": blank(30, 30),
        "3/same.png": png("7"),
        "seven/a.png": png("7"),
        "a.png": png("7"),
        "7/inner.zip": zipped(good()).getvalue(),
        "7/large.png": claims(5000, 4000),
    }
    quiet = {"__MACOSX/7/._0.png": b"x", "7/.DS_Store": b"x", "7/Thumbs.db": b"x", "empty/": b""}
    result = bring_in(mine, zipped(good() | odd | quiet))
    assert mine.counts() == {"3": 3, "7": 3}
    assert dict(result.skipped).keys() == odd.keys()
    assert "zip in the zip" in dict(result.skipped)["7/inner.zip"]
    assert "16 million pixels" in dict(result.skipped)["7/large.png"]
    assert "writing" in dict(result.skipped)["7/white.png"]
    assert "folder of 7" in dict(result.skipped)["3/same.png"]


def blank(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return out.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG that says it has this size and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def link() -> io.BytesIO:
    out = zipped(good())
    with zipfile.ZipFile(out, "a") as file:
        entry = zipfile.ZipInfo("7/link.png")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        file.writestr(entry, "/etc/passwd")
    return out


def with_flags(content: bytes, change: Callable[[int], int]) -> bytes:
    """A zip with the flags of its every entry changed, at both places where they stand."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), content):
            at = found.start() + place
            struct.pack_into("<H", changed, at, change(struct.unpack_from("<H", content, at)[0]))
    return bytes(changed)


def locked() -> io.BytesIO:
    """A zip whose every entry says that it is encrypted."""
    return io.BytesIO(with_flags(zipped(good()).getvalue(), lambda flags: flags | 1))


def lying(size: int) -> io.BytesIO:
    """A zip whose first entry unpacks to more than the `size` that it declares."""
    content = bytearray(zipped({"7/0.bmp": b"BM" + bytes(900_000)} | good()).getvalue())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", size)
    return io.BytesIO(bytes(content))


def swollen() -> io.BytesIO:
    """A zip whose end claims a list of files of a gigabyte."""
    content = bytearray(zipped(good()).getvalue())
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = struct.pack("<L", 2**30)
    return io.BytesIO(bytes(content))


HOSTILE = {
    "no zip": (lambda: io.BytesIO(b"hello"), "no zip"),
    "empty file": (lambda: io.BytesIO(b""), "no zip"),
    "cut zip": (lambda: io.BytesIO(zipped(good()).getvalue()[:-40]), "no zip"),
    "nothing in it": (lambda: zipped({}), "no picture"),
    "no pictures": (lambda: zipped({"7/a.txt": b"x", "3/b.doc": b"y"}), "no picture.*7/a.txt"),
    "no classes": (lambda: zipped({"x.png": png("7")}), "no picture.*one character"),
    "only broken pictures": (lambda: zipped({"7/a.png": b"x", "3/b.png": b"y"}), "no picture"),
    "one class": (lambda: zipped(good("7")), "one character"),
    "a path upwards": (lambda: zipped(good() | {"../../7/evil.png": png("7")}), "out of its own folder"),
    "an upward path from Windows": (lambda: zipped(good() | {"..\\7\\evil.png": png("7")}), "out of its own folder"),
    "an absolute path": (lambda: zipped(good() | {"/tmp/7/evil.png": png("7")}), "out of its own folder"),
    "a drive": (lambda: zipped(good() | {"C:/7/evil.png": png("7")}), "out of its own folder"),
    "a link": (link, "link"),
    "a password": (locked, "password"),
    "squeezed": (lambda: zipped(good() | {"7/zeros.bmp": bytes(20_000_000)}), "unpacks to too much"),
    "a large file": (lambda: zipped(good() | {"7/large.bmp": bytes(40_000_000)}), "unpacks to too much"),
    "a list that is too long": (swollen, "more than 50,000 files"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_zip_is_a_sentence_and_leaves_nothing(mine, tmp_path, name):
    make, sentence = HOSTILE[name]
    with pytest.raises(HwrError, match=sentence) as told:
        bring_in(mine, make())
    assert str(told.value).endswith(".")
    assert everything(mine) == []
    assert not list(tmp_path.parent.rglob("evil*"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_zip_spoils_nothing_that_is_there(mine, name):
    fill(mine, "5", 2)
    before = {path: path.stat().st_mtime_ns for path in everything(mine) if path.is_file()}
    if name == "one class":  # beside others it is welcome
        assert bring_in(mine, HOSTILE[name][0]()).counts == {"7": 3}
        return
    with pytest.raises(HwrError):
        bring_in(mine, HOSTILE[name][0]())
    assert {path: path.stat().st_mtime_ns for path in everything(mine) if path.is_file()} == before


@pytest.mark.parametrize(("limit", "value"), [("MOST_FILES", 5), ("MOST_TOTAL", 1500), ("MOST_PIXELS_IN_ALL", 3000)])
def test_what_is_too_much_in_all_is_refused(mine, monkeypatch, limit, value):
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(HwrError, match=r"more than|too much"):
        bring_in(mine, zipped(good()))
    assert everything(mine) == []


def test_a_file_that_unpacks_to_more_than_it_says_is_cut_there_and_skipped(mine):
    result = bring_in(mine, lying(100))
    assert [name for name, _ in result.skipped] == ["7/0.bmp"]
    assert mine.counts() == {"3": 3, "7": 3}


def test_the_actual_size_counts_and_not_the_declared_one(mine, monkeypatch):
    monkeypatch.setattr(archive, "_looked_over", lambda opened: opened.infolist())
    monkeypatch.setattr(archive, "MOST_BYTES", 100_000)
    with pytest.raises(HwrError, match="unpacks to too much"):
        bring_in(mine, zipped({"7/a.bmp": bytes(200_000)} | good()))
    assert everything(mine) == []


def test_names_of_other_systems_are_understood(mine):
    content = zipped({"é/é.png": png("e")} | good()).getvalue()
    unmarked = with_flags(content, lambda flags: flags & ~0x800)  # UTF-8 that does not say so, as from macOS
    assert unmarked != content
    bring_in(mine, io.BytesIO(unmarked))
    bring_in(mine, zipped({"top\\5\\a.png": png("5")}))
    assert set(mine.counts()) == {"3", "7", "5", "é"}


def test_a_note_of_a_stranger_does_no_harm(mine):
    for text in ("[" * 3000, '{"a": ' + "9" * 9000 + "}", "null", "{}"):
        note = PngImagePlugin.PngInfo()
        note.add_itxt("hwr", text)
        out = io.BytesIO()
        Image.fromarray(draw_text("7", seed=len(text))).save(out, "PNG", pnginfo=note)
        assert bring_in(mine, zipped({"7/a.png": out.getvalue()} | good())).skipped == []


def test_import_tells_how_far_it_is_and_when_the_disk_is_full_leaves_nothing(mine, monkeypatch):
    told = []
    bring_in(mine, zipped(good()), lambda done, total: told.append((done, total)))
    assert told == [(done, 6) for done in range(7)]
    mine.remove(mine.samples())

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HwrError, match="No space left"):
        bring_in(mine, zipped(good()))
    assert everything(mine) == []


# The command line


def test_import_export_and_list(mine, tmp_path, capsys):
    path = tmp_path / "my own.zip"
    path.write_bytes(zipped(good() | {"7/x.txt": b""}).getvalue())
    assert main(["data", "import", str(path)]) == 0
    assert "6 pictures of 2 characters" in (said := capsys.readouterr().out)
    assert "7/x.txt" in said
    assert main(["data"]) == 0
    assert "6 so far" in capsys.readouterr().out
    assert main(["data", "export", "--output", str(tmp_path / "out.zip")]) == 0
    assert len(zipfile.ZipFile(tmp_path / "out.zip").namelist()) == 6


def test_bad_lines_are_sentences(tmp_path, capsys):
    (tmp_path / "no.zip").write_text("no zip")
    for line in (
        ["import", str(tmp_path / "no.zip")],
        ["import", "nowhere.zip"],
        ["import", str(tmp_path)],
        ["export"],
    ):
        assert main(["data", *line]) == 1
        told = capsys.readouterr().err
        assert told.startswith("hwr: ")
        assert "Traceback" not in told
