"""Read: turn photos, scans, PDFs and camera pictures into text, and correct it, with a box around each character."""

import streamlit as st

import ui
from hwr.errors import HwrError
from ui import reading

LAYOUTS = {"A page": "page", "One line": "line", "One character": "char"}
EMPTY = "Add a picture, take one, or try the sample: the text stands here, with a box for each character."


def settings() -> tuple[ui.Choice, str]:
    choice = ui.choose("read")
    layout = st.segmented_control(
        "The picture shows", LAYOUTS, default="A page", required=True, key="read_layout", persist_state="session"
    )
    return choice, LAYOUTS[layout]


def read_and_show(choice: ui.Choice, layout: str) -> None:
    """What lies on the desk: read, shown, corrected, downloaded."""
    now = reading.desk()
    chosen = None
    try:
        chosen = reading.settings_for(choice, layout)
        reading.reading(now, chosen)
    except HwrError as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
    reading.problems(now)
    scan = reading.choose(now)
    if scan and scan.history and scan.settings:
        reading.view(scan, chosen or scan.settings)
    elif scan:
        st.caption("This page is not read yet.")


def intake() -> tuple[ui.Choice, str]:
    """Where pages come in, and how they are read; folded up when there is something to look at."""
    empty = not reading.desk().scans
    place = st.container() if empty else st.expander("Add pages, or read in another way", icon=":material/add:")
    with place:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            reading.intake()
        with right:
            return settings()


with ui.page("read"):
    choice, layout = intake()
    if reading.desk().scans or reading.desk().problems:
        read_and_show(choice, layout)
    else:
        st.caption(EMPTY)
    choice.warm()
