"""One page as it was read: its boxes, its text, and everything that can be done with them."""

from __future__ import annotations

import streamlit as st

from hwr import edit
from hwr.errors import HwrError
from hwr.results import Page
from ui.answers import plain, sureness
from ui.reading import look
from ui.reading.changes import Reader, hear
from ui.reading.desk import Desk, Scan, Settings, desk
from ui.reading.downloads import downloads
from ui.reading.editor import copy, editor, picture, told
from ui.reading.keep import keep

LEGEND = "Boxes are :green-badge[sure], :orange-badge[likely], :red-badge[doubtful] or :blue-badge[yours]."
BLANK = "No writing found here. Is the ink dark enough, and large enough in the picture? You can draw boxes, or type."


def choose(now: Desk) -> Scan | None:
    """Which page to look at, where there are several."""
    scans = now.good
    if not scans:
        return None
    numbers = [scan.number for scan in scans]
    if now.shown not in numbers:
        now.shown = numbers[0]
    if len(scans) == 1:
        _one(scans[0], now)
    else:
        _several(scans, now)
    return now.scan(now.shown)


def _one(scan: Scan, now: Desk) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(scan.name), anchor=False, width="stretch")
        _away(scan, now)


def _several(scans: list[Scan], now: Desk) -> None:
    numbers = [scan.number for scan in scans]
    at = numbers.index(now.shown)
    now.turns += st.session_state.get(f"read_page_{now.turns}", now.shown) != now.shown
    key = f"read_page_{now.turns}"
    st.session_state.setdefault(key, now.shown)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Page {at + 1} of {len(scans)}" + (", edited" if scans[at].edited else ""),
            numbers,
            key=key,
            format_func=lambda number: _title(scans, number),  # the browser tells it: it stays while pages are read
            on_change=_choose,
            args=(now, key),
        )
        for label, icon, to in (("Previous", "chevron_left", at - 1), ("Next", "chevron_right", at + 1)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"read_{label.lower()}",
                disabled=not 0 <= to < len(scans),
                on_click=_turn,
                args=(now, numbers[to % len(numbers)]),
            )
        _away(scans[at], now)


def _choose(now: Desk, key: str) -> None:
    if key == f"read_page_{now.turns}":
        now.shown = st.session_state[key]


def _title(scans: list[Scan], number: int) -> str:
    return next((f"{place}. {scan.name}" for place, scan in enumerate(scans, 1) if scan.number == number), "")


def _turn(now: Desk, number: int) -> None:
    now.shown = number


def _away(scan: Scan, now: Desk) -> None:
    st.button(
        "Put away",
        icon=":material/close:",
        key="read_away",
        type="tertiary",
        on_click=now.remove,
        args=(scan.number,),
        help="Takes this page off, with its edits. What was kept for training stays.",
    )


def view(scan: Scan, settings: Settings) -> None:
    """A page that was read; its picture goes to the browser once, and what changes is one fragment."""
    _view(scan.number, settings)
    try:
        picture(scan)
    except HwrError as error:
        st.error(plain(str(error)), icon=":material/error:")


@st.fragment
def _view(number: int, settings: Settings) -> None:
    scan = desk().scan(number)
    if scan is None or scan.history is None:
        return
    for problem in hear(scan, told(scan).get("edits"), Reader(scan, settings)):
        st.toast(plain(problem), icon=":material/error:")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        editor(scan, tell=look.is_open())
        st.caption(LEGEND)
    with right:
        _text(scan)
        _standing(scan, scan.history, settings)
        keep(desk())
        downloads(desk())
    look.look(scan, settings)
    look.why(scan, settings)


def _text(scan: Scan) -> None:
    """The text, to be edited; what does not come from the text area is put into it."""
    page = scan.history.page if scan.history else None
    if page is None:
        return
    # A new area for a text that was changed elsewhere: the browser may send what it held before, as if it had been typed.
    scan.texts += st.session_state.get(_area(scan), page.text) != page.text
    key = _area(scan)
    st.session_state.setdefault(key, page.text)
    lines = max(4, min(16, len(page.lines) + 1))
    st.text_area("Text", key=key, height=24 * lines + 20, on_change=_typed, args=(scan, key))
    if problem := st.session_state.pop("read_text_problem", ""):
        st.error(plain(problem), icon=":material/error:")


def _area(scan: Scan) -> str:
    return f"read_text_{scan.number}_{scan.texts}"


def _typed(scan: Scan, key: str) -> None:
    """The boxes follow the text, and the text area shows it as the page holds it."""
    if scan.history is None or key != _area(scan):  # an area that is gone tells once more what it held
        return
    try:
        scan.history.push(edit.with_text(scan.history.page, st.session_state[key]))
    except HwrError as error:
        st.session_state.read_text_problem = str(error)
    st.session_state[key] = scan.history.page.text


def _standing(scan: Scan, history: edit.History, settings: Settings) -> None:
    """How sure the page is, and the ways back."""
    st.caption(_sure(history.page))
    with st.container(horizontal=True):
        copy(history.page.text, f"read_copy_{scan.number}")
        st.button(
            "Back to what was read",
            icon=":material/restart_alt:",
            key="read_restore",
            disabled=not history.edited,
            on_click=history.restore,
        )
        if scan.edited and scan.settings != settings:
            again = st.button(
                "Read again",
                icon=":material/refresh:",
                key="read_again",
                on_click=_ask_again,
                args=(scan,),
                help="Model, characters or layout have changed. This page was edited and stays as it is until you press; "
                "Undo brings the edits back.",
            )
            if again:
                st.rerun()


def _ask_again(scan: Scan) -> None:
    scan.again = True
    desk().halted = None


def _sure(page: Page) -> str:
    said = sum(glyph.corrected for glyph in page.glyphs)
    unsaid = tuple(glyph for glyph in page.glyphs if not glyph.corrected)
    if not page.glyphs:
        return BLANK
    yours = f"{said} said by you" if said else ""
    return "; ".join(part for part in (sureness(unsaid) if unsaid else "", yours) if part)
