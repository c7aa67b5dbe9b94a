"""Read-only mode (HWR_READONLY=1), for public demos: nothing is written but into a folder that goes with the server.

What writes for a person calls `refuse` first; pages ask `active` and leave out what cannot be done.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from pathlib import Path

from hwr.errors import HwrError

VARIABLE, SCRATCH = "HWR_READONLY", "HWR_SCRATCH"
OFF = ("", "0", "no", "off", "false")
_lock = threading.Lock()


def active() -> bool:
    """Whether nothing may be kept, started or deleted."""
    return os.environ.get(VARIABLE, "").strip().lower() not in OFF


def refuse(what: str, path: Path | None = None) -> None:
    """Raises HwrError in read-only mode; `what` is what is refused, such as "Deleting runs".

    A `path` in the scratch folder may be written.
    """
    if active() and not (path and _scratch_holds(path)):
        raise HwrError(f"{what} is switched off here ({VARIABLE}=1), as this is a public demo: install hwr for that.")


def scratch() -> Path:
    """A folder that may be written in read-only mode; it is removed when the process that asked first ends.

    Processes that are started by that one share it.
    """
    with _lock:
        known = os.environ.get(SCRATCH)
        if known and Path(known).is_dir():
            return Path(known)
        folder = tempfile.mkdtemp(prefix="hwr-demo-")
        os.environ[SCRATCH] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)


def _scratch_holds(path: Path) -> bool:
    known = os.environ.get(SCRATCH)
    return bool(known) and path.resolve().is_relative_to(Path(str(known)).resolve())
