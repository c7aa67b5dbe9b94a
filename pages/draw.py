"""Draw: write on a large sheet, have it read at each stroke, and see what the network sees and where it looked."""

import contextlib

import numpy as np
import streamlit as st

import ui
from hwr import drawing, figures
from hwr.errors import HwrError
from hwr.results import Glyph
from ui import explaining, exporting

LAYOUTS = {"Automatic": ui.AUTO, "One character": "char", "Several": "page"}
SAMPLES = {ui.AUTO: "7", "char": "7", "page": "314"}
WIDTH, HEIGHT, PEN = 640, 440, 22
NOTHING = np.zeros((28, 28), dtype=np.uint8)


@st.fragment
def draw() -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        width = ui.canvas_width("draw", WIDTH)
        pad = ui.Pad(width, min(width, HEIGHT), st.session_state.get("draw_pen", PEN))
        layout = LAYOUTS[st.session_state.get("draw_layout", "Automatic")]
        drawn = ui.canvas("draw", pad)
        tools(pad, layout)
        to_read = modes(drawn)
        ui.measure("draw")
    choice = ui.choose("draw", (3, 2))
    export, why = st.container(), st.container()
    with right:
        glyph = answer(choice, to_read, pad, layout)
    choice.warm()
    with export:
        take_along(choice)
    with why, contextlib.suppress(HwrError):  # told where the answer stands
        explaining.explain("draw", explaining.Subject.of(choice, glyph), "Write a character first.")
    explaining.warm()


def tools(pad: ui.Pad, layout: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        ui.tools("draw", pad, SAMPLES[layout])
        with st.container(horizontal=True, vertical_alignment="center", width=190, gap="xsmall"):
            st.markdown(":material/brush:", width="content")
            st.slider(
                "Pen", 6, 40, PEN, key="draw_pen", persist_state="session", label_visibility="collapsed", width=140
            )


def modes(drawn: drawing.Drawing) -> drawing.Drawing | None:
    """One character or several, read at each stroke or at the press of a button; gives the drawing to read."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "How many",
            LAYOUTS,
            default="Automatic",
            required=True,
            key="draw_layout",
            persist_state="session",
            label_visibility="collapsed",
        )
        live = st.toggle("Live", value=True, key="draw_live", persist_state="session")
        if live or st.button("Classify", icon=":material/search:", key="draw_classify", type="primary"):
            st.session_state.draw_to_read = drawn
    return st.session_state.get("draw_to_read")


def take_along(choice: ui.Choice) -> None:
    """The model that reads here as a file for other programs; those for lines are not exported."""
    with contextlib.suppress(HwrError):  # told where the answer stands
        exporting.offer("draw", choice.weights())


def answer(choice: ui.Choice, drawn: drawing.Drawing | None, pad: ui.Pad, layout: str) -> Glyph | None:
    """What was read, or what to do first; gives the character that is looked at."""
    glyphs: tuple[Glyph, ...] = ()
    text = ""
    try:
        page = choice.read_drawing(drawn, pad, layout)
        glyphs, text = page.glyphs, page.text
    except HwrError as error:
        st.error(ui.plain(str(error)), icon=":material/error:")
    ui.show_answer(glyphs, ui.hint(drawn, layout), text)
    glyph = glyphs[picked(glyphs)] if glyphs else None
    ui.correct("draw", glyph, lambda: cut_out(drawn, pad, glyph), page="draw", weights=choice.model)
    details(choice, glyph)
    return glyph


def cut_out(drawn: drawing.Drawing | None, pad: ui.Pad, glyph: Glyph | None) -> np.ndarray:
    """The ink of one glyph on the sheet."""
    x0, y0, x1, y1 = glyph.box if glyph else (0, 0, 0, 0)
    return drawing.ink(drawn, width=pad.width, height=pad.height)[y0:y1, x0:x1]


def details(choice: ui.Choice, glyph: Glyph | None) -> None:
    """For one glyph: its five likeliest characters, what the network sees, where it looked."""
    ui.show_bars(glyph, "draw_bars")
    seen, looked = st.columns(2, wrap=False)
    image = NOTHING if glyph is None or glyph.image is None else glyph.image
    seen.caption("What the network sees")
    seen.plotly_chart(figures.glyph(image), key="draw_glyph", config=ui.CHART, alt="The glyph as the network sees it")
    looked.caption("Where it looked")
    weights = ui.looked(choice, glyph)
    looked.plotly_chart(figures.saliency(image, weights), key="draw_looked", config=ui.CHART, alt="Where it looked")


def picked(glyphs: tuple[Glyph, ...]) -> int:
    """Which of several characters to look at."""
    if len(glyphs) < 2:
        return 0
    return st.pills(
        "Look at",
        range(len(glyphs)),
        format_func=lambda place: glyphs[place].char,
        default=0,
        required=True,
        key=f"draw_picked_{len(glyphs)}",
        label_visibility="collapsed",
    )


with ui.page("draw"):
    draw()
