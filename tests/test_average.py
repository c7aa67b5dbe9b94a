"""Means of weights: the numbers, what they say of themselves, how they read, and weights of which there is no mean."""

import dataclasses
import json

import pytest
import torch

from hwr import average as module
from hwr import checkpoint, runs
from hwr.average import average, mean
from hwr.cli import main
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.lines.network import build_line
from hwr.models import build
from hwr.train import train

BASE = TrainConfig(dataset="synthetic", classes="0-3", model="simple", epochs=2, limit=900, batch_size=32, threads=1)


@pytest.fixture(scope="module")
def kin(tmp_path_factory):
    """Three checkpoints: a training, and two short ones from its weights."""
    folder = tmp_path_factory.mktemp("kin")

    def trained(config):
        return train(config, runs.create(config, folder / "runs"), folder=folder)

    first = trained(BASE)
    on = dataclasses.replace(BASE, init_from=str(first), epochs=1, lr=0.001)
    return (
        first,
        trained(dataclasses.replace(on, name="second")),
        trained(dataclasses.replace(on, name="third", seed=2)),
    )


def test_the_mean_of_numbers_by_their_shares():
    torch.manual_seed(0)
    models = [build("simple", 4) for _ in range(3)]
    found = mean(models, [0.5, 0.25, 0.25])
    states = [model.state_dict() for model in models]
    for key, value in found.items():
        first, second, third = (state[key] for state in states)
        assert value.dtype == first.dtype
        expected = first / 2 + second / 4 + third / 4 if first.is_floating_point() else first
        torch.testing.assert_close(value, expected)


def test_the_mean_of_weights_of_one_kin_reads_and_tells_its_story(kin, tmp_path):
    first, second, third = kin
    made = average(kin, shares=(2, 1, 1), folder=tmp_path)
    found = [checkpoint.load(path)[0].state_dict()["head.weight"] for path in kin]
    torch.testing.assert_close(made.tensors["head.weight"], found[0] / 2 + found[1] / 4 + found[2] / 4)
    assert made.whole.accuracy > 0.9
    assert len(made.parts) == 3
    figures = checkpoint.read_info(second)["figures"]
    assert made.info["figures"].keys() == figures.keys()
    assert made.info["figures"]["synthetic test"]["accuracy"] > 0.9
    assert made.info["temperature"] == made.whole.temperature
    assert made.info["command"] == f"python -m hwr average {first} {second} {third} --shares 2 1 1"
    commands = [checkpoint.read_info(path)["command"] for path in kin]
    assert made.info["before"] == commands
    assert made.info["seen"] == ["synthetic"]


def test_weights_that_are_no_kin_have_a_mean_that_is_worse_and_says_so(kin, tmp_path, capsys):
    info = checkpoint.read_info(kin[0])
    torch.manual_seed(5)
    checkpoint.save(tmp_path / "stranger.safetensors", build("simple", 4).state_dict(), info)
    out = tmp_path / "mean.safetensors"
    assert main(["average", str(kin[0]), str(tmp_path / "stranger.safetensors"), "--output", str(out)]) == 0
    said = capsys.readouterr().out
    assert "One of them alone has a lower loss than the mean" in said
    assert "mean: mean.safetensors" in said
    assert "synthetic test:" in said
    assert checkpoint.load(out)[1]["command"].startswith("python -m hwr average")


def test_the_command_prints_figures_as_an_object(kin, tmp_path, capsys):
    out = tmp_path / "mean.safetensors"
    assert main(["average", *map(str, kin[1:]), "--output", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parts"].keys() == {str(path) for path in kin[1:]}
    assert found["figures"] == checkpoint.read_info(out)["figures"]


def test_a_mean_of_networks_for_lines(tmp_path):
    config = TrainConfig(dataset="synthetic-lines", model="line-small", limit=40, threads=1)
    classes = checkpoint.read_info(checkpoint.find("lines"))["classes"]
    info = {"model": "line-small", "classes": classes, "framing": "strip", "dataset": config.dataset}
    for seed in (0, 1):
        torch.manual_seed(seed)
        weights = build_line("line-small", len(classes)).state_dict()
        checkpoint.save(tmp_path / f"{seed}.safetensors", weights, info | {"config": config.to_dict()})
    made = average([tmp_path / "0.safetensors", tmp_path / "1.safetensors"], folder=tmp_path)
    assert made.whole.figures["images"] > 0
    assert made.info["figures"]["synthetic-lines test"]["images"] > 0


def test_no_test_set_that_one_of_the_parts_has_seen(kin, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "doubt", lambda name, info, test: "seen" if "synthetic" in info["seen"] else None)
    assert average(kin[:2], folder=tmp_path).info["figures"].keys() == {"validation"}


@pytest.mark.parametrize(
    ("shares", "words"),
    [((1,), "2 weights and 1 shares"), ((1, 0), "above 0"), ((1, float("nan")), "above 0"), ((1, -2), "above 0")],
)
def test_shares_that_give_no_mean(kin, tmp_path, shares, words):
    with pytest.raises(HwrError, match=words):
        average(kin[:2], shares=shares, folder=tmp_path)


def test_weights_of_which_there_is_no_mean(kin, tmp_path, small_weights):
    with pytest.raises(HwrError, match="two weights or more"):
        average(kin[:1], folder=tmp_path)
    with pytest.raises(HwrError, match="digit-strings and lines differ in classes"):
        average(["lines", "digit-strings"], folder=tmp_path)
    with pytest.raises(HwrError, match="differ in model, framing, learning of what is no character"):
        average([small_weights, "digits"], folder=tmp_path)
    with pytest.raises(HwrError, match="does not say how it was trained"):
        average([small_weights, small_weights], folder=tmp_path)


def test_what_cannot_be_written_is_told_before_the_work(kin, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(module, "prepare", lambda *_: pytest.fail("worked first"))
    assert main(["average", *map(str, kin[:2]), "--output", str(tmp_path)]) == 1
    assert "it is a folder" in capsys.readouterr().err
