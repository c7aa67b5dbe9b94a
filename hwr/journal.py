"""Where a training stands, and the telling of it: points to metrics.jsonl, progress to status.json and to whoever asked.

It is called after every step and says little: progress four times a second, a point of the curves once a second.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hwr.config import TrainConfig
from hwr.runs import Run
from hwr.usage import Usage

Report = Callable[[dict[str, Any]], None]
TELL = 0.25  # seconds between two words on progress
POINT = 1.0  # seconds between two points of the curves


@dataclass
class State:
    """Where a training stands; all of it is saved, so that a run goes on as if never interrupted."""

    step: int = 0
    epoch: int = 0  # epochs learned and validated
    best_loss: float = math.inf
    best_epoch: int = 0
    best_accuracy: float | None = None
    seconds: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])  # loss, right and pictures of this epoch


class Journal:
    """What a training tells of itself; `total` is its number of steps."""

    def __init__(self, config: TrainConfig, run: Run, report: Report, *, total: int):
        self.config, self.run, self.report, self.total = config, run, report, total
        self.told = self.pointed = time.monotonic()
        self.device = ""  # what it runs on, in words
        self.usage = Usage()
        self.mark: tuple[float, ...] = ()  # seconds and sums at the last point

    def step(self, state: State, rate: float) -> None:
        """A word after a step with the learning rate `rate`, when it is time for one."""
        now = time.monotonic()
        if now - self.pointed >= POINT:
            self.pointed = now
            self._point(state, rate)
        if now - self.told >= TELL:
            self.told = now
            progress = self.progress(state) | self.usage.read()
            self.run.set_status("running", phase="training", progress=progress)
            self.report({"kind": "step", **progress})

    def epoch(self, state: State, *, better: bool, **values: Any) -> None:
        """A word after a validation whose figures are `values`; the place goes into the row."""
        row = {"epoch": state.epoch + 1, "step": state.step, **self._means(state), **values}
        row |= {"seconds": round(state.seconds, 3), "speed": round(self._speed(state), 1)}
        self.run.log(kind="epoch", **row)
        self.report({"kind": "epoch", "best": better, "epochs": self.config.epochs, **row})
        self.mark = (state.seconds, 0.0, 0.0, 0.0)

    def end(self, state: State, figures: dict[str, Any], before: dict[str, Any]) -> None:
        """The last word, with the figures of the best weights and those of the weights that they started from."""
        self.run.log(kind="end", step=state.step, epoch=state.epoch, figures=figures)
        given = {"figures_before": before} if before else {}
        self.run.set_status("finished", progress=self.progress(state), figures=figures, **given)
        self.report({"kind": "end", "figures": figures, "seconds": state.seconds})

    def progress(self, state: State) -> dict[str, Any]:
        """How far a training is, with the means of its present epoch; seconds, and pictures a second."""
        speed = self._speed(state)
        left = (self.total - state.step) * self.config.batch_size / max(speed, 1e-9)
        epoch = min(state.epoch + 1, self.config.epochs)
        place = {"epoch": epoch, "epochs": self.config.epochs, "step": state.step, "total": self.total}
        best = {"device": self.device, "best_epoch": state.best_epoch, "best_accuracy": state.best_accuracy}
        return place | self._means(state) | best | {"speed": speed, "left": left, "seconds": state.seconds}

    def _point(self, state: State, rate: float) -> None:
        """A point of the curves: means over the pictures since the last one."""
        now = (state.seconds, *state.sums)
        seconds, loss, right, count = (a - b for a, b in zip(now, self.mark or (0.0,) * 4, strict=True))
        speed = count / seconds if self.mark and seconds > 0 else self._speed(state)
        self.mark = now
        if count > 0:
            row = {"epoch": state.epoch + 1, "step": state.step, "loss": round(loss / count, 6), "lr": rate}
            row |= {"accuracy": round(right / count, 6), "seconds": round(state.seconds, 3), "speed": round(speed, 1)}
            self.run.log(kind="step", **row)

    def _means(self, state: State) -> dict[str, float]:
        loss, right, count = state.sums
        return {"loss": loss / count, "accuracy": right / count} if count else {}

    def _speed(self, state: State) -> float:
        return state.step * self.config.batch_size / max(state.seconds, 1e-9)
