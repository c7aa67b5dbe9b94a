"""The shared Streamlit code of the pages. Not here: anything that works without Streamlit (that is in hwr)."""

from ui.answers import CHART, hint, plain, show_answer, show_bars, sureness
from ui.correct import correct
from ui.frame import PAGES, Entry, page
from ui.models import AUTO, AUTOMATIC, CHARSETS, Choice, choose, looked, recognizer
from ui.sheet import Pad, canvas, canvas_width, measure, sheet, tools

__all__ = [
    "AUTO",
    "AUTOMATIC",
    "CHARSETS",
    "CHART",
    "PAGES",
    "Choice",
    "Entry",
    "Pad",
    "canvas",
    "canvas_width",
    "choose",
    "correct",
    "hint",
    "looked",
    "measure",
    "page",
    "plain",
    "recognizer",
    "sheet",
    "show_answer",
    "show_bars",
    "sureness",
    "tools",
]
