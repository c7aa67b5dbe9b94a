"""python -m hwr train: learn weights from a dataset."""

from __future__ import annotations

import argparse
import dataclasses
import io
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwr import checkpoint, runs
from hwr.config import GROUPS, TrainConfig, field_type, flag
from hwr.distributed import Agreed, Team, joined
from hwr.errors import HwrError

if TYPE_CHECKING:
    from hwr.progress import Progress


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of this command."""
    add_settings(command)
    command.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or killed")
    command.add_argument("--background", action="store_true", help="start it as a process of its own and return")
    command.add_argument("--run", dest="run_folder", metavar="FOLDER", help="train in this run folder, made before")
    command.add_argument("--output", metavar="PATH", help="copy the best checkpoint here at the end")


def add_settings(command: argparse.ArgumentParser, *, without: tuple[str, ...] = ()) -> None:
    """The options made from TrainConfig, and where data and runs are."""
    groups = {name: command.add_argument_group(name) for name in GROUPS}
    for item in dataclasses.fields(TrainConfig):
        about = item.metadata["help"].replace("%", "%%")
        shown = f"{about} (default {item.default})" if item.default != "" else about
        if item.name not in without:
            group = groups[item.metadata["group"]]
            group.add_argument(flag(item.name), dest=item.name, type=field_type(item.name), help=shown)
    command.add_argument("--config", help="JSON file with these settings; options given beside it win")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")
    command.add_argument("--runs-dir", help="where runs go (or HWR_RUNS; default runs)")


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of TrainConfig that stand on the command line."""
    names = [item.name for item in dataclasses.fields(TrainConfig)]
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def settings(options: argparse.Namespace) -> TrainConfig:
    """The config that the command line asks for: its own settings over those of --config over the defaults."""
    config = TrainConfig.read(options.config) if options.config is not None else TrainConfig()
    return TrainConfig.from_dict(config.to_dict() | given_settings(options))


def execute(options: argparse.Namespace) -> int:
    """Trains, here or in the background, and prints the best checkpoint's path. Under torchrun the first process speaks."""
    with joined() as team:
        return _execute(options, team)


def _execute(options: argparse.Namespace, team: Team) -> int:
    from hwr.data import data_folder
    from hwr.progress import Progress

    if options.background and team.size > 1:
        raise Agreed("--background cannot go with torchrun: leave it out, and start torchrun itself in the background.")
    if options.background and options.output:
        raise HwrError(
            "--output cannot go with --background: copy best.safetensors out of the run when it is finished."
        )
    if options.output:
        checkpoint.check_output(options.output)
    run = team.run(lambda: _run_of(options))
    folder = data_folder(options.data_dir)
    if options.background:
        (runs.resume if options.resume else runs.launch)(run, data_dir=folder)
        print(run.path)
        return 0
    if not options.run_folder:  # whoever launched this one may have asked it to stop already
        run.clear_stop()
    progress = Progress(sys.stderr if team.first else io.StringIO())
    progress.say(f"run {run.path}" + (f", {team.size} processes" if team.size > 1 else ""))
    try:
        best = _trained(run, folder, progress, team)
    finally:
        progress.close()
    if not team.first:
        return 0
    if best is None:
        progress.say(f"Stopped and saved. Go on with: python -m hwr train --resume {run.name}")
    elif options.output:
        checkpoint.write_whole(options.output, best.read_bytes())
    print(best or run.path)
    return 0


def _trained(run: runs.Run, folder: Path, progress: Progress, team: Team) -> Path | None:
    """The best checkpoint of a run that is trained here, in its turn; None when it was stopped."""
    with ExitStack() as stack:
        if team.size > 1:  # torchrun ends the others when one has failed: what stands of the run is written first
            stack.callback(run.clear_stop)
            stack.enter_context(runs.stop_on_signal(run))
        if not team.tell(lambda: stack.enter_context(runs.attend(run, tell=progress.say))):
            return None
        from hwr.train import train

        best = train(run.config(), run, folder=folder, resume=True, report=progress, team=team)
    return best if run.status()["state"] == "finished" else None


def _run_of(options: argparse.Namespace) -> runs.Run:
    folder = runs.runs_folder(options.runs_dir)
    given = given_settings(options)
    old = options.run_folder if options.resume is None else options.resume
    if old is not None:
        extra = [flag(name) for name in given] + ["--config"] * (options.config is not None)
        if extra:
            raise HwrError(f"A run goes on with its own settings: leave {', '.join(extra)} out, or start a new one.")
        return runs.find(old, folder)
    return runs.create(settings(options), folder)
