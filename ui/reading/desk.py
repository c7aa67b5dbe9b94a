"""The pages that lie on the Read page of one session: what was brought in, what was read, and what a person made of it.

They outlive reruns and visits to other pages. No widgets here: intake.py brings pages in, job.py reads them.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from hwr import documents
from hwr.edit import History
from hwr.errors import HwrError
from hwr.mine import Sample
from hwr.results import Box, Glyph, Page
from ui.models import Choice
from ui.reading.job import Job


@dataclass(frozen=True)
class Settings:
    """What pages are read with: model and charset, the layout, the file of the weights and when it was changed."""

    choice: Choice
    layout: str
    weights: Path
    modified: int


@dataclass(frozen=True)
class Kept:
    """A correction that was kept for training: its character and box then, and the picture, None where there was no ink."""

    char: str
    box: Box
    sample: Sample | None


@dataclass(eq=False)
class Scan:
    """A page: the file's name, its picture, what was read with which settings and edited since, or why it was not.

    `digest` tells the picture from others in caches, `applied` is the last edit of the browser's that was done, `again`
    asks for another reading although the page was edited, `away` says that it is off the desk, `texts` counts how often
    the text was changed by other means than its text area, `kept` are glyphs' corrections by their number.
    """

    number: int
    file: str
    source: documents.DocumentPage
    digest: str
    history: History | None = None
    settings: Settings | None = None
    problem: str = ""
    applied: int = 0
    again: bool = False
    away: bool = False
    texts: int = 0
    kept: dict[int, Kept] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name, with the page's number where the file has several."""
        return self.file if self.source.count == 1 else f"{self.file}, page {self.source.number}"

    @property
    def edited(self) -> bool:
        return self.history is not None and self.history.edited

    def waits(self, settings: Settings) -> bool:
        """Whether the page is to be read; one that was edited is read again only when a person asks for it."""
        return self.again or (self.settings != settings and not self.edited)

    def take(self, result: Page | str, settings: Settings) -> None:
        """Takes what was read, or the sentence why it could not be; edits are not lost, but can be undone to."""
        again, self.again = self.again, False
        if self.edited and not again:
            return
        self.settings = settings
        self.problem = result if isinstance(result, str) else ""
        if isinstance(result, str):
            self.history = None
        elif self.history and again:
            self.history.read_again(result)
        else:
            self.history = History(result, free=self.history.free if self.history else 1)

    def corrections(self) -> list[Glyph]:
        """The glyphs that a person has said the character of, and which are not kept for training as they are now."""
        if self.history is None:
            return []
        said = [glyph for glyph in self.history.page.glyphs if glyph.corrected]
        return [glyph for glyph in said if not self._is_kept(glyph)]

    def _is_kept(self, glyph: Glyph) -> bool:
        kept = self.kept.get(glyph.number)
        return kept is not None and (kept.char, kept.box) == (glyph.char, glyph.box)


@dataclass(eq=False)
class Desk:
    """All pages of a session, in the order they came; `shown` is the number of the one that is looked at.

    `problems` are the sentences about files that are none; `halted` are the settings with which reading was cancelled;
    `turns` counts how often another page was shown by other means than the list of pages; `stale` says that the whole page
    is to be drawn again.
    """

    scans: list[Scan] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    shown: int = 0
    count: int = 0
    job: Job | None = None
    halted: Settings | None = None
    turns: int = 0
    stale: bool = False

    def add(self, file: str, content: bytes) -> None:
        """Lays the pages of a file on the desk, the first of them to be looked at; a bad file is a sentence."""
        opened = io.BytesIO(content)
        opened.name = file
        try:
            pages = documents.pages(opened)
        except HwrError as error:
            self.problems.append(told(file, error))
            return
        self.halted = None
        digest = hashlib.sha256(content).hexdigest()[:32]
        self.shown = self.count + 1
        for page in pages:
            self.count += 1
            self.scans.append(Scan(self.count, file, page, f"{digest}-{page.number}"))

    def remove(self, number: int) -> None:
        """Puts a page away; the one after it is shown, or the one before."""
        place = next((at for at, scan in enumerate(self.scans) if scan.number == number), None)
        if place is None:
            return
        self.scans.pop(place).away = True
        self.turns += 1
        if self.shown == number and self.scans:
            self.shown = self.scans[min(place, len(self.scans) - 1)].number

    def forget_problems(self) -> None:
        """Puts away what could not be read."""
        self.problems = []
        self.scans = [scan for scan in self.scans if not scan.problem]
        self.turns += 1

    @property
    def good(self) -> list[Scan]:
        """The pages that were read, or will be."""
        return [scan for scan in self.scans if not scan.problem]

    @property
    def read(self) -> list[Scan]:
        return [scan for scan in self.scans if scan.history]

    def scan(self, number: int) -> Scan | None:
        return next((scan for scan in self.scans if scan.number == number), None)

    def waiting(self, settings: Settings) -> list[Scan]:
        """The pages that are to be read with these settings, the one that is looked at first."""
        found = [scan for scan in self.scans if scan.waits(settings)]
        return sorted(found, key=lambda scan: scan.number != self.shown)

    def collect(self) -> int:
        """Gives the pages what the job has read so far; returns how many."""
        job, taken = self.job, 0
        if job is None:
            return 0
        active = job.active
        for scan, result in job.results():
            scan.take(result, job.settings)
            taken += 1
        if not active:
            self.job = None
        return taken


def desk() -> Desk:
    """This session's desk."""
    return st.session_state.setdefault("read_desk", Desk())


def told(name: str, error: HwrError) -> str:
    """A sentence about a file that names it."""
    return str(error) if name in str(error) else f"{name}: {error}"
