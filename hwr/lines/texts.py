"""What is written in lines that are put together: words in any case, and numbers as people write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MARKED = 0.25  # share of the words with a mark behind them
CODES = 0.3  # share of the phrases that are no words, but letters
FORMULAS = 0.15  # share of the lines that are sums and equations
NAMES = "xyzabcdnmtk"  # what stands for a number in them
CAPITALS = 0.75  # share of the codes in capitals


def any_text(words: Sequence[str], letters: Sequence[str], rng: np.random.Generator) -> str:
    """A line of any kind: a number, a formula, or a phrase with marks behind some of its words."""
    kind = rng.random()
    if kind < 0.2:
        return number(rng)
    if kind < 0.2 + FORMULAS:
        return formula(rng)
    return " ".join(word + stop(rng) for word in phrase(words, letters, rng).split(" "))


def phrase(words: Sequence[str], letters: Sequence[str], rng: np.random.Generator) -> str:
    """One word, or two or three, mostly in capitals; sometimes some of the letters instead."""
    if rng.random() < CODES:
        return code(letters, rng)
    some = [words[int(place)] for place in rng.integers(0, len(words), 1 if rng.random() < 0.7 else rng.integers(2, 4))]
    case = rng.random()
    text = " ".join(some)
    return text.upper() if case < 0.6 else text.lower() if case < 0.85 else text.title()


def code(letters: Sequence[str], rng: np.random.Generator) -> str:
    """2 to 6 of the letters in one case, each as likely as any, as in initials and lists: few words have a J, a Q or an X."""
    wanted = rng.random() < CAPITALS
    some = [letter for letter in letters if letter.isupper() == wanted] or letters
    return "".join(some[int(place)] for place in rng.integers(0, len(some), rng.integers(2, 7)))


def stop(rng: np.random.Generator) -> str:
    """What stands behind a word of a text: mostly nothing."""
    if rng.random() > MARKED:
        return ""
    return str(rng.choice([".", ",", "!", "?", ":", ";"], p=[0.5, 0.3, 0.05, 0.05, 0.05, 0.05]))


def number(rng: np.random.Generator) -> str:
    """A number as people write them: 1 to 10 digits, often with marks of thousands, cents, a date, or an end of an amount."""
    digits = "".join(map(str, rng.integers(0, 10, rng.integers(1, 11))))
    if rng.random() < 0.25:  # amounts are often round
        digits = digits[: max(1, len(digits) - 3)] + "0" * min(3, len(digits) - 1)
    kind = rng.random()
    if kind < 0.5:
        return digits
    if kind < 0.8:
        amount = f"{int(digits):,}".replace(",", str(rng.choice([",", ".", "'", " "], p=[0.2, 0.6, 0.1, 0.1])))
        return amount + str(
            rng.choice(["", "=", "-", ".-", ".", ",-", ".="], p=[0.4, 0.15, 0.15, 0.1, 0.1, 0.05, 0.05])
        )
    if kind < 0.9:
        return f"{digits[:-2] or '0'}{rng.choice(['.', ','])}{digits[-2:]:0>2}"
    mark = str(rng.choice(["-", "/", ".", ":"]))
    return mark.join(f"{rng.integers(0, 100):02d}" for _ in range(rng.integers(2, 4)))


def formula(rng: np.random.Generator) -> str:
    """A sum or an equation: two to four terms, of which some have names, and mostly what they come to."""
    named = rng.random() < 0.6
    terms = []
    for _ in range(rng.integers(2, 5)):
        name = str(rng.choice(list(NAMES))) if named and rng.random() < 0.85 else ""
        factor = "" if name and rng.random() < 0.4 else str(rng.integers(1, 10 ** rng.integers(1, 3)))
        terms += [factor + name, str(rng.choice(list("+-/"), p=[0.6, 0.32, 0.08]))]
    parts = terms[:-1]
    if rng.random() < 0.1:
        parts[0] = "-" + parts[0]
    if rng.random() < 0.85:
        parts += ["=", str(rng.choice(["", "-"], p=[0.85, 0.15])) + str(rng.integers(0, 10 ** rng.integers(1, 4)))]
    return (" " if rng.random() < 0.25 else "").join(parts)
