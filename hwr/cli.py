"""python -m hwr ...: train, evaluate, read, models, data, runs. A thin face over the package.

Results go to standard output, progress and errors to standard error; bad input is one sentence and exit status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwr import __version__, checkpoint, runs
from hwr.config import TrainConfig, field_type, flag
from hwr.errors import HwrError

if TYPE_CHECKING:
    from hwr.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    options = parser().parse_args(arguments)
    try:
        status = options.run(options) or 0
        print(end="", flush=True)  # a full disk or a closed pipe is found here, not after the end
        return status
    except KeyboardInterrupt:
        return _say("stopped.", 130)
    except HwrError as error:
        return _say(str(error))
    except BrokenPipeError:  # who read the output has seen enough
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return _say(f"{error.strerror or error}; free some space or write to another place.")


def _say(sentence: str, status: int = 1) -> int:
    print(f"hwr: {sentence}", file=sys.stderr)
    return status


def _drop_output() -> None:
    """What could not be written is not tried again when Python ends, which would end in a traceback."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """The command line; options of `train` are made from TrainConfig."""
    top = argparse.ArgumentParser(prog="python -m hwr", description="Handwriting recognition.")
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, add, run, text in (
        ("train", _train_options, _train, "learn weights from a dataset"),
        ("evaluate", _evaluate_options, _evaluate, "score weights on a dataset's test part"),
        ("read", _read_options, _read, "read pictures"),
        ("models", _plain_options, _models, "the networks and the weights that are here"),
        ("data", _plain_options, _data, "the datasets"),
        ("runs", _runs_options, _runs, "the trainings so far"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        add(command)
        command.set_defaults(run=run)
    return top


def _train_options(command: argparse.ArgumentParser) -> None:
    for item in dataclasses.fields(TrainConfig):
        about = item.metadata["help"].replace("%", "%%")
        shown = f"{about} (default {item.default})" if item.default != "" else about
        command.add_argument(flag(item.name), dest=item.name, type=field_type(item.name), help=shown)
    command.add_argument("--config", help="JSON file with these settings; options given beside it win")
    command.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or killed")
    command.add_argument("--background", action="store_true", help="start it as a process of its own and return")
    command.add_argument("--run", dest="run_folder", metavar="FOLDER", help="train in this run folder, made before")
    command.add_argument("--output", metavar="PATH", help="copy the best checkpoint here at the end")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")
    command.add_argument("--runs-dir", help="where runs go (or HWR_RUNS; default runs)")


def _evaluate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("weights", nargs="+", help="names in weights/ or paths")
    command.add_argument("--dataset", required=True, help="the dataset whose test part is read")
    command.add_argument("--part", default="test", choices=("test", "train"))
    command.add_argument("--json", action="store_true", help="one object a model")
    command.add_argument("--data-dir", help="where datasets are (or HWR_DATA)")


def _read_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("pictures", nargs="+", help="picture files or folders of them")
    command.add_argument(
        "--weights", help="name in weights/ or path (default: digits or characters, as the charset asks)"
    )
    command.add_argument("--charset", help='the characters allowed, such as "0-9" or "A-Za-z"')
    command.add_argument("--layout", default="page", help="page, line or char (default %(default)s)")
    command.add_argument("--format", default="txt", help="txt, json, jsonl or csv (default %(default)s)")
    command.add_argument("--output", help="write here instead of to standard output")


def _plain_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one object a line")


def _runs_options(command: argparse.ArgumentParser) -> None:
    _plain_options(command)
    command.add_argument("--runs-dir", help="where runs are (or HWR_RUNS; default runs)")
    actions = command.add_subparsers(metavar="ACTION", help="without one, the runs are listed")
    for name, act, text in (
        ("show", _show, "all about a run: how it stands, its settings, its epochs"),
        ("stop", _stop, "ask a run to save and leave"),
        ("delete", _delete, "remove a run and its checkpoints for good"),
        ("name", _describe, "give a run a name"),
        ("note", _describe, "keep a note with a run"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("run_name", metavar="RUN")
        if act is _describe:
            action.add_argument("text", help='"" takes it away')
        action.add_argument("--runs-dir", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        action.set_defaults(run=act, action=name)


def _train(options: argparse.Namespace) -> int:
    from hwr.data import data_folder
    from hwr.progress import Progress

    if options.background and options.output:
        raise HwrError(
            "--output cannot go with --background: copy best.safetensors out of the run when it is finished."
        )
    if options.output:
        checkpoint.check_output(options.output)
    run = _run_of(options)
    folder = data_folder(options.data_dir)
    if options.background:
        (runs.resume if options.resume else runs.launch)(run, data_dir=folder)
        print(run.path)
        return 0
    if not options.run_folder:  # whoever launched this one may have asked it to stop already
        run.clear_stop()
    progress = Progress(sys.stderr)
    progress.say(f"run {run.path}")
    try:
        best = _trained(run, folder, progress)
    finally:
        progress.close()
    if best is None:
        progress.say(f"Stopped and saved. Go on with: python -m hwr train --resume {run.name}")
    elif options.output:
        checkpoint.write_whole(options.output, best.read_bytes())
    print(best or run.path)
    return 0


def _trained(run: runs.Run, folder: Path, progress: Progress) -> Path | None:
    """The best checkpoint of a run that is trained here, in its turn; None when it was stopped."""
    with runs.attend(run, tell=progress.say) as mine:
        if not mine:
            return None
        from hwr.train import train

        best = train(run.config(), run, folder=folder, resume=True, report=progress)
    return best if run.status()["state"] == "finished" else None


def _run_of(options: argparse.Namespace) -> runs.Run:
    folder = runs.runs_folder(options.runs_dir)
    names = [item.name for item in dataclasses.fields(TrainConfig)]
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    old = options.run_folder if options.resume is None else options.resume
    if old is not None:
        extra = [flag(name) for name in given] + ["--config"] * (options.config is not None)
        if extra:
            raise HwrError(f"A run goes on with its own settings: leave {', '.join(extra)} out, or start a new one.")
        return runs.find(old, folder)
    config = TrainConfig.read(options.config) if options.config is not None else TrainConfig()
    return runs.create(TrainConfig.from_dict(config.to_dict() | given), folder)


def _evaluate(options: argparse.Namespace) -> int:
    from hwr.data import Source, classes_of, data_folder, load
    from hwr.evaluate import common_classes, confusion, evaluate, most_confused, report_text

    for weights in options.weights:
        path = checkpoint.find(weights)
        model, info = checkpoint.load(path)
        source = Source(options.part, data_folder(options.data_dir), info["framing"])
        classes = common_classes(info["classes"], classes_of(options.dataset, source))
        data = load(options.dataset, replace(source, classes=classes))
        scores, chances = evaluate(model, info, data)
        if options.json:
            print(json.dumps({"weights": path.stem, "dataset": options.dataset, **scores.to_dict()}))
            continue
        low, high = scores.interval
        print(f"{path.stem} on {options.dataset} {options.part}, {scores.images:,} pictures of {len(classes)} classes")
        print(f"accuracy {scores.accuracy:.2%} ({low:.2%} to {high:.2%}), loss {scores.loss:.4f}, ", end="")
        print(f"calibration error {scores.calibration_error:.2%}\n{report_text(chances, data)}")
        pairs = most_confused(confusion(chances, data), data.classes)
        print("most confused (true > read): " + ", ".join(f"{a} > {b} {count}" for a, b, count in pairs))
    return 0


def _read(options: argparse.Namespace) -> int:
    from hwr.reading import ReadOptions, read_pictures

    how = ReadOptions(options.weights, options.layout, options.charset, options.format)
    return read_pictures(options.pictures, how, options.output)


def _models(options: argparse.Namespace) -> int:
    from hwr.models import MODELS, build, parameters

    networks = [(name, parameters(build(name, 10)), entry.summary) for name, entry in MODELS.items()]
    weights = checkpoint.list_weights()
    if options.json:
        for item in weights:
            print(json.dumps({**item, "path": str(item["path"])}))
        return 0
    print("networks (weights for 10 classes)")
    for name, size, summary in networks:
        print(f"  {name:<16} {size:>9,}  {summary}")
    print("weights")
    for item in weights:
        print(
            f"  {item['name']:<16} {item['bytes'] / 1e6:6.1f} MB  {item['model']}, {item.get('dataset', '?')}: "
            f"{_figures(item)}"
        )
    return 0


def _figures(item: dict[str, Any]) -> str:
    figures = item.get("figures")
    rows = figures.items() if isinstance(figures, dict) else []
    shares = [(name, values.get("accuracy")) for name, values in rows if isinstance(values, dict)]
    return ", ".join(f"{name} {share:.2%}" for name, share in shares if isinstance(share, float)) or "no figures"


def _data(options: argparse.Namespace) -> int:
    from hwr.data import DATASETS

    for name, entry in DATASETS.items():
        if options.json:
            print(
                json.dumps({"name": name, "classes": entry.classes, "summary": entry.summary, "source": entry.source})
            )
        else:
            print(f"{name:<16} {len(entry.classes):>3} classes  {entry.summary} ({entry.source})")
    if not options.json:
        print("folder:PATH      own pictures: one sub-folder a class, named by its character")
    return 0


def _runs(options: argparse.Namespace) -> int:
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
    print(_figures(row))
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
