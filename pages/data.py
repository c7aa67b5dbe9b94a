"""Data: what a dataset holds, likely label errors, near duplicates, a map; one's own pictures."""

import ui
from ui import surveying

with ui.page("data"):
    surveying.show()
