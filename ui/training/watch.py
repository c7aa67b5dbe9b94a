"""Watching runs: how far they are, their curves over each other, what the best epoch gets wrong, their log.

What changes is one fragment, which comes again every second while a chosen run is active and is silent afterwards. What a
person sets stands outside of it: each element that comes again takes time from the training.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from hwr import curve_figures, runs
from hwr.curve_figures import COLORS, PANELS, View
from hwr.errors import HwrError
from hwr.progress import duration
from ui.answers import plain
from ui.charts import Bar, charts, load
from ui.training import insight
from ui.training.downloads import STYLES, downloads
from ui.training.watched import Watched, histories, shelf

SECOND = 1.0
LOG_LINES = 12
PARTS = ("Curves", "Classes", "Mistakes", "Log")  # as they read in the address too
AXES = {"step": "Step", "epoch": "Epoch", "time": "Time"}
HINT = f"{STYLES} The camera over a chart saves it as PNG."


@dataclass(frozen=True)
class Shown:
    """What a person has set: one of PARTS, how curves are drawn, and the run that a part shows which shows one alone."""

    part: str
    view: View = field(default_factory=View)
    one: str = ""


def watch(names: list[str]) -> None:
    """Shows the runs of these names, live while any of them is active. Names of which there is no run are passed over."""
    chosen = _look(names)
    if not chosen:
        st.caption("Choose a run in the table to watch it.")
        return
    if any(item.active for item in chosen):
        _spare_collection()
    _settings_and_runs(names)
    load()


@st.fragment
def _settings_and_runs(names: list[str]) -> None:
    chosen = _look(names)
    live = any(item.active for item in chosen)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        part = _part()
        shown = Shown(part, _view()) if part == PARTS[0] else Shown(part, one=_one_of(chosen))
    st.fragment(_live, run_every=SECOND if live else None)(names, shown, live)
    downloads(chosen, shown.view)


def _spare_collection() -> None:
    """Takes all that is loaded out of the garbage collection.

    Streamlit collects all garbage after each run of a fragment, which walks over every object of torch and Plotly once a
    second: half of what the page costs the training beside it. What is frozen is looked over again at the next call.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _live(names: list[str], shown: Shown, live: bool) -> None:
    chosen = _look(names)
    if live and not any(item.active for item in chosen):
        st.rerun()  # once more all of the page, and then silence
    for item in chosen:
        if told(item, chosen) and (error := item.status.get("error")):
            st.error(plain(error), icon=":material/error:")
    bars = [_bar(item, alone=len(chosen) == 1) for item in chosen if told(item, chosen)]
    try:
        _show(chosen, shown, bars)
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")


def told(item: Watched, chosen: list[Watched]) -> bool:
    """Whether it is told how far a run is: those that go, and one that is shown alone."""
    return item.active or len(chosen) == 1


def _show(chosen: list[Watched], shown: Shown, bars: list[Bar]) -> None:
    if shown.part == "Curves":
        _curves(chosen, shown.view, bars)
        return
    charts({}, "watch_bars", bars=bars)
    item = next((item for item in chosen if item.run.name == shown.one), chosen[0])
    if shown.part == "Classes":
        insight.show_classes(item.run, *shelf().get([item.run.path]))
    elif shown.part == "Mistakes":
        insight.show_mistakes(item.run)
    else:
        lines = item.run.log_lines(LOG_LINES)
        st.code("\n".join(lines) or "Nothing yet.", language=None, height=300)


def _look(names: list[str]) -> list[Watched]:
    """The runs of these names as they stand now, in that order, each with a colour of its own as long as it is chosen."""
    found = []
    for name in dict.fromkeys(names):
        try:
            run = runs.find(name, runs.runs_folder())
            found.append((run, run.about()["name"], run.status()))
        except HwrError as error:
            if (path := runs.runs_folder() / name).is_dir():
                found.append((runs.Run(path), name, {"state": "broken", "error": str(error)}))
    colors = _colors([run.name for run, _, _ in found])
    titles = _titles([(run.name, name) for run, name, _ in found])
    return [
        Watched(run, title, colors[run.name], status) for (run, _, status), title in zip(found, titles, strict=True)
    ]


def _colors(names: list[str]) -> dict[str, str]:
    """A colour for each run, which it keeps while others come and go."""
    before = st.session_state.get("watch_colors", {})
    places = {name: before[name] for name in names if name in before}
    for name in names:
        free = set(range(len(names) + len(COLORS))) - set(places.values())
        places.setdefault(name, min(free))
    st.session_state.watch_colors = places
    return {name: COLORS[place % len(COLORS)] for name, place in places.items()}


def _titles(names: list[tuple[str, str]]) -> list[str]:
    """What runs are called in a chart: their own names; those of folders without their date where that tells them apart."""
    short = [re.sub(r"^\d{8}-\d{6}-", "", name) for _, name in names]
    return [
        title if short.count(title) == 1 else folder if name == folder else f"{name} ({folder[:15]})"
        for title, (folder, name) in zip(short, names, strict=True)
    ]


def _part() -> str:
    return st.segmented_control(
        "Part",
        PARTS,
        default=PARTS[0],
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )


def _one_of(chosen: list[Watched]) -> str:
    """The run, by its folder, that a part shows which shows one alone."""
    if len(chosen) == 1:
        return chosen[0].run.name
    known = {item.run.name: item for item in chosen}
    if st.session_state.get("watch_one") not in known:
        st.session_state.watch_one = next((name for name, item in known.items() if item.active), chosen[0].run.name)
    return st.selectbox(
        "Run",
        known,
        format_func=lambda name: known[name].name,
        key="watch_one",
        label_visibility="collapsed",
        width=320,
    )


def _bar(item: Watched, *, alone: bool) -> Bar:
    """How far a run is, and what its trainer uses."""
    progress, state = item.progress, item.status["state"]
    share = 1.0 if state == "finished" else progress.get("step", 0) / max(1, progress.get("total", 1))
    return Bar("" if alone else item.name, standing(item.status), min(1.0, share), using(item.status))


def standing(status: dict[str, Any]) -> str:
    """How far a run is, in words, from its status."""
    progress, state = status.get("progress") or {}, status["state"]
    if state == "queued":
        return f"Place {status.get('place', '?')} in the queue: waits for {', '.join(status.get('waits_for', []))}"
    if state == "new":
        return "Starting" if "heartbeat" in status else "Not started"
    if state == "running" and status.get("phase") == "loading":
        return "Loading the data"
    words = [] if state == "running" else [state.capitalize()]
    if "total" in progress:
        words.append(f"epoch {progress['epoch']:,} of {progress['epochs']:,}")
        words.append(f"step {progress['step']:,} of {progress['total']:,}")
    if state == "running" and status.get("phase") == "scoring":
        words.append("scoring the test part")
    elif state == "running" and "left" in progress:
        words.append(f"{progress['speed']:,.0f} images/s")
        words.append(f"{duration(progress['left'])} left")
    elif "seconds" in progress:
        words.append(f"{duration(progress['seconds'])} of training")
    text = " · ".join(words)
    return text[:1].upper() + text[1:]


def using(status: dict[str, Any]) -> str:
    """What the best epoch was, and what a trainer runs on and uses, in words."""
    progress = status.get("progress") or {}
    words = []
    if progress.get("best_accuracy") is not None:
        share = f"{progress['best_accuracy'] * 100:.2f} %"
        words.append(f"Best epoch {progress['best_epoch']}: {share} of validation right")
    if progress.get("device"):
        words.append(progress["device"])
    if status["state"] == "running" and "cpu" in progress:
        words.append(f"{progress['cpu']:.1f} cores busy")
    if status["state"] == "running" and "memory" in progress:
        words.append(f"{progress['memory'] / 1e6:,.0f} MB of memory")
    return " · ".join(words)


def _curves(chosen: list[Watched], view: View, bars: list[Bar]) -> None:
    lines = [item.line(history) for item, history in zip(chosen, histories(chosen), strict=True)]
    figures = {name: curve_figures.curves_data(lines, panel, view) for name, panel in PANELS.items()}
    nothing = not any(len(line.history.steps) + len(line.history.epochs) for line in lines)
    hint = "The first points come a second after training begins." if nothing else HINT
    charts(figures, "watch_curves", bars=bars, hint=hint)


def _view() -> View:
    """How the curves are drawn, as a person has set it."""
    axis = st.segmented_control(
        "Axis",
        AXES,
        default="step",
        required=True,
        format_func=AXES.__getitem__,
        key="watch_axis",
        persist_state="session",
        label_visibility="collapsed",
    )
    smoothing = st.slider(
        "Smoothing",
        0.0,
        0.99,
        0.6,
        key="watch_smoothing",
        persist_state="session",
        format="Smoothing %.2f",
        label_visibility="collapsed",
        width=200,
        help="How much of the past each point of the training curves keeps.",
    )
    log = st.toggle("Log scale", key="watch_log", persist_state="session", help="For all but the accuracy.")
    return View(axis, smoothing, log)
