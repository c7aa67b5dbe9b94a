"""Where studies are kept: a journal file beside the runs, or a database. Optuna's errors become sentences here.

Nothing in a study is ever unpickled. Read in Optuna 5.0's source: the journal file is one JSON object a line, and a
JournalStorage unpickles only the snapshots of a backend that keeps some, which is Redis alone (it is not used here); the
database holds text, numbers and JSON; of the samplers only CMA-ES unpickles, from a trial's attributes, and TPE is used.
"""

from __future__ import annotations

import math
import os
import re
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwr import readonly
from hwr.errors import HwrError
from hwr.runs import Run, runs_folder
from hwr.runs.process import Lock

ABSENT = "Searching settings needs Optuna, which is not installed here: pip install -r requirements-tune.txt"
FOLDER = ".studies"  # in the runs folder
STARTING = 60.0  # seconds that a worker started in the background may take to sign
BEAT, GRACE = 30, 120  # seconds between a worker's heartbeats in a database, and until it is given up


def need() -> Any:
    """The module optuna, made quiet; raises HwrError that says what to install where it is absent."""
    try:
        import optuna
    except ImportError as error:
        raise HwrError(ABSENT) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    return optuna


class NoStudy(HwrError):
    """There is no study of this name."""


@dataclass(frozen=True)
class Place:
    """Where a study is: its name, the folder of the runs that its trials here become, and the URL of its database if any."""

    name: str
    runs: Path
    url: str = ""

    @property
    def folder(self) -> Path:
        """What the workers of this machine share: locks, log, the wish to stop, and the journal when there is no database."""
        return self.runs / FOLDER / self.name

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def shown(self) -> str:
        """The place for a sentence; a password in the URL is left out."""
        return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", self.url) or str(self.journal)

    def run(self, name: Any) -> Run | None:
        """The run of this name when it is here; what a database says is taken for a name and never for a path."""
        path = self.runs / Path(str(name or "-")).name
        return Run(path) if (path / "config.json").is_file() else None

    def workers(self) -> list[str]:
        """The signs of the workers that live on this machine."""
        return [path.name for path in self.folder.glob("worker-*") if held(path)]

    def active(self) -> bool:
        """Whether a worker lives on this machine, or was started a moment ago and has not signed yet."""
        return bool(self.workers()) or _age(self.folder / "starting") < STARTING

    def complaint(self) -> str:
        """The sentence with which the last background worker ended, if it was not to its liking."""
        try:
            lines = (self.folder / "log.txt").read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        last = lines[-1] if lines else ""
        return last.removeprefix("hwr: ") if last.startswith("hwr: ") or "Error" in last.partition(":")[0] else ""

    def ask_to_stop(self) -> None:
        """Asks the workers of this machine to save their trials and leave."""
        readonly.refuse("Stopping searches")
        (self.folder / "stop").touch()

    def stopping(self) -> bool:
        """Whether workers that still live were asked to leave."""
        since = max((path.stat().st_mtime for path in self.folder.glob("worker-*")), default=math.inf)
        return self.asked_to_stop(since)

    def asked_to_stop(self, since: float) -> bool:
        """Whether somebody asked after this time; an older wish was meant for earlier workers."""
        try:
            return (self.folder / "stop").stat().st_mtime > since
        except OSError:
            return False


def place(name: str, runs: str | Path | None = None, url: str | None = None) -> Place:
    """The place of a study: in the database of `url` or HWR_STORAGE, else in a journal in the runs folder."""
    if not re.fullmatch(r"\w[\w.-]{0,79}", name):
        raise HwrError(
            f'--study "{name[:80]}" is no name: letters, digits, dot, dash and underline, at most 80 of them.'
        )
    return Place(name, runs_folder(runs), url or os.environ.get("HWR_STORAGE") or "")


def _age(path: Path) -> float:
    """Seconds since a file was touched; without end when there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


def held(path: Path) -> bool:
    """Whether a living process holds this lock file. It stays as it is, since the path may come out of a database."""
    lock = Lock(path)
    if not path.is_file():
        return False
    if not lock.take():
        return True
    lock.release()
    return False


@contextmanager
def signed(where: Place) -> Iterator[tuple[str, str]]:
    """Marks this process as a worker while the block runs: gives the machine's name and the path of a lock it holds."""
    readonly.refuse("Searching")
    lock = Lock(where.folder.resolve() / f"worker-{socket.gethostname()}-{os.getpid()}")
    try:
        where.folder.mkdir(parents=True, exist_ok=True)
        with Lock(where.folder / "lock"):
            for path in where.folder.glob("worker-*"):
                if not held(path):
                    path.unlink(missing_ok=True)
            lock.take()
        (where.folder / "starting").unlink(missing_ok=True)
    except OSError as error:
        raise HwrError(f"Cannot write in {where.folder} ({error.strerror}): choose another --runs-dir.") from error
    try:
        yield socket.gethostname(), str(lock.path)
    finally:
        lock.path.unlink(missing_ok=True)
        lock.release()


def open_storage(where: Place, *, new: bool = False) -> Any:
    """Optuna's storage for a place, made when `new`; raises HwrError when it cannot be reached or read."""
    if new:
        readonly.refuse("Searching")
    with told(where):
        return _database(where.url) if where.url else _journal(where, new)


@contextmanager
def told(where: Place, *, reading: bool = True) -> Iterator[None]:
    """Turns what a storage raises into a sentence; where only `reading` goes on, an odd error is one of the journal."""
    optuna = need()
    import sqlalchemy

    unreachable = (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError)
    odd = (ImportError, KeyError, TypeError, AttributeError, AssertionError, IndexError, ValueError)
    try:
        yield
    except HwrError:
        raise
    except unreachable as error:
        raise _unreachable(where, error) from error
    except odd as error:
        if not reading:
            raise
        if where.url:
            raise _unreachable(where, error) from error
        raise HwrError(
            f"The journal {where.journal} is damaged ({type(error).__name__}: {error}): mend or move it, or give "
            "another --study. The runs of its trials are untouched."
        ) from error


def _unreachable(where: Place, error: BaseException) -> HwrError:
    cause = error.__cause__ or error
    reason = str(getattr(cause, "orig", None) or cause).strip().splitlines()[0]
    return HwrError(
        f"Cannot use the database {where.shown} ({reason}): check --storage and its driver. Nothing is lost: the same "
        "command goes on with the study."
    )


def _database(url: str) -> Any:
    """A database's storage; its tables may be made by another worker at this very moment."""
    optuna = need()
    import sqlalchemy

    sqlite = url.startswith("sqlite")
    engine: dict[str, Any] = {"connect_args": {"timeout": 60}} if sqlite else {"pool_pre_ping": True}
    for left in (2, 1, 0):
        try:
            storage = optuna.storages.RDBStorage(url, engine, heartbeat_interval=BEAT, grace_period=GRACE)
            break
        except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.IntegrityError, sqlalchemy.exc.ProgrammingError):
            if not left:
                raise
    return storage


def _journal(where: Place, new: bool) -> Any:
    if not new and not where.journal.is_file():
        raise NoStudy(f'There is no study "{where.name}" in {where.runs}.')
    journal = need().storages.journal
    try:
        where.folder.mkdir(parents=True, exist_ok=True)
        lock = _FileLock(where) if os.name == "posix" else journal.JournalFileOpenLock(str(where.journal))
        return need().storages.JournalStorage(journal.JournalFileBackend(str(where.journal), lock_obj=lock))
    except OSError as error:
        raise HwrError(f"Cannot write {where.journal} ({error.strerror}): choose another --runs-dir.") from error


class _FileLock:
    """Optuna's lock of a journal as one that the kernel frees with its holder; Optuna's own stays for half a minute."""

    def __init__(self, where: Place):
        self.lock = Lock(where.folder / "lock")

    def acquire(self) -> bool:
        return self.lock.take(wait=True)

    def release(self) -> None:
        self.lock.release()


def mend(where: Place) -> None:
    """Takes away a last line of the journal without its end, which a full disk leaves and which would spoil the next one."""
    if where.url or os.name != "posix":
        return
    with Lock(where.folder / "lock"):
        content = where.journal.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(where.journal, whole)
