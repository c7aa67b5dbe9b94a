"""What I see: the steps of reading a page, made when a person opens them to find out why something was misread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hwr import figures
from hwr.errors import HwrError
from hwr.results import Glyph
from ui import explaining
from ui.answers import CHART, plain, show_bars
from ui.models import looked
from ui.reading.desk import Scan, Settings
from ui.reading.editor import told
from ui.reading.pictures import seen

if TYPE_CHECKING:
    from hwr.steps import Steps

KEY = "read_steps"
CAPTIONS = {
    "Ink": "What was taken for ink, upright.",
    "Lines": "One colour a line. Pale is taken for no writing.",
    "Characters": "Blue is one character, rust may be several that touch, grey is a dot or a bar.",
}


def is_open() -> bool:
    return bool(st.session_state.get(KEY)) or explaining.is_open("read")


def look(scan: Scan, settings: Settings) -> None:
    """The steps, in an expander; nothing is made while it is closed."""
    box = st.expander("What I see", icon=":material/visibility:", key=KEY, on_change="rerun")
    if not box.open:
        return
    with box:
        try:
            steps = seen(scan, settings.layout)
        except HwrError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _pictures(steps)
        _picked(scan, steps, settings)


def _pictures(steps: Steps) -> None:
    from hwr.steps import line_picture, piece_picture, upright

    pictures = {"Ink": upright, "Lines": line_picture, "Characters": piece_picture}
    for column, (name, draw) in zip(st.columns(len(pictures), gap="medium"), pictures.items(), strict=True):
        column.markdown(f"**{name}**")
        column.image(draw(steps), width="stretch")
        column.caption(CAPTIONS[name])


def why(scan: Scan, settings: Settings) -> None:
    """Why the box that is picked in the editor was read so, in an expander of its own."""
    subject = None
    if explaining.is_open("read"):
        try:
            glyph = picked(scan)
            if glyph is not None:
                from hwr.steps import glyph_image

                image = glyph_image(seen(scan, settings.layout), glyph, settings.choice.recognizer().framing)
                subject = explaining.Subject(settings.weights, image, settings.choice.charset, glyph.char)
        except HwrError as error:
            st.error(plain(str(error)), icon=":material/error:")
    explaining.explain("read", subject, "Pick a box above to have its answer explained.")


def picked(scan: Scan) -> Glyph | None:
    """The glyph that is picked in the editor."""
    number = told(scan).get("picked")
    glyphs = scan.history.page.glyphs if scan.history else ()
    return next((glyph for glyph in glyphs if glyph.number == number), None)


def _picked(scan: Scan, steps: Steps, settings: Settings) -> None:
    """The glyph that is picked in the editor: what the network sees of it, its guesses, where it looked."""
    glyph = picked(scan)
    if glyph is None:
        st.caption("Pick a box above to see it as the network does.")
        return
    from hwr.steps import glyph_image

    recognizer = settings.choice.recognizer()
    image = glyph_image(steps, glyph, recognizer.framing)
    (read,) = recognizer.glyphs(image[None], [glyph.box], settings.choice.charset)
    left, middle, right = st.columns([1, 1, 2], gap="medium")
    left.caption(f"“{plain(glyph.char)}”: what the network sees")
    left.plotly_chart(figures.glyph(image), key="read_glyph", config=CHART, alt="The glyph as the network sees it")
    middle.caption(f"Where it looked to see “{plain(read.char)}”")
    where = looked(settings.choice, read)
    middle.plotly_chart(figures.saliency(image, where), key="read_looked", config=CHART, alt="Where it looked")
    with right:
        st.caption("What it takes this box for, looked at alone")
        show_bars(read, "read_bars")
