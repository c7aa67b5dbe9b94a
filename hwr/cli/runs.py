"""python -m hwr runs: the trainings so far; show, stop, delete, name and note one, or see it in TensorBoard."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

from hwr import runs
from hwr.cli.models import figures_text


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    command.add_argument("--json", action="store_true", help="one object a line")
    command.add_argument("--runs-dir", help="where runs are (or HWR_RUNS; default runs)")
    actions = command.add_subparsers(metavar="ACTION", help="without one, the runs are listed")
    for name, act, text in (
        ("show", _show, "all about a run: how it stands, its settings, its epochs"),
        ("stop", _stop, "ask a run to save and leave"),
        ("delete", _delete, "remove a run and its checkpoints for good"),
        ("name", _describe, "give a run a name"),
        ("note", _describe, "keep a note with a run"),
        ("tensorboard", _tensorboard, "write a run's curves as an event file for TensorBoard"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("run_name", metavar="RUN")
        if act is _describe:
            action.add_argument("text", help='"" takes it away')
        if act is _tensorboard:
            action.add_argument(
                "--output", metavar="FOLDER", help="where to (default: tensorboard in the run's folder)"
            )
        action.add_argument("--runs-dir", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        action.set_defaults(run=act, action=name)


def execute(options: argparse.Namespace) -> int:
    """Prints a line a run."""
    bad = False
    for run in runs.list_runs(runs.runs_folder(options.runs_dir)):
        row = runs.overview(run)
        bad |= row["state"] == "broken"
        print(json.dumps(row) if options.json else runs.table_line(row))
    return int(bad)


def _chosen(options: argparse.Namespace) -> runs.Run:
    return runs.find(options.run_name, runs.runs_folder(options.runs_dir))


def _show(options: argparse.Namespace) -> int:
    from hwr.progress import epoch_line

    run = _chosen(options)
    row = runs.overview(run)
    if options.json:
        print(json.dumps(row))
        return 0
    print(runs.table_line(row))
    if row["notes"]:
        print(row["notes"])
    print(run.config().command())
    for epoch in run.metrics():
        if epoch["kind"] == "epoch":
            best = epoch["epoch"] == row["progress"].get("best_epoch")
            print(epoch_line({"epochs": run.config().epochs, "best": best, **epoch}))
    print(figures_text(row))
    return 0


def _stop(options: argparse.Namespace) -> int:
    run = _chosen(options)
    runs.stop(run)
    print(f"Asked {run.name} to save and leave.")
    return 0


def _delete(options: argparse.Namespace) -> int:
    runs.delete(_chosen(options))
    return 0


def _describe(options: argparse.Namespace) -> int:
    _chosen(options).describe(**{"name" if options.action == "name" else "notes": options.text})
    return 0


def _tensorboard(options: argparse.Namespace) -> int:
    from hwr.tensorboard import export

    path = export(_chosen(options), Path(options.output) if options.output else None)
    print(path)
    print(f"See it with: tensorboard --logdir {shlex.quote(str(path.parent))}", file=sys.stderr)
    return 0
