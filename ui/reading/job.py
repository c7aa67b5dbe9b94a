"""Reading many pages beside the page that shows them (ui.job): what has been read waits to be collected."""

from __future__ import annotations

import queue
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hwr.apart import Watch
from hwr.errors import HwrError
from hwr.results import Page
from ui import job

if TYPE_CHECKING:
    from hwr.recognize import Recognizer
    from ui.reading.desk import Scan, Settings


class Job(job.Job):
    """The reading of some pages, one after the other, begun at once; cancelled, the page that is read comes to its end."""

    def __init__(self, scans: Sequence[Scan], settings: Settings, recognizer: Recognizer):
        self.settings, self.total, self.done = settings, len(scans), 0
        self._scans, self._recognizer = list(scans), recognizer
        self._results: queue.SimpleQueue[tuple[Scan, Page | str]] = queue.SimpleQueue()
        super().__init__(self._read_all, "The pages could not be read", waits="")

    def results(self) -> Iterator[tuple[Scan, Page | str]]:
        """What was read since the last time: pages, or sentences why not."""
        self._asked = time.monotonic()
        while not self._results.empty():
            yield self._results.get()

    def _read_all(self, watch: Watch) -> None:
        for scan in self._scans:
            if scan.away:
                continue
            watch(scan.name, self.done / self.total)
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
            return f"{scan.name} could not be read: {job.UNFORESEEN}"
