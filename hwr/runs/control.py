"""What a person does with runs: start, resume, stop, delete. The training itself is a process of its own session."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from hwr import readonly
from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.runs.folder import Run, create, launched, moving
from hwr.runs.process import Lock

RESUMABLE = ("new", "stopped", "lost", "failed")
LEAVING = 3.0  # seconds that a trainer which has said its last word may take to be gone
# The shell outlives a trainer that is killed, and writes down how it ended.
WITH_EXIT_STATUS = ["sh", "-c", '"$@"; echo $? $$ > "$0/exit"']


def start(config: TrainConfig, folder: Path, *, data_dir: Path | None = None) -> Run:
    """Makes a run and launches its trainer in the background; returns at once. It waits in the queue when others train."""
    run = create(config.check(), folder)
    launch(run, data_dir=data_dir)
    return run


def resume(run: Run, *, data_dir: Path | None = None) -> None:
    """Goes on in the background with a run that was stopped, failed or lost; raises HwrError for any other."""
    state = run.status()["state"]
    if state not in RESUMABLE:
        raise HwrError(f"The run {run.name} is {state}: there is nothing to resume.")
    launch(run, data_dir=data_dir)


def launch(run: Run, *, data_dir: Path | None = None) -> None:
    """Starts `python -m hwr train --run FOLDER` as a process of its own session, which writes into the run's log.txt."""
    readonly.refuse("Training")
    run.config()
    folder = run.path.resolve()
    lock = Lock(folder / "lock")
    end = time.monotonic() + LEAVING
    while not lock.take():
        if time.monotonic() > end:
            raise HwrError(f"The run {run.name} is being trained already.")
        time.sleep(0.05)
    run.clear_stop()
    (folder / "exit").unlink(missing_ok=True)
    progress = run.status()["progress"]
    run.write("status.json", json.dumps({"state": "new", "progress": progress}))
    lock.release()
    command = [sys.executable, "-m", "hwr", "train", "--run", str(folder)]
    if data_dir:
        command += ["--data-dir", str(data_dir)]
    if os.name == "posix":
        command = [*WITH_EXIT_STATUS, str(folder), *command]
    spawn(command, folder / "log.txt")


def spawn(command: list[str], log: Path) -> None:
    """Starts a command of this package as a process of its own session, which appends to `log`; returns at once."""
    readonly.refuse("Training")
    how: dict = {"stdin": subprocess.DEVNULL, "env": environment(), "start_new_session": True}
    try:
        with open(log, "ab") as file:
            subprocess.Popen(command, stdout=file, stderr=file, **how)
    except OSError as error:
        raise HwrError(f"Cannot start a training ({error.strerror or error}); see {log}.") from error


def environment() -> dict[str, str]:
    """What a process of this package is started with: it finds the package wherever it is started."""
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def stop(run: Run) -> None:
    """Asks a run that trains or waits to save and leave; it does so after its present batch. Raises HwrError for others."""
    status = run.status()
    if not moving(status):
        raise HwrError(f"The run {run.name} is {status['state']}: there is nothing to stop.")
    run.ask_to_stop()


def delete(run: Run) -> None:
    """Removes a run and its checkpoints for good; raises HwrError while it trains or waits, or for a foreign folder."""
    readonly.refuse("Deleting runs")
    if run.path.is_symlink() or '"dataset"' not in (run.path / "config.json").read_text("utf-8", "replace"):
        raise HwrError(f"{run.path} does not look like a run of hwr; delete it by hand.")
    lock = Lock(run.path / "lock")
    if _starting(run) or not lock.take():
        raise HwrError(f"The run {run.name} is training or queued; stop it first: python -m hwr runs stop {run.name}")
    try:
        hidden = run.path.resolve().with_name(f".deleted-{run.name}")
        run.path.resolve().rename(hidden)  # so that no list ever shows half a run
        shutil.rmtree(hidden)
    except OSError as error:
        raise HwrError(f"Cannot delete the run {run.name}: {error.strerror}.") from error
    finally:
        lock.release()


def _starting(run: Run) -> bool:
    """Whether a trainer was launched that has not signed in yet; a broken status is none."""
    try:
        return launched(run.status())
    except HwrError:
        return False
