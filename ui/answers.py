"""How an answer is shown: its text, how sure it is, the best five."""

from __future__ import annotations

import streamlit as st

from hwr import drawing, figures
from hwr.results import Glyph

CHART = {"displayModeBar": False}
PERCENT = "%.2f %%"
EMPTY = "Write on the sheet: it is read as you lift the pen. Or try the sample."
NONE = "There is nothing here that looks like a character."
NOT_ONE = "That does not look like a character. For more than one, choose Several or Automatic."


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~$:^=&" else char for char in text)


def hint(drawn: drawing.Drawing | None, layout: str = "") -> str:
    """What stands under a sheet without an answer: what to do first, or that its ink, read by `layout`, is no character."""
    if drawing.is_blank(drawn):
        return EMPTY
    return NOT_ONE if layout == "char" else NONE


def show_answer(glyphs: tuple[Glyph, ...], hint: str, text: str = "") -> None:
    """What was read, large (long texts smaller), and how sure that is; `hint` stands there while it is nothing."""
    text = text or "".join(glyph.char for glyph in glyphs)
    shown = "  \n".join(plain(line) for line in text.split("\n")) or "…"
    (st.title if len(text) <= 8 else st.header)(shown, anchor=False)
    st.caption(sureness(glyphs) if glyphs else hint)


def share(accuracy: float) -> str:
    """An accuracy in [0, 1] for reading: "93.40 %", as in a table's column of PERCENT."""
    return f"{100 * accuracy:.2f} %"


def in_percent(accuracy: float | None) -> float | None:
    """An accuracy in [0, 1] for a table's column of PERCENT."""
    return None if accuracy is None else 100 * accuracy


def sureness(glyphs: tuple[Glyph, ...]) -> str:
    """How sure an answer is, in words: its least sure character, and what it could be instead when that is in doubt."""
    least = min(glyphs, key=lambda glyph: glyph.confidence)
    sure = f"{figures.percent(least.confidence)} sure"
    if len(glyphs) > 1:
        sure = f"{len(glyphs)} characters, at least {sure}"
    others = [char for char, _ in least.alternatives if char != least.char]
    doubt = f"; {least.char} could be {others[0]}" if least.confidence < 0.6 and others else ""
    return sure + doubt


def show_bars(glyph: Glyph | None, key: str) -> None:
    """The best five characters for a glyph; empty axes of the same height without one."""
    chart = figures.bars(glyph.alternatives if glyph else [])
    st.plotly_chart(chart, key=key, config=CHART, alt="The five most likely characters")
