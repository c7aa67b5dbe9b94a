"""Checkpoints: what goes in comes out; what is broken, foreign or newer is a sentence; a full disk loses nothing."""

import errno
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from hwr import checkpoint
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
