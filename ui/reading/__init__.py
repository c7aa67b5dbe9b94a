"""The Read page's parts: what comes in, reading it, one page with its boxes and text, what goes out."""

from ui.reading.desk import desk
from ui.reading.intake import intake, problems
from ui.reading.progress import reading, settings_for
from ui.reading.view import choose, view

__all__ = ["choose", "desk", "intake", "problems", "reading", "settings_for", "view"]
