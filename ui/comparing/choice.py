"""What is compared: models that are here, trained or uploaded, and the test set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from hwr import checkpoint, runs
from hwr.compare import Model, Question, ask, named_apart
from hwr.data import DATASETS, data_folder, is_here
from hwr.errors import HwrError
from hwr.mine import Mine
from hwr.networks import STRIPS
from ui.answers import plain
from ui.models import header
from ui.uploading import Page, offer, told, uploads

FIRST = ("mnist", "mnist-simple")  # chosen for a new visitor, where they are there
HELP = (
    "Every shipped model, the best weights of each run, and what you upload. All are asked for the characters that every "
    "one of them knows."
)


@dataclass(frozen=True)
class Chosen:
    """The files of the models by their names, and the name of the test set."""

    models: dict[str, Path]
    dataset: str | None

    def asked(self) -> tuple[list[Model], Question]:
        """What is compared and on what; raises HwrError when that cannot be."""
        for name in (self.dataset or "").split("+"):
            if name in DATASETS and not is_here(name, data_folder()):
                raise HwrError(f"{name} is not here yet: python -m hwr evaluate NAME --dataset {name} fetches it.")
        if not self.dataset:
            raise HwrError("Choose a test set.")
        models = named_apart([Model.at(path, name) for name, path in self.models.items()])
        return models, ask(models, self.dataset, folder=data_folder())


def choose() -> Chosen:
    """The choice of models, with a place to upload one, and of a test set."""
    offered, lines = offers()
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="top")
    with left:
        before = st.session_state.get("compare_models", FIRST)
        still = [name for name in before if name in offered]
        if "compare_models" not in st.session_state or still != before:
            st.session_state.compare_models = still  # not at each run: it would undo a choice made meanwhile
        names = st.multiselect(
            "Models",
            list(offered),
            key="compare_models",
            persist_state="session",
            format_func=lambda name: offered[name].label,
            placeholder="Choose two or more",
            wrap=True,
            help=HELP,
        )
    with right:
        dataset = _test_set()
    _upload(list(offered))
    if lines:
        st.caption(f"Not for this page, since they read whole lines: {plain(', '.join(lines))}.")
    return Chosen({name: offered[name].path for name in names}, dataset)


@dataclass(frozen=True)
class Offer:
    """A model that can be chosen."""

    path: Path
    label: str


def offers() -> tuple[dict[str, Offer], list[str]]:
    """What can be compared by its name, and the names of what reads lines and cannot."""
    offered, lines = {}, []
    for name, path, kind in _found():
        info = _header(path)
        if info.get("framing") == STRIPS:
            lines.append(name)
        elif info:
            about = f" · {kind}" if kind else ""
            offered[name] = Offer(path, f"{name}{about} ({len(info['classes'])})")
    return offered, lines


def _found() -> Iterator[tuple[str, Path, str]]:
    """Every checkpoint that is here: what it is called, each by a name of its own, its file, and what kind it is."""
    taken = set()
    for path in sorted(checkpoint.WEIGHTS.glob("*.safetensors"), key=lambda path: path.stem):
        taken.add(path.stem)
        yield path.stem, path, ""
    for run in runs.list_runs(runs.runs_folder()):
        if (run.path / checkpoint.BEST).is_file():
            name = _run_name(run)
            name = run.name if name in taken else name
            taken.add(name)
            yield name, run.path / checkpoint.BEST, "run"
    for name, path in uploads().items():
        yield name, path, "upload"


def _run_name(run: runs.Run) -> str:
    """What a person has called a run."""
    try:
        return str(run.about()["name"])
    except HwrError:
        return run.name


def _header(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; empty when it cannot be read."""
    try:
        return header(path, path.stat().st_mtime_ns)
    except (HwrError, OSError):
        return {}


def _test_set() -> str | None:
    here, typed = test_sets(), st.session_state.get("compare_dataset")
    return st.selectbox(
        "Test set",
        here if typed in (None, *here) else [*here, typed],
        key="compare_dataset",
        persist_state="session",
        format_func=lambda name: f"{name}: {DATASETS[name].summary}" if name in DATASETS else name,
        accept_new_options=True,
        help="Its test part is read. Type folder:PATH for a folder with one sub-folder a character.",
    )


def test_sets() -> list[str]:
    """The datasets that are here."""
    folder = data_folder()
    names = [name for name in DATASETS if name != "mine" and is_here(name, folder)]
    with contextlib.suppress(HwrError):
        if Mine.at(folder).counts():
            names.append("mine")
    return names


def _upload(known: list[str]) -> None:
    """A place to drop models, and what became of the last."""
    with st.expander("Upload a model", icon=":material/upload:", expanded=bool(told("compare"))):
        offer(Page("compare", known, _add, lines=False))


def _add(name: str) -> None:
    st.session_state.compare_models = list(dict.fromkeys([*st.session_state.compare_models, name]))
