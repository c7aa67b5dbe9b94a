"""How much of the machine this process uses: cores kept busy, memory held. The trainer tells it of itself.

So a page needs no process to look at, and sees the figures of a trainer on another machine as well.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

STATM = Path("/proc/self/statm")


class Usage:
    """The use of this process, all threads, since the last look at it."""

    def __init__(self) -> None:
        self.busy, self.clock = time.process_time(), time.monotonic()

    def read(self) -> dict[str, float]:
        """{"cpu": cores busy since the last call, "memory": bytes held now}; memory is left out where it is unknown."""
        busy, clock = time.process_time(), time.monotonic()
        cpu = (busy - self.busy) / max(clock - self.clock, 1e-9)
        self.busy, self.clock = busy, clock
        found = {"cpu": round(cpu, 2)}
        if held := _memory():
            found["memory"] = held
        return found


def _memory() -> int:
    """Bytes of this process that lie in memory; 0 where the system does not tell (no /proc)."""
    try:
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
