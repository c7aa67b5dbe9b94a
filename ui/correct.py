"""The correction of what was misread: "That was wrong, it is a ..." keeps the ink in the person's own dataset, `mine`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from hwr import readonly
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.mine import Mine
from hwr.results import Glyph
from ui.answers import plain


def correct(prefix: str, glyph: Glyph | None, ink: Callable[[], np.ndarray], **source: Any) -> None:
    """What to press when `glyph` was misread; `ink` gives its ink when it is to be kept, `source` where it came from.

    Nothing in read-only mode.
    """
    if readonly.active():
        return
    kept = st.session_state.get(f"{prefix}_kept")
    said = st.session_state.pop(f"{prefix}_said", "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = f"Not “{plain(glyph.char)}”?" if glyph else "Misread?"
        with st.popover(label, icon=":material/edit:", disabled=glyph is None, key=f"{prefix}_wrong"):
            ask(prefix, lambda: keep(prefix, ink(), {**source, "read": glyph.char if glyph else ""}))
        if kept is not None:
            st.button(
                f"Take “{plain(kept.char)}” back",
                icon=":material/undo:",
                key=f"{prefix}_take_back",
                type="tertiary",
                on_click=take_back,
                args=(prefix,),
            )
    if said:
        st.toast(plain(said), icon=":material/inventory_2:")


def ask(prefix: str, act: Callable[[], None]) -> None:
    """The right character, typed in."""
    with st.form(f"{prefix}_right_form", clear_on_submit=True, border=False):
        st.text_input("That was wrong, it is a", key=f"{prefix}_right", width=220)
        st.form_submit_button("Keep", icon=":material/check:", key=f"{prefix}_keep", on_click=act)
    if problem := st.session_state.pop(f"{prefix}_problem", ""):
        st.error(plain(problem), icon=":material/error:")
    st.caption("It goes to your own characters, to learn from: Train, My handwriting.")


def keep(prefix: str, ink: np.ndarray, source: dict[str, Any]) -> None:
    """Keeps ink under the character that was typed in, or says why not."""
    try:
        sample = Mine.at(data_folder()).add(st.session_state.get(f"{prefix}_right", ""), ink, **source)
    except HwrError as error:
        st.session_state[f"{prefix}_problem"] = str(error)
        return
    st.session_state[f"{prefix}_kept"] = sample
    st.session_state[f"{prefix}_said"] = f"Kept as {sample.char} among your own characters."


def take_back(prefix: str) -> None:
    """Removes what was kept last."""
    sample = st.session_state.pop(f"{prefix}_kept", None)
    try:
        Mine.at(data_folder()).remove([sample] if sample else [])
        st.session_state[f"{prefix}_said"] = "Taken back: it is not kept."
    except HwrError as error:
        st.session_state[f"{prefix}_problem"] = str(error)
