"""Comparisons: known answers of McNemar's test, the same figures as evaluate, what is kept and what is not, bad input."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hwr import checkpoint
from hwr.classes import BYCLASS, DIGITS, MERGED
from hwr.cli import main
from hwr.compare import (
    Model,
    Question,
    Row,
    ask,
    cache,
    compare,
    compare_apart,
    find_models,
    mcnemar,
    pairings,
    recommendation,
    table,
)
from hwr.compare.cache import Measured
from hwr.compare.charts import calibration, confusion, tradeoff
from hwr.compare.report import to_csv, to_html, to_json, to_text
from hwr.compare.table import quiet
from hwr.dataset import EITHER, Dataset
from hwr.errors import HwrError
from hwr.evaluate import evaluate
from hwr.honest import doubt
from hwr.models import build
from hwr.synthetic import draw_text

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def weights(tmp_path):
    """Makes checkpoints of untrained networks."""

    def make(name: str, classes: str = DIGITS, model: str = "simple", **info: object) -> Path:
        torch.manual_seed(len(name))
        path = tmp_path / f"{name}.safetensors"
        known = {"model": model, "classes": classes, "framing": "mnist", "dataset": "none", "figures": {}} | info
        checkpoint.save(path, build(model, len(classes)).state_dict(), known)
        return path

    return make


@pytest.fixture
def folder(tmp_path) -> str:
    """A dataset of eight pictures of each of three digits, one or two of which are for testing."""
    for char in "378":
        (tmp_path / "set" / char).mkdir(parents=True)
        for seed in range(8):
            Image.fromarray(draw_text(char, seed=seed)).save(tmp_path / "set" / char / f"{seed}.png")
    return f"folder:{tmp_path / 'set'}"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Times nothing for long."""
    monkeypatch.setattr("hwr.compare.measure._milliseconds", lambda *_, **__: 1.5)


def row(name: str, right: list[int], *, size: int = 1000, time: float = 1.0, doubtful: bool = False) -> Row:
    """A row whose model reads a 0 as 1 where `right` says 0."""
    answers = 1 - np.array(right, dtype=np.int64)
    share = float(np.mean(right))
    figures = {"accuracy": share, "interval": (share, share), "loss": 1 - share, "bytes": size, "glyph_ms": time}
    nothing = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)
    measured = Measured(figures, np.zeros_like(answers), answers, np.full(len(right), 0.9, np.float32), *nothing)
    return Row(Model(name, Path(), {"model": "simple"}, name), "01", measured, "seen" if doubtful else None)


def test_mcnemar_against_known_values():
    def both(ahead, behind):
        return np.array([1] * ahead + [0] * behind + [1, 0], bool), np.array([0] * ahead + [1] * behind + [1, 0], bool)

    assert mcnemar(*both(0, 0)) == (0, 0, 1.0)
    assert mcnemar(*both(5, 0)) == (5, 0, pytest.approx(2 / 32))
    assert mcnemar(*both(1, 9)) == (1, 9, pytest.approx(2 * 11 / 1024))
    assert mcnemar(*both(7, 7))[2] == 1.0
    assert mcnemar(*both(30_000, 29_000))[2] == pytest.approx(3.9e-5, rel=0.05)
    assert mcnemar(*both(60_000, 3))[2] == 0.0


def test_mcnemar_is_scipys_binomial():
    binomtest = pytest.importorskip("scipy.stats").binomtest
    for ahead, behind in ((3, 1), (12, 30), (400, 351)):
        one, other = np.arange(ahead + behind) < ahead, np.arange(ahead + behind) >= ahead
        assert mcnemar(one, other)[2] == pytest.approx(binomtest(ahead, ahead + behind).pvalue)


def test_of_many_pairs_more_is_asked_than_of_one():
    good, fair = row("good", [1] * 100), row("fair", [1] * 93 + [0] * 7)
    assert [item.significant for item in pairings([good, fair])] == [True]
    same = [row(name, [1] * 100) for name in "abc"]
    tests = pairings([good, fair, *same])
    assert {round(item.p, 9) for item in tests} == {1.0, 2 / 128}
    assert not any(item.significant for item in tests)
    assert all(item.first != "fair" for item in tests)


def test_the_recommendation_follows_the_figures():
    def advice(*rows):
        return recommendation(rows, pairings(rows))

    best, small, poor = row("best", [1] * 1000), row("small", [1] * 995 + [0] * 5, size=10), row("poor", [0] * 1000)
    assert advice(best, small, poor).startswith(
        "For accuracy take best, 100.00 %, though not significantly more than sm"
    )
    assert "for a small device small, 99.50 %" in advice(best, small, poor)
    assert "significantly more than poor; for a small device too" in advice(best, poor)
    assert "for a small device too" in advice(best, replace(row("far", [1] * 900 + [0] * 100, size=1)))
    seen = row("seen", [1] * 1000, doubtful=True)
    assert advice(seen, small).startswith(
        "Leaving out seen, which may have seen these pictures: for accuracy take small"
    )
    assert "Each of these models may have seen" in advice(seen, seen)
    assert "two models" in advice(best)


def test_rows_are_those_of_evaluate(weights, folder):
    models = find_models([weights("one"), weights("other", model="deep")])
    question = ask(models, folder)
    comparison = compare(models, question)
    data = question.load("mnist")
    for item, model in zip(comparison.rows, models, strict=True):
        scores, chances = evaluate(*checkpoint.load(model.path), data)
        known = scores.to_dict() | {"interval": list(scores.interval)}
        assert item.figures | known == item.figures
        assert np.array_equal(item.measured.answers, chances.argmax(1))
        gaps = sum(count * abs(confidence - share) for count, confidence, share in item.calibration())
        assert gaps / len(data) == pytest.approx(scores.calibration_error, abs=1e-5)
        for pair in item.confused():
            assert all(data.classes[data.labels[place]] == pair.true for place in pair.places)
            for place, picture in item.pictures(pair.places).items():
                assert np.array_equal(picture, data.images[place])
        assert sum(pair.count for pair in item.confused()) == (~item.right).sum()
    assert comparison.rows[0].figures["parameters"] == 421_642


def test_a_second_look_measures_nothing_and_loads_no_torch(weights, folder, monkeypatch):
    path = weights("one")
    models = find_models([path])
    question = ask(models, folder)
    first = compare(models, question)
    code = (
        "import sys; from hwr.compare import ask, compare, find_models\n"
        f"models = find_models([{str(path)!r}]); found = compare(models, ask(models, {folder!r}))\n"
        "print(found.rows[0].figures['loss'], sorted({'torch', 'sklearn', 'plotly', 'scipy'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == f"{first.rows[0].figures['loss']} []", told.stderr
    monkeypatch.setattr(table, "measure", lambda *_: pytest.fail("measured again"))
    again = compare(find_models([path]), ask(models, folder))
    assert again.to_dicts() == first.to_dicts()


@pytest.mark.parametrize("change", ["weights", "pictures", "code", "damage", "fresh"])
def test_what_has_changed_is_measured_again(change, weights, folder, monkeypatch, tmp_path):
    path, measured = weights("one"), []
    compare(find_models([path]), ask(find_models([path]), folder))
    (kept,) = (tmp_path / "cache" / "compare").glob("*.safetensors")
    monkeypatch.setattr(table, "measure", lambda *given: measured.append(given) or cache_of(kept))
    before = cache_of(kept)
    if change == "weights":
        checkpoint.save(path, build("simple", 10).state_dict(), checkpoint.read_info(path))
    elif change == "pictures":
        (tmp_path / "set" / "3" / "0.png").touch()
    elif change == "code":
        monkeypatch.setattr(cache, "_code", lambda: "other")
    elif change == "damage":
        kept.write_bytes(kept.read_bytes()[:-9])
        monkeypatch.setattr(table, "measure", lambda *given: measured.append(given) or before)
    models = find_models([path])
    compare(models, ask(models, folder), fresh=change == "fresh")
    assert len(measured) == 1
    monkeypatch.undo()


def cache_of(file: Path) -> Measured:
    from safetensors import safe_open

    with safe_open(str(file), framework="numpy") as opened:
        arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        return Measured(json.loads(opened.metadata()["finding"])["figures"], **arrays)


def test_where_nothing_can_be_kept_it_is_measured_each_time(weights, folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWR_CACHE", str(tmp_path / "file"))
    models = find_models([weights("one")])
    assert compare(models, ask(models, folder)).rows[0].figures["glyph_ms"] == 1.5


def test_ending_it_keeps_what_is_done(weights, folder, tmp_path):
    models = find_models([weights("one"), weights("other")])

    def watch(what: str, share: float) -> None:
        if what.startswith("other"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(models, ask(models, folder), watch)
    assert len(list((tmp_path / "cache" / "compare").iterdir())) == 1


def test_progress_is_told_in_order(weights, folder):
    told: list[tuple[str, float]] = []
    models = find_models([weights("one"), weights("other")])
    compare(models, ask(models, folder), lambda *what: told.append(what))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert told[0][0].startswith("Loading folder:")


def test_a_process_of_its_own_measures_the_same(weights, folder):
    models = find_models([weights("one")])
    question, told = ask(models, folder), []
    found = compare_apart(models, question, lambda *what: told.append(what))
    assert found.rows[0].figures["glyph_ms"] > 0
    assert found.rows[0].figures["glyph_ms"] != 1.5
    assert told[0] == ("Starting", 0.0)
    here = compare(models, question, fresh=True)
    assert np.array_equal(here.rows[0].measured.answers, found.rows[0].measured.answers)


def test_a_process_that_fails_or_is_not_wanted_ends(weights, folder, monkeypatch, tmp_path):
    models = find_models([weights("one")])
    question = ask(models, folder)
    with pytest.raises(HwrError, match="no dataset"):
        compare_apart(models, replace(question, dataset="mnits"), quiet)
    ended = []
    monkeypatch.setattr(subprocess.Popen, "kill", lambda self: ended.append(self) or self.terminate())

    def stop(what: str, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_apart(models, question, stop)
    assert ended[0].returncode
    monkeypatch.undo()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HWR_CACHE", str(tmp_path / "file"))
    with pytest.raises(HwrError, match="cannot be kept"):
        compare_apart(models, question, quiet)


def test_it_does_not_outlive_its_caller(weights, folder):
    command = [sys.executable, "-m", "hwr", "evaluate", str(weights("one")), "--dataset", folder, "--progress"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert json.loads(process.stderr.readline())["what"] == f"Loading {folder}"
    process.communicate(timeout=60)
    assert process.returncode == 1


def test_all_models_are_asked_for_the_classes_that_every_one_knows(weights):
    digits, merged, cased = (find_models([weights(name, classes)])[0] for name, classes in KNOWN.items())
    assert ask([digits], "synthetic").classes == DIGITS
    assert ask([merged, digits], "synthetic").classes == DIGITS
    assert ask([digits, merged], "synthetic").classes == DIGITS
    assert ask([cased, merged], "synthetic").classes == ask([merged, cased], "synthetic").classes == MERGED
    assert ask([cased], "synthetic").classes == BYCLASS
    notes = ask([digits, cased], "synthetic").notes([digits, cased])
    assert notes[0].startswith("52 of the 62 characters of synthetic are left out, since not every model here knows")
    assert "cased (62)" in notes[1]
    assert "where merged does not tell them apart: c" in ask([merged], "synthetic").notes([merged])[0]
    assert ask([cased], "synthetic").notes([cased]) == []


KNOWN = {"digits": DIGITS, "merged": MERGED, "cased": BYCLASS}


def test_bad_input_is_a_sentence(weights, folder, tmp_path):
    digits, letters = find_models([weights("digits"), weights("letters", "ABC")])
    for models, dataset, words in (
        ([], "synthetic", "name at least one"),
        ([letters], folder, 'letters reads none of the characters of folder.*"ABC"'),
        ([digits, letters], "synthetic", "letters reads none of the characters that the other models know"),
        ([digits], "mnits", "no dataset"),
        ([digits], "folder:/nowhere", "no folder"),
        ([digits], "mine", "no pictures"),
    ):
        with pytest.raises(HwrError, match=words):
            ask(models, dataset, folder=tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(b"\x80\x04pickle")
    for name, words in (("bad.safetensors", "not a readable checkpoint"), ("none", "no weights")):
        with pytest.raises(HwrError, match=words):
            find_models([tmp_path / name])


def test_weights_for_lines_are_no_match(tmp_path):
    info = {"model": "line", "classes": "ab", "framing": "strip"}
    checkpoint.save(tmp_path / "joined.safetensors", {"x": torch.zeros(1)}, info)
    with pytest.raises(HwrError, match="joined reads whole lines"):
        find_models([tmp_path / "joined.safetensors"])


def test_models_of_one_name_are_told_apart(weights, tmp_path):
    one = weights("same")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / one.name
    other.write_bytes(one.read_bytes())
    assert [model.name for model in find_models([one, other, one])] == ["same", "same (2)"]


@pytest.mark.parametrize(
    ("seen", "test", "part", "words"),
    [
        (["mnist"], "mnist", "test", None),
        (["mnist"], "mnist", "train", "has seen these pictures"),
        (["emnist-bymerge"], "mnist", "test", "these digits with other pixels"),
        (["emnist-byclass"], "emnist-letters", "test", "may have seen"),
        (["emnist-byclass", "emnist-letters"], "emnist-letters", "test", "may have seen"),
        (["unipen"], "unipen+mnist", "test", None),
        ("broken", "mnist", "test", None),
    ],
)
def test_a_figure_that_may_not_be_honest_is_marked(seen, test, part, words):
    found = doubt("w", {"seen": seen, "config": {"test": "unipen"}}, test, part)
    assert found is None if words is None else found.startswith("w ") and words in found
    assert doubt("w", {"seen": seen, "config": []}, "synthetic") is None


def test_what_was_kept_out_of_training_is_honest():
    info = {"seen": ["emnist-byclass", "emnist-letters"], "config": {"dataset": "emnist-letters", "test": ""}}
    assert doubt("w", info, "emnist-letters") is None
    assert doubt("w", info, "emnist-balanced")


def test_only_pictures_of_a_known_case_are_asked_for(monkeypatch):
    images, labels = np.arange(3 * 784, dtype=np.uint8).reshape(3, 28, 28), np.array([0, EITHER + 1, 1])
    data = Dataset("letters", images, labels, "ab", "emnist")
    monkeypatch.setattr("hwr.compare.question.load", lambda *_: data)
    found = Question("letters", "train", Path(), "ab", "ab").load("emnist")
    assert np.array_equal(found.images, images[[0, 2]])


def test_reports(weights, folder):
    models = find_models([weights("a<b>", seen=["synthetic"]), weights("other", MERGED, seen=[folder])])
    comparison = compare(models, ask(models, folder, part="train"))
    table = list(csv.DictReader(io.StringIO(to_csv(comparison))))
    assert [line["model"] for line in table] == ["a<b>", "other"]
    assert float(table[0]["accuracy"]) == comparison.rows[0].figures["accuracy"]
    told = json.loads(to_json(comparison))
    assert told["models"][0]["weights"] == "a<b>"
    assert told["models"][0]["mcnemar"][0]["other"] == "other"
    assert np.sum(told["models"][0]["confusion"]) == told["models"][0]["images"]
    page = to_html(comparison)
    assert "a&lt;b&gt;" in page
    assert "<b>" not in page.split("<script")[0]
    assert "data:image/png;base64," in page
    assert not [part for part in ('src="http', "src='http", "<link") if part in page]
    text = to_text(comparison)
    assert "other *" in text
    assert f"* other has seen these pictures: it has learned from {folder}." in text


def test_figures(weights, folder):
    models = find_models([weights("one")])
    item = compare(models, ask(models, folder)).rows[0]
    for percent in (False, True):
        cells, points = confusion(item, percent=percent).data
        assert len(points.customdata) == 9
        assert sum(point[2] for point in points.customdata) == item.figures["images"]
        assert len(cells.text) == 3
    assert sum(calibration([item]).data[1].customdata) == item.figures["images"]
    assert tradeoff([item]).data[0].y[0] == item.figures["accuracy"]


def test_the_command_line_gives_the_same(weights, folder, capsys):
    one, other = str(weights("one")), str(weights("other"))
    assert main(["evaluate", one, other, "--dataset", folder, "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["weights"] for item in told] == ["one", "other"]
    assert {"dataset", "images", "accuracy", "interval", "loss", "parameters", "bytes", "glyph_ms"} <= set(told[0])
    first, second = told[0]["mcnemar"][0], told[1]["mcnemar"][0]
    assert (first["only_this"], first["p"]) == (second["only_other"], second["p"])
    assert main(["evaluate", one, other, "--dataset", folder]) == 0
    text = capsys.readouterr().out
    assert "For accuracy take" in text
    assert "2 models on folder:" in text
    assert main(["evaluate", one, "--dataset", folder]) == 0
    assert "most confused" in capsys.readouterr().out
    assert main(["evaluate", one, "digit-strings", "--dataset", folder]) == 1
    assert "dataset of lines" in capsys.readouterr().err
