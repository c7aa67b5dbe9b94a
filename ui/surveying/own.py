"""The own dataset: browsed, relabelled, deleted and downloaded; with parts that My handwriting on Train has too."""

from __future__ import annotations

import streamlit as st

from hwr import readonly
from hwr.mine import Mine
from hwr.survey import Subject
from ui import own


def show(subject: Subject) -> None:
    """The pictures to choose from, and what can be done with the chosen ones."""
    mine = Mine.at(subject.folder)
    own.told()
    own.gallery(mine, mine.samples())
    if readonly.active():
        return
    st.page_link(
        "pages/train.py",
        label="Bring in more, or fine-tune on them",
        icon=":material/model_training:",
        query_params={"view": "mine"},
    )
