"""From logits over time to text: the best path, or a search over prefixes with a charset, a word list and several answers.

CTC (Graves et al., 2006): a character is seen once for each run of steps in which it wins, the blank stands between. Plain
arrays; no network here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwr.classes import charset_matrix
from hwr.lines.words import END, Node, WordList

FLOOR = -1e9
LIKELY = float(np.log(1e-4))  # characters less likely than this at a step are not followed by the search
FAINT = float(np.log(1e-6))  # the same where only words of a list are followed
BEAM = 24


@dataclass(frozen=True)
class Reading:
    """One answer: its text, the steps [start, end) of each character, each one's confidence, and the whole's log chance."""

    text: str
    spans: tuple[tuple[int, int], ...]
    confidences: tuple[float, ...]
    score: float


def restrict(logits: np.ndarray, classes: str, charset: str | None = None) -> tuple[str, np.ndarray]:
    """The characters that may come out, and their log chances at each step with the blank last, float32 (t, n + 1).

    A class whose other case alone is allowed counts for that; a space is always allowed where the network has one, and a
    mark that is not allowed counts as nothing (blank). Raises HwrError as classes.charset_matrix.
    """
    characters, values = classes, logits
    if charset is not None:
        characters, matrix = charset_matrix(classes, charset)
        if " " in classes and " " not in characters:
            space = np.array([[float(char == " ")] for char in classes], np.float32)
            characters, matrix = characters + " ", np.concatenate([matrix, space], 1)
        joined = [np.logaddexp.reduce(logits[:, :-1][:, column > 0], axis=1) for column in matrix.T]
        marks = [not char.isalnum() and not row.any() for char, row in zip(classes, matrix, strict=True)]
        nothing = np.logaddexp.reduce(logits[:, [*np.flatnonzero(marks), len(classes)]], axis=1)
        values = np.stack([*joined, nothing], 1)
    peak = values.max(1, keepdims=True)
    return characters, values - peak - np.log(np.exp(values - peak).sum(1, keepdims=True))


def best_path(chances: np.ndarray, characters: str) -> Reading:
    """The text of the likeliest class at each step, from log chances (t, n + 1), blank last."""
    blank = len(characters)
    winners = chances.argmax(1)
    starts = np.flatnonzero(np.diff(winners, prepend=-1))
    ends = np.append(starts[1:], len(winners))[: len(starts)]
    runs = [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if winners[a] != blank]
    text = "".join(characters[winners[a]] for a, _ in runs)
    sure = tuple(float(np.exp(chances[a:b, winners[a]].max())) for a, b in runs)
    return Reading(text, tuple(runs), sure, float(chances.max(1).sum()))


@dataclass
class _Prefix:
    """Log chances of a prefix that ends in a blank and in its last character, what its finished words cost, and where in
    the tree of words it stands: None after a word."""

    blank: float = -np.inf
    last: float = -np.inf
    cost: float = 0.0
    node: Node | None = None

    @property
    def whole(self) -> float:
        return float(np.logaddexp(self.blank, self.last))

    @property
    def rank(self) -> float:
        return self.whole - self.cost


def search(chances: np.ndarray, characters: str, *, words: WordList | None = None, count: int = 1) -> list[Reading]:
    """The `count` likeliest texts, best first, by prefix beam search (Hannun et al., 2014, arXiv:1408.2873).

    With a word list a second beam follows its words only, through the tree of their letters, and each text costs what
    its words do.
    """
    best = {text: prefix.whole for text, prefix in _beam(chances, characters, None).items()}
    if words is not None:
        best = {text: chance - sum(map(words.cost, text.split(" "))) for text, chance in best.items()}
        for text, prefix in _beam(chances, characters, words).items():
            end = _end(prefix, words)
            if end is not None:
                best[text] = max(best.get(text, -np.inf), prefix.rank - end)
    ranked = sorted(best.items(), key=lambda item: -item[1])[:count]
    return [align(chances, characters, text, rank) for text, rank in ranked]


def _beam(chances: np.ndarray, characters: str, words: WordList | None) -> dict[str, _Prefix]:
    beam = {"": _Prefix(blank=0.0, node=words.root if words else None)}
    for row in chances:
        beam = _step(beam, row, characters, words)
    return beam


def _step(beam: dict[str, _Prefix], row: np.ndarray, characters: str, words: WordList | None) -> dict[str, _Prefix]:
    """The beam after one more step with log chances `row`."""
    likely = [int(place) for place in np.flatnonzero(row[:-1] > (FAINT if words else LIKELY))]
    new: dict[str, _Prefix] = {}
    for text, old in beam.items():
        same = new.setdefault(text, _Prefix(cost=old.cost, node=old.node))
        same.blank = float(np.logaddexp(same.blank, old.whole + row[-1]))
        if text:
            same.last = float(np.logaddexp(same.last, old.last + row[characters.index(text[-1])]))
        for place in likely:
            char = characters[place]
            if char == " " and text[-1:] in ("", " "):
                continue
            way = _follow(old, char, words) if words else (old.cost, None)
            if way is None:
                continue
            longer = new.setdefault(text + char, _Prefix(cost=way[0], node=way[1]))
            before = old.blank if text[-1:] == char else old.whole
            longer.last = float(np.logaddexp(longer.last, before + row[place]))
    return dict(sorted(new.items(), key=lambda item: -item[1].rank)[:BEAM])


def _follow(prefix: _Prefix, char: str, words: WordList) -> tuple[float, Node | None] | None:
    """What a prefix costs and where it stands in the tree with one more character; None where no word goes on so."""
    if prefix.node is not None and (child := prefix.node.get(char.casefold())) is not None and char != " ":
        return prefix.cost, child
    if char.isalpha():
        return None
    end = _end(prefix, words)
    if end is None:
        return None
    begun = char == " " or prefix.node is words.root  # a mark before a word, or a number
    return prefix.cost + end, words.root if begun else None


def _end(prefix: _Prefix, words: WordList) -> float | None:
    """What it costs that a prefix ends here; None where it ends within a word."""
    if prefix.node is None or prefix.node is words.root:
        return 0.0
    return prefix.node.get(END)


def align(chances: np.ndarray, characters: str, text: str, score: float) -> Reading:
    """Where each character of a text stands: the likeliest way through the steps that spells it (Viterbi)."""
    states = np.full(2 * len(text) + 1, len(characters))
    states[1::2] = [characters.index(char) for char in text]
    path = _path(chances[:, states], states)
    spans, sure = [], []
    for number in range(len(text)):
        at = np.flatnonzero(path == 2 * number + 1)
        spans.append((int(at[0]), int(at[-1]) + 1) if len(at) else (0, 0))
        sure.append(float(np.exp(chances[at, states[2 * number + 1]].max())) if len(at) else 0.0)
    return Reading(text, tuple(spans), tuple(sure), score)


def _path(chances: np.ndarray, states: np.ndarray) -> np.ndarray:
    """The likeliest state at each step, int (t,), from log chances (t, states); blanks stand between the characters."""
    steps, count = chances.shape
    skip = np.zeros(count, bool)
    skip[3::2] = states[3::2] != states[1:-2:2]  # a blank may be left out between unlike characters
    best, came = np.full(count, -np.inf), np.zeros((steps, count), np.int8)
    best[:2] = chances[0, :2] if steps else 0.0
    for step in range(1, steps):
        one = np.concatenate([[-np.inf], best[:-1]])
        two = np.where(skip, np.concatenate([[-np.inf, -np.inf], best])[:count], -np.inf)
        ways = np.stack([best, one, two])
        came[step] = ways.argmax(0)
        best = ways.max(0) + chances[step]
    place = count - 1 if count == 1 or best[-1] >= best[-2] else count - 2
    path = np.zeros(steps, int)
    for step in range(steps - 1, -1, -1):
        path[step] = place
        place -= int(came[step, place])
    return path
