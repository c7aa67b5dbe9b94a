"""What only torch knows, asked of a process of its own: what this machine has, and how fast it trains. Pages stay light."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from hwr.config import TrainConfig
from hwr.errors import HwrError
from hwr.estimate import pace
from hwr.runs import environment

PATIENCE = 120.0  # seconds for a process that loads torch on a busy machine


@st.cache_resource(show_spinner="Looking at what this machine has", max_entries=1)
def facts() -> dict[str, Any]:
    """What `python -m hwr machine` says, asked once for all visitors; raises HwrError when it says nothing."""
    process = _ask(["machine", "--json"])
    return json.loads(_answer(process))


def _ask(arguments: list[str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "hwr", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )


def _answer(process: subprocess.Popen) -> str:
    """What a process has printed at its end; raises HwrError with its last word when it failed or takes too long."""
    try:
        out, error = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        process.kill()
        process.communicate()
        raise HwrError("This machine did not answer in two minutes; it may be busy.") from late
    if process.returncode:
        last = next((line for line in reversed(error.splitlines()) if line.strip()), "no reason given")
        raise HwrError(last.removeprefix("hwr: "))
    return out


@dataclass
class Speeds:
    """Measured speeds by pace, for all visitors; one is measured at a time, in a process and a thread of its own."""

    known: dict[tuple, float | str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, config: TrainConfig) -> float | str | None:
        """Pictures a second; None while it is being measured, and a sentence when it cannot be."""
        key = pace(config)
        if key not in self.known and self.lock.acquire(blocking=False):
            threading.Thread(target=self._measure, args=(key, config), daemon=True).start()
        return self.known.get(key)

    def _measure(self, key: tuple, config: TrainConfig) -> None:
        try:
            arguments = config.command().split(" train", 1)[1]
            self.known[key] = json.loads(_answer(_ask(["speed", "--json", *shlex.split(arguments)])))["speed"]
        except (HwrError, OSError, ValueError) as error:
            self.known[key] = str(error)
        finally:
            self.lock.release()


@st.cache_resource(max_entries=1)
def speeds() -> Speeds:
    """The speeds that were measured since the server started."""
    return Speeds()
