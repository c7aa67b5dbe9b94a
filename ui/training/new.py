"""New training: a form made from TrainConfig's fields and the registries, what it will take, and Start.

What was typed is kept for the session under "new_values", whatever else is visited in between.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import streamlit as st

from hwr import checkpoint, runs
from hwr.classes import CLASSES
from hwr.config import GROUPS, TrainConfig, field_type
from hwr.data import DATASETS, data_folder
from hwr.errors import HwrError
from hwr.lines.data import LINE_DATASETS
from hwr.presets import PRESETS, changes
from hwr.ready import check_start
from ui import training
from ui.answers import plain
from ui.training import asking, outlook

Facts = dict[str, Any]
FIELDS = {item.name: item for item in dataclasses.fields(TrainConfig)}
JOINED = "datasets"  # the registry of which several can be chosen


def show() -> None:
    """Presets and fields on the left; the time, the command line and Start on the right."""
    try:
        facts = asking.facts()
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    presets(facts)
    left, right = st.columns([3, 2], gap="large")
    with left:
        for name in GROUPS:
            group(name, facts)
    with right:
        beside(facts)


def presets(facts: Facts) -> None:
    """Sets of settings to start from, each with what it sets."""
    for column, (name, preset) in zip(st.columns(len(PRESETS), gap="medium"), PRESETS.items(), strict=True):
        column.button(
            preset.title,
            icon=f":material/{preset.icon}:",
            key=f"preset_{name}",
            width="stretch",
            on_click=take,
            args=(preset.make(facts),),
        )
        sets = changes(name, facts)
        column.caption(f"{preset.about}{f' Sets {sets}.' if sets else ''}")


def take(settings: dict[str, Any]) -> None:
    """Sets the form to the defaults with these settings; the name stays."""
    kept = {"name": values()["name"]}
    for name, value in (TrainConfig().to_dict() | kept | settings).items():
        values()[name] = value
        st.session_state[f"new_{name}"] = to_widget(name, value)


def values() -> dict[str, Any]:
    """What stands in the form, by field."""
    return st.session_state.setdefault("new_values", TrainConfig().to_dict())


def to_widget(name: str, value: Any) -> Any:
    """A field's value as its widget holds it: joined names are a list."""
    return [part for part in value.split("+") if part] if FIELDS[name].metadata["registry"] == JOINED else value


def from_widget(name: str, value: Any) -> Any:
    if FIELDS[name].metadata["registry"] == JOINED:
        return "+".join(value)
    return "" if value is None and field_type(name) is str else value


def group(name: str, facts: Facts) -> None:
    """The fields of a group, two beside each other; the first group is open, the others fold away."""
    names = [item.name for item in FIELDS.values() if item.metadata["group"] == name]
    changed = [item for item in names if values()[item] != FIELDS[item].default]
    room = st.container() if name == GROUPS[0] else st.expander(name.capitalize(), icon=ICONS.get(name))
    if changed and name != GROUPS[0]:
        room.caption("Changed: " + ", ".join(label(item).lower() for item in changed) + ".")
    for start in range(0, len(names), 2):
        for column, item in zip(room.columns(2, gap="medium"), names[start : start + 2], strict=False):
            with column:
                entry(item, facts)


def entry(name: str, facts: Facts) -> None:
    """One field: its widget, and beneath it its line of help."""
    key = f"new_{name}"
    if key not in st.session_state:
        st.session_state[key] = to_widget(name, values()[name])
    metadata = FIELDS[name].metadata
    if metadata["registry"] or metadata["choices"]:
        chosen = choice(name, choices(name, facts))
    elif field_type(name) is str:
        chosen = st.text_input(label(name), key=key)
    elif field_type(name) is bool:
        chosen = st.toggle(label(name), key=key)
    else:
        whole = field_type(name) is int
        step = 1 if whole else fine_step(FIELDS[name].default)
        chosen = st.number_input(label(name), value=None, step=step, format="%d" if whole else "%g", key=key)
    values()[name] = from_widget(name, chosen)
    st.caption(explained(name, facts))


def choice(name: str, offered: list[str]) -> Any:
    """A field that takes one of the names offered, or several joined; where more can be there, one can be typed."""
    key, registry = f"new_{name}", FIELDS[name].metadata["registry"]
    now = st.session_state[key]
    offered = [*offered, *(item for item in (now if isinstance(now, list) else [now]) if item not in offered)]
    if registry == JOINED:
        nothing = empty_means(name)
        return st.multiselect(label(name), offered, key=key, accept_new_options=True, placeholder=nothing)
    return st.selectbox(
        label(name),
        offered,
        key=key,
        format_func=lambda item: item or empty_means(name),
        accept_new_options=bool(registry) and registry != "networks",
    )


def choices(name: str, facts: Facts) -> list[str]:
    """What a field can be, from its own choices or from the registry that it names."""
    metadata = FIELDS[name].metadata
    weights = {item["name"]: item["model"] for item in checkpoint.list_weights()}
    registries = {
        "datasets": [*DATASETS, *LINE_DATASETS, *(["none"] if name == "test" else [])],
        "networks": list(facts["networks"]),
        "charsets": ["", *CLASSES],
        "weights": ["", *weights],
        "devices": ["auto", *facts["devices"]],
    }
    return list(metadata["choices"] or registries[metadata["registry"]])


def label(name: str) -> str:
    """A field's name for a person: "Batch size", "LR"."""
    return name.upper() if len(name) <= 3 else name.replace("_", " ").capitalize()


def explained(name: str, facts: Facts) -> str:
    """A field's line of help; of a network, what it is."""
    network = facts["networks"].get(values()[name]) if name == "model" else None
    text = network["summary"] if network else FIELDS[name].metadata["help"]
    return f"{text[:1].upper()}{text[1:]}."


def empty_means(name: str) -> str:
    """What an empty field stands for, as its help says it."""
    found = re.search(r"empty: ([^;]+)", FIELDS[name].metadata["help"])
    return found[1].capitalize() if found else "None"


def fine_step(default: Any) -> float:
    """What one press of a number's + adds: a tenth of its default's size."""
    return 10.0 ** (math.floor(math.log10(default)) - 1) if default else 0.01


def config_now() -> TrainConfig:
    """What the form says; unchecked."""
    held = {name: st.session_state.get(f"new_{name}", to_widget(name, values()[name])) for name in FIELDS}
    return TrainConfig(**{name: from_widget(name, value) for name, value in held.items()})


def beside(facts: Facts) -> None:
    """What stands beside the form: what is wrong with it, or how long it takes, its command line and Start."""
    config = config_now()
    problem = st.session_state.pop("new_problem", "")
    try:
        check_start(config, data_folder(), facts["networks"])
    except HwrError as error:
        problem = str(error)
    if problem:
        st.error(plain(problem), icon=":material/error:")
        st.caption("Nothing is lost: mend it in the form, and go on.")
    else:
        outlook.show(config)
        st.code(config.command(), language="bash", wrap_lines=True)
        st.caption("The same from a terminal.")
    st.button(
        "Start",
        icon=":material/play_arrow:",
        key="new_start",
        type="primary",
        width="stretch",
        disabled=bool(problem),
        on_click=start,
        args=(list(facts["networks"]),),
    )


def start(networks: list[str]) -> None:
    """Starts what the form says and turns to the table of runs with it chosen; what is wrong is told beside the form."""
    try:
        config = config_now()
        check_start(config, data_folder(), networks)
        run = runs.start(config, runs.runs_folder(), data_dir=data_folder())
        if config.name:
            run.describe(name=config.name)
    except HwrError as error:
        st.session_state.new_problem = str(error)
        return
    training.open_view("runs")
    st.query_params["run"] = run.name


ICONS = {
    "data": ":material/dataset:",
    "network": ":material/hub:",
    "learning": ":material/school:",
    "augmentation": ":material/transform:",
    "machine": ":material/memory:",
}
