"""Webcam: handwriting held before the camera is read as it moves."""

import ui
from ui import webcam

with ui.page("webcam"):
    webcam.show()
