"""Which process is which, and locks that die with their holder. It knows nothing of runs.

A pid alone says little: numbers are used again. A process is told by its pid, its start time and the boot it started in.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType

try:
    import fcntl
except ImportError:  # Windows has no flock: there nothing keeps two trainings apart
    fcntl = None  # type: ignore[assignment]


def birth(pid: int) -> str | None:
    """When a living process started, as a text to compare; None when there is no such process (a zombie is none)."""
    proc = Path("/proc")
    if not (proc / "self" / "stat").exists():
        return _birth_by_ps(pid)
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"


def _birth_by_ps(pid: int) -> str | None:
    try:
        command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.partition(" ")[2].strip() if answer and not answer.startswith("Z") else None


class Lock:
    """A lock on a file that at most one process holds; the kernel frees it when the holder dies, however it dies."""

    def __init__(self, path: Path):
        self.path = path
        self.file: int | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Takes the lock; False when another holds it and `wait` is not set."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(file)
            return False
        self.file = file
        return True

    def release(self) -> None:
        """Gives the lock back; the file stays."""
        if self.file is not None:
            os.close(self.file)
            self.file = None

    def __enter__(self) -> Lock:
        self.take(wait=True)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.release()
