"""Long work done by a process of its own, `python -m hwr ... --progress`: it can be cancelled at once.

How far it is stands in the last line that it has printed; what it found, it keeps where the caller looks.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from hwr.errors import HwrError
from hwr.progress import Watch
from hwr.runs import environment

TICK = 0.2  # seconds between two looks at the process
TAIL = 4000  # bytes of what it has printed that are looked at
GRACE = 5.0  # seconds that a process has to tidy up


def run_apart(arguments: Sequence[str], watch: Watch, *, ended: str, tidy: bool = False) -> None:
    """Runs `python -m hwr` with these arguments and --progress; `watch` is called again and again, and may raise to end it.

    With `tidy` the process is given time to remove what it has begun. Raises HwrError with its last sentence when it fails,
    or with `ended` when it said none.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "hwr", *arguments, "--progress"],
                stdin=subprocess.PIPE,  # it ends when this is closed: not later than this process
                stdout=subprocess.DEVNULL,
                stderr=out,
                env=environment(),
            )
        try:
            while process.poll() is None:
                watch(*_progress(log))
                time.sleep(TICK)
        finally:
            _end(process, tidy=tidy)
        if process.returncode:
            raise HwrError(_reason(log) or ended)


def follow_caller(*, tidy: bool = False) -> None:
    """Ends this process when the one that runs it apart is gone or asks for it; with `tidy`, as Ctrl-C does."""
    threading.Thread(target=_follow, args=(tidy,), daemon=True).start()


def tell(what: str, share: float) -> None:
    """A line on how far this process is, for `run_apart`."""
    print(json.dumps({"what": what, "share": round(share, 4)}), file=sys.stderr, flush=True)


def tell_person(what: str, share: float) -> None:
    """The same for a person at a terminal, in one line that is written over; elsewhere nothing."""
    if sys.stderr.isatty():
        print(f"\r\033[K{share:4.0%} {what}", end="" if share < 1 else "\r\033[K", file=sys.stderr, flush=True)


def _follow(tidy: bool) -> None:
    while os.read(0, 1024):  # not through sys.stdin, whose lock would be held at the end
        pass
    if tidy:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(GRACE)
    os._exit(1)


def _end(process: subprocess.Popen, *, tidy: bool) -> None:
    if tidy and process.stdin and process.poll() is None:
        process.stdin.close()
        process.stdin = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    process.kill()
    process.communicate()


def _lines(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        return [line for line in file.read().decode("utf-8", "replace").split("\n")[:-1] if line.strip()]


def _progress(log: Path) -> tuple[str, float]:
    """What is being done and the share of it, as the process told last."""
    for line in reversed(_lines(log)):
        if line.startswith("{"):
            try:
                told = json.loads(line)
                return str(told["what"]), float(told["share"])
            except (ValueError, KeyError):  # a line that begins before what was looked at
                continue
    return "Starting", 0.0


def _reason(log: Path) -> str:
    """The last sentence of a process that has failed."""
    said = [line for line in _lines(log) if not line.startswith("{")]
    return said[-1].removeprefix("hwr: ") if said else ""
