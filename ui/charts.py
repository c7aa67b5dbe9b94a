"""Charts that stay while their data change: a zoom is kept and nothing flickers (see charts.js for why).

Plotly's own code is that of the installed package; it goes to each browser once.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

PACE = 4000  # milliseconds between two drawings of a slow chart
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


def charts(figures: dict[str, go.Figure], key: str, *, slow: tuple[str, ...] = (), tag: str = "") -> None:
    """Figures by what they show, side by side where there is room; each can be saved as PNG by its camera.

    Those that are `slow` are drawn again after some seconds only, or at once when `tag` is another: drawing takes time from
    a training on the same machine.
    """
    shown = [
        {
            "name": name,
            "alt": figure.layout.title.text or name,
            "picture": f"hwr-{name}",
            "height": figure.layout.height,
            "figure": _json(figure),
            "pace": PACE if name in slow else 0,
            "tag": tag,
        }
        for name, figure in figures.items()
    ]
    _charts(key=key, data=json.dumps(shown).encode())


def _json(figure: go.Figure) -> str:
    """A figure without Plotly's own theme: the page has one."""
    from plotly.io import to_json

    parts = figure.to_dict()
    parts["layout"].pop("template", None)
    return to_json(parts, validate=False)
