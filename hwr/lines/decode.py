"""From logits over time to text: the best path, or a search over prefixes with a charset, a word list and several answers.

CTC (Graves et al., 2006): a character is seen once for each run of steps in which it wins, the blank stands between. Plain
arrays; no network here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hwr.classes import charset_matrix
from hwr.lines.letters import Letters
from hwr.lines.words import END, Node, WordList

FLOOR = -1e9
LIKELY = float(np.log(1e-4))  # characters less likely than this at a step are not followed by the search
FAINT = float(np.log(1e-6))  # the same where only words of a list are followed
BEAM = 24
SPELLED = 8, float(np.log(1e-3))  # the beam, and how likely a character must be, where letters are looked at


@dataclass(frozen=True)
class Reading:
    """One answer: its text, the steps [start, end) of each character, each one's confidence, the log chance of the whole,
    and the same less what its words or letters cost."""

    text: str
    spans: tuple[tuple[int, int], ...]
    confidences: tuple[float, ...]
    score: float
    rank: float


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
    score = float(chances.max(1).sum())
    return Reading(text, tuple(runs), sure, score, score)


def alone(chances: np.ndarray) -> np.ndarray:
    """The chance that a strip holds one character and which, over all the steps where it may stand (CTC's forward pass):
    float64 (n,), from log chances (t, n + 1), blank last."""
    before, during = 0.0, np.full(chances.shape[1] - 1, -np.inf)
    after = during
    for step in chances:
        after = np.logaddexp(during, after) + step[-1]
        during = np.logaddexp(before, during) + step[:-1]
        before += float(step[-1])
    found: np.ndarray = np.exp(np.logaddexp(during, after))
    return found


class _Prefix:
    """Log chances of a prefix that ends in a blank and in its last character, what its letters or finished words cost, and
    where in the tree of words it stands: None after a word."""

    __slots__ = ("blank", "cost", "last", "node")

    def __init__(self, cost: float = 0.0, node: Node | None = None):
        self.blank, self.last, self.cost, self.node = FLOOR, FLOOR, cost, node

    @property
    def whole(self) -> float:
        return _add(self.blank, self.last)

    @property
    def rank(self) -> float:
        return self.whole - self.cost


def _add(one: float, two: float) -> float:
    """The logarithm of the sum of two chances."""
    high, low = (one, two) if one > two else (two, one)
    return high + math.log1p(math.exp(low - high)) if high - low < 30 else high


def search(
    chances: np.ndarray, characters: str, *, words: WordList | Letters | None = None, count: int = 1
) -> list[Reading]:
    """The `count` likeliest texts, best first, by prefix beam search (Hannun et al., 2014, arXiv:1408.2873).

    With letters, what is spelled unlike words costs more. With a word list a second beam follows its words only, through
    the tree of their letters, and each text costs what its words do.
    """
    letters = words if isinstance(words, Letters) else None
    found = _beam(chances, characters, _spell(letters), SPELLED if letters else (BEAM, LIKELY))
    chance = {text: prefix.whole for text, prefix in found.items()}
    rank = {text: prefix.rank for text, prefix in found.items()}
    if isinstance(words, Letters):
        rank = {text: value - words.step(text, " ") for text, value in rank.items()}
    elif words is not None:
        rank = {text: value - sum(map(words.cost, text.split(" "))) for text, value in chance.items()}
        for text, prefix in _beam(chances, characters, _tree(words), (BEAM, FAINT), words.root).items():
            end = _end(prefix, words)
            if end is not None and prefix.rank - end > rank.get(text, -np.inf):
                chance[text], rank[text] = prefix.whole, prefix.rank - end
    ranked = sorted(rank, key=lambda text: -rank[text])[:count]
    return [align(chances, characters, text, (chance[text], rank[text])) for text in ranked]


# What a prefix (its text, and where it stands) costs with one more character, and where it then stands; None: it cannot be.
Way = Callable[[str, _Prefix, str], tuple[float, Node | None] | None]


def _spell(letters: Letters | None) -> Way:
    """Any text; what is not spelled as words are costs more."""
    if letters is None:
        return lambda text, old, char: (0.0, None)
    return lambda text, old, char: (old.cost + letters.step(text, char), None)


def _tree(words: WordList) -> Way:
    """Only texts of words of a list."""
    return lambda text, old, char: _follow(old, char, words)


def _beam(
    chances: np.ndarray, characters: str, way: Way, width: tuple[int, float], root: Node | None = None
) -> dict[str, _Prefix]:
    """The likeliest prefixes that are the whole text, so many, of characters that are so likely at their step."""
    first = _Prefix(node=root)
    first.blank = 0.0
    beam, (most, least) = {"": first}, width
    for row in chances:
        likely = [(characters[place], float(row[place])) for place in np.flatnonzero(row[:-1] > least).tolist()]
        beam = _step(beam, likely, float(row[-1]), way)
        if len(beam) > most:
            beam = dict(sorted(beam.items(), key=lambda item: -item[1].rank)[:most])
    return beam


def _step(beam: dict[str, _Prefix], likely: list[tuple[str, float]], blank: float, way: Way) -> dict[str, _Prefix]:
    """The beam after one more step, in which these characters and the blank have these log chances."""
    own = dict(likely)
    new: dict[str, _Prefix] = {}
    for text, old in beam.items():
        ends, whole = text[-1:], old.whole
        same = new.get(text)
        if same is None:
            same = new[text] = _Prefix(old.cost, old.node)
        same.blank = _add(same.blank, whole + blank)
        if ends in own:
            same.last = _add(same.last, old.last + own[ends])
        for char, chance in likely:
            if char == " " and ends in ("", " "):
                continue
            longer = new.get(text + char)
            if longer is None:
                further = way(text, old, char)
                if further is None:
                    continue
                longer = new[text + char] = _Prefix(*further)
            longer.last = _add(longer.last, (old.blank if ends == char else whole) + chance)
    return new


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


def align(chances: np.ndarray, characters: str, text: str, score: tuple[float, float]) -> Reading:
    """Where each character of a text stands: the likeliest way through the steps that spells it (Viterbi)."""
    states = np.full(2 * len(text) + 1, len(characters))
    states[1::2] = [characters.index(char) for char in text]
    path = _path(chances[:, states], states)
    spans, sure = [], []
    for number in range(len(text)):
        at = np.flatnonzero(path == 2 * number + 1)
        spans.append((int(at[0]), int(at[-1]) + 1) if len(at) else (0, 0))
        sure.append(float(np.exp(chances[at, states[2 * number + 1]].max())) if len(at) else 0.0)
    return Reading(text, tuple(spans), tuple(sure), *score)


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
