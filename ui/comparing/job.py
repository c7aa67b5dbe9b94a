"""A comparison that is measured beside the page that shows it, by a process of its own.

One measures at a time, for two would time each other. What was measured of whole models is kept when it is cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from hwr.compare import Comparison, Model, Question, compare_apart
from ui import job
from ui.job import PATIENCE, Cancelled

__all__ = ["PATIENCE", "Cancelled", "Job"]

ABOUT = job.About("comparing", "Waiting for another comparison", "The models could not be compared")
_turn = threading.Lock()


class Job(job.Job[Comparison]):
    """One comparison, begun at once."""

    def __init__(self, models: Sequence[Model], question: Question, *, fresh: bool = False):
        given = list(models)
        super().__init__(
            lambda watch: compare_apart(given, question, watch, fresh=fresh), ABOUT, turn=_turn, patience=PATIENCE
        )
