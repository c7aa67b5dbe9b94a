"""A run is a folder: what is written can be read, half a line is left out, a full disk is a sentence."""

import errno
import json
from pathlib import Path

import pytest

from hwr import runs
from hwr.errors import HwrError


def test_created_listed_and_found(quick, tmp_path):
    one, two = runs.create(quick, tmp_path), runs.create(quick, tmp_path)
    assert one.path != two.path
    assert {run.name for run in runs.list_runs(tmp_path)} == {one.name, two.name}
    assert runs.find(one.name, tmp_path).config() == quick
    assert one.status() == {"state": "new"}
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
    run.set_status("running", step=3)
    run.set_status("finished", step=9)
    status = run.status()
    assert status["state"] == "finished"
    assert status["step"] == 9
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
