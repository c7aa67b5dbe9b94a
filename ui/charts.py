"""Charts that stay while their data change: a zoom is kept and nothing flickers (see charts.js for why).

Plotly's own code is that of the installed package; it goes to each browser once.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

_charts = st.components.v2.component(
    "hwr_charts", js=Path(__file__).with_name("charts.js").read_text(encoding="utf-8"), isolate_styles=False
)


@functools.cache
def _plotly() -> Any:
    from plotly.offline import get_plotlyjs

    return st.components.v2.component("hwr_plotly", js=f"{get_plotlyjs()}\nexport default () => {{}};")


def load() -> None:
    """Brings Plotly's code to the browser; stands outside of what comes again each second."""
    _plotly()(key="plotly_code", height=1)


@dataclass(frozen=True)
class Bar:
    """How far something is: its name, in words, as a share in [0, 1], and more about it in small print."""

    name: str
    text: str
    share: float
    about: str = ""


def charts(figures: dict[str, go.Figure | dict], key: str, *, bars: Sequence[Bar] = (), hint: str = "") -> None:
    """Figures, or their plain data, by what they show, side by side where there is room; a camera saves each as PNG.

    Bars stand above them, a hint below: all that changes each second is one element, for each one takes time from a
    training on the same machine.
    """
    shown = [_chart(name, figure if isinstance(figure, dict) else figure.to_dict()) for name, figure in figures.items()]
    told = {"bars": [asdict(bar) for bar in bars], "charts": shown, "hint": hint}
    _charts(key=key, data=json.dumps(told).encode())


def _chart(name: str, figure: dict) -> dict[str, Any]:
    """A figure as charts.js takes it, without Plotly's own theme: the page has one."""
    layout = {part: value for part, value in figure["layout"].items() if part != "template"}
    return {
        "name": name,
        "alt": layout["title"]["text"] or name,
        "picture": f"hwr-{name}",
        "height": layout["height"],
        "figure": json.dumps(figure | {"layout": layout}, default=_numbers),
    }


def _numbers(array: np.ndarray) -> Any:
    """An array as Plotly's own code takes it: float32 as its bytes, else a list."""
    if array.ndim == 1 and array.dtype == np.float32 and len(array):
        return {"dtype": "f4", "bdata": base64.b64encode(array.tobytes()).decode()}
    return array.tolist()
