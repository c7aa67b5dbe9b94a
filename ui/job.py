"""Long work beside the page that shows it: asked how far it is, and can be cancelled. Nothing of Streamlit in its thread."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hwr.errors import HwrError

PATIENCE = 120.0  # seconds that it goes on while nobody asks: the visitor may be on another page, or gone
Watch = Callable[[str, float], None]  # told what is done, and the share of it in [0, 1]
T = TypeVar("T")


class Cancelled(Exception):
    """Ends the work from within."""


@dataclass(frozen=True)
class About:
    """What a job says of itself: the name of its thread, what it says while another has its turn, and when it fails."""

    name: str
    waiting: str
    failed: str


class Job(Generic[T]):
    """Some work, begun at once; `work` is given a watch to tell how far it is, which raises when it is to end.

    Jobs that share a `turn` go one after the other. `outcome` is what came of it, a sentence why nothing did, or None.
    """

    def __init__(self, work: Callable[[Watch], T], about: About, *, turn: threading.Lock, patience: float = PATIENCE):
        self.what, self.share = about.waiting, 0.0
        self.outcome: T | str | None = None
        self._work, self._about, self._turn, self._patience = work, about, turn, patience
        self._cancelled = threading.Event()
        self._asked = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=about.name, daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        """Whether it goes on; to ask keeps it going."""
        self._asked = time.monotonic()
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Ends it as soon as it tells how far it is."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Returns when all is done, or after so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while not self._turn.acquire(timeout=0.2):
                self._watch(self.what, 0.0)
            try:
                self.outcome = self._work(self._watch)
            finally:
                self._turn.release()
        except Cancelled:
            self.outcome = None
        except HwrError as error:
            self.outcome = str(error)
        except Exception:  # nothing may end the thread without a word
            traceback.print_exc(file=sys.stderr)
            self.outcome = f"{self._about.failed}: something unforeseen happened; the server's log tells what."

    def _watch(self, what: str, share: float) -> None:
        self.what, self.share = what, share
        if self._cancelled.is_set() or time.monotonic() - self._asked > self._patience:
            raise Cancelled
