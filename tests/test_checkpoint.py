"""Checkpoints: what goes in comes out; what is broken, foreign or newer is a sentence; a full disk loses nothing."""

import errno
import json
import os

import pytest
import torch
from safetensors.torch import load_file, save_file

from hwr import checkpoint, runs
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.models import build

INFO = {"model": "simple", "classes": "0123456789", "framing": "mnist", "temperature": 1.5}


def test_round_trip(tmp_path):
    model = build("simple", 10)
    path = tmp_path / "a.safetensors"
    checkpoint.save(path, model.state_dict(), INFO)
    loaded, info = checkpoint.load(path)
    assert not loaded.training
    assert all(torch.equal(value, loaded.state_dict()[key]) for key, value in model.state_dict().items())
    assert info["classes"] == "0123456789"
    assert checkpoint.temperature(info) == 1.5


@pytest.mark.parametrize("content", [b"", b"hello, this is no checkpoint", b"\xff" * 64, b"\x80\x04pickle"])
def test_a_file_that_is_no_checkpoint(tmp_path, content):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(HwrError, match=r"bad\.safetensors is not a readable checkpoint"):
        checkpoint.load(path)


def test_truncated(tmp_path, small_weights):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(small_weights.read_bytes()[:-1000])
    with pytest.raises(HwrError, match=r"cut\.safetensors"):
        checkpoint.load(path)


def test_missing_key_names_it(tmp_path, small_weights):
    tensors = load_file(str(small_weights))
    del tensors["head.bias"]
    checkpoint.save(tmp_path / "a.safetensors", tensors, INFO)
    with pytest.raises(HwrError, match=r"head\.bias"):
        checkpoint.load(tmp_path / "a.safetensors")


def test_foreign_safetensors(tmp_path):
    save_file({"x": torch.zeros(2)}, str(tmp_path / "x.safetensors"))
    with pytest.raises(HwrError, match="not a checkpoint of hwr"):
        checkpoint.read_info(tmp_path / "x.safetensors")


@pytest.mark.parametrize(("header", "words"), [("{", "broken"), ("{}", "model, classes"), ("[1]", "model")])
def test_broken_description(tmp_path, header, words):
    save_file({"x": torch.zeros(2)}, str(tmp_path / "x.safetensors"), {"hwr": header})
    with pytest.raises(HwrError, match=words):
        checkpoint.read_info(tmp_path / "x.safetensors")


def test_newer_format_says_so(tmp_path):
    header = json.dumps({**INFO, "format": checkpoint.FORMAT + 1, "version": "9.0"})
    save_file({"x": torch.zeros(2)}, str(tmp_path / "x.safetensors"), {"hwr": header})
    with pytest.raises(HwrError, match="newer"):
        checkpoint.read_info(tmp_path / "x.safetensors")


def test_full_disk_keeps_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    checkpoint.write_whole(path, b"older")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(HwrError, match="No space left"):
        checkpoint.write_whole(path, b"newer")
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_name_lists_the_names():
    with pytest.raises(HwrError, match="mnist-simple"):
        checkpoint.find("no-such-weights")


def test_list_leaves_broken_files_out(tmp_path, small_weights):
    (tmp_path / "good.safetensors").write_bytes(small_weights.read_bytes())
    (tmp_path / "bad.safetensors").write_bytes(b"bad")
    (item,) = checkpoint.list_weights(tmp_path)
    assert item["name"] == "good"
    assert item["bytes"] == small_weights.stat().st_size


WRONG = {
    "format": ({"format": "one"}, "newer"),
    "no class": ({"classes": ""}, "no classes"),
    "a class twice": ({"classes": "0123456788"}, "twice"),
    "classes as a list": ({"classes": list("0123456789")}, "classes"),
    "framing": ({"framing": "imagenet"}, "imagenet"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_description_is_a_sentence_and_out_of_the_list(case, tmp_path, small_weights):
    changed, words = WRONG[case]
    path = tmp_path / "wrong.safetensors"
    checkpoint.save(path, load_file(str(small_weights)), INFO | changed)
    with pytest.raises(HwrError, match=words):
        checkpoint.load(path)
    assert checkpoint.list_weights(tmp_path) == []


def test_weights_that_give_no_numbers_are_refused(tmp_path, small_weights):
    tensors = load_file(str(small_weights))
    tensors["features.0.weight"][0] = float("nan")
    checkpoint.save(tmp_path / "a.safetensors", tensors, INFO)
    with pytest.raises(HwrError, match="no numbers"):
        checkpoint.load(tmp_path / "a.safetensors")


@pytest.mark.parametrize("value", [0, -1, float("nan"), 1e-300, 1e300, "warm", [1]])
def test_a_temperature_that_cannot_be_counts_as_none(value):
    assert checkpoint.temperature({"temperature": value}) == 1.0


def test_a_name_that_is_too_long_is_a_sentence():
    with pytest.raises(HwrError, match="no weights"):
        checkpoint.find("a" * 400)


def test_a_description_cannot_rename_its_file(tmp_path, small_weights):
    checkpoint.save(tmp_path / "a.safetensors", load_file(str(small_weights)), INFO | {"name": "b", "path": "/b"})
    (item,) = checkpoint.list_weights(tmp_path)
    assert (item["name"], item["path"]) == ("a", tmp_path / "a.safetensors")


def test_a_folder_is_not_written_over_and_a_pipe_stays(tmp_path):
    with pytest.raises(HwrError, match="it is a folder"):
        checkpoint.write_whole(tmp_path, b"text")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    checkpoint.write_whole(pipe, b"text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert pipe.is_fifo()


def used_run(folder, weights, name: str) -> runs.Run:
    """A run of this name with best weights, which is read with."""
    run = runs.create(TrainConfig(name="first"), folder)
    (run.path / checkpoint.BEST).write_bytes(weights.read_bytes())
    run.describe(name=name, used=True)
    return run


def test_a_run_that_is_read_with_is_listed_and_found_by_its_name(small_weights, tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_RUNS", str(tmp_path))
    run = used_run(tmp_path, small_weights, "wide pens")
    best = run.path / checkpoint.BEST
    assert {item["name"]: item["path"] for item in checkpoint.list_weights()}["wide pens"] == best
    assert checkpoint.find("wide pens") == checkpoint.find(run.name) == checkpoint.find(run.path) == best
    assert checkpoint.title(best) == run.name
    run.describe(used=False)
    assert "wide pens" not in [item["name"] for item in checkpoint.list_weights()]
    with pytest.raises(HwrError, match="no weights"):
        checkpoint.find("wide pens")
    assert checkpoint.find(run.name) == best


def test_a_run_takes_no_name_that_is_taken(small_weights, tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_RUNS", str(tmp_path))
    first, second = (used_run(tmp_path, small_weights, "wide pens") for _ in range(2))
    third = used_run(tmp_path, small_weights, "digits")
    names = [item["name"] for item in checkpoint.list_weights()]
    assert names[-3:] == [third.name, "wide pens", first.name]
    assert checkpoint.find("wide pens").parent.name == second.name
    assert checkpoint.find("digits").parent == checkpoint.WEIGHTS


def test_a_used_run_without_weights_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_RUNS", str(tmp_path))
    runs.create(TrainConfig(), tmp_path).describe(name="empty", used=True)
    assert "empty" not in [item["name"] for item in checkpoint.list_weights()]


def test_the_runs_are_looked_through_only_for_a_name_that_is_nowhere_else(small_weights, tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_RUNS", str(tmp_path))
    run = used_run(tmp_path, small_weights, "wide pens")
    looked = []
    used = runs.used
    monkeypatch.setattr(runs, "used", lambda folder: looked.append(folder) or used(folder))
    for weights in (small_weights, "digits", run.name, run.path):
        checkpoint.find(weights)
    assert looked == []
    assert checkpoint.find("wide pens") == run.path / checkpoint.BEST
    assert looked == [tmp_path]
