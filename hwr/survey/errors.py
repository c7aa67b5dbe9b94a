"""Likely label errors of a part: the pictures whose label a network that has not learned them finds least likely."""

from __future__ import annotations

import numpy as np

from hwr.apart import Watch
from hwr.kept import Finding
from hwr.survey.confident import issues
from hwr.survey.folds import held_out_chances
from hwr.survey.subject import Subject

MOST = 2000  # that are listed


def find(subject: Subject, part: str, watch: Watch) -> Finding:
    """The pictures in doubt, the likeliest errors first: places, labels, guesses int64 (k,); given and guessed float32 (k,).

    The last two are the chances of the label and of the guess. figures: how many `pictures` were judged, how many `issues`
    confident learning finds, how many `doubts` there are in all, the `accuracy` on pictures not learned. joint int64
    (label, class) is what counts as what.
    """
    data = subject.part(part)
    chances = held_out_chances(data, watch)
    found = issues(chances, data.labels)
    places = found.places[:MOST]
    guesses = found.guesses[:MOST]
    figures = {
        "classes": data.classes,
        "pictures": len(data),
        "issues": int(found.likely.sum()),
        "doubts": len(found.places),
        "accuracy": float((chances.argmax(1) == data.labels).mean()),
    }
    arrays = {
        "places": places,
        "labels": data.labels[places],
        "guesses": guesses,
        "given": chances[places, data.labels[places]],
        "guessed": chances[places, guesses],
        "joint": found.joint,
    }
    return Finding(figures, {name: np.ascontiguousarray(array) for name, array in arrays.items()})
