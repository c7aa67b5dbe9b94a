"""The trainer's side of a run: one process a run, its turn among others, its heartbeat, and how it ended. No loop here.

A turn is a numbered ticket in `.queue`, a file that its process holds locked: the first tickets train, the rest wait and
look again. There is no daemon, and the ticket of a process that died counts no more, since the kernel has freed its lock.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hwr import readonly
from hwr.errors import HwrError
from hwr.runs.folder import Run
from hwr.runs.process import Lock

POLL = 0.5  # seconds between two looks at the queue
BEAT = 1.0  # seconds between two heartbeats


def max_parallel() -> int:
    """How many trainings of one runs folder may go at once: HWR_MAX_PARALLEL, or 1."""
    given = os.environ.get("HWR_MAX_PARALLEL") or "1"
    if not given.isdecimal() or int(given) < 1:
        raise HwrError(f"HWR_MAX_PARALLEL must be a whole number of at least 1, not {given!r}.")
    return int(given)


@contextmanager
def attend(run: Run, *, tell: Any = None, group: str = "") -> Iterator[bool]:
    """Makes this process the run's trainer: alone, in its turn, with a heartbeat; gives False when stopped in the queue.

    `tell` is called with a sentence when the run must wait; runs of one `group` do not wait for one another. An error on
    the way is written into the status and raised again. Raises HwrError when another process trains this run.
    """
    readonly.refuse("Training")
    lock = Lock(run.path / "lock")
    if not lock.take():
        raise HwrError(f"The run {run.name} is being trained by another process; stop it first, or wait for its end.")
    try:
        _sweep(run)
        with _recorded(run), _heartbeat(run), _turn(run, tell or run.note, group) as mine:
            if mine:
                run.set_status("running", phase="loading")
            yield mine
    finally:
        lock.release()


def _sweep(run: Run) -> None:
    """Removes what a killed trainer left half written."""
    (run.path / "exit").unlink(missing_ok=True)
    for name in ("status.json", "metrics.jsonl", "*.safetensors"):
        for path in run.path.glob(f".{name}.*"):
            path.unlink(missing_ok=True)


@contextmanager
def _recorded(run: Run) -> Iterator[None]:
    """Writes an error into the status: a sentence for the person, and the whole traceback."""
    try:
        yield
    except BaseException as error:
        state, sentence = "failed", f"The training ended with an error of the program ({type(error).__name__}: {error})."
        if isinstance(error, HwrError):
            sentence = str(error)
        elif isinstance(error, KeyboardInterrupt | SystemExit):
            state, sentence = "stopped", "Interrupted: what came after the last save is learned again on resume."
        try:
            run.set_status(state, error=sentence, traceback=traceback.format_exc())
        except HwrError:  # the disk may be full: the first sentence is the one to read
            with suppress(HwrError, OSError):
                run.fail(sentence)
        raise


@contextmanager
def _heartbeat(run: Run) -> Iterator[None]:
    """Beats once a second from a thread of its own, also while a dataset loads or a test part is scored.

    Those are single calls of unknown length, in which a tick in the loop would be silent. The thread tells only that the
    process lives; how far the loop is, its progress tells.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            with suppress(OSError):
                run.beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def stop_on_signal(run: Run) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run after the present batch, saved; a second Ctrl-C ends it at once."""

    def ask(number: int, frame: Any) -> None:
        run.ask_to_stop()
        signal.signal(number, signal.default_int_handler)

    try:
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: there the run's stop file alone is heeded
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _turn(run: Run, tell: Any, group: str) -> Iterator[bool]:
    """Waits until it is this run's turn; False when it was asked to stop before."""
    queue = run.path.resolve().parent / ".queue"
    ticket = _draw(queue, run.name, group)
    try:
        with stop_on_signal(run):
            mine = _wait(run, queue, ticket, tell)
        yield mine
    finally:
        ticket.path.unlink(missing_ok=True)
        ticket.release()


def _wait(run: Run, queue: Path, ticket: Lock, tell: Any) -> bool:
    limit, shown = max_parallel(), -1
    while True:
        before = _before(queue, ticket.path)
        place = len(before) - limit + 1
        if place <= 0:
            return True
        if run.should_stop():
            run.clear_stop()
            run.set_status("stopped")
            return False
        if place != shown:
            run.set_status("queued", place=place, waits_for=before)
            tell(f"Queued, place {place}: waits for {', '.join(before)} (HWR_MAX_PARALLEL is {limit}).")
            shown = place
        time.sleep(POLL)


def _draw(queue: Path, name: str, group: str) -> Lock:
    """A new ticket behind all others, held by this process; in it stands the group."""
    try:
        queue.mkdir(parents=True, exist_ok=True)
        with Lock(queue / "lock"):
            last = max((int(ticket.partition("-")[0]) for ticket in _tickets(queue)), default=0)
            ticket = Lock(queue / f"{last + 1:09d}-{name}")
            ticket.take()
            ticket.path.write_text(group, encoding="utf-8")
    except OSError as error:
        raise HwrError(f"Cannot queue the run in {queue} ({error.strerror}): choose another --runs-dir.") from error
    return ticket


def _before(queue: Path, ticket: Path) -> list[str]:
    """The runs before this ticket whose holders live, first come first, but for those of its own group."""
    with Lock(queue / "lock"):
        names = [name for name in _tickets(queue) if name < ticket.name]
        group = _group(ticket)
        return [name.partition("-")[2] for name in names if not group or _group(queue / name) != group]


def _group(ticket: Path) -> str:
    """The group that stands in a ticket; none in one that was taken back just now."""
    try:
        return ticket.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _tickets(queue: Path) -> list[str]:
    names = sorted(path.name for path in queue.glob("[0-9]*-*"))
    return [name for name in names if not _dead(queue / name)]


def _dead(path: Path) -> bool:
    ticket = Lock(path)
    if not ticket.take():
        return False
    path.unlink(missing_ok=True)
    ticket.release()
    return True
