"""The trainer: it learns, stops, goes on bit for bit, starts from other weights, and refuses dishonest figures."""

import errno
import itertools
import json
import math
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hwr import checkpoint, journal, runs
from hwr.config import OPTIMIZERS, SCHEDULES, TrainConfig
from hwr.errors import HwrError
from hwr.honest import STRINGS, check_test
from hwr.lines.data import LINE_DATASETS
from hwr.models import build
from hwr.optim import Average, learning_rate, make_optimizer
from hwr.train import Trainer, train

ROOT = Path(__file__).resolve().parent.parent


def finish(config: TrainConfig, folder: Path, **options) -> runs.Run:
    run = runs.create(config, folder)
    train(config, run, folder=folder, **options)
    return run


def weights(run: runs.Run, name: str = "last") -> dict[str, torch.Tensor]:
    return load_file(str(run.path / f"{name}.safetensors"))


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


def test_learns_drawn_digits_and_describes_itself(quick, tmp_path):
    told: list[dict] = []
    run = finish(replace(quick, epochs=4, limit=1500), tmp_path, report=told.append)
    info = checkpoint.read_info(run.path / "best.safetensors")
    figures = info["figures"]["synthetic test"]
    assert figures["accuracy"] > 0.9
    assert figures["interval"][0] < figures["accuracy"] < figures["interval"][1]
    assert info["config"]["epochs"] == 4
    assert info["command"].startswith("python -m hwr train --dataset synthetic")
    assert 0.05 < info["temperature"] < 20
    assert run.status()["state"] == "finished"
    rows = [row for row in run.metrics() if "valid_accuracy" in row]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert [values["kind"] for values in told].count("epoch") == 4


def test_same_seed_same_weights(quick, tmp_path):
    one, two = finish(quick, tmp_path), finish(quick, tmp_path)
    other = finish(replace(quick, seed=1), tmp_path)
    assert same(weights(one), weights(two))
    assert not same(weights(one), weights(other))


@pytest.mark.parametrize("stop_at", [1, 7, 17, 20, 33])
def test_stopped_and_resumed_is_as_never_stopped(quick, tmp_path, stop_at, monkeypatch):
    config = replace(quick, dropout=0.3, save_seconds=0.1)
    whole = finish(config, tmp_path)
    run = runs.create(config, tmp_path)
    asked = runs.Run.should_stop
    monkeypatch.setattr(runs.Run, "should_stop", _after(stop_at))
    train(config, run, folder=tmp_path)
    monkeypatch.setattr(runs.Run, "should_stop", asked)
    train(config, run, folder=tmp_path, resume=True)
    assert same(weights(whole), weights(run))
    assert same(weights(whole, "best"), weights(run, "best"))


def _after(steps: int):
    count = iter(range(1, 10_000))
    return lambda run: next(count) >= steps


def test_a_finished_run_that_is_resumed_stays_as_it_is(quick, tmp_path):
    run = finish(quick, tmp_path)
    before = weights(run, "best")
    train(quick, run, folder=tmp_path, resume=True)
    assert same(before, weights(run, "best"))


def test_starts_from_weights_with_other_classes(quick, tmp_path):
    first = finish(replace(quick, classes="0-9", limit=2000), tmp_path)
    best = first.path / "best.safetensors"
    config = replace(quick, classes="ABC", init_from=str(best), epochs=1, clean_epochs=0, lr=1e-6)
    run = finish(config, tmp_path)
    near = weights(run)["features.0.weight"]
    assert torch.allclose(near, weights(first, "best")["features.0.weight"], atol=1e-3)
    assert weights(run)["head.weight"].shape[0] == 3
    info = checkpoint.read_info(run.path / "best.safetensors")
    assert "synthetic" in info["seen"]
    assert info["before"] == [replace(quick, classes="0-9", limit=2000).command()]


def test_weights_it_started_from_may_be_gone_when_it_goes_on(quick, tmp_path, small_weights, monkeypatch):
    start = tmp_path / "start.safetensors"
    start.write_bytes(small_weights.read_bytes())
    config = replace(quick, init_from=str(start))
    whole = finish(config, tmp_path)
    run = runs.create(config, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(runs.Run, "should_stop", _after(9))
        train(config, run, folder=tmp_path)
    start.unlink()
    train(config, run, folder=tmp_path, resume=True)
    assert same(weights(whole, "best"), weights(run, "best"))
    one, two = (checkpoint.read_info(each.path / "best.safetensors") for each in (whole, run))
    assert (one["seen"], one["before"]) == (two["seen"], two["before"])
    with pytest.raises(HwrError, match="There are no weights"):  # nothing was saved that could stand for them
        train(config, runs.create(config, tmp_path), folder=tmp_path, resume=True)


def test_starting_from_another_network_is_a_sentence(quick, tmp_path, small_weights):
    with pytest.raises(HwrError, match="--model simple"):
        finish(replace(quick, model="double", init_from=str(small_weights)), tmp_path)


def test_loss_that_is_no_number_ends_with_advice(quick, tmp_path):
    with pytest.raises(HwrError, match=r"at step .* lower --lr"):
        finish(replace(quick, optimizer="sgd", lr=10, ema=0, epochs=10), tmp_path)


def test_the_best_so_far_is_kept_when_the_loss_becomes_no_number(quick, tmp_path, monkeypatch):
    step = Trainer.step

    def poisoned(self, index):
        if self.state.epoch == 1:
            with torch.no_grad():
                next(self.model.parameters()).fill_(math.nan)
        return step(self, index)

    monkeypatch.setattr(Trainer, "step", poisoned)
    run = runs.create(quick, tmp_path)
    with pytest.raises(HwrError, match=r"best epoch so far, 1, is kept"), runs.attend(run):
        train(quick, run, folder=tmp_path)
    assert run.status()["state"] == "failed"
    model, info = checkpoint.load(run.path / "best.safetensors")
    assert info["best_epoch"] == 1
    assert all(value.isfinite().all() for value in model.state_dict().values())


@pytest.mark.parametrize("call", range(1, 16))
def test_killed_between_any_two_writes_it_ends_as_never_killed(quick, tmp_path, call, monkeypatch):
    config = replace(quick, early_stop=1, schedule="constant", lr=0.01, limit=300, epochs=3)
    whole = finish(config, tmp_path)
    run = runs.create(config, tmp_path)
    calls = iter(range(1, 1000))

    def dies(real):
        def write(*arguments, **options):
            if next(calls) == call:
                raise Killed
            return real(*arguments, **options)

        return write

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_whole", dies(checkpoint.write_whole))
        patch.setattr(runs.Run, "log", dies(runs.Run.log))
        with pytest.raises(Killed):
            train(config, run, folder=tmp_path)
    train(config, run, folder=tmp_path, resume=True)
    for name in ("last", "best"):
        assert same(weights(whole, name), weights(run, name))
    kinds = [
        [(row["kind"], row.get("epoch")) for row in one.metrics() if row["kind"] != "step"] for one in (whole, run)
    ]
    assert kinds[0] == kinds[1]


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


def test_points_of_the_curves_and_recall(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "POINT", 0.0)
    run = finish(quick, tmp_path)
    points = [row for row in run.metrics() if row["kind"] == "step"]
    assert {"time", "epoch", "step", "loss", "accuracy", "lr", "speed", "seconds"} <= set(points[0])
    assert [row["step"] for row in points] == list(range(1, len(points) + 1))
    epochs = [row for row in run.metrics() if row["kind"] == "epoch"]
    one = [row["loss"] for row in points if row["epoch"] == 1]
    assert sum(one) / len(one) == pytest.approx(epochs[0]["loss"], abs=1e-4)
    assert set(epochs[0]["recall"]) <= set("0123")
    assert all(0 <= share <= 1 for share in epochs[0]["recall"].values())
    assert run.status()["progress"]["best_accuracy"] == max(row["valid_accuracy"] for row in epochs)


def test_a_trainer_tells_what_it_runs_on_and_uses(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "TELL", 0.0)
    told: list[dict] = []
    finish(replace(quick, epochs=1, device="cpu", precision="float32"), tmp_path, report=told.append)
    steps = [row for row in told if row["kind"] == "step"]
    assert {row["device"] for row in steps} == {"cpu, 1 thread, float32"}
    assert all(row["cpu"] >= 0 and row["memory"] > 50e6 for row in steps)


def test_points_are_thin(quick, tmp_path):
    run = finish(replace(quick, limit=2000, epochs=4), tmp_path)
    points = [row["time"] for row in run.metrics() if row["kind"] == "step"]
    assert all(later - earlier > 0.9 for earlier, later in itertools.pairwise(points))
    assert len(points) < run.status()["progress"]["total"] / 2


def test_a_full_disk_fails_and_goes_on_when_there_is_room(quick, tmp_path, monkeypatch):
    whole = finish(quick, tmp_path)
    run = runs.create(quick, tmp_path)

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.tempfile, "NamedTemporaryFile", full)
        with pytest.raises(HwrError, match="No space left"), runs.attend(run):
            train(quick, run, folder=tmp_path)
    assert run.status()["state"] == "failed"
    assert "free some space" in run.status()["error"]
    with runs.attend(run):
        train(quick, run, folder=tmp_path, resume=True)
    assert run.status()["state"] == "finished"
    assert same(weights(whole, "best"), weights(run, "best"))


def test_a_disk_that_is_full_while_training_loses_nothing(quick, tmp_path):
    """The trainer may write no file as large as a checkpoint any more: what a full disk, or a quota, does to it."""
    import resource

    config = replace(quick, epochs=8, save_seconds=0.2)
    whole = finish(config, tmp_path)
    run = runs.create(config, tmp_path)
    command = [sys.executable, "-m", "hwr", "train", "--run", str(run.path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        while run.status()["progress"].get("best_epoch", 0) == 0 and process.poll() is None:
            time.sleep(0.01)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
        errors = process.communicate(timeout=200)[1]
    finally:
        process.kill()
    status = run.status()
    assert (process.returncode, status["state"]) == (1, "failed")
    assert "File too large" in status["error"]
    assert "free some space" in status["error"]
    assert status["error"] in errors
    assert "Traceback" not in errors
    assert checkpoint.load(run.path / "best.safetensors")[1]["best_epoch"] >= 1
    assert not list(run.path.glob(".*"))
    train(config, run, folder=tmp_path, resume=True)
    for name in ("last", "best"):
        assert same(weights(whole, name), weights(run, name))


def test_failed_is_written_where_there_is_no_room_at_all(quick, tmp_path, monkeypatch):
    run = runs.create(quick, tmp_path)

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    def fills_up():
        run.set_status("running", phase="training", progress={"step": 7})
        monkeypatch.setattr(Path, "write_text", full)
        raise HwrError("The disk is full.")

    with pytest.raises(HwrError, match="is full"), runs.attend(run):
        fills_up()
    monkeypatch.undo()
    assert run.status()["state"] == "failed"
    assert run.status()["error"] == "The disk is full."
    assert run.status()["progress"] == {"step": 7}


def test_early_stop(quick, tmp_path):
    run = finish(replace(quick, schedule="constant", ema=0, epochs=60, early_stop=2, limit=300), tmp_path)
    rows = [row for row in run.metrics() if "valid_accuracy" in row]
    best = checkpoint.read_info(run.path / "best.safetensors")["best_epoch"]
    assert rows[-1]["epoch"] == best + 2 < 60
    assert "stopped early" in (run.path / "log.txt").read_text()


def test_full_disk_while_saving_is_a_sentence(quick, tmp_path, monkeypatch):
    def full(path, content):
        raise HwrError("Cannot save last.safetensors (No space left on device): free some space.")

    monkeypatch.setattr(checkpoint, "write_whole", full)
    with pytest.raises(HwrError, match="No space left"):
        finish(quick, tmp_path)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss(name):
    torch.manual_seed(0)
    model = build("simple", 4)
    optimizer = make_optimizer(model, TrainConfig(optimizer=name, lr=0.01 if name == "sgd" else 1e-3))
    pictures, labels = torch.rand(16, 1, 28, 28), torch.arange(16) % 4
    losses = []
    for _ in range(30):
        loss = torch.nn.functional.cross_entropy(model(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    config = TrainConfig(schedule=name, lr=1.0, warmup=0.2)
    rates = [learning_rate(config, place / 100) for place in range(101)]
    assert max(rates) == pytest.approx(1.0, rel=0.01)
    assert all(rate > 0 for rate in rates)
    if name == "one-cycle":
        assert rates[0] < 0.1
        assert rates.index(max(rates)) == 20
    if name != "constant":
        assert rates[-1] < 0.01


def test_average_follows_and_lags():
    model = torch.nn.Linear(2, 2)
    average = Average(model, 0.9)
    with torch.no_grad():
        model.weight += 1.0
    before = average.model.weight.clone()
    average.update(model, 100)
    assert torch.allclose(average.model.weight, before + 0.1, atol=1e-6)
    assert Average(model, 0.0).model is model


@pytest.mark.parametrize(
    ("dataset", "test"),
    [
        ("mnist+emnist-digits", "mnist"),
        ("emnist-bymerge", "mnist"),
        ("mnist+emnist-bymerge", ""),
        ("mnist", "emnist-mnist"),
        ("mnist-numbers", "emnist-strings"),
    ],
)
def test_figures_that_would_not_be_honest_are_refused(dataset, test):
    with pytest.raises(HwrError, match="not be honest"):
        check_test(TrainConfig(dataset=dataset, test=test))


@pytest.mark.parametrize(
    ("dataset", "test"),
    [
        ("mnist", ""),
        ("emnist-letters+emnist-bymerge", "emnist-letters"),
        ("mnist+emnist-bymerge", "unipen"),
        ("mnist+emnist-mnist", "none"),
    ],
)
def test_honest_figures_are_allowed(dataset, test):
    check_test(TrainConfig(dataset=dataset, test=test))


def test_lines_set_of_a_datasets_glyphs_are_known_to_be_of_it():
    assert {name for name in LINE_DATASETS if name.startswith(("mnist", "emnist"))} == set(STRINGS)


def test_weights_hand_on_what_they_have_seen(tmp_path, small_weights):
    info = checkpoint.read_info(small_weights) | {"seen": ["emnist-bymerge"], "config": {"dataset": "emnist-bymerge"}}
    path = tmp_path / "seen.safetensors"
    checkpoint.save(path, load_file(str(small_weights)), info)
    with pytest.raises(HwrError, match="has seen emnist-bymerge"):
        check_test(TrainConfig(dataset="emnist-letters", init_from=str(path)))
    check_test(TrainConfig(dataset="emnist-bymerge", init_from=str(path)))


def test_metrics_are_whole_lines_of_json(quick, tmp_path):
    run = finish(quick, tmp_path)
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    assert all(math.isfinite(json.loads(line)["time"]) for line in lines)
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"half": ')
    assert len(run.metrics()) == len(lines)


def test_damaged_state_is_a_sentence(quick, tmp_path):
    run = finish(quick, tmp_path)
    state = run.path / "state.safetensors"
    checkpoint.save(state, {"x": torch.zeros(2)}, checkpoint.read_info(state))
    with pytest.raises(HwrError, match="damaged"):
        train(quick, run, folder=tmp_path, resume=True)


def test_device_that_holds_no_numbers_is_a_sentence(quick, tmp_path):
    with pytest.raises(HwrError, match="--device auto"):
        finish(replace(quick, device="meta"), tmp_path)
