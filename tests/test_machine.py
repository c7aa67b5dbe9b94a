"""What a machine has and how fast it trains, what is wrong beforehand, sizes of datasets, estimates, presets."""

import dataclasses
import json
import socket
import struct

import pytest

from hwr import cli, machine, presets, reject, runs
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.estimate import estimate, in_words, pace
from hwr.lines.network import LINE_MODELS
from hwr.models import MODELS
from hwr.ready import check_start
from hwr.reject import all_marks
from hwr.sizes import pictures


def test_facts_name_every_network_and_can_be_printed():
    facts = machine.facts()
    assert set(facts["networks"]) == {*MODELS, *LINE_MODELS}
    assert facts["device"] in facts["devices"]
    assert facts["cores"] >= 1
    assert json.loads(json.dumps(facts)) == facts


def test_the_speed_is_measured_on_the_settings_given(quick, monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0)
    assert machine.speed(quick) > 0
    with pytest.raises(HwrError, match="no network"):
        machine.speed(dataclasses.replace(quick, model="none"))
    with pytest.raises(HwrError, match="not on this machine"):
        machine.speed(dataclasses.replace(quick, device="nowhere"))


def test_the_speed_of_learning_to_reject_is_measured_with_few_marks(quick, monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0)
    drawn = []
    monkeypatch.setattr(reject, "all_marks", lambda count, **how: drawn.append(count) or all_marks(count, **how))
    assert machine.speed(dataclasses.replace(quick, reject=0.2, limit=0)) > 0
    assert drawn == [machine.MARKS]


def test_the_commands_print_objects(capsys, monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0)
    assert cli.main(["machine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["networks"]
    assert cli.main(["speed", "--model", "simple", "--batch-size", "8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["speed"] > 0
    assert cli.main(["machine"]) == cli.main(["speed", "--model", "simple", "--batch-size", "8"]) == 0
    assert "images/s with simple" in capsys.readouterr().out


@pytest.mark.parametrize("name", presets.PRESETS)
def test_presets_are_settings_that_are_allowed_and_said(name):
    facts = {"device": "cpu", "precision": "bf16", "cores": 2}
    settings = presets.PRESETS[name].make(facts)
    TrainConfig.from_dict(settings)
    assert all(str(value) in presets.changes(name, facts) for value in settings.values())


def test_sizes_are_read_from_files(tmp_path, monkeypatch):
    monkeypatch.delenv("HWR_MINE", raising=False)
    assert pictures("mnist", tmp_path) is None
    assert pictures("mnist", tmp_path, limit=500) == 500
    for folder, name in (("MNIST", "train"), ("EMNIST", "emnist-digits-train")):
        raw = tmp_path / folder / "raw"
        raw.mkdir(parents=True)
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, 60_000))
    assert pictures("mnist+emnist-digits", tmp_path) == 120_000
    assert pictures("mnist+synthetic", tmp_path) == 80_000
    assert pictures("mnist+synthetic", tmp_path, limit=300) == 300
    (tmp_path / "own" / "7").mkdir(parents=True)
    for number in range(10):
        (tmp_path / "own" / "7" / f"{number}.png").touch()
    assert pictures(f"folder:{tmp_path / 'own'}", tmp_path) == 8
    assert pictures(f"folder:{tmp_path / 'absent'}", tmp_path) is None


def earlier(config: TrainConfig, **progress) -> dict:
    """A run of before, as runs.overviews tells of it."""
    whole = {"speed": 500.0, "step": 100, "total": 100, **progress}
    return {"name": "first", "config": config.to_dict(), "progress": whole, "host": socket.gethostname()}


def test_an_estimate_from_an_earlier_run_like_it(quick, tmp_path):
    config = dataclasses.replace(quick, epochs=10, lr=0.1)
    found = estimate(config, [earlier(quick)], tmp_path)
    assert found.pictures == 100 // quick.epochs * quick.batch_size
    assert found.seconds == found.pictures * 10 / 500
    assert "first" in found.source


PACES: list[dict] = [{"model": "deep"}, {"batch_size": 64}, {"elastic": 0.0}, {"threads": 2}]
PACES += [{"blur": 0.1}, {"dirt": 0.1}, {"reject": 0.1}]


@pytest.mark.parametrize("change", PACES)
def test_another_pace_is_no_measure(quick, tmp_path, change):
    config = dataclasses.replace(quick, **change)
    assert pace(config) != pace(quick)
    assert estimate(config, [earlier(quick)], tmp_path) is None
    assert estimate(config, [earlier(quick)], tmp_path, measured=50.0).speed == 50


def test_what_has_hardly_run_or_ran_elsewhere_is_no_measure(quick, tmp_path):
    assert estimate(quick, [earlier(quick, step=2)], tmp_path) is None
    assert estimate(quick, [earlier(quick) | {"host": "another"}], tmp_path) is None
    assert estimate(quick, [runs.overview(runs.create(quick, tmp_path))], tmp_path) is None


def test_without_the_number_of_pictures_the_speed_alone_is_told(tmp_path):
    found = estimate(TrainConfig(dataset="unipen"), [], tmp_path, measured=50.0)
    assert (found.seconds, found.pictures, found.speed) == (None, None, 50)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "5 seconds"), (22, "20 seconds"), (61, "a minute"), (150, "2 minutes"), (9_000, "2 hours"), (3e5, "3 days")],
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words


BAD = {
    "a rate of nothing": ({"lr": 0.0}, "--lr must be from"),
    "no number": ({"lr": float("nan")}, "--lr must be from"),
    "a million epochs": ({"epochs": 1_000_000}, "--epochs must be from"),
    "an unknown dataset": ({"dataset": "minst"}, 'no dataset "minst"'),
    "no dataset": ({"dataset": ""}, "No dataset is chosen"),
    "an absent folder": ({"dataset": "folder:absent"}, "no folder"),
    "an unknown test": ({"test": "minst"}, 'no dataset "minst"'),
    "a charset backwards": ({"classes": "9-0"}, "runs backwards"),
    "unknown weights": ({"init_from": "none-such"}, "no weights"),
    "weights of another network": ({"init_from": "mnist-simple"}, "choose that network"),
    "an unknown network": ({"model": "none-such"}, "no network"),
    "a figure that is not honest": ({"test": "emnist-digits"}, "would not be honest"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_before_the_start(name, tmp_path):
    change, sentence = BAD[name]
    with pytest.raises(HwrError, match=sentence):
        check_start(TrainConfig(**change), tmp_path, list(MODELS))


def test_what_can_start_is_let_through(quick, tmp_path):
    check_start(TrainConfig(), tmp_path, list(MODELS))
    check_start(dataclasses.replace(quick, test="none"), tmp_path)
    check_start(TrainConfig(init_from="mnist", dataset="mnist"), tmp_path, list(MODELS))
