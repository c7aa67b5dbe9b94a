"""Why this answer? One expander for every page that shows a glyph: its views (views), what they are made of (subject)."""

from ui.explaining.subject import Subject
from ui.explaining.views import VIEWS, explain, is_open, warm

__all__ = ["VIEWS", "Subject", "explain", "is_open", "warm"]
