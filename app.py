"""Home: a small sheet that reads at once, and the way to each page."""

import streamlit as st

import ui
from hwr.errors import HwrError
from hwr.results import Glyph

SIDE, PEN = 400, 24


@st.fragment
def try_it() -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        side = ui.canvas_width("home", SIDE)
        pad = ui.Pad(side, side, PEN)
        drawn = ui.canvas("home", pad)
        with st.container(horizontal=True):
            ui.tools("home", pad, "3")
        ui.measure("home")
    with right.container(width=480):
        choice = ui.Choice()
        glyphs: tuple[Glyph, ...] = ()
        text = ""
        try:
            page = choice.read_drawing(drawn, pad, ui.AUTO)
            glyphs, text = page.glyphs, page.text
        except HwrError as error:
            st.error(ui.plain(str(error)), icon=":material/error:")
        ui.show_answer(glyphs, ui.hint(drawn), text)
        ui.show_bars(glyphs[0] if len(glyphs) == 1 else None, "home_bars")
    choice.warm()


def doors() -> None:
    """The way to each page, with a line on what is there."""
    others = [entry for name, entry in ui.PAGES.items() if name != "home"]
    columns = [column for _ in range(0, len(others), 3) for column in st.columns(3)]
    for column, entry in zip(columns, others, strict=False):
        with column.container(border=True, gap="xsmall"):
            st.page_link(entry.file, label=f"**{entry.invitation}**", icon=entry.icon)
            st.caption(entry.line)


with ui.page("home"):
    st.header("Write a letter or a digit", anchor=False)
    sheet = st.container()
    doors()  # there before the weights are loaded
    with sheet:
        try_it()
