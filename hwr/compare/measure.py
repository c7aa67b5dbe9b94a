"""A checkpoint measured: its answer to every picture, its figures, its size, and how long an answer takes."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from hwr.apart import Watch
from hwr.compare.cache import Measured, processor
from hwr.compare.question import Model
from hwr.data import Dataset
from hwr.evaluate import answer, crossed, score
from hwr.insight import most_confused

CHUNK = 250  # pictures between two words on how far it is
BATCH = 256  # pictures that are timed together
PAIRS, SHOWN = 12, 12  # most confused pairs whose pictures are kept, and how many of each


def measure(model: Model, data: Dataset, watch: Watch) -> Measured:
    """Scores a model on `data` and times it; raises HwrError when it cannot be loaded or lacks a class."""
    import torch

    from hwr import engines
    from hwr.models import parameters
    from hwr.networks import rebuild

    network, info = engines.load(model.path)
    parts = []
    for start in range(0, len(data), CHUNK):
        watch(f"{model.name}: picture {start:,} of {len(data):,}", start / len(data))
        parts.append(answer(network, info, data.take(np.arange(start, min(start + CHUNK, len(data))))))
    chances = np.concatenate(parts) if parts else np.zeros((0, len(data.classes)), np.float32)
    scores = score(chances, data.labels)
    watch(f"{model.name}: timing", 1.0)
    figures = scores.to_dict() | {
        "interval": list(scores.interval),
        "parameters": parameters(rebuild(info)),  # of the network that an ONNX file was made of, too
        "bytes": model.path.stat().st_size,
        "glyph_ms": _milliseconds(network, info, _repeated(data, 1), least=30, seconds=1.0),
        "batch_ms": _milliseconds(network, info, _repeated(data, BATCH), least=5, seconds=1.5),
        "batch": BATCH,
        "processor": processor(),
        "threads": torch.get_num_threads(),
    }
    return _measured(figures, chances, data)


def _measured(figures: dict[str, Any], chances: np.ndarray, data: Dataset) -> Measured:
    answers, confidences = chances.argmax(1), chances.max(1).astype(np.float32)
    places: list[int] = []
    for true, read, _ in most_confused(crossed(data.labels, answers, len(data.classes)), data.classes, PAIRS):
        found = mistaken(data.labels, answers, confidences, data.classes.index(true), data.classes.index(read))
        places += found[:SHOWN].tolist()
    kept = np.array(places, dtype=np.int64)
    return Measured(figures, data.labels, answers, confidences, data.images[kept], kept)


def mistaken(labels: np.ndarray, answers: np.ndarray, confidences: np.ndarray, true: int, read: int) -> np.ndarray:
    """The places of the pictures of class `true` that were read as `read`, the surest first."""
    found = np.flatnonzero((labels == true) & (answers == read))
    return found[np.argsort(-confidences[found], kind="stable")]


def _repeated(data: Dataset, count: int) -> Dataset:
    """Just so many pictures, taken again where there are fewer."""
    return data.take(np.arange(count) % len(data))


def _milliseconds(network: Any, info: dict[str, Any], data: Dataset, *, least: int, seconds: float) -> float:
    """The median time of an answer to all of `data`, after three that warm up."""
    for _ in range(3):
        answer(network, info, data)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or (time.perf_counter() < end and len(times) < 20 * least):
        began = time.perf_counter()
        answer(network, info, data)
        times.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(times), 4)
