"""What a list of runs shows of each: plain values, and a line of text. A broken run is shown as broken, never an error."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Any

from hwr.errors import HwrError
from hwr.runs.folder import ACTIVE, Run, list_runs

KEPT = 5000
Stamp = tuple[int, ...]
_settled: dict[Path, tuple[tuple[Stamp, ...], dict[str, Any]]] = {}
_abouts: dict[Path, tuple[Stamp, dict[str, Any]]] = {}


def overview(run: Run) -> dict[str, Any]:
    """A run in plain values: folder, name, notes, study, state, progress, error, its best validation, its config."""
    row: dict[str, Any] = {"folder": run.name, "name": run.name, "notes": "", "study": "", "state": "broken"}
    row["progress"] = {}
    try:
        row |= run.about() | run.status()
        config = run.config()
        row |= {"dataset": config.dataset, "model": config.model, "config": config.to_dict()}
        row["best_accuracy"] = _best(run, row["progress"])
    except HwrError as error:
        row |= {"state": "broken", "error": str(error)}
    return row


def overviews(folder: Path) -> list[dict[str, Any]]:
    """All runs in plain values, newest first. A run that has come to rest is read again only when its files change."""
    return [_overview(run) for run in list_runs(folder)]


def _overview(run: Run) -> dict[str, Any]:
    stamps = tuple(_stamp(run.path / name) for name in ("config.json", "status.json", "run.json"))
    known = _settled.get(run.path)
    if known and known[0] == stamps:
        return dict(known[1])
    row = overview(run)
    if row["state"] not in (*ACTIVE, "new"):
        if len(_settled) >= KEPT:
            _settled.clear()
        _settled[run.path] = (stamps, row)
    return dict(row)


def _stamp(path: Path) -> Stamp:
    """What changes with a file: it is replaced by a new one, also twice within a tick of the clock."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ino, found.st_size


def _best(run: Run, progress: dict[str, Any]) -> float | None:
    """The best epoch's validation accuracy; runs of before have it in their metrics alone."""
    if progress:
        return progress.get("best_accuracy")
    rows = [row for row in run.metrics() if row["kind"] == "epoch"]
    return min(rows, key=lambda row: row.get("valid_loss", math.inf)).get("valid_accuracy") if rows else None


def table_line(row: dict[str, Any]) -> str:
    """One line of `python -m hwr runs` for an overview."""
    progress = row["progress"]
    parts = []
    if row["state"] == "queued":
        parts.append(f"place {row.get('place')} in the queue")
    if progress.get("total"):
        parts.append(f"step {progress.get('step', 0):,}/{progress['total']:,}")
    if row.get("best_accuracy") is not None:
        parts.append(f"best validation {row['best_accuracy']:.2%}")
    if row["name"] != row["folder"]:
        parts.append(f'"{row["name"]}"')
    if row["study"]:
        parts.append(f"study {row['study']}")
    if row.get("error"):
        parts.append(row["error"])
    return f"{row['folder']:<44} {row['state']:<9} {', '.join(parts) or 'no epoch yet'}"


def used(folder: Path) -> dict[str, Run]:
    """The runs that are read with, newest first, by their names; by its folder's where another has the name already.

    A run.json is read again only when it has changed, since Draw asks at each stroke.
    """
    found: dict[str, Run] = {}
    for path in sorted((path.parent for path in folder.glob("*/run.json")), reverse=True):
        about = _about(path)
        if about.get("used") and not path.name.startswith(".") and (path / "config.json").is_file():
            run = Run(path)
            found[about["name"] if about["name"] not in found else run.name] = run
    return found


def _about(path: Path) -> dict[str, Any]:
    """What was written of the run in this folder; empty when it cannot be read."""
    stamp = _stamp(path / "run.json")
    known = _abouts.get(path)
    if known and known[0] == stamp:
        return known[1]
    about: dict[str, Any] = {}
    with contextlib.suppress(HwrError):
        about = Run(path).about()
    if len(_abouts) >= KEPT:
        _abouts.clear()
    _abouts[path] = stamp, about
    return about
