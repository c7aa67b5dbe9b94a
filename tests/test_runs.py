"""A run is a folder: what is written can be read, what is broken is left out or a sentence, a dead trainer is seen."""

import errno
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hwr import runs
from hwr.errors import HwrError
from hwr.runs.folder import SILENT
from hwr.runs.process import birth


def test_created_listed_and_found(quick, tmp_path):
    one, two = runs.create(quick, tmp_path), runs.create(quick, tmp_path)
    assert one.path != two.path
    assert {run.name for run in runs.list_runs(tmp_path)} == {one.name, two.name}
    assert runs.find(one.name, tmp_path).config() == quick
    assert one.status()["state"] == "new"
    assert one.metrics() == []


def test_name_of_a_run_stays_inside_the_folder(quick, tmp_path):
    quick.name = "../../some where/else"
    run = runs.create(quick, tmp_path)
    assert run.path.parent == tmp_path
    assert "/" not in run.name


def test_half_a_line_is_left_out(run):
    run.log(step=1)
    run.log(step=2)
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"step": 3')
    assert [row["step"] for row in run.metrics()] == [1, 2]


def test_status_is_replaced_whole(run):
    run.set_status("running", progress={"step": 3}, phase="training")
    run.set_status("finished")
    status = run.status()
    assert status["state"] == "finished"
    assert status["progress"] == {"step": 3}
    assert "phase" not in status
    assert status["heartbeat"] > 0
    assert not list(run.path.glob(".status*"))


def test_stop_is_a_file(run):
    assert not run.should_stop()
    run.ask_to_stop()
    assert run.should_stop()
    run.clear_stop()
    run.clear_stop()
    assert not run.should_stop()


def test_newer_format_says_so(run):
    path = run.path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": runs.FORMAT + 1}))
    with pytest.raises(HwrError, match="newer"):
        run.config()


@pytest.mark.parametrize(
    "write", [lambda run: run.log(step=1), lambda run: run.set_status("running"), lambda run: run.note("a")]
)
def test_full_disk_is_a_sentence_with_the_way_on(run, monkeypatch, write):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("builtins.open", full)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(HwrError, match=f"No space left on device.*--resume {run.name}"):
        write(run)


def test_unknown_run_is_a_sentence(tmp_path):
    with pytest.raises(HwrError, match="no run"):
        runs.find("none", tmp_path)
    with pytest.raises(HwrError, match="no run"):
        runs.find("a" * 400, tmp_path)


def test_broken_lines_are_left_out_and_old_ones_get_a_kind(run):
    lines = ['{"step": 1, "loss": 2}', "{not json", "[1, 2]", '{"epoch": 1, "valid_accuracy": 1}', '{"figures": {}}']
    (run.path / "metrics.jsonl").write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n")
    assert [row["kind"] for row in run.metrics()] == ["step", "epoch", "end"]


def test_rewind_drops_what_comes_after_the_saved_place(run):
    for step in (5, 10, 15):
        run.log(kind="step", step=step)
    for epoch in (1, 2):
        run.log(kind="epoch", step=10 * epoch, epoch=epoch)
    run.log(kind="end", figures={})
    run.rewind(step=10, epoch=0)
    assert [(row["kind"], row["step"]) for row in run.metrics()] == [("step", 5), ("step", 10)]


def test_name_and_notes_are_a_persons_own(run):
    assert run.about() == {"name": run.name, "notes": "", "study": "", "used": False}
    run.describe(study="pens")
    config = (run.path / "config.json").read_text()
    run.describe(notes="two pens\n")
    run.describe(name="wide", used=True)
    assert run.about() == {"name": "wide", "notes": "two pens", "study": "pens", "used": True}
    assert "study pens" in runs.table_line(runs.overview(run))
    run.describe(name="")
    assert run.about() == {"name": run.name, "notes": "two pens", "study": "pens", "used": True}
    assert (run.path / "config.json").read_text() == config


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def sign(run: runs.Run, *, age: float = 0, **values) -> None:
    """A status as another process would have left it `age` seconds ago."""
    run.set_status("running", progress={"step": 7})
    path = run.path / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    os.utime(path, (time.time() - age,) * 2)


def test_a_living_trainer_is_running(run):
    sign(run)
    assert run.status()["state"] == "running"


def test_a_dead_trainer_is_lost_at_once_and_keeps_its_progress(run):
    run.note("the last word")
    sign(run, pid=dead_pid())
    status = run.status()
    assert status["state"] == "lost"
    assert "the last word" in status["error"]
    assert status["progress"] == {"step": 7}


def test_another_process_with_the_same_pid_is_not_the_trainer(run):
    sign(run, birth="boot/1")
    assert run.status()["state"] == "lost"


def test_a_silent_trainer_is_lost_until_it_is_heard_again(run):
    sign(run, age=SILENT + 5)
    assert run.status()["state"] == "lost"
    run.beat()
    assert run.status()["state"] == "running"


def test_a_trainer_of_another_machine_is_told_by_its_heartbeat_alone(run):
    sign(run, host="elsewhere", pid=dead_pid())
    assert run.status()["state"] == "running"
    sign(run, host="elsewhere", age=SILENT + 5)
    assert run.status()["state"] == "lost"


@pytest.mark.parametrize(("code", "words"), [(137, "SIGKILL.*memory"), (139, "SIGSEGV"), (1, "status 1")])
def test_the_reason_of_a_loss_is_told_when_known(run, code, words):
    sign(run, pid=dead_pid())
    (run.path / "exit").write_text(f"{code} {os.getppid()}\n")
    assert re.search(words, run.status()["error"])


def test_a_zombie_is_dead():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert birth(process.pid)
    assert birth(process.pid) == birth(process.pid) != birth(os.getpid())
    process.stdin.close()
    end = time.monotonic() + 60
    while birth(process.pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert birth(process.pid) is None
    process.wait()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "{"),
        ("config.json", "[]"),
        ("config.json", '{"format": 99}'),
        ("config.json", '{"format": "x"}'),
        ("config.json", '{"speling": 1}'),
        ("status.json", "\x00"),
        ("status.json", '{"state": "dancing"}'),
        ("run.json", "7"),
    ],
)
def test_a_broken_run_never_breaks_the_list(quick, tmp_path, name, content):
    good, bad = runs.create(quick, tmp_path), runs.create(quick, tmp_path)
    (bad.path / name).write_text(content)
    rows = {row["folder"]: row for row in map(runs.overview, runs.list_runs(tmp_path))}
    assert rows[good.name]["state"] == "new"
    assert rows[bad.name]["state"] == "broken"
    assert rows[bad.name]["error"] in runs.table_line(rows[bad.name])


def test_the_exit_of_an_earlier_trainer_is_no_reason(run):
    sign(run, pid=dead_pid())
    (run.path / "exit").write_text(f"137 {os.getppid() + 1}\n")
    assert "SIGKILL" not in run.status()["error"]


BROKEN = [("config.json", "[]"), ("config.json", '{"format": "one"}'), ("status.json", "[1]"), ("status.json", "{}")]


@pytest.mark.parametrize(("name", "text"), [*BROKEN, ("status.json", "{"), ("config.json", "[" * 100_000)])
def test_a_broken_file_is_a_sentence(run, name, text):
    (run.path / name).write_text(text)
    with pytest.raises(HwrError, match=run.name):
        run.config() if name == "config.json" else run.status()


def test_a_broken_line_hides_no_other(run):
    run.log(step=1)
    with open(run.path / "metrics.jsonl", "ab") as file:
        file.write(b"\0\0\xff\n[3]\n{\n")
    run.log(step=2)
    assert [row["step"] for row in run.metrics()] == [1, 2]


def test_full_disk_when_a_run_is_made_is_a_sentence(quick, tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(HwrError, match="No space left on device"):
        runs.create(quick, tmp_path)
    assert runs.list_runs(tmp_path) == []


def test_a_list_of_runs_follows_every_change(quick, tmp_path):
    run = runs.create(quick, tmp_path)
    assert runs.overviews(tmp_path)[0]["state"] == "new"
    run.set_status("stopped")
    assert runs.overviews(tmp_path) == [runs.overview(run)]
    run.describe(notes="wide")
    os.utime(run.path / "run.json", (1, 1))
    assert runs.overviews(tmp_path)[0]["notes"] == "wide"
    run.set_status("running")
    assert runs.overviews(tmp_path)[0]["state"] == "running"
    (run.path / "config.json").write_text("[]", encoding="utf-8")
    assert runs.overviews(tmp_path)[0]["state"] == "broken"


def test_what_is_read_with_is_read_again_only_when_it_changes(quick, tmp_path, monkeypatch):
    run, other = runs.create(quick, tmp_path), runs.create(quick, tmp_path)
    run.describe(name="wide", used=True)
    other.describe(name="thin")
    read = []
    about = runs.Run.about
    monkeypatch.setattr(runs.Run, "about", lambda self: read.append(self.name) or about(self))
    assert [list(runs.used(tmp_path)) for _ in range(3)] == [["wide"]] * 3
    assert sorted(read) == sorted([run.name, other.name])
    for used in (False, True, False):
        run.describe(used=used)
        assert list(runs.used(tmp_path)) == (["wide"] if used else [])
    (run.path / "run.json").write_text("{")
    assert runs.used(tmp_path) == {}


def test_a_run_moves_while_somebody_works_on_it(run):
    assert not runs.moving(run.status())
    run.write("status.json", json.dumps({"state": "new"}))
    assert runs.launched(run.status())
    assert runs.moving(runs.overview(run))
    for state, moves in {"queued": True, "running": True, "stopped": False, "failed": False, "finished": False}.items():
        run.set_status(state)
        assert (runs.moving(run.status()), runs.launched(run.status())) == (moves, False)
