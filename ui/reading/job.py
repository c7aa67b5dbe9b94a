"""Reading many pages beside the page that shows them: a thread that is asked how far it is, and can be cancelled.

It touches nothing of Streamlit: it is given a recognizer, and what it has read waits to be collected.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hwr.errors import HwrError
from hwr.results import Page

if TYPE_CHECKING:
    from hwr.recognize import Recognizer
    from ui.reading.desk import Scan, Settings

PATIENCE = 120.0  # seconds that it goes on while nobody asks: the visitor may be on another page, or gone


class Job:
    """The reading of some pages, one after the other, begun at once."""

    def __init__(self, scans: Sequence[Scan], settings: Settings, recognizer: Recognizer):
        self.settings, self.total, self.done = settings, len(scans), 0
        self.name = ""
        self._scans, self._recognizer = list(scans), recognizer
        self._results: queue.SimpleQueue[tuple[Scan, Page | str]] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._asked = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        return self._thread.is_alive()

    def cancel(self) -> None:
        """No page is begun any more; the one that is being read comes to its end."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Returns when all is read, or after so long."""
        self._thread.join(seconds)

    def results(self) -> Iterator[tuple[Scan, Page | str]]:
        """What was read since the last time: pages, or sentences why not."""
        self._asked = time.monotonic()
        while not self._results.empty():
            yield self._results.get()

    def _run(self) -> None:
        for scan in self._scans:
            if self._cancelled.is_set() or time.monotonic() - self._asked > PATIENCE:
                return
            if scan.away:
                continue
            self.name = scan.name
            self._results.put((scan, self._read(scan)))
            self.done += 1

    def _read(self, scan: Scan) -> Page | str:
        try:
            picture = scan.source.picture()
            return self._recognizer.read(picture, layout=self.settings.layout, **self.settings.choice.how)
        except HwrError as error:
            return str(error) if scan.file in str(error) else f"{scan.name}: {error}"
        except Exception:  # nothing may end the thread without a word
            traceback.print_exc(file=sys.stderr)
            return f"{scan.name} could not be read: something unforeseen happened; the server's log tells what."
