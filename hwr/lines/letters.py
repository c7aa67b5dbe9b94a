"""Letters: how likely a letter is after those before it in a word, learned from the words of a language.

An n-gram model of characters with the discounts of Witten and Bell (1991), doi:10.1109/18.87000. Words that can be said are
read rather than others, also those that are in no list. Knows nothing of logits.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable

from hwr.errors import HwrError
from hwr.lines.words import WordList, language_words, spelling_checker

ORDER = 5  # letters that are looked at together
MOST = 20_000  # words of a language that are learned from, the commonest
WEIGHT = 0.25  # of the model beside the network
WORD, WORDS = 3, 0.5  # letters make a word; so many of the letters of a text stand in words, or it is none
BEGIN, END = "^", "$"
UNKNOWN = 1e-4  # the chance of a letter that no word has


SPELLING, NONE = "letters", "none"  # names of what is likely, beside those of lists of words


def likely(name: str) -> WordList | Letters | None:
    """What is read rather than others, by its name: "letters" as English words are spelled, "none", or a list of words
    (WordList.named). Raises HwrError for an unknown one; without the package that has the words, nothing is spelled."""
    if name == SPELLING:
        with contextlib.suppress(HwrError):
            return Letters.of_language("en")
    return None if name in (SPELLING, NONE) else WordList.named(name)


class Letters:
    """The chance of each next letter in a word, without case."""

    def __init__(self, words: Iterable[str] | Callable[[], Iterable[str]]):
        """Learns from words, each as often as it comes, when it is first asked: a function gives them then."""
        self._words = words
        self._known: dict[tuple[str, str], float] = {}

    @classmethod
    @functools.lru_cache(maxsize=2)
    def of_language(cls, code: str) -> Letters:
        """Those of a language's commonest words, by its code in words.LANGUAGES; raises HwrError as `spelling_checker`."""
        spelling_checker()
        return cls(lambda: itertools.islice(language_words(code), MOST))

    @functools.cached_property
    def _tables(self) -> dict[str, dict[str, float]]:
        """How often each letter follows up to ORDER - 1 others."""
        tables: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for word in self._learned:
            spelled = BEGIN + word + END
            for place in range(1, len(spelled)):
                for size in range(min(ORDER, place + 1)):
                    tables[spelled[place - size : place]][spelled[place]] += 1
        return tables

    @functools.cached_property
    def _learned(self) -> list[str]:
        return list(self._words() if callable(self._words) else self._words)

    @functools.cached_property
    def usual(self) -> float:
        """The mean cost of a letter in these words."""
        some = self._learned[:: max(1, len(self._learned) // 1000)]
        costs = [self.cost(word[:place], char) for word in some for place, char in enumerate(word + END)]
        return sum(costs) / max(1, len(costs))

    def step(self, text: str, char: str) -> float:
        """What it costs, as a logarithm, that a text goes on with a character; below 0 where that is likelier than usual."""
        word = text.casefold()
        begin = end = len(word)
        while begin and word[begin - 1].isalpha():
            begin -= 1
        if char.isalpha():
            return WEIGHT * (self.cost(word[begin:], char.casefold()) - self.usual)
        return WEIGHT * (self.cost(word[begin:], END) - self.usual) if begin < end else 0.0

    def oddness(self, text: str) -> float | None:
        """How much more each letter in the words of a text costs than usual; None where most of it is no words."""
        words = [word.casefold() for word in text.split() if word.isalpha() and len(word) >= WORD]
        costs = [self.cost(word[:place], char) for word in words for place, char in enumerate(word)]
        if not costs or len(costs) < WORDS * len(text.replace(" ", "")):
            return None
        return sum(costs) / len(costs) - self.usual

    def cost(self, before: str, char: str) -> float:
        """Minus the logarithm of the chance that `char` follows what a word begins with; END: that nothing does."""
        key = (BEGIN + before)[1 - ORDER :], char
        if key not in self._known:
            self._known[key] = -math.log(self._chance(*key))
        return self._known[key]

    def _chance(self, before: str, char: str) -> float:
        shorter = self._chance(before[1:], char) if before else UNKNOWN
        if before not in self._tables:
            return shorter
        following = self._tables[before]
        total, kinds = sum(following.values()), len(following)
        return (following.get(char, 0.0) + kinds * shorter) / (total + kinds)
