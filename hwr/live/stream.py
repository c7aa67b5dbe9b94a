"""Live: frames in, marked frames out, while a thread reads the newest one. It knows no camera and no page."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hwr.errors import HwrError
from hwr.live.frame import marked
from hwr.live.steady import Steady
from hwr.results import Page

SPAN = 3.0  # seconds over which frames and reads are counted
PATIENCE = 5.0  # seconds without a frame after which nothing is read any more
MOST_READS = 5  # a second: the rest is for the frames, and for others
BROKEN = "The picture could not be read: something unforeseen happened; the server's log tells what."

Reader = Callable[[np.ndarray], Page]
_turns = threading.Semaphore(max(1, (os.cpu_count() or 1) // 2))  # readings at a time, of all visitors


class Rate:
    """How often something happens a second, over the last SPAN seconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def tick(self, now: float) -> None:
        """It happens; `now` is a time in seconds that only grows."""
        self._times.append(now)
        self._forget(now)

    def per_second(self, now: float) -> float:
        """How often it does; 0 when it does no more."""
        self._forget(now)
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(now - self._times[0], 1e-9)

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] < now - SPAN:
            self._times.popleft()


@dataclass(frozen=True, eq=False)
class Still:
    """One picture, uint8 (h, w, 3), and what was read in it."""

    picture: np.ndarray
    page: Page


@dataclass(frozen=True)
class Standing:
    """Where a live reading stands: the answer, None before the first, frames and reads a second, and what is wrong."""

    page: Page | None
    frames: float
    reads: float
    problem: str = ""


class Live:
    """Frames in, marked frames out, for one visitor; every method may be called from any thread.

    Reading begins with the first frame, in a thread that ends by itself when no more come.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._asked: object = None
        self._read: Reader | None = None
        self._mirrored = False
        self._newest: np.ndarray | None = None
        self._waiting: np.ndarray | None = None
        self._seen: np.ndarray | None = None  # the frame that the answer was read in
        self._steady = Steady()
        self._frames, self._reads = Rate(), Rate()
        self._problem = ""
        self._thread: threading.Thread | None = None
        self._still: Still | None = None
        self._frozen: np.ndarray | None = None

    def ask(self, asked: object, read: Reader | None, *, mirrored: bool = False) -> None:
        """Says how frames are read from now on, None for not at all; `asked` tells one way from another."""
        with self._lock:
            if mirrored != self._mirrored:
                self._mirrored, self._frozen = mirrored, None
            if asked != self._asked:
                self._asked, self._read = asked, read
                self._steady, self._problem, self._seen = Steady(), "", None

    def show(self, frame: np.ndarray) -> np.ndarray:
        """The frame, uint8 (h, w, 3), as it is shown: with the newest answer, or the picture that was frozen."""
        with self._lock:
            self._frames.tick(time.monotonic())
            if self._still is not None:
                return self._frozen_picture(self._still)
            self._newest = self._waiting = frame
            self._begin()
            self._lock.notify_all()
            page, mirrored = self._steady.page, self._mirrored
        return marked(frame, page, mirrored=mirrored)

    def freeze(self) -> None:
        """Keeps the picture that the answer was read in, or the newest one; nothing before the first frame."""
        with self._lock:
            picture = self._newest if self._seen is None else self._seen
            if picture is not None and self._still is None:
                height, width = picture.shape[:2]
                page = self._steady.page if self._seen is not None else None
                self._still = Still(picture, page or Page((), width, height))
                self._frozen = None

    def go_on(self) -> None:
        """Lets go of what is frozen."""
        with self._lock:
            self._still = self._frozen = None

    @property
    def still(self) -> Still | None:
        """What is frozen, if anything is."""
        return self._still

    def standing(self) -> Standing:
        """The answer that is shown, and how fast that goes."""
        with self._lock:
            now = time.monotonic()
            page = self._still.page if self._still else self._steady.page
            return Standing(page, self._frames.per_second(now), self._reads.per_second(now), self._problem)

    def _frozen_picture(self, still: Still) -> np.ndarray:
        if self._frozen is None:
            self._frozen = marked(still.picture, still.page, mirrored=self._mirrored)
        return self._frozen

    def _begin(self) -> None:
        if self._thread is None and self._read is not None:
            self._thread = threading.Thread(target=self._run, name="webcam", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._lock.wait_for(lambda: self._waiting is not None, PATIENCE):
                    self._thread = None
                    return
                frame, self._waiting = self._waiting, None
                asked, read = self._asked, self._read
            began = time.monotonic()
            if frame is not None and read is not None:
                with _turns:
                    self._take(asked, frame, _outcome(read, frame))
            time.sleep(max(0.0, 1 / MOST_READS - (time.monotonic() - began)))

    def _take(self, asked: object, frame: np.ndarray, outcome: Page | str) -> None:
        """Takes what was read, unless something else is asked for meanwhile."""
        with self._lock:
            if asked != self._asked:
                return
            self._reads.tick(time.monotonic())
            self._problem = outcome if isinstance(outcome, str) else ""
            if isinstance(outcome, Page) and self._steady.take(outcome):
                self._seen = frame


def _outcome(read: Reader, frame: np.ndarray) -> Page | str:
    """What was read, or a sentence why not."""
    try:
        return read(frame)
    except HwrError as error:
        return str(error)
    except Exception:  # nothing may end the thread without a word
        traceback.print_exc(file=sys.stderr)
        return BROKEN
