"""How augmentation changes the pictures: TrainConfig's settings as sliders, and what a training would see with them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import streamlit as st

from hwr.config import TrainConfig, field_type
from hwr.survey import Subject
from ui import training
from ui.surveying.pictures import choose_class
from ui.tiles import tiles
from ui.training.new import FIELDS, fine_step, label, take

NAMES = tuple(
    name for name, item in FIELDS.items() if item.metadata["group"] == "augmentation" and field_type(name) is float
)
ROWS, TIMES = 6, 8  # pictures, and how often each is changed


@st.fragment
def show(subject: Subject) -> None:
    """Sliders on the left, pictures on the right: each row one picture as it is, then as a training would see it."""
    data = subject.part("train")
    left, right = st.columns([2, 3], gap="large")
    with left:
        values = sliders()
    with right:
        char = choose_class(data, "data_augment_class")
        turn = st.session_state.setdefault("data_augment_turn", 0)
        places = np.flatnonzero(data.labels == data.classes.index(char)) if char else np.arange(len(data))
        if not len(places):
            st.caption("There is no such picture to train on.")
            return
        chosen = np.sort(np.random.default_rng(turn).choice(places, min(ROWS, len(places)), replace=False))
        pictures = changed(data.images[chosen], dataclasses.replace(TrainConfig(), **values), seed=turn)
        tiles(
            pictures,
            [""] * len(chosen),
            "data_augmented",
            size=56,
            first=True,
            about="Each row: a picture, then as a training sees it",
        )
        with st.container(horizontal=True):
            st.button("Others", icon=":material/casino:", key="data_augment_others", on_click=_others)
            st.button("Defaults", icon=":material/restart_alt:", key="data_augment_defaults", on_click=_defaults)
            if st.button("Train with these", icon=":material/model_training:", key="data_augment_train"):
                take({"dataset": subject.name} | values)
                training.open_view("new")
                st.switch_page("pages/train.py", query_params={"view": "new"})
        st.caption("First each picture as it is, then as a training would see it at eight different times.")


def sliders() -> dict[str, Any]:
    """The values of the sliders, one a setting, with its line of help."""
    values: dict[str, Any] = {}
    for column, name in zip(_columns(), NAMES, strict=False):
        item = FIELDS[name]
        default: Any = item.default
        with column:
            values[name] = st.slider(
                label(name),
                float(item.metadata["low"]),
                float(item.metadata["high"]),
                float(default),
                fine_step(default),
                format="%g",
                key=f"data_augment_{name}",
                persist_state="session",
                help=item.metadata["help"].capitalize() + ".",
            )
    return values


def changed(images: np.ndarray, config: TrainConfig, *, seed: int) -> np.ndarray:
    """Pictures uint8 (n, 28, 28) as they are and TIMES times augmented, (n, 1 + TIMES, 28, 28)."""
    import torch

    from hwr.augment import augment

    pictures = torch.from_numpy(np.repeat(images, TIMES, 0))[:, None].float() / 255
    seen = augment(pictures, config, torch.Generator().manual_seed(seed))
    drawn = (seen * 255).round().clamp(0, 255).byte().numpy().reshape(len(images), TIMES, 28, 28)
    return np.concatenate([images[:, None], drawn], 1)


def _columns() -> list[Any]:
    left, right = st.columns(2, gap="medium")
    return [left, right] * len(NAMES)


def _others() -> None:
    st.session_state.data_augment_turn += 1


def _defaults() -> None:
    for name in NAMES:
        st.session_state[f"data_augment_{name}"] = FIELDS[name].default
