"""How long a training would take: from the speed of earlier runs like it, or from one that `hwr speed` has measured.

No torch here.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwr.config import TrainConfig
from hwr.sizes import pictures

Row = dict[str, Any]
ENOUGH = 10  # steps after which a run's speed counts


@dataclass(frozen=True)
class Estimate:
    """Seconds for the steps of a training, None where the number of its pictures is not known; and what they come from."""

    seconds: float | None
    pictures: int | None
    speed: float
    source: str


def pace(config: TrainConfig) -> tuple:
    """What decides a training's speed: two configs with the same pace are as fast."""
    bent = any((config.rotation, config.shift, config.zoom, config.shear)), bool(config.elastic), bool(config.stroke)
    more = bool(config.blur), bool(config.dirt), config.reject  # which is how many marks stand beside a batch
    machine = config.device, config.precision, config.threads
    return config.model, config.batch_size, *machine, bool(config.ema), config.optimizer, *bent, *more


def estimate(config: TrainConfig, rows: list[Row], folder: Path, *, measured: float | None = None) -> Estimate | None:
    """From the newest of `rows` (runs.overviews) with the same pace, else from `measured` pictures a second.

    `folder` holds the datasets. None when there is neither.
    """
    earlier = next((row for row in rows if _counts(row, config)), None)
    speed = earlier["progress"]["speed"] if earlier else measured
    if not speed:
        return None
    source = f'the speed of "{earlier["name"]}"' if earlier else "the speed of a few steps, measured here now"
    count = _seen(config, rows) or pictures(config.dataset, folder, config.limit)
    return Estimate(count * config.epochs / speed if count else None, count, speed, source)


def _counts(row: Row, config: TrainConfig) -> bool:
    progress = row["progress"]
    if row.get("host") != socket.gethostname() or not progress.get("speed") or progress.get("step", 0) < ENOUGH:
        return False
    return pace(TrainConfig(**row["config"])) == pace(config)


def _seen(config: TrainConfig, rows: list[Row]) -> int | None:
    """How many pictures an epoch had in an earlier run on the same data."""
    data = ("dataset", "limit", "classes", "validation", "test")
    for row in rows:
        earlier, total = row.get("config", {}), row["progress"].get("total")
        if total and all(earlier.get(name) == getattr(config, name) for name in data):
            return total // earlier["epochs"] * earlier["batch_size"]
    return None


def in_words(seconds: float) -> str:
    """About how long that is: "20 seconds", "3 minutes", "2 hours"."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return f"{round(seconds / size)} {unit}s"
    if seconds >= 75:
        return "a minute and a half"
    if seconds >= 45:
        return "a minute"
    return f"{max(5, round(seconds / 5) * 5)} seconds"
