"""PageOut: one page that was read, as the formats take it.

Not here: how it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hwr.results import Page


@dataclass(frozen=True)
class PageOut:
    """A page to be written: its file's name, what was read, and its number (from 1 on) in a document of several pages.

    `picture` gives the upright pixels that it was read from, uint8 (h, w) or (h, w, 3), made when a format needs them;
    `dpi` is their number to the inch, None where nobody knows.
    """

    name: str
    page: Page
    number: int | None = None
    picture: Callable[[], np.ndarray] | None = field(default=None, repr=False, compare=False)
    dpi: float | None = None

    @property
    def title(self) -> str:
        """The name with the number, as a person would say it: "scan.pdf, page 2"."""
        return self.name if self.number is None else f"{self.name}, page {self.number}"

    def where(self) -> dict[str, Any]:
        """The file, and the page's number where there are several."""
        return {"file": self.name} if self.number is None else {"file": self.name, "page": self.number}
