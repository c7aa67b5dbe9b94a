"""What is compared, and what all of it is asked: the models, one part of a dataset, the classes that all tell apart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwr import checkpoint, onnx_file
from hwr.classes import fold
from hwr.data import Dataset, Source, classes_of, data_folder, load
from hwr.errors import HwrError
from hwr.evaluate import common_classes
from hwr.honest import doubt
from hwr.kept import dataset_files
from hwr.networks import STRIPS


@dataclass(frozen=True, eq=False)
class Model:
    """A checkpoint to compare: what it is called, its file, what it says of itself, and a hash of its bytes."""

    name: str
    path: Path
    info: dict[str, Any]
    digest: str

    @classmethod
    def at(cls, path: Path, name: str = "") -> Model:
        """The checkpoint in a file. Raises HwrError when it is none, or reads lines rather than characters."""
        name, info = name or checkpoint.title(path), onnx_file.read_info(path)
        if info["framing"] == STRIPS:
            raise HwrError(
                f"{name} reads whole lines, and single characters are compared here: "
                f"python -m hwr evaluate {name} --dataset unipen-words scores it."
            )
        return cls(name, path, info, hashlib.sha256(path.read_bytes()).hexdigest())


@dataclass(frozen=True)
class Question:
    """The pictures of one part of a dataset that are of `classes`; `known` are all classes that the dataset has."""

    dataset: str
    part: str
    folder: Path
    classes: str
    known: str

    def load(self, framing: str) -> Dataset:
        """The pictures, the same in the same order for every framing; raises HwrError when they cannot be had."""
        return load(self.dataset, Source(self.part, self.folder, framing, classes=self.classes)).certain()

    def mark(self) -> str:
        """What changes when the pictures may have changed: the names, sizes and times of the dataset's files."""
        seen = hashlib.sha256(f"{self.dataset} {self.part} {self.classes}".encode())
        for name in self.dataset.split("+"):
            for line in dataset_files(name, self.folder):
                seen.update(line.encode("utf-8", "surrogateescape"))
        return seen.hexdigest()

    def notes(self, models: Sequence[Model]) -> list[str]:
        """Sentences on which classes are asked for, and of which models the figures are in doubt."""
        told = []
        left_out = [char for char in self.known if fold(char, self.classes) is None]
        merged = [char for char in self.known if char not in self.classes and char not in left_out]
        who, does = ("not every model here", "s") if len(models) > 1 else (f"{models[0].name} does not", "")
        if left_out:
            told.append(
                f"{len(left_out)} of the {len(self.known)} characters of {self.dataset} are left out, since {who} "
                f"know{does} them; asked for are {self.classes}."
            )
        if merged:
            told.append(f"Capital and small letter count as one where {who} tell{does} them apart: {''.join(merged)}.")
        wide = [f"{model.name} ({len(model.info['classes'])})" for model in models if _wider(model, self.classes)]
        if wide:
            told.append(f"Asked for these {len(self.classes)} of their classes alone: {', '.join(wide)}.")
        doubts = [found for model in models if (found := self.doubt(model))]
        return told + doubts

    def doubt(self, model: Model) -> str | None:
        """Why a model's figure here may not be honest, in a sentence; None when it is."""
        return doubt(model.name, model.info, self.dataset, self.part)


def find_models(weights: Sequence[str | Path]) -> list[Model]:
    """The models that weights stand for, each once, with names of their own; raises HwrError as checkpoint.find does."""
    found: dict[Path, Model] = {}
    for name in weights:
        path = checkpoint.find(name)
        found.setdefault(path.resolve(), Model.at(path))
    return named_apart(found.values())


def named_apart(models: Sequence[Model] | Any) -> list[Model]:
    """The same models; one whose name another has already gets a number behind it."""
    names: dict[str, Model] = {}
    for model in models:
        name, number = model.name, 1
        while name in names:
            number += 1
            name = f"{model.name} ({number})"
        names[name] = Model(name, model.path, model.info, model.digest)
    return list(names.values())


def ask(models: Sequence[Model], dataset: str, *, part: str = "test", folder: Path | None = None) -> Question:
    """The question for these models: the classes of the dataset that every one of them tells apart.

    Raises HwrError when there is no model, no such dataset, or no class that all of them know.
    """
    if not models:
        raise HwrError("There is nothing to compare: name at least one model.")
    folder = data_folder(folder)
    known = classes = classes_of(dataset, Source(part, folder))
    for model in models:
        try:
            classes = common_classes(model.info["classes"], classes)
        except HwrError as error:
            of = f"of {dataset}" if classes == known else f"that the other models know of {dataset}"
            raise HwrError(
                f'{model.name} reads none of the characters {of}: it knows "{model.info["classes"]}". '
                "Choose another test set, or leave it out."
            ) from error
    return Question(dataset, part, folder, classes, known)


def _wider(model: Model, classes: str) -> bool:
    """Whether a model has classes that are not asked for."""
    return set(model.info["classes"]) != set(classes)
