"""Runs that are watched: how each stands, and its history, read once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from hwr import runs
from hwr.curve_figures import Line
from hwr.curves import Shelf


@dataclass(frozen=True)
class Watched:
    """A run that is shown: its name for reading, its colour, and how it stands ("broken" when it cannot be read)."""

    run: runs.Run
    name: str
    color: str
    status: dict[str, Any]

    @property
    def progress(self) -> dict[str, Any]:
        return self.status.get("progress") or {}

    @property
    def active(self) -> bool:
        return runs.moving(self.status)

    def line(self, history: Any) -> Line:
        """The run as a line of a chart."""
        progress = self.progress
        return Line(self.name, self.color, history, progress.get("total", 0) / max(1, progress.get("epochs", 1)))


@st.cache_resource
def shelf() -> Shelf:
    """The histories that all visitors share."""
    return Shelf()


def histories(chosen: list[Watched]) -> list:
    return shelf().get(item.run.path for item in chosen)
