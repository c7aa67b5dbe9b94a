"""Several processes as one training: their words, their shares, real trainings under torchrun, killed and gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hwr import checkpoint, cli, runs
from hwr.cli import train as command
from hwr.distributed import ALONE, Agreed, Shadow, Team
from hwr.errors import HwrError

ROOT = Path(__file__).resolve().parent.parent
WORDS = """
import json, sys
from pathlib import Path
from hwr.distributed import joined
from hwr.errors import HwrError

def fails():
    raise HwrError("no room")

def caught(act):
    try:
        return act()
    except HwrError as error:
        return str(error)

with joined() as team:
    seen = {
        "told": team.tell(lambda: {"rank": team.rank, "best": float("inf")}),
        "own": team.together(lambda: team.rank),
        "sum": team.sum([1.0, float(team.rank)]),
        "any": [team.any(team.rank == 1), team.any(False)],
        "file": team.file(Path(sys.argv[1]) / "some.txt").decode(),
        "first_fails": caught(lambda: team.tell(fails)),
        "second_fails": caught(lambda: team.together(lambda: fails() if team.rank else 0)),
        "data": caught(lambda: team.check_same(7 + team.rank)),
    }
    (Path(sys.argv[1]) / f"{team.rank}.json").write_text(json.dumps(seen))
    team.tell(fails)
"""


def torchrun(*arguments: str | Path, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """Two processes of a program under torchrun, in a session of their own."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    return subprocess.Popen(
        [*launcher, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    try:
        output, errors = process.communicate(timeout=240)
    finally:
        process.terminate()  # torchrun hands it on to its processes
    return process.returncode, output, errors


def trained(run: runs.Run) -> subprocess.Popen:
    return torchrun("-m", "hwr", "train", "--resume", run.path)


def wait_for_step(run: runs.Run, process: subprocess.Popen, step: int) -> None:
    """Waits until the run, trained by a child of this very process, has made so many steps."""
    end = time.monotonic() + 240
    while time.monotonic() < end and process.poll() is None:
        status = run.status()
        mine = status.get("parent") == process.pid and status.get("phase") == "training"
        if mine and status["progress"]["step"] >= step:
            return
        time.sleep(0.02)
    pytest.fail(f"no step {step}: {run.status()} {ended(process)[2]}")


def other_pid(run: runs.Run, process: subprocess.Popen) -> int:
    """The process of the training that is not the first."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (other,) = {int(pid) for pid in children} - {run.status()["pid"]}
    return other


@pytest.fixture(scope="module")
def config():
    from hwr.config import TrainConfig

    shape = {"classes": "0-3", "model": "simple", "epochs": 6, "limit": 1000, "batch_size": 31}
    return TrainConfig(dataset="synthetic", threads=2, test="none", save_seconds=0.2, **shape)


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory) -> tuple[runs.Run, str, str]:
    """A training of two processes that nothing interrupted, and what it said."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    status, output, errors = ended(
        torchrun("-m", "hwr", "train", "--config", folder / "config.json", "--runs-dir", folder)
    )
    assert status == 0, errors
    (run,) = runs.list_runs(folder)
    return run, output, errors


def test_two_processes_make_one_run_and_say_all_once(whole, config):
    run, output, errors = whole
    assert output.split() == [str(run.path / "best.safetensors")]
    assert errors.count(f"run {run.path}, 2 processes") == 1
    assert [errors.count(f"epoch {number}/6") for number in range(1, 7)] == [1] * 6
    rows = [row for row in run.metrics() if row["kind"] == "epoch"]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert run.status()["state"] == "finished"
    assert run.status()["progress"]["device"].endswith(", 2 processes")
    assert "finished" in runs.table_line(runs.overview(run))
    info = checkpoint.read_info(run.path / "best.safetensors")
    assert info["config"] == config.to_dict()
    assert info["figures"]["validation"]["accuracy"] > 0.9


def test_killed_and_stopped_it_goes_on_to_the_same_weights(whole, config, tmp_path):
    run = runs.create(config, tmp_path)
    process = trained(run)
    wait_for_step(run, process, 20)
    os.kill(other_pid(run, process), signal.SIGKILL)
    status, _, errors = ended(process)
    assert status != 0
    assert run.status()["state"] == "failed"
    assert "Another process of this training is gone" in run.status()["error"]
    assert "--resume" in errors

    process = trained(run)
    wait_for_step(run, process, run.status()["progress"]["step"] + 20)
    os.kill(run.status()["pid"], signal.SIGKILL)
    assert ended(process)[0] != 0
    assert run.status()["state"] == "lost"

    process = trained(run)
    wait_for_step(run, process, run.status()["progress"]["step"] + 20)
    os.kill(other_pid(run, process), signal.SIGTERM)
    assert ended(process)[0] == 0
    assert run.status()["state"] == "stopped"
    assert not run.should_stop()

    assert ended(trained(run))[0] == 0
    for name in ("last.safetensors", "best.safetensors"):
        one, two = (load_file(str(each.path / name)) for each in (whole[0], run))
        assert one.keys() == two.keys()
        assert all(torch.equal(one[key], two[key]) for key in one), name


def test_words_shares_and_errors_reach_all(tmp_path):
    (tmp_path / "some.txt").write_text("text")
    (tmp_path / "words.py").write_text(WORDS)
    status, _, errors = ended(torchrun(tmp_path / "words.py", tmp_path, environment={"PYTHONPATH": str(ROOT)}))
    assert status == 1
    assert "hwr.distributed.Agreed: no room" in errors
    one, two = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert one["told"] == two["told"] == {"rank": 0, "best": float("inf")}
    assert (one["own"], two["own"]) == (0, 1)
    assert one["sum"] == two["sum"] == [2.0, 1.0]
    assert one["any"] == two["any"] == [True, False]
    assert (one["file"], two["file"]) == ("", "text")
    assert one["first_fails"] == two["first_fails"] == "no room"
    assert one["second_fails"] == two["second_fails"]
    assert one["second_fails"].startswith("Process 2 of 2, machine ")
    assert one["second_fails"].endswith(": no room")
    assert "the datasets here are not those of the first process" in one["data"]


def test_shares_make_the_batch_and_differ_by_one_at_most():
    batch = torch.arange(11)
    shares = [Team(rank, 3).share(batch) for rank in range(3)]
    assert sorted(torch.cat(shares).tolist()) == batch.tolist()
    assert {len(share) for share in shares} == {3, 4}
    assert ALONE.share(batch) is batch


def test_the_weighted_gradients_of_shares_make_that_of_the_batch():
    torch.manual_seed(0)
    pictures, labels, layer = torch.rand(11, 5), torch.arange(11) % 3, torch.nn.Linear(5, 3)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    (whole,) = torch.autograd.grad(loss(layer(pictures), labels), [layer.weight])
    mean = torch.zeros_like(whole)
    for rank in range(3):
        index = Team(rank, 3).share(torch.arange(11))
        part = loss(layer(pictures[index]), labels[index]) * (len(index) * 3 / 11)
        mean += torch.autograd.grad(part, [layer.weight])[0] / 3
    assert torch.allclose(mean, whole, atol=1e-6)


def test_a_batch_too_small_to_share_is_a_sentence():
    Team(0, 2).check_batch(4)
    ALONE.check_batch(1)
    with pytest.raises(Agreed, match="3 pictures in a step are too few for 2 processes"):
        Team(0, 2).check_batch(3)


def test_threads_are_divided():
    assert Team(0, 4, 0, 4).threads(8) == 2
    assert Team(0, 4, 0, 2).threads(8) == 4
    assert Team(0, 4, 0, 4).threads(1) == 1
    assert Team(0, 2, 0, 2).threads(0) >= 1
    assert ALONE.threads(3) == 3


def test_devices_that_cannot_be_shared_are_a_sentence(monkeypatch):
    cpu = torch.device("cpu")
    assert Team(1, 2, 1, 2).device(cpu) is cpu
    with pytest.raises(HwrError, match="--device cpu"):
        Team(0, 2, 0, 2).device(torch.device("mps"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(HwrError, match="2 processes need as many GPUs, and here are 1"):
        Team(0, 2, 0, 2).device(torch.device("cuda"))


def test_only_what_tells_of_a_lost_process_becomes_that_sentence():
    with pytest.raises(HwrError, match="Another process"), Team(0, 2).watched():
        raise RuntimeError("[gloo/transport/tcp/pair.cc:561] Connection closed by peer [127.0.0.1]:14510")
    with pytest.raises(RuntimeError, match="shapes"), Team(0, 2).watched():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    with pytest.raises(RuntimeError, match="peer"), ALONE.watched():
        raise RuntimeError("Connection closed by peer")
    with pytest.raises(HwrError, match="peer of mine"), Team(0, 2).watched():
        raise HwrError("a peer of mine")


def test_a_shadow_writes_nothing(quick, tmp_path):
    run = Shadow(tmp_path / "run", quick)
    run.log(kind="step")
    run.set_status("running")
    run.note("a line")
    run.rewind(step=0, epoch=0)
    run.ask_to_stop()
    assert run.should_stop()
    run.clear_stop()
    assert not run.should_stop()
    assert run.config() is quick
    assert list(tmp_path.iterdir()) == []


def test_in_the_background_is_refused(monkeypatch, capsys, tmp_path):
    from contextlib import nullcontext

    monkeypatch.setattr(command, "joined", lambda: nullcontext(Team(0, 2)))
    assert cli.main(["train", "--dataset", "synthetic", "--background", "--runs-dir", str(tmp_path)]) == 1
    assert "--background cannot go with torchrun" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_torchrun_there_is_one(monkeypatch, quick):
    from hwr.distributed import joined

    monkeypatch.setenv("WORLD_SIZE", "4")  # as other launchers set it
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with joined() as team:
        assert team is ALONE
        assert team.tell(lambda: 3) == team.together(lambda: 3) == 3
        assert replace(quick) == team.run(lambda: Shadow(Path("x"), quick)).config()
