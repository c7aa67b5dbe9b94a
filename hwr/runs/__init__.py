"""Runs: one training each, as a folder on disk; made, listed, started, queued, stopped, resumed and deleted here.

Writer and readers share only files, so a page, a terminal and a trainer need not know each other. No torch here.
"""

from hwr.runs.control import RESUMABLE, delete, environment, launch, resume, spawn, start, stop
from hwr.runs.folder import ACTIVE, FORMAT, STATES, Run, create, find, launched, list_runs, moving, runs_folder
from hwr.runs.listing import overview, overviews, table_line, used
from hwr.runs.trainer import attend, max_parallel, stop_on_signal

__all__ = [
    "ACTIVE",
    "FORMAT",
    "RESUMABLE",
    "STATES",
    "Run",
    "attend",
    "create",
    "delete",
    "environment",
    "find",
    "launch",
    "launched",
    "list_runs",
    "max_parallel",
    "moving",
    "overview",
    "overviews",
    "resume",
    "runs_folder",
    "spawn",
    "start",
    "stop",
    "stop_on_signal",
    "table_line",
    "used",
]
