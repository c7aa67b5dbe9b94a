"""Counts, the mean and the spread of each class, ink and stroke width of every picture: in one pass over a part."""

from __future__ import annotations

from typing import Any

import numpy as np

from hwr.apart import Watch
from hwr.kept import Finding
from hwr.survey.subject import PARTS, Subject

CHUNK = 8192  # pictures at a time
BINS = 60
WIDEST = 8.0  # pixels: what the histogram of stroke widths shows; wider ones stand in its last bin


def find(subject: Subject, watch: Watch) -> Finding:
    """The summary of both parts; arrays are named by their part, as "train mean".

    counts int64 (classes,); mean and spread (a standard deviation) float32 (classes, 28, 28), grey in [0, 255]; ink and
    stroke float32 (n,): the share of the picture that is ink, and the stroke's width in pixels (0 without ink).
    """
    figures: dict[str, Any] = {"sizes": {}}
    arrays = {}
    for number, part in enumerate(PARTS):
        watch(f"{subject.name}: fetching the pictures of the {part} part", number / 2)
        data = subject.part(part)
        figures |= {"classes": data.classes, "framing": data.framing}
        figures["sizes"][part] = len(data)
        for name, array in summed(data.images, data.labels, len(data.classes), _within(watch, part, number)).items():
            arrays[f"{part} {name}"] = array
    return Finding(figures, arrays)


def summed(images: np.ndarray, labels: np.ndarray, classes: int, watch: Watch) -> dict[str, np.ndarray]:
    """The arrays of one part; see `find`."""
    sums, squares = np.zeros((classes, 784)), np.zeros((classes, 784))
    ink, stroke = np.zeros(len(labels), np.float32), np.zeros(len(labels), np.float32)
    for start in range(0, len(labels), CHUNK):
        watch("pictures", start / len(labels))
        chunk = slice(start, start + CHUNK)
        pixels = images[chunk].astype(np.float32)
        member = (labels[chunk, None] == np.arange(classes)).astype(np.float32).T
        flat = pixels.reshape(len(pixels), 784)
        sums += member @ flat
        squares += member @ np.square(flat)
        ink[chunk], stroke[chunk] = measured(pixels)
    counts = np.bincount(labels, minlength=classes)
    some = np.maximum(counts, 1)[:, None]
    mean = sums / some
    spread = np.sqrt(np.maximum(squares / some - np.square(mean), 0))
    shaped = {"mean": mean, "spread": spread}
    shown = {name: array.reshape(classes, 28, 28).astype(np.float32) for name, array in shaped.items()}
    return {"counts": counts, **shown, "ink": ink, "stroke": stroke}


def measured(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of ink and the stroke width in pixels of pictures (n, 28, 28) in [0, 255], each float32 (n,).

    A stroke of width w and length l has the area wl and an edge of about 2l; the edge is the total variation of the grey.
    """
    paper = np.pad(pixels, ((0, 0), (1, 1), (1, 1)))
    across = paper[:, :, 1:] - paper[:, :, :-1]
    down = paper[:, 1:] - paper[:, :-1]
    across = (across[:, 1:] + across[:, :-1]) / 2
    down = (down[:, :, 1:] + down[:, :, :-1]) / 2
    edge = np.sqrt(np.square(across) + np.square(down)).sum((1, 2))
    area = pixels.sum((1, 2))
    width = np.divide(2 * area, edge, out=np.zeros_like(area), where=edge > 0)
    return area / (255 * pixels.shape[1] * pixels.shape[2]), width


def _within(watch: Watch, part: str, number: int) -> Watch:
    return lambda what, share: watch(f"Looking at the {part} part", (number + share) / 2)
