"""The form that begins a search of settings. What is not asked for here is as in the defaults, or as in a run."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hwr import runs, tune
from hwr.config import TrainConfig
from hwr.data import DATASETS, data_folder
from hwr.errors import HwrError
from hwr.ready import check_start
from hwr.tune.space import span_text
from ui.answers import plain
from ui.training import asking

DEFAULTS = "The defaults"
AT_ONCE = "Processes that train at the same time. More than the processor's cores make each of them slower."
MANY_RUNS = 50
MOST = 100_000


@st.dialog("New search", width="medium")
def form() -> None:
    """What to learn, what to try, how long; starts the workers."""
    try:
        networks = list(asking.facts()["networks"])
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    base = beginning()
    left, right = st.columns(2, gap="medium")
    fields: dict[str, Any] = {}
    with left:
        name = st.text_input("Name of the study", free_name(), key="search_name", max_chars=80)
        fields["dataset"] = named("dataset", list(DATASETS), base)
        fields["model"] = named("model", networks, base)
    with right:
        fields["epochs"] = number("epochs", base)
        fields["limit"] = number("limit", base)
        trials, count = st.columns(2)
        total = trials.number_input("Trials in all", 1, MOST, 20, key="search_trials")
        workers = count.number_input("At once", 1, 16, 1, key="search_at_once", help=AT_ONCE)
    spans = tune.tunable()
    tried = st.multiselect(
        "Settings to try",
        spans,
        default=list(tune.TUNED),
        key="search_space",
        format_func=lambda key: f"{key.replace('_', ' ')} {span_text(spans[key])}".strip(),
        help="Each trial takes values within these bounds; the first takes those of the beginning.",
    )
    if st.button("Start", icon=":material/play_circle:", key="search_start", type="primary"):
        start(name, TrainConfig(**base.to_dict() | fields), tried, (total, workers))


def beginning() -> TrainConfig:
    """The settings that all trials share but for what is tried."""
    rows = [row for row in runs.overviews(runs.runs_folder()) if "config" in row and not row.get("study")][:MANY_RUNS]
    known = {row["folder"]: row for row in rows}
    chosen = st.selectbox(
        "Begin from",
        [DEFAULTS, *known],
        key="search_base",
        format_func=lambda key: f"The run {known[key]['name']}" if key in known else key,
        help="Everything that is not asked for here, or tried, stays as it is there.",
    )
    return TrainConfig.from_dict(known[chosen]["config"]) if chosen in known else TrainConfig()


def about(name: str) -> dict[str, Any]:
    """What the config says of a field."""
    return dict(TrainConfig.__dataclass_fields__[name].metadata)


def named(name: str, choices: list[str], base: TrainConfig) -> str:
    """A setting from a registry; another text may be typed, such as two datasets joined with +."""
    value = getattr(base, name)
    options = choices if value in choices else [value, *choices]
    return st.selectbox(
        {"model": "Network"}.get(name, name.capitalize()),
        options,
        options.index(value),
        key=f"search_{name}_{value}",
        help=about(name)["help"],
        accept_new_options=True,
    )


def number(name: str, base: TrainConfig) -> int:
    """A whole number within the bounds that the config gives it."""
    value, told = getattr(base, name), about(name)
    label = {"limit": "Pictures"}.get(name, name.capitalize())
    return st.number_input(label, told["low"], told["high"], value, key=f"search_{name}_{value}", help=told["help"])


def free_name() -> str:
    """A name that no study has yet."""
    taken = {place.name for place in tune.list_studies()}
    return next(name for number in range(1, len(taken) + 2) if (name := f"search-{number}") not in taken)


def start(name: str, config: TrainConfig, tried: list[str], size: tuple[int, int]) -> None:
    """Makes the study, starts its workers and shows it; or says what is wrong."""
    try:
        check_start(config, data_folder())
        plan = tune.make_plan(config, set(), ",".join(tried))
        study = tune.create(tune.place(name.strip()), plan)
        tune.start(study, size[0], workers=size[1], data_dir=data_folder())
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.query_params["study"] = study.place.name
    st.session_state.pop("study", None)
    st.rerun()
