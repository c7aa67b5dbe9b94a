"""A comparison that is measured beside the page that shows it. One measures at a time, for two would time each other."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from hwr.compare import Model, Question, compare_apart
from ui import job
from ui.job import Cancelled

__all__ = ["Cancelled", "Job"]
_turn = threading.Lock()


class Job(job.Job):
    """One comparison, begun at once; what was measured of whole models is kept when it is cancelled."""

    def __init__(self, models: Sequence[Model], question: Question, *, fresh: bool = False):
        super().__init__(
            lambda watch: compare_apart(list(models), question, watch, fresh=fresh),
            "The models could not be compared",
            turn=_turn,
            waits="Waiting for another comparison",
        )
