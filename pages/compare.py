"""Compare: models side by side on the same pictures."""

import ui
from ui import comparing

with ui.page("compare"):
    comparing.show()
