"""A model as a file for other programs: choose a format, see how it compares with the model itself, download it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from hwr import checkpoint
from hwr.data import DATASETS, data_folder, is_here
from hwr.errors import HwrError
from hwr.export import MODEL_FORMATS
from hwr.networks import reads_lines
from ui.answers import PERCENT, in_percent, plain

if TYPE_CHECKING:
    from hwr.export.make import Export

PICTURES = 10_000  # of a test set at most, so that nobody waits for long
QUICK = 2_000  # as in hwr.export.make, which loads torch
AS_SCORED = "As for its figures"


def offer(prefix: str, weights: Path | Mapping[str, Path]) -> None:
    """A popover that exports the model in `weights`, or one of several by their names, with a table of how it compares, and
    offers it when it agrees.

    Nothing for models that read lines, nor for files that are no checkpoints, which is told elsewhere.
    """
    given = {checkpoint.title(weights): weights} if isinstance(weights, Path) else weights
    models = {name: path for name, path in given.items() if can_leave(path)}
    if not models:
        return
    with st.popover("Export", icon=":material/deployed_code_update:", key=f"{prefix}_export"):
        path = next(iter(models.values()))
        if len(given) > 1:
            path = models[st.selectbox("Model", list(models), key=f"{prefix}_export_model") or next(iter(models))]
        asked = ask(prefix)
        key = (str(path), *asked)
        label, icon = "Make and compare", ":material/play_arrow:"
        if st.button(label, icon=icon, key=f"{prefix}_export_make"):
            st.session_state[f"{prefix}_exported"] = (key, make(path, *asked))
        made_for, made = st.session_state.get(f"{prefix}_exported", (None, None))
        if made is not None and made_for == key:
            show(prefix, made)
        else:
            st.caption("It is given out only when it reads a test set as the model does.")


def can_leave(path: Path) -> bool:
    """Whether a file is a checkpoint of a network for characters."""
    try:
        return not reads_lines(checkpoint.read_info(path)["model"])
    except HwrError:
        return False


def ask(prefix: str) -> tuple[str, str]:
    """The format, and the dataset to compare on; "" for that of the model's figures."""
    chosen = st.selectbox(
        "Format",
        list(MODEL_FORMATS),
        format_func=lambda name: MODEL_FORMATS[name].title,
        key=f"{prefix}_export_format",
        persist_state="session",
    )
    format = chosen or "onnx"
    st.caption(plain(f"{MODEL_FORMATS[format].title}: {MODEL_FORMATS[format].summary}."))
    here = [name for name in DATASETS if is_here(name, data_folder())]
    dataset = st.selectbox(
        "Compare on",
        [AS_SCORED, *here],
        key=f"{prefix}_export_dataset",
        persist_state="session",
        help=f"Up to {PICTURES:,} pictures of its test part are read by both; {QUICK:,} where the choice is left open.",
    )
    return format, "" if dataset in (None, AS_SCORED) else dataset


def make(weights: Path, format: str, dataset: str) -> Export | None:
    """The export, with its progress told; None when there is a reason against it, which is shown."""
    from hwr.export.make import export

    bar = st.progress(0.0, "Loading")

    def tell(what: str, share: float) -> None:
        bar.progress(share, plain(what[:1].upper() + what[1:]))

    try:
        return export(weights, format, dataset=dataset, limit=PICTURES, tell=tell)
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
    finally:
        bar.empty()
    return None


def show(prefix: str, made: Export) -> None:
    """How an export compares with its model, and the button that downloads it."""
    found = made.comparison
    rows = [
        {
            "": side.name,
            "Accuracy": in_percent(side.accuracy),
            "MB": side.bytes / 1e6,
            "One glyph, ms": side.glyph_ms,
            "100 glyphs, ms": side.batch_ms,
        }
        for side in (found.torch, found.export)
    ]
    numbers = {name: st.column_config.NumberColumn(format="%.2f") for name in list(rows[0])[2:]}
    numbers["Accuracy"] = st.column_config.NumberColumn(format=PERCENT)
    st.dataframe(rows, hide_index=True, column_config=numbers, key=f"{prefix}_export_table")
    st.caption(
        f"{found.same:.2%} of the same answers on {plain(found.pictures)}; a probability "
        f"differs by {found.difference:.6f} at most."
    )
    st.download_button(
        f"Download {plain(made.name)}",
        made.content,
        file_name=made.name,
        mime="application/octet-stream",
        key=f"{prefix}_export_download",
        icon=":material/download:",
        on_click="ignore",
    )
