"""What a training will take, before it starts: its time and what that comes from, and whether it must wait its turn."""

from __future__ import annotations

import streamlit as st

from hwr import runs
from hwr.config import TrainConfig
from hwr.data import data_folder
from hwr.estimate import Estimate, estimate, in_words
from ui.answers import plain
from ui.training import asking

LOOK = 1.0  # seconds between two looks whether the speed has been measured


def show(config: TrainConfig) -> None:
    """About how long, from what, and behind whom; looks again by itself while a speed is being measured."""
    rows = runs.overviews(runs.runs_folder())
    going = [row for row in rows if runs.moving(row)]
    found = estimate(config, rows, data_folder())
    if found or going:
        tell(found, "Another training is going: the speed of this one cannot be measured now.")
    else:
        pending = asking.speeds().get(config) is None
        st.fragment(measured, run_every=LOOK if pending else None)(config, pending)
    if len(going) >= runs.max_parallel():
        ahead = ", ".join(plain(row["name"]) for row in reversed(going))
        st.caption(f":material/hourglass_top: It waits its turn behind {ahead}, and starts by itself.")


def measured(config: TrainConfig, pending: bool) -> None:
    """The estimate from a speed that is measured here."""
    speed = asking.speeds().get(config)
    if pending and speed is not None:
        st.rerun()
    if speed is None:
        tell(None, "Measuring a few steps on this machine.")
    elif isinstance(speed, str):
        tell(None, f"The speed could not be measured: {speed}")
    else:
        tell(estimate(config, [], data_folder(), measured=speed), "")


def tell(found: Estimate | None, otherwise: str) -> None:
    """An estimate with its source, or why there is none."""
    if found is None:
        st.metric("Time", "…")
        st.caption(plain(otherwise))
        return
    st.metric("Time", f"about {in_words(found.seconds)}" if found.seconds else "not known yet")
    about = f"about {found.pictures:,} pictures" if found.pictures else "as many pictures as are found when it starts"
    st.caption(f"{about.capitalize()} an epoch at {found.speed:,.0f} a second: {plain(found.source)}.")
