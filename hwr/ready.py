"""What can be known to be wrong with a training before it starts: told at once instead of by a run that fails."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hwr import checkpoint
from hwr.classes import resolve
from hwr.config import TrainConfig
from hwr.data import Source, classes_of
from hwr.errors import HwrError
from hwr.honest import check_test
from hwr.lines.data import check_lines
from hwr.networks import reads_lines


def check_start(config: TrainConfig, folder: Path, networks: Collection[str] = ()) -> None:
    """Raises HwrError for what is wrong with `config`: values, datasets, characters, weights to start from, test sets.

    `folder` holds the datasets; `networks` are the names known, none to leave that to the trainer. Nothing is loaded.
    """
    config.check()
    if networks and config.model not in networks:
        raise HwrError(f'There is no network "{config.model}"; choose one of {", ".join(networks)}.')
    if not config.dataset:
        raise HwrError("No dataset is chosen: choose one or several to learn from.")
    source = Source("train", folder)
    for names in (config.dataset, config.test):
        if names in ("", "none"):
            continue
        if reads_lines(config.model):
            check_lines(names)
        else:
            classes_of(names, source)
    if config.classes:
        resolve(config.classes)
    if config.init_from:
        info = checkpoint.read_info(checkpoint.find(config.init_from))
        if info["model"] != config.model:
            raise HwrError(
                f'{config.init_from} is a "{info["model"]}" network: choose that network, to start from its weights.'
            )
    check_test(config)
