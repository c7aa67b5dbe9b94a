"""TrainConfig: everything that decides how a training goes, in one validated dataclass.

Each field carries its line of help and, where there are any, its choices or range; the command line and the Train page are
made from these. It knows nothing of torch.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import math
import shlex
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwr.errors import HwrError

OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("one-cycle", "cosine", "constant")
PRECISIONS = ("auto", "float32", "bf16")
FRAMINGS = ("mnist", "emnist")
GROUPS = ("essentials", "data", "network", "learning", "augmentation", "machine")


@dataclass(frozen=True)
class Span:
    """What a search of settings tries of a field: numbers from `low` to `high`, or `choices`; neither: all that there are.

    With `log` the numbers are spread evenly in their logarithm.
    """

    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple = ()


def option(
    default: Any,
    help: str,
    group: str = "machine",
    *,
    choices: tuple | str = (),
    span: Span | None = None,
    **limits: Any,
) -> Any:
    """A field of TrainConfig: its line of help, one of GROUPS, the values it takes, and what a search tries of it.

    `choices` is all of them, or the name of the registry that they come from, which is looked up by whoever has it;
    numbers have `low` and `high`.
    """
    registry = choices if isinstance(choices, str) else ""
    about = {"help": help, "group": group, "choices": () if registry else choices, "registry": registry, "span": span}
    return dataclasses.field(default=default, metadata={"low": None, "high": None, **about, **limits})


@dataclass
class TrainConfig:
    """How one training goes. `check()` raises HwrError that names the option that is wrong."""

    dataset: str = option(
        "mnist", "what to learn from; several are joined with +, as in mnist+unipen", "essentials", choices="datasets"
    )
    model: str = option("residual", "the network; see `hwr models`", "essentials", span=Span(), choices="networks")
    name: str = option("", "name of the run; empty: made from dataset and model", "essentials")
    classes: str = option(
        "",
        "characters to learn: digits, letters, bymerge, byclass, or a charset; empty: the dataset's",
        "data",
        choices="charsets",
    )
    framing: str = option(
        "", "how ink is framed in 28 x 28; empty: as the first dataset is", "data", choices=("", *FRAMINGS)
    )
    epochs: int = option(10, "passes over the training part", "essentials", low=1, high=10_000)
    batch_size: int = option(
        256, "pictures in a step", "learning", low=2, high=65_536, span=Span(choices=(64, 128, 256, 512))
    )
    optimizer: str = option("adamw", "how weights follow their gradient", "learning", choices=OPTIMIZERS, span=Span())
    lr: float = option(3e-3, "highest learning rate", "learning", low=1e-7, high=10, span=Span(3e-4, 3e-2, log=True))
    schedule: str = option(
        "one-cycle", "how the learning rate moves over the training", "learning", choices=SCHEDULES, span=Span()
    )
    warmup: float = option(
        0.15, "share of the training in which the learning rate rises", "learning", low=0, high=0.9, span=Span(0, 0.4)
    )
    momentum: float = option(
        0.9, "momentum of SGD, first beta of Adam", "learning", low=0, high=0.999, span=Span(0.8, 0.98)
    )
    weight_decay: float = option(
        0.02, "pull of weights to zero", "learning", low=0, high=10, span=Span(1e-4, 0.3, log=True)
    )
    label_smoothing: float = option(
        0.05, "share of the target spread over all classes", "network", low=0, high=0.9, span=Span(0, 0.2)
    )
    dropout: float = option(
        0.2, "share of features dropped before the last layer", "network", low=0, high=0.9, span=Span(0, 0.6)
    )
    ema: float = option(
        0.998,
        "decay of the averaged weights that are evaluated and kept; 0: none",
        "network",
        low=0,
        high=0.99999,
        span=Span(choices=(0.0, 0.99, 0.998, 0.9995)),
    )
    rotation: float = option(12.0, "largest rotation, degrees", "augmentation", low=0, high=180, span=Span(0, 30))
    shift: float = option(
        0.06, "largest shift, share of the picture", "augmentation", low=0, high=0.5, span=Span(0, 0.15)
    )
    zoom: float = option(0.12, "largest change of size, each axis", "augmentation", low=0, high=0.9, span=Span(0, 0.3))
    shear: float = option(0.2, "largest slant, as tangent", "augmentation", low=0, high=1, span=Span(0, 0.5))
    elastic: float = option(
        1.0, "strength of elastic distortion, pixels", "augmentation", low=0, high=10, span=Span(0, 3)
    )
    stroke: float = option(
        0.3, "share of pictures with thicker or thinner strokes", "augmentation", low=0, high=1, span=Span(0, 1)
    )
    blur: float = option(0.0, "share of pictures blurred", "augmentation", low=0, high=1, span=Span(0, 0.6))
    dirt: float = option(
        0.0, "share of pictures with bits of a neighbour or a line", "augmentation", low=0, high=1, span=Span(0, 0.5)
    )
    reject: float = option(
        0.0,
        "scribbles and other marks beside the characters, as a share of them, to learn what is none",
        "data",
        low=0,
        high=1,
    )
    clean_epochs: int = option(1, "last epochs without augmentation", "augmentation", low=0, high=10_000)
    validation: float = option(
        0.05, "share of the training data kept for choosing the best epoch", "data", low=0.001, high=0.5
    )
    early_stop: int = option(
        0, "stop after so many epochs without a better validation; 0: never", "learning", low=0, high=10_000
    )
    init_from: str = option(
        "", "weights to start from, of these or other classes; empty: none", "network", choices="weights"
    )
    test: str = option(
        "",
        "datasets, joined with +, scored once at the end, their pictures kept out of training; empty: the dataset; or none",
        "data",
        choices="datasets",
    )
    limit: int = option(0, "use only so many pictures; 0: all", "data", low=0, high=100_000_000)
    seed: int = option(
        0, "seed of the split, the weights, the order and the augmentation", "learning", low=0, high=2**31 - 1
    )
    device: str = option("auto", "auto, cpu, cuda, mps", choices="devices")
    precision: str = option("auto", "number format of the multiplications", choices=PRECISIONS)
    threads: int = option(0, "processor threads; 0: one a core", low=0, high=1024)
    save_seconds: float = option(30.0, "longest time between two saves", low=0.1, high=86_400)

    def check(self) -> TrainConfig:
        """This config when every value is allowed; raises HwrError otherwise."""
        for item in dataclasses.fields(self):
            _check_value(item, getattr(self, item.name))
        if self.clean_epochs >= self.epochs > 1:
            self_advice = f"--clean-epochs {self.clean_epochs} leaves none of the {self.epochs} epochs augmented"
            raise HwrError(f"{self_advice}; give fewer of them, or set the augmentations to 0.")
        return self

    def command(self) -> str:
        """The command line that trains with this config: only what differs from the defaults."""
        changed = [item for item in dataclasses.fields(self) if getattr(self, item.name) != item.default]
        options = [f"{flag(item.name)} {shlex.quote(str(getattr(self, item.name)))}" for item in changed]
        return " ".join(["python -m hwr train", *options])

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """A checked config from plain values; an unknown key is an error that names the nearest known one."""
        names = {item.name for item in dataclasses.fields(cls)}
        for key in values:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f'; did you mean "{near[0]}"?' if near else "."
                raise HwrError(f'"{key}" is not an option of a training{hint}')
        return cls(**values).check()

    @classmethod
    def read(cls, path: str | Path) -> TrainConfig:
        """The config in a JSON file; raises HwrError when it is not one."""
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise HwrError(f"Cannot read the config {path}: {error}.") from error
        if not isinstance(values, dict):
            raise HwrError(f"The config {path} holds no settings: it must be a JSON object.")
        return cls.from_dict(values)


def flag(name: str) -> str:
    """The command-line option of a field: "batch_size" is "--batch-size"."""
    return "--" + name.replace("_", "-")


@functools.cache
def field_type(name: str) -> type:
    """The plain type of a field: str, int or float."""
    return typing.get_type_hints(TrainConfig)[name]


def _check_value(item: dataclasses.Field, value: Any) -> None:
    kind = field_type(item.name)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise HwrError(f"{flag(item.name)} must be {_KIND_NAMES[kind]}, not {value!r}.")
    choices = item.metadata["choices"]
    if choices and value not in choices:
        raise HwrError(f'{flag(item.name)} "{value}" is unknown; choose one of {", ".join(c for c in choices if c)}.')
    if isinstance(value, int | float):
        _check_range(item, value)


def _check_range(item: dataclasses.Field, value: float) -> None:
    low, high = item.metadata["low"], item.metadata["high"]
    if not math.isfinite(value) or value < low or value > high:
        raise HwrError(f"{flag(item.name)} must be from {low:g} to {high:g}, not {value}.")


_KIND_NAMES = {int: "a whole number", float: "a number", str: "a text"}
