"""figures.py: what stands in the figures, not how Plotly draws them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from hwr import figures
from hwr.results import Glyph

SEVEN = Glyph("7", 0.98, (10, 20, 30, 60), (("7", 0.98), ("1", 0.015), ("<", 0.005)))


def luminance(color: str) -> float:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_confidence_runs_from_rust_to_green():
    assert figures.confidence_color(0.1) == figures.confidence_color(0.5) == "#c4532f"
    assert figures.confidence_color(0.8) == "#c9972b"
    assert figures.confidence_color(1.0) == "#3f8f78"


def test_percent_never_rounds_to_certainty():
    assert figures.percent(0.99996) == "99.9 %"
    assert figures.percent(0.5) == "50.0 %"
    assert figures.percent(1) == "100 %"
    assert figures.percent(0.0001) == "<0.1 %"
    assert figures.percent(0) == "0 %"


def test_bars_show_the_best_five_best_first():
    scores = [(char, 0.5 / (place + 1)) for place, char in enumerate("70123456")]
    trace = figures.bars(scores).data[0]
    assert trace.y == ("7", "0", "1", "2", "3")
    assert trace.text[0] == "50.0 %"
    assert trace.marker.color[0] == figures.confidence_color(0.5)


def test_bars_keep_digits_as_names_in_the_order_given():
    figure = figures.bars([("9", 0.9), ("1", 0.1)])
    assert figure.layout.yaxis.type == "category"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_bars_without_scores_keep_their_height():
    assert figures.bars([]).layout.height == figures.bars([("7", 1.0)]).layout.height


def test_glyph_carries_every_pixel_value():
    image = np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
    trace = figures.glyph(image).data[0]
    assert np.array_equal(trace.z, image)
    assert "%{z}" in trace.hovertemplate
    assert (trace.zmin, trace.zmax) == (0, 255)


def test_glyph_shows_the_top_row_on_top():
    bottom, top = figures.glyph(np.zeros((28, 28), np.uint8)).layout.yaxis.range
    assert bottom > top


def test_saliency_lies_over_the_glyph():
    weights = np.zeros((28, 28), np.float32)
    weights[3, 4] = 1
    under, over = figures.saliency(np.zeros((28, 28), np.uint8), weights).data
    assert np.argmax(over.z) == 3 * 28 + 4
    assert under.z.shape == over.z.shape
    assert over.colorscale[0][1].endswith(", 0)")


@pytest.mark.parametrize("shape", [(80, 100), (80, 100, 3)])
def test_boxes_stand_where_the_glyphs_are(shape):
    figure = figures.boxes(np.full(shape, 200, np.uint8), [SEVEN])
    rectangle = figure.layout.shapes[0]
    assert (rectangle.x0, rectangle.y0, rectangle.x1, rectangle.y1) == SEVEN.box
    assert rectangle.line.color == figures.confidence_color(0.98)
    assert figure.layout.xaxis.range == (0, 100)
    assert figure.layout.yaxis.range == (80, 0)
    assert figure.layout.annotations[0].text == "7"


def test_hover_escapes_what_would_be_markup():
    text = figures.boxes(np.zeros((80, 100), np.uint8), [SEVEN]).data[0].text[0]
    assert text == "<b>7</b> 98.0 %<br>1 1.5 %<br>&lt; 0.5 %"


def test_many_boxes_go_without_labels():
    many = [SEVEN] * (figures.MAX_LABELS + 1)
    figure = figures.boxes(np.zeros((80, 100), np.uint8), many)
    assert len(figure.layout.shapes) == len(many)
    assert not figure.layout.annotations


def test_a_large_picture_is_sent_smaller_but_keeps_its_coordinates():
    figure = figures.boxes(np.zeros((3000, 200), np.uint8), [])
    source = figure.layout.images[0]
    sent = Image.open(io.BytesIO(base64.b64decode(source.source.split(",", 1)[1])))
    assert max(sent.size) == figures.MAX_SHOWN_SIDE
    assert (source.sizex, source.sizey) == (200, 3000)


def test_ink_is_dark_and_paper_light():
    assert luminance(figures.PAPER) > 240
    assert luminance(figures.INK) < 50
