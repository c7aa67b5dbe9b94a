"""Why the network answered so: where it looked, its layers, the nearest training pictures, and what would change the answer.

One glyph at a time, with the network for characters of a Recognizer. What needs gradients or layers works on a copy of the
network (network.private), for the network itself is shared between threads. Not here: anything of Streamlit.
"""

from hwr.explain.change import Change, what_would_change
from hwr.explain.gradients import attributions, grad_cam, saliency
from hwr.explain.maps import contact_sheet, feature_maps
from hwr.explain.neighbours import Index, Neighbour, index, index_key, kept_index, nearest, teachers
from hwr.explain.network import Layer, layers

__all__ = [
    "Change",
    "Index",
    "Layer",
    "Neighbour",
    "attributions",
    "contact_sheet",
    "feature_maps",
    "grad_cam",
    "index",
    "index_key",
    "kept_index",
    "layers",
    "nearest",
    "saliency",
    "teachers",
    "what_would_change",
]
