"""What a study searches: which settings and between which values, and the rest, which stays fixed. No Optuna here."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hwr.config import Span, TrainConfig, field_type, flag
from hwr.errors import HwrError

# The trainer keeps the epoch of the least validation loss, so a trial is judged by it too. It is taken after calibration
# by a temperature, so that trials with other label smoothing compare, and it tells apart what accuracy on a few thousand
# pictures is too coarse for.
METRIC = "validation loss"
TUNED = ("lr", "weight_decay", "label_smoothing", "dropout", "zoom", "elastic")
PRUNERS = ("median", "halving", "none")
MACHINE = ("threads", "device", "save_seconds")  # may differ from worker to worker
FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """A study's fixed settings, the spans of those that it tries, and how it gives up on trials that go badly."""

    base: TrainConfig
    space: dict[str, Span]
    pruner: str = "median"

    def to_dict(self) -> dict[str, Any]:
        space = {name: dataclasses.asdict(span) for name, span in self.space.items()}
        return {"format": FORMAT, "base": self.base.to_dict(), "space": space, "pruner": self.pruner}

    @classmethod
    def from_dict(cls, values: Any) -> Plan:
        """The plan that `to_dict` wrote; raises HwrError for one that is damaged or of a newer format."""
        try:
            if values["format"] > FORMAT:
                raise HwrError("The study was made by a newer hwr; update hwr to go on with it.")
            spans = values["space"].items()
            space = {name: Span(**{**span, "choices": tuple(span["choices"])}) for name, span in spans}
            return cls(TrainConfig.from_dict(values["base"]), space, values["pruner"])
        except (KeyError, TypeError, AttributeError) as error:
            raise HwrError("The study holds no plan of hwr: give another --study.") from error

    def trial(self, params: dict[str, Any], name: str) -> TrainConfig:
        """The config of one trial: it never sees a test part."""
        return TrainConfig.from_dict(self.base.to_dict() | params | {"test": "none", "name": name})

    def full(self, params: dict[str, Any]) -> TrainConfig:
        """The config that trains fully with these settings: on all pictures, scored on the test part at the end."""
        rounded = {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in params.items()}
        return TrainConfig.from_dict(self.base.to_dict() | rounded | {"limit": 0})

    def difference(self, other: Plan) -> str:
        """The first thing in which two plans differ, as a person reads it; empty when a worker may join with either."""
        for item in dataclasses.fields(TrainConfig):
            mine, yours = getattr(self.base, item.name), getattr(other.base, item.name)
            if mine != yours and item.name not in MACHINE:
                return f"{flag(item.name)} {mine or '(none)'}, not {yours or '(none)'}"
        if self.space != other.space:
            return f'--tune "{self.describe()}"'
        return f"--pruner {self.pruner}" if self.pruner != other.pruner else ""

    def describe(self) -> str:
        """The space as `--tune` takes it."""
        return ",".join(f"{name}={span_text(span)}" for name, span in self.space.items())

    def defaults(self) -> dict[str, Any]:
        """The base's own values of what is searched; empty when one of them is outside its span."""
        values = {name: getattr(self.base, name) for name in self.space}
        inside = all(_inside(values[name], span) for name, span in self.space.items())
        return values if inside else {}


def span_text(span: Span) -> str:
    """A span as `--tune` takes it: 0.1..0.4 or adamw/sgd; empty for all that there are."""
    if span.choices:
        return "/".join(map(str, span.choices))
    return f"{span.low:g}..{span.high:g}" if span.high > span.low else ""


def value_text(value: Any) -> str:
    """A setting's value for reading: 0.00213 is "0.00213", 0.312345 is "0.312"."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def setting_texts(settings: Mapping[str, Any]) -> list[str]:
    """Settings for reading, one a text: "weight decay 0.01"."""
    return [f"{name.replace('_', ' ')} {value_text(value)}" for name, value in settings.items()]


def _inside(value: Any, span: Span) -> bool:
    return value in span.choices if span.choices else span.low <= value <= span.high


def tunable() -> dict[str, Span]:
    """The settings that can be searched, with what is tried of each when nothing else is said."""
    return {item.name: item.metadata["span"] for item in dataclasses.fields(TrainConfig) if item.metadata["span"]}


def make_plan(base: TrainConfig, given: set[str], tune: str | None = None, pruner: str = "median") -> Plan:
    """The plan of a new study; what was `given` on the command line is fixed. `tune` is None for the usual settings.

    Raises HwrError for a setting that cannot be searched, a span that makes no sense, and one both given and searched.
    """
    if pruner not in PRUNERS:
        raise HwrError(f'--pruner "{pruner}" is unknown; choose one of {", ".join(PRUNERS)}.')
    if tune is None:
        space = {name: tunable()[name] for name in TUNED if name not in given}
    else:
        space = dict(_parse(part) for part in tune.split(","))
        if both := sorted(given & set(space)):
            raise HwrError(f"{flag(both[0])} is given, so it cannot be searched too: leave it out of --tune.")
    if not space:
        raise HwrError("Nothing is left to search: name some settings with --tune.")
    space = {name: _settled(name, span) for name, span in space.items()}
    return Plan(replace(base, name="").check(), space, pruner)


def _parse(part: str) -> tuple[str, Span]:
    name, _, values = part.strip().partition("=")
    name, known = name.strip().lstrip("-").replace("-", "_"), tunable()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"choose from {', '.join(known)}."
        raise HwrError(f'--tune: "{name}" is nothing that can be searched; {hint}')
    return name, _span(name, values.strip(), known[name]) if values else known[name]


def _span(name: str, values: str, usual: Span) -> Span:
    kind = field_type(name)
    try:
        if ".." in values and kind is not str:
            low, high = (kind(word) for word in values.split(".."))
            span = Span(low, high, usual.log and low > 0)
        else:
            span = Span(choices=tuple(dict.fromkeys(kind(word) for word in values.split("/"))))
    except ValueError as error:
        raise HwrError(f'--tune {name}: "{values}" is no span; write {name}=LOW..HIGH or {name}=A/B/C.') from error
    if len(span.choices) == 1 or (not span.choices and not span.low < span.high):
        raise HwrError(f'--tune {name}: "{values}" leaves nothing to choose; fix it with {flag(name)} instead.')
    for value in span.choices or (span.low, span.high):
        TrainConfig.from_dict({name: value})
    return span


def _settled(name: str, span: Span) -> Span:
    """A span whose choices are all named: those of its option, or of the registry of networks."""
    if name == "model":
        from hwr.models import MODELS, entry

        for model in span.choices:
            entry(model)
        return span if span.choices else Span(choices=tuple(MODELS))
    if span.choices or span.high > span.low:
        return span
    return Span(choices=TrainConfig.__dataclass_fields__[name].metadata["choices"])
