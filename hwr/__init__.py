"""Handwriting recognition: from any picture to ink, from ink to glyphs, from glyphs to text.

Light on purpose: importing it loads neither torch nor streamlit; `hwr.Recognizer` is loaded when first asked for.
"""

import os
from typing import TYPE_CHECKING, Any

# Idle worker threads must sleep, not spin: beside another busy process spinning makes everything many times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from hwr.recognize import Recognizer

__version__ = "0.1.0"
__all__ = ["Recognizer", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Recognizer":
        from hwr.recognize import Recognizer

        return Recognizer
    raise AttributeError(f"module 'hwr' has no attribute {name!r}")
