"""Train: start a training, watch it, compare runs, use what was learned."""

import ui
from ui import training

with ui.page("train"):
    training.show()
