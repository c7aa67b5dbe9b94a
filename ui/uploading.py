"""A model that somebody brings to a page: taken in through one part, and to be chosen on every page of the session."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from hwr.errors import HwrError
from hwr.uploads import SUFFIXES, take_in
from ui.answers import plain

LABEL = "A .safetensors checkpoint or an .onnx file that hwr has written"


@dataclass(frozen=True)
class Page:
    """Where an upload comes to: the page's name, the names of the models there, and what chooses one of them; `lines` says
    whether models for lines are taken."""

    name: str
    known: Collection[str]
    choose: Callable[[str], None]
    lines: bool = True


def uploads() -> dict[str, Path]:
    """The models that were brought in this session, by their names; what is gone from the disk is left out."""
    kept = st.session_state.setdefault("uploads", {})
    for name in [name for name, path in kept.items() if not path.is_file()]:
        del kept[name]
    return kept


def told(page: str) -> str:
    """Why the last upload to a page was not taken; "" when it was."""
    return st.session_state.get(f"{page}_upload_told", "")


def offer(page: Page) -> None:
    """A place to drop a model, and why the last one was not taken."""
    key = f"{page.name}_upload_{st.session_state.get(f'{page.name}_upload_turn', 0)}"
    st.file_uploader(
        LABEL,
        key=key,
        on_change=_received,
        args=(key, page),
        help=f"{' or '.join(SUFFIXES)}. No other format is opened: many can hold a program that runs when they are.",
    )
    if sentence := st.session_state.pop(f"{page.name}_upload_told", ""):
        st.error(plain(sentence), icon=":material/error:")


def _received(key: str, page: Page) -> None:
    """Takes in an uploaded file and chooses it; of what is none of ours it says so."""
    file = st.session_state[key]
    if file is None:
        return
    try:
        path = take_in(file.name, file.getvalue(), lines=page.lines)
        name, number = path.stem, 1
        while name in page.known and uploads().get(name) != path:
            number += 1
            name = f"{path.stem} ({number})"
        uploads()[name] = path
        page.choose(name)
        st.toast(f"{plain(name)} is here and chosen.", icon=":material/check:")
    except HwrError as error:
        st.session_state[f"{page.name}_upload_told"] = str(error)
    st.session_state[f"{page.name}_upload_turn"] = st.session_state.get(f"{page.name}_upload_turn", 0) + 1
