"""WordList: words that are likelier than others, as a tree of their letters; from a file, or from pyspellchecker's lists.

Those are frequencies from subtitles in twelve languages (MIT licence), as whole words without case. Knows nothing of logits.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hwr.errors import HwrError

OUTSIDE = 11.0  # what a word that is not in the list costs, as a logarithm
RARE = 0.2  # weight of how seldom a word of the list is: its cost is this times minus the logarithm of its share
MOST = 50_000  # words of a language's list
LANGUAGES = {
    "English": "en",
    "French": "fr",
    "German": "de",
    "Spanish": "es",
    "Portuguese": "pt",
    "Italian": "it",
    "Dutch": "nl",
}
LARGEST = 8_000_000  # bytes of a file of words
LONGEST = 60  # letters of a word that is taken
END = ""  # key of a node under which the cost of the word that ends there stands

Node = dict[str, Any]


class WordList:
    """Words that are likely, without case; what stands around a word does not count."""

    def __init__(self, counts: Mapping[str, float]):
        total = sum(counts.values())
        self.root: Node = {}
        self.count = len(counts)
        for word, count in counts.items():
            node = self.root
            for char in word:
                node = node.setdefault(char, {})
            node[END] = -RARE * math.log(count / total)

    @classmethod
    def of(cls, words: Iterable[str]) -> WordList:
        """Words that are all as likely."""
        folded = (word.strip().casefold() for word in words)
        return cls(dict.fromkeys((word for word in folded if 0 < len(word) <= LONGEST), 1.0))

    @classmethod
    def named(cls, name: str) -> WordList:
        """The list of a language, such as "English" or "en", or that in a file, a word a line; raises HwrError otherwise."""
        code = LANGUAGES.get(name.title(), name)
        return _language(code) if code in LANGUAGES.values() else cls.of(_lines(Path(name)))

    def cost(self, text: str) -> float:
        """What a word costs as a logarithm; numbers and marks cost nothing."""
        core = "".join(char for char in text.casefold() if char.isalpha() or char in "'-").strip("'-")
        if not any(char.isalpha() for char in core):
            return 0.0
        node: Node | None = self.root
        for char in core:
            node = node.get(char) if node is not None else None
        return OUTSIDE if node is None else float(node.get(END, OUTSIDE))


@functools.lru_cache(maxsize=2)
def _language(code: str) -> WordList:
    return WordList(language_words(code))


def language_words(code: str) -> dict[str, float]:
    """The commonest words of a language, by its code, with how often each is met, the commonest first; raises HwrError as
    `spelling_checker`."""
    counts = spelling_checker()(language=code).word_frequency.dictionary
    best = heapq.nlargest(MOST, counts.items(), key=lambda item: item[1])
    return {word: max(1.0, float(count)) for word, count in best if len(word) <= LONGEST}


def spelling_checker() -> Any:
    """pyspellchecker's class; raises HwrError where it is not installed."""
    try:
        from spellchecker import SpellChecker
    except ImportError as error:
        raise HwrError(
            "Lists of words need pyspellchecker: pip install -r requirements.txt, or name a file."
        ) from error
    return SpellChecker


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > LARGEST:
            raise HwrError(f"{path} is larger than {LARGEST:,} bytes: a list of words has a word in each line.")
        words = path.read_text(encoding="utf-8").split()
    except UnicodeDecodeError as error:
        raise HwrError(f"{path} is no text in UTF-8: a list of words has a word in each line.") from error
    except OSError as error:
        known = ", ".join(LANGUAGES)
        raise HwrError(f'There is no list of words "{path}": name a text file, or one of {known}.') from error
    if not words:
        raise HwrError(f"{path} has no words: write one in each line.")
    return words
