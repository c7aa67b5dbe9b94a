"""Which labels are likely wrong, from chances that a network gives to pictures that it has not learned.

Confident learning (Northcutt et al., 2021, arXiv:1911.00068): a picture counts as class j where its chance of j is at least
what pictures labelled j get of it on average. One that counts as another class than its label is an issue: its label is
likely wrong. After these stand all others that seem to be another class; in each the surest first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Issues:
    """Places (k,) of the pictures in doubt, the likeliest errors first, with the class (k,) that each seems to be.

    likely bool (k,): the issues of confident learning, which come first. margins float32 (k,) in [-1, 1]: the chance of the
    label less that of the best other class. joint int64 (label, class): how many pictures count as what.
    """

    places: np.ndarray
    guesses: np.ndarray
    likely: np.ndarray
    margins: np.ndarray
    joint: np.ndarray


def issues(chances: np.ndarray, labels: np.ndarray) -> Issues:
    """The issues of pictures with chances (n, classes), each row adding up to 1, and labels (n,)."""
    count, classes = chances.shape
    rows = np.arange(count)
    limits = thresholds(chances, labels)
    sure = np.where(chances >= limits, chances, -1.0)
    counts_as = np.where(sure.max(1) >= 0, sure.argmax(1), -1)
    joint = np.zeros((classes, classes), np.int64)
    known = counts_as >= 0
    np.add.at(joint, (labels[known], counts_as[known]), 1)
    others = chances.copy()
    others[rows, labels] = -1
    best = others.argmax(1)
    margins = (chances[rows, labels] - others[rows, best]).astype(np.float32)
    likely = known & (counts_as != labels) & (margins < 0)
    found = np.flatnonzero(margins < 0)
    order = found[np.lexsort((margins[found], ~likely[found]))]
    return Issues(order, best[order], likely[order], margins[order], joint)


def thresholds(chances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean chance of each class over the pictures labelled so, (classes,); infinite for a class without pictures."""
    classes = chances.shape[1]
    sums = np.zeros(classes)
    np.add.at(sums, labels, chances[np.arange(len(labels)), labels])
    counts = np.bincount(labels, minlength=classes)
    return np.divide(sums, counts, out=np.full(classes, np.inf), where=counts > 0)
