"""Which test sets a training may be scored on: none whose handwriting it, or the weights it starts from, may have seen.

MNIST and EMNIST come from the same NIST pages and EMNIST's splits share pictures. Pictures that are the same byte for byte
are taken out of training elsewhere (data.drop_shared); what bytes cannot show is refused here.
"""

from __future__ import annotations

from hwr import checkpoint
from hwr.config import TrainConfig
from hwr.errors import HwrError

STRINGS = {"mnist-strings": "mnist", "emnist-strings": "emnist-digits"}  # lines, and the glyphs they are made of
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


def _inherited(weights: str) -> dict[str, set[str]]:
    """The datasets that weights have seen, each with the test sets that were kept out of it."""
    info = checkpoint.read_info(checkpoint.find(weights))
    config = info.get("config", {})
    kept_out = set((config.get("test") or config.get("dataset", "")).split("+"))
    return dict.fromkeys(info.get("seen", []), kept_out)


def _same_pages(name: str, test: str) -> bool:
    pair = {STRINGS.get(name, name), STRINGS.get(test, test)}
    return "mnist" in pair and bool(pair & WITH_DIGITS)


def _same_family(name: str, test: str) -> bool:
    name, test = STRINGS.get(name, name), STRINGS.get(test, test)
    return name != test and name.startswith("emnist-") and test.startswith("emnist-")


def _sentence(test: str, reason: str) -> str:
    return f"A figure on {test}'s test set would not be honest: {reason}. Name other test sets with --test, or none."
