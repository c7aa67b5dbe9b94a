"""What is written in lines that are put together: words in any case, and numbers as people write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MARKED = 0.25  # share of the words with a mark behind them
CODES = 0.3  # share of the phrases that are no words, but letters
NUMBERS = 0.25  # share of the lines that are numbers
FORMULAS = 0.15  # share of the lines that are sums and equations
NAMES = "xyzabcdnmtk"  # what stands for a number in them
CAPITALS = 0.75  # share of the codes in capitals
DATES, TELEPHONES = 0.16, 0.04  # shares of the numbers
SIGNS = 0.12  # share of the other numbers with one of these beside them, where 0 is the number
SIGNED = 2 * ["$0", "0%", "£0", "(0)"] + ["$ 0", "0%", "0 %", "€0", "0€", "0 €", "#0", "#0#", "*0*", "@0", "0&", "+0"]


def any_text(words: Sequence[str], letters: Sequence[str], rng: np.random.Generator) -> str:
    """A line of any kind: a number, a formula, or a phrase with marks behind some of its words."""
    kind = rng.random()
    if kind < NUMBERS:
        return number(rng)
    if kind < NUMBERS + FORMULAS:
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
    """A number as people write them: 1 to 10 digits, an amount, a date, a time, a telephone's, some with a sign beside."""
    kind = rng.random()
    if kind < DATES:
        return date(rng)
    if kind < DATES + TELEPHONES:
        return telephone(rng)
    text = amount(rng)
    return str(rng.choice(SIGNED)).replace("0", text) if rng.random() < SIGNS else text


def amount(rng: np.random.Generator) -> str:
    """1 to 10 digits, often with marks of thousands, cents, or an end of an amount."""
    digits = "".join(map(str, rng.integers(0, 10, rng.integers(1, 11))))
    if rng.random() < 0.25:  # amounts are often round
        digits = digits[: max(1, len(digits) - 3)] + "0" * min(3, len(digits) - 1)
    kind = rng.random()
    if kind < 0.55:
        return digits
    if kind < 0.88:
        marked = f"{int(digits):,}".replace(",", str(rng.choice([",", ".", "'", " "], p=[0.2, 0.6, 0.1, 0.1])))
        return marked + str(
            rng.choice(["", "=", "-", ".-", ".", ",-", ".="], p=[0.4, 0.15, 0.15, 0.1, 0.1, 0.05, 0.05])
        )
    return f"{digits[:-2] or '0'}{rng.choice(['.', ','])}{digits[-2:]:0>2}"


def date(rng: np.random.Generator) -> str:
    """A day, a fraction or a time, with any mark between its parts, of one digit or two, the year sometimes first."""
    mark = str(rng.choice(list("/.-:"), p=[0.45, 0.2, 0.2, 0.15]))
    wide = 2 if rng.random() < 0.5 or mark == ":" else 1
    parts = [f"{rng.integers(0, 100) if wide == 2 else rng.integers(1, 32):0{wide}d}" for _ in range(2)]
    if mark != ":" and rng.random() < 0.75:
        year = str(rng.integers(1900, 2100))
        parts.insert(0 if rng.random() < 0.2 else 2, year if rng.random() < 0.6 else year[2:])
    elif rng.random() < 0.2:
        parts.append(f"{rng.integers(0, 60):02d}")
    return mark.join(parts)


def telephone(rng: np.random.Generator) -> str:
    """Two to four groups of two to four digits, with one mark or spaces between, the first sometimes in brackets."""
    groups = ["".join(map(str, rng.integers(0, 10, rng.integers(2, 5)))) for _ in range(rng.integers(2, 5))]
    if rng.random() < 0.25:
        groups[0] = f"({groups[0]})"
    text = str(rng.choice(["-", " ", "/", "."], p=[0.5, 0.3, 0.1, 0.1])).join(groups)
    return "+" + text if text[0] != "(" and rng.random() < 0.15 else text


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
