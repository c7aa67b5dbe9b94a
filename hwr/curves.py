"""What runs have logged, as columns of numbers ready to draw: read as it grows, smoothed, thinned. No torch, no page.

Reading is incremental: a history remembers how far it has read, takes whole lines only, and starts again when a resumed run
has replaced the file. Nothing is dropped on disk or in memory; only what is drawn is thinned.
"""

from __future__ import annotations

import copy
import csv
import io
import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hwr.errors import HwrError
from hwr.runs.folder import metrics_row

STEP = ("time", "epoch", "step", "loss", "accuracy", "lr", "speed", "seconds")
EPOCH = (*STEP, "valid_loss", "valid_accuracy")
AXES = ("step", "epoch", "time")
CHUNK = 4_000_000  # bytes read at once
TAIL = 64  # bytes before the place read to, by which a replaced file is told
ROOM = 128_000_000  # bytes of histories kept
_VERSIONS = itertools.count()


class Table:
    """Rows of numbers that grow at the end, kept by column; NaN stands for what a row does not say."""

    def __init__(self, names: Sequence[str]):
        self.names = {name: place for place, name in enumerate(names)}
        self.values = np.empty((len(names), 64))
        self.count = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, name: str) -> np.ndarray:
        """A column as it is now: float64 (rows,), a view that later rows do not change."""
        return self.values[self.names[name], : self.count]

    def add(self, row: dict[str, Any]) -> None:
        """Appends a row; what is no number in it is NaN."""
        if self.count == self.values.shape[1]:
            self.values = np.concatenate([self.values, np.empty_like(self.values)], 1)
        self.values[:, self.count] = [_number(row.get(name)) for name in self.names]
        self.count += 1


def _number(value: Any) -> float:
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan


@dataclass
class History:
    """All that one run has logged up to now: tables of steps and epochs, and the recall of each class at each epoch.

    `version` is another number whenever there is something new.
    """

    steps: Table = field(default_factory=lambda: Table(STEP))
    epochs: Table = field(default_factory=lambda: Table(EPOCH))
    recalls: list[tuple[str, np.ndarray]] = field(default_factory=list)
    version: int = field(default_factory=_VERSIONS.__next__)

    def add(self, row: dict[str, Any]) -> None:
        """Takes a row of metrics.jsonl, as Run.metrics gives it."""
        if row.get("kind") == "step":
            self.steps.add(row)
        elif row.get("kind") == "epoch":
            self.recalls.append(_shares(row.get("recall")))
            self.epochs.add(row)

    def frozen(self) -> History:
        """This history as it is now; it shares its numbers with this one, and is not changed by what comes later."""
        return replace(self, steps=copy.copy(self.steps), epochs=copy.copy(self.epochs))

    def best(self) -> int | None:
        """The row of the best epoch: the first with the least validation loss; None before any."""
        losses = self.epochs["valid_loss"]
        return int(np.nanargmin(losses)) if np.isfinite(losses).any() else None

    def training(self) -> Table:
        """The points of the training part: those of the steps, or of the epochs where these are more."""
        return self.epochs if len(self.epochs) > len(self.steps) else self.steps

    def recall(self) -> tuple[str, np.ndarray, np.ndarray]:
        """The classes, the epochs (n,) and the share of each class read right: float32 (classes, n), NaN when not said."""
        recalls = self.recalls[: len(self.epochs)]
        classes = "".join(sorted({char for known, _ in recalls for char in known}))
        table = np.full((len(classes), len(recalls)), np.nan, np.float32)
        for column, (known, shares) in enumerate(recalls):
            table[[classes.index(char) for char in known], column] = shares
        return classes, self.epochs["epoch"], table

    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return self.steps.values.nbytes + self.epochs.values.nbytes + sum(300 + 4 * len(k) for k, _ in self.recalls)


def _shares(recall: Any) -> tuple[str, np.ndarray]:
    values = recall if isinstance(recall, dict) and all(len(char) == 1 for char in recall) else {}
    return "".join(values), np.array([_number(value) for value in values.values()], np.float32)


def x_values(table: Table, axis: str, steps_per_epoch: float) -> np.ndarray:
    """Where the rows of a table stand on one of AXES: steps, epochs (with fractions), or minutes of training."""
    if axis == "epoch":
        return table["step"] / steps_per_epoch if steps_per_epoch else table["epoch"]
    return table["seconds"] / 60 if axis == "time" else table["step"]


class Reader:
    """Reads the metrics of one run as they grow; several threads may share it."""

    def __init__(self, folder: Path):
        self.path = folder / "metrics.jsonl"
        self.lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self.history = History()
        self.place, self.tail, self.mark = 0, b"", (0, 0, 0)

    def read(self) -> History:
        """The history up to now; raises HwrError when the file is there and cannot be read."""
        with self.lock:
            try:
                self._read()
            except FileNotFoundError:
                if self.place:
                    self._forget()
            except OSError as error:
                name = self.path.parent.name
                raise HwrError(f"Cannot read {self.path.name} of the run {name}: {error.strerror}.") from error
            return self.history.frozen()

    def _read(self) -> None:
        stat = self.path.stat()
        mark = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if mark == self.mark:
            return
        with open(self.path, "rb") as file:
            file.seek(max(0, self.place - TAIL))
            if stat.st_ino != self.mark[0] or stat.st_size < self.place or file.read(len(self.tail)) != self.tail:
                self._forget()
            file.seek(self.place)
            while block := file.read(CHUNK):
                self._take(block if block.endswith(b"\n") else block + file.readline())
        self.mark = mark

    def _take(self, block: bytes) -> None:
        """Takes the whole lines of a block that begins at the place read to."""
        block = block[: block.rfind(b"\n") + 1]
        if not block:
            return
        for line in block.decode("utf-8", "replace").split("\n"):
            self.history.add(metrics_row(line))
        self.history.version = next(_VERSIONS)
        self.place += len(block)
        self.tail = (self.tail + block)[-min(TAIL, self.place) :]


class Shelf:
    """Histories kept in memory, the least recently asked for dropped when they take more than `room` bytes."""

    def __init__(self, room: int = ROOM):
        self.room = room
        self.kept: OrderedDict[Path, Reader] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, folders: Iterable[Path]) -> list[History]:
        """The histories of these run folders, up to now. All that are asked for together are kept, however large."""
        asked = dict.fromkeys(folders)
        with self.lock:
            for folder in asked:
                self.kept[folder] = self.kept.pop(folder) if folder in self.kept else Reader(folder)
            readers = [self.kept[folder] for folder in asked]
        found = [reader.read() for reader in readers]
        with self.lock:
            self._make_room(len(asked))
        return found

    def _make_room(self, needed: int) -> None:
        total = sum(reader.history.size() for reader in self.kept.values())
        for folder in list(self.kept)[: max(0, len(self.kept) - needed)]:
            if total > self.room:
                total -= self.kept.pop(folder).history.size()


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Exponential smoothing without the pull to zero at the start, as TensorBoard draws it; NaN stays and is passed over.

    `weight` in [0, 1) is what of the past is kept at each point. TensorBoard (vz_line_chart2/line-chart.ts) follows
    s = w * s + (1 - w) * v and shows s / (1 - w ** n), as in Adam (Kingma and Ba, 2015, arXiv:1412.6980); here in blocks.
    """
    found = np.array(values, dtype=np.float64)
    known = np.isfinite(found)
    given = found[known]
    if weight <= 0 or len(given) < 2 or given.min() == given.max():
        return found
    length = max(1, min(len(given), int(-50 / math.log(weight))))  # weight ** -length stays far from overflow
    powers = weight ** np.arange(1.0, length + 1)
    padded = np.concatenate([given, np.zeros(-len(given) % length)]).reshape(-1, length)
    sums = np.cumsum(padded / powers, axis=1) * powers * (1 - weight)
    last = 0.0
    for block in sums:
        block += last * powers
        last = block[-1]
    found[known] = sums.reshape(-1)[: len(given)] / (1 - weight ** np.arange(1.0, len(given) + 1))
    return found


def thin(values: np.ndarray, limit: int) -> np.ndarray:
    """The places, at most `limit`, of the points to draw: first, last, and the least and greatest of each bucket.

    Min-max downsampling, one half of M4 (Jugel et al., VLDB 2014): no peak is lost. The length of a bucket is a power of
    two, so what is drawn stays as it is while points are added, until there are twice as many.
    """
    count = len(values)
    if count <= limit:
        return np.arange(count)
    length = 2 ** math.ceil(math.log2(2 * count / (limit - 4)))
    whole = count // length * length
    buckets = values[:whole].reshape(-1, length)
    starts = np.arange(0, whole, length)
    least = np.where(np.isnan(buckets), np.inf, buckets).argmin(1) + starts
    greatest = np.where(np.isnan(buckets), -np.inf, buckets).argmax(1) + starts
    rest = values[whole:]
    ends = [0, count - 1] if not len(rest) or np.isnan(rest).all() else [0, count - 1, *_extremes(rest, whole)]
    return np.unique(np.concatenate([least, greatest, ends]))


def _extremes(values: np.ndarray, start: int) -> tuple[int, int]:
    return start + int(np.nanargmin(values)), start + int(np.nanargmax(values))


def to_csv(histories: dict[str, History]) -> str:
    """All points of some runs by name, as CSV: a line a point, in the order of steps, empty where a row says nothing."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["run", "kind", *EPOCH])
    for name, history in histories.items():
        rows = [*_rows(history.steps, "step"), *_rows(history.epochs, "epoch")]
        writer.writerows([name, kind, *row] for kind, row in sorted(rows, key=_by_step))
    return out.getvalue()


def _rows(table: Table, kind: str) -> Iterator[tuple[str, list[Any]]]:
    places = [table.names.get(name) for name in EPOCH]
    for values in table.values[:, : table.count].T.tolist():
        row = [math.nan if place is None else values[place] for place in places]
        yield kind, ["" if math.isnan(value) else int(value) if value.is_integer() else value for value in row]


def _by_step(item: tuple[str, list[Any]]) -> tuple[float, bool]:
    kind, row = item
    step = row[EPOCH.index("step")]
    return (step if step != "" else math.inf), kind == "epoch"
