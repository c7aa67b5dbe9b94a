"""Near duplicates between the parts: of each test picture the training picture that is most like it.

Likeness is the cosine between two pictures' pixels, a little blurred, so that one by a pixel's shade or place counts too.
All pairs are compared in a smaller space, a block at a time; the best are then compared in full.
"""

from __future__ import annotations

import numpy as np

from hwr.apart import Watch
from hwr.errors import HwrError
from hwr.kept import Finding
from hwr.survey.subject import Subject

SPACE = 64  # numbers that stand for a picture
SAMPLE = 20_000  # pictures from which the space is found
ROWS, COLUMNS = 2048, 16_384  # of a block
MOST = 200  # pairs of each class that are listed
BINS = np.round(np.linspace(0.5, 1.0, 101), 3)


def find(subject: Subject, watch: Watch) -> Finding:
    """The most alike pairs, most alike first: test, train int64 (k,) places; alike float32 (k,) in [0, 1]; same bool (k,).

    `same` are equal in every pixel. figures: how many pictures each part has, how many pairs are the `same`, and the
    `histogram` of the likeness of every test picture to its nearest over BINS.
    """
    train, test = subject.part("train"), subject.part("test")
    if not len(train) or not len(test):
        raise HwrError(
            f'There is nothing to compare in "{subject.name}": one of its parts is empty; add more pictures.'
        )
    watch("Finding a smaller space", 0.0)
    basis = space(train.images)
    known = projected(train.images, basis, lambda share: watch("Reading the training part", 0.1 * share))
    asked = projected(test.images, basis, lambda share: watch("Reading the test part", 0.1 + 0.1 * share))
    nearest = most_alike(asked, known, lambda share: watch("Comparing every two", 0.2 + 0.75 * share))
    watch("Comparing the most alike in full", 0.95)
    alike = cosines(test.images, train.images, nearest)
    order = listed(alike, test.labels)
    same = np.array([np.array_equal(test.images[place], train.images[nearest[place]]) for place in order], dtype=bool)
    crossed = test.labels[order] != train.labels[nearest[order]]
    counts = np.histogram(np.clip(alike, BINS[0], BINS[-1]), BINS)[0]
    figures = {
        "classes": train.classes,
        "train": len(train),
        "test": len(test),
        "same": int(same.sum()),
        "crossed": int(crossed.sum()),
        "histogram": counts.tolist(),
    }
    return Finding(figures, {"test": order, "train": nearest[order], "alike": alike[order], "same": same})


def listed(alike: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The places of the pairs that are listed, the most alike first, of each class so many and all that may be equal."""
    order = np.argsort(-alike, kind="stable")
    by_class = order[np.argsort(labels[order], kind="stable")]
    first = np.r_[0, np.cumsum(np.bincount(labels))]
    turn = np.empty(len(labels), np.int64)
    turn[by_class] = np.arange(len(labels)) - first[labels[by_class]]
    return order[(turn[order] < MOST) | (alike[order] > 0.9999)]


def unit(images: np.ndarray) -> np.ndarray:
    """Pictures (n, 28, 28) as float32 (n, 784): blurred with 1 2 1 both ways, of length 1; an empty one is 0."""
    pixels = np.pad(images.astype(np.float32), ((0, 0), (1, 1), (1, 1)))
    rows = pixels[:, :-2] + 2 * pixels[:, 1:-1] + pixels[:, 2:]
    soft = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]).reshape(len(images), -1)
    length = np.linalg.norm(soft, axis=1, keepdims=True)
    return np.divide(soft, length, out=np.zeros_like(soft), where=length > 0)


def space(images: np.ndarray) -> np.ndarray:
    """The directions that keep most of the pictures, (784, SPACE), orthonormal: their principal axes about the origin."""
    some = unit(images[:: max(1, len(images) // SAMPLE)])
    _, vectors = np.linalg.eigh(some.T @ some)
    return np.ascontiguousarray(vectors[:, ::-1][:, :SPACE])


def projected(images: np.ndarray, basis: np.ndarray, tell) -> np.ndarray:
    """Pictures in the smaller space, float32 (n, SPACE)."""
    parts = np.empty((len(images), basis.shape[1]), np.float32)
    for start in range(0, len(images), 8192):
        tell(start / len(images))
        parts[start : start + 8192] = unit(images[start : start + 8192]) @ basis
    return parts


def most_alike(asked: np.ndarray, known: np.ndarray, tell) -> np.ndarray:
    """The place in `known` (m, d) that has the largest product with each row of `asked` (n, d), int64 (n,)."""
    found = np.zeros(len(asked), np.int64)
    rows_done = 0
    for start in range(0, len(asked), ROWS):
        tell(rows_done / len(asked))
        some = asked[start : start + ROWS]
        best = np.full(len(some), -np.inf, np.float32)
        for column in range(0, len(known), COLUMNS):
            product = some @ known[column : column + COLUMNS].T
            place = product.argmax(1)
            value = product[np.arange(len(some)), place]
            better = value > best
            best[better] = value[better]
            found[start : start + ROWS][better] = column + place[better]
        rows_done += len(some)
    return found


def cosines(test: np.ndarray, train: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """How alike each test picture is to its nearest training picture, float32 (n,) in [0, 1]."""
    alike = np.zeros(len(nearest), np.float32)
    for start in range(0, len(nearest), 8192):
        chunk = slice(start, start + 8192)
        alike[chunk] = (unit(test[chunk]) * unit(train[nearest[chunk]])).sum(1)
    return np.clip(alike, 0, 1)
