"""Trainers as processes: one a run, their turns, what a killed one leaves, start, stop, resume and delete. No torch."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hwr import runs
from hwr.errors import HwrError
from hwr.runs import trainer

ROOT = Path(__file__).resolve().parent.parent
ATTEND = """
import sys, time
from pathlib import Path
from hwr import runs
run = runs.Run(Path(sys.argv[1]))
with runs.attend(run, group="".join(sys.argv[2:])) as mine:
    while mine and not run.should_stop():
        time.sleep(0.02)
    if mine:
        run.clear_stop()
        run.set_status("stopped")
"""


def wait_for(condition, seconds: float = 60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def state(run: runs.Run) -> str:
    return run.status()["state"]


@pytest.fixture
def attended(quick, tmp_path):
    """Makes a run and a process that attends to it, as a trainer would; all are ended at the end."""
    processes = []

    def begin(run: runs.Run | None = None, group: str = "", **environment: str) -> tuple[runs.Run, subprocess.Popen]:
        run = run or runs.create(quick, tmp_path / "runs")
        variables = {**os.environ, **environment}
        command = [sys.executable, "-c", ATTEND, str(run.path), group]
        processes.append(subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True))
        return run, processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def test_one_trains_and_others_wait_in_order(attended):
    one, _ = attended()
    wait_for(lambda: state(one) == "running")
    two, _ = attended()
    wait_for(lambda: state(two) == "queued")
    three, _ = attended()
    wait_for(lambda: state(three) == "queued")
    assert two.status()["place"] == 1
    assert three.status()["place"] == 2
    assert three.status()["waits_for"] == [one.name, two.name]
    runs.stop(one)
    wait_for(lambda: state(two) == "running")
    assert state(one) == "stopped"
    wait_for(lambda: three.status().get("place") == 1)
    assert state(three) == "queued"


def test_a_killed_holder_frees_its_turn(attended):
    one, holder = attended()
    wait_for(lambda: state(one) == "running")
    two, _ = attended()
    wait_for(lambda: state(two) == "queued")
    holder.kill()
    holder.wait()
    wait_for(lambda: state(two) == "running")
    assert state(one) == "lost"


def test_a_killed_waiter_is_passed_over(attended):
    one, _ = attended()
    wait_for(lambda: state(one) == "running")
    two, waiter = attended()
    wait_for(lambda: state(two) == "queued")
    three, _ = attended()
    wait_for(lambda: state(three) == "queued")
    waiter.kill()
    waiter.wait()
    wait_for(lambda: three.status().get("place") == 1)
    assert state(two) == "lost"


def test_several_may_train_at_once_when_allowed(attended):
    pairs = [attended(HWR_MAX_PARALLEL="2") for _ in range(3)]
    wait_for(lambda: sorted(state(run) for run, _ in pairs) == ["queued", "running", "running"])


def test_those_of_a_group_wait_for_others_but_not_for_one_another(attended):
    one, _ = attended(group="study")
    two, _ = attended(group="study")
    wait_for(lambda: state(one) == state(two) == "running")
    other, _ = attended()
    wait_for(lambda: state(other) == "queued")
    assert sorted(other.status()["waits_for"]) == sorted([one.name, two.name])
    three, _ = attended(group="study")
    wait_for(lambda: state(three) == "queued")
    assert three.status()["waits_for"] == [other.name]
    runs.stop(one)
    runs.stop(two)
    wait_for(lambda: state(other) == "running")
    runs.stop(other)
    wait_for(lambda: state(three) == "running")


def test_one_that_waits_can_be_stopped_and_by_a_signal_too(attended):
    one, _ = attended()
    wait_for(lambda: state(one) == "running")
    two, waiter = attended()
    three, other = attended()
    wait_for(lambda: state(two) == state(three) == "queued")
    runs.stop(two)
    other.send_signal(signal.SIGTERM)
    wait_for(lambda: state(two) == state(three) == "stopped")
    assert waiter.wait() == other.wait() == 0
    assert not two.should_stop()


def test_a_run_has_one_trainer(attended):
    one, _ = attended()
    wait_for(lambda: state(one) == "running")
    _, second = attended(one)
    assert "being trained by another process" in second.communicate()[1]
    assert state(one) == "running"
    with pytest.raises(HwrError, match="stop it first"):
        runs.delete(one)
    with pytest.raises(HwrError, match="nothing to resume"):
        runs.resume(one)


def test_the_heart_beats_while_the_loop_is_silent(run):
    with runs.attend(run):
        first = run.status()["heartbeat"]
        wait_for(lambda: run.status()["heartbeat"] > first + 1.5)
        assert state(run) == "running"


def test_an_error_is_a_sentence_with_its_traceback_beside(run):
    run.set_status("stopped", progress={"step": 4})
    with pytest.raises(HwrError), runs.attend(run):
        raise HwrError("The dataset is not here.")
    status = run.status()
    assert (status["state"], status["error"]) == ("failed", "The dataset is not here.")
    assert "raise HwrError" in status["traceback"]
    assert status["progress"] == {"step": 4}
    with pytest.raises(ZeroDivisionError), runs.attend(run):
        raise ZeroDivisionError("division by zero")
    assert "ZeroDivisionError: division by zero" in run.status()["error"]


def test_what_a_killed_trainer_left_half_written_is_removed(run):
    (run.path / ".state.safetensors.abc").write_bytes(b"half")
    (run.path / ".status.json.1").write_bytes(b"half")
    with runs.attend(run):
        assert {path.name for path in run.path.glob(".*")} == set()


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_wrong_setting_is_a_sentence(monkeypatch, value):
    monkeypatch.setenv("HWR_MAX_PARALLEL", value)
    with pytest.raises(HwrError, match="HWR_MAX_PARALLEL must be"):
        trainer.max_parallel()


def test_deleted_is_gone(run):
    run.log(step=1)
    runs.delete(run)
    assert runs.list_runs(run.path.parent) == []
    assert not list(run.path.parent.glob("*delete*"))


def test_a_foreign_folder_is_not_deleted(tmp_path):
    (tmp_path / "config.json").write_text('{"hidden_size": 3}')
    with pytest.raises(HwrError, match="by hand"):
        runs.delete(runs.find(tmp_path, tmp_path))
    assert (tmp_path / "config.json").is_file()


def test_started_in_the_background_stopped_resumed_and_killed(quick, tmp_path):
    quick.epochs, quick.test = 5000, "none"
    run = runs.start(quick, tmp_path / "runs", data_dir=tmp_path)
    assert state(run) == "new"
    with pytest.raises(HwrError, match="stop it first"):
        runs.delete(run)
    wait_for(lambda: run.status().get("phase") == "training", 200)
    runs.stop(run)
    wait_for(lambda: state(run) == "stopped", 200)
    stopped_at = run.status()["progress"]["step"]
    runs.resume(run)
    wait_for(lambda: run.status().get("phase") == "training", 200)
    status = run.status()
    assert status["progress"]["step"] >= stopped_at
    assert os.getsid(status["pid"]) != os.getsid(0)
    os.kill(status["pid"], signal.SIGKILL)
    wait_for(lambda: "SIGKILL" in run.status().get("error", ""))
    assert state(run) == "lost"
    assert str(run.path) in (run.path / "log.txt").read_text()


def test_a_dataset_that_is_not_there_fails_with_the_sentence(quick, tmp_path):
    quick.dataset, quick.framing = f"folder:{tmp_path / 'mine'}", "emnist"
    run = runs.start(quick, tmp_path / "runs", data_dir=tmp_path)
    wait_for(lambda: state(run) == "failed", 200)
    status = run.status()
    assert "no folder" in status["error"]
    assert "Traceback" in status["traceback"]
    assert json.loads((run.path / "status.json").read_text())["state"] == "failed"
