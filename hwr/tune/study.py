"""A study as a page and a command line see it: make, open, list, read, delete, start workers. It trains nothing itself."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Any

from hwr import readonly
from hwr.config import Span, field_type, flag
from hwr.errors import HwrError
from hwr.runs import runs_folder, spawn
from hwr.runs.process import Lock
from hwr.tune.space import METRIC, Plan
from hwr.tune.storage import FOLDER, NoStudy, Place, need, open_storage, told

PLAN_WAIT = 20.0  # seconds that the maker of a study may take to write down its plan
ENOUGH = 4  # finished trials before one can say what mattered
STATES = {"COMPLETE": "finished", "PRUNED": "pruned", "RUNNING": "running", "WAITING": "waiting", "FAIL": "failed"}


class Study:
    """A study that is open: its place, its plan, and what its trials have found so far."""

    def __init__(self, where: Place, opened: Any):
        self.place, self.optuna = where, opened
        self.plan = self._plan()

    def _plan(self) -> Plan:
        end = time.monotonic() + PLAN_WAIT
        while not (values := self.optuna.user_attrs.get("plan")):
            if time.monotonic() > end:
                raise HwrError(f'The study "{self.place.name}" was not made by hwr: give another --study.')
            time.sleep(0.1)
        return Plan.from_dict(values)

    def trials(self) -> list[Any]:
        """Optuna's trials, as the storage has them now."""
        return self.optuna.get_trials(deepcopy=False)

    def wanted(self) -> int:
        """How many trials were asked for last."""
        return int(self.optuna.user_attrs.get("trials", 0))

    def rows(self) -> list[dict[str, Any]]:
        """The trials in plain values: trial (from 1), state, loss, accuracy, epochs, seconds, run, error and settings.

        Trials that were begun once too often, or again in another one, are left out.
        """
        with told(self.place):
            return [_row(trial) for trial in self.trials() if shown(trial)]

    def best(self) -> dict[str, Any] | None:
        """The finished trial with the least validation loss, as in `rows`; None when there is none."""
        return best_of(self.rows())

    def summary(self) -> dict[str, Any]:
        """All of the study in plain values: how many trials of each state, the best, and how to train with it."""
        rows, counts = self.rows(), dict.fromkeys(STATES.values(), 0)
        for row in rows:
            counts[row["state"]] += 1
        found: dict[str, Any] = {"study": self.place.name, "metric": METRIC, "trials": self.wanted(), **counts}
        found |= {"tune": self.plan.describe(), "best": best_of(rows)}
        if found["best"]:
            config = self.plan.full(found["best"]["settings"])
            found |= {"config": config.to_dict(), "command": config.command()}
        return found


def best_of(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The finished trial with the least loss among rows."""
    return min((row for row in rows if row["state"] == "finished"), key=lambda row: row["loss"], default=None)


def shown(trial: Any) -> bool:
    """Whether a trial is one to show: not one that failed only because its worker had to leave."""
    return trial.state.name != "FAIL" or "error" in trial.user_attrs


def _row(trial: Any) -> dict[str, Any]:
    about, told_of = trial.user_attrs, trial.intermediate_values
    row = {"trial": trial.number + 1, "state": STATES[trial.state.name], "epochs": max(told_of, default=0)}
    row["loss"] = trial.value if trial.state.name == "COMPLETE" else min(told_of.values(), default=None)
    seconds = trial.duration.total_seconds() if trial.duration else None
    row |= {key: about.get(key) for key in ("accuracy", "run", "error")}
    settings = trial.params or trial.system_attrs.get("fixed_params", {})
    return row | {"seconds": seconds, "settings": dict(settings)}


def create(where: Place, plan: Plan) -> Study:
    """A new study, or the one of this name when it has the same plan; raises HwrError when it has another."""
    optuna = need()
    storage = open_storage(where, new=True)
    with told(where):
        try:
            made = optuna.create_study(storage=storage, study_name=where.name, direction="minimize")
        except optuna.exceptions.DuplicatedStudyError:
            return _join(load(where), plan)
        if values := plan.defaults():
            made.enqueue_trial(values)  # the search begins at what is known, and ends no worse
        made.set_user_attr("plan", plan.to_dict())
        return Study(where, made)


def _join(study: Study, plan: Plan) -> Study:
    if different := study.plan.difference(plan):
        raise HwrError(
            f'The study "{study.place.name}" searches with {different}. Give --study another name, or go on '
            "with it as it is: leave all but --study and --trials out."
        )
    return study


def load(where: Place) -> Study:
    """A study that is there; raises HwrError when it is not, or cannot be read."""
    opened = _opened(where)
    with told(where):
        return Study(where, opened)


def _opened(where: Place) -> Any:
    optuna = need()
    storage = open_storage(where)
    with told(where):
        if where.name not in optuna.get_all_study_names(storage):
            raise NoStudy(f'There is no study "{where.name}" in {where.shown}.')
        return optuna.load_study(study_name=where.name, storage=storage)


def delete(where: Place) -> None:
    """Removes a study for good, also one that cannot be read; the runs of its trials stay.

    Raises HwrError while somebody works on it, when there is none, and for one in a database that hwr has not made.
    """
    readonly.refuse("Deleting searches")
    has_journal = where.journal.is_file()
    if not where.url and not has_journal:
        raise NoStudy(f'There is no study "{where.name}" in {where.runs}.')
    if where.active():
        raise HwrError(f'The study "{where.name}" is being worked on: stop it first.')
    if where.url:
        _drop(where)
    if where.folder.is_dir() and not (where.url and has_journal):  # else the folder is another study's, of this name
        _remove(where)


def _drop(where: Place) -> None:
    """Removes a study from a database, unless it is a stranger's or another machine still works on it."""
    optuna, opened = need(), _opened(where)
    with told(where):
        if not opened.user_attrs.get("plan"):
            raise HwrError(f'The study "{where.name}" was not made by hwr: delete it with what made it.')
        optuna.storages.fail_stale_trials(opened)
        running = [trial for trial in opened.get_trials(deepcopy=False) if trial.state.name == "RUNNING"]
        hosts = {(trial.user_attrs.get("worker") or ["another machine"])[0] for trial in running}
        if others := sorted(hosts - {socket.gethostname()}):
            raise HwrError(f'The study "{where.name}" is being worked on by {others[0]}: stop it there first.')
        optuna.delete_study(study_name=where.name, storage=opened._storage)


def _remove(where: Place) -> None:
    """Removes what a study has in the runs folder; without its journal it is not listed any more."""
    if where.folder.is_symlink():
        raise HwrError(f"{where.folder} is a link: delete the study by hand.")
    try:
        with Lock(where.folder / "lock"):
            if where.active():
                raise HwrError(f'The study "{where.name}" is being worked on: stop it first.')
            where.journal.unlink(missing_ok=True)
        shutil.rmtree(where.folder)
    except OSError as error:
        raise HwrError(f'Cannot delete the study "{where.name}": {error.strerror}.') from error


def list_studies(runs: Path | None = None, url: str | None = None) -> list[Place]:
    """The studies with a journal in the runs folder, newest first, and those in the database of `url` or HWR_STORAGE."""
    folder = runs_folder(runs)
    journals = sorted((folder / FOLDER).glob("*/journal.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = [Place(path.parent.name, folder) for path in journals]
    url = url or os.environ.get("HWR_STORAGE") or ""
    if url:
        where = Place("", folder, url)
        storage = open_storage(where)
        with told(where):
            names = need().get_all_study_names(storage)
        found = [*(Place(name, folder, url) for name in names), *found]
    return found


def importances(study: Study) -> dict[str, float]:
    """How much of the loss's spread each setting explains, summing to 1; empty with fewer than ENOUGH finished trials.

    By a forest of random trees over the finished trials (fANOVA: Hutter, Hoos and Leyton-Brown, 2014).
    """
    values = {row["loss"] for row in study.rows() if row["state"] == "finished"}
    if len(values) < ENOUGH:
        return {}
    optuna = need()
    with told(study.place):
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
        shares = optuna.importance.get_param_importances(study.optuna, evaluator=evaluator)
    return {name: float(share) for name, share in shares.items()}


def start(study: Study, trials: int, *, workers: int = 1, data_dir: Path | None = None) -> None:
    """Starts workers in the background, each a process of its own session; returns at once."""
    readonly.refuse("Searching")
    where = study.place
    command = [sys.executable, "-m", "hwr", "tune", "--study", where.name, "--trials", str(trials)]
    command += ["--runs-dir", str(where.runs.resolve())]
    if data_dir:
        command += ["--data-dir", str(data_dir)]
    if workers > 1 and not study.plan.base.threads:
        command += [flag("threads"), str(max(1, (os.cpu_count() or 1) // workers))]
    where.folder.mkdir(parents=True, exist_ok=True)
    if not where.workers():
        (where.folder / "log.txt").unlink(missing_ok=True)
    (where.folder / "starting").touch()
    for _ in range(workers):
        spawn(command, where.folder / "log.txt")


def suggest(trial: Any, space: dict[str, Span]) -> dict[str, Any]:
    """What a trial shall try of each setting in the space."""
    return {name: _suggest(trial, name, span) for name, span in space.items()}


def _suggest(trial: Any, name: str, span: Span) -> Any:
    if span.choices:
        return trial.suggest_categorical(name, span.choices)
    ask = trial.suggest_int if field_type(name) is int else trial.suggest_float
    return ask(name, span.low, span.high, log=span.log)
