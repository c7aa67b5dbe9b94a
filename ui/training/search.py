"""Search: studies that look for good settings with many short trainings; how they stand, what they found, what mattered.

Optuna is loaded when this view opens, and only here. A study's workers are processes of their own; this page keeps nothing
but which study is shown, which stands in the address (`?study=...`).
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from hwr import readonly, tune
from hwr.config import TrainConfig
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.tune import figures
from hwr.tune.space import setting_texts, span_text
from ui.answers import PERCENT, in_percent, plain, share
from ui.training import begin, new, open_view

Row = dict[str, Any]
EVERY = 2.0  # seconds between two looks at a study while it is worked on
TALLEST = 420
PARTS = {
    "history": ":material/show_chart: History",
    "settings": ":material/stacked_line_chart: Settings",
    "importance": ":material/bar_chart: Importance",
    "trials": ":material/table_rows: Trials",
}
WORDS = {  # what a figure shows to one who cannot see it, and how to read it
    "history": (
        "The loss of each trial, in order",
        "The line is the least loss so far. A cross is a trial that was ended early, where it stood then.",
    ),
    "settings": (
        "A line for each trial through its settings to its loss",
        "Each line is a trial; green learned best. Draw along an axis to keep the lines that pass there.",
    ),
    "importance": (
        "How much each setting mattered",
        "The share of the loss's spread that each setting explains (fANOVA). From few trials it is a rough guess.",
    ),
}
CHART = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
}


def show() -> None:
    """The studies and the chosen one; or what to install, or what to do first."""
    try:
        tune.need()
        places = tune.list_studies()
    except HwrError as error:
        st.info(plain(str(error)), icon=":material/info:")
        return
    if problem := st.session_state.pop("search_problem", ""):
        st.error(plain(problem), icon=":material/error:")
    if not places:
        st.caption(
            "A search tries many settings in short trainings and tells which learn best. None was begun here yet."
        )
        new_search()
        return
    where = choice(places)
    live = where.active()
    st.fragment(study_now, run_every=EVERY if live else None)(where, live)


def choice(places: list[tune.Place]) -> tune.Place:
    """Which study is shown, the way to another, and out of this one."""
    known = {place.name: place for place in reversed(places)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Study", list(reversed(known)), key="study", bind="query-params", width=320)
        where = known.get(str(name), places[0])
        new_search()
        removal(where)
    return where


def new_search() -> None:
    """The button that opens the form."""
    about = "Choose what to learn and what to try."
    if st.button("New search", icon=":material/add:", key="search_new", help=about, disabled=readonly.active()):
        begin.form()


def removal(where: tune.Place) -> None:
    """The button that asks before it deletes, also a study that cannot be read; one that is worked on is not deleted."""
    busy = where.active()
    about = "Stop it first." if busy else "Removes the study for good; the runs of its trials stay."
    if st.button(
        "Delete", icon=":material/delete:", key="search_delete", help=about, disabled=busy or readonly.active()
    ):
        confirm(where)


@st.dialog("Delete for good?")
def confirm(where: tune.Place) -> None:
    """Asks once more, by name."""
    st.write(f"**{plain(where.name)}** and all that it has found. The runs of its trials stay. This cannot be undone.")
    with st.container(horizontal=True):
        icon = ":material/delete:"
        if st.button("Delete", icon=icon, key="search_delete_sure", type="primary", on_click=remove, args=(where,)):
            st.rerun()
        if st.button("Keep", key="search_delete_not"):
            st.rerun()


def remove(where: tune.Place) -> None:
    """Deletes a study; another is shown in its place."""
    try:
        tune.delete(where)
        weights.clear()  # a new study may get the name
        others = tune.list_studies()
    except HwrError as error:
        st.session_state.search_problem = str(error)
        return
    if others:
        st.session_state.study = others[0].name


def study_now(where: tune.Place, live: bool) -> None:
    """A study as it stands; when its workers have come or gone, the whole page is drawn anew."""
    active = where.active()
    if active != live:
        st.rerun()
    try:
        study = tune.load(where)
        rows = study.rows()
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    standing(study, rows, active)
    best(study, rows)
    part = st.segmented_control(
        "Shown",
        PARTS,
        default="history",
        required=True,
        format_func=lambda name: PARTS[name],
        key="search_part",
        label_visibility="collapsed",
        persist_state="session",
    )
    if part == "trials":
        trials(rows, study)
    else:
        chart(part, study, rows)


def standing(study: tune.Study, rows: list[Row], active: bool) -> None:
    """How far a study is, and the buttons to stop it or to go on with it."""
    where, wanted = study.place, max(study.wanted(), 1)
    done = sum(row["state"] in ("finished", "pruned", "failed") for row in rows)
    pruned = sum(row["state"] == "pruned" for row in rows)
    words = f"{done} of {wanted} trials" + (f", {pruned} of them ended early" if pruned else "")
    count = len(where.workers())
    if active:
        words += f" · {count} at work" if count else " · starting"
    st.progress(min(1.0, done / wanted), words)
    base = study.plan.base
    spans = ", ".join(f"{name.replace('_', ' ')} {span_text(span)}" for name, span in study.plan.space.items())
    st.caption(plain(f"{base.dataset}, {base.model}, {base.epochs} epochs a trial. Tried: {spans}."))
    if not active and (complaint := where.complaint()):
        st.warning(plain(complaint), icon=":material/warning:")
    if not active:
        go_on(study, done, wanted)
        return
    asked = where.stopping()
    st.button(
        "Stopping" if asked else "Stop",
        icon=":material/stop_circle:",
        key="search_stop",
        help="Saves the trials at work; the search can go on later.",
        disabled=asked or readonly.active(),
        on_click=where.ask_to_stop,
    )


def go_on(study: tune.Study, done: int, wanted: int) -> None:
    """Goes on with a study, up to a number of trials."""
    label = "Go on" if done < wanted else "More trials"
    with st.popover(label, icon=":material/play_circle:", key="search_more", disabled=readonly.active()):
        least, usual = done + 1, wanted if done < wanted else done + 10
        key = f"search_total_{study.place.name}_{done}"
        total = st.number_input("Trials in all", least, begin.MOST, usual, key=key)
        count = st.number_input("At once", 1, 16, 1, key="search_workers", help=begin.AT_ONCE)
        st.button(
            "Start", icon=":material/play_arrow:", key="search_go_on", on_click=launch, args=(study, total, count)
        )


def launch(study: tune.Study, total: int, count: int) -> None:
    """Starts workers; what goes wrong is told on the next run of the page."""
    try:
        tune.start(study, total, workers=count, data_dir=data_folder())
    except HwrError as error:
        st.session_state.search_problem = str(error)


def best(study: tune.Study, rows: list[Row]) -> None:
    """The best settings so far, and the way to train fully with them."""
    row = tune.best_of(rows)
    if row is None:
        st.caption("The best settings stand here as soon as a trial is finished.")
        return
    with st.container(border=True):
        right = f", {share(row['accuracy'])} right" if row["accuracy"] is not None else ""
        st.markdown(f"**Best so far: trial {row['trial']}**, {tune.METRIC} {row['loss']:.4f}{right} on validation")
        st.markdown(" ".join(f":gray-badge[{plain(text)}]" for text in setting_texts(row["settings"])))
        config = study.plan.full(row["settings"])
        st.code(config.command(), language="bash", wrap_lines=True)
        about = "Opens New training with these settings: all pictures, scored on the test set at the end."
        st.button(
            "Train fully with these",
            icon=":material/model_training:",
            key="search_train",
            type="primary",
            help=about,
            disabled=readonly.active(),
            on_click=hand_over,
            args=(config,),
        )


def hand_over(config: TrainConfig) -> None:
    """Takes settings to the form for a new training."""
    new.take(config.to_dict())
    open_view("new")


def chart(part: str, study: tune.Study, rows: list[Row]) -> None:
    """One of the figures, or what it still needs."""
    finished = sum(row["state"] == "finished" for row in rows)
    figure: go.Figure | None = None
    if part == "history":
        figure = figures.history(rows)
    elif part == "settings":
        figure = figures.parallel(rows, study.plan.space)
    elif shares := weights(study.place, finished):
        figure = figures.importance(shares)
    if figure is None:
        need = {"settings": figures.FEW}.get(part, tune.ENOUGH)
        st.caption(f"This needs {need} finished trials with different losses; there are {finished}.")
        return
    about, hint = WORDS[part]
    st.plotly_chart(figure, key=f"search_{part}", config=CHART, alt=about)
    st.caption(hint)


@st.cache_data(max_entries=16, show_spinner="Weighing the settings")
def weights(where: tune.Place, finished: int) -> dict[str, float]:
    """What mattered, worked out once for each number of finished trials."""
    return tune.importances(tune.load(where))


def trials(rows: list[Row], study: tune.Study) -> None:
    """The table of trials; a chosen one can be watched like any run."""
    if not rows:
        st.caption("No trial yet.")
        return
    keys = ("trial", "state", "loss", "accuracy", "epochs", "seconds")
    found = [row | {"accuracy": in_percent(row["accuracy"])} for row in reversed(rows)]
    shown = [{key: row[key] for key in keys} | row["settings"] for row in found]
    event = st.dataframe(
        shown,
        key=f"search_trials_{study.place.name}_{len(rows)}",
        height=min(TALLEST, 35 * len(shown) + 38),
        hide_index=True,
        column_config=columns(study),
        on_select="rerun",
        selection_mode="single-row",
        alt="All trials",
    )
    picked = [rows[-1 - number] for number in event["selection"]["rows"]]
    if picked and (reason := picked[0]["error"]):
        st.caption(plain(reason))
    run = study.place.run(picked[0]["run"]) if picked else None
    label = f"Watch trial {picked[0]['trial']}" if picked else "Watch a trial"
    about = None if run else "Choose a trial in the table; those of other machines are watched there."
    st.button(
        label,
        icon=":material/visibility:",
        key="search_watch",
        disabled=run is None,
        help=about,
        on_click=watch,
        args=(run.name if run else "",),
    )


def watch(name: str) -> None:
    """Turns to the list of runs with this one chosen."""
    st.query_params["run"] = name
    open_view("runs")


def columns(study: tune.Study) -> dict[str, Any]:
    """How the columns look."""
    config = st.column_config
    fixed = {
        "trial": config.NumberColumn("Trial", width="small"),
        "state": config.TextColumn("State", width="small"),
        "loss": config.NumberColumn("Validation loss", format="%.4f", help="The least of its epochs"),
        "accuracy": config.NumberColumn("Accuracy", format=PERCENT, help="On validation, at that epoch"),
        "epochs": config.NumberColumn("Epochs", width="small"),
        "seconds": config.NumberColumn("Seconds", format="%d", width="small"),
    }
    return fixed | {name: config.Column(name.replace("_", " ")) for name in study.plan.space}
