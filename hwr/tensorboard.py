"""A run as TensorBoard shows it: its curves in one event file, made from what it logged, whether it goes on or has ended.

The trainer knows nothing of it. It needs the package tensorboard, which the app does not.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hwr.checkpoint import write_whole
from hwr.errors import HwrError
from hwr.runs import Run

NAME = "events.out.tfevents.hwr"  # TensorBoard takes any name with "tfevents"; one name, so that a later export replaces it
STEP = {"loss": "loss/train", "accuracy": "accuracy/train", "lr": "learning rate", "speed": "images a second"}
EPOCH = {"valid_loss": "loss/validation", "valid_accuracy": "accuracy/validation"}


def export(run: Run, folder: Path | None = None) -> Path:
    """Writes the run's event file into `folder`, by default "tensorboard" in the run, and gives its path.

    An earlier one there is replaced. Raises HwrError when tensorboard is not installed or the file cannot be written.
    """
    path = (folder or run.path / "tensorboard") / NAME
    write_whole(path, events(run))
    return path


def events(run: Run) -> bytes:
    """The content of the run's event file: curves by step, recall by epoch, test figures, and the settings as text."""
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.text.summary import text_pb
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError as error:
        raise HwrError("Event files need the package tensorboard: pip install tensorboard.") from error

    buffer, rows = io.BytesIO(), run.metrics()
    writer = RecordWriter(buffer)
    begun = _number(rows[0], "time") if rows else 0.0
    writer.write(Event(wall_time=begun, file_version="brain.Event:2").SerializeToString())
    settings = text_pb("settings", f"`{run.config().command()}`")
    writer.write(Event(wall_time=begun, summary=settings).SerializeToString())
    for row in rows:
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in _scalars(row)]
        summary = Summary(value=values)
        place = {"wall_time": _number(row, "time") or begun, "step": int(_number(row, "step"))}
        writer.write(Event(**place, summary=summary).SerializeToString())
    return buffer.getvalue()


def _scalars(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The named numbers of a row of the metrics; what is no number is left out."""
    found: dict[str, Any] = {}
    if row["kind"] == "step":
        found = {tag: row.get(key) for key, tag in STEP.items()}
    elif row["kind"] == "epoch":
        recall = row.get("recall")
        found = {tag: row.get(key) for key, tag in EPOCH.items()}
        found |= {f"recall/{char}": share for char, share in (recall if isinstance(recall, dict) else {}).items()}
    else:
        figures = row.get("figures")
        for part, scores in (figures if isinstance(figures, dict) else {}).items():
            found |= {f"{key}/{part}": scores.get(key) for key in ("accuracy", "loss") if isinstance(scores, dict)}
    for tag, value in found.items():
        if isinstance(value, int | float) and math.isfinite(value):
            yield tag, float(value)


def _number(row: dict[str, Any], key: str) -> float:
    value = row.get(key)
    return value if isinstance(value, int | float) and math.isfinite(value) else 0
