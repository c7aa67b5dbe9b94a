"""TrainConfig: what it refuses, and in which words."""

import dataclasses
import json

import pytest

from hwr.config import GROUPS, TrainConfig, field_type, flag
from hwr.errors import HwrError


def test_defaults_are_allowed():
    assert TrainConfig().check() == TrainConfig()


@pytest.mark.parametrize("item", dataclasses.fields(TrainConfig), ids=lambda item: item.name)
def test_every_field_has_help_a_type_and_a_reader(item):
    assert len(item.metadata["help"]) > 5
    assert field_type(item.name) in (str, int, float)
    if field_type(item.name) is not str:
        assert item.metadata["low"] <= item.default <= item.metadata["high"]


SPANS = [item for item in dataclasses.fields(TrainConfig) if item.metadata["span"]]


@pytest.mark.parametrize("item", SPANS, ids=lambda item: item.name)
def test_what_a_search_tries_is_allowed_and_has_the_default_in_it(item):
    span = item.metadata["span"]
    tried = span.choices or item.metadata["choices"] or (item.default, span.low, span.high)
    for value in tried:
        TrainConfig.from_dict({item.name: field_type(item.name)(value)})
    assert item.default in tried
    assert item.name == "model" or span.choices or item.metadata["choices"] or span.low <= item.default < span.high


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", 0.0),
        ("lr", float("nan")),
        ("lr", float("inf")),
        ("epochs", 0),
        ("epochs", 1_000_000),
        ("epochs", 2.5),
        ("epochs", True),
        ("batch_size", -1),
        ("optimizer", "adamm"),
        ("schedule", "cyclic"),
        ("validation", 1.0),
        ("name", 3),
    ],
)
def test_bad_value_names_the_option(name, value):
    with pytest.raises(HwrError, match=flag(name)):
        TrainConfig.from_dict({name: value})


def test_unknown_key_suggests_the_nearest():
    with pytest.raises(HwrError, match='did you mean "epochs"'):
        TrainConfig.from_dict({"epoch": 3})


def test_all_epochs_clean_is_a_contradiction():
    with pytest.raises(HwrError, match="--clean-epochs"):
        TrainConfig(epochs=3, clean_epochs=3).check()


def test_command_says_only_what_differs():
    assert TrainConfig().command() == "python -m hwr train"
    config = TrainConfig(dataset="folder:my digits", epochs=3)
    assert config.command() == "python -m hwr train --dataset 'folder:my digits' --epochs 3"


def test_read_from_a_file(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"epochs": 7}))
    assert TrainConfig.read(path).epochs == 7
    for text in ("[]", "{", "\udcff"):
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        with pytest.raises(HwrError, match="config"):
            TrainConfig.read(path)


def test_every_option_stands_in_a_group_and_texts_say_what_they_take():
    for item in dataclasses.fields(TrainConfig):
        assert item.metadata["group"] in GROUPS
        if field_type(item.name) is str and item.name != "name":
            assert item.metadata["choices"] or item.metadata["registry"], item.name
