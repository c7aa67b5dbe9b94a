"""What can be done with the chosen runs: stop, resume, use to read with, download, name, note, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from hwr import checkpoint, readonly, runs
from hwr.data import data_folder
from hwr.errors import HwrError
from ui import exporting
from ui.answers import plain, share

Row = dict[str, Any]
COLORS: dict[str, Any] = {
    "running": "blue",
    "queued": "gray",
    "finished": "green",
    "failed": "red",
    "lost": "red",
    "broken": "red",
}


def show(rows: list[Row]) -> None:
    """The chosen runs: how they stand, and the buttons."""
    if problem := st.session_state.pop("runs_problem", ""):
        st.error(plain(problem), icon=":material/error:")
    if len(rows) > 1:
        several(rows)
    else:
        one(rows[0])


def one(row: Row) -> None:
    """One run: its name and state, its buttons, what is written of it. How far it is and why it failed, `watch` tells."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(plain(row["name"]), anchor=False, width="content")
        st.badge(row["state"], color=COLORS.get(row["state"], "orange"))
    if row["state"] == "broken":
        st.error(plain(row["error"]), icon=":material/error:")
    if about := sentence(row):
        st.caption(about)
    run = find(row)
    with st.container(horizontal=True, gap="small"):
        going(row, run)
        best = run.path / checkpoint.BEST
        if best.is_file():
            model(row, run)
            st.download_button(
                "Download",
                best.read_bytes,
                file_name=f"{run.name}.safetensors",
                mime="application/octet-stream",
                key=f"download_{run.name}",
                icon=":material/download:",
                on_click="ignore",
                help="The best weights, in one file: read with it anywhere, or train on from it.",
            )
            exporting.offer("runs", best)
        removal([row])
    if row.get("used"):
        st.page_link("pages/draw.py", label="It can be chosen in Draw and Read: draw with it", icon=":material/draw:")
    if "config" in row:
        words(row, run)


def several(rows: list[Row]) -> None:
    """Several runs: what can be done with all of them."""
    st.subheader(f"{len(rows)} runs", anchor=False)
    with st.container(horizontal=True, gap="small"):
        if active := [row for row in rows if runs.moving(row)]:
            button("Stop", "stop_circle", "stop_all", lambda: for_all(runs.stop, active))
        removal(rows)


def sentence(row: Row) -> str:
    """What became of a run that does not go any more; empty for others."""
    state, progress = row["state"], row["progress"]
    if state == "new":
        return "" if runs.moving(row) else "Made, but not started: Resume starts it."
    if state == "finished" and (test := test_accuracy(row)) is not None:
        return f"{share(test)} right on its test set."
    if progress.get("epochs") and not runs.moving(row):
        best = progress.get("best_epoch")
        kept = f"The best weights so far, of epoch {best}, are kept." if best else "No epoch was completed."
        return f"Got to epoch {progress['epoch']} of {progress['epochs']}. {kept}"
    return ""


def test_accuracy(row: Row) -> float | None:
    """The accuracy on the first test set; None before it was scored."""
    told = row.get("figures")
    found = told.items() if isinstance(told, dict) else []
    return next((values.get("accuracy") for name, values in found if name.endswith(" test")), None)


def find(row: Row) -> runs.Run:
    """The run of a row."""
    return runs.Run(runs.runs_folder() / row["folder"])


def for_all(act: Callable[[runs.Run], None], rows: list[Row]) -> None:
    """Does the same with several runs."""
    for row in rows:
        act(find(row))


def going(row: Row, run: runs.Run) -> None:
    """Stop for a run that goes, resume for one that can go on."""
    if runs.moving(row):
        asked = run.should_stop()
        about = "Saves and leaves after the present batch; what it has learned is kept."
        button("Stopping" if asked else "Stop", "stop_circle", "stop", lambda: runs.stop(run), help=about, off=asked)
    elif row["state"] in runs.RESUMABLE:
        about = "Goes on where it was saved, exactly as if it had never been interrupted."
        button("Resume", "play_circle", "resume", lambda: runs.resume(run, data_dir=data_folder()), help=about)


def model(row: Row, run: runs.Run) -> None:
    """Whether Draw and Read offer this run's best weights."""
    if row.get("used"):
        button("Do not use any more", "undo", "unuse", lambda: run.describe(used=False))
    else:
        about = "Its best weights can then be chosen in Draw and Read, under the run's name."
        button("Use in Draw and Read", "ink_pen", "use", lambda: run.describe(used=True), help=about)


def button(
    label: str, icon: str, key: str, act: Callable[[], Any], *, help: str | None = None, off: bool = False
) -> None:
    """A button for the chosen runs; what goes wrong is told above them on the next run of the page."""
    key = f"runs_{key}_{'_'.join(st.query_params.get_all('run'))}"
    st.button(
        label,
        icon=f":material/{icon}:",
        key=key,
        help=help,
        disabled=off or readonly.active(),
        on_click=attempt,
        args=(act,),
    )


def attempt(act: Callable[[], Any]) -> None:
    """Does what a button is for, and keeps the sentence when it cannot be done."""
    try:
        act()
    except HwrError as error:
        st.session_state.runs_problem = str(error)


def removal(rows: list[Row]) -> None:
    """The button that asks before it deletes; runs that train are not deleted."""
    going = any(runs.moving(row) for row in rows)
    about = "Stop it first." if going else "Removes the run, its curves and its weights for good."
    if st.button(
        "Delete", icon=":material/delete:", key="runs_delete", help=about, disabled=going or readonly.active()
    ):
        confirm(rows)


@st.dialog("Delete for good?")
def confirm(rows: list[Row]) -> None:
    """Asks once more, by name."""
    names = ", ".join(f"**{plain(row['name'])}**" for row in rows[:5])
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    st.write(f"{names}{more}: settings, curves and weights. This cannot be undone.")
    with st.container(horizontal=True):
        icon = ":material/delete:"
        if st.button("Delete", icon=icon, key="runs_delete_sure", type="primary", on_click=remove, args=(rows,)):
            st.rerun()
        if st.button("Keep", key="runs_delete_not"):
            st.rerun()


def remove(rows: list[Row]) -> None:
    """Deletes runs, and chooses none."""
    attempt(lambda: for_all(runs.delete, rows))
    st.query_params.pop("run", None)


def words(row: Row, run: runs.Run) -> None:
    """What a person writes of a run, and the command that trains the same."""
    with st.expander("Name, notes and settings", icon=":material/edit_note:"):
        left, right = st.columns(2, gap="medium")
        name_key, notes_key = f"run_name_{run.name}", f"run_notes_{run.name}"
        left.text_input(
            "Name",
            row["name"] if row["name"] != run.name else "",
            placeholder=run.name,
            key=name_key,
            disabled=readonly.active(),
            on_change=lambda: attempt(lambda: run.describe(name=st.session_state[name_key])),
        )
        right.text_area(
            "Notes",
            row["notes"],
            key=notes_key,
            disabled=readonly.active(),
            height=100,
            placeholder="What was tried, what came out",
            on_change=lambda: attempt(lambda: run.describe(notes=st.session_state[notes_key])),
        )
        left.caption(f"Its folder is {plain(run.path.as_posix())}.")
        st.code(run.config().command(), language="bash", wrap_lines=True)
