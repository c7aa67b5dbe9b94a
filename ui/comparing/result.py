"""What a comparison has found: the table, the recommendation, the tests of each pair, and all of it to download."""

from __future__ import annotations

from functools import partial

import streamlit as st

from hwr.compare import Comparison, Row
from hwr.compare.report import heading, probability, to_csv, to_html, to_json
from ui import exporting
from ui.answers import PERCENT, in_percent, plain, share
from ui.comparing.choice import Chosen
from ui.comparing.details import show_details
from ui.comparing.progress import start

NARROW = "\u202f"  # a space at which no line breaks


def show_result(found: Comparison) -> None:
    """The table and what follows from it; the details are below."""
    st.subheader(plain(heading(found)), anchor=False)
    if len(found.rows) > 1:
        st.markdown(f":material/recommend: {plain(found.recommendation.replace(' %', NARROW + '%'))}")
    table(found)
    doubts = {row.doubt for row in found.rows}
    for note in found.notes:
        st.caption(f":material/warning: {plain(note)}" if note in doubts else plain(note))
    downloads(found)
    show_details(found)


def table(found: Comparison) -> None:
    """A row a model."""
    st.dataframe(
        [_line(row) for row in found.rows],
        column_config={
            "Accuracy": st.column_config.NumberColumn(format=PERCENT),
            "95 % interval": st.column_config.TextColumn(help="Wilson's interval of the accuracy."),
            "Loss": st.column_config.NumberColumn(format="%.4f", help="Mean cross-entropy; lower is better."),
            "Calibration error": st.column_config.NumberColumn(
                format=PERCENT, help="Mean gap between confidence and accuracy over 15 bins."
            ),
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "File": st.column_config.NumberColumn(format="%.1f MB"),
            "One character": st.column_config.NumberColumn(format="%.2f ms", help="Median, measured here."),
            "A batch": st.column_config.NumberColumn(
                format="%.0f ms", help=f"Median for {found.rows[0].figures['batch']} characters at once."
            ),
        },
        hide_index=True,
        key="compare_table",
        alt="The figures of each model",
    )


def _line(row: Row) -> dict[str, object]:
    figures = row.figures
    low, high = figures["interval"]
    return {
        "Model": row.name + (" ⚠" if row.doubt else ""),
        "Accuracy": in_percent(figures["accuracy"]),
        "95 % interval": f"{share(low)} to {share(high)}",
        "Loss": figures["loss"],
        "Calibration error": in_percent(figures["calibration_error"]),
        "Network": row.model.info["model"],
        "Parameters": figures["parameters"],
        "File": figures["bytes"] / 1e6,
        "One character": figures["glyph_ms"],
        "A batch": figures["batch_ms"],
    }


def show_significance(found: Comparison) -> None:
    """McNemar's test of every two models."""
    if not found.pairings:
        st.caption("This needs two models.")
        return
    lines = [
        {
            "Better": item.first,
            "Other": item.second,
            "Only the better is right": item.only_first,
            "Only the other is right": item.only_second,
            "p": probability(item.p),
            "Difference": "significant" if item.significant else "may be chance",
        }
        for item in found.pairings
    ]
    st.dataframe(lines, hide_index=True, key="compare_pairs", alt="McNemar's test of every two models")
    st.caption(
        "McNemar's exact test on the same pictures: p is how often chance alone would part two equally good models so far. "
        "Significant means at most 5 % for all pairs together (Holm)."
    )


def downloads(found: Comparison) -> None:
    """The report in three formats, and a button that measures all of it again."""
    with st.container(horizontal=True, gap="small"):
        for name, make, mime, text in (
            ("HTML", to_html, "text/html", "All of it with charts and pictures, one file to open without a network."),
            ("CSV", to_csv, "text/csv", "The table, a row a model."),
            ("JSON", to_json, "application/json", "All figures, confusion and tests."),
        ):
            st.download_button(
                name,
                partial(make, found),
                f"compare-{found.question.dataset.replace(':', '-').replace('/', '-')}.{name.lower()}",
                mime,
                key=f"compare_{name.lower()}",
                icon=":material/download:",
                on_click="ignore",
                help=text,
            )
        again = Chosen({row.name: row.model.path for row in found.rows}, found.question.dataset)
        st.button(
            "Measure again",
            icon=":material/refresh:",
            key="compare_again",
            type="tertiary",
            on_click=start,
            args=(again,),
            kwargs={"fresh": True},
            disabled="compare_job" in st.session_state,
            help="What was measured before is kept until a model, the pictures or the code change.",
        )
        st.fragment(exporting.offer)("compare", {row.name: row.model.path for row in found.rows})
