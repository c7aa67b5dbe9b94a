"""A flat map of pictures: what a network makes of them before its last layer, laid out so that like lies by like."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hwr import checkpoint
from hwr.apart import Watch
from hwr.errors import HwrError
from hwr.kept import Finding
from hwr.models import Classifier, probabilities
from hwr.survey.subject import Subject

SAMPLE = 2500
AXES = 50  # principal axes that t-SNE starts from
PERPLEXITY = 30.0
ROUNDS = 400
EARLY = 100  # rounds in which what is alike is drawn together harder


def find(subject: Subject, part: str, weights: str, watch: Watch) -> Finding:
    """The map of a sample of a part: places, labels int64 (n,); tsne and pca float32 (n, 2) in [0, 1]; what is read.

    answers int64 (n,) into figures["known"], the classes of the weights, and sure float32 (n,) how surely. Raises HwrError
    for weights that read lines, or are on ONNX Runtime.
    """
    watch("Loading the weights", 0.0)
    model, info = checkpoint.load(checkpoint.find(weights))
    if not isinstance(model, Classifier):
        raise HwrError(f"{weights} has no features of single characters: choose other weights.")
    data = subject.part(part)
    places = sample(data.labels, SAMPLE)
    if len(places) < 3:
        raise HwrError(f'"{subject.name}" has too few pictures for a map: three are the least.')
    features, logits = _features(model, subject.framed(part, places, info["framing"]).images)
    chances = probabilities(logits / checkpoint.temperature(info), info["classes"])[1]
    axes = principal(features, AXES)
    flat = tsne(axes, lambda share: watch("Laying out the map", 0.05 + 0.95 * share))
    arrays = {
        "places": places,
        "labels": data.labels[places],
        "answers": chances.argmax(1),
        "sure": chances.max(1).astype(np.float32),
        "tsne": fitted(flat.numpy()),
        "pca": fitted(axes[:, :2].numpy()),
    }
    return Finding({"classes": data.classes, "known": info["classes"], "pictures": len(data)}, arrays)


def sample(labels: np.ndarray, most: int, *, seed: int = 0) -> np.ndarray:
    """Places of at most so many pictures, sorted: about as many of each class as there are, seeded."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    first = np.r_[0, np.cumsum(np.bincount(labels))]
    turn = np.arange(len(labels)) - first[labels[order]]  # the how-manieth of its class each is
    return np.sort(order[np.argsort(turn, kind="stable")[:most]])


@torch.inference_mode()
def _features(model: Classifier, images: np.ndarray) -> tuple[Tensor, Tensor]:
    """What stands before the last layer, float32 (n, width), and the logits."""
    parts = []
    for start in range(0, len(images), 500):
        pictures = torch.from_numpy(np.ascontiguousarray(images[start : start + 500])).unsqueeze(1).float() / 255
        parts.append(model.embed(pictures))
    features = torch.cat(parts)
    return features, model.head(features)


def principal(features: Tensor, most: int) -> Tensor:
    """The first principal components, float32 (n, at most `most`), each with a sign that does not change with the run."""
    centred = (features - features.mean(0)).double()
    _, _, axes = torch.linalg.svd(centred, full_matrices=False)
    axes = axes[: min(most, len(axes))]
    axes = axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    return (centred @ axes.T).float()


def tsne(points: Tensor, tell=lambda share: None, *, rounds: int = ROUNDS) -> Tensor:
    """Points (n, d) laid out in the plane, float32 (n, 2): t-SNE, exact (van der Maaten and Hinton, 2008).

    It starts from the first two components, so that the same points give the same map.
    """
    count = len(points)
    joint = _joint(points, min(PERPLEXITY, (count - 1) / 3))
    start = points[:, :2] if points.shape[1] > 1 else torch.cat([points, torch.zeros_like(points)], 1)
    flat = 1e-4 * start / start[:, 0].std().clamp(min=1e-9)
    speed, gain = torch.zeros_like(flat), torch.ones_like(flat)
    rate = max(50.0, count / 12)
    for number in range(rounds):
        tell(number / rounds)
        near = 1 / (1 + _squares(flat))
        near.fill_diagonal_(0)
        pull = (joint * (12 if number < EARLY else 1) - near / near.sum()) * near
        slope = 4 * (pull.sum(1, keepdim=True) * flat - pull @ flat)
        same = (slope > 0) == (speed > 0)
        gain = torch.where(same, gain * 0.8, gain + 0.2).clamp(min=0.01)
        speed = (0.5 if number < EARLY else 0.8) * speed - rate * gain * slope
        flat = flat + speed
        flat = flat - flat.mean(0)
    return flat


def _squares(points: Tensor) -> Tensor:
    """Squared distances of every two points, (n, n)."""
    lengths = points.square().sum(1)
    return (lengths[:, None] + lengths[None] - 2 * points @ points.T).clamp(min=0)


def _joint(points: Tensor, perplexity: float) -> Tensor:
    """How likely every two points are neighbours, (n, n), adding up to 1: as many near ones for each as `perplexity`."""
    squares = _squares(points)
    squares.fill_diagonal_(torch.inf)
    squares = squares - squares.amin(1, keepdim=True)
    low, high = torch.full((len(points), 1), -30.0), torch.full((len(points), 1), 30.0)  # of the precision's logarithm
    wanted = float(np.log(perplexity))
    for _ in range(40):
        middle = (low + high) / 2
        weight = torch.exp(-squares * middle.exp())
        total = weight.sum(1, keepdim=True)
        entropy = total.log() + middle.exp() * (weight * squares.nan_to_num(posinf=0.0)).sum(1, keepdim=True) / total
        wide = entropy > wanted
        low, high = torch.where(wide, middle, low), torch.where(wide, high, middle)
    chances = weight / total
    return ((chances + chances.T) / (2 * len(points))).clamp(min=1e-12)


def fitted(flat: np.ndarray) -> np.ndarray:
    """Points moved and scaled into [0, 1] x [0, 1], their proportions kept."""
    low, high = flat.min(0), flat.max(0)
    side = max(float((high - low).max()), 1e-9)
    return ((flat - (low + high) / 2) / side + 0.5).astype(np.float32)
