"""Corrections kept for training: the ink of each glyph that a person has said the character of goes to the dataset `mine`."""

from __future__ import annotations

import streamlit as st

from hwr import readonly
from hwr.data import data_folder
from hwr.errors import HwrError
from hwr.mine import Mine, Sample
from hwr.results import Glyph
from ui.answers import plain
from ui.reading.desk import Desk, Kept, Scan
from ui.reading.pictures import seen

NONE = "No corrections to keep"


def keep(now: Desk) -> None:
    """How many corrections can be kept, on all pages, and the press that does it; the last press can be taken back.

    Nothing in read-only mode.
    """
    if readonly.active():
        return
    count = sum(len(scan.corrections()) for scan in now.read)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Keep {count} {'correction' if count == 1 else 'corrections'} for training" if count else NONE,
            icon=":material/inventory_2:",
            key="read_keep",
            disabled=not count,
            on_click=_keep,
            args=(now,),
            help="The pictures of the characters that you corrected go to your own: Train, My handwriting.",
        )
        last: list[tuple[Scan, int]] = st.session_state.get("read_kept", [])
        if last:
            st.button(
                f"Take {len(last)} back",
                icon=":material/undo:",
                key="read_take_back",
                type="tertiary",
                on_click=_take_back,
            )
    if said := st.session_state.pop("read_said", ""):
        st.toast(plain(said), icon=":material/inventory_2:")


def _keep(now: Desk) -> None:
    kept, blank = [], 0
    try:
        for scan in now.read:
            for glyph in scan.corrections():
                if _keep_one(scan, glyph):
                    kept.append((scan, glyph.number))
                else:
                    blank += 1
    except HwrError as error:
        st.session_state.read_said = str(error)
    else:
        rest = f" {blank} had no ink in the box, or no single character, and were left out." if blank else ""
        st.session_state.read_said = f"Kept {len(kept)} for training: Train, My handwriting.{rest}"
    st.session_state.read_kept = kept


def _keep_one(scan: Scan, glyph: Glyph) -> bool:
    """Whether a glyph's ink could be kept; raises HwrError when nothing can be written."""
    mine = Mine.at(data_folder())
    mine.room()
    layout = scan.settings.layout if scan.settings else "page"
    ink = seen(scan, layout).ink_of(glyph.box)
    old = scan.kept.get(glyph.number)
    sample = None
    if ink.any() and len(glyph.char) == 1:
        read = glyph.alternatives[0][0] if glyph.alternatives else ""
        sample = mine.add(glyph.char, ink, page="read", file=scan.name, box=list(glyph.box), read=read)
    if old and old.sample and (sample is None or old.sample.key != sample.key):
        mine.remove([old.sample])
    scan.kept[glyph.number] = Kept(glyph.char, glyph.box, sample)
    return sample is not None


def _take_back() -> None:
    """Removes what was kept last."""
    last: list[tuple[Scan, int]] = st.session_state.pop("read_kept", [])
    gone: list[Sample] = []
    for scan, number in last:
        kept = scan.kept.pop(number, None)
        gone += [kept.sample] if kept and kept.sample else []
    try:
        Mine.at(data_folder()).remove(gone)
        st.session_state.read_said = "Taken back: they are not kept."
    except HwrError as error:
        st.session_state.read_said = str(error)
