"""Runs: the table of all trainings, and beneath it what can be done with the chosen ones and how they learned.

Which runs are chosen stands in the address (`?run=...`), so that a reload and another browser show the same.
"""

from __future__ import annotations

import dataclasses
import zlib
from datetime import datetime
from typing import Any

import streamlit as st

from hwr import readonly, runs
from hwr.config import TrainConfig
from ui.answers import PERCENT, in_percent
from ui.training import panel, watch

Row = dict[str, Any]
EMPTY = "No training yet. Choose New training above, and it is listed here and can be watched."
EVERY = 3.0  # seconds between two looks at the runs while one is active
WATCHED = 12.0  # the same while all that are active are watched beneath: each look takes time from their training
TALLEST = 360
SETTINGS = [item.name for item in dataclasses.fields(TrainConfig) if item.name != "name"]


def show() -> None:
    """The table of runs with the chosen ones beneath it, or what to do when there is none."""
    rows = runs.overviews(runs.runs_folder())
    if not rows:
        st.caption("There are no trainings to look at here." if readonly.active() else EMPTY)
        return
    shown = filtered(rows)
    st.fragment(table, run_every=pace(rows))([row["folder"] for row in shown], condition(rows))
    picked = [row for name in chosen() for row in rows if row["folder"] == name]
    if not picked:
        st.caption("Choose a run by the box on its left to see how it learned; several to compare them.")
        return
    panel.show(picked)
    watch.watch([row["folder"] for row in picked])


def pace(rows: list[Row]) -> float | None:
    """Seconds until the table is looked at again; None when nothing goes on."""
    active = {row["folder"] for row in rows if runs.moving(row)}
    return (WATCHED if active <= set(chosen()) else EVERY) if active else None


def chosen() -> list[str]:
    """The folders of the runs that the address names."""
    return st.query_params.get_all("run")


def condition(rows: list[Row]) -> list[tuple]:
    """What must not change without the whole page being drawn anew: which runs there are, and how they stand."""
    return [(row["folder"], row["state"], row.get("place"), row["name"]) for row in rows]


def filtered(rows: list[Row]) -> list[Row]:
    """The rows that the two filters let through; without a filter all."""
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    words = left.text_input(
        "Filter",
        key="runs_filter",
        placeholder="Name, notes, dataset or network",
        icon=":material/search:",
        label_visibility="collapsed",
        persist_state="session",
    )
    states = right.multiselect(
        "State",
        [state for state in (*runs.STATES, "broken") if any(row["state"] == state for row in rows)],
        key="runs_states",
        placeholder="Any state",
        label_visibility="collapsed",
        persist_state="session",
    )
    return [row for row in rows if (not states or row["state"] in states) and _says(row, words)]


def _says(row: Row, words: str | None) -> bool:
    text = " ".join(str(row.get(key, "")) for key in ("name", "folder", "notes", "study", "dataset", "model")).lower()
    return all(word in text for word in (words or "").lower().split())


def table(names: list[str], before: list[tuple]) -> None:
    """The runs of these names as they are now; a choice, or a run whose state changes, draws the whole page anew."""
    rows = runs.overviews(runs.runs_folder())
    if condition(rows) != before:
        st.rerun()
    place = {name: number for number, name in enumerate(names)}
    shown = sorted((row for row in rows if row["folder"] in place), key=lambda row: place[row["folder"]])
    if not shown:
        st.caption("No run is like that: change the filter.")
        return
    now = [row["folder"] for row in shown]
    event = st.dataframe(
        [cells(row, shown) for row in shown],
        key=f"runs_table_{zlib.crc32(repr(now).encode())}",  # places are what is chosen: other runs, another table
        height=min(TALLEST, 35 * len(shown) + 38),
        hide_index=True,
        column_config=columns(),
        placeholder="",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [place[name] for name in chosen() if name in place]}},
        alt="All trainings",
    )
    picked = [now[number] for number in event["selection"]["rows"]]
    if set(picked) != set(chosen()) & set(now):
        st.query_params["run"] = picked
        st.rerun()


def cells(row: Row, rows: list[Row]) -> Row:
    """What the table says of a run: how it stands, and its settings that are not the same in all rows."""
    name, progress = row["name"], row["progress"]
    epoch = f"{progress['epoch']}/{progress['epochs']}" if progress.get("epochs") else ""
    facts = {
        "name": (name[16:] if name == row["folder"] else name) + (" ★" if row.get("used") else ""),
        "state": row["state"],
        "progress": 100 * progress.get("step", 0) / max(progress.get("total", 0), 1),
        "epoch": epoch,
        "best": in_percent(row.get("best_accuracy")),
        "scored": in_percent(panel.test_accuracy(row)),
        "speed": progress.get("speed"),
        "started": started(row["folder"]),
    }
    return facts | {name: row.get("config", {}).get(name) for name in differing(rows)}


def differing(rows: list[Row]) -> list[str]:
    """The settings in which these runs are not all alike."""
    configs = [row["config"] for row in rows if "config" in row]
    return [name for name in SETTINGS if len({config[name] for config in configs}) > 1]


def started(folder: str) -> datetime | None:
    """When a run was made, from its folder's name."""
    try:
        return datetime.strptime(folder[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return None


def columns() -> dict[str, Any]:
    """How the columns look; those of settings are named as their options are."""
    config = st.column_config
    fixed = {
        "name": config.TextColumn("Name", width="medium", help="★: read with in Draw and Read"),
        "state": config.TextColumn("State", width="small"),
        "progress": config.ProgressColumn("Progress", format="%d %%", max_value=100, width="small"),
        "epoch": config.TextColumn("Epoch", width="small"),
        "best": config.NumberColumn("Best validation", format=PERCENT, help="Accuracy of the best epoch"),
        "scored": config.NumberColumn("Test", format=PERCENT, help="Accuracy on the first test set, at the end"),
        "speed": config.NumberColumn("Images/s", format="%d"),
        "started": config.DatetimeColumn("Started", format="D MMM, HH:mm", width=110),
    }
    return fixed | {name: config.Column(name.replace("_", " ")) for name in SETTINGS}
