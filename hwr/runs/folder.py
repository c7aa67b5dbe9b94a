"""A run is a folder: config.json, run.json (name, notes, study), metrics.jsonl, status.json, log.txt, checkpoints, and "stop".

Files that are replaced are replaced whole; lines are appended whole. What a reader finds broken is a sentence or left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hwr import readonly
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.runs.process import birth

FORMAT = 1
STATES = ("new", "queued", "running", "stopped", "finished", "failed", "lost")
ACTIVE = ("queued", "running")
SILENT = 60.0  # seconds without a heartbeat after which a run is lost; the heart beats once a second


def runs_folder(given: str | Path | None = None) -> Path:
    """Where runs are: as given, or HWR_RUNS, or runs/ in the current folder."""
    return Path(given or os.environ.get("HWR_RUNS") or "runs")


def create(config: TrainConfig, folder: Path) -> Run:
    """A new folder `<date>-<name>` for this config; raises HwrError when it cannot be made."""
    readonly.refuse("Training")
    name = re.sub(r"[^\w.-]+", "-", config.name or f"{config.dataset}-{config.model}").strip("-.")[:80] or "run"
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for suffix in ("", *(f"-{n}" for n in range(2, 1000))):
        run = Run(folder / f"{stamp}-{name}{suffix}")
        try:
            run.path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise _no_room(folder, error) from error
        text = json.dumps({"format": FORMAT, **config.to_dict()}, indent=1)
        try:
            (run.path / "config.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise _no_room(folder, error) from error
        return run
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


def launched(status: Mapping[str, Any]) -> bool:
    """Whether a trainer was started that has not signed in yet; of a `Run.status` or an overview."""
    return status["state"] == "new" and "heartbeat" in status


def moving(status: Mapping[str, Any]) -> bool:
    """Whether somebody works on a run: it trains, waits, or was launched this moment; of a `Run.status` or an overview."""
    return status["state"] in ACTIVE or launched(status)


def list_runs(folder: Path) -> list[Run]:
    """All runs, newest first, broken ones too."""
    paths = sorted((path.parent for path in folder.glob("*/config.json")), reverse=True)
    return [Run(path) for path in paths if not path.name.startswith(".")]


class Run:
    """One training on disk; every method reads or writes its files and keeps nothing else."""

    def __init__(self, path: Path):
        self.path = path
        self.name = path.resolve().name

    def config(self) -> TrainConfig:
        """The config that the run was started with; a newer format is an error that says so."""
        values = _read_json(self.path / "config.json")
        number = values.pop("format", FORMAT)
        if not isinstance(number, int) or number > FORMAT:
            raise HwrError(f"The run {self.name} was made by a newer hwr; update hwr to read it.")
        return TrainConfig.from_dict(values)

    def about(self) -> dict[str, Any]:
        """What was written of the run: "name" (else that of its folder), "notes", the "study" that it is a trial of.

        And "used": whether a person chose it to read with.
        """
        path = self.path / "run.json"
        values = _read_json(path) if path.is_file() else {}
        texts = {key: str(values.get(key) or "") for key in ("name", "notes", "study")}
        return {**texts, "name": texts["name"] or self.name, "used": values.get("used") is True}

    def describe(self, *, used: bool | None = None, **texts: str) -> None:
        """Gives the run a `name`, `notes` or the `study` it belongs to (an empty text takes them away); `used` to read."""
        given: dict[str, Any] = {key: value.strip() for key, value in texts.items()}
        if used is not None:
            given["used"] = used
        self.write("run.json", json.dumps(self.about() | given, indent=1))

    def log(self, **values: Any) -> None:
        """Appends one object to metrics.jsonl, whole."""
        self.append("metrics.jsonl", json.dumps({"time": round(time.time(), 3), **values}))

    def metrics(self) -> list[dict[str, Any]]:
        """All that was logged: rows of "kind" step, epoch and end. Broken lines and one half written are left out."""
        try:
            text = (self.path / "metrics.jsonl").read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise HwrError(f"Cannot read metrics.jsonl of the run {self.name}: {error.strerror}.") from error
        return [row for line in text[: text.rfind("\n") + 1].split("\n") if (row := metrics_row(line))]

    def rewind(self, *, step: int, epoch: int) -> None:
        """Drops what was logged after a saved place (that step, so many whole epochs): a resumed run logs it again."""
        if not (self.path / "metrics.jsonl").is_file():
            return
        kept = [row for row in self.metrics() if _not_after(row, step, epoch)]
        self.write("metrics.jsonl", "".join(json.dumps(row) + "\n" for row in kept))

    def set_status(self, state: str, *, progress: dict[str, Any] | None = None, **values: Any) -> None:
        """Replaces status.json in one step, signed by this process; progress stays as it was when none is given."""
        if progress is None:
            progress = self._raw_status().get("progress", {})
        who = {"pid": os.getpid(), "birth": birth(os.getpid()), "parent": os.getppid(), "host": socket.gethostname()}
        self.write("status.json", json.dumps({"state": state, **who, "progress": progress, **values}))

    def status(self) -> dict[str, Any]:
        """How the run stands: "state", "progress", "heartbeat" (seconds since 1970), for an active one "pid" and "birth".

        A failed or lost one has its "error". Lost is told from the heartbeat and from whether the very process that
        signed the status still lives; a run that has no status yet is "new".
        """
        values = self._raw_status()
        if values["state"] in (*ACTIVE, "new") and (reason := self._why_lost(values)):
            values |= {"state": "lost", "error": reason}
        return values

    def beat(self) -> None:
        """The heartbeat: the time of status.json. Nothing is written, so that a full disk cannot stop it."""
        now = time.time()
        os.utime(self.path / "status.json", (now, now))

    def _raw_status(self) -> dict[str, Any]:
        path = self.path / "status.json"
        try:
            heartbeat = path.stat().st_mtime
        except OSError:
            return {"state": "new", "progress": {}}
        values = _read_json(path)
        if values.get("state") not in STATES:
            raise HwrError(f"status.json of the run {self.name} names no state that this hwr knows; update hwr.")
        return {"progress": {}, **values, "heartbeat": heartbeat}

    def _why_lost(self, status: dict[str, Any]) -> str:
        """Why nobody trains an active run any more; empty when all is well."""
        if "heartbeat" not in status:
            return ""
        silent = time.time() - status["heartbeat"] > SILENT
        pid, here = status.get("pid"), status.get("host") == socket.gethostname()
        gone = here and isinstance(pid, int) and bool(status.get("birth")) and birth(pid) != status["birth"]
        code = self._exit_code(status.get("parent"))
        if not gone and not silent and not (status["state"] == "new" and code):
            return ""
        fate = "has not been heard of for a minute"
        if gone or pid is None:
            fate = _fate(code)
        last = next(reversed(self.log_lines(5)), "")
        return f"The trainer{f' (process {pid})' if pid else ''} {fate}.{f' Its last line: {last}' if last else ''}"

    def _exit_code(self, shell: int | None) -> int:
        """The exit status that the shell of this number wrote for its trainer; 0 when it is not known."""
        try:
            code, number = (int(word) for word in (self.path / "exit").read_text().split())
        except (OSError, ValueError):
            return 0
        return code if shell in (None, number) else 0

    def log_lines(self, count: int) -> list[str]:
        """The last lines of log.txt that are not empty."""
        try:
            with open(self.path / "log.txt", "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 400 * count))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        return [line.strip() for line in lines if line.strip()][-count:]

    def note(self, text: str) -> None:
        """Appends a line to log.txt."""
        self.append("log.txt", f"{datetime.now():%H:%M:%S} {text}")

    def write(self, name: str, text: str) -> None:
        """Replaces one of the run's files in one step; raises HwrError when the disk is full or read-only."""
        readonly.refuse("Changing runs")
        temporary = self.path / f".{name}.{os.getpid()}-{threading.get_ident()}"
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(self.path / name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise self._unwritable(name, error) from error

    def fail(self, sentence: str) -> None:
        """Writes "failed" over the status there is: not in one step, but on a full disk too, as it takes no new room."""
        status = {**_read_json(self.path / "status.json"), "state": "failed", "error": sentence}
        with open(self.path / "status.json", "r+b") as file:
            file.write(json.dumps(status).encode())
            file.truncate()

    def append(self, name: str, line: str) -> None:
        """Adds a line to one of the run's files; raises HwrError when the disk is full or read-only."""
        readonly.refuse("Changing runs")
        try:
            with open(self.path / name, "a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise self._unwritable(name, error) from error

    def _unwritable(self, name: str, error: OSError) -> HwrError:
        advice = f"free some space, then go on with: python -m hwr train --resume {self.name}"
        return HwrError(f"Cannot write {name} of the run {self.name} ({error.strerror}): {advice}")

    def ask_to_stop(self) -> None:
        """Asks the trainer to finish this batch, save and leave."""
        readonly.refuse("Stopping runs")
        (self.path / "stop").touch()

    def should_stop(self) -> bool:
        """Whether the trainer was asked to stop."""
        return (self.path / "stop").exists()

    def clear_stop(self) -> None:
        """Takes back that the trainer was asked to stop."""
        readonly.refuse("Training")
        (self.path / "stop").unlink(missing_ok=True)


def metrics_row(line: str) -> dict[str, Any]:
    """A line of metrics.jsonl with its kind, which older runs did not write; empty when it is broken."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(row, dict):
        return {}
    return {"kind": "end" if "figures" in row else "epoch" if "valid_accuracy" in row else "step", **row}


def _not_after(row: dict[str, Any], step: int, epoch: int) -> bool:
    if row["kind"] == "epoch":
        return row.get("epoch", 0) <= epoch
    return row["kind"] == "step" and row.get("step", 0) <= step


def _fate(code: int) -> str:
    """What became of a process whose shell wrote this exit status: 128 and the number of the signal that killed it."""
    if code == 128 + signal.SIGKILL.value:
        return "was killed (SIGKILL): by hand, or because memory ran out"
    if code > 128:
        names = {item.value: item.name for item in signal.Signals}
        return f"was killed ({names.get(code - 128, f'signal {code - 128}')})"
    return f"ended with status {code}" if code else "is gone: killed, or the machine was restarted"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise HwrError(f"Cannot read {path.name} of the run {path.parent.name}: {error}.") from error
    if not isinstance(values, dict):
        raise HwrError(f"{path.name} of the run {path.parent.name} holds no settings: it must be a JSON object.")
    return values
