"""My handwriting: bring in one's own characters, look at them, and fine-tune weights on them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hwr import checkpoint, finetune, runs
from hwr.config import FRAMINGS
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.mine import Mine, Sample
from ui import training
from ui.answers import plain, share
from ui.own import gallery, tell, told, upload

NEWEST = 5  # fine-tunings that are listed
EVERY = 2.0  # seconds between two looks at a fine-tuning that goes on


def show() -> None:
    """The own pictures, and what can be made of them."""
    mine = Mine.at(data_folder())
    told()
    try:
        samples = mine.samples()
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        upload(mine)
        gallery(mine, samples)
    with right:
        fine_tune(samples)


def fine_tune(samples: list[Sample]) -> None:
    """A training on one's own handwriting, and what the ones before came to."""
    st.subheader("Fine-tune on my handwriting", anchor=False)
    known = {item["name"]: item for item in checkpoint.list_weights() if item["framing"] in FRAMINGS}
    if not known:
        st.caption("There are no weights to start from yet: train some in New training.")
        return
    weights = st.selectbox(
        "Start from",
        list(known),
        key="mine_weights",
        format_func=lambda name: f"{plain(name)} ({len(known[name]['classes'])} classes)",
        help="These weights read well already; they learn your hand in a minute or two.",
    )
    classes = "".join(sorted({sample.char for sample in samples}))
    missing, _ = finetune.lacking(known[weights], classes)
    if missing:
        st.caption(f"These weights have no class for {plain(' '.join(missing))}: those pictures are left out.")
    st.caption(plan(known[weights], samples))
    if st.button("Start", icon=":material/play_arrow:", key="mine_start", type="primary", disabled=not samples):
        try:
            run = runs.start(finetune.settings(weights, data_folder()), runs.runs_folder(), data_dir=data_folder())
            tell("success", f"{run.name} has started: its figures will stand here.")
        except HwrError as error:
            tell("error", str(error))
        st.rerun()
    results()


def plan(info: dict[str, Any], samples: list[Sample]) -> str:
    """What a fine-tuning will do, in a sentence."""
    if not samples:
        return "It learns from your pictures: bring in some first, two or more of each character."
    base = finetune.base_for(info, data_folder())
    beside = f" beside pictures of {base}, so that nothing else is forgotten" if base else ""
    return f"It learns your pictures{beside}, for {finetune.EPOCHS} short epochs, and is tested on those kept apart."


def results() -> None:
    """The fine-tunings so far; looked at again and again while one goes on."""
    active = any(runs.moving(row) for row in fine_tunings())
    st.fragment(listing, run_every=EVERY if active else None)(active)


def fine_tunings() -> list[dict[str, Any]]:
    """The last runs that learned from weights that were there and were tested on one's own pictures."""
    return [row for row in runs.overviews(runs.runs_folder()) if own(row.get("config") or {})][:NEWEST]


def own(config: dict[str, Any]) -> bool:
    """Whether a run of this config is a fine-tuning on one's own pictures."""
    return bool(config.get("init_from")) and "mine" in (config["test"] or config["dataset"]).split("+")


def listing(active: bool) -> None:
    """How each fine-tuning stands, newest first."""
    rows = fine_tunings()
    if active and not any(map(runs.moving, rows)):
        st.rerun()
    for row in rows:
        with st.container(border=True, gap="xsmall"):
            one(row)


def one(row: dict[str, Any]) -> None:
    """One fine-tuning: how far it is, or its figures before and after."""
    st.markdown(f"**{plain(row['name'])}** · {row['state']}")
    progress = row["progress"]
    before, after = ((row.get(key) or {}).get("mine test") for key in ("figures_before", "figures"))
    if row["state"] in runs.ACTIVE and progress.get("total"):
        st.progress(progress["step"] / progress["total"], f"Epoch {progress['epoch']} of {progress['epochs']}")
    elif after and before:
        first, second = st.columns(2)
        figure(first, "Before", before)
        figure(second, "After", after, after["accuracy"] - before["accuracy"])
        st.caption(f"On {after['images']:,} of your pictures that it has not learned; 95 % intervals.")
    elif row.get("error"):
        st.caption(plain(str(row["error"])))
    folder = row.get("folder") or row["name"]
    st.button(
        "Open", icon=":material/show_chart:", key=f"mine_open_{folder}", type="tertiary", on_click=watch, args=(folder,)
    )


def figure(column: Any, label: str, scores: dict[str, Any], change: float | None = None) -> None:
    """An accuracy with its interval."""
    low, high = scores["interval"]
    delta = None if change is None else f"{100 * change:+.1f} points"
    column.metric(label, share(scores["accuracy"]), delta)
    column.caption(f"{share(low)} to {share(high)}")


def watch(name: str) -> None:
    """Opens a run among the others."""
    st.query_params["run"] = name
    training.open_view("runs")
