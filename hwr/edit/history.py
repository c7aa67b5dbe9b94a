"""The edits of one page, one after the other: undo, redo, back to what was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from hwr.edit.boxes import numbered
from hwr.results import Page

MOST = 200  # edits that can be taken back


@dataclass
class History:
    """What was read, and each page since; numbers of glyphs are never given twice."""

    read: Page
    pages: list[Page] = field(default_factory=list)
    place: int = 0
    free: int = 1

    def __post_init__(self) -> None:
        self.read = self._counted(self.read)
        self.pages = [self.read]

    @property
    def page(self) -> Page:
        """The page as it stands."""
        return self.pages[self.place]

    @property
    def edited(self) -> bool:
        """Whether the page is another than what was read."""
        return self.page != self.read

    @property
    def can_undo(self) -> bool:
        return self.place > 0

    @property
    def can_redo(self) -> bool:
        return self.place + 1 < len(self.pages)

    def push(self, page: Page) -> bool:
        """Makes a page the one that stands; what was undone is gone. False, and nothing is done, when it is the same."""
        if page == self.page:
            return False
        self.pages = [*self.pages[: self.place + 1], self._counted(page)][-MOST - 1 :]
        self.place = len(self.pages) - 1
        return True

    def undo(self) -> None:
        self.place = max(0, self.place - 1)

    def redo(self) -> None:
        self.place = min(len(self.pages) - 1, self.place + 1)

    def restore(self) -> None:
        """Back to what was read; that can be undone too."""
        self.push(self.read)

    def read_again(self, page: Page) -> None:
        """Takes a new reading, which stands from now on and is what `restore` goes back to; the edits can be undone to."""
        self.read = self._counted(page)
        self.push(self.read)

    def _counted(self, page: Page) -> Page:
        page = numbered(page, self.free)
        self.free = max([self.free - 1, *(glyph.number for glyph in page.glyphs)]) + 1
        return page
