"""Lines as the task of a training: learned, stopped and gone on with bit for bit, refused in a sentence, read with."""

import itertools
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from hwr import Recognizer, checkpoint, runs
from hwr.config import TrainConfig
from hwr.distributed import ALONE
from hwr.drawing import page_png
from hwr.errors import HwrError
from hwr.lines.data import roomy
from hwr.lines.decode import Reading
from hwr.lines.divide import divide
from hwr.lines.network import LINE_MODELS
from hwr.lines.reader import WAYS, LineReader, _Look, leaned, voted
from hwr.networks import FOR_LINES
from hwr.preprocess import ink, open_picture
from hwr.ready import check_start
from hwr.tasks import LineTask, prepare
from hwr.train import train
from tests.test_train import _after, finish, same, weights


@pytest.fixture
def lines() -> TrainConfig:
    return TrainConfig(
        dataset="synthetic-lines",
        model="line-small",
        classes="0-9",
        limit=200,
        epochs=2,
        batch_size=8,
        precision="float32",
    )


@pytest.mark.parametrize("stop_at", [2, 30, 26])
def test_lines_go_on_as_if_never_stopped(lines, tmp_path, stop_at, monkeypatch):
    whole = finish(lines, tmp_path)
    run = runs.create(lines, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(runs.Run, "should_stop", _after(stop_at))
        train(lines, run, folder=tmp_path)
    train(lines, run, folder=tmp_path, resume=True)
    assert same(weights(whole), weights(run))
    rows = [row for row in whole.metrics() if "valid_loss" in row]
    assert [row["step"] for row in rows] == [24, 48]  # 200 lines are three groups of eight batches of eight
    assert rows[1]["loss"] < rows[0]["loss"]


def test_a_checkpoint_for_lines_says_so_and_is_read_with(lines, tmp_path):
    run = finish(replace(lines, epochs=1, clean_epochs=0, limit=80), tmp_path)
    best = run.path / "best.safetensors"
    info = checkpoint.read_info(best)
    assert (info["framing"], info["model"], info["classes"]) == ("strip", "line-small", "0123456789")
    assert set(info["figures"]["synthetic-lines test"]) == {"images", "accuracy", "interval", "loss", "cer"}
    recognizer = Recognizer.load(best)
    page = recognizer.read(page_png("314"), reader="lines", charset="0-9")
    assert all(glyph.char.isdigit() for glyph in page.glyphs)
    with pytest.raises(HwrError, match="no weights for lines"):
        recognizer.read(page_png("314"), reader="lines", charset="A-Z")


def test_batches_from_any_place_are_those_of_the_whole_epoch(lines, tmp_path):
    task = LineTask(lines, prepare(lines, tmp_path), ALONE)
    whole = list(task.batches(1, 0))
    assert len(whole) == task.steps
    later = list(islice(task.batches(1, 11), 2))
    for one, two in zip(whole[11:], later, strict=False):
        assert one.texts == two.texts
        assert np.array_equal(one.strips, two.strips)


def test_lines_and_characters_do_not_mix(lines, tmp_path):
    with pytest.raises(HwrError, match="no dataset of lines"):
        check_start(replace(lines, dataset="mnist"), tmp_path)
    with pytest.raises(HwrError, match="There is no dataset"):
        check_start(replace(lines, model="simple"), tmp_path)
    check_start(lines, tmp_path)


def test_the_names_known_without_torch_are_those_of_the_registry():
    assert set(FOR_LINES) == set(LINE_MODELS)


def test_widths_are_few_and_hold_the_strip():
    widths = [roomy(width) for width in range(1, 3000)]
    assert all(room >= width for width, room in enumerate(widths, 1))
    assert len(set(widths)) < 60


def test_the_reader_is_checked(small_weights):
    with pytest.raises(HwrError, match="no reader"):
        Recognizer.load(small_weights).check(reader="words")
    model, info = checkpoint.load(small_weights)
    with pytest.raises(HwrError, match="no weights for lines"):
        Recognizer(model, info).check(reader="lines")


@pytest.mark.skipif(not (checkpoint.WEIGHTS / "lines.safetensors").is_file(), reason="there are no weights for lines")
def test_places_of_characters_follow_the_ink():
    reader = LineReader(*checkpoint.load(checkpoint.find("lines")))
    (spelled,) = reader.read([ink(open_picture(page_png("3142")))], "0-9")
    assert spelled.characters == "3142"
    assert min(spelled.confidences) > 0.3
    starts = [start for start, _ in spelled.columns]
    assert starts == sorted(starts)


@pytest.mark.skipif(not (checkpoint.WEIGHTS / "lines.safetensors").is_file(), reason="there are no weights for lines")
def test_words_read_at_once_have_a_box_for_each_character():
    page = Recognizer.load("characters").read(page_png("3142"), reader="lines", charset="0-9")
    assert page.text == "3142"
    boxes = [glyph.box for glyph in page.glyphs]
    assert [box[0] for box in boxes] == sorted(box[0] for box in boxes)
    assert all(x1 > x0 and y1 > y0 for x0, y0, x1, y1 in boxes)
    assert all(glyph.image is not None and glyph.image.shape == (28, 28) for glyph in page.glyphs)


def test_characters_read_at_once_are_divided_where_no_ink_is():
    word = np.zeros((20, 100), np.uint8)
    word[:, 10:50] = word[:, 56:60] = word[:, 66:95] = 255
    (first, second), (third, fourth), (fifth, sixth) = divide(word, "wio")
    assert (first, sixth) == (-np.inf, np.inf)
    assert 50 <= second == third <= 56
    assert 60 <= fourth == fifth <= 66


@pytest.mark.parametrize("width", [1, 2, 30, 3000])
def test_any_text_is_divided_somehow(width):
    block = np.full((20, width), 255, np.uint8)
    assert divide(block, "") == ()
    assert divide(block, "m") == ((-np.inf, np.inf),)
    parts = divide(block, "hello")
    assert len(parts) == 5
    assert all(one[1] == two[0] for one, two in itertools.pairwise(parts))
    assert len(divide(0 * block, "hello")) == 5


@pytest.mark.parametrize("shape", [(1, 1), (1, 100_000), (300, 1), (48, 5), (3000, 3000)])
def test_ink_of_any_shape_is_read_at_once(shape):
    reader = Recognizer.load("digit-strings").lines()
    for value in (0, 255):
        (found,) = reader.read([np.full(shape, value, np.uint8)], "0-9")
        assert set(found.characters) <= set("0123456789")
        assert len(found.columns) == len(found.confidences) == len(found.characters)
        assert 0 <= found.sure <= 1


@pytest.mark.parametrize(("wide", "slant"), [(1.0, 0.2), (1.0, -0.2), (0.8, 0.0), (1.3, 0.1)])
def test_a_strip_is_leaned_whole(wide, slant):
    picture = np.zeros((48, 120), np.uint8)
    picture[4:44, 30:36] = 255
    other = leaned(picture, wide, slant)
    assert other.dtype == np.uint8
    assert other.shape[0] == 48
    assert other.sum() == pytest.approx(wide * picture.sum(), rel=0.06)
    top, bottom = (np.flatnonzero(other[row] > 127).mean() for row in (6, 41))
    assert top - bottom == pytest.approx(35 * slant, abs=1)


def test_a_doubtful_text_is_the_one_that_most_ways_of_reading_give():
    def look(text: str, sure: float) -> _Look:
        return _Look(Reading(text, (), (), np.log(sure), np.log(sure)), "17", np.zeros((0, 3)))

    looks = [look("17", 0.4), look("11", 0.3), look("11", 0.25)]
    assert voted(looks) is looks[1]
    assert voted(looks[:2]) is looks[0]


def test_only_what_is_doubtful_is_read_in_other_ways(monkeypatch):
    reader = Recognizer.load("digit-strings").lines()
    counts = []
    plain = reader._logits
    monkeypatch.setattr("hwr.lines.reader.SURE", np.log(0.2))
    monkeypatch.setattr(reader, "_logits", lambda strips: counts.append(len(strips)) or plain(strips))
    clear = ink(open_picture(page_png("3142")))
    noise = (np.random.default_rng(0).random((40, 90)) < 0.3).astype(np.uint8) * 255
    first, _ = reader.read([clear, noise], "0-9")
    assert first.characters == "3142"
    assert first.sure > 0.2
    assert counts == [2, len(WAYS)]


@pytest.mark.parametrize("reader", ["auto", "lines"])
def test_a_line_of_digits_is_one_word_however_wide_its_gaps(reader):
    parts = [ink(open_picture(page_png(text))) for text in ("25", "574")]
    high = max(part.shape[0] for part in parts)
    wide = [np.pad(part, ((0, high - part.shape[0]), (0, 2 * high))) for part in parts]
    recognizer = Recognizer.load("characters")
    assert " " not in recognizer.read_ink(np.hstack(wide), layout="line", charset="0-9", reader=reader).text
    assert recognizer.read_ink(np.hstack(wide), layout="line", charset="0-9", reader="glyphs").text == "25 574"
