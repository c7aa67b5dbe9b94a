"""Writing before a camera: every frame is shown at once with the newest answer over it, and a thread reads the newest frame.

Reading takes longer than a frame lasts, so the two do not wait for each other. Not here: the camera and the page (ui/webcam).
"""

from hwr.live.frame import marked, read_frame
from hwr.live.steady import Steady
from hwr.live.stream import Live, Rate, Standing, Still

__all__ = ["Live", "Rate", "Standing", "Steady", "Still", "marked", "read_frame"]
