"""Which test sets a training may be scored on: none whose handwriting it, or the weights it starts from, may have seen.

MNIST and EMNIST come from the same NIST pages and EMNIST's splits share pictures. Pictures that are the same byte for byte
are taken out of training elsewhere (data.drop_shared); what bytes cannot show is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.errors import HwrError

STRINGS = {  # lines, and the glyphs they are made of; of words, letters alone
    "mnist-strings": "mnist",
    "mnist-numbers": "mnist",
    "emnist-strings": "emnist-digits",
    "emnist-words": "emnist-letters",
}
WITH_DIGITS = {"emnist-balanced", "emnist-bymerge", "emnist-byclass", "emnist-digits", "emnist-mnist"}


def check_test(config: TrainConfig) -> None:
    """Raises HwrError when a test set of `config` holds handwriting that training, or `init_from`, may have seen."""
    trained = set(config.dataset.split("+"))
    tests = set((config.test or config.dataset).split("+"))
    inherited = _inherited(config.init_from) if config.init_from else {}
    for test in sorted(tests):
        for name in sorted(trained | set(inherited)):
            if _same_pages(name, test):
                raise HwrError(_sentence(test, f"training on {name} has seen the same digits with other pixels"))
        for name, excluded in sorted(inherited.items()):
            if _same_family(name, test) and test not in excluded:
                raise HwrError(_sentence(test, f"{config.init_from} has seen {name}, which may hold its pictures"))


def doubt(weights: str, info: Mapping[str, Any], test: str, part: str = "test") -> str | None:
    """Why the figure of a checkpoint on a part of `test` (datasets joined with +) may not be honest; None when it is.

    `info` is what the checkpoint says of itself; `weights` is what the sentence calls it.
    """
    seen = _seen(info)
    for one in test.split("+"):
        for name, kept_out in sorted(seen.items()):
            if part == "train" and (name == one or _same_family(name, one)):
                return f"{weights} has seen these pictures: it has learned from {name}."
            if _same_pages(name, one):
                return f"{weights} has seen these digits with other pixels: it has learned from {name}."
            if _same_family(name, one) and one not in kept_out:
                return f"{weights} may have seen these pictures: it has learned from {name}."
    return None


def _inherited(weights: str) -> dict[str, set[str]]:
    """The datasets that weights have seen, each with the test sets that were kept out of it."""
    return _seen(checkpoint.read_info(checkpoint.find(weights)))


def _seen(info: Mapping[str, Any]) -> dict[str, set[str]]:
    """The same of what a checkpoint says of itself; one that a stranger made may say anything."""
    config, seen = info.get("config", {}), info.get("seen", [])
    config = config if isinstance(config, dict) else {}
    kept_out = set(str(config.get("test") or config.get("dataset", "")).split("+"))
    return dict.fromkeys(map(str, seen) if isinstance(seen, list) else [], kept_out)


def _same_pages(name: str, test: str) -> bool:
    pair = {STRINGS.get(name, name), STRINGS.get(test, test)}
    return "mnist" in pair and bool(pair & WITH_DIGITS)


def _same_family(name: str, test: str) -> bool:
    name, test = STRINGS.get(name, name), STRINGS.get(test, test)
    return name != test and name.startswith("emnist-") and test.startswith("emnist-")


def _sentence(test: str, reason: str) -> str:
    return f"A figure on {test}'s test set would not be honest: {reason}. Name other test sets with --test, or none."
