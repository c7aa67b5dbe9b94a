"""A run is a folder: config.json, metrics.jsonl, status.json, log.txt, checkpoints, and "stop" to ask for its end.

Writer and readers share only these files, so a page, a terminal and a trainer need not know each other. No torch here.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from hwr.config import TrainConfig
from hwr.errors import HwrError

FORMAT = 1
STATES = ("running", "stopped", "finished", "failed")


def runs_folder(given: str | Path | None = None) -> Path:
    """Where runs are: as given, or HWR_RUNS, or runs/ in the current folder."""
    return Path(given or os.environ.get("HWR_RUNS") or "runs")


def create(config: TrainConfig, folder: Path) -> Run:
    """A new folder `<date>-<name>` for this config; raises HwrError when it cannot be made."""
    name = re.sub(r"[^\w.-]+", "-", config.name or f"{config.dataset}-{config.model}").strip("-.") or "run"
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for suffix in ("", *(f"-{n}" for n in range(2, 1000))):
        path = folder / f"{stamp}-{name}{suffix}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise _no_room(folder, error) from error
        text = json.dumps({"format": FORMAT, **config.to_dict()}, indent=1)
        try:
            (path / "config.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise _no_room(folder, error) from error
        return Run(path)
    raise HwrError(f"Cannot make a run in {folder}: there are too many of this name.")


def _no_room(folder: Path, error: OSError) -> HwrError:
    return HwrError(f"Cannot make a run in {folder} ({error.strerror}): choose another --runs-dir.")


def find(name: str | Path, folder: Path) -> Run:
    """The run of this name or path; raises HwrError when there is none."""
    for path in (Path(name), folder / name):
        with contextlib.suppress(OSError):  # a name too long for a folder is no name of one
            if (path / "config.json").is_file():
                return Run(path)
    raise HwrError(f'There is no run "{name}" in {folder}; `python -m hwr runs` lists them.')


def list_runs(folder: Path) -> list[Run]:
    """All runs, newest first."""
    return [Run(path.parent) for path in sorted(folder.glob("*/config.json"), reverse=True)]


class Run:
    """One training on disk; every method reads or writes its files and keeps nothing else."""

    def __init__(self, path: Path):
        self.path = path
        self.name = path.name

    def config(self) -> TrainConfig:
        """The config that the run was started with; a newer format is an error that says so."""
        values = _read_json(self.path / "config.json")
        version = values.pop("format", FORMAT)
        if not isinstance(version, int) or version > FORMAT:
            raise HwrError(f"The run {self.name} was made by a newer hwr; update hwr to read it.")
        return TrainConfig.from_dict(values)

    def log(self, **values: Any) -> None:
        """Appends one object to metrics.jsonl, whole."""
        self.append("metrics.jsonl", json.dumps({"time": round(time.time(), 3), **values}))

    def metrics(self) -> list[dict[str, Any]]:
        """All that was logged; a last line without its newline is still being written and is left out.

        So is a line that is no JSON object, as a crash of the machine may leave it: the others still tell of the run.
        """
        try:
            text = (self.path / "metrics.jsonl").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise HwrError(f"Cannot read metrics.jsonl of the run {self.name}: {error}.") from error
        rows = []
        for line in text[: text.rfind("\n") + 1].split("\n"):
            with contextlib.suppress(ValueError, RecursionError):
                rows.append(json.loads(line))
        return [row for row in rows if isinstance(row, dict)]

    def set_status(self, state: str, **values: Any) -> None:
        """Replaces status.json in one step, with the pid and a heartbeat."""
        content = {"state": state, "pid": os.getpid(), "heartbeat": time.time(), **values}
        self.write("status.json", json.dumps(content))

    def status(self) -> dict[str, Any]:
        """The last status; a run that has none yet is "new". Raises HwrError when the file is broken."""
        path = self.path / "status.json"
        status = _read_json(path) if path.is_file() else {"state": "new"}
        if not isinstance(status.get("state"), str):
            raise HwrError(f"The status.json of the run {self.name} names no state.")
        return status

    def note(self, text: str) -> None:
        """Appends a line to log.txt."""
        self.append("log.txt", f"{datetime.now():%H:%M:%S} {text}")

    def write(self, name: str, text: str) -> None:
        """Replaces one of the run's files in one step; raises HwrError when the disk is full or read-only."""
        temporary = self.path / f".{name}.{os.getpid()}"
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(self.path / name)
        except OSError as error:
            raise self._unwritable(name, error) from error

    def append(self, name: str, line: str) -> None:
        """Adds a line to one of the run's files; raises HwrError when the disk is full or read-only."""
        try:
            with open(self.path / name, "a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise self._unwritable(name, error) from error

    def _unwritable(self, name: str, error: OSError) -> HwrError:
        advice = f"free some space, then go on with: python -m hwr train --resume {self.name}"
        return HwrError(f"Cannot write {name} of the run {self.name} ({error.strerror}): {advice}")

    def ask_to_stop(self) -> None:
        (self.path / "stop").touch()

    def should_stop(self) -> bool:
        return (self.path / "stop").exists()

    def clear_stop(self) -> None:
        (self.path / "stop").unlink(missing_ok=True)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise HwrError(f"Cannot read {path.name} of the run {path.parent.name}: {error}.") from error
    if not isinstance(values, dict):
        raise HwrError(f"Cannot read {path.name} of the run {path.parent.name}: it holds no JSON object.")
    return values
