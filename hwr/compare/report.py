"""A comparison as a file: HTML that needs nothing else, CSV with a row a model, JSON with all of it; and as text."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from hwr import curve_figures
from hwr.compare import charts
from hwr.compare.advice import Pairing
from hwr.compare.table import Comparison, Confused, Row

COLUMNS = (
    *("model", "network", "accuracy", "low", "high", "loss", "calibration_error", "images", "classes"),
    *("parameters", "bytes", "glyph_ms", "batch_ms", "batch", "doubt"),
)
STYLE = (
    "<style>table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid #d8cdb8;text-align:right;white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left}img{border:1px solid #d8cdb8;margin:1px}</style>"
)


def line(row: Row) -> dict[str, Any]:
    """A row of the table: plain values by COLUMNS."""
    low, high = row.figures["interval"]
    about = {"model": row.name, "network": row.model.info["model"], "classes": row.classes, "doubt": row.doubt or ""}
    values = {**about, **row.figures, "low": round(low, 6), "high": round(high, 6)}
    return {key: values[key] for key in COLUMNS}


def to_csv(comparison: Comparison) -> str:
    """The table with a row a model; shares in [0, 1], times in milliseconds."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(line(row) for row in comparison.rows)
    return out.getvalue()


def to_json(comparison: Comparison) -> str:
    """All figures, the tests of each pair and the recommendation."""
    found = {
        "dataset": comparison.question.dataset,
        "part": comparison.question.part,
        "classes": comparison.question.classes,
        "recommendation": comparison.recommendation,
        "notes": list(comparison.notes),
        "models": comparison.to_dicts(),
    }
    return json.dumps(found, ensure_ascii=False, indent=1)


def to_html(comparison: Comparison) -> str:
    """The whole comparison as one page: tables, charts and the pictures of the most confused pairs."""
    rows = comparison.rows
    parts = [STYLE, *(f"<p>{html.escape(note)}</p>" for note in comparison.notes), _table(HEADS, map(_cells, rows))]
    if comparison.pairings:
        parts += ["<h2>Is the difference more than chance?</h2>", _table(PAIR_HEADS, map(_pair, comparison.pairings))]
    parts.append("<h2>F1 of each class</h2>" + _classes(rows))
    for row in rows:
        parts.append(f"<h2>Most confused by {html.escape(row.name)}</h2>" + _pairs(row))
    figures = [charts.tradeoff(rows), charts.calibration(rows)]
    figures[0].update_layout(title="Accuracy and time")
    figures[1].update_layout(title="Calibration")
    figures += [charts.confusion(row).update_layout(title=f"Confusion of {row.name}") for row in rows]
    for figure in figures:
        figure.update_layout(margin_t=48)
    return curve_figures.web_page(figures, heading(comparison), comparison.recommendation, before="".join(parts))


def heading(comparison: Comparison) -> str:
    """What was compared on what."""
    rows, asked = comparison.rows, comparison.question
    who = rows[0].name if len(rows) == 1 else f"{len(rows)} models"
    pictures = counted(rows[0].figures["images"], "picture")
    return f"{who} on {asked.dataset} {asked.part}, {pictures} of {counted(len(asked.classes), 'class', 'classes')}"


def counted(count: int, noun: str, nouns: str = "") -> str:
    """A number of things, for reading: "1 picture", "1,200 pictures"."""
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


HEADS = ("model", "accuracy", "95 %", "loss", "calibration error", "parameters", "file", "one character", "a batch")
PAIR_HEADS = ("better", "other", "only the better right", "only the other right", "p", "")


def _cells(row: Row) -> list[str]:
    figures = row.figures
    low, high = figures["interval"]
    return [
        row.name + (" *" if row.doubt else ""),
        f"{figures['accuracy']:.2%}",
        f"{low:.2%} to {high:.2%}",
        f"{figures['loss']:.4f}",
        f"{figures['calibration_error']:.2%}",
        f"{figures['parameters']:,}",
        f"{figures['bytes'] / 1e6:.1f} MB",
        f"{figures['glyph_ms']:.2f} ms",
        f"{figures['batch_ms']:.0f} ms for {figures['batch']}",
    ]


def _pair(item: Pairing) -> list[str]:
    told = "significant" if item.significant else "may be chance"
    return [item.first, item.second, f"{item.only_first:,}", f"{item.only_second:,}", probability(item.p), told]


def probability(p: float) -> str:
    """A p value for reading."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _classes(rows: Sequence[Row]) -> str:
    found = [row.per_class() for row in rows]
    lines = (
        [char, f"{found[0][char]['images']:,}", *(f"{figures[char]['f1']:.4f}" for figures in found)]
        for char in rows[0].classes
    )
    return _table(("class", "pictures", *(row.name for row in rows)), lines)


def _pairs(row: Row) -> str:
    shown = [f"<p>{html.escape(_words(pair))}<br>{_images(row, pair)}</p>" for pair in row.confused()]
    return "".join(shown) or "<p>No mistakes.</p>"


def _words(pair: Confused) -> str:
    return f"{pair.true} read as {pair.read}: {counted(pair.count, 'time')}"


def _images(row: Row, pair: Confused) -> str:
    return "".join(f'<img alt="" src="{data_url(image)}">' for image in row.pictures(pair.places).values())


def data_url(image: np.ndarray, side: int = 56) -> str:
    """A glyph as dark ink on white, enlarged, as the address of a PNG that holds it."""
    out = io.BytesIO()
    Image.fromarray(255 - image).resize((side, side), Image.Resampling.BICUBIC).save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for cells in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def to_text(comparison: Comparison) -> str:
    """The table, the tests of each pair, the recommendation and the notes, to print."""
    lines = [heading(comparison), *_aligned([HEADS, *map(_cells, comparison.rows)])]
    if comparison.pairings:
        lines += ["", *_aligned([PAIR_HEADS, *map(_pair, comparison.pairings)])]
    lines += ["", comparison.recommendation] if len(comparison.rows) > 1 else []
    return "\n".join(
        lines
        + [f"* {note}" if any(note == row.doubt for row in comparison.rows) else note for note in comparison.notes]
    )


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Cells under each other: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in table
    ]
