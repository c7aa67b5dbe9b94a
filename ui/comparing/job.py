"""A comparison that is measured beside the page that shows it: asked how far it is, and can be cancelled.

A thread waits for the process that measures; it touches nothing of Streamlit. One measures at a time, for two would time
each other.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Sequence

from hwr.compare import Comparison, Model, Question, compare_apart
from hwr.errors import HwrError

PATIENCE = 120.0  # seconds that it goes on while nobody asks: the visitor may be on another page, or gone
_turn = threading.Lock()


class Cancelled(Exception):
    """Ends the measuring from within."""


class Job:
    """One comparison, begun at once."""

    def __init__(self, models: Sequence[Model], question: Question, *, fresh: bool = False):
        self.what, self.share = "Waiting for another comparison", 0.0
        self.outcome: Comparison | str | None = None  # or a sentence why there is none
        self._given = (list(models), question, fresh)
        self._cancelled = threading.Event()
        self._asked = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="comparing", daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        """Whether it goes on; to ask keeps it going."""
        self._asked = time.monotonic()
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Ends it at once; what was measured of whole models is kept."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Returns when all is measured, or after so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while not _turn.acquire(timeout=0.2):
                self._watch(self.what, 0.0)
            try:
                self.outcome = self._compare()
            finally:
                _turn.release()
        except Cancelled:
            self.outcome = None
        except HwrError as error:
            self.outcome = str(error)
        except Exception:  # nothing may end the thread without a word
            traceback.print_exc(file=sys.stderr)
            self.outcome = (
                "The models could not be compared: something unforeseen happened; the server's log tells what."
            )

    def _compare(self) -> Comparison:
        models, question, fresh = self._given
        return compare_apart(models, question, self._watch, fresh=fresh)

    def _watch(self, what: str, share: float) -> None:
        self.what, self.share = what, share
        if self._cancelled.is_set() or time.monotonic() - self._asked > PATIENCE:
            raise Cancelled
