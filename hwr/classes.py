"""Character sets as strings: the position of a character in the string is its class index.

EMNIST's sets are in the order of its own mapping files (Cohen et al., 2017, arXiv:1702.05373). In the merged sets a letter
whose two cases look alike has only the capital.
"""

from __future__ import annotations

import string

import numpy as np

from hwr.errors import HwrError

DIGITS = string.digits
LETTERS = string.ascii_uppercase
MERGED = DIGITS + LETTERS + "abdefghnqrt"
BYCLASS = DIGITS + LETTERS + string.ascii_lowercase
# What a network for lines tells apart: space, digits, letters and the marks that people write often.
WRITING = " " + BYCLASS + ".,:;!?'\"()-/+=&%$#@*€£"
AMOUNTS = "-0-9.,:/()$€£%+="  # a charset: digits, and the marks of sums of money, dates, times and telephone numbers

CLASSES = {"digits": DIGITS, "letters": LETTERS, "bymerge": MERGED, "balanced": MERGED, "byclass": BYCLASS}


def resolve(classes: str) -> str:
    """The characters of a named set, or of a charset such as "0-9A-F"."""
    return CLASSES.get(classes) or parse_charset(classes)


def parse_charset(charset: str) -> str:
    """The characters that a charset allows, each once: "0-9" is "0123456789"; a literal dash stands first or last.

    Raises HwrError for an empty charset, a range that runs backwards, and what is no string.
    """
    if not isinstance(charset, str):
        raise HwrError(f'A charset is a string of the characters allowed, for example "0-9", not {charset!r}.')
    if not charset:
        raise HwrError('The charset is empty: name the characters allowed, for example "0-9" or "A-Za-z".')
    chars: list[str] = []
    place = 0
    while place < len(charset):
        if 0 < place + 1 < len(charset) - 1 and charset[place + 1] == "-":
            first, last = charset[place], charset[place + 2]
            if ord(first) > ord(last) or ord(last) - ord(first) > 5000:
                raise HwrError(f'The charset range "{first}-{last}" runs backwards or is too long; write it as "0-9".')
            chars.extend(map(chr, range(ord(first), ord(last) + 1)))
            place += 3
        else:
            chars.append(charset[place])
            place += 1
    return "".join(dict.fromkeys(chars))


def fold(char: str, classes: str) -> str | None:
    """The class that stands for `char`: itself, or its other case when only that is there; None when neither is."""
    for candidate in (char, char.swapcase()):
        if len(candidate) == 1 and candidate in classes:
            return candidate
    return None


def remap(source: str, target: str) -> np.ndarray:
    """For each class of `source` the index in `target` of the class that stands for it, or -1; int64, (len(source),)."""
    return np.array([-1 if (char := fold(c, target)) is None else target.index(char) for c in source], dtype=np.int64)


def charset_matrix(classes: str, charset: str) -> tuple[str, np.ndarray]:
    """What a charset makes of a model's classes: the characters that can come out, and a 0/1 matrix (classes, characters).

    A class that is not allowed is masked, unless its other case is: with "A-Z" the scores of "a" and "A" both count for
    "A". Raises HwrError when no class of the model is allowed.
    """
    allowed = parse_charset(charset)
    targets = [char if char in allowed else fold(char, allowed) for char in classes]
    characters = "".join(char for char in allowed if char in targets)
    if not characters:
        raise HwrError(f'This model cannot read any of "{charset}"; it knows "{classes}".')
    matrix = np.zeros((len(classes), len(characters)), dtype=np.float32)
    for row, target in enumerate(targets):
        if target is not None and target in characters:
            matrix[row, characters.index(target)] = 1
    return characters, matrix


def other_cases(classes: str) -> np.ndarray:
    """For each class the index of its other case, or its own index where that is no class; int64 (len(classes),)."""
    places = (classes.find(char.swapcase()) if len(char.swapcase()) == 1 else -1 for char in classes)
    return np.array([own if place < 0 else place for own, place in enumerate(places)], dtype=np.int64)
