"""python -m hwr tune: search for good settings with many short trainings."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from hwr import tune
from hwr.cli.train import add_settings, given_settings, settings
from hwr.errors import HwrError
from hwr.tune.space import MACHINE, METRIC, PRUNERS, TUNED, span_text


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command: its own, and those of train, which stay fixed in every trial."""
    command.add_argument("--study", required=True, metavar="NAME", help="the search to begin, to join or to go on with")
    command.add_argument("--trials", type=int, default=20, help="how many in all, of all workers (default %(default)s)")
    known = ", ".join(f"{name}={span_text(span)}".strip("=") for name, span in tune.tunable().items())
    command.add_argument(
        "--tune",
        metavar="SETTINGS",
        help=f"what to search, as in lr,dropout=0..0.4,optimizer=adamw/sgd (default {','.join(TUNED)}). Known: {known}",
    )
    command.add_argument("--pruner", help=f"what ends bad trials early: {', '.join(PRUNERS)} (default {PRUNERS[0]})")
    command.add_argument("--storage", metavar="URL", help="a database for workers on several machines (or HWR_STORAGE)")
    command.add_argument("--delete", action="store_true", help="remove the study for good; the runs of its trials stay")
    command.add_argument("--json", action="store_true", help="the result as one object")
    add_settings(command, without=("name",))


def execute(options: argparse.Namespace) -> int:
    """Works on a study until it has its trials, and prints the best settings."""
    from hwr.data import data_folder
    from hwr.progress import Progress

    if options.delete:
        return _delete(options)
    if not 1 <= options.trials <= 100_000:
        raise HwrError(f"--trials must be from 1 to 100000, not {options.trials}.")
    study = _study(options)
    given = given_settings(options)
    progress = Progress(sys.stderr)
    progress.say(f"study {options.study}: {study.plan.describe()}; the least {METRIC} is best")
    try:
        from hwr.tune.worker import work

        machine = {name: given[name] for name in MACHINE if name in given}
        folder = data_folder(options.data_dir)
        full = work(study, options.trials, data_dir=folder, progress=progress, machine=machine)
    finally:
        progress.close()
    if not full:
        progress.say("Stopped and saved. The same command goes on with it.")
    _tell(study.summary(), as_json=options.json)
    return 0


def _study(options: argparse.Namespace) -> tune.Study:
    tune.need()
    where = tune.place(options.study, options.runs_dir, options.storage)
    given = given_settings(options)
    if not set(given) - set(MACHINE) and not (options.config or options.pruner or options.tune is not None):
        try:
            return tune.load(where)
        except tune.NoStudy as error:
            raise HwrError(f"{error} To begin one, say at least what it learns from, with --dataset.") from error
    plan = tune.make_plan(settings(options), set(given), options.tune, options.pruner or PRUNERS[0])
    return tune.create(where, plan)


def _delete(options: argparse.Namespace) -> int:
    if given_settings(options) or options.config or options.pruner or options.tune is not None:
        raise HwrError("--delete takes --study alone, and where it is: no settings.")
    where = tune.place(options.study, options.runs_dir, options.storage)
    tune.delete(where)
    print(f'The study "{where.name}" is deleted; the runs of its trials stay.')
    return 0


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
        return
    counts = [
        f"{found[state]} {state}" for state in ("finished", "pruned", "failed", "running", "waiting") if found[state]
    ]
    print(f"study {found['study']}: {', '.join(counts) or 'no trial yet'}")
    best = found["best"]
    if best is None:
        print("No trial is finished yet, so there is no best one.")
        return
    print(f"best: trial {best['trial']}, {METRIC} {best['loss']:.4f}, accuracy {best['accuracy']:.2%} ({best['run']})")
    for name, value in best["settings"].items():
        print(f"  {name:<16} {value:.4g}" if isinstance(value, float) else f"  {name:<16} {value}")
    print(f"train fully with them:\n{found['command']}")
