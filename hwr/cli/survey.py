"""python -m hwr data show, errors, duplicates, map, fetch: what a dataset holds, found, kept and told."""

from __future__ import annotations

import argparse
import json
from typing import Any

from hwr.apart import follow_caller, tell, tell_person

TOLD = 20  # errors or pairs that are printed
SHEET = 50  # pictures on the sheet


def add_actions(actions: Any) -> None:
    """Adds the actions to those of `python -m hwr data`."""
    from hwr.survey.work import KINDS

    for name, kind in KINDS.items():
        action = actions.add_parser(
            name, help=f"find {kind.summary}", description=f"Finds {kind.summary}, and keeps it."
        )
        action.add_argument("dataset", metavar="NAME", help="a dataset, or several joined with +")
        if kind.part:
            action.add_argument("--part", default="train", choices=("train", "test"))
        if kind.weights:
            action.add_argument("--weights", default="characters", help="whose features are laid out")
        if name in ("errors", "duplicates"):
            action.add_argument("--output", help=f"a PNG to write, a sheet of the first {SHEET}")
        action.set_defaults(run=_find, kind=name)
        _common(action)
    bring = actions.add_parser("fetch", help="download a dataset that is not here")
    bring.add_argument("dataset", metavar="NAME", help="one of MNIST's or EMNIST's")
    bring.set_defaults(run=_fetch)
    _common(bring)


def _common(action: argparse.ArgumentParser) -> None:
    for flag, more in (("--data-dir", {}), ("--json", {"action": "store_true"})):
        action.add_argument(flag, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **more)  # type: ignore[arg-type]
    action.add_argument("--progress", action="store_true", help=argparse.SUPPRESS)  # hwr.apart


def _watch(options: argparse.Namespace, *, tidy: bool = True):
    if options.progress:
        follow_caller(tidy=tidy)
    return tell if options.progress else tell_person


def _find(options: argparse.Namespace) -> int:
    """Finds one kind of thing, and prints it."""
    from hwr.data import data_folder
    from hwr.survey import Subject, Work, do
    from hwr.survey.report import lines, sheet_of

    subject = Subject(options.dataset, data_folder(options.data_dir)).check()
    work = Work(options.kind, subject, getattr(options, "part", "train"), getattr(options, "weights", ""))
    if getattr(options, "output", None):
        from hwr.checkpoint import check_output

        check_output(options.output)
    found = do(work, _watch(options))
    if options.json:
        print(json.dumps({"dataset": subject.name, "kind": work.kind, **found.figures}))
    else:
        print("\n".join(lines(work, found, TOLD)))
    if getattr(options, "output", None):
        from hwr.checkpoint import write_whole

        write_whole(options.output, sheet_of(work, found, SHEET))
    return 0


def _fetch(options: argparse.Namespace) -> int:
    """Downloads a dataset into the data folder, whole or not at all."""
    from hwr.data import data_folder, fetch

    fetch(options.dataset, data_folder(options.data_dir), _watch(options))
    if not options.progress:
        print(f"{options.dataset} is in {data_folder(options.data_dir)}.")
    return 0
