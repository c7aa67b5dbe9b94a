"""A comparison measured by a process of its own, `python -m hwr evaluate`: it is timed alone, and the caller stays light.

What the process has measured is read from where it is kept (cache); how far it is, from the last line that it has printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hwr.compare.cache import cache_folder
from hwr.compare.question import Model, Question
from hwr.compare.table import Comparison, Watch, kept
from hwr.errors import HwrError
from hwr.runs import environment

TICK = 0.2  # seconds between two looks at the process
TAIL = 4000  # bytes of what it has printed that are looked at


def compare_apart(models: Sequence[Model], question: Question, watch: Watch, *, fresh: bool = False) -> Comparison:
    """As `compare`; `watch` is called again and again, and the process ends when it raises."""
    command = [sys.executable, "-m", "hwr", "evaluate", *(str(model.path) for model in models), "--progress"]
    command += ["--dataset", question.dataset, "--part", question.part, "--data-dir", str(question.folder)]
    cache_folder()  # in read-only mode it is made now, to be shared with the process
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--fresh"] if fresh else command,
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
            process.kill()
            process.communicate()
        if process.returncode:
            raise HwrError(_reason(log))
    found = kept(models, question)
    if found is None:
        raise HwrError(f'What was measured cannot be kept in "{cache_folder()}": make it writable, or set HWR_CACHE.')
    return found


def _lines(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        return [line for line in file.read().decode("utf-8", "replace").split("\n")[:-1] if line.strip()]


def _progress(log: Path) -> tuple[str, float]:
    """What is being done and the share of it, as the process told last."""
    for line in reversed(_lines(log)):
        if line.startswith("{"):
            told = json.loads(line)
            return told["what"], told["share"]
    return "Starting", 0.0


def _reason(log: Path) -> str:
    """The last sentence of a process that has failed."""
    said = [line for line in _lines(log) if not line.startswith("{")]
    return said[-1].removeprefix("hwr: ") if said else "The measuring was ended from outside: Start begins it again."
