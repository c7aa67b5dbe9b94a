"""Which dataset is looked at; it stands in the address (`?dataset=mnist`), so that a reload shows the same."""

from __future__ import annotations

import streamlit as st

from hwr.data import DATASETS, data_folder, is_here
from hwr.mine import Mine
from hwr.survey import Subject

HELP = "Type folder:PATH for a folder with one sub-folder a character, or join datasets with +."
KEY = "data_dataset"


def choose() -> Subject | None:
    """The dataset chosen; at first one that is here."""
    folder = data_folder()
    names = list(DATASETS)
    if KEY not in st.session_state:
        st.session_state[KEY] = st.query_params.get("dataset") or next(name for name in names if is_here(name, folder))
    now = st.session_state[KEY]
    name = st.selectbox(
        "Dataset",
        names if now in (None, *names) else [*names, now],
        key=KEY,
        persist_state="session",
        format_func=_label,
        accept_new_options=True,
        help=HELP,
    )
    if not name:
        st.caption("Choose a dataset: what it holds stands here.")
        return None
    st.query_params["dataset"] = name
    return Subject(name.strip(), folder)


def where_to_begin(subject: Subject) -> None:
    """The way to one's first own pictures, where there are none yet."""
    if subject.name == "mine" and not Mine.at(subject.folder).counts():
        st.page_link("pages/draw.py", label="Draw and correct", icon=":material/draw:")
        st.page_link(
            "pages/train.py", label="Bring in a zip", icon=":material/folder_zip:", query_params={"view": "mine"}
        )


def _label(name: str) -> str:
    if name not in DATASETS:
        return name
    away = "" if is_here(name, data_folder()) else " (not here yet)"
    return f"{name}: {DATASETS[name].summary}{away}"
