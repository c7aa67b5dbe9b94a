"""Work that goes on beside the page that shows it: a thread that is asked how far it is, and can be cancelled.

It touches nothing of Streamlit. What only one may do at a time waits for its turn.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from hwr.apart import Watch
from hwr.errors import HwrError

PATIENCE = 120.0  # seconds that it goes on while nobody asks: the visitor may be on another page, or gone
UNFORESEEN = "something unforeseen happened; the server's log tells what."


class Cancelled(Exception):
    """Ends the work from within."""


class Job:
    """One piece of work, begun at once: `work` is told where to tell how far it is, and gives what it came to.

    `failed` begins the sentence on what nobody has foreseen; `turn` is held meanwhile.
    """

    def __init__(
        self, work: Callable[[Watch], Any], failed: str, *, turn: threading.Lock | None = None, waits: str = "Starting"
    ):
        self.what, self.share = waits, 0.0
        self.outcome: Any = None  # what it came to
        self.problem = ""  # or a sentence why it did not
        self._work, self._failed, self._turn = work, failed, turn or threading.Lock()
        self._cancelled = threading.Event()
        self._asked = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="working", daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        """Whether it goes on; to ask keeps it going."""
        self._asked = time.monotonic()
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Ends it at once."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Returns when it has ended, or after so long."""
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
            self.problem = str(error)
        except Exception:  # nothing may end the thread without a word
            traceback.print_exc(file=sys.stderr)
            self.problem = f"{self._failed}: {UNFORESEEN}"

    def _watch(self, what: str, share: float) -> None:
        self.what, self.share = what, share
        if self._cancelled.is_set() or time.monotonic() - self._asked > PATIENCE:
            raise Cancelled
