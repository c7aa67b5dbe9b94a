"""A comparison: a row of figures a model, all of them on the same pictures; what was measured before is not again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hwr.compare import cache
from hwr.compare.advice import Pairing, pairings, recommendation
from hwr.compare.cache import Measured
from hwr.compare.measure import PAIRS, Watch, measure, mistaken
from hwr.compare.question import Model, Question
from hwr.data import Dataset
from hwr.errors import HwrError
from hwr.evaluate import class_figures, crossed, reliability
from hwr.insight import most_confused


@dataclass(frozen=True)
class Confused:
    """Pictures of `true` that were read as `read`: how many, and their places in the test set, the surest first."""

    true: str
    read: str
    count: int
    places: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Row:
    """A model and what it did: its figures, and what follows from its answers. `doubt` says why they may not be honest."""

    model: Model
    classes: str
    measured: Measured
    doubt: str | None = None

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def figures(self) -> dict[str, Any]:
        return self.measured.figures

    @cached_property
    def right(self) -> np.ndarray:
        """Which pictures were read right, bool (n,)."""
        return self.measured.labels == self.measured.answers

    @cached_property
    def confusion(self) -> np.ndarray:
        """How often each class (row) was read as each class (column), int64."""
        return crossed(self.measured.labels, self.measured.answers, len(self.classes))

    def per_class(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 and the number of pictures of each class."""
        found = class_figures(self.confusion)
        return {
            char: {
                key: int(values[i]) if key == "images" else round(float(values[i]), 6) for key, values in found.items()
            }
            for i, char in enumerate(self.classes)
        }

    def calibration(self) -> list[tuple[int, float, float]]:
        """The calibration curve: count, mean confidence and accuracy of each bin of confidence that has pictures."""
        bins = zip(*reliability(self.measured.confidences, self.right), strict=True)
        return [(int(count), float(confidence), float(share)) for count, confidence, share in bins if count]

    def confused(self, count: int = PAIRS) -> list[Confused]:
        """The pairs of classes with the most mistakes."""
        return [
            Confused(true, read, times, tuple(self.places(true, read).tolist()))
            for true, read, times in most_confused(self.confusion, self.classes, count)
        ]

    def places(self, true: str, read: str) -> np.ndarray:
        """Where the pictures of class `true` that were read as `read` stand in the test set, the surest first."""
        seen = self.measured
        return mistaken(seen.labels, seen.answers, seen.confidences, self.classes.index(true), self.classes.index(read))

    def pictures(self, places: Sequence[int]) -> dict[int, np.ndarray]:
        """The pictures at these places, uint8 (28, 28), as far as they are kept with the figures."""
        kept = {int(place): number for number, place in enumerate(self.measured.shown_places)}
        return {place: self.measured.shown[kept[place]] for place in places if place in kept}

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values."""
        confused = [{**vars(pair), "places": list(pair.places)} for pair in self.confused()]
        about = {"network": self.model.info["model"], "classes": self.classes, "knows": len(self.model.info["classes"])}
        more = {"per_class": self.per_class(), "most_confused": confused, "confusion": self.confusion.tolist()}
        return {**about, **self.figures, "doubt": self.doubt, **more, "calibration": self.calibration()}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Rows in the order in which the models were given, on one question; `mark` is that of its pictures (Question.mark)."""

    question: Question
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    mark: str = ""

    @cached_property
    def pairings(self) -> list[Pairing]:
        return pairings(self.rows)

    @cached_property
    def recommendation(self) -> str:
        return recommendation(self.rows, self.pairings)

    def images(self, framing: str) -> np.ndarray:
        """All pictures of the question in a framing, uint8 (n, 28, 28); raises HwrError when they have changed since."""
        if self.question.mark() != self.mark:
            raise HwrError(f"The pictures of {self.question.dataset} have changed since: press Start to compare again.")
        return self.question.load(framing).images

    def to_dicts(self) -> list[dict[str, Any]]:
        """An object a model: "weights", "dataset", "part", its figures, and "mcnemar" against each of the others."""
        about = {"dataset": self.question.dataset, "part": self.question.part}
        return [
            {"weights": row.name, **about, **row.to_dict(), "mcnemar": _against(row.name, self.pairings)}
            for row in self.rows
        ]


def _against(name: str, found: Sequence[Pairing]) -> list[dict[str, Any]]:
    """The tests in which a model stands, told from its side."""
    told = []
    for item in found:
        if name not in (item.first, item.second):
            continue
        sides = [(item.second, item.only_first, item.only_second), (item.first, item.only_second, item.only_first)]
        other, only_this, only_other = sides[name == item.second]
        told.append({"other": other, "only_this": only_this, "only_other": only_other, "p": item.p})
        told[-1]["significant"] = item.significant
    return told


def quiet(what: str, share: float) -> None:
    """A watch that says nothing."""


def kept(models: Sequence[Model], question: Question) -> Comparison | None:
    """The comparison when all of it was measured before; None when something is missing."""
    found = [measured for model in models if (measured := cache.read(model, question))]
    return _assembled(models, question, found) if len(found) == len(models) else None


def compare(models: Sequence[Model], question: Question, watch: Watch = quiet, *, fresh: bool = False) -> Comparison:
    """The models on the same pictures. What was measured before is told again, but not with `fresh`.

    `watch` hears what is being done and the share of it, and may raise to end it; what was measured until then is kept.
    Raises HwrError when the pictures or a model cannot be loaded.
    """
    found = {} if fresh else {place: cache.read(model, question) for place, model in enumerate(models)}
    missing = [place for place in range(len(models)) if found.get(place) is None]
    data: Dataset | None = None
    for number, place in enumerate(sorted(missing, key=lambda place: models[place].info["framing"])):
        model, done = models[place], number / len(missing)
        if data is None or data.framing != model.info["framing"]:
            watch(f"Loading {question.dataset}", done)
            data = question.load(model.info["framing"])
        measured = measure(model, data, _within(watch, done, 1 / len(missing)))
        cache.write(model, question, measured)
        found[place] = measured
    return _assembled(models, question, [measured for _, measured in sorted(found.items()) if measured])


def _assembled(models: Sequence[Model], question: Question, found: Sequence[Measured]) -> Comparison:
    rows = [
        Row(model, question.classes, measured, question.doubt(model))
        for model, measured in zip(models, found, strict=True)
    ]
    return Comparison(question, tuple(rows), tuple(question.notes(models)), question.mark())


def _within(watch: Watch, done: float, share: float) -> Watch:
    """A watch of a part that begins at `done` and is that share of the whole."""
    return lambda what, part: watch(what, done + share * part)
