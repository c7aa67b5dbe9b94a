"""A worker of a study: takes trials and trains them, one after the other, until the study has as many as were asked for.

Any number of workers may run, each the same command; they meet in the study's storage alone. Trials of one study do not
wait for one another in the queue of runs: who starts three workers gets three. A trial whose worker was killed or stopped
is given to the next worker, which goes on with its run where that was saved.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from hwr import runs
from hwr.errors import HwrError
from hwr.progress import Progress
from hwr.tune.space import METRIC, setting_texts
from hwr.tune.storage import held, mend, need, signed, told
from hwr.tune.study import Study, suggest

RANDOM = 6  # trials drawn at random before the sampler learns from them
SPARED = 4  # finished trials before any is given up
TRIES = 3  # times that a trial is taken up again after its worker was killed
FAILURES = 3  # failed trials in a row after which a worker ends
UNSIGNED = 120.0  # seconds after which a running trial without a worker's sign is given up


class Failed(Exception):
    """A trial's training failed; the search goes on."""


class Surplus(Exception):
    """Two workers took the last trial at once, and this is the one too many."""


class TrialRun(runs.Run):
    """A trial's run: it heeds a stop of its whole study too, and knows why this process stopped it."""

    def __init__(self, path: Path, worker: Worker):
        super().__init__(path)
        self.worker, self.reason = worker, ""

    def ask_to_stop(self) -> None:
        """Called in this process by a signal: the worker is to leave."""
        self.reason = self.reason or "leave"
        super().ask_to_stop()

    def should_stop(self) -> bool:
        """Whether this run, or the whole study, was asked to stop."""
        if self.worker.asked_to_leave():
            self.reason = self.reason or "leave"
            return True
        return super().should_stop()

    def prune(self) -> None:
        """Ends the run before its time."""
        self.reason = "prune"
        super().ask_to_stop()

    def remark(self, text: str) -> None:
        """Puts a sentence into the log and under the notes, which a person may have begun."""
        self.note(text)
        self.describe(notes=f"{self.about()['notes']}\n{text}")


def work(study: Study, trials: int, *, data_dir: Path, progress: Progress, machine: dict[str, Any]) -> bool:
    """Works until `trials` are taken; False when it was stopped before. `machine` has settings for this worker alone.

    Raises HwrError when a training cannot begin, and when several in a row have failed.
    """
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise HwrError("tune does not run under torchrun: give the same command several times for several workers.")
    with signed(study.place) as sign, told(study.place, reading=False), _politely():
        mend(study.place)
        study.optuna.set_user_attr("trials", trials)
        study.optuna.sampler, study.optuna.pruner = by_seed(study.plan.base.seed), pruner(study)
        return Worker(study, trials, sign, data_dir, progress).run(machine)


@contextmanager
def _politely() -> Iterator[None]:
    """A polite kill ends a worker as Ctrl-C does."""
    try:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not the main thread
        before = None
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


class Worker:
    """One process at work on a study."""

    def __init__(self, study: Study, trials: int, sign: tuple[str, str], data_dir: Path, progress: Progress):
        self.study, self.trials, self.sign, self.data_dir = study, trials, sign, data_dir
        self.progress = progress
        self.began = time.time()
        self.number, self.failures = -1, 0
        self.machine: dict[str, Any] = {}

    def run(self, machine: dict[str, Any]) -> bool:
        """Trial after trial; False when stopped."""
        self.machine = machine
        while not self.asked_to_leave():
            self.retire()
            if self.taken() >= self.trials:
                return True
            try:
                self.study.optuna.optimize(self.attempt, n_trials=1, catch=(Surplus, Failed))
            except KeyboardInterrupt:
                self.leave()
                return False
            except HwrError:
                self.leave()
                raise
            except ValueError as error:
                if "Cannot tell a FAIL" not in str(error):
                    raise
                self.progress.say(f"{self.title()}: given up, since nothing was heard of this worker for too long.")
        return False

    def asked_to_leave(self) -> bool:
        return self.study.place.asked_to_stop(self.began)

    def taken(self, before: int | None = None) -> int:
        """How many trials count: done, failed by themselves, at work; with `before`, of those before it, and waiting too."""
        return sum(
            trial.state.name in ("COMPLETE", "PRUNED", "RUNNING")
            or (trial.state.name == "WAITING" and before is not None)
            or "error" in trial.user_attrs
            for trial in self.study.trials()
            if before is None or trial.number < before
        )

    def attempt(self, trial: Any) -> float:
        """One trial from its settings to its validation loss, as Optuna asks for it."""
        self.number = trial.number
        trial.set_user_attr("worker", self.sign)
        if self.taken(trial.number) >= self.trials:  # numbers are given one by one, so this is exact
            raise Surplus
        run = self.run_of(trial, suggest(trial, self.study.plan.space))
        self.progress.say(f"{self.title()}: {', '.join(setting_texts(trial.params))}  ({run.name})")
        try:
            self.train(trial, run)
        except need().exceptions.UpdateFinishedTrialError as error:
            raise Failed from error  # while this machine slept, others gave it up
        except (HwrError, RuntimeError, MemoryError) as error:
            self.fail(trial, error)
        return self.judge(trial, run)

    def title(self) -> str:
        return f"trial {self.number + 1} of {self.trials}"

    def run_of(self, trial: Any, params: dict[str, Any]) -> TrialRun:
        """The run of a trial: the one of its last try where that is here, else a new one."""
        folder, old = self.study.place.runs, self.study.place.run(trial.user_attrs.get("run"))
        if old:
            run = TrialRun(old.path, self)
            run.clear_stop()
        else:
            config = self.study.plan.trial(params | self.machine, f"{self.study.place.name}-{trial.number + 1}")
            run = TrialRun(runs.create(config, folder).path, self)
            run.describe(
                study=self.study.place.name, notes=f"Trial {trial.number + 1}: {', '.join(setting_texts(params))}"
            )
        trial.set_user_attr("run", run.name)
        return run

    def train(self, trial: Any, run: TrialRun) -> None:
        """Trains a run in its turn, from where it was saved."""
        known = set()
        for row in _epochs(run):
            trial.report(row["valid_loss"], row["epoch"])
            known.add(row["epoch"])

        def hear(values: dict[str, Any]) -> None:
            if values["kind"] == "step":
                self.progress(values)
            elif values["kind"] == "epoch" and values["epoch"] not in known:
                trial.report(values["valid_loss"], values["epoch"])
                if values["epoch"] < values["epochs"] and trial.should_prune():
                    run.prune()

        with runs.attend(run, tell=self.progress.say, group=f"study {self.study.place.name}") as mine:
            if mine:
                from hwr.train import train

                train(run.config(), run, folder=self.data_dir, resume=True, report=hear)

    def fail(self, trial: Any, error: Exception) -> None:
        """A failed trial is passed over, but not the first, and not many in a row: then the reason lies elsewhere."""
        self.failures += 1
        others = [other for other in self.study.trials() if other.state.name in ("COMPLETE", "PRUNED")]
        if self.failures >= FAILURES or not others:
            raise error
        trial.set_user_attr("error", str(error))
        self.progress.say(f"{self.title()}: failed. {error}")
        raise Failed from error

    def judge(self, trial: Any, run: TrialRun) -> float:
        """The validation loss of a run that has ended; raises TrialPruned or KeyboardInterrupt for one ended early."""
        optuna, rows = need(), _epochs(run)
        best = min(rows, key=lambda row: row["valid_loss"], default=None)
        if best:
            trial.set_user_attr("accuracy", best["valid_accuracy"])
        if run.status()["state"] == "finished" and best:
            self.failures = 0
            self.progress.say(
                f"{self.title()}: {METRIC} {best['valid_loss']:.4f}, accuracy {best['valid_accuracy']:.2%}"
            )
            return best["valid_loss"]
        if run.reason == "leave":
            raise KeyboardInterrupt
        after = f"after epoch {rows[-1]['epoch']}" if rows else "before its first epoch"
        why = f"Pruned {after}: trials that were finished stood better there."
        if run.reason != "prune":
            why = f"Stopped by hand {after}: the search went on without it."
        run.remark(why)
        self.progress.say(f"{self.title()}: {why}")
        raise optuna.TrialPruned(why)

    def leave(self) -> None:
        """Hands the present trial back, for the next worker to go on with."""
        trial = self.study.trials()[self.number] if self.number >= 0 else None
        if trial is not None and not trial.user_attrs.get("error") and trial.state.name in ("FAIL", "RUNNING"):
            self.again(trial, int(trial.user_attrs.get("tries", 0)))

    def retire(self) -> None:
        """Takes the trials of dead workers back. A database tells those of other machines by Optuna's own heartbeat."""
        for trial in self.study.trials():
            if trial.state.name == "RUNNING" and self.is_dead(trial):
                self.again(trial, int(trial.user_attrs.get("tries", 0)) + 1)
        need().storages.fail_stale_trials(self.study.optuna)

    def is_dead(self, trial: Any) -> bool:
        """Whether nobody works on a running trial any more."""
        host, path = trial.user_attrs.get("worker") or ("", "")
        if not host:
            return (datetime.now() - trial.datetime_start).total_seconds() > UNSIGNED
        if host == socket.gethostname():
            return not held(Path(path))
        run = self.study.place.run(trial.user_attrs.get("run"))
        return run is not None and run.status()["state"] == "lost"

    def again(self, trial: Any, tries: int) -> None:
        """Ends a trial as failed and puts another with its settings and its run in its place."""
        optuna = need()
        if trial.state.name == "RUNNING":
            try:
                self.study.optuna.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            except (ValueError, optuna.exceptions.UpdateFinishedTrialError):
                return  # another worker was faster
        if trial.user_attrs.get("run") and tries <= TRIES:
            about = {"run": trial.user_attrs["run"], "tries": tries}
            self.study.optuna.enqueue_trial(trial.params, user_attrs=about)


def _epochs(run: runs.Run) -> list[dict[str, Any]]:
    return [row for row in run.metrics() if row["kind"] == "epoch"]


def pruner(study: Study) -> Any:
    """What gives up on a trial: by default the median of the others at the same epoch (Golovin et al., 2017, Vizier)."""
    pruners, epochs = need().pruners, study.plan.base.epochs
    if study.plan.pruner == "halving":
        return pruners.SuccessiveHalvingPruner(min_resource=max(1, epochs // 9), reduction_factor=3)
    if study.plan.pruner == "median":
        return pruners.MedianPruner(n_startup_trials=SPARED, n_warmup_steps=max(1, epochs // 4))
    return pruners.NopPruner()


def by_seed(seed: int) -> Any:
    """TPE (Bergstra et al., 2011), seeded anew from the seed and the trial's number.

    So workers that start together do not draw the same, and one worker alone draws the same again, also after a stop.
    """
    base = need().samplers

    class BySeed(base.BaseSampler):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            self.inner = base.TPESampler(seed=seed)

        def before_trial(self, study: Any, trial: Any) -> None:
            own = (seed * 1_000_003 + trial.number) % 2**32
            self.inner = base.TPESampler(seed=own, multivariate=True, constant_liar=True, n_startup_trials=RANDOM)

        def infer_relative_search_space(self, study: Any, trial: Any) -> Any:
            return self.inner.infer_relative_search_space(study, trial)

        def sample_relative(self, study: Any, trial: Any, search_space: Any) -> Any:
            return self.inner.sample_relative(study, trial, search_space)

        def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
            return self.inner.sample_independent(study, trial, param_name, param_distribution)

    return BySeed()
